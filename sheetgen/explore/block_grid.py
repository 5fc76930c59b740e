"""The network on the cells of a sheet where it is too large for lines: each layer as blocks of shaded cells.

A feature map stands at its rows and columns, a kernel or a matrix as one writes it, a list from top to bottom. To the
right of each block stands the same one of its gradients. Layers follow each other from left to right, and then below.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from templates import Layer, Network, delta_of

NAME_WIDTH, VALUE_WIDTH, SQUARE_WIDTH = 11.0, 10.5, 7.0
MOST_ROWS, MOST_COLUMNS = 40, 32  # of blocks above each other, and beside each other
MOST_RECTANGLES = 100  # that are told apart; of more, the cells around all of them

Place = tuple[int, int]  # row and column, from the top of the grid
Matrix = Sequence[Sequence[str]]


@dataclass
class BlockGrid:
    """Where the numbers stand, and what is said above the blocks.

    `values` maps a label to its cell, `gradients` a parameter to that of its gradient. Targets and losses, on the left,
    have their names beside them, all else has none: of that `maps` are given or computed, and `deltas` their gradients.
    """

    network: Network
    values: dict[str, Place] = field(default_factory=dict)
    gradients: dict[str, Place] = field(default_factory=dict)
    titles: dict[Place, str] = field(default_factory=dict)
    maps: list[str] = field(default_factory=list)
    deltas: list[str] = field(default_factory=list)
    rows: int = 0

    def __post_init__(self) -> None:
        """Lay out block by block."""
        network = self.network
        self._named = (*network.targets, *network.losses, network.whole_loss)
        self.values |= {label: (row, 1) for row, label in enumerate(self._named, 2)}
        self.titles[0, 0] = "targets and losses"
        self.rows = len(self._named) + 2
        self._top, self._column = 0, 3
        self._stack("inputs", _grids(network.inputs, network.input_shape), {})
        trained, moving = {*network.trained}, {*network.backward}
        for layer in network.layers:
            own = {label: network.gradient_of(label) for label in layer.parameters if label in trained}
            self._stack(
                "scales and shifts" if layer.is_scaling else "weights",
                [*map(_upright, layer.matrices), *_lists(layer)],
                own,
            )
            back = dict(zip(layer.outputs, map(delta_of, layer.nets), strict=True)) if layer in moving else {}
            self._stack(_title(layer), _grids(layer.outputs, layer.shape), back)

    @property
    def widths(self) -> tuple[float, ...]:
        """The widths of the columns in characters."""
        beyond = max(column for _, column in (*self.values.values(), *self.gradients.values()))
        return (NAME_WIDTH, VALUE_WIDTH, *[SQUARE_WIDTH] * (beyond - 1))

    @property
    def squares(self) -> frozenset[str]:
        """The labels without a name beside them."""
        return frozenset(self.values).difference(self._named)

    def _stack(self, title: str, blocks: Sequence[Matrix], gradients: Mapping[str, str]) -> None:
        """Blocks above each other, and beside each the same one of its gradients."""
        for group in _at_most(blocks):
            width = max(len(matrix[0]) for matrix in group)
            whole = 2 * width + 1 if gradients else width
            if self._column + whole > MOST_COLUMNS and self._column > 3:
                self._top, self._column = self.rows + 1, 3
            self.titles[self._top, self._column] = title
            row = self._top + 1
            for matrix in group:
                self._block(matrix, gradients, (row, self._column), (row, self._column + width + 1))
                row += len(matrix) + 2
            self.rows = max(self.rows, row - 1)
            self._column += whole + 1

    def _block(self, matrix: Matrix, gradients: Mapping[str, str], at: Place, beside: Place) -> None:
        self.titles[at] = _from_to(matrix[0][0], matrix[-1][-1])
        if matrix[0][0] in gradients:
            self.titles[beside] = f"{gradients[matrix[0][0]]} …"
        for k, line in enumerate(matrix, 1):
            for j, label in enumerate(line):
                self.values[label] = at[0] + k, at[1] + j
                self._gradient(label, gradients.get(label), (beside[0] + k, beside[1] + j))

    def _gradient(self, label: str, gradient: str | None, place: Place) -> None:
        if label not in self.network.parameters:
            self.maps.append(label)
        if gradient == self.network.gradient_of(label):
            self.gradients[label] = place
        elif gradient is not None:
            self.values[gradient] = place
            self.deltas.append(gradient)


def rectangles(places: Iterable[Place]) -> list[tuple[Place, Place]]:
    """The first and the last cell of rectangles that hold all places, and nothing else unless they are too many."""
    runs: dict[tuple[int, int], list[list[int]]] = {}  # first and last column -> rows, one below the other
    for row, first, last in _runs(sorted(places)):
        known = runs.setdefault((first, last), [])
        if known and known[-1][-1] == row - 1:
            known[-1].append(row)
        else:
            known.append([row])
    found = [((rows[0], first), (rows[-1], last)) for (first, last), parts in runs.items() for rows in parts]
    if len(found) <= MOST_RECTANGLES:
        return found
    corners = [corner for pair in found for corner in pair]
    rows, columns = zip(*corners, strict=True)
    return [((min(rows), min(columns)), (max(rows), max(columns)))]


def _runs(places: Sequence[Place]) -> Iterator[tuple[int, int, int]]:
    """The row, the first and the last column of cells side by side; places are in order."""
    start = places[0]
    for before, place in zip(places, [*places[1:], (-1, -1)], strict=True):
        if place != (before[0], before[1] + 1):
            yield start[0], start[1], before[1]
            start = place


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


def _title(layer: Layer) -> str:
    return f"{layer.kind}, {layer.activation}" if layer.nets != layer.outputs else layer.kind


def _from_to(first: str, last: str) -> str:
    return first if first == last else f"{first} … {last}"


def _at_most(blocks: Sequence[Matrix]) -> Iterator[list[Matrix]]:
    """The blocks in groups that are at most so many rows high."""
    group: list[Matrix] = []
    for block in blocks:
        if group and sum(len(matrix) + 2 for matrix in (*group, block)) > MOST_ROWS:
            yield group
            group = []
        group.append(block)
    if group:
        yield group
