"""Where things stand on Follow, and what it shows at first."""

from collections.abc import Sequence
from dataclasses import dataclass

from xlsxwriter.utility import xl_range_abs, xl_rowcol_to_cell

from sheetgen.tensors.follow import View
from sheetgen.tensors.operations import Array

FIELDS_ROW, SAID_ROW, HEADINGS_ROW, FIRST_ROW = 3, 4, 8, 9
NUMBER_PIXELS, NAME_PIXELS, SIGN_PIXELS, SUM_PIXELS = 44, 64, 24, 64
LEAST_COLUMNS = 4  # of a block, for the fields above it
FORM = "0.00;-0.00;0;"  # a text, where there is nothing, is not shown
SAME = "1E-9"  # how far two ways to sum may be from one another, of 1 or more
PER_LAYER = ("maps", "rows", "columns", "stride", "stride →", "kind", "ReLU", "sheet row", "sheet column", "pitch")
MAPS, ROWS, COLUMNS, DOWN, RIGHT, KIND, RECTIFIED, SHEET_ROW, SHEET_COLUMN, PITCH = range(10)
NUMBERS = (
    "layer",
    "map",
    "row",
    "column",
    "top",
    "left",
    "Σ",
    "largest",
    "bias",
    "score",
    "inner",
    "result",
    "Layers",
    "sheet row",
    "sheet column",
)


@dataclass(frozen=True)
class Sheet:
    """Where things stand on the sheet."""

    views: Sequence[View]

    @property
    def columns(self) -> int:
        """Of each of the three blocks."""
        return max(LEAST_COLUMNS, *(view.size[1] for view in self.views))

    @property
    def lines(self) -> int:
        """Of the blocks."""
        return max(view.channels * (view.size[0] + 1) - 1 for view in self.views)

    def block_column(self, block: int) -> int:
        """The first column of the window (0), of the kernel (1), of the products (2), and that of the sums (3)."""
        return 2 + block * (self.columns + 1)

    def cell(self, block: int, line: int, column: int) -> str:
        return _fixed(FIRST_ROW + line, self.block_column(block) + column)

    def whole(self, block: int) -> str:
        first = self.block_column(block)
        return str(xl_range_abs(FIRST_ROW, first, FIRST_ROW + self.lines - 1, first + self.columns - 1))

    @property
    def fields(self) -> list[str]:
        """The yellow cells: layer, map, row, column."""
        return [_fixed(*place) for place in self.field_places]

    @property
    def field_places(self) -> tuple[tuple[int, int], ...]:
        kernel, products = self.block_column(1), self.block_column(2)
        return (FIELDS_ROW, 2), (FIELDS_ROW, kernel + 1), (FIELDS_ROW, kernel + 3), (FIELDS_ROW, products + 1)

    @property
    def table_column(self) -> int:
        return self.block_column(3) + 2

    def number_place(self, name: str) -> tuple[int, int]:
        """Where a number that formulas share stands, beside the blocks."""
        return FIELDS_ROW + NUMBERS.index(name), self.table_column + 1

    def number(self, name: str) -> str:
        return _fixed(*self.number_place(name))

    def listed(self, column: int) -> str:
        """A column of the table of layers: -1 their names."""
        first = FIELDS_ROW + len(NUMBERS) + 2
        at = self.table_column + 1 + column
        return str(xl_range_abs(first, at, first + len(self.views) - 1, at))

    def of_layer(self, column: int) -> str:
        """What the table of layers says of the one that is chosen."""
        return f"INDEX({self.listed(column)},{self.number('layer')})"


@dataclass(frozen=True)
class Shown:
    """What the sheet shows at first: the largest activation of the first layer."""

    name: str  # of the layer
    view: View
    place: tuple[int, int, int]  # from 0
    window: Array
    products: Array
    numbers: dict[str, float]


def _fixed(row: int, column: int) -> str:
    return str(xl_rowcol_to_cell(row, column, row_abs=True, col_abs=True))
