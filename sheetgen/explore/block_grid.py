"""The network on the cells of a sheet where it is too large for lines: each layer as blocks of shaded cells.

A feature map stands at its rows and columns, a kernel or a matrix as one writes it, a list from top to bottom. To the
right of each block stands the same one of its gradients. What has a name of its own beside it stands on the left.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod

from templates import TOTAL_LOSS, Layer, Network, delta_of

NAME_WIDTH, VALUE_WIDTH, SQUARE_WIDTH, SPACE_WIDTH, BETWEEN_WIDTH = 11.0, 10.5, 7.0, 1.5, 4.0
MOST_ROWS = 40  # of blocks above each other; what follows stands beside them

Place = tuple[int, int]  # row and column, from the top of the grid
Matrix = Sequence[Sequence[str]]


@dataclass
class BlockGrid:
    """Where the numbers stand, and what is said above the blocks.

    `values` maps a label to its cell, `gradients` a parameter to that of its gradient; `squares` are the labels without a
    name beside them, of which `maps` are computed or given, and `deltas` gradients of maps.
    """

    network: Network
    values: dict[str, Place] = field(default_factory=dict)
    gradients: dict[str, Place] = field(default_factory=dict)
    titles: dict[Place, str] = field(default_factory=dict)
    widths: list[float] = field(default_factory=list)
    maps: list[str] = field(default_factory=list)
    deltas: list[str] = field(default_factory=list)
    rows: int = 0

    def __post_init__(self) -> None:
        """Lay out block by block, from the targets and losses on the left to the outputs."""
        network = self.network
        self.widths += [NAME_WIDTH, VALUE_WIDTH]
        for row, label in enumerate((*network.targets, *network.losses, TOTAL_LOSS), 1):
            self.values[label] = row, 1
        self.titles[0, 0] = "targets and losses"
        self.rows = len(self.values) + 1
        self._stack([("inputs", grid) for grid in _grids(network.inputs, network.input_shape)], {}, self.maps)
        for layer in network.layers:
            parameters = [(_title(matrix), _upright(matrix)) for matrix in (*layer.matrices, *_lists(layer))]
            self._stack(parameters, {label: label for label in layer.parameters if label not in layer.masks}, None)
            maps = [(f"{layer.kind}: {_title(grid)}", grid) for grid in _grids(layer.outputs, layer.shape)]
            pairs = zip(layer.outputs, map(delta_of, layer.nets), strict=True)
            self._stack(maps, dict(pairs), self.maps)

    def _stack(
        self, blocks: Sequence[tuple[str, Matrix]], gradients: Mapping[str, str], maps: list[str] | None
    ) -> None:
        """Blocks above each other, and beside each the same of its gradients; beside them, where there is no room."""
        for group in _at_most(blocks):
            first = len(self.widths) + 1
            width = max(len(matrix[0]) for _, matrix in group)
            has_gradients = any(label in gradients for _, matrix in group for row in matrix for label in row)
            both = [SQUARE_WIDTH] * width + ([SPACE_WIDTH] + [SQUARE_WIDTH] * width if has_gradients else [])
            self.widths += [BETWEEN_WIDTH, *both]
            top = 0
            for title, matrix in group:
                self.titles[top, first] = title
                if maps is None:
                    beside = f"∂E_t/∂{matrix[0][0]} …"
                else:
                    beside = f"δ of {matrix[0][0]} …"
                if has_gradients and any(label in gradients for row in matrix for label in row):
                    self.titles[top, first + width + 1] = beside
                for k, row in enumerate(matrix, top + 1):
                    for j, label in enumerate(row, first):
                        self._square(label, gradients.get(label), (k, j), (k, j + width + 1), maps)
                top += len(matrix) + 2
            self.rows = max(self.rows, top - 1)

    def _square(self, label: str, gradient: str | None, at: Place, beside: Place, maps: list[str] | None) -> None:
        self.values[label] = at
        if maps is not None:
            maps.append(label)
        if gradient is None:
            return
        if maps is None:
            self.gradients[label] = beside
        else:
            self.values[gradient] = beside
            self.deltas.append(gradient)


def _grids(names: Sequence[str], shape: Sequence[int]) -> list[Matrix]:
    """Names row-major as matrices: one a channel, a row a token, or a list from top to bottom."""
    rows, columns = shape[-2:] if len(shape) > 1 else (len(names), 1)
    lines = [names[k : k + columns] for k in range(0, len(names), columns)]
    return [lines[k : k + rows] for k in range(0, len(lines), rows)]


def _lists(layer: Layer) -> Iterator[Matrix]:
    """The biases and the masks."""
    if layer.bias_names:
        yield [[name] for name in layer.bias_names]
    if layer.masks:
        yield from _grids(layer.masks, layer.shape)


def _upright(matrix: Matrix) -> Matrix:
    """A wide matrix turned: its rows as columns."""
    return list(zip(*matrix, strict=True)) if len(matrix[0]) > 2 * len(matrix) else matrix


def _title(matrix: Matrix) -> str:
    first, last = matrix[0][0], matrix[-1][-1]
    return first if first == last else f"{first} … {last}"


def _at_most(blocks: Sequence[tuple[str, Matrix]]) -> Iterator[list[tuple[str, Matrix]]]:
    """The blocks in groups that are at most so many rows high."""
    group: list[tuple[str, Matrix]] = []
    for block in blocks:
        if group and sum(len(matrix) + 2 for _, matrix in (*group, block)) > MOST_ROWS:
            yield group
            group = []
        group.append(block)
    if group:
        yield group


def squares(grid: BlockGrid) -> frozenset[str]:
    """The labels without a name beside them."""
    named = {*grid.network.targets, *grid.network.losses, TOTAL_LOSS}
    return frozenset(label for label in grid.values if label not in named)
