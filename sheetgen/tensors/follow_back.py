"""The way back on Follow: the largest of the products, in a frame, and which output of the layer before it is made of.

Who chooses that output next goes on so to the image, pixel by pixel.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from xlsxwriter.utility import xl_range_abs, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from sheetgen.live import NOTHING, Live, choice, write_live
from sheetgen.style import Styles
from sheetgen.tensors.follow import View
from sheetgen.tensors.follow_layout import FIELDS_ROW, FIRST_ROW, NUMBERS, SAID_ROW, Sheet, Shown
from sheetgen.tensors.operations import Array

NAMES = ("largest product", "line", "from map", "from row", "from column")
IMAGE, NONE = "the image", "No product is above 0"


@dataclass(frozen=True)
class Back:
    """Where the numbers of the way back stand: below the table of layers."""

    at: Sheet

    def place(self, name: str) -> tuple[int, int]:
        below = FIELDS_ROW + len(NUMBERS) + len(self.at.views) + 3
        return below + NAMES.index(name), self.at.table_column + 1

    def name(self, name: str) -> str:
        return str(xl_rowcol_to_cell(*self.place(name), row_abs=True, col_abs=True))

    @property
    def maxima_column(self) -> int:
        """That of the largest product in each line, which is not shown."""
        return self.at.block_column(3) + 1

    @property
    def maxima_row(self) -> int:
        """That of the largest product in each column, likewise."""
        return FIRST_ROW + self.at.lines

    @property
    def maxima(self) -> tuple[str, str]:
        """Of the lines, and of the columns."""
        left, last = self.at.block_column(2), FIRST_ROW + self.at.lines - 1
        return (
            str(xl_range_abs(FIRST_ROW, self.maxima_column, last, self.maxima_column)),
            str(xl_range_abs(self.maxima_row, left, self.maxima_row, left + self.at.columns - 1)),
        )

    def by_layer(self, numbers: Sequence[int]) -> str:
        return choice(self.at.number("layer"), list(map(str, numbers)))

    @property
    def formulas(self) -> tuple[str, ...]:
        """The largest product, its line, from 1, and the map, the row and the column that it comes from."""
        views, at, line = self.at.views, self.at, self.name("line")
        pitch = self.by_layer([view.size[0] + 1 for view in views])
        own = self.by_layer([int(is_own(view)) for view in views])
        down, right = (self.by_layer([view.margin[k] for view in views]) for k in (0, 1))
        (lines, columns), largest = self.maxima, self.name("largest product")
        return (
            f"MAX({lines})",
            f"MATCH({largest},{lines},0)",
            f"IF({own}=1,{at.number('map')},INT(({line}-1)/{pitch})+1)",
            f"{at.number('top')}+MOD({line}-1,{pitch})-{down}",
            f"{at.number('left')}+MATCH({largest},{columns},0)-1-{right}",
        )


def is_own(view: View) -> bool:
    """Whether a map of the outputs looks at the map in its own place alone."""
    return view.channels < view.wiring.source.shape[0]


def write_way_back(sheet: Worksheet, styles: Styles, at: Sheet, names: Sequence[str], shown: Shown) -> None:
    """Write where the largest product comes from, with what that follows from."""
    back = Back(at)
    _write_maxima(sheet, styles, back, shown)
    values = _values(shown)
    for name, formula, value in zip(NAMES, back.formulas, values, strict=True):
        row, column = back.place(name)
        sheet.write_string(row, column - 1, name, styles.small())
        write_live(sheet, row, column, Live(f"={formula}", value), styles.small_number())
    sources = choice(at.number("layer"), [f'"{name}"' for name in (IMAGE, *names[:-1])])
    map_, row_said, column_said = map(back.name, NAMES[2:])
    some = (
        f'"The largest product comes from map "&{map_}&", row "&{row_said}&", column "&{column_said}&" of "&{sources}'
    )
    shown_of_it = "The largest product comes from map {}, row {}, column {} of {}".format(*values[2:], IMAGE)
    said = Live(
        f'=IF({back.name(NAMES[0])}>0,{some},"{NONE}")', shown_of_it if np.nanmax(shown.products) > 0 else NONE
    )  # fmt: skip
    write_live(sheet, SAID_ROW + 3, at.block_column(1), said, styles.text())
    product, largest = xl_rowcol_to_cell(FIRST_ROW, at.block_column(2)), back.name(NAMES[0])
    for block in range(3):  # from the first cell of each on, the product in the same place
        column = at.block_column(block)
        sheet.conditional_format(FIRST_ROW, column, FIRST_ROW + at.lines - 1, column + at.columns - 1, {
            "type": "formula", "criteria": f"=AND(ISNUMBER({product}),{product}={largest})",
            "format": styles.marked(),
        })  # fmt: skip


def _write_maxima(sheet: Worksheet, styles: Styles, back: Back, shown: Shown) -> None:
    """Write the largest product of each line and of each column; a line between two maps has none."""
    at, height = back.at, shown.products.shape[1]
    left, right, last = at.block_column(2), at.block_column(2) + at.columns - 1, FIRST_ROW + at.lines - 1

    def write(row: int, column: int, products: str, numbers: Array) -> None:
        value = NOTHING if np.isnan(numbers).all() else float(np.nanmax(numbers))
        live = Live(f'=IF(COUNT({products})=0,"{NOTHING}",MAX({products}))', value)
        write_live(sheet, row, column, live, styles.pixel(()))

    block = np.full((at.lines, at.columns), np.nan)
    for channel, products in enumerate(shown.products):
        block[channel * (height + 1) : (channel + 1) * (height + 1) - 1, : products.shape[1]] = products
    for line, numbers in enumerate(block, FIRST_ROW):
        write(line, back.maxima_column, xl_range_abs(line, left, line, right), numbers)
    for column, numbers in enumerate(block.T, left):
        write(back.maxima_row, column, xl_range_abs(FIRST_ROW, column, last, column), numbers)


def _values(shown: Shown) -> tuple[float, int, int, int, int]:
    """The same as the formulas give."""
    view, products = shown.view, shown.products
    channel, row, column = np.unravel_index(int(np.nanargmax(products)), products.shape)
    top, left = (int(shown.numbers[name]) for name in ("top", "left"))
    line = int(channel) * (products.shape[1] + 1) + int(row) + 1
    from_map = shown.place[0] + 1 if is_own(view) else int(channel) + 1
    return (
        float(np.nanmax(products)),
        line,
        from_map,
        top + int(row) - view.margin[0],
        left + int(column) - view.margin[1],
    )
