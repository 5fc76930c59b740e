"""What several sheets share: the legend, the picture of the network, and how they print."""

from io import BytesIO

from xlsxwriter.worksheet import Worksheet

from sheetgen.picture import HEIGHT, SHARPNESS
from sheetgen.style import Styles
from sheetgen.training_step import Group
from templates import Template

ROW_PIXELS = 20  # of a row as Excel sets it


def insert_picture(sheet: Worksheet, picture: bytes, template: Template, row: int, column: int) -> None:
    """Place the picture of the network with its upper left corner in a cell; it is fifteen rows high."""
    scale = 15.5 * ROW_PIXELS / (HEIGHT * SHARPNESS)
    sheet.insert_image(row, column, "network.png", {
        "image_data": BytesIO(picture), "x_scale": scale, "y_scale": scale, "x_offset": 6,
        "description": f"The network: {template.network.describe()}",
    })  # fmt: skip


def write_legend(sheet: Worksheet, styles: Styles, row: int, column: int) -> None:
    """Write a chip of its colour for each group, two columns wide, side by side."""
    for k, group in enumerate(group for group in Group if group is not Group.COUNT):
        sheet.merge_range(row, column + 2 * k, row, column + 2 * k + 1, group.value, styles.label(group))


def set_up_page(sheet: Worksheet, last_row: int, last_column: int) -> None:
    """Make a sheet that ends at a row and column print well: landscape on A4, one page wide, named and numbered."""
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.print_area(0, 0, last_row, last_column)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.set_footer("&L&A&RPage &P of &N")
