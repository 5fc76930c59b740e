"""What several sheets share: the legend, the picture of the network, and how they print."""

import math
from io import BytesIO

from xlsxwriter.worksheet import Worksheet

from sheetgen.layout import START_SHEET, TableLayout, on_sheet
from sheetgen.mathematics.training_step import Group
from sheetgen.picture import HEIGHT, SHARPNESS
from sheetgen.style import WIDEST, Styles
from templates import Template

ROW_PIXELS = 20  # of a row as Excel sets it
PICTURE_ROWS = 15  # of the picture of the network
MOST_LINES = 12  # of a wrapped text; a longer one is read in the cell itself
_NARROW = " .,·()[]"  # characters of a formula, little more than half as wide as a digit


def insert_picture(
    sheet: Worksheet, picture: bytes, template: Template, row: int, column: int, rows: int = PICTURE_ROWS
) -> None:
    """Place the picture of the network with its upper left corner in a cell; it is so many rows high."""
    scale = rows * ROW_PIXELS / (HEIGHT * SHARPNESS)
    sheet.insert_image(row, column, "network.png", {
        "image_data": BytesIO(picture), "x_scale": scale, "y_scale": scale, "x_offset": 6,
        "description": f"The network: {template.network.describe()}",
    })  # fmt: skip


def write_heading(sheet: Worksheet, styles: Styles, title: str, what_to_do: str) -> None:
    """Write a sheet's title, the quiet line below it, and below that the way back to the start sheet."""
    sheet.set_row(0, 27)
    sheet.write_string(0, 0, title, styles.title())
    sheet.write_string(1, 0, what_to_do, styles.quiet())
    sheet.write_url(2, 0, f"internal:{on_sheet(START_SHEET, 'A1')}", styles.link(), f"← {START_SHEET}")


def write_legend(sheet: Worksheet, styles: Styles, layout: TableLayout, row: int, column: int) -> None:
    """Write a chip of its colour for each group, two columns wide, side by side."""
    for k, group in enumerate(legend(layout)):
        sheet.merge_range(row, column + 2 * k, row, column + 2 * k + 1, group.value, styles.label(group))


def legend(layout: TableLayout) -> list[Group]:
    """The groups of a table that a legend tells."""
    used = {column.group for column in layout.columns} - {Group.COUNT}
    return [group for group in Group if group in used]


def row_height(*texts: tuple[str, float]) -> int:
    """How high a row must be, in pixels, for texts that are wrapped in columns of a width in characters."""
    lines = (math.ceil((_width(text) + 2) / width) for text, width in texts)
    return ROW_PIXELS * min(max(lines), MOST_LINES)


def shorten_wide_numbers(
    sheet: Worksheet, styles: Styles, row: int, column: int, last_row: int, last_column: int
) -> None:
    """Have the numbers of a block that would not fit into their cells shown as powers of ten."""
    sheet.conditional_format(row, column, last_row, last_column, {
        "type": "cell", "criteria": "not between", "minimum": -WIDEST, "maximum": WIDEST,
        "format": styles.wide_number(),
    })  # fmt: skip


def _width(text: str) -> float:
    return sum(0.65 if character in _NARROW else 1.0 for character in text)


def set_up_page(sheet: Worksheet, last_row: int, last_column: int) -> None:
    """Make a sheet that ends at a row and column print well: landscape on A4, one page wide, named and numbered."""
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.print_area(0, 0, last_row, last_column)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.set_footer("&L&A&RPage &P of &N")
