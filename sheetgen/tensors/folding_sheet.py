"""Folding: how a batch normalisation became part of the convolution before it.

As it evaluates, a normalisation takes y to factor · (y − mean) + β in each channel, where factor = γ / √(variance + ε).
A convolution before it does the same with its weights times the factor, and its bias b as (b − mean) · factor + β. Here
are the parts, with the kernels as they were in the columns that they have on Layers, and live formulas that say whether
the weights of Layers are made of them.
"""

from dataclasses import replace

import numpy as np
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from sheetgen.live import NO, YES, Live, colour_answers, write_live
from sheetgen.page import ROW_PIXELS, set_up_page
from sheetgen.style import Styles
from sheetgen.tensors.blocks import Block
from sheetgen.tensors.diagram import Diagram
from sheetgen.tensors.names import DRAW, FOLDING, LAYERS
from sheetgen.tensors.network import Folded, Network
from sheetgen.tensors.operations import Convolution, Wiring
from sheetgen.tensors.pictures import (
    COLUMNS_BEHIND,
    PIXELS,
    PIXELS_TO_POINTS,
    largest,
    shade_signed,
    write_numbers,
    write_title,
)

HEADING_ROW, TABLE_ROW, KERNELS_ROW = 3, 4, 16
NAMES = (
    "γ", "β", "mean", "variance", "factor", "b", "folded bias", "bias on Layers", "weights differ by", "as on Layers",
)  # fmt: skip
GAMMA, BETA, MEAN, VARIANCE, FACTOR, BIAS, FOLDED_BIAS, LAYERS_BIAS, DIFFERENCE, CHECK = range(10)
SAME, DIGITS = "1E-9", 12


def is_folded(network: Network) -> bool:
    """Whether there is anything to show."""
    return any(stage.folded is not None for stage in network.stages)


def write_folding_sheet(workbook: Workbook, styles: Styles, network: Network, diagram: Diagram) -> None:
    """Write the sheet."""
    sheet = workbook.add_worksheet(FOLDING)
    last_column = diagram.last_column + COLUMNS_BEHIND
    sheet.set_default_row(PIXELS * PIXELS_TO_POINTS)
    sheet.set_column_pixels(0, last_column, PIXELS)
    for row in range(1, KERNELS_ROW):
        sheet.set_row_pixels(row, ROW_PIXELS)
    write_title(sheet, styles, "Normalisation, folded into the convolutions", (
        "factor = γ / √(variance + ε); folded bias = (b − mean) · factor + β; and each weight on Layers is the weight "
        "here, in the same column, times its factor."
    ), (LAYERS, DRAW))  # fmt: skip
    last_row = KERNELS_ROW
    for stage, shape, wiring in zip(network.stages, network.shapes, diagram.wirings, strict=False):
        if stage.folded is not None and isinstance(stage.operation, Convolution):
            said = f"{stage.describe(shape)}, ε = {stage.folded.epsilon:g}"
            sheet.write_string(HEADING_ROW, wiring.kernels[0].column, said, styles.label_text())
            _write_names(sheet, styles, wiring)
            kernels = [replace(kernel, row=KERNELS_ROW, sheet="") for kernel in wiring.kernels]
            for f, kernel in enumerate(kernels):
                _write_filter(sheet, styles, stage.folded, stage.operation, wiring, kernel, f)
            shade_signed(sheet, kernels, largest(stage.folded.weights))
            last_row = max(last_row, kernels[0].last_row)
    sheet.freeze_panes(KERNELS_ROW - 1, 0)
    set_up_page(sheet, last_row + 1, last_column)


def _write_names(sheet: Worksheet, styles: Styles, wiring: Wiring) -> None:
    for line, name in enumerate(NAMES):
        sheet.write_string(TABLE_ROW + line, wiring.kernels[0].column - 2, name, styles.column_label_quiet())


def _write_filter(
    sheet: Worksheet, styles: Styles, folded: Folded, operation: Convolution, wiring: Wiring, kernel: Block, f: int
) -> None:
    """Write a filter's part of the table above its kernel."""
    write_numbers(sheet, styles, kernel, folded.weights[f])
    numbers = {
        GAMMA: folded.gamma, BETA: folded.beta, MEAN: folded.mean, VARIANCE: folded.variance, BIAS: folded.bias,
    }  # fmt: skip
    for line, many in numbers.items():
        _merge(sheet, TABLE_ROW + line, kernel, styles.folded())
        sheet.write_number(TABLE_ROW + line, kernel.column, float(many[f]), styles.folded())
    for line, live in _formulas(folded, operation, wiring.on(LAYERS), kernel, f).items():
        form = styles.answer() if line == CHECK else styles.folded()
        _merge(sheet, TABLE_ROW + line, kernel, form)
        write_live(sheet, TABLE_ROW + line, kernel.column, live, form)
    row = TABLE_ROW + CHECK
    colour_answers(sheet, styles, row, kernel.column, row, kernel.column)


def _formulas(folded: Folded, operation: Convolution, at: Wiring, kernel: Block, f: int) -> dict[int, Live]:
    """The live lines of a filter, where `at` is what Layers has."""

    def cell(line: int) -> str:
        return str(xl_rowcol_to_cell(TABLE_ROW + line, kernel.column))

    factor, weights = folded.factor[f], at.kernels[f].whole()
    shift = (folded.bias[f] - folded.mean[f]) * factor + folded.beta[f]
    difference = float(np.abs(folded.weights[f] * factor - operation.weights[f]).sum())
    differs = f"SUMPRODUCT(ABS({kernel.whole()}*{cell(FACTOR)}-{weights}))"
    agrees = f"{cell(DIFFERENCE)}+ABS({cell(FOLDED_BIAS)}-{cell(LAYERS_BIAS)})<{SAME}"
    return {
        FACTOR: Live(f"={cell(GAMMA)}/SQRT({cell(VARIANCE)}+{folded.epsilon!r})", float(factor)),
        FOLDED_BIAS: Live(f"=({cell(BIAS)}-{cell(MEAN)})*{cell(FACTOR)}+{cell(BETA)}", float(shift)),
        LAYERS_BIAS: Live(f"={at.biases[f].cell((0, 0, 0))}", float(operation.bias[f])),
        DIFFERENCE: Live(f"=ROUND({differs},{DIGITS})", round(difference, DIGITS)),
        CHECK: Live(f'=IF({agrees},"{YES}","{NO}")', YES),
    }


def _merge(sheet: Worksheet, row: int, kernel: Block, form: Format) -> None:
    """Merge the cells above a kernel, with the one to the next."""
    sheet.merge_range(row, kernel.column, row, kernel.last_column + 1, "", form)
