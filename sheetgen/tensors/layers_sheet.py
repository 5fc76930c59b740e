"""Layers: every activation of the network for the image that is drawn, with the kernels between."""

from collections.abc import Callable, Sequence
from functools import partial

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from sheetgen.style import Styles
from sheetgen.tensors.blocks import Block, Cell
from sheetgen.tensors.diagram import Diagram
from sheetgen.tensors.names import LAYERS
from sheetgen.tensors.network import Network
from sheetgen.tensors.operations import Array, Learned, Wiring
from sheetgen.tensors.pictures import (
    largest,
    set_up_squares,
    shade,
    shade_signed,
    stage_headings,
    write_classes,
    write_formulas,
    write_headings,
    write_kernel_headings,
    write_numbers,
    write_title,
)

WriteWeights = Callable[[Block, Array], None]
KERNELS, SCALES = "biases, and below them the kernels", "shifts, and below them the scales"


def write_layers_sheet(
    workbook: Workbook,
    styles: Styles,
    network: Network,
    diagram: Diagram,
    activations: Sequence[Array],
    seen: Block,
    links: Sequence[str],
) -> None:
    """Write every weight, and every activation for the image that the network sees in a block.

    `links` are the other sheets to go to.
    """
    sheet = workbook.add_worksheet(LAYERS)
    write_title(sheet, styles, f"Layers of {network.name}", (
        "From the image at the left to the answer at the right: the darker, the larger. Every cell is one formula; "
        "that of a convolution is one SUMPRODUCT of a window and a kernel, over all maps."
    ), links)  # fmt: skip
    set_up_squares(sheet, diagram)
    write_headings(sheet, styles, diagram, stage_headings(network))
    write_classes(sheet, styles, diagram)

    def normalised(cell: Cell) -> str:
        mean, deviation = network.normalisation(cell[0])
        return f"(MAX(0,{seen.cell(cell)})-{mean!r})/{deviation!r}"  # MAX skips a text

    write_picture(sheet, styles, diagram.pictures[0], normalised, activations[0])
    for stage, wiring, values in zip(network.stages, diagram.wirings, activations[1:], strict=True):
        write_picture(sheet, styles, wiring.output, partial(stage.formula, at=wiring), values)
    write_kernel_headings(sheet, styles, diagram, KERNELS, SCALES)
    write_all_weights(sheet, network, diagram, lambda block, values: write_numbers(sheet, styles, block, values))


def write_picture(
    sheet: Worksheet, styles: Styles, block: Block, formula: Callable[[Cell], str], values: Array
) -> None:
    """Write the formulas of activations, shaded."""
    write_formulas(sheet, styles, block, formula, values)
    shade(sheet, styles, block, values)


def write_all_weights(sheet: Worksheet, network: Network, diagram: Diagram, write: WriteWeights) -> None:
    """Have all kernels and biases written where they stand, shaded."""
    for stage, wiring in zip(network.stages, diagram.wirings, strict=True):
        if isinstance(stage.operation, Learned):
            _write_weights(sheet, stage.operation, wiring, write)


def _write_weights(sheet: Worksheet, operation: Learned, wiring: Wiring, write: WriteWeights) -> None:
    for f, (kernel, bias) in enumerate(zip(wiring.kernels, wiring.biases, strict=True)):
        write(kernel, operation.weights[f])
        write(bias, operation.bias[f : f + 1, None, None])
    shade_signed(sheet, wiring.kernels, largest(operation.weights))
    shade_signed(sheet, wiring.biases, largest(operation.bias))
