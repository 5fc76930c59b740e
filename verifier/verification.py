"""Verify a workbook: recompute every formula, and hold every training table against the oracle."""

import gc
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from verifier.computing.engine import Engine
from verifier.computing.recompute import Cell, Formulas, recompute
from verifier.findings import Finding, Kind, Unchecked, WorkbookResult, ranges_of
from verifier.judging.labels import rate_in
from verifier.judging.stale import has_cached_values, stale_findings
from verifier.judging.table_verdict import Judged, judge_table
from verifier.judging.tables import find_tables
from verifier.reading.package import WorkbookError
from verifier.reading.workbook import Sheet, read_workbook

NO_TABLE = "no training table in it: no row has labels such as w1, a_h1, E_total and ∂E_t/∂w1 over rows of numbers"


def _silent(_: str) -> None:
    """Take no notice of progress."""


def verify(path: str | Path, engine: Engine | None = None, progress: Callable[[str], None] = _silent) -> WorkbookResult:
    """Verify one workbook. Never raises for what is in the file: the result says what could not be checked.

    `engine` keeps compiled formulas from one workbook to the next; `progress` is told what is being done.
    """
    with _garbage_kept():
        return _verify(Path(path), engine or Engine(), progress)


@contextmanager
def _garbage_kept() -> Iterator[None]:
    """Do not look for garbage: a verification makes objects by the hundred thousand, and needs them all to the end."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _verify(path: Path, engine: Engine, progress: Callable[[str], None]) -> WorkbookResult:
    begin = time.perf_counter()
    try:
        progress("reading")
        workbook = read_workbook(path)
    except WorkbookError as error:
        return WorkbookResult(path, time.perf_counter() - begin, problem=str(error))
    progress("recomputing")
    formulas = Formulas(workbook, engine)
    chain = formulas.constants()
    failed = formulas.unsupported | recompute(formulas, iter(formulas), chain)
    found = [table for number, sheet in enumerate(workbook.sheets) for table in find_tables(sheet, number)]
    tables: list[Judged] = []
    for table in found:
        progress(f"checking {workbook.sheets[table.sheet].name}")
        tables.append(judge_table(table, formulas, chain))
    cached = has_cached_values(formulas)
    blamed = {(j.table.sheet, *place) for j in tables for fault in j.result.findings for place in fault.places}
    stale = stale_findings(formulas, chain, failed.keys() | blamed) if cached else []
    return WorkbookResult(
        path=path,
        seconds=time.perf_counter() - begin,
        tables=tuple(judged.result for judged in tables),
        findings=(*stale, *_rate_findings(tables, workbook.sheets), *_name_findings(tables, workbook.sheets)),
        unchecked=tuple(_unchecked(failed, workbook.sheets)),
        notes=workbook.warnings,
        cached=cached,
        other_formulas=len(formulas) - sum(judged.result.formulas for judged in tables),
        problem=None if found else NO_TABLE,
    )


def _name_findings(tables: Sequence[Judged], sheets: Sequence[Sheet]) -> Iterator[Finding]:
    """Tabs whose name gives another learning rate than the only table on them uses."""
    for number, sheet in enumerate(sheets):
        rates = [judged.result.learning_rate for judged in tables if judged.table.sheet == number]
        named = rate_in(sheet.name)
        if len(rates) == 1 and isinstance(named, float) and rates[0] is not None and named != rates[0]:
            message = f"the tab's name says a learning rate of {named!r}, but its table uses {rates[0]!r}"
            yield Finding(Kind.LABEL, sheet.name, "the tab's name", 1, message, value=named, expected=rates[0])


def _rate_findings(tables: Sequence[Judged], sheets: Sequence[Sheet]) -> Iterator[Finding]:
    """Cells labelled as the learning rate of a table that uses another one, and that no other table uses either."""
    rates = [(judged.case, judged.case.given.rate) for judged in tables if judged.case is not None]
    used = {rate.cell for _, rate in rates if rate is not None}
    for case, rate in rates:
        if rate is None or rate.labelled is None or rate.labelled in used:
            continue
        labelled = case.chain.get(rate.labelled)
        if labelled != rate.value:
            number, row, column = rate.labelled
            message = f"the cell is labelled as the learning rate, but the updates use {rate.value!r}"
            yield Finding(
                Kind.LABEL, sheets[number].name, ranges_of([(row, column)]), 1, message,
                label="η", value=labelled, expected=rate.value,
            )  # fmt: skip


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
