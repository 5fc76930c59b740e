"""What a stage's output looks at, as formulas that a choice of map, row and column moves: its window and its kernel.

The choice is in cells; INDEX takes the numbers from Layers, each from a rectangle no larger than a map where it can.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from sheetgen.tensors.blocks import Cell
from sheetgen.tensors.network import Stage
from sheetgen.tensors.operations import Array, AveragePool, Convolution, Learned, MaxPool, Normalisation, Wiring


class Kind(IntEnum):
    """What becomes of a window, numbered for CHOOSE."""

    SUM = 1
    LARGEST = 2
    MEAN = 3
    LOGARITHM = 4


SYMBOLS = {
    Kind.SUM: "Σ window · kernel + bias",
    Kind.LARGEST: "max(window)",
    Kind.MEAN: "Σ window / count",
    Kind.LOGARITHM: "score − max(scores) − ln Σ exp(scores − max(scores))",
}


@dataclass(frozen=True)
class Chosen:
    """The cells of a choice: a map, from 1, and the first row and column of its window, from 1 in the padded input."""

    map: str
    top: str
    left: str


@dataclass(frozen=True)
class View:
    """How the outputs of a stage look at its inputs."""

    stage: Stage
    wiring: Wiring  # as formulas of another sheet name it

    @property
    def kind(self) -> Kind:
        kinds = {
            Convolution: Kind.SUM, Normalisation: Kind.SUM, MaxPool: Kind.LARGEST, AveragePool: Kind.MEAN
        }  # fmt: skip
        return kinds.get(type(self.stage.operation), Kind.LOGARITHM)

    @property
    def is_of_one_map(self) -> bool:
        """Whether a map looks at the map in its own place alone."""
        return isinstance(self.stage.operation, MaxPool | AveragePool | Normalisation)

    @property
    def channels(self) -> int:
        """How many maps a window reaches over."""
        return 1 if self.is_of_one_map else self.wiring.source.shape[0]

    @property
    def size(self) -> tuple[int, int]:
        """Of a window."""
        operation = self.stage.operation
        return operation.size if isinstance(operation, Convolution | MaxPool | AveragePool) else (1, 1)

    @property
    def stride(self) -> tuple[int, int]:
        """From a window to the next."""
        return self.size if self.is_of_one_map else (1, 1)

    @property
    def margin(self) -> tuple[int, int]:
        """Of zeros around the inputs."""
        operation = self.stage.operation
        return operation.padding if isinstance(operation, Convolution) else (0, 0)

    @property
    def kernel_step(self) -> int:
        """Columns from a kernel to the next."""
        return self.size[1] + 1

    def window(self, cell: Cell, at: Chosen) -> str:
        """The formula of a number of the window."""
        channel, row, column = cell
        source = self.wiring.source
        if self.kind == Kind.LOGARITHM:
            return source.fixed(cell)
        place = f"{at.top}+{row},{at.left}+{column}"
        if self.is_of_one_map:
            return f"INDEX({source.whole()},({at.map}-1)*{source.pitch}+{place})"
        (down, right), (_, height, width) = self.margin, source.shape
        padded = source.fixed_window(channel, -down, -right, height + 2 * down, width + 2 * right)
        return f"INDEX({padded},{place})"

    def kernel(self, cell: Cell, at: Chosen) -> str | None:
        """The formula of a number of the kernel; None where there is none."""
        if self.kind != Kind.SUM:
            return None
        kernels, (channel, row, column) = self.wiring.kernels, cell
        width = (len(kernels) - 1) * self.kernel_step + self.size[1]
        line = kernels[0].fixed_window(channel, row, 0, 1, width)
        return f"INDEX({line},({at.map}-1)*{self.kernel_step}+{column + 1})"

    def bias(self, at: Chosen) -> str:
        """The formula of the bias; 0 where there is none."""
        biases = self.wiring.biases
        if not biases:
            return "0"
        line = biases[0].fixed_window(0, 0, 0, 1, (len(biases) - 1) * self.kernel_step + 1)
        return f"INDEX({line},({at.map}-1)*{self.kernel_step}+1)"

    def score(self, at: Chosen) -> str:
        """The formula of the number that the logarithm is of; 0 where there is none."""
        source = self.wiring.source
        return f"INDEX({source.whole()},({at.map}-1)*{source.pitch}+1)" if self.kind == Kind.LOGARITHM else "0"

    def output(self, at: Chosen, row: str, column: str) -> str:
        """The formula of the activation, as it stands on Layers."""
        output = self.wiring.output
        return f"INDEX({output.whole()},({at.map}-1)*{output.pitch}+{row},{column})"

    def window_values(self, inputs: Array, place: Cell) -> Array:
        """The numbers of a window (channels, height, width); the place counts from 0."""
        map_, row, column = place
        (down, right), (height, width) = self.margin, self.size
        top, left = row * self.stride[0], column * self.stride[1]
        padded = np.pad(inputs, ((0, 0), (down, down), (right, right)))
        if self.kind == Kind.LOGARITHM:
            return padded
        channels = slice(map_, map_ + 1) if self.is_of_one_map else slice(None)
        return padded[channels, top : top + height, left : left + width]

    def products(self, window: Array, map_: int) -> Array:
        """What the sheet shows as its third block; a number that it leaves out is not a number."""
        operation = self.stage.operation
        if isinstance(operation, Learned):
            products: Array = window * operation.weights[map_]
            return products
        if self.kind == Kind.LARGEST:
            return np.where(window == window.max(), window, np.nan)
        return window if self.kind == Kind.MEAN else np.exp(window - window.max())


def views_of(stages: Sequence[Stage], wirings: Sequence[Wiring], sheet: str) -> list[View]:
    """The views of all stages, as formulas of another sheet than theirs name them."""
    return [View(stage, wiring.on(sheet)) for stage, wiring in zip(stages, wirings, strict=True)]


def brightest(values: Array) -> Cell:
    """The place of the largest activation."""
    channel, row, column = np.unravel_index(int(values.argmax()), values.shape)
    return int(channel), int(row), int(column)


def line_of(view: View, line: int) -> tuple[int, int] | None:
    """The map and the row in it that a line of the blocks shows, maps with a line between; None for such a line."""
    channel, row = divmod(line, view.size[0] + 1)
    return (channel, row) if channel < view.channels and row < view.size[0] else None
