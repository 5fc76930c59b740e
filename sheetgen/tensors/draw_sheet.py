"""Draw: a sheet of square cells to paint a digit on, and beside it what the network takes it for.

An image of three channels has three papers, one below the other: of red, of green and of blue.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle

import numpy as np
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from sheetgen.live import Live, choice, write_live
from sheetgen.mathematics.training_step import Group
from sheetgen.page import set_up_page
from sheetgen.style import COLOURS, DARK, NEUTRAL, Styles
from sheetgen.tensors.blocks import Block
from sheetgen.tensors.diagram import MARGIN, Diagram
from sheetgen.tensors.images_sheet import Gallery, place_of
from sheetgen.tensors.names import DRAW, IMAGES, LAYERS
from sheetgen.tensors.network import Network
from sheetgen.tensors.operations import Array, Shape
from sheetgen.tensors.pictures import write_title

PIXELS, PIXELS_TO_POINTS = 16, 0.75
FIRST_ROW = 4  # of the paper
BAR_CELLS = 20  # of a certain answer
NAME_COLUMNS, PERCENT_COLUMNS = 2, 4  # before a bar and after it
PANEL_COLUMNS = NAME_COLUMNS + BAR_CELLS + PERCENT_COLUMNS
CHOICE_NAME_COLUMNS = 6
ANSWER_ROWS, ANSWER_COLUMNS = 5, 6
BARS_ROW = FIRST_ROW + 9
CHOSEN = "Pictures"  # the name of the list to start from


@dataclass(frozen=True)
class Paper:
    """What there is to paint with: of each channel the colours of 0 and of 1, and how that is said."""

    colours: Sequence[tuple[str, str]]
    title: str
    what_to_do: str
    ends: str


PAPERS: Mapping[int, Paper] = {
    1: Paper(
        [(NEUTRAL, "#000000")], "Draw a digit for",
        "Type 1 into cells of the paper for black, 0.5 for grey, 0 for white", "A number from 0 (white) to 1 (black).",
    ),
    3: Paper(
        [("#000000", full) for full in ("#FF0000", "#00FF00", "#0000FF")], "Paint an image for",
        "Type 0 (dark) to 1 (full) into cells of the red, green and blue paper",
        "A number from 0 (dark) to 1 (full colour).",
    ),
}  # fmt: skip


def drawing_of(shape: Shape) -> Block:
    """Where the paper is, as other sheets name it."""
    return Block(FIRST_ROW, MARGIN, shape, shape[1]).on(DRAW)


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
    drawing = drawing_of(network.shape).on("")
    panel = _panel_column(network.shape)
    sheet.set_default_row(PIXELS * PIXELS_TO_POINTS)
    sheet.set_column_pixels(0, panel + PANEL_COLUMNS, PIXELS)
    for row in range(1, FIRST_ROW):
        sheet.set_row_pixels(row, 20 if row < FIRST_ROW - 1 else PIXELS // 2)
    paper = PAPERS.get(network.shape[0], PAPERS[1])
    write_title(sheet, styles, f"{paper.title} {network.name}", (
        f"{paper.what_to_do}, or fill many at once (Ctrl+Enter): the answer follows."
    ), links)  # fmt: skip
    _write_choice(workbook, sheet, styles, gallery)
    _write_paper(sheet, styles, drawing, gallery, paper)
    _write_answer(sheet, styles, diagram, activations, panel)
    _write_bars(sheet, styles, diagram, activations, panel)
    set_up_page(sheet, drawing.last_row + 1, panel + PANEL_COLUMNS - 1)
    sheet.fit_to_pages(1, 1)
    sheet.set_selection(FIRST_ROW, MARGIN, FIRST_ROW, MARGIN)
    sheet.activate()


def choice_cell(shape: Shape) -> str:
    """The cell of the drop-down, as other sheets name it."""
    row, column = _choice_place(shape)
    return f"{DRAW}!{xl_rowcol_to_cell(row, column, row_abs=True, col_abs=True)}"


def _choice_place(shape: Shape) -> tuple[int, int]:
    return FIRST_ROW, _panel_column(shape) + CHOICE_NAME_COLUMNS


def _panel_column(shape: Shape) -> int:
    return drawing_of(shape).last_column + 3


def _write_choice(workbook: Workbook, sheet: Worksheet, styles: Styles, gallery: Gallery) -> None:
    workbook.define_name(CHOSEN, f"={gallery.listed(0).whole()}")
    row, column = _choice_place(gallery.pictures[0].pixels.shape)
    sheet.merge_range(row, column - CHOICE_NAME_COLUMNS, row, column - 1, "Start from ", styles.name())
    last = column - CHOICE_NAME_COLUMNS + PANEL_COLUMNS - 1
    sheet.merge_range(row, column, row, last, gallery.names[0], styles.choice())
    sheet.data_validation(row, column, row, column, {"validate": "list", "source": f"={CHOSEN}"})


def _write_paper(sheet: Worksheet, styles: Styles, drawing: Block, gallery: Gallery, paper: Paper) -> None:
    """Write the formulas of the picture that is chosen; what is typed takes their place."""
    form, pixels = styles.paper(), gallery.pictures[0].pixels
    place = place_of(choice_cell(drawing.shape).removeprefix(f"{DRAW}!"))
    blocks = [block.on(IMAGES) for block in gallery.blocks]
    for cell in drawing.cells():
        formula = "=" + choice(place, [block.cell(cell) for block in blocks])
        write_live(sheet, *drawing.place(cell), Live(formula, float(pixels[cell])), form)
    area = (drawing.row, drawing.column, drawing.last_row, drawing.last_column)
    channels, height, width = drawing.shape
    for channel, (none, full) in zip(range(channels), cycle(paper.colours), strict=False):
        first, last = drawing.place((channel, 0, 0)), drawing.place((channel, height - 1, width - 1))
        sheet.conditional_format(*first, *last, {
            "type": "2_color_scale", "min_type": "num", "min_value": 0, "max_type": "num", "max_value": 1,
            "min_color": none, "max_color": full,
        })  # fmt: skip
    sheet.conditional_format(*area, {
        "type": "formula", "criteria": f"=ISTEXT({drawing.cell((0, 0, 0))})", "format": styles.missed(),
    })  # fmt: skip
    sheet.data_validation(*area, {
        "validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 1,
        "error_title": "A pixel", "error_message": paper.ends,
    })  # fmt: skip


def _write_answer(
    sheet: Worksheet, styles: Styles, diagram: Diagram, activations: Sequence[Array], column: int
) -> None:
    """Write the answer, and what else it might be."""
    scores, pitch = diagram.pictures[-1].on(LAYERS).whole(), diagram.pictures[-1].pitch
    values = activations[-1].ravel()
    first, second = np.argsort(-values, kind="stable")[:2]
    row = FIRST_ROW + 3
    sheet.merge_range(row, column, row + ANSWER_ROWS - 1, column + ANSWER_COLUMNS - 1, "", styles.huge())
    write_live(sheet, row, column, Live(f"=(MATCH(MAX({scores}),{scores},0)-1)/{pitch}", int(first)), styles.huge())
    certain = Live(f'="with "&TEXT(EXP(MAX({scores})),"0.0%")', f"with {_percent(values[first])}")
    other = f"LARGE({scores},2)"
    unsure = Live(
        f'="or "&(MATCH({other},{scores},0)-1)/{pitch}&", with "&TEXT(EXP({other}),"0.0%")',
        f"or {second}, with {_percent(values[second])}",
    )
    for height, live, form in ((1, certain, styles.label_text()), (3, unsure, styles.text())):
        write_live(sheet, row + height, column + ANSWER_COLUMNS + 1, live, form)


def _write_bars(sheet: Worksheet, styles: Styles, diagram: Diagram, activations: Sequence[Array], column: int) -> None:
    """Write how probable each class is, with a bar of square cells; that of the answer is darker."""
    logarithms, values = diagram.pictures[-1].on(LAYERS), activations[-1]
    bars = column + NAME_COLUMNS
    numbers = Block(BARS_ROW, bars + BAR_CELLS, (len(values), 1, 1), 2)
    first_bar = xl_col_to_name(bars)
    for cell in numbers.cells():
        row, number = numbers.place(cell)
        sheet.merge_range(row, column, row, column + NAME_COLUMNS - 1, cell[0], styles.name())
        sheet.merge_range(row, number, row, number + PERCENT_COLUMNS - 1, "", styles.result("0.0%"))
        live = Live(f"=EXP({logarithms.cell(cell)})", math.exp(values[cell]))
        write_live(sheet, row, number, live, styles.result("0.0%"))
        own = numbers.fixed(cell)
        reached = f"{own}>(COLUMN()-COLUMN(${first_bar}$1)+0.5)/{BAR_CELLS}"
        for condition, ground in (
            (f"AND({reached},{own}=MAX({numbers.whole()}))", DARK), (reached, COLOURS[Group.PARAMETERS].label),
        ):  # fmt: skip
            sheet.conditional_format(row, bars, row, bars + BAR_CELLS - 1, {
                "type": "formula", "criteria": f"={condition}", "format": styles.ground(ground), "stop_if_true": True,
            })  # fmt: skip


def _percent(logarithm: float) -> str:
    return f"{math.exp(logarithm):.1%}"
