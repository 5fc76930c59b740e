"""Draw: a sheet of square cells to paint a digit on, and beside it what the network takes it for.

An image of three channels has three papers, one below the other: of red, of green and of blue.
Between the two is what the network sees: a drawing with one channel is placed as MNIST's digits are, on Centre.
"""

import math
from collections.abc import Sequence

import numpy as np
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from sheetgen.live import Live, choice, write_live
from sheetgen.mathematics.training_step import Group
from sheetgen.page import ROW_PIXELS, set_up_page
from sheetgen.style import COLOURS, DARK, Styles
from sheetgen.tensors.blocks import Block, Cell
from sheetgen.tensors.centre_sheet import OFF, ON, places_of
from sheetgen.tensors.centring import THICK, seen
from sheetgen.tensors.diagram import MARGIN, Diagram
from sheetgen.tensors.images_sheet import Gallery
from sheetgen.tensors.names import DRAW, IMAGES, LAYERS
from sheetgen.tensors.network import Network
from sheetgen.tensors.operations import Array, Shape
from sheetgen.tensors.pictures import PIXELS_TO_POINTS, shade_ink, write_formulas, write_title

PIXELS = 13  # of a square, so that the paper fits on a laptop's screen
FIELDS_ROW, FIRST_ROW = 3, 5  # of the yellow cells, and of the paper
LEAST_COLUMNS, BETWEEN = 28, 3  # of a picture, and between two
BAR_CELLS = 20  # of a certain answer
NAME_COLUMNS, PERCENT_COLUMNS = 2, 5  # before a bar and after it
PANEL_COLUMNS = NAME_COLUMNS + BAR_CELLS + PERCENT_COLUMNS
CHOICE_NAME_COLUMNS, SWITCH_NAME_COLUMNS, SWITCH_COLUMNS = 6, 11, 4
ANSWER_ROWS, ANSWER_COLUMNS = 6, 6
BARS_ROW = FIRST_ROW + 8
ARROW_ROW = FIRST_ROW + 13
CHOSEN = "Pictures"  # the name of the list to start from
LIGHT = ("#FF0000", "#00FF00", "#0000FF")  # of three channels, where 0 is dark


def drawing_of(shape: Shape) -> Block:
    """Where the paper is, as other sheets name it."""
    return Block(FIRST_ROW, MARGIN, shape, shape[1]).on(DRAW)


def seen_of(shape: Shape) -> Block:
    """Where what the network sees is: beside the paper, and for several channels the paper itself."""
    if not is_placed(shape):
        return drawing_of(shape)
    return Block(FIRST_ROW, _column_after(MARGIN, shape), shape, shape[1]).on(DRAW)


def is_placed(shape: Shape) -> bool:
    """Whether drawings of a shape are placed as MNIST's digits are."""
    return shape[0] == 1


def write_draw_sheet(
    workbook: Workbook,
    styles: Styles,
    network: Network,
    diagram: Diagram,
    gallery: Gallery,
    activations: Sequence[Array],
    links: Sequence[str],
) -> None:
    """Write the sheet; `links` are the other sheets to go to."""
    sheet = workbook.add_worksheet(DRAW)
    shape = network.shape
    drawing = drawing_of(shape).on("")
    panel = _panel_column(shape)
    sheet.set_default_row(PIXELS * PIXELS_TO_POINTS)
    sheet.set_column_pixels(0, panel + PANEL_COLUMNS, PIXELS)
    for row in range(1, FIRST_ROW):
        sheet.set_row_pixels(row, ROW_PIXELS if row < FIRST_ROW - 1 else PIXELS // 2)
    what = "Paint an image" if shape[0] == len(LIGHT) else "Draw a digit"
    write_title(sheet, styles, f"{what} for {network.name}", _said(shape), links)
    _write_choice(workbook, sheet, styles, gallery)
    _write_paper(sheet, styles, drawing, gallery)
    if is_placed(shape):
        _write_seen(sheet, styles, gallery.pictures[0].pixels, network.of_digits)
    _write_answer(sheet, styles, diagram, activations, panel)
    _write_bars(sheet, styles, diagram, activations, panel)
    set_up_page(sheet, drawing.last_row + 1, panel + PANEL_COLUMNS - 1)
    sheet.fit_to_pages(1, 1)
    sheet.set_selection(FIRST_ROW, MARGIN, FIRST_ROW, MARGIN)
    sheet.activate()


def choice_cell() -> str:
    """The cell of the drop-down, as other sheets name it."""
    return _field(MARGIN + CHOICE_NAME_COLUMNS)


def switch_cell(shape: Shape) -> str:
    """The cell that says whether a drawing is placed, as other sheets name it."""
    return _field(seen_of(shape).column + SWITCH_NAME_COLUMNS)


def _field(column: int) -> str:
    return f"{DRAW}!{xl_rowcol_to_cell(FIELDS_ROW, column, row_abs=True, col_abs=True)}"


def _said(shape: Shape) -> str:
    pens = "0 is dark, 1 full red, green or blue" if shape[0] == len(LIGHT) else "1 is black, 0.5 grey, 0 white"
    if is_placed(shape):
        pens = f"1 is a thin pen, {THICK} a thick one that inks the cells around it too, 0.5 is grey, 0 rubs out"
    return f"Type into the paper: {pens}. Select many cells and press Ctrl+Enter to fill them all. The answer follows."


def _panel_column(shape: Shape) -> int:
    return _column_after(seen_of(shape).column, shape)


def _column_after(column: int, shape: Shape) -> int:
    """Where the next picture begins, as the fields above this one need some room."""
    return column + max(shape[2], LEAST_COLUMNS) + BETWEEN


def _write_choice(workbook: Workbook, sheet: Worksheet, styles: Styles, gallery: Gallery) -> None:
    workbook.define_name(CHOSEN, f"={gallery.listed(0).whole()}")
    row, column = FIELDS_ROW, MARGIN + CHOICE_NAME_COLUMNS
    sheet.merge_range(row, MARGIN, row, column - 1, "Start from ", styles.name())
    sheet.merge_range(row, column, row, MARGIN + LEAST_COLUMNS - 1, gallery.names[0], styles.choice())
    sheet.data_validation(row, column, row, column, {"validate": "list", "source": f"={CHOSEN}"})


def _write_paper(sheet: Worksheet, styles: Styles, drawing: Block, gallery: Gallery) -> None:
    """Write the formulas of the picture that is chosen; what is typed takes their place."""
    form, pixels = styles.paper(), gallery.pictures[0].pixels
    blocks = [block.on(IMAGES) for block in gallery.blocks]
    for cell in drawing.cells():
        formula = "=" + choice(gallery.place, [block.cell(cell) for block in blocks])
        write_live(sheet, *drawing.place(cell), Live(formula, float(pixels[cell])), form)
    area, first = (drawing.row, drawing.column, drawing.last_row, drawing.last_column), drawing.cell((0, 0, 0))
    _shade_paper(sheet, drawing)
    sheet.conditional_format(*area, {
        "type": "formula", "criteria": f"=ISTEXT({first})", "format": styles.missed(),
    })  # fmt: skip
    thick = is_placed(drawing.shape)
    grey = f"AND(ISNUMBER({first}),{first}>=0,{first}<=1)"
    sheet.data_validation(*area, {
        "validate": "custom", "value": f"=OR({grey},{first}={THICK})" if thick else f"={grey}",
        "error_title": "A pixel",
        "error_message": "A number from 0 to 1" + (f", or {THICK} for a thick dot." if thick else "."),
    })  # fmt: skip


def _shade_paper(sheet: Worksheet, drawing: Block) -> None:
    """Shade a paper by its ink, or the three papers of an image in colours by their light."""
    channels, height, width = drawing.shape
    if channels != len(LIGHT):
        shade_ink(sheet, [drawing])
        return
    for channel, full in enumerate(LIGHT):
        first, last = drawing.place((channel, 0, 0)), drawing.place((channel, height - 1, width - 1))
        sheet.conditional_format(*first, *last, {
            "type": "2_color_scale", "min_type": "num", "min_value": 0, "max_type": "num", "max_value": 1,
            "min_color": "#000000", "max_color": full,
        })  # fmt: skip


def _write_seen(sheet: Worksheet, styles: Styles, pixels: Array, is_on: bool) -> None:
    """Write what the network sees, with the switch above it."""
    block = seen_of(pixels.shape).on("")
    write_formulas(sheet, styles, block, places_of(*pixels.shape[1:]).seen_formula, seen(pixels, is_on))
    shade_ink(sheet, [block])
    row, column = FIELDS_ROW, block.column + SWITCH_NAME_COLUMNS
    sheet.merge_range(row, block.column, row, column - 1, "Centre and scale ", styles.name())
    sheet.merge_range(row, column, row, column + SWITCH_COLUMNS - 1, ON if is_on else OFF, styles.choice())
    sheet.data_validation(row, column, row, column, {"validate": "list", "source": [ON, OFF]})
    sheet.write_string(row, column + SWITCH_COLUMNS, " what the network sees", styles.small())
    for left in (block.column - BETWEEN, _column_after(block.column, block.shape) - BETWEEN):
        sheet.merge_range(ARROW_ROW, left, ARROW_ROW + 1, left + BETWEEN - 1, "→", styles.arrow())


def _write_answer(
    sheet: Worksheet, styles: Styles, diagram: Diagram, activations: Sequence[Array], column: int
) -> None:
    """Write the answer, and what else it might be."""
    scores, pitch = diagram.pictures[-1].on(LAYERS).whole(), diagram.pictures[-1].pitch
    values = activations[-1].ravel()
    first, second = np.argsort(-values, kind="stable")[:2]
    row = FIRST_ROW
    sheet.merge_range(row, column, row + ANSWER_ROWS - 1, column + ANSWER_COLUMNS - 1, "", styles.huge())
    write_live(sheet, row, column, Live(f"=(MATCH(MAX({scores}),{scores},0)-1)/{pitch}", int(first)), styles.huge())
    certain = Live(f'="with "&TEXT(EXP(MAX({scores})),"0.0%")', f"with {_percent(values[first])}")
    other = f"LARGE({scores},2)"
    unsure = Live(
        f'="or "&(MATCH({other},{scores},0)-1)/{pitch}&", with "&TEXT(EXP({other}),"0.0%")',
        f"or {second}, with {_percent(values[second])}",
    )
    for height, live, form in ((1, certain, styles.label_text()), (3, unsure, styles.text())):
        _merged(sheet, row + height, column + ANSWER_COLUMNS + 1, PANEL_COLUMNS - ANSWER_COLUMNS - 1, form)
        write_live(sheet, row + height, column + ANSWER_COLUMNS + 1, live, form)


def _write_bars(sheet: Worksheet, styles: Styles, diagram: Diagram, activations: Sequence[Array], column: int) -> None:
    """Write how probable each class is, with a bar of square cells; that of the answer is darker."""
    logarithms, values = diagram.pictures[-1].on(LAYERS), activations[-1]
    bars = column + NAME_COLUMNS
    numbers = Block(BARS_ROW, bars + BAR_CELLS, (len(values), 1, 1), 2)
    for cell in numbers.cells():
        row, number = numbers.place(cell)
        name, percent = styles.bar_name(), styles.bar_percent()
        _merged(sheet, row, column, NAME_COLUMNS, name)
        sheet.write_number(row, column, cell[0], name)
        _merged(sheet, row, number, PERCENT_COLUMNS, percent)
        write_live(sheet, row, number, Live(f"=EXP({logarithms.cell(cell)})", math.exp(values[cell])), percent)
        _write_bar(sheet, styles, numbers, cell, bars)


def _write_bar(sheet: Worksheet, styles: Styles, numbers: Block, cell: Cell, column: int) -> None:
    """Write the cells of a bar, two rows high with a white line above and below, and when each is coloured."""
    row, _ = numbers.place(cell)
    for k, edge in enumerate(("top", "bottom")):
        for each in range(column, column + BAR_CELLS):
            sheet.write_blank(row + k, each, None, styles.bar(edge))
    own = numbers.fixed(cell)
    reached = f"{own}>(COLUMN()-COLUMN(${xl_col_to_name(column)}$1)+0.5)/{BAR_CELLS}"
    for condition, ground in (
        (f"AND({reached},{own}=MAX({numbers.whole()}))", DARK), (reached, COLOURS[Group.PARAMETERS].label),
    ):  # fmt: skip
        sheet.conditional_format(row, column, row + 1, column + BAR_CELLS - 1, {
            "type": "formula", "criteria": f"={condition}", "format": styles.ground(ground), "stop_if_true": True,
        })  # fmt: skip


def _merged(sheet: Worksheet, row: int, column: int, columns: int, form: Format) -> None:
    """Merge cells of two rows, as one is too low for a text."""
    sheet.merge_range(row, column, row + 1, column + columns - 1, "", form)


def _percent(logarithm: float) -> str:
    return f"{math.exp(logarithm):.1%}"
