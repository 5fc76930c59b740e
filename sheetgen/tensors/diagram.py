"""Where everything stands: a column of pictures for each layer, from left to right, its kernels before it.

All sheets share the places: where one has an activation another has the derivative with respect to it, and where one
has a weight the others have its derivative, or the weight after the step.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sheetgen.tensors.blocks import Block
from sheetgen.tensors.network import Network
from sheetgen.tensors.operations import Convolution, Learned, Shape, Wiring

TITLE_ROWS = 8  # of a sheet, above everything
GAP = 2  # rows and columns between pictures, at least
MARGIN = 1  # columns at the left
ROWS_ABOVE_TURNED = 4


@dataclass(frozen=True)
class Diagram:
    """The pictures of the image and of each stage, and the wiring of each stage."""

    pictures: Sequence[Block]
    wirings: Sequence[Wiring]
    turned_row: int  # the first of the turned kernels, below everything else

    @property
    def last_column(self) -> int:
        """The last column that anything stands in."""
        return self.pictures[-1].last_column


def diagram_of(network: Network) -> Diagram:
    """Place a network's blocks."""
    shapes, gaps = network.shapes, _gaps(network)
    top, columns = TITLE_ROWS + max(gaps), [max(MARGIN, _padding(network))]
    for k, stage in enumerate(network.stages):
        after_picture = columns[-1] + shapes[k][2] + max(gaps[k], gaps[k + 1])
        columns.append(after_picture + _kernel_columns(stage.operation, shapes[k], gaps[k + 1]))
    pictures = [
        Block(top, column, shape, shape[1] + gap) for column, shape, gap in zip(columns, shapes, gaps, strict=True)
    ]
    turned_row = max(picture.last_row for picture in pictures) + max(gaps) + ROWS_ABOVE_TURNED
    wirings = [
        _wiring(stage.operation, pictures[k], pictures[k + 1], max(gaps[k], gaps[k + 1]), turned_row)
        for k, stage in enumerate(network.stages)
    ]
    return Diagram(pictures, wirings, turned_row)


def _padding(network: Network) -> int:
    """How far windows reach beyond the left edge of the image."""
    first = network.stages[0].operation
    return first.padding[1] if isinstance(first, Convolution) else 0


def _gaps(network: Network) -> list[int]:
    """The empty rows and columns around each picture: how far windows reach beyond it, its derivatives' too."""
    gaps = [GAP] * (len(network.stages) + 1)
    for k, stage in enumerate(network.stages):
        if isinstance(stage.operation, Convolution):
            gaps[k] = max(gaps[k], *stage.operation.padding)
            gaps[k + 1] = max(gaps[k + 1], *stage.operation.reach)
    return gaps


def _kernel_columns(operation: object, shape: Shape, gap: int) -> int:
    if not isinstance(operation, Learned):
        return 0
    return max(len(operation.weights), shape[0]) * int(operation.weights.shape[3] + 1) - 1 + gap


def _wiring(operation: object, source: Block, output: Block, gap: int, turned_row: int) -> Wiring:
    if not isinstance(operation, Learned):
        return Wiring(source, output)
    filters, channels, height, width = operation.weights.shape
    column, step = source.last_column + 1 + gap, width + 1
    return Wiring(
        source,
        output,
        [Block(source.row, column + f * step, (channels, height, width), source.pitch) for f in range(filters)],
        [Block(source.row - GAP, column + f * step, (1, 1, 1), 1) for f in range(filters)],
        [Block(turned_row, column + c * step, (filters, height, width), output.pitch) for c in range(channels)]
        if isinstance(operation, Convolution)
        else [],
    )
