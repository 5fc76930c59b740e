"""The verdict on one training table: its network, what it starts from, its faults, and how it compares."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from templates import Network
from verifier.computing.recompute import Cell, Formulas
from verifier.findings import Finding, Kind, TableResult, Unchecked
from verifier.judging.case import Case
from verifier.judging.fixed import with_fixed
from verifier.judging.given import read_given
from verifier.judging.guessed_total import doubt_about, without_guess
from verifier.judging.header_check import settle_labels, settle_swapped_labels
from verifier.judging.inference import infer_network
from verifier.judging.last_row import with_ending
from verifier.judging.model import NetworkModel
from verifier.judging.own_terms import needs_own_terms, settle_terms
from verifier.judging.table_check import Faults, bare_faults, compare_columns, find_faults
from verifier.judging.table_findings import bare_findings, findings_of
from verifier.judging.tables import Table
from verifier.judging.under_optimizer import under_optimizer
from verifier.ranges import ranges_of
from verifier.values import Value, in_words, is_text

MOST_NAMED = 4  # columns in a note


@dataclass(frozen=True)
class Judged:
    """A table with the verdict on it; `case` is None where its labels fit no network.

    `doubts` are columns of which it cannot be said whether they are what their headings say.
    """

    table: Table
    case: Case | None
    result: TableResult
    doubts: tuple[Unchecked, ...] = ()


def judge_table(table: Table, formulas: Formulas, chain: Mapping[Cell, Value]) -> Judged:
    """Judge a table that its labels tell; `chain` holds the values of all formulas of the workbook, recomputed."""
    judged = _judge_labelled(table, formulas, chain)
    without = None if judged.case is None or not judged.result.findings else without_guess(judged.case)
    if judged.case is None or without is None:
        return judged
    otherwise = _judge_labelled(without, formulas, chain)
    if len(otherwise.result.findings) >= len(judged.result.findings):
        return judged
    return replace(otherwise, doubts=doubt_about(judged.case))


def _judge_labelled(table: Table, formulas: Formulas, chain: Mapping[Cell, Value]) -> Judged:
    begin = time.perf_counter()
    table = with_fixed(with_ending(table, formulas), formulas)
    network = infer_network(table, formulas)
    if network is None:
        return Judged(table, None, _without_network(table, formulas, begin))
    model = NetworkModel(network)
    given = read_given(table, model, formulas, chain)
    case, labels = settle_labels(Case(table, model, given, formulas, chain), network)
    if case.given.rate is None or case.given.missing:
        return Judged(table, case, _verdict(table, case, labels, None, begin))
    case, labels, faults = _settled(case, network, labels)
    return Judged(table, case, _verdict(table, case, labels, faults, begin))


def _settled(case: Case, network: Network, labels: list[Finding]) -> tuple[Case, list[Finding], Faults]:
    """The case as the table is best read, what that says of its labels, and its faults."""
    faults = find_faults(case)
    if not needs_own_terms(case, faults):
        return case, labels, faults
    own = settle_terms(case, network)
    own_faults = faults if own is case else find_faults(own)
    if own_faults.count:
        swapped, found = settle_swapped_labels(case, faults)
        if found:  # labels exchanged back leave no other fault
            return swapped, labels + found, find_faults(swapped)
    return own, labels, own_faults


def _verdict(table: Table, case: Case, labels: list[Finding], faults: Faults | None, begin: float) -> TableResult:
    """The verdict on a table; `faults` is None where it lacks what a training starts from."""
    given = case.given
    columns = [*table.columns.values(), *table.repeated, *table.unnamed]
    inside = [formula for column in columns for formula in case.column(column) if formula is not None]
    own = None if faults is None else under_optimizer(case, faults)
    if own is not None:
        found, notes = own.findings, own.notes
    else:
        found, notes = (bare_findings(case, bare_faults(case)), []) if faults is None else findings_of(case, faults)
    return TableResult(
        sheet=case.formulas.workbook.sheets[table.sheet].name,
        cells=table.range,
        network=case.model.describe() + ("" if own is None else f", trained with {own.optimizer}"),
        learning_rate=given.rate.value if given.rate is not None else None,
        rows=len(table.rows),
        formulas=len(inside),
        distinct=len(set(inside)),
        columns=tuple(compare_columns(case)) if faults is not None and own is None else (),
        findings=(*labels, *_given_findings(case), *found),
        diverged=_diverged(case) if faults is not None and own is None else None,
        seconds=time.perf_counter() - begin,
        notes=(*_notes(table), *notes),
    )


def _notes(table: Table) -> Iterator[str]:
    """What one should know of a table besides its faults."""
    if table.unfilled:
        yield f"ends in row {table.last_row} with the updated weights; {_left_out(table)} are not computed there"


def _left_out(table: Table) -> str:
    names = [name for name, column in table.columns.items() if column in table.unfilled]
    return ", ".join(names) if len(names) <= MOST_NAMED else f"{names[0]} and {len(names) - 1} more columns"


def _without_network(table: Table, formulas: Formulas, begin: float) -> TableResult:
    """The verdict where the labels contradict each other, so that there is nothing to check the formulas against."""
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
                Kind.MISSING, sheet.name, ranges_of([place]), 1, _no_number(name, sheet.values.get(place)),
                label=name, iteration=0, formula=sheet.formula_text(place), value=sheet.values.get(place),
            )  # fmt: skip
    if given.rate is None:
        message = "no learning rate: the updates use no cell for it, and no cell is labelled η"
        yield Finding(Kind.MISSING, sheet.name, table.range, 1, message, label="η")


def _no_number(name: str, value: Value) -> str:
    """What a cell holds in the place of the number that a training starts from."""
    if not is_text(value):
        return f"{name} has no number to start from"
    return f"{name} starts from the text {in_words(value)}, which is no number: type it as one"
