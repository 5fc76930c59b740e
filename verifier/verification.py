"""Verify a workbook: recompute every formula, and check every training table against the oracle."""

import gc
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from verifier.computing.engine import Engine
from verifier.computing.recompute import CIRCULAR, Cell, Formulas
from verifier.computing.whole import recompute_all
from verifier.engines.calculator import Calculator
from verifier.engines.opinion import ask
from verifier.findings import NO_TRAINING, Finding, Unchecked, WorkbookResult
from verifier.judging.both_ways import judge_both_ways
from verifier.judging.contradictions import contradictions, with_notes_on_tabs
from verifier.judging.errors import errors_outside
from verifier.judging.stale import dependents, has_cached_values, stale_findings, without_values
from verifier.judging.table_verdict import Judged
from verifier.judging.workbook_tables import judge_tables
from verifier.practice import graded
from verifier.ranges import ranges_of
from verifier.reading.functions import OF_CHANCE, OF_PLACES
from verifier.reading.package import WorkbookError
from verifier.reading.workbook import Sheet, read_workbook
from verifier.values import Value, is_text

MOST_REMARKS = 10


def silent(_: str) -> None:
    """Take no notice of progress."""


def verify(
    path: str | Path,
    engine: Engine | None = None,
    progress: Callable[[str], None] = silent,
    second_opinion: Calculator | None = None,
) -> WorkbookResult:
    """Verify one workbook. Never raises for what is in the file: the result says what could not be checked.

    `engine` keeps compiled formulas from one workbook to the next; `progress` is told what is being done.
    `second_opinion` is another engine (`verifier.engines.calculator`) that calculates the workbook too: where it
    disagrees with `formulas`, whose results the verdict goes by, the result says so.
    """
    with _garbage_kept():
        return _verify(Path(path), engine or Engine(), progress, second_opinion)


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


def _verify(
    path: Path, engine: Engine, progress: Callable[[str], None], second_opinion: Calculator | None
) -> WorkbookResult:
    begin = time.perf_counter()
    progress("reading")
    try:
        workbook = read_workbook(path)
    except WorkbookError as error:
        return WorkbookResult(path, time.perf_counter() - begin, problem=str(error))
    result = _judged(path, Formulas(workbook, engine), progress, second_opinion)
    return replace(result, seconds=time.perf_counter() - begin)


def _judged(
    path: Path, formulas: Formulas, progress: Callable[[str], None], second_opinion: Calculator | None
) -> WorkbookResult:
    """The verdict on the formulas of a workbook, without its time."""
    workbook = formulas.workbook
    progress("recomputing")
    chain = formulas.constants()
    failed = formulas.unsupported | recompute_all(formulas, chain)
    exercise = graded(formulas, chain, failed)
    tables = list(judge_tables(formulas, chain, progress, {cell[0] for cell in exercise.cells}))
    told = judge_both_ways(tables, formulas, chain, exercise.cells)
    tables, unlabelled = list(told.tables), told.unlabelled
    results = (*with_notes_on_tabs(tables, workbook.sheets), *unlabelled.trainings)
    trained = frozenset[Cell]().union(*(training.cells for training in unlabelled.parts))  # of some, by several
    if second_opinion is not None:
        progress(f"asking {second_opinion.name}")
    opinion, disagreements = ask(second_opinion, formulas, chain, failed) if second_opinion else (None, [])
    taken = _taken_as_saved(formulas, failed, tables)
    settled = taken.keys() | exercise.as_saved
    cached = has_cached_values(formulas, chain)
    stale = _stale(formulas, chain, failed, tables) if cached else []
    outside = [*exercise.faults, *stale, *contradictions(tables, workbook.sheets), *disagreements]
    errors = errors_outside(formulas, chain, tables)
    return WorkbookResult(
        path=path,
        seconds=0.0,
        tables=results,
        findings=tuple(outside),
        unchecked=(
            *_unchecked({c: reason for c, reason in failed.items() if c not in settled}, workbook.sheets),
            *(doubt for judged in tables for doubt in judged.doubts),
            *unlabelled.undecided,
        ),
        notes=(
            *workbook.warnings,
            *unlabelled.remarks[:MOST_REMARKS],
            *(_taken_note(u) for u in _unchecked(taken, workbook.sheets)),
            *([without_values(formulas)] if len(formulas) and not cached else []),
            *errors.notes(formulas),
        ),
        cached=cached,
        other_formulas=len(formulas) - sum(judged.result.formulas for judged in tables) - len(trained),
        other_errors=errors.formulas,
        problem=None if results or exercise.result is not None else NO_TRAINING,
        opinion=opinion,
        practice=exercise.result,
    )


def _stale(
    formulas: Formulas, chain: Mapping[Cell, Value], failed: Mapping[Cell, str], tables: Iterable[Judged]
) -> list[Finding]:
    """The stale cached values, but for those of cells that are blamed for something else already.

    What depends on a circular reference has no value of its own either: it hangs on how often that was calculated.
    """
    blamed = {(j.table.sheet, *place) for j in tables for fault in j.result.findings for place in fault.places}
    circle = {cell for cell, reason in failed.items() if reason == CIRCULAR}
    return stale_findings(formulas, chain, failed.keys() | blamed | dependents(formulas, chain, circle))


def _taken_as_saved(formulas: Formulas, failed: Mapping[Cell, str], tables: Iterable[Judged]) -> dict[Cell, str]:
    """Formulas that no recalculation could hold to their values, and that need not be, with the reason.

    What a training is given may be any number, that of `=RAND()` too, and a column that the vocabulary has no name for
    may count its rows by `=ROWS(B$11:B12)`: the number that was saved is as good as another.
    """
    free = {cell for judged in tables if judged.case is not None for cell in judged.case.free_cells}
    taken = {cell: reason for cell, reason in failed.items() if reason.endswith((OF_CHANCE, OF_PLACES))}
    return {cell: reason for cell, reason in taken.items() if cell in free and not is_text(formulas.cached(cell))}


def _taken_note(taken: Unchecked) -> str:
    return f"has in {taken.sheet}!{taken.cells} numbers that are taken as they were saved: {taken.reason}"


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
