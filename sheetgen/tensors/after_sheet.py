"""After: every weight after the step, and the activations that they give for the same image.

A max pool takes the largest of the convolutions in its window in one formula, so that the picture before it, the
largest of all, need not be there twice.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from math import prod

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from sheetgen.style import Styles
from sheetgen.tensors.blocks import Block, Cell
from sheetgen.tensors.diagram import Diagram
from sheetgen.tensors.layers_sheet import KERNELS, SCALES, write_all_weights, write_picture
from sheetgen.tensors.names import AFTER, DRAW, LAYERS, STEP
from sheetgen.tensors.network import Network, Stage
from sheetgen.tensors.operations import Array, Convolution, MaxPool, Wiring
from sheetgen.tensors.pictures import (
    set_up_squares,
    stage_headings,
    write_classes,
    write_formulas,
    write_headings,
    write_kernel_headings,
    write_title,
)

MOST_POOLED = 9  # convolutions in one formula, so that people can still read it


def write_after_sheet(
    workbook: Workbook, styles: Styles, after: Network, diagram: Diagram, activations: Sequence[Array], rate: str
) -> None:
    """Write the sheet; `rate` is the cell of the learning rate."""
    sheet = workbook.add_worksheet(AFTER)
    write_title(sheet, styles, "After the step", (
        "Every weight and bias after the step, weight − rate · gradient, each in the same cell as on Layers and Step, "
        "and the network's new answer for the same image."
    ), (DRAW, LAYERS, STEP))  # fmt: skip
    set_up_squares(sheet, diagram)
    write_classes(sheet, styles, diagram)
    said, wirings = stage_headings(after), list(diagram.wirings)
    said[0] = "the image is on Layers"
    wirings[0] = replace(wirings[0], source=wirings[0].source.on(LAYERS))
    for k, stage in enumerate(after.stages):
        if pool_at_once(after.stages[k : k + 2]):
            said[k + 1] = f"{stage.describe(after.shapes[k])}: pooled at once →"
        else:
            _write_activations(sheet, styles, after.stages[: k + 1], wirings[: k + 1], activations[k + 1])
    write_headings(sheet, styles, diagram, said)
    write_kernel_headings(sheet, styles, diagram, KERNELS, SCALES)

    def write_moved(block: Block, values: Array) -> None:
        before, gradient = block.on(LAYERS), block.on(STEP)
        write_formulas(sheet, styles, block, lambda cell: f"{before.cell(cell)}-{rate}*{gradient.cell(cell)}", values)

    write_all_weights(sheet, after, diagram, write_moved)


def pool_at_once(stages: Sequence[Stage]) -> MaxPool | None:
    """The second of two stages where it can take the largest of what the first would be."""
    if len(stages) < 2 or not isinstance(stages[0].operation, Convolution):
        return None
    pool = stages[1].operation
    return pool if isinstance(pool, MaxPool) and prod(pool.size) <= MOST_POOLED else None


def _write_activations(
    sheet: Worksheet, styles: Styles, stages: Sequence[Stage], wirings: Sequence[Wiring], values: Array
) -> None:
    """Write the picture of the last of some stages."""
    formula = partial(stages[-1].formula, at=wirings[-1])
    pool = pool_at_once(stages[-2:])
    if pool is not None:
        formula = partial(_largest_formula, stages[-2], wirings[-2], pool)
    write_picture(sheet, styles, wirings[-1].output, formula, values)


def _largest_formula(stage: Stage, at: Wiring, pool: MaxPool, cell: Cell) -> str:
    """The formula of the largest activation in a window; a ReLU of it is the largest of ReLUs."""
    channel, row, column = cell
    (height, width), formula = pool.size, stage.operation.formula
    window = [(channel, row * height + i, column * width + j) for i in range(height) for j in range(width)]
    return f"MAX({'0,' if stage.rectified else ''}{','.join(formula(each, at) for each in window)})"
