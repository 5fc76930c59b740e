"""Images: pictures to start a drawing from, with the list that one is chosen of."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook

from sheetgen.live import Live, write_live
from sheetgen.page import ROW_PIXELS, set_up_page
from sheetgen.style import Styles
from sheetgen.tensors.blocks import Block
from sheetgen.tensors.diagram import GAP, MARGIN
from sheetgen.tensors.names import DRAW, IMAGES
from sheetgen.tensors.operations import Array, Shape
from sheetgen.tensors.pictures import PIXELS, PIXELS_TO_POINTS, edges, shade_ink, write_title

CAPTION_ROWS = 2
DIGITS = 2  # of a place in the list
IN_A_ROW = 7
FIRST_ROW = 4  # of the first caption, and of the list
EMPTY = "clear: an empty paper"


@dataclass(frozen=True)
class Picture:
    """An image with its label, and what is said of it in the list."""

    said: str
    label: int
    pixels: Array  # (1, height, width), from 0 to 1


def empty_picture(shape: Shape) -> Picture:
    """Nothing drawn yet."""
    return Picture(EMPTY, 0, np.zeros(shape))


@dataclass(frozen=True)
class Gallery:
    """Where the pictures and their list stand."""

    pictures: Sequence[Picture]

    @property
    def blocks(self) -> list[Block]:
        """Where each picture stands."""
        channels, height, width = shape = self.pictures[0].pixels.shape
        down, right = channels * height + CAPTION_ROWS + GAP, width + GAP
        return [
            Block(FIRST_ROW + CAPTION_ROWS + k // IN_A_ROW * down, MARGIN + k % IN_A_ROW * right, shape, height)
            for k in range(len(self.pictures))
        ]

    @property
    def list_column(self) -> int:
        """The column of the list; the labels are in the next one."""
        return max(block.last_column for block in self.blocks) + 3

    def listed(self, column: int) -> Block:
        """A column of the list: 0 their names, 1 their labels."""
        return Block(FIRST_ROW, self.list_column + column, (1, len(self.pictures), 1), 1, f"{IMAGES}!")

    @property
    def names(self) -> list[str]:
        """What stands in the list: each begins with its place in it, which formulas read."""
        return [f"{place:0{DIGITS}}: {picture.said}" for place, picture in enumerate(self.pictures, 1)]

    @property
    def place(self) -> str:
        """The cell with the place in the list, from 1, of what is chosen."""
        return f"{IMAGES}!{xl_rowcol_to_cell(FIRST_ROW - 1, self.list_column + 1, row_abs=True, col_abs=True)}"

    @property
    def label(self) -> Live:
        """The label of what is chosen."""
        return Live(f"=INDEX({self.listed(1).whole()},{self.place})", self.pictures[0].label)


def write_images_sheet(workbook: Workbook, styles: Styles, gallery: Gallery, said: str, choice: str) -> None:
    """Write the sheet; `said` is where the images are from, `choice` the cell in which one of the list is chosen."""
    sheet = workbook.add_worksheet(IMAGES)
    write_title(sheet, styles, "Images to start from", said, (DRAW,))
    sheet.set_default_row(PIXELS * PIXELS_TO_POINTS)
    for row in (1, 2):
        sheet.set_row_pixels(row, ROW_PIXELS)
    sheet.set_column_pixels(0, gallery.list_column - 1, PIXELS)
    sheet.set_column_pixels(gallery.list_column, gallery.list_column, 180)
    sheet.write_string(FIRST_ROW - 1, gallery.list_column, f"Chosen on {DRAW} ", styles.small())
    place = Live(f"=VALUE(LEFT({choice},{DIGITS}))", 1)
    write_live(sheet, FIRST_ROW - 1, gallery.list_column + 1, place, styles.small())
    for k, (picture, name, block) in enumerate(zip(gallery.pictures, gallery.names, gallery.blocks, strict=True)):
        sheet.set_row_pixels(block.row - 1, ROW_PIXELS)
        sheet.write_string(block.row - 1, block.column, name, styles.small())
        sheet.write_string(FIRST_ROW + k, gallery.list_column, name, styles.small())
        sheet.write_number(FIRST_ROW + k, gallery.list_column + 1, picture.label, styles.small())
        for cell in block.cells():
            form = styles.pixel(edges(cell, block.shape))
            if picture.pixels[cell]:
                sheet.write_number(*block.place(cell), float(picture.pixels[cell]), form)
            else:
                sheet.write_blank(*block.place(cell), None, form)
    shade_ink(sheet, gallery.blocks)
    set_up_page(sheet, gallery.blocks[-1].last_row + 1, gallery.list_column - 2)
