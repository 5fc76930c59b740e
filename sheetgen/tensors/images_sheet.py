"""Images: pictures to start a drawing from, one below the other, where the columns of a drawing are."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from xlsxwriter.workbook import Workbook

from sheetgen.live import Live
from sheetgen.style import Styles
from sheetgen.tensors.blocks import Block
from sheetgen.tensors.diagram import MARGIN
from sheetgen.tensors.names import DRAW, IMAGES
from sheetgen.tensors.operations import Array, Shape
from sheetgen.tensors.pictures import PIXELS, PIXELS_TO_POINTS, shade, write_title

CAPTION_ROWS = 2
DIGITS = 2  # of a place in the list
FIRST_ROW = 5  # of the first caption, and of the list
EMPTY = "an empty sheet"


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
        height = self.pictures[0].pixels.shape[1]
        pitch, shape = height + CAPTION_ROWS, self.pictures[0].pixels.shape
        return [
            Block(FIRST_ROW + CAPTION_ROWS + k * pitch, MARGIN, (1, shape[1], shape[2]), pitch)
            for k in range(len(self.pictures))
        ]

    @property
    def list_column(self) -> int:
        """The column of the list; the labels are in the next one."""
        return self.blocks[0].last_column + 3

    def listed(self, column: int) -> Block:
        """A column of the list: 0 their names, 1 their labels."""
        return Block(FIRST_ROW, self.list_column + column, (1, len(self.pictures), 1), 1, f"{IMAGES}!")

    @property
    def names(self) -> list[str]:
        """What stands in the list: each begins with its place in it, which formulas read."""
        return [f"{place:0{DIGITS}} {picture.said}" for place, picture in enumerate(self.pictures, 1)]

    def label_of(self, choice: str) -> Live:
        """The label of what stands in a cell."""
        return Live(f"=INDEX({self.listed(1).whole()},{place_of(choice)})", self.pictures[0].label)


def place_of(choice: str) -> str:
    """The place in the list, from 1, of what stands in a cell."""
    return f"VALUE(LEFT({choice},{DIGITS}))"


def write_images_sheet(workbook: Workbook, styles: Styles, gallery: Gallery, said: str) -> None:
    """Write the sheet; `said` is where the images are from."""
    sheet = workbook.add_worksheet(IMAGES)
    write_title(sheet, styles, "Images to start from", said, (DRAW,))
    sheet.set_default_row(PIXELS * PIXELS_TO_POINTS)
    sheet.set_column_pixels(0, gallery.list_column - 1, PIXELS)
    sheet.set_column_pixels(gallery.list_column, gallery.list_column, 180)
    sheet.hide_gridlines(2)
    for k, (picture, name, block) in enumerate(zip(gallery.pictures, gallery.names, gallery.blocks, strict=True)):
        sheet.write_string(block.row - 1, block.column, name, styles.small())
        sheet.write_string(FIRST_ROW + k, gallery.list_column, name, styles.small())
        sheet.write_number(FIRST_ROW + k, gallery.list_column + 1, picture.label, styles.small())
        for cell in block.cells():
            if picture.pixels[cell]:
                sheet.write_number(*block.place(cell), float(picture.pixels[cell]), styles.pixel(()))
    shade(sheet, gallery.blocks)
