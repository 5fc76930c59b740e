"""Verify a workbook: recompute every formula, and hold every training table against the oracle."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from verifier.case import Case
from verifier.engine import Engine
from verifier.findings import Finding, Kind, TableResult, Unchecked, WorkbookResult, ranges_of
from verifier.given import read_given
from verifier.header_check import settle_labels
from verifier.inference import infer_network
from verifier.labels import rate_in
from verifier.package import WorkbookError
from verifier.recompute import Cell, Formulas, recompute
from verifier.stale import stale_findings
from verifier.table_check import check_table, compare_columns
from verifier.tables import Table, find_tables
from verifier.values import Value
from verifier.workbook import Sheet, read_workbook

NO_TABLE = "no training table in it: no row has labels such as w1, a_h1, E_total and ∂E_t/∂w1 over rows of numbers"


def _silent(_: str) -> None:
    """Take no notice of progress."""


def verify(path: Path, engine: Engine | None = None, progress: Callable[[str], None] = _silent) -> WorkbookResult:
    """Verify one workbook. Never raises for what is in the file: the result says what could not be checked.

    `engine` keeps compiled formulas from one workbook to the next; `progress` is told what is being done.
    """
    begin = time.perf_counter()
    try:
        progress("reading")
        workbook = read_workbook(path)
    except WorkbookError as error:
        return WorkbookResult(path, time.perf_counter() - begin, problem=str(error))
    progress("recomputing")
    formulas = Formulas(workbook, engine or Engine())
    chain = formulas.constants()
    failed = formulas.unsupported | recompute(formulas, iter(formulas), chain)
    found = [table for number, sheet in enumerate(workbook.sheets) for table in find_tables(sheet, number)]
    results = []
    for table in found:
        progress(f"checking {workbook.sheets[table.sheet].name}")
        results.append(_table_result(table, formulas, chain))
    outside = len(formulas) - sum(result.formulas for result in results)
    stale, note = stale_findings(formulas, chain, failed)
    return WorkbookResult(
        path=path,
        seconds=time.perf_counter() - begin,
        tables=tuple(results),
        findings=(*stale, *_name_findings(found, results, workbook.sheets)),
        unchecked=tuple(_unchecked(failed, workbook.sheets)),
        notes=(*workbook.warnings, *note),
        other_formulas=outside,
        problem=None if found else NO_TABLE,
    )


def _table_result(table: Table, formulas: Formulas, chain: Mapping[Cell, Value]) -> TableResult:
    begin = time.perf_counter()
    sheet = formulas.workbook.sheets[table.sheet]
    columns = [*table.columns.values(), *table.repeated, *table.unnamed]
    inside = [formulas.get((table.sheet, row, column)) for column in columns for row in table.rows]
    found = [formula for formula in inside if formula is not None]
    result = TableResult(
        sheet=sheet.name, cells=table.range, network="", learning_rate=None, rows=len(table.rows),
        formulas=len(found), distinct=len(set(found)),
        columns=(), findings=(), diverged=None, seconds=0.0,
    )  # fmt: skip
    network = infer_network(table, formulas)
    if network is None:
        message = "the labels fit no network: the numbers of inputs, units and weights contradict each other"
        finding = Finding(Kind.LABEL, sheet.name, f"{table.header_row}:{table.header_row}", 1, message)
        return replace(result, findings=(finding,))
    case, labels = settle_labels(Case(table, network, read_given(table, network, formulas, chain), formulas, chain))
    given = case.given
    findings = [*labels, *_given_findings(case)]
    if given.rate is not None and not given.missing:
        findings += check_table(case)
        result = replace(result, columns=tuple(compare_columns(case)), diverged=_diverged(case))
    return replace(
        result,
        network=network.describe(),
        learning_rate=given.rate.value if given.rate is not None else None,
        findings=tuple(findings),
        seconds=time.perf_counter() - begin,
    )


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
    elif given.rate.labelled not in (None, given.rate.cell) and given.rate.labelled is not None:
        labelled = case.chain.get(given.rate.labelled, case.formulas.cached(given.rate.labelled))
        if labelled != given.rate.value:
            _, row, column = given.rate.labelled
            message = (
                f"the cell labelled as the learning rate is not the one that the updates use, {given.rate.value!r}"
            )
            yield Finding(
                Kind.LABEL, sheet.name, ranges_of([(row, column)]), 1, message,
                label="η", value=labelled, expected=given.rate.value,
            )  # fmt: skip


def _name_findings(tables: list[Table], results: list[TableResult], sheets: tuple[Sheet, ...]) -> Iterator[Finding]:
    """Tabs whose name gives another learning rate than the only table on them uses."""
    for number, sheet in enumerate(sheets):
        rates = [r.learning_rate for t, r in zip(tables, results, strict=True) if t.sheet == number]
        named = rate_in(sheet.name)
        if len(rates) == 1 and isinstance(named, float) and rates[0] is not None and named != rates[0]:
            message = f"the tab's name says a learning rate of {named!r}, but its table uses {rates[0]!r}"
            yield Finding(Kind.LABEL, sheet.name, "the tab's name", 1, message, value=named, expected=rates[0])


def _unchecked(failed: Mapping[Cell, str], sheets: tuple[Sheet, ...]) -> Iterator[Unchecked]:
    """The formulas that could not be recomputed, those of a sheet with one reason together."""
    groups: dict[tuple[int, str], list[Cell]] = {}
    for cell, reason in failed.items():
        groups.setdefault((cell[0], reason), []).append(cell)
    for (number, reason), cells in groups.items():
        first = min(cells)
        text = sheets[number].formula_text((first[1], first[2])) or ""
        places = [(row, column) for _, row, column in cells]
        yield Unchecked(sheets[number].name, ranges_of(places), len(cells), text, reason)
