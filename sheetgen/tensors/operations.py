"""What a layer computes: its formula, its value, and both of its adjoint, side by side.

An adjoint gives the derivative of the loss with respect to an input of the layer, from those with respect to its
outputs. All arrays are (channels, height, width), of one image.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from sheetgen.tensors.blocks import Block, Cell

Array = NDArray[np.float64]
Shape = tuple[int, int, int]
NOTHING = "0"  # the derivative where a layer does not look


@dataclass(frozen=True)
class Wiring:
    """Where a layer stands: what it reads and makes, and where it has weights, these."""

    source: Block
    output: Block
    kernels: Sequence[Block] = ()  # of each filter, a kernel for each channel of the source
    biases: Sequence[Block] = ()  # of each filter, one number
    turned: Sequence[Block] = ()  # of each channel of the source, the kernels of all filters, turned by half a turn

    def on(self, sheet: str) -> "Wiring":
        """The same as formulas of another sheet name it."""
        kernels, biases = ([one.on(sheet) for one in many] for many in (self.kernels, self.biases))
        return Wiring(self.source.on(sheet), self.output.on(sheet), kernels, biases, self.turned)


class Operation(Protocol):
    """A layer."""

    def describe(self, shape: Shape) -> str:
        """What it is, for people, where it reads a shape."""

    def output_shape(self, shape: Shape) -> Shape:
        """The shape of what it makes."""

    def formula(self, cell: Cell, at: Wiring) -> str:
        """The formula of an output, without its equals sign."""

    def value(self, inputs: Array) -> Array:
        """All outputs."""

    def adjoint_formula(self, cell: Cell, deltas: Block, at: Wiring) -> str:
        """The formula of the derivative with respect to an input; `deltas` are those with respect to the outputs."""

    def adjoint(self, deltas: Array, inputs: Array) -> Array:
        """The derivatives with respect to all inputs."""


@dataclass(frozen=True, eq=False)
class Convolution:
    """Every output is a filter's weighted sum of a window over all channels; a dense layer has one window, of all."""

    weights: Array  # (filters, channels, height, width)
    bias: Array  # (filters,)
    padding: tuple[int, int] = (0, 0)  # zeros around the inputs, less than the kernel's height and width

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of a kernel."""
        return self.weights.shape[2], self.weights.shape[3]

    @property
    def reach(self) -> tuple[int, int]:
        """How many zeros the adjoint needs around the derivatives."""
        return self.size[0] - 1 - self.padding[0], self.size[1] - 1 - self.padding[1]

    def describe(self, shape: Shape) -> str:
        whole = self.size == shape[1:] and self.padding == (0, 0)
        return "linear" if whole else f"convolution {self.size[0]}×{self.size[1]}"

    def output_shape(self, shape: Shape) -> Shape:
        height, width = (shape[k + 1] + 2 * self.padding[k] - self.size[k] + 1 for k in (0, 1))
        return len(self.weights), height, width

    def formula(self, cell: Cell, at: Wiring) -> str:
        filter_, row, column = cell
        window = at.source.window(row - self.padding[0], column - self.padding[1], *self.size)
        return f"SUMPRODUCT({window},{at.kernels[filter_].whole()})+{at.biases[filter_].fixed((0, 0, 0))}"

    def value(self, inputs: Array) -> Array:
        sums: Array = np.tensordot(
            self.weights, _windows(_padded(inputs, self.padding), self.size), ([1, 2, 3], [0, 3, 4])
        )
        return sums + self.bias[:, None, None]

    def adjoint_formula(self, cell: Cell, deltas: Block, at: Wiring) -> str:
        channel, row, column = cell
        window = deltas.window(row - self.reach[0], column - self.reach[1], *self.size)
        return f"SUMPRODUCT({window},{at.turned[channel].whole()})"

    def adjoint(self, deltas: Array, inputs: Array) -> Array:  # noqa: ARG002  others need it
        turned = self.turned()
        sums: Array = np.tensordot(turned, _windows(_padded(deltas, self.reach), self.size), ([1, 2, 3], [0, 3, 4]))
        return sums

    def turned(self) -> Array:
        """The kernels as the adjoint multiplies with them: (channels, filters, height, width), by half a turn."""
        return self.weights.swapaxes(0, 1)[:, :, ::-1, ::-1]

    def turned_formula(self, channel: int, cell: Cell, kernels: Sequence[Block]) -> str:
        """The formula of one of their weights."""
        filter_, row, column = cell
        return kernels[filter_].cell((channel, self.size[0] - 1 - row, self.size[1] - 1 - column))

    def gradient_formula(self, filter_: int, cell: Cell, deltas: Block, at: Wiring) -> str:
        """The formula of the derivative with respect to a filter's weight."""
        channel, row, column = cell
        height, width = at.output.shape[1:]
        window = at.source.window_of(channel, row - self.padding[0], column - self.padding[1], height, width)
        return f"SUMPRODUCT({window},{deltas.channel(filter_)})"

    def gradient(self, deltas: Array, inputs: Array) -> Array:
        """The derivatives with respect to all weights."""
        windows = _windows(_padded(inputs, self.padding), (deltas.shape[1], deltas.shape[2]))
        gradient: Array = np.tensordot(deltas, windows, ([1, 2], [3, 4]))
        return gradient

    def bias_gradient_formula(self, filter_: int, cell: Cell, deltas: Block) -> str:  # noqa: ARG002  others need it
        """The formula of the derivative with respect to a filter's bias, which every window adds."""
        return f"SUM({deltas.channel(filter_)})"

    def bias_gradient(self, deltas: Array) -> Array:
        """The derivatives with respect to the biases."""
        total: Array = deltas.sum(axis=(1, 2))
        return total


@dataclass(frozen=True, eq=False)
class Normalisation:
    """Each channel times a scale, plus a shift: a batch normalisation as it evaluates."""

    weights: Array  # (channels, 1, 1, 1), the scales
    bias: Array  # (channels,), the shifts

    def describe(self, shape: Shape) -> str:  # noqa: ARG002  others need it
        return "normalisation"

    def output_shape(self, shape: Shape) -> Shape:
        return shape

    def formula(self, cell: Cell, at: Wiring) -> str:
        scale, shift = (many[cell[0]].fixed((0, 0, 0)) for many in (at.kernels, at.biases))
        return f"{at.source.cell(cell)}*{scale}+{shift}"

    def value(self, inputs: Array) -> Array:
        scaled: Array = inputs * self.weights[:, 0] + self.bias[:, None, None]
        return scaled

    def adjoint_formula(self, cell: Cell, deltas: Block, at: Wiring) -> str:
        return f"{deltas.cell(cell)}*{at.kernels[cell[0]].fixed((0, 0, 0))}"

    def adjoint(self, deltas: Array, inputs: Array) -> Array:  # noqa: ARG002  others need it
        below: Array = deltas * self.weights[:, 0]
        return below

    def gradient_formula(self, channel: int, cell: Cell, deltas: Block, at: Wiring) -> str:  # noqa: ARG002  as above
        """The formula of the derivative with respect to a channel's scale."""
        return f"SUMPRODUCT({at.source.channel(channel)},{deltas.channel(channel)})"

    def gradient(self, deltas: Array, inputs: Array) -> Array:
        """The derivatives with respect to all scales."""
        total: Array = (deltas * inputs).sum(axis=(1, 2))
        return total[:, None, None, None]

    def bias_gradient_formula(self, channel: int, cell: Cell, deltas: Block) -> str:  # noqa: ARG002  as above
        """The formula of the derivative with respect to a channel's shift."""
        return f"SUM({deltas.channel(channel)})"

    def bias_gradient(self, deltas: Array) -> Array:
        """The derivatives with respect to all shifts."""
        total: Array = deltas.sum(axis=(1, 2))
        return total


Learned = Convolution | Normalisation  # what has weights and biases


@dataclass(frozen=True)
class MaxPool:
    """The largest number of each of the windows that lie side by side; what is left at the end belongs to none."""

    size: tuple[int, int]

    def describe(self, shape: Shape) -> str:  # noqa: ARG002  others need it
        return f"max pool {self.size[0]}×{self.size[1]}"

    def output_shape(self, shape: Shape) -> Shape:
        return shape[0], shape[1] // self.size[0], shape[2] // self.size[1]

    def formula(self, cell: Cell, at: Wiring) -> str:
        return f"MAX({_tile(at.source, cell, self.size)})"

    def value(self, inputs: Array) -> Array:
        largest: Array = _tiles(inputs, self.size).max(axis=3)
        return largest

    def adjoint_formula(self, cell: Cell, deltas: Block, at: Wiring) -> str:
        """All of it goes to the first of the largest, row by row."""
        pooled = _pooled(cell, self.size, at.output)
        if pooled is None:
            return NOTHING
        channel, row, column = cell
        own, most = at.source.cell(cell), at.output.cell(pooled)
        top, left = pooled[1] * self.size[0], pooled[2] * self.size[1]
        before = []
        if row > top:
            before.append(at.source.window_of(channel, top, left, row - top, self.size[1]))
        if column > left:
            before.append(at.source.window_of(channel, row, left, 1, column - left))
        first = f"*(MAX({','.join(before)})<{most})" if before else ""
        return f"{deltas.cell(pooled)}*({own}={most}){first}"

    def adjoint(self, deltas: Array, inputs: Array) -> Array:
        tiles = _tiles(inputs, self.size)
        first = np.arange(tiles.shape[3]) == tiles.argmax(axis=3)[..., None]
        return _spread(first * deltas[..., None], self.size, inputs.shape)


@dataclass(frozen=True)
class AveragePool:
    """The mean of each of the windows that lie side by side."""

    size: tuple[int, int]

    def describe(self, shape: Shape) -> str:  # noqa: ARG002  others need it
        return "identity" if self.size == (1, 1) else f"average pool {self.size[0]}×{self.size[1]}"

    def output_shape(self, shape: Shape) -> Shape:
        return shape[0], shape[1] // self.size[0], shape[2] // self.size[1]

    def formula(self, cell: Cell, at: Wiring) -> str:
        return f"AVERAGE({_tile(at.source, cell, self.size)})"

    def value(self, inputs: Array) -> Array:
        mean: Array = _tiles(inputs, self.size).mean(axis=3)
        return mean

    def adjoint_formula(self, cell: Cell, deltas: Block, at: Wiring) -> str:
        pooled = _pooled(cell, self.size, at.output)
        return NOTHING if pooled is None else f"{deltas.cell(pooled)}/{self.size[0] * self.size[1]}"

    def adjoint(self, deltas: Array, inputs: Array) -> Array:
        count = self.size[0] * self.size[1]
        return _spread(np.repeat(deltas[..., None] / count, count, axis=3), self.size, inputs.shape)


@dataclass(frozen=True)
class LogSoftmax:
    """The logarithms of probabilities, of channels with one number each."""

    def describe(self, shape: Shape) -> str:  # noqa: ARG002  others need it
        return "log softmax"

    def output_shape(self, shape: Shape) -> Shape:
        return shape

    def formula(self, cell: Cell, at: Wiring) -> str:
        most = f"MAX({at.source.whole()})"  # taken off before and added after, so that no power is too large
        powers = "+".join(f"EXP({at.source.fixed(each)}-{most})" for each in at.source.cells())
        return f"{at.source.cell(cell)}-{most}-LN({powers})"

    def value(self, inputs: Array) -> Array:
        shifted = inputs - inputs.max()
        logarithms: Array = shifted - np.log(np.exp(shifted).sum())
        return logarithms

    def adjoint_formula(self, cell: Cell, deltas: Block, at: Wiring) -> str:
        return f"{deltas.cell(cell)}-EXP({at.output.cell(cell)})*SUM({deltas.whole()})"

    def adjoint(self, deltas: Array, inputs: Array) -> Array:
        below: Array = deltas - np.exp(self.value(inputs)) * deltas.sum()
        return below


def _padded(array: Array, margin: tuple[int, int]) -> Array:
    return np.pad(array, ((0, 0), (margin[0], margin[0]), (margin[1], margin[1])))


def _windows(array: Array, size: tuple[int, int]) -> Array:
    return sliding_window_view(array, size, axis=(1, 2))


def _tile(source: Block, cell: Cell, size: tuple[int, int]) -> str:
    channel, row, column = cell
    return source.window_of(channel, row * size[0], column * size[1], *size)


def _pooled(cell: Cell, size: tuple[int, int], output: Block) -> Cell | None:
    """The output to whose window an input belongs; None where it is left over."""
    channel, row, column = cell[0], cell[1] // size[0], cell[2] // size[1]
    return (channel, row, column) if row < output.shape[1] and column < output.shape[2] else None


def _tiles(array: Array, size: tuple[int, int]) -> Array:
    """The windows side by side, each in a row: (channels, rows, columns, numbers of a window)."""
    channels, height, width = array.shape[0], array.shape[1] // size[0], array.shape[2] // size[1]
    whole = array[:, : height * size[0], : width * size[1]].reshape(channels, height, size[0], width, size[1])
    return whole.transpose(0, 1, 3, 2, 4).reshape(channels, height, width, -1)


def _spread(tiles: Array, size: tuple[int, int], shape: tuple[int, ...]) -> Array:
    """An array of a shape with such windows side by side, and zeros in what is left over."""
    channels, height, width, _ = tiles.shape
    whole = tiles.reshape(channels, height, width, *size).transpose(0, 1, 3, 2, 4)
    spread = np.zeros(shape)
    spread[:, : height * size[0], : width * size[1]] = whole.reshape(channels, height * size[0], width * size[1])
    return spread
