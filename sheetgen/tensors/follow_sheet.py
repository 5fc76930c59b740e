"""Follow: one output of a layer that is chosen, with its window, its kernel, their products, and what becomes of them.

The blocks stand as those on Layers do, the maps one above the other. Their formulas choose by the number of the layer:
one formula for each cell, whatever is chosen. What is chosen beyond the last is told, and the last is shown.
"""

from collections.abc import Sequence

import numpy as np
from xlsxwriter.utility import xl_range_abs
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from sheetgen.live import NOTHING, Live, choice, write_live
from sheetgen.page import set_up_page
from sheetgen.style import NEGATIVE, NEUTRAL, POSITIVE, Styles
from sheetgen.tensors.blocks import Cell
from sheetgen.tensors.diagram import Diagram
from sheetgen.tensors.follow import Chosen, Kind, View, brightest, line_of, views_of
from sheetgen.tensors.follow_back import write_way_back
from sheetgen.tensors.follow_layout import (
    COLUMNS,
    DOWN,
    FIELDS_ROW,
    FIRST_ROW,
    FORM,
    HEADINGS_ROW,
    MAPS,
    NAME_PIXELS,
    NUMBER_PIXELS,
    NUMBERS,
    PER_LAYER,
    PITCH,
    RECTIFIED,
    RIGHT,
    ROWS,
    SHEET_COLUMN,
    SHEET_ROW,
    SIGN_PIXELS,
    SUM_PIXELS,
    Sheet,
    Shown,
)
from sheetgen.tensors.follow_said import by_kind, write_said
from sheetgen.tensors.names import FOLLOW, LAYERS
from sheetgen.tensors.network import Network
from sheetgen.tensors.operations import Array, Learned
from sheetgen.tensors.pictures import write_title

_NOTHING = f'"{NOTHING}"'


def shown_at_first(name: str, view: View, inputs: Array, outputs: Array) -> Shown:
    """Compute the numbers of the sheet."""
    map_, row, column = place = brightest(outputs)
    window = view.window_values(inputs, place)
    products = view.products(window, map_)
    total, largest = float(np.nansum(products)), float(window.max())
    operation = view.stage.operation
    bias = float(operation.bias[map_]) if isinstance(operation, Learned) else 0.0
    score = float(window[map_, 0, 0]) if view.kind == Kind.LOGARITHM else 0.0
    inner = {
        Kind.SUM: total + bias,
        Kind.LARGEST: largest,
        Kind.MEAN: total / window.size,
        Kind.LOGARITHM: score - largest - float(np.log(total)) if view.kind == Kind.LOGARITHM else 0.0,
    }[view.kind]
    result = max(0.0, inner) if view.stage.rectified else inner
    known = (
        1, map_ + 1, row + 1, column + 1, row * view.stride[0] + 1, column * view.stride[1] + 1,
        total, largest, bias, score, inner, result, float(outputs[place]),
        *(k + 1 for k in view.wiring.output.place(place)),
    )  # fmt: skip
    return Shown(name, view, place, window, products, dict(zip(NUMBERS, map(float, known), strict=True)))


def write_follow_sheet(
    workbook: Workbook,
    styles: Styles,
    network: Network,
    diagram: Diagram,
    activations: Sequence[Array],
    links: Sequence[str],
) -> tuple[Sheet, Shown]:
    """Write the sheet; returns where things stand on it, and what it shows. `links` are the other sheets to go to."""
    sheet = workbook.add_worksheet(FOLLOW)
    at = Sheet(views_of(network.stages, diagram.wirings, LAYERS))
    names = [
        f"{k}: {s.describe(shape)}" for k, (s, shape) in enumerate(zip(network.stages, network.shapes, strict=False), 1)
    ]
    shown = shown_at_first(names[0], at.views[0], activations[0], activations[1])
    _set_up(sheet, at)
    write_title(sheet, styles, "Follow one number", (
        "Choose a layer and one of its outputs in the yellow cells. Below are the window that it looks at, its kernel, "
        "and what becomes of them."
    ), links, 2)  # fmt: skip
    _write_fields(sheet, styles, at, names, shown)
    write_said(sheet, styles, at, shown)
    _write_blocks(sheet, styles, at, shown)
    _write_numbers(sheet, styles, at, shown)
    _write_layers(sheet, styles, at, names)
    write_way_back(sheet, styles, at, names, shown)
    return at, shown


def _set_up(sheet: Worksheet, at: Sheet) -> None:
    sheet.set_column_pixels(0, 0, 12)
    sheet.set_column_pixels(1, 1, NAME_PIXELS)
    sheet.set_column_pixels(2, at.block_column(3) - 2, NUMBER_PIXELS)
    for block in (1, 2, 3):
        sheet.set_column_pixels(at.block_column(block) - 1, at.block_column(block) - 1, SIGN_PIXELS)
    sheet.set_column_pixels(at.block_column(3), at.block_column(3), SUM_PIXELS)
    sheet.set_column_pixels(at.table_column, at.table_column, 190)
    sheet.set_column_pixels(at.table_column + 1, at.table_column + len(PER_LAYER), NAME_PIXELS)
    sheet.freeze_panes(HEADINGS_ROW + 1, 0)
    set_up_page(sheet, FIRST_ROW + at.lines, at.block_column(3))


def _write_fields(sheet: Worksheet, styles: Styles, at: Sheet, names: Sequence[str], shown: Shown) -> None:
    """Write the yellow cells: a layer, and a map, a row and a column of what it makes."""
    (row, layer), *others = at.field_places
    sheet.write_string(row, layer - 1, "Layer ", styles.name())
    sheet.merge_range(row, layer, row, layer + at.columns - 1, names[0], styles.choice())
    sheet.data_validation(row, layer, row, layer, {"validate": "list", "source": f"={at.listed(-1)}"})
    for (row, column), name, number in zip(others, ("map", "row", "column"), shown.place, strict=True):
        sheet.write_string(row, column - 1, f"{name} ", styles.name())
        sheet.write_number(row, column, number + 1, styles.editable())


def _write_blocks(sheet: Worksheet, styles: Styles, at: Sheet, shown: Shown) -> None:
    """Write the window, the kernel and their products, with what each map adds."""
    for line in range(at.lines):
        for column in range(at.columns):
            if any(_cell_in(view, line, column) for view in at.views):
                _write_product(sheet, styles, at, shown, line, column)
        _write_map(sheet, styles, at, shown, line)
    for block in range(3):
        area = (FIRST_ROW, at.block_column(block), FIRST_ROW + at.lines - 1, at.block_column(block) + at.columns - 1)
        most = "MAX(MAX({0}),-MIN({0}))".format(at.whole(block))
        sheet.conditional_format(*area, {
            "type": "3_color_scale", "min_type": "formula", "mid_type": "num", "max_type": "formula",
            "min_value": f"=-{most}", "mid_value": 0, "max_value": f"={most}",
            "min_color": NEGATIVE, "mid_color": NEUTRAL, "max_color": POSITIVE,
        })  # fmt: skip


def _write_product(sheet: Worksheet, styles: Styles, at: Sheet, shown: Shown, line: int, column: int) -> None:
    """Write a number of the window, that of the kernel in the same place, and what the third block makes of them."""
    chosen, cells = _chosen(at), [_cell_in(view, line, column) for view in at.views]
    window, kernel = (at.cell(block, line, column) for block in (0, 1))
    looked = [view.window(cell, chosen) if cell else None for view, cell in zip(at.views, cells, strict=True)]
    weights = [view.kernel(cell, chosen) if cell else None for view, cell in zip(at.views, cells, strict=True)]
    largest = at.number("largest")
    made = by_kind(at, (
        f"{window}*{kernel}", f"IF({window}={largest},{window},{_NOTHING})", window, f"EXP({window}-{largest})",
    ))  # fmt: skip
    values, place = _values_of(shown), cells[0]
    for block, formula in enumerate((
        _by_layer(at, looked), _by_layer(at, weights), f"IF(ISTEXT({window}),{_NOTHING},{made})",
    )):  # fmt: skip
        array = values[block]
        value = array[place] if place is not None and array is not None else np.nan
        live = Live(f"={formula}", NOTHING if np.isnan(value) else float(value))
        write_live(sheet, FIRST_ROW + line, at.block_column(block) + column, live, styles.followed(FORM))


def _write_map(sheet: Worksheet, styles: Styles, at: Sheet, shown: Shown, line: int) -> None:
    """Write at the first line of each map its name, and the sum of its products."""
    cells = [_cell_in(view, line, 0) for view in at.views]
    firsts = [cell if cell is not None and cell[1] == 0 else None for cell in cells]
    if not any(first is not None for first in firsts):
        return
    names = [str(first[0] + 1) if first else None for first in firsts]
    left, right = at.block_column(2), at.block_column(2) + at.columns - 1
    sums = [
        f"SUM({xl_range_abs(FIRST_ROW + line, left, FIRST_ROW + line + view.size[0] - 1, right)})" if first else None
        for view, first in zip(at.views, firsts, strict=True)
    ]
    first = firsts[0]
    name = first[0] + 1 if first else NOTHING
    total = float(np.nansum(shown.products[first[0]])) if first else NOTHING
    for column, formulas, value, form in (
        (1, names, name, styles.followed('"map "0;;;')),
        (at.block_column(3), sums, total, styles.followed("0.000;-0.000;0;")),
    ):  # fmt: skip
        write_live(sheet, FIRST_ROW + line, column, Live(f"={_by_layer(at, formulas)}", value), form)


def _write_numbers(sheet: Worksheet, styles: Styles, at: Sheet, shown: Shown) -> None:
    """Write the numbers that the formulas share, beside the blocks."""
    chosen, number, of_layer = _chosen(at), at.number, at.of_layer
    layer, *fields = at.fields
    inner = by_kind(at, (
        f"{number('Σ')}+{number('bias')}", number("largest"), f"{number('Σ')}/COUNT({at.whole(0)})",
        f"{number('score')}-{number('largest')}-LN({number('Σ')})",
    ))  # fmt: skip
    bounded = [
        f"MAX(1,MIN({of_layer(most)},INT(N({field}))))"
        for field, most in zip(fields, (MAPS, ROWS, COLUMNS), strict=True)
    ]
    outputs = [view.output(chosen, number("row"), number("column")) for view in at.views]
    formulas = (
        f"IF(COUNTIF({at.listed(-1)},{layer})=1,MATCH({layer},{at.listed(-1)},0),1)", *bounded,
        f"({number('row')}-1)*{of_layer(DOWN)}+1", f"({number('column')}-1)*{of_layer(RIGHT)}+1",
        f"SUM({at.whole(2)})", f"MAX({at.whole(0)})",
        _by_layer(at, [view.bias(chosen) for view in at.views]),
        _by_layer(at, [view.score(chosen) for view in at.views]),
        inner, f"IF({of_layer(RECTIFIED)}=1,MAX(0,{number('inner')}),{number('inner')})", _by_layer(at, outputs),
        f"{of_layer(SHEET_ROW)}+({number('map')}-1)*{of_layer(PITCH)}+{number('row')}-1",
        f"{of_layer(SHEET_COLUMN)}+{number('column')}-1",
    )  # fmt: skip
    for name, formula in zip(NUMBERS, formulas, strict=True):
        row, column = at.number_place(name)
        sheet.write_string(row, column - 1, name, styles.small())
        write_live(sheet, row, column, Live(f"={formula}", shown.numbers[name]), styles.small_number())


def _write_layers(sheet: Worksheet, styles: Styles, at: Sheet, names: Sequence[str]) -> None:
    """Write what the formulas need to know of each layer, below that."""
    row, column = FIELDS_ROW + len(NUMBERS) + 1, at.table_column
    for k, said in enumerate(("layer", *PER_LAYER)):
        sheet.write_string(row, column + k, said, styles.small())
    for k, (name, view) in enumerate(zip(names, at.views, strict=True), 1):
        sheet.write_string(row + k, column, name, styles.small())
        output = view.wiring.output
        numbers = (
            *output.shape, *view.stride, int(view.kind), int(view.stage.rectified),
            output.row + 1, output.column + 1, output.pitch,
        )  # fmt: skip
        for j, number in enumerate(numbers, 1):
            sheet.write_number(row + k, column + j, number, styles.small_number())


def _by_layer(at: Sheet, formulas: Sequence[str | None]) -> str:
    """The formula of the layer that is chosen."""
    return choice(at.number("layer"), [formula or _NOTHING for formula in formulas])


def _chosen(at: Sheet) -> Chosen:
    return Chosen(at.number("map"), at.number("top"), at.number("left"))


def _cell_in(view: View, line: int, column: int) -> Cell | None:
    """The number of a view's window that stands at a line and a column of a block, if any."""
    place = line_of(view, line)
    return (*place, column) if place is not None and column < view.size[1] else None


def _values_of(shown: Shown) -> tuple[Array, Array | None, Array]:
    operation = shown.view.stage.operation
    kernel = operation.weights[shown.place[0]] if isinstance(operation, Learned) else None
    return shown.window, kernel, shown.products
