"""Layers, every activation of the network with the kernels between; and After, the same after the step."""

from collections.abc import Callable, Sequence
from functools import partial

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from sheetgen.style import Styles
from sheetgen.tensors.blocks import Block, Cell
from sheetgen.tensors.diagram import Diagram
from sheetgen.tensors.names import AFTER, DRAW, LAYERS, STEP
from sheetgen.tensors.network import Network, Stage
from sheetgen.tensors.operations import Array, Learned, Wiring
from sheetgen.tensors.pictures import (
    largest,
    set_up_squares,
    shade,
    shade_signed,
    write_classes,
    write_formulas,
    write_kernel_headings,
    write_numbers,
    write_stage_headings,
    write_title,
)

WriteWeights = Callable[[Block, Array], None]


def write_layers_sheet(
    workbook: Workbook,
    styles: Styles,
    network: Network,
    diagram: Diagram,
    activations: Sequence[Array],
    drawing: Block,
    links: Sequence[str],
) -> None:
    """Write every activation for the image that is drawn, and every weight; `links` are the other sheets to go to."""
    sheet = workbook.add_worksheet(LAYERS)
    write_title(sheet, styles, f"Layers of {network.name}", (
        "From the image at the left to the answer at the right: the darker, the larger. Every cell is one formula; "
        "that of a convolution is one SUMPRODUCT of a window and a kernel, over all maps."
    ), links)  # fmt: skip
    image = diagram.pictures[0]

    def normalised(cell: Cell) -> str:
        mean, deviation = network.normalisation(cell[0])
        return f"(N({drawing.cell(cell)})-{mean!r})/{deviation!r}"

    write_formulas(sheet, styles, image, normalised, activations[0])
    shade(sheet, [image])
    _write(
        sheet, styles, network, diagram, activations, lambda block, values: write_numbers(sheet, styles, block, values)
    )


def write_after_sheet(
    workbook: Workbook, styles: Styles, after: Network, diagram: Diagram, activations: Sequence[Array], rate: str
) -> None:
    """Write the weights after the step, and every activation that they give for the same image."""
    sheet = workbook.add_worksheet(AFTER)
    write_title(sheet, styles, "After the step", (
        "The same image again, with every weight and bias moved against its gradient: "
        "weight − rate · gradient, each in the same cell of its own sheet."
    ), (DRAW, LAYERS, STEP))  # fmt: skip

    def write_moved(block: Block, values: Array) -> None:
        before, gradient = block.on(LAYERS), block.on(STEP)
        write_formulas(sheet, styles, block, lambda cell: f"{before.cell(cell)}-{rate}*{gradient.cell(cell)}", values)

    image = diagram.pictures[0]
    write_formulas(sheet, styles, image, image.on(LAYERS).cell, activations[0])
    shade(sheet, [image])
    _write(sheet, styles, after, diagram, activations, write_moved)


def _write(
    sheet: Worksheet,
    styles: Styles,
    network: Network,
    diagram: Diagram,
    activations: Sequence[Array],
    write_weights: WriteWeights,
) -> None:
    set_up_squares(sheet, max(picture.last_row for picture in diagram.pictures), diagram.last_column)
    write_stage_headings(sheet, styles, network, diagram)
    write_kernel_headings(
        sheet, styles, diagram, "biases, and below them the kernels", "shifts, and below them the scales"
    )
    write_classes(sheet, styles, diagram)
    for stage, wiring, values in zip(network.stages, diagram.wirings, activations[1:], strict=True):
        operation = stage.operation

        write_formulas(sheet, styles, wiring.output, partial(_activation, stage, wiring), values)
        shade(sheet, [wiring.output])
        if isinstance(operation, Learned):
            for f, (kernel, bias) in enumerate(zip(wiring.kernels, wiring.biases, strict=True)):
                write_weights(kernel, operation.weights[f])
                write_weights(bias, operation.bias[f : f + 1, None, None])
            shade_signed(sheet, wiring.kernels, largest(operation.weights))
            shade_signed(sheet, wiring.biases, largest(operation.bias))


def _activation(stage: Stage, wiring: Wiring, cell: Cell) -> str:
    formula = stage.operation.formula(cell, wiring)
    return f"MAX(0,{formula})" if stage.rectified else formula
