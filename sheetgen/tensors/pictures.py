"""Blocks as pictures of square cells: their formulas with their values, and their shades.

A scale reads its ends from cells: one that looks at all of its numbers itself takes LibreOffice longer than the
network does.
"""

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
from xlsxwriter.utility import xl_range, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from sheetgen.live import Live, write_live
from sheetgen.page import ROW_PIXELS, set_up_page
from sheetgen.style import DARK, DARK_NEGATIVE, DARK_POSITIVE, NEUTRAL, Styles
from sheetgen.tensors.blocks import Block, Cell
from sheetgen.tensors.diagram import MARGIN, TITLE_ROWS, Diagram
from sheetgen.tensors.network import Network
from sheetgen.tensors.operations import Array, Shape

PIXELS = 12  # of a square
PIXELS_TO_POINTS = 0.75
HEADING_ROWS = (4, 5)  # by turns, as that of a narrow picture reaches over the next one
KERNELS_ROW, SCALES_ROW = 6, 7
SCALES_PIXELS = 6  # of a row whose numbers are not shown
LINK_COLUMNS = 6
COLUMNS_BEHIND = 10  # the last picture, for its heading


def write_formulas(
    sheet: Worksheet, styles: Styles, block: Block, formula: Callable[[Cell], str], values: Array
) -> None:
    """Write a block's formulas, each with its value."""
    for cell in block.cells():
        form = styles.pixel(edges(cell, block.shape))
        sheet.write_formula(*block.place(cell), f"={formula(cell)}", form, float(values[cell]))


def write_numbers(sheet: Worksheet, styles: Styles, block: Block, values: Array) -> None:
    """Write a block's numbers."""
    for cell in block.cells():
        sheet.write_number(*block.place(cell), float(values[cell]), styles.pixel(edges(cell, block.shape)))


@cache
def edges(cell: Cell, shape: Shape) -> tuple[str, ...]:
    """The edges of its channel that a cell lies at."""
    (_, row, column), (_, height, width) = cell, shape
    at = {"top": row == 0, "bottom": row == height - 1, "left": column == 0, "right": column == width - 1}
    return tuple(edge for edge, there in at.items() if there)


def shade(sheet: Worksheet, styles: Styles, block: Block, values: Array) -> None:
    """Shade a block by size, from its smallest number to its largest, or 0, which two cells above it say."""
    numbers, column = xl_range(*_area([block])), block.column
    for k, (function, value) in enumerate((("MIN", min(0, values.min())), ("MAX", max(0, values.max())))):
        live = Live(f"={function}(0,{numbers})", float(value))
        write_live(sheet, SCALES_ROW, column + k, live, styles.pixel(()))
    least, most = (xl_rowcol_to_cell(SCALES_ROW, column + k, row_abs=True, col_abs=True) for k in (0, 1))
    sheet.conditional_format(*_area([block]), {
        "type": "2_color_scale", "min_type": "formula", "max_type": "formula",
        "min_value": f"={least}", "max_value": f"={most}", "min_color": NEUTRAL, "max_color": DARK,
    })  # fmt: skip


def shade_ink(sheet: Worksheet, blocks: Sequence[Block]) -> None:
    """Shade blocks from white for 0 to black for 1."""
    sheet.conditional_format(*_area(blocks), {
        "type": "2_color_scale", "min_type": "num", "min_value": 0, "max_type": "num", "max_value": 1,
        "min_color": NEUTRAL, "max_color": "#000000",
    })  # fmt: skip


def shade_signed(sheet: Worksheet, blocks: Sequence[Block], most: str) -> None:
    """Shade blocks by size and sign up to a number, or what stands in a cell; zero is white."""
    sheet.conditional_format(*_area(blocks), {
        "type": "3_color_scale", "min_type": "formula", "mid_type": "num", "max_type": "formula",
        "min_value": f"=-{most}", "mid_value": 0, "max_value": f"={most}",
        "min_color": DARK_NEGATIVE, "mid_color": NEUTRAL, "max_color": DARK_POSITIVE,
    })  # fmt: skip


def largest(values: Array) -> str:
    """How far the largest of some numbers is from 0, for a scale that stays as it is."""
    return repr(float(np.abs(values).max()))


def write_largest(sheet: Worksheet, styles: Styles, blocks: Sequence[Block], values: Array, offset: int = 0) -> str:
    """Write how far the largest number of blocks is from 0, so many columns from the first; its cell."""
    area = _area(blocks)
    numbers, column = xl_range(*area), area[1] + offset
    live = Live(f"=MAX(MAX({numbers}),-MIN({numbers}))", float(np.abs(values).max()))
    write_live(sheet, SCALES_ROW, column, live, styles.pixel(()))
    return str(xl_rowcol_to_cell(SCALES_ROW, column, row_abs=True, col_abs=True))


def _area(blocks: Sequence[Block]) -> tuple[int, int, int, int]:
    """The first row and column, and the last row and column, of the rectangle that blocks are in."""
    first = blocks[0]
    return first.row, first.column, max(b.last_row for b in blocks), max(b.last_column for b in blocks)


def set_up_squares(sheet: Worksheet, diagram: Diagram, last_row: int | None = None) -> None:
    """Make all cells square but for the rows of the title, which stay in sight; the last row is the pictures' or so."""
    last_row = max(picture.last_row for picture in diagram.pictures) if last_row is None else last_row
    last_column = diagram.last_column + COLUMNS_BEHIND
    sheet.set_default_row(PIXELS * PIXELS_TO_POINTS)
    sheet.set_column_pixels(0, last_column, PIXELS)
    for row in range(1, TITLE_ROWS):
        sheet.set_row_pixels(row, ROW_PIXELS)
    sheet.set_row_pixels(SCALES_ROW, SCALES_PIXELS)
    sheet.freeze_panes(TITLE_ROWS, 0)
    set_up_page(sheet, last_row + 1, last_column)


def write_title(
    sheet: Worksheet, styles: Styles, title: str, said: str, links: Sequence[str], columns: int = LINK_COLUMNS
) -> None:
    """Write a sheet's title, the quiet line below it, and below that the ways to other sheets, some columns wide."""
    sheet.set_row(0, 27)
    sheet.write_string(0, 0, title, styles.title())
    sheet.write_string(1, 0, said, styles.quiet())
    for k, name in enumerate(links):
        sheet.write_url(2, MARGIN + columns * k, f"internal:{name}!A1", styles.link(), f"→ {name}")


def stage_headings(network: Network) -> list[str]:
    """What makes each picture, and its shape."""
    said = ["image"]
    for stage, shape in zip(network.stages, network.shapes, strict=False):
        said.append(stage.describe(shape))
    return [f"{what}: {_shape_said(shape)}" for what, shape in zip(said, network.shapes, strict=True)]


def _shape_said(shape: Shape) -> str:
    channels, height, width = shape
    size = f"{height}×{width}" if height * width > 1 else ""
    many = f"{channels} × " if channels > 1 else ""
    return f"{many}{size}" if size else f"{channels}"


def write_headings(sheet: Worksheet, styles: Styles, diagram: Diagram, said: Sequence[str]) -> None:
    """Write a text above each picture."""
    for k, (text, picture) in enumerate(zip(said, diagram.pictures, strict=True)):
        sheet.write_string(HEADING_ROWS[k % 2], picture.column, text, styles.label_text())


def write_kernel_headings(sheet: Worksheet, styles: Styles, diagram: Diagram, kernels: str, scales: str) -> None:
    """Write above the kernels, or the scales, of each stage what stands there."""
    for wiring in diagram.wirings:
        if wiring.kernels:
            said = kernels if wiring.turned else scales
            sheet.write_string(KERNELS_ROW, wiring.kernels[0].column, said, styles.small())


def write_classes(sheet: Worksheet, styles: Styles, diagram: Diagram) -> None:
    """Write each class's number beside the last picture, that of the answer white on dark."""
    last = diagram.pictures[-1]
    for number in range(last.shape[0]):
        row, column = last.place((number, 0, 0))
        sheet.write_number(row, column + 1, number, styles.tiny())
        answer = f"={last.fixed((number, 0, 0))}=MAX({last.whole()})"
        sheet.conditional_format(row, column + 1, row, column + 1, {
            "type": "formula", "criteria": answer, "format": styles.best(),
        })  # fmt: skip
