"""A sheet of a log while it is written: its cells, each with the value that a viewer shows which does not calculate.

What comes from a log is written as what it is: a text never as a formula, a number that is none not at all.
Rows and columns count from 0, as in XlsxWriter.
"""

import math
from dataclasses import dataclass, field
from typing import NamedTuple, TypeGuard

from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from sheetgen.layout import on_sheet
from sheetgen.mathematics.training_step import Group
from sheetgen.page import ROW_PIXELS
from sheetgen.style import COLOURS, Styles

# One colour for each kind of data, in the tables as in the charts.
RUN, TEST, TRAINING, VALIDATION, PUBLISHED = (
    COLOURS[group] for group in (Group.COUNT, Group.LOSS, Group.PARAMETERS, Group.FORWARD, Group.BACKWARD)
)

FIRST_COLUMN, LAST_COLUMN = 1, 20  # between margins; all of one width, so that every block has a place on them
MIDDLE_COLUMN = 8  # where the right one of two blocks begins
LONGEST_TEXT = 250  # characters of a text from a log

YES, NO, UNKNOWN = "✓ yes", "✗ no", "?"
NONE = "–"  # what a formula gives for nothing: XlsxWriter writes no cached value for an empty text


class Live(NamedTuple):
    """A formula, and the value that it gives, computed without it."""

    formula: str
    value: float | str


Content = Live | float | str | None


def is_number(value: float | None) -> TypeGuard[float]:
    """Whether there is a number, and one that a cell can hold."""
    return value is not None and math.isfinite(value)


def address(row: int, column: int) -> str:
    """A cell's absolute address: `$B$24`."""
    return str(xl_rowcol_to_cell(row, column, row_abs=True, col_abs=True))


def span(row: int, column: int, last_row: int, last_column: int) -> str:
    """The absolute address of a block of cells: `$B$24:$B$43`."""
    return f"{address(row, column)}:{address(last_row, last_column)}"


@dataclass
class Canvas:
    """A worksheet, the styles of its workbook, and the heights of the rows that are not as high as the others."""

    workbook: Workbook
    sheet: Worksheet
    styles: Styles
    heights: dict[int, int] = field(default_factory=dict)  # in pixels

    def write(self, row: int, column: int, content: Content, form: Format) -> None:
        """Write into a cell what it holds; nothing, or a number that is none, leaves it empty in its format."""
        if isinstance(content, Live):
            self.sheet.write_formula(row, column, content.formula, form, content.value)
        elif isinstance(content, str):
            self.sheet.write_string(row, column, shortened(content), form)
        elif is_number(content):
            self.sheet.write_number(row, column, content, form)
        else:
            self.sheet.write_blank(row, column, None, form)

    def heading(self, row: int, column: int, text: str, remark: str = "") -> None:
        """Write the heading of a block and, in the next row, a quiet sentence on it."""
        self.sheet.write_string(row, column, text, self.styles.heading())
        if remark:
            self.sheet.write_string(row + 1, column, remark, self.styles.quiet())

    def set_height(self, row: int, pixels: int) -> None:
        """Set how high a row is."""
        self.heights[row] = pixels
        self.sheet.set_row_pixels(row, pixels)

    def height(self, row: int) -> int:
        """How high a row is, in pixels."""
        return self.heights.get(row, ROW_PIXELS)

    def elsewhere(self, place: str) -> str:
        """An address on this sheet, as it is called from charts and links."""
        return on_sheet(self.sheet.get_name(), place)

    def colour_answers(self, row: int, column: int, last_row: int, last_column: int) -> None:
        """Have the cells that begin with the sign for yes or for no coloured."""
        for sign, form in ((YES, self.styles.met()), (NO, self.styles.missed())):
            self.sheet.conditional_format(row, column, last_row, last_column, {
                "type": "text", "criteria": "begins with", "value": sign[0], "format": form,
            })  # fmt: skip


def shortened(text: str) -> str:
    """The text, cut off where it would fill the sheet."""
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"
