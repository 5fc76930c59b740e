"""Numbers that somebody pasted from what is mended: they stay as they were, and so they are named.

A curve beside a table is often a copy of its loss, or of that of a run with another learning rate. Once a formula is
mended such numbers are those of a training that the workbook does not show any more.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from verifier.computing.recompute import Cell
from verifier.fixing.computation import Computation
from verifier.judging.contradictions import rate_named
from verifier.ranges import ranges_of, runs_of
from verifier.reading.sheets import Place, Sheet

FEWEST = 4  # numbers in a row that are not together by chance
_DIGITS = 9  # significant, that a pasted number has at least


@dataclass(frozen=True)
class Pasted:
    """Numbers that are left as they are, though what they were made with is mended; `reason` says how that is known."""

    sheet: str
    cells: str
    reason: str


def find_pasted(computation: Computation, sheets: Sequence[Sheet]) -> tuple[Pasted, ...]:
    """The columns of numbers that are old results of the workbook, or are headed as those of another run of it."""
    moved = {cell for cell, _ in computation.moved()}
    given = {_rounded(computation.old.get(cell)): cell for cell in computation.before}
    found = []
    for sheet in sheets if moved else ():
        for run in _runs(sheet):
            sources = [cell for place in run if (cell := given.get(_rounded(sheet.values[place]))) is not None]
            is_copy = len(sources) == len(run) and len({(number, column) for number, _, column in sources}) == 1
            if is_copy and moved.isdisjoint(sources):
                continue
            reason = _of_before(sheet, sources, sheets) if is_copy else _of_another_run(sheet, run)
            if reason is not None:
                found.append(Pasted(sheet.name, ranges_of(run), reason))
    return tuple(found)


def _of_before(sheet: Sheet, sources: list[Cell], sheets: Sequence[Sheet]) -> str:
    other = sheets[sources[0][0]]
    cells = ranges_of((row, column) for _, row, column in sources)
    name = cells if other is sheet else f"{other.name}!{cells}"
    return f"pasted numbers that {name} gave before it was mended: paste them again"


def _of_another_run(sheet: Sheet, run: list[Place]) -> str | None:
    row, column = run[0]
    heading = sheet.values.get((row - 1, column))
    if not isinstance(heading, str) or rate_named(heading) is None:
        return None
    return f"pasted numbers of another run ('{heading.strip()}'), which were not checked: calculate them again"


def _runs(sheet: Sheet) -> Iterator[list[Place]]:
    """The numbers below each other that no formula gives, of which not all are the same."""
    rows: dict[int, list[int]] = {}
    for (row, column), value in sheet.values.items():
        if isinstance(value, float) and (row, column) not in sheet.formulas:
            rows.setdefault(column, []).append(row)
    for column, numbers in sorted(rows.items()):
        for run in runs_of(sorted(numbers)):
            places = [(row, column) for row in run]
            if len({sheet.values[place] for place in places}) >= FEWEST:
                yield places


def _rounded(value: object) -> str:
    return f"{value:.{_DIGITS - 1}e}" if isinstance(value, float) else ""
