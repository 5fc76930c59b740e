"""The learning rate of a table: what its update formulas take a gradient times, wherever it stands and whatever it is
called.

Each update is tried on numbers of our own. Of the cells that it reads besides the table's columns, the learning rate is
the one in which it is linear, and without which it leaves the parameter as it is. A label says what it should be.
"""

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isclose, isfinite

from verifier.computing.recompute import Cell, Formula, Formulas
from verifier.judging.labels import is_learning_rate
from verifier.judging.model import Model
from verifier.judging.rate_label import Labelled, find_labelled, number_of
from verifier.judging.tables import Table
from verifier.reading.references import UnsupportedFormulaError
from verifier.values import Value

_SAMPLE = 25  # updates of each parameter that have a vote
_MOST_CANDIDATES = 8  # cells that one update reads besides the table's columns
_MOST_READ = 64  # cells that one formula reads; an update reads a few
_DEEPEST = 4  # columns without a name between an update and what it is made of


@dataclass(frozen=True)
class Rate:
    """The learning rate: its value, the cell that the updates read it from, and what is labelled so, if anything.

    Where every row has its own, `by_row` are their cells, by the row of the parameter that is updated, and `value` is
    that of the first update; where they follow a schedule, made of the one labelled so, it is this one.
    """

    value: float
    cell: Cell | None
    labelled: Labelled | None
    by_row: Mapping[int, Cell]

    @property
    def agrees(self) -> bool:
        """Whether what is labelled so is the learning rate that the updates use."""
        return self.labelled is None or isclose(self.labelled.value, self.value)

    @property
    def cells(self) -> tuple[Cell, ...]:
        """All cells that hold it."""
        return tuple(self.by_row.values()) or (() if self.cell is None else (self.cell,))


@dataclass(frozen=True)
class _Use:
    """What an update uses as the learning rate: a cell, or a number of its own."""

    row: int
    cell: Cell | None
    number: float


def find_rate(table: Table, model: Model, formulas: Formulas, values: Mapping[Cell, Value]) -> Rate | None:
    """The learning rate that most updates use; None where they use none and no label says it either."""
    labelled = find_labelled(table, formulas, values)
    reader = _UpdateReader(table, formulas, values)
    uses = [use for cell in _updates(table, model, formulas) if (use := reader.use(cell)) is not None]
    by_row = _by_row(table, uses, formulas, values)
    if by_row:
        if labelled is not None and all(labelled.cell in formulas.precedents(cell) for cell in by_row.values()):
            return Rate(labelled.value, None, labelled, by_row)
        return Rate(_numbers(formulas, values, by_row.values())[0], None, labelled, by_row)
    chosen = _majority(uses) or _majority([use for use in uses if use.row == uses[0].row])
    if chosen is not None:
        return Rate(chosen.number, chosen.cell, labelled, {})
    return None if labelled is None else Rate(labelled.value, labelled.cell, labelled, {})


def _majority(uses: Sequence[_Use]) -> _Use | None:
    """What more than half of the updates use."""
    counts = Counter((use.cell, None if use.cell else use.number) for use in uses)
    (most, count), *_ = counts.most_common(1) or [((None, None), 0)]
    if count * 2 <= len(uses):
        return None
    return next(use for use in uses if (use.cell, None if use.cell else use.number) == most)


def _by_row(table: Table, uses: Sequence[_Use], formulas: Formulas, values: Mapping[Cell, Value]) -> dict[int, Cell]:
    """The cells of a learning rate that stands in each row of the table; empty where it does not.

    A reference that drifts down its column for want of a `$` is none: it leaves the numbers behind.
    """
    places = Counter((use.cell[0], use.cell[1] - use.row, use.cell[2]) for use in uses if use.cell is not None)
    if not places or len({use.row for use in uses}) < 2:
        return {}
    (sheet, distance, column), count = places.most_common(1)[0]
    cells = {row: (sheet, row + distance, column) for row in table.rows[1:]}
    numbers = _numbers(formulas, values, cells.values())
    return cells if count * 2 > len(uses) and len(numbers) == len(cells) else {}


def _numbers(formulas: Formulas, values: Mapping[Cell, Value], cells: Iterable[Cell]) -> list[float]:
    found = (number_of(formulas, values, cell) for cell in cells)
    return [number for number in found if number is not None]


def _updates(table: Table, model: Model, formulas: Formulas) -> Iterator[Cell]:
    """The update formulas of a sample of rows."""
    rows = table.rows[1:]
    for row in rows[:: max(1, len(rows) // _SAMPLE)]:
        for name in model.trained:
            cell = (table.sheet, row, table.columns.get(name, 0))
            if cell in formulas:
                yield cell


class _UpdateReader:
    """Reads the learning rate out of updates; what it learns of a formula holds in all rows that have it."""

    def __init__(self, table: Table, formulas: Formulas, values: Mapping[Cell, Value]) -> None:
        self._table, self._formulas, self._values = table, formulas, values
        values_of = formulas.workbook.sheets[table.sheet].values
        headers = {column: values_of.get((table.header_row, column)) for column in table.columns.values()}
        self._columns = {c for c, text in headers.items() if not (isinstance(text, str) and is_learning_rate(text))}
        self._known: dict[Formula, int | float | None] = {}  # the place among what is read outside, or a number

    def use(self, cell: Cell) -> _Use | None:
        """What an update uses; None where it shows none."""
        formula = self._formulas.get(cell)
        if formula is None:
            return None
        try:
            inside, outside = self._reads(cell)
            if formula not in self._known:
                self._known[formula] = self._found(cell, inside, outside)
        except UnsupportedFormulaError:
            return None
        found = self._known[formula]
        if isinstance(found, int):
            number = number_of(self._formulas, self._values, outside[found]) if found < len(outside) else None
            return None if number is None else _Use(cell[1], outside[found], number)
        return None if found is None else _Use(cell[1], None, found)

    def _reads(self, cell: Cell) -> tuple[list[Cell], list[Cell]]:
        """What an update reads of the table's named columns, and what else, through columns without a name."""
        inside: dict[Cell, None] = {}
        outside: dict[Cell, None] = {}
        near = [cell]
        for _ in range(_DEEPEST):
            further = []
            reads = [p for reader in near for p in self._formulas.precedents(reader)]
            if len(reads) > _MOST_READ:
                return [], []
            for read in reads:
                if self._is_own(read):
                    inside[read] = None
                elif read in self._formulas and any(self._is_own(p) for p in self._formulas.precedents(read)):
                    further.append(read)
                else:
                    outside[read] = None
            near = further
        return list(inside), list(outside)[:_MOST_CANDIDATES]

    def _is_own(self, cell: Cell) -> bool:
        sheet, row, column = cell
        return sheet == self._table.sheet and column in self._columns and row in self._table.rows

    def _found(self, cell: Cell, inside: list[Cell], outside: list[Cell]) -> int | float | None:
        """Which of the cells outside is the learning rate, or the number that is typed in its place."""
        trial = _Trial(self._formulas, cell, [*inside, *outside])
        above = (cell[0], cell[1] - 1, cell[2])
        held = [k for k, other in enumerate(outside) if number_of(self._formulas, self._values, other) is not None]
        linear = [k for k in held if trial.is_linear_in(outside[k])]
        keeps = [k for k in linear if above in inside and trial.keeps(above, without=outside[k])]
        if keeps or linear:
            return (keeps or linear)[0]
        others = [other for other in inside if other != above]
        return trial.typed_rate(above, others[0]) if not outside and len(others) == 1 and above in inside else None


class _Trial:
    """An update computed on random numbers in the place of what it reads."""

    def __init__(self, formulas: Formulas, cell: Cell, reads: Sequence[Cell]) -> None:
        generator = random.Random(1)  # noqa: S311  the same numbers in every run
        self._formulas, self._cell = formulas, cell
        self._numbers = {read: generator.uniform(0.2, 0.8) for read in reads}

    def _with(self, changed: Mapping[Cell, float]) -> float:
        """What the update gives; NaN where that is no number."""
        values: dict[Cell, Value] = {**self._numbers, **changed}
        result = self._formulas.compute(self._cell, values)
        return result if isinstance(result, float) else float("nan")

    def is_linear_in(self, cell: Cell) -> bool:
        """Whether a change of the cell changes the update, and twice the change twice as much."""
        nothing, once, twice = (self._with({cell: number}) for number in (0.0, 1.0, 2.0))
        return isfinite(once - nothing) and once != nothing and isclose(twice - nothing, 2 * (once - nothing))

    def keeps(self, parameter: Cell, without: Cell) -> bool:
        """Whether the update leaves the parameter as it was where the other cell is 0."""
        return isclose(self._with({without: 0.0}), self._numbers[parameter])

    def typed_rate(self, parameter: Cell, gradient: Cell) -> float | None:
        """What the update takes off 0 for a gradient of 1; None where it adds to it, or does not change it."""
        result = self._with({parameter: 0.0, gradient: 1.0})
        return -result if result < 0 else None
