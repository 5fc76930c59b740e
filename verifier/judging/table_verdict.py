"""The verdict on one training table: its network, what it starts from, its faults, and how it compares."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from verifier.computing.recompute import Cell, Formulas
from verifier.findings import Finding, Kind, TableResult, ranges_of
from verifier.judging.case import Case
from verifier.judging.given import read_given
from verifier.judging.header_check import settle_labels, settle_swapped_labels
from verifier.judging.inference import infer_network
from verifier.judging.table_check import check_table, compare_columns
from verifier.judging.tables import Table
from verifier.values import Value


@dataclass(frozen=True)
class Judged:
    """A table with the verdict on it; `case` is None where its labels fit no network."""

    table: Table
    case: Case | None
    result: TableResult


def judge_table(table: Table, formulas: Formulas, chain: Mapping[Cell, Value]) -> Judged:
    """Judge a table; `chain` holds the values of all formulas of the workbook, recomputed."""
    begin = time.perf_counter()
    network = infer_network(table, formulas)
    if network is None:
        return Judged(table, None, _without_network(table, formulas, begin))
    case, labels = settle_labels(Case(table, network, read_given(table, network, formulas, chain), formulas, chain))
    given = case.given
    can_train = given.rate is not None and not given.missing
    faults = check_table(case) if can_train else []
    case, swapped = settle_swapped_labels(case, faults)
    faults = [*labels, *_given_findings(case), *(swapped or faults)]  # labels exchanged back leave no other fault
    columns = [*table.columns.values(), *table.repeated, *table.unnamed]
    inside = [formula for column in columns for formula in case.column(column) if formula is not None]
    result = TableResult(
        sheet=formulas.workbook.sheets[table.sheet].name,
        cells=table.range,
        network=case.network.describe(),
        learning_rate=given.rate.value if given.rate is not None else None,
        rows=len(table.rows),
        formulas=len(inside),
        distinct=len(set(inside)),
        columns=tuple(compare_columns(case)) if can_train else (),
        findings=tuple(faults),
        diverged=_diverged(case) if can_train else None,
        seconds=time.perf_counter() - begin,
    )
    return Judged(table, case, result)


def _without_network(table: Table, formulas: Formulas, begin: float) -> TableResult:
    """The verdict where the labels contradict each other, so that there is nothing to hold the formulas against."""
    sheet = formulas.workbook.sheets[table.sheet].name
    message = "the labels fit no network: the numbers of inputs, units and weights contradict each other"
    fault = Finding(Kind.LABEL, sheet, f"{table.header_row}:{table.header_row}", 1, message)
    seconds = time.perf_counter() - begin
    return TableResult(sheet, table.range, "", None, len(table.rows), 0, 0, (), (fault,), None, seconds)


def _diverged(case: Case) -> int | None:
    """The first iteration in which a number is too large for Excel."""
    beyond = [np.flatnonzero(np.isnan(series)) for series in case.expected.values()]
    return min((int(rows[0]) for rows in beyond if len(rows)), default=None)


def _given_findings(case: Case) -> Iterator[Finding]:
    """What is wrong with the numbers that the table starts from."""
    table, given = case.table, case.given
    sheet = case.formulas.workbook.sheets[table.sheet]
    for name in given.missing:
        if name in table.columns:
            place = (table.first_row, table.columns[name])
            yield Finding(
                Kind.MISSING, sheet.name, ranges_of([place]), 1, f"{name} has no number to start from",
                label=name, iteration=0, formula=sheet.formula_text(place), value=sheet.values.get(place),
            )  # fmt: skip
    if given.rate is None:
        message = "no learning rate: the updates use no cell for it, and no cell is labelled η"
        yield Finding(Kind.MISSING, sheet.name, table.range, 1, message, label="η")
