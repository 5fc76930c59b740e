"""What references mean in the cell, or the cells, that a formula is written for.

A formula of one cell is as it is written. An array formula is written once for a region of cells (ECMA-376 part 1,
section 18.3.1.40): there each cell shows one element, and a range that is computed element by element is for each
cell one cell of it, so that the formula is again one that reads relative to its cell.
"""

from dataclasses import dataclass
from typing import Protocol

from verifier.reading.positions import Position
from verifier.reading.references import (
    CELL,
    MAX_COLUMN,
    MAX_ROW,
    Axis,
    Reference,
    UnsupportedFormulaError,
    column_number,
)


class Placement(Protocol):
    """What a formula is written for."""

    def cell(self, sheet: str | None, cell: str) -> Reference:
        """What the address of a cell means."""

    def range(self, sheet: str | None, first: str, last: str, position: Position) -> Reference | None:
        """What a range from one address to another means at a position; None where it has no value."""


@dataclass(frozen=True)
class OneCell:
    """A cell with a formula of its own."""

    row: int
    column: int

    def cell(self, sheet: str | None, cell: str) -> Reference:
        return Reference(sheet, *_axes(cell, self.row, self.column))

    def range(self, sheet: str | None, first: str, last: str, position: Position) -> Reference | None:
        whole = Reference(sheet, *_axes(first, self.row, self.column), *_axes(last, self.row, self.column))
        return whole if position.takes_range_in_cell() else _intersection(whole, self.row, self.column)


@dataclass(frozen=True)
class Region:
    """The cells of an array formula: the first of them, and how many rows and columns they are."""

    row: int
    column: int
    rows: int
    columns: int

    def places(self) -> list[tuple[int, int]]:
        """The rows and columns of all cells."""
        rows, columns = range(self.row, self.row + self.rows), range(self.column, self.column + self.columns)
        return [(row, column) for row in rows for column in columns]

    def cell(self, sheet: str | None, cell: str) -> Reference:
        return Reference(sheet, *self._same_for_all(cell))

    def whole(self, sheet: str | None, first: str, last: str, position: Position) -> Reference | None:
        """A range that each of the cells reads whole."""
        whole = Reference(sheet, *self._same_for_all(first), *self._same_for_all(last))
        if not position.is_single():
            return whole
        if self.rows * self.columns > 1:
            raise UnsupportedFormulaError("it asks for a single value of a range for many cells")
        return _intersection(whole, self.row, self.column)

    def _same_for_all(self, cell: str) -> tuple[Axis, Axis]:
        """An address that means the same in all cells, and filled down or right with all of them means the next."""
        row, column = _axes(cell, self.row, self.column)
        return (
            row if self.rows == 1 else Axis(row.at(self.row), True),
            column if self.columns == 1 else Axis(column.at(self.column), True),
        )


class Elementwise(Region):
    """An array formula each element of which is computed from single cells."""

    def range(self, sheet: str | None, first: str, last: str, position: Position) -> Reference | None:
        whole = self.whole(sheet, first, last, position)
        if whole is None or whole.last_row is None or whole.last_column is None or position.takes_range_in_array():
            return whole
        row = _element(whole.row, whole.last_row, self.row, self.rows)
        return Reference(sheet, row, _element(whole.column, whole.last_column, self.column, self.columns))


class WholeArray(Region):
    """An array formula that is computed as one."""

    def range(self, sheet: str | None, first: str, last: str, position: Position) -> Reference | None:
        return self.whole(sheet, first, last, position)


def _element(first: Axis, last: Axis, own: int, extent: int) -> Axis:
    """The row or column of a range's element for each cell of a region that begins at `own`: its own, or the one."""
    first, last = sorted((first, last), key=lambda axis: axis.at(own))
    begin, length = first.at(own), last.at(own) - first.at(own) + 1
    if extent == 1 or length == 1:
        return first
    if length < extent:
        raise UnsupportedFormulaError("it is an array formula over more cells than a range in it has")
    return Axis(begin - own, False)


def _intersection(whole: Reference, row: int, column: int) -> Reference | None:
    """The one cell of a range that a formula in a row and column means; None where there is no such one."""
    if whole.last_row is None or whole.last_column is None:
        return whole
    top, bottom = sorted((whole.row.at(row), whole.last_row.at(row)))
    left, right = sorted((whole.column.at(column), whole.last_column.at(column)))
    if (top, left) == (bottom, right):
        return Reference(whole.sheet, whole.row, whole.column)
    if left == right and top <= row <= bottom:
        return Reference(whole.sheet, Axis(0, False), whole.column)
    if top == bottom and left <= column <= right:
        return Reference(whole.sheet, whole.row, Axis(0, False))
    return None


def _axes(cell: str, row: int, column: int) -> tuple[Axis, Axis]:
    match = CELL.fullmatch(cell)
    if match is None:
        raise UnsupportedFormulaError(f"{cell} is not the address of a cell")
    number, letters = int(match[4]), column_number(match[2])
    if not (1 <= number <= MAX_ROW and letters <= MAX_COLUMN):
        raise UnsupportedFormulaError(f"{cell} lies outside a sheet")
    return (
        Axis(number, True) if match[3] else Axis(number - row, False),
        Axis(letters, True) if match[1] else Axis(letters - column, False),
    )
