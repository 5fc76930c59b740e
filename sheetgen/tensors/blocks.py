"""Where the numbers of a tensor stand on a sheet: its channels one above the other, at one pitch.

A window over all channels is then one tall rectangle. What stands between the channels is empty, in the pictures and
in the kernels that they are multiplied with, so that one SUMPRODUCT of two rectangles is a whole convolution.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from xlsxwriter.utility import xl_col_to_name

Cell = tuple[int, int, int]  # channel, row and column in it, from 0


@dataclass(frozen=True)
class Block:
    """A tensor (channels, height, width) whose first number stands at a row and a column, both from 0."""

    row: int
    column: int
    shape: tuple[int, int, int]
    pitch: int  # rows from a channel to the next
    sheet: str = ""  # how formulas name it; nothing where they stand on it

    def on(self, sheet: str) -> "Block":
        """The block at the same place of another sheet."""
        return replace(self, sheet=f"{sheet}!" if sheet else "")

    def cells(self) -> Iterator[Cell]:
        """The places of all its numbers, in the order of memory."""
        channels, height, width = self.shape
        return ((c, i, j) for c in range(channels) for i in range(height) for j in range(width))

    def place(self, cell: Cell) -> tuple[int, int]:
        """The row and the column of a number on the sheet."""
        channel, row, column = cell
        return self.row + channel * self.pitch + row, self.column + column

    def cell(self, cell: Cell) -> str:
        """The name of a number's cell."""
        return self.sheet + _name(*self.place(cell))

    def fixed(self, cell: Cell) -> str:
        """The same, for formulas that are copied."""
        return self.sheet + _fixed(*self.place(cell))

    def window(self, row: int, column: int, height: int, width: int) -> str:
        """The rectangle over all channels that shows a window of each, from a row and a column of it on."""
        top, left = self.place((0, row, column))
        bottom = top + (self.shape[0] - 1) * self.pitch + height - 1
        return f"{self.sheet}{_name(top, left)}:{_name(bottom, left + width - 1)}"

    def window_of(self, channel: int, row: int, column: int, height: int, width: int) -> str:
        """A window of one channel."""
        top, left = self.place((channel, row, column))
        return f"{self.sheet}{_name(top, left)}:{_name(top + height - 1, left + width - 1)}"

    def fixed_window(self, channel: int, row: int, column: int, height: int, width: int) -> str:
        """The same, for formulas that are copied."""
        top, left = self.place((channel, row, column))
        return f"{self.sheet}{_fixed(top, left)}:{_fixed(top + height - 1, left + width - 1)}"

    def whole(self) -> str:
        """The rectangle of all channels, for formulas that are copied."""
        return f"{self.sheet}{_fixed(self.row, self.column)}:{_fixed(self.last_row, self.last_column)}"

    def channel(self, channel: int) -> str:
        """The rectangle of one channel, likewise."""
        return self.fixed_window(channel, 0, 0, *self.shape[1:])

    @property
    def last_row(self) -> int:
        """The last row that it has a number in."""
        return self.row + (self.shape[0] - 1) * self.pitch + self.shape[1] - 1

    @property
    def last_column(self) -> int:
        """The last column that it has a number in."""
        return self.column + self.shape[2] - 1


def _name(row: int, column: int) -> str:
    return f"{_column(column)}{row + 1}"


def _fixed(row: int, column: int) -> str:
    return f"${_column(column)}${row + 1}"


@cache
def _column(column: int) -> str:
    return str(xl_col_to_name(column))
