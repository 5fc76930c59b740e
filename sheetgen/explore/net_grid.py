"""The network on the cells of a sheet: where each number of a step stands, and the lines between them.

A number stands in a cell with its name in the cell to its left. An edge runs from a unit to the cell of its weight,
beside which its gradient stands, and from there to the unit that it feeds, so no two weights ever cover each other.
Lines lie in columns of their own: a picture of them never covers a cell that one may want to click. Rows and columns
count from 0, rows from the top of the grid.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sheetgen.explore.block_grid import BlockGrid
from sheetgen.picture import has_room_for_weights
from templates import Layer, Network, delta_of

INPUT_WIDTHS = (11.0, 10.0)  # of columns, in characters: a name, and a number
WEIGHT_WIDTHS = (6.0, 10.5, 12.5)  # and its gradient
UNIT_WIDTHS = (7.0, 12.5)
LOSS_WIDTHS = (8.0, 10.5)
FAN_WIDTH, JOIN_WIDTH, LOSS_WIDTH = 9.0, 3.5, 4.0  # of the lines between them

_UNIT_ROWS = 3  # net input, activation, gradient of the net input
_LOSS_ROWS = 2  # target, loss

Place = tuple[int, int]  # row and column
Polyline = tuple[tuple[float, float], ...]  # points: a fraction of the column's width, and rows from the grid's top


@dataclass(frozen=True)
class Gap:
    """A column of lines."""

    column: int
    lines: tuple[Polyline, ...]
    description: str


@dataclass(frozen=True)
class NetGrid:
    """Where the numbers stand: `values` maps a label to its cell, `gradients` a parameter to the cell beside it.

    `widths` are those of the columns in characters, `captions` what stands above some of them. Without `gaps` it is
    blocks, for a network that is too large to be drawn.
    """

    values: Mapping[str, Place]
    gradients: Mapping[str, Place]
    widths: tuple[float, ...]
    rows: int
    captions: Mapping[int, str]
    gaps: tuple[Gap, ...] = ()
    titles: Mapping[Place, str] = field(default_factory=dict)  # of blocks
    squares: frozenset[str] = frozenset()  # the labels in blocks, without a name beside them
    maps: tuple[str, ...] = ()  # those that are no parameters
    deltas: tuple[str, ...] = ()  # those that are gradients of maps


def net_grid(network: Network) -> NetGrid:
    """The network as a drawing on cells, or as blocks where its weights would have no room."""
    return _Drawing(network).grid() if has_room_for_weights(network) else _blocks(network)


def _blocks(network: Network) -> NetGrid:
    grid = BlockGrid(network)
    return NetGrid(
        grid.values,
        grid.gradients,
        grid.widths,
        grid.rows,
        {},
        titles=grid.titles,
        squares=grid.squares,
        maps=tuple(grid.maps),
        deltas=tuple(grid.deltas),
    )


@dataclass
class _Drawing:
    network: Network
    values: dict[str, Place] = field(default_factory=dict)
    gradients: dict[str, Place] = field(default_factory=dict)
    widths: list[float] = field(default_factory=list)
    captions: dict[int, str] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)

    def grid(self) -> NetGrid:
        """Lay out column by column from the inputs to the losses."""
        self.height = max(2 * self.network.input_count, *map(_rows_of, self.network.layers))
        arriving = self._inputs()  # the heights at which lines leave what has been laid out so far
        for number, layer in enumerate(self.network.layers, 1):
            last = number == len(self.network.layers)
            kind = "output" if last else f"hidden layer {number}" if len(self.network.layers) > 2 else "hidden"
            arriving = self._layer(layer, arriving, f"{kind} · {layer.activation}")
        self._losses(arriving)
        return NetGrid(
            self.values, self.gradients, tuple(self.widths), self.height + 1, self.captions, tuple(self.gaps)
        )

    def _inputs(self) -> list[float]:
        self.captions[0] = "inputs"
        self.widths += INPUT_WIDTHS
        rows = [top + (below - top - 1) // 2 for top, below in _shares(self.height, self.network.input_count)]
        self.values |= {label: (row, 1) for label, row in zip(self.network.inputs, rows, strict=True)}
        return [row + 0.5 for row in rows]

    def _layer(self, layer: Layer, arriving: list[float], caption: str) -> list[float]:
        fan = len(self.widths)
        weight, join, unit = fan + 2, fan + 4, fan + 6
        self.widths += [FAN_WIDTH, *WEIGHT_WIDTHS, JOIN_WIDTH, *UNIT_WIDTHS]
        self.captions |= {fan + 1: "weights and their gradients", unit - 1: caption}
        fanned, joined, leaving = list[Polyline](), list[Polyline](), list[float]()
        shared = _has_shared_bias(layer)
        for k, (top, below) in enumerate(_shares(self.height - 2 * shared, len(layer.nets))):
            weights = _weights_of(layer, k)
            height = max(_UNIT_ROWS, len(weights))
            first = top + (below - top - height) // 2
            unit_row, row = first + (height - _UNIT_ROWS) // 2, first + (height - len(weights)) // 2
            self._unit(layer, k, unit_row, unit)
            leaving.append(unit_row + 1.5)
            for source, label in enumerate(weights):
                self._parameter(label, row + source, weight)
                joined.append(((0, row + source + 0.5), (1, leaving[-1])))
            fanned += [((0, start), (1, row + s + 0.5)) for s, start in enumerate(arriving)]
        if shared:
            self._parameter(layer.biases[0], self.height - 1, weight)
            joined += [((0, self.height - 0.5), (1, end)) for end in leaving]
        units = ", ".join(layer.nets)
        self.gaps += [
            Gap(fan, tuple(fanned), f"Lines from {', '.join(layer.feeding)} to the weights of {units}"),
            Gap(join, tuple(joined), f"Lines from the weights to {units}"),
        ]
        return leaving

    def _parameter(self, label: str, row: int, column: int) -> None:
        self.values[label] = row, column
        self.gradients[label] = row, column + 1

    def _unit(self, layer: Layer, unit: int, row: int, column: int) -> None:
        net = layer.nets[unit]
        for k, label in enumerate((net, layer.outputs[unit], delta_of(net))):
            self.values[label] = row + k, column

    def _losses(self, arriving: list[float]) -> None:
        network, lines = self.network, len(self.widths)
        self.widths += [LOSS_WIDTH, *LOSS_WIDTHS, LOSS_WIDTH]
        self.captions[lines + 1] = "loss"
        for target, loss, height in zip(network.targets, network.losses, arriving, strict=True):
            row = int(height)
            self.values |= {target: (row - _LOSS_ROWS + 1, lines + 2), loss: (row, lines + 2)}
        total = self.height + 0.5
        self.values[network.whole_loss] = self.height, lines + 2
        straight = tuple(((0.0, height), (1.0, height)) for height in arriving)
        down = tuple(((0.0, height), (0.5, height), (0.5, total), (0.0, total)) for height in arriving)
        self.gaps += [
            Gap(lines, straight, "Lines from the outputs to their losses"),
            Gap(lines + 3, down, f"Lines from the losses to {network.whole_loss}"),
        ]


def _has_shared_bias(layer: Layer) -> bool:
    return len(layer.bias_names) == 1


def _weights_of(layer: Layer, unit: int) -> tuple[str, ...]:
    """What stands at a unit: its weights, and its bias unless that stands below the layer for all of its units."""
    return layer.weights[unit] + (() if _has_shared_bias(layer) else layer.biases[unit : unit + 1])


def _rows_of(layer: Layer) -> int:
    """How many rows a layer needs, an empty one after each unit and before a shared bias."""
    unit = 1 + max(_UNIT_ROWS, len(_weights_of(layer, 0)))
    return len(layer.nets) * unit + 2 * _has_shared_bias(layer)


def _shares(rows: int, count: int) -> Iterator[tuple[int, int]]:
    """The rows parted evenly: the first of each part, and the one after its last."""
    for k in range(count):
        yield rows * k // count, rows * (k + 1) // count
