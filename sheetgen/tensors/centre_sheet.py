"""Centre: how what is drawn is placed as MNIST's digits are, by two products of matrices, each a picture.

`centring` says what is computed. Left to right: the ink, the weights of its rows, the ink with its rows placed, and the
weights of its columns; the last product is on Draw, where one sees it. Below them is the table that the weights follow
from.
"""

from dataclasses import dataclass

import numpy as np
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from sheetgen.live import Live, write_live
from sheetgen.page import ROW_PIXELS, set_up_page
from sheetgen.style import Styles
from sheetgen.tensors.blocks import Block, Cell
from sheetgen.tensors.centring import SPREAD, THICK, Axis, Centred, box_of, middle_of
from sheetgen.tensors.diagram import MARGIN
from sheetgen.tensors.names import CENTRE, DRAW, LAYERS
from sheetgen.tensors.operations import Array
from sheetgen.tensors.pictures import PIXELS_TO_POINTS, shade_ink, write_formulas, write_numbers, write_title

PIXELS = 9  # of a square
HEADING_ROW, FIRST_ROW = 3, 7
BETWEEN = 5  # columns from a picture to the next
LINK_COLUMNS = 9
NAME_COLUMNS, FIELD_COLUMNS = 10, 14  # of the table below
SHARED_NAME_COLUMNS = 18
ON, OFF = "on", "off"
FIELDS = ("first with ink", "last with ink", "centre of mass", "moved by")
PLACED, ZOOM, AVERAGED = range(3)  # the lines of what rows and columns share
SHARED = ("placed, 1 or 0", "scaled by", "averaged at once")


@dataclass(frozen=True)
class AxisPlaces:
    """Where the numbers of the rows stand, or those of the columns."""

    sums: Block  # a strip, as the next five are
    numbers: Block  # of those with ink
    drawn: Block  # 1, 2, 3, …
    result: Block  # likewise
    begins: Block
    ends: Block
    weights: Block
    field_row: int

    def field(self, number: int) -> str:
        """A cell of the table."""
        return _fixed(self.field_row, MARGIN + NAME_COLUMNS + FIELD_COLUMNS * number)


@dataclass(frozen=True)
class Places:
    """Where everything stands for images of a height and a width."""

    ink: Block
    scaled: Block
    rows: AxisPlaces
    columns: AxisPlaces

    def shared(self, line: int) -> str:
        """A cell of what rows and columns share."""
        return _fixed(self.rows.field_row + line - 1, _shared_column())

    def seen_formula(self, cell: Cell) -> str:
        """The formula of a pixel of the result, on another sheet."""
        _, row, column = cell
        width = self.scaled.shape[2]
        scaled = self.scaled.on(CENTRE).window_of(0, row, 0, 1, width)
        return f"SUMPRODUCT({scaled},{self.columns.weights.on(CENTRE).window_of(0, column, 0, 1, width)})"


def places_of(height: int, width: int) -> Places:
    """Place the pictures side by side, the strips of their rows and columns at their edges, and the table below."""
    top, bottom = FIRST_ROW, FIRST_ROW + max(height, width)
    ink = Block(top, MARGIN, (1, height, width), height)
    row_weights = Block(top, ink.last_column + 2 + BETWEEN, (1, height, height), height)
    scaled = Block(top, row_weights.last_column + BETWEEN, (1, height, width), height)
    column_weights = Block(top, scaled.last_column + BETWEEN, (1, width, width), width)

    def down(column: int, length: int) -> Block:
        return Block(top, column, (1, length, 1), length)

    def across(row: int, picture: Block) -> Block:
        return Block(row, picture.column, (1, 1, picture.shape[2]), 1)

    behind_ink, behind = ink.last_column + 1, column_weights.last_column + 1
    rows = AxisPlaces(
        sums=down(behind_ink, height), numbers=down(behind_ink + 1, height), drawn=down(row_weights.column - 1, height),
        result=across(top - 3, row_weights), begins=across(top - 2, row_weights), ends=across(top - 1, row_weights),
        weights=row_weights, field_row=bottom + 4,
    )  # fmt: skip
    columns = AxisPlaces(
        sums=across(bottom, ink), numbers=across(bottom + 1, ink), drawn=across(top - 1, column_weights),
        result=down(behind + 2, width), begins=down(behind, width), ends=down(behind + 1, width),
        weights=column_weights, field_row=bottom + 5,
    )  # fmt: skip
    return Places(ink, scaled, rows, columns)


def write_centre_sheet(workbook: Workbook, styles: Styles, drawing: Block, switch: str, centred: Centred) -> None:
    """Write the sheet for what is drawn in a block, where a cell says whether it is to be placed."""
    sheet, at = workbook.add_worksheet(CENTRE), places_of(*centred.ink.shape)
    sheet.set_default_row(PIXELS * PIXELS_TO_POINTS)
    last_row, last_column = at.columns.field_row, at.columns.ends.last_column
    sheet.set_column_pixels(0, last_column + 1, PIXELS)
    for row in (1, 2, HEADING_ROW, *range(at.rows.field_row - 1, last_row + 1)):
        sheet.set_row_pixels(row, ROW_PIXELS)
    write_title(sheet, styles, "Centre and scale", (
        "MNIST's digits fill a box of 20 by 20 pixels, and their centre of mass lies in the middle. "
        "Two products of matrices place a drawing likewise; Draw has the switch."
    ), (DRAW, LAYERS), LINK_COLUMNS)  # fmt: skip
    _write_headings(sheet, styles, at)
    _write_ink(sheet, styles, at.ink, drawing, centred.ink)
    _write_shared(sheet, styles, at, switch, centred)
    for axis, numbers in ((0, centred.rows), (1, centred.columns)):
        _write_inked(sheet, styles, at, axis, numbers)
        _write_axis_fields(sheet, styles, at, axis, numbers)
        _write_weights(sheet, styles, at, axis, numbers)
    _write_scaled(sheet, styles, at, centred.scaled)
    for picture in (at.ink, at.rows.weights, at.scaled, at.columns.weights):
        shade_ink(sheet, [picture])
    set_up_page(sheet, last_row, last_column)


def _write_headings(sheet: Worksheet, styles: Styles, at: Places) -> None:
    for block, said in (
        (at.ink, "the ink that is drawn"), (at.rows.weights, "weights of the rows"),
        (at.scaled, "ink with its rows placed"), (at.columns.weights, "weights of the columns → Draw"),
    ):  # fmt: skip
        sheet.write_string(HEADING_ROW, block.column, said, styles.label_text())


def _write_ink(sheet: Worksheet, styles: Styles, block: Block, drawing: Block, values: Array) -> None:
    def ink(cell: Cell) -> str:
        _, row, column = cell
        around = drawing.window_of(0, row - 1, column - 1, 3, 3)
        return f"MIN(1,MAX(0,{drawing.cell(cell)})+SUMPRODUCT(({around}={THICK})*{SPREAD}))"  # MAX skips a text

    write_formulas(sheet, styles, block, ink, values[None])


def _write_inked(sheet: Worksheet, styles: Styles, at: Places, axis: int, numbers: Axis) -> None:
    """Write how much ink each row, or column, has, and the numbers of those that have some."""
    height, width = at.ink.shape[1:]
    places = (at.rows, at.columns)[axis]

    def total(cell: Cell) -> str:
        k = max(cell)
        return f"SUM({at.ink.window_of(0, *((k, 0, 1, width) if axis == 0 else (0, k, height, 1)))})"

    def number(cell: Cell) -> str:
        return f"IF({places.sums.cell(cell)}>0,{_moving(places.drawn, max(cell))},0)"

    write_formulas(sheet, styles, places.sums, total, numbers.sums.reshape(places.sums.shape))
    write_formulas(sheet, styles, places.numbers, number, numbers.numbers.reshape(places.sums.shape))


def _write_shared(sheet: Worksheet, styles: Styles, at: Places, switch: str, centred: Centred) -> None:
    placed, zoom = at.shared(PLACED), at.shared(ZOOM)
    extents = ",".join(f"{axis.field(1)}-{axis.field(0)}" for axis in (at.rows, at.columns))
    box = box_of(centred.ink.shape)
    lives = (
        Live(f'=IF({switch}="{ON}",IF(SUM({at.rows.sums.whole()})>0,1,0),0)', int(centred.placed)),
        Live(f"=IF({placed}=1,{box!r}/(1+MAX({extents})),1)", centred.zoom),
        Live(f"=MAX(1,1/{zoom})", centred.averaged),
    )
    for line, (name, live) in enumerate(zip(SHARED, lives, strict=True)):
        row, column = at.rows.field_row + line - 1, _shared_column()
        _merged(sheet, row, column - SHARED_NAME_COLUMNS, SHARED_NAME_COLUMNS, f"{name} ", styles.name())
        _field(sheet, styles, row, column, live)


def _write_axis_fields(sheet: Worksheet, styles: Styles, at: Places, axis: int, numbers: Axis) -> None:
    """Write from where to where the ink reaches, where its centre of mass is, and how far the box is moved."""
    places, name = ((at.rows, "rows "), (at.columns, "columns "))[axis]
    size, row = len(numbers.sums), places.field_row
    inked, sums, placed, zoom = places.numbers.whole(), places.sums.whole(), at.shared(PLACED), at.shared(ZOOM)
    first, _, mass, _ = (places.field(k) for k in range(len(FIELDS)))
    middle = repr(middle_of(size))
    contents = (
        (f"SMALL({inked},COUNTIF({inked},0)+1)", "1", numbers.first),
        (f"MAX({inked})", repr(size), numbers.last),
        (f"SUMPRODUCT({sums},{inked})/SUM({sums})", middle, numbers.mass),
        (f"ROUND({middle}-({mass}-{first}+0.5)*{zoom}-0.5,0)", "0", numbers.moved),
    )
    _merged(sheet, row, MARGIN, NAME_COLUMNS, name, styles.name())
    for k, (formula, usual, value) in enumerate(contents):
        column = MARGIN + NAME_COLUMNS + FIELD_COLUMNS * k
        if axis == 0:
            _merged(sheet, row - 1, column, FIELD_COLUMNS, FIELDS[k], styles.column_label_quiet())
        _field(sheet, styles, row, column, Live(f"=IF({placed}=1,{formula},{usual})", value))


def _write_weights(sheet: Worksheet, styles: Styles, at: Places, axis: int, numbers: Axis) -> None:
    """Write which interval each row, or column, of the result averages, and how much of each drawn one is in it."""
    places, zoom, averaged = (at.rows, at.columns)[axis], at.shared(ZOOM), at.shared(AVERAGED)
    first, moved = places.field(0), places.field(3)

    def begin(cell: Cell) -> str:
        return f"{first}-1+({_moving(places.result, max(cell))}-0.5-{moved})/{zoom}-{averaged}/2"

    def end(cell: Cell) -> str:
        return f"{places.begins.cell(cell)}+{averaged}"

    def weight(cell: Cell) -> str:
        number, result = cell[1:] if axis == 0 else cell[:0:-1]
        drawn, begin, end = (
            _moving(places.drawn, number), _moving(places.begins, result), _moving(places.ends, result)
        )  # fmt: skip
        return f"MAX(0,MIN({drawn},{end})-MAX({drawn}-1,{begin}))/{averaged}"

    for strip in (places.drawn, places.result):
        write_numbers(sheet, styles, strip, np.arange(1.0, max(strip.shape) + 1).reshape(strip.shape))
    weights = numbers.weights if axis == 0 else numbers.weights.T
    write_formulas(sheet, styles, places.begins, begin, numbers.begins.reshape(places.begins.shape))
    write_formulas(sheet, styles, places.ends, end, numbers.ends.reshape(places.ends.shape))
    write_formulas(sheet, styles, places.weights, weight, weights[None])


def _write_scaled(sheet: Worksheet, styles: Styles, at: Places, values: Array) -> None:
    height = at.ink.shape[1]

    def scaled(cell: Cell) -> str:
        _, row, column = cell
        ink, weights = at.ink.window_of(0, 0, column, height, 1), at.rows.weights.window_of(0, 0, row, height, 1)
        return f"SUMPRODUCT({weights},{ink})"

    write_formulas(sheet, styles, at.scaled, scaled, values[None])


def _shared_column() -> int:
    return MARGIN + NAME_COLUMNS + FIELD_COLUMNS * len(FIELDS) + SHARED_NAME_COLUMNS


def _field(sheet: Worksheet, styles: Styles, row: int, column: int, live: Live) -> None:
    _merged(sheet, row, column, FIELD_COLUMNS, "", styles.result("0.###"))
    write_live(sheet, row, column, live, styles.result("0.###"))


def _merged(sheet: Worksheet, row: int, column: int, columns: int, said: str, form: Format) -> None:
    sheet.merge_range(row, column, row, column + columns - 1, said, form)


def _moving(strip: Block, number: int) -> str:
    """The name of a number of a strip, for a picture that lies along it."""
    is_down = strip.shape[2] == 1
    place = strip.place((0, number, 0) if is_down else (0, 0, number))
    return str(xl_rowcol_to_cell(*place, row_abs=not is_down, col_abs=is_down))


def _fixed(row: int, column: int) -> str:
    return str(xl_rowcol_to_cell(row, column, row_abs=True, col_abs=True))
