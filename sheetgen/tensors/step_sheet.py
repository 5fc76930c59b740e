"""Step: the derivative of the loss with respect to every activation, weight and bias, and what one step does to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from sheetgen.live import Live, write_field
from sheetgen.style import Styles
from sheetgen.tensors.blocks import Block, Cell
from sheetgen.tensors.diagram import Diagram
from sheetgen.tensors.names import AFTER, DRAW, LAYERS, STEP
from sheetgen.tensors.network import Network, Step
from sheetgen.tensors.operations import Array, Convolution, Learned, Wiring
from sheetgen.tensors.pictures import (
    SCALES_ROW,
    largest,
    set_up_squares,
    shade_signed,
    stage_headings,
    write_formulas,
    write_headings,
    write_kernel_headings,
    write_largest,
    write_title,
)

FIELDS_ROW = 3
TARGET, RATE = f"{STEP}!$L${FIELDS_ROW + 1}", f"{STEP}!$AB${FIELDS_ROW + 1}"
LOSS_BEFORE, LOSS_AFTER = f"{STEP}!$AR${FIELDS_ROW + 1}", f"{STEP}!$BH${FIELDS_ROW + 1}"
IMAGE_HEADING = "where more ink raises (blue) or lowers (red) the loss"
NAME_COLUMNS, FIELD_COLUMNS = 10, 5  # of a name, and then of its field


@dataclass(frozen=True)
class Setting:
    """What the step is taken for."""

    target: Live  # the digit that is right
    rate: float


def write_step_sheet(
    workbook: Workbook,
    styles: Styles,
    network: Network,
    diagram: Diagram,
    activations: tuple[Sequence[Array], Sequence[Array]],
    step: Step,
    setting: Setting,
) -> None:
    """Write the sheet; `activations` are those before and after the step."""
    sheet = workbook.add_worksheet(STEP)
    turned = [wiring.turned[0].last_row for wiring in diagram.wirings if wiring.turned]
    last_row = max(turned, default=diagram.turned_row)
    set_up_squares(sheet, diagram, last_row)
    write_title(sheet, styles, "One step of gradient descent", (
        "The derivative of the loss −ln(probability of the target) with respect to every number of Layers, in the same "
        "cell: blue where more of it makes the loss larger, red where smaller."
    ), (DRAW, LAYERS, AFTER))  # fmt: skip
    _write_fields(sheet, styles, diagram, activations, step, setting)
    write_headings(sheet, styles, diagram, [IMAGE_HEADING, *stage_headings(network)[1:]])
    write_kernel_headings(sheet, styles, diagram, "their derivatives", "their derivatives")
    _write_deltas(sheet, styles, network, diagram, step)
    _write_gradients(sheet, styles, network, diagram, step)
    _write_turned(sheet, styles, network, diagram)


def _write_fields(
    sheet: Worksheet, styles: Styles, diagram: Diagram, activations: tuple[Sequence[Array], Sequence[Array]],
    step: Step, setting: Setting,
) -> None:  # fmt: skip
    last = diagram.pictures[-1]
    target = int(setting.target.value)
    before, after = (-float(many[-1][target, 0, 0]) for many in activations)

    def loss(name: str) -> str:
        return f"=SUMPRODUCT({last.whole()},{last.on(name).whole()})"

    scales = Block(SCALES_ROW, 0, (1, 1, diagram.last_column + 2), 1)
    editable, shown = styles.editable_as("General"), styles.result("0.000000", shrink=True)
    fields: Sequence[tuple[str, Live | float, Format]] = (
        ("Target digit", setting.target, editable), ("Rate", setting.rate, editable),
        ("Loss before", Live(loss(LAYERS), before), shown), ("Loss after", Live(loss(AFTER), after), shown),
        ("Largest slope", Live(f"=MAX({scales.window(0, 0, 1, scales.shape[2])})", _largest_of(step)), shown),
    )  # fmt: skip
    for k, (name, content, form) in enumerate(fields):
        column = 1 + k * (NAME_COLUMNS + FIELD_COLUMNS + 1)
        write_field(sheet, styles, (FIELDS_ROW, column), (NAME_COLUMNS, FIELD_COLUMNS), name, content, form)


def _largest_of(step: Step) -> float:
    """How far from 0 a derivative is at most."""
    gradients = [one for pair in step.gradients if pair is not None for one in pair]
    return max(float(np.abs(each).max()) for each in (*step.deltas, *gradients))


def _shade(sheet: Worksheet, styles: Styles, blocks: Sequence[Block], values: Array, offset: int = 0) -> None:
    shade_signed(sheet, blocks, write_largest(sheet, styles, blocks, values, offset))


def _write_deltas(sheet: Worksheet, styles: Styles, network: Network, diagram: Diagram, step: Step) -> None:
    last = diagram.pictures[-1]
    write_formulas(sheet, styles, last, lambda cell: f"-MAX(0,1-ABS({TARGET}-{cell[0]}))", step.deltas[-1])
    _shade(sheet, styles, [last], step.deltas[-1])
    for k, wiring in reversed(list(enumerate(diagram.wirings))):
        formula = partial(_delta, network, k, wiring.on(LAYERS), wiring.output)
        write_formulas(sheet, styles, wiring.source, formula, step.deltas[k])
        _shade(sheet, styles, [wiring.source], step.deltas[k])


def _delta(network: Network, k: int, wiring: Wiring, deltas: Block, cell: Cell) -> str:
    """The derivative with respect to what stage `k` reads, or where that is a ReLU's, to what the ReLU reads."""
    formula = network.stages[k].operation.adjoint_formula(cell, deltas, wiring)
    if k == 0 or not network.stages[k - 1].rectified:
        return formula
    return f"({formula})*({wiring.source.cell(cell)}>0)"


def _write_gradients(sheet: Worksheet, styles: Styles, network: Network, diagram: Diagram, step: Step) -> None:
    for stage, wiring, gradient in zip(network.stages, diagram.wirings, step.gradients, strict=True):
        operation = stage.operation
        if not isinstance(operation, Learned) or gradient is None:
            continue
        weights, biases = gradient
        for f, (kernel, bias) in enumerate(zip(wiring.kernels, wiring.biases, strict=True)):
            formula = partial(operation.gradient_formula, f, deltas=wiring.output, at=wiring.on(LAYERS))
            write_formulas(sheet, styles, kernel, formula, weights[f])
            total = partial(operation.bias_gradient_formula, f, deltas=wiring.output)
            write_formulas(sheet, styles, bias, total, biases[f : f + 1, None, None])
        _shade(sheet, styles, wiring.kernels, weights)
        _shade(sheet, styles, wiring.biases, biases, offset=1)


def _write_turned(sheet: Worksheet, styles: Styles, network: Network, diagram: Diagram) -> None:
    sheet.write_string(diagram.turned_row - 3, 1, (
        "The kernels of Layers once more, turned by half a turn, those of one input below each other: "
        "what a derivative is carried back with"
    ), styles.label_text())  # fmt: skip
    sheet.set_row_pixels(diagram.turned_row - 3, 20)
    for stage, wiring in zip(network.stages, diagram.wirings, strict=True):
        operation = stage.operation
        if not isinstance(operation, Convolution):
            continue
        kernels = wiring.on(LAYERS).kernels
        for channel, (block, values) in enumerate(zip(wiring.turned, operation.turned(), strict=True)):
            formula = partial(operation.turned_formula, channel, kernels=kernels)
            write_formulas(sheet, styles, block, formula, values)
        shade_signed(sheet, wiring.turned, largest(operation.weights))
