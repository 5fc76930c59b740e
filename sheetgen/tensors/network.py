"""A sequential network that looks at one image, and the numbers of one step of gradient descent on it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sheetgen.tensors.blocks import Cell
from sheetgen.tensors.operations import Array, Convolution, Learned, Operation, Shape, Wiring


@dataclass(frozen=True, eq=False)
class Folded:
    """A convolution before a batch normalisation was folded into it, and the normalisation, filter by filter."""

    weights: Array  # (filters, channels, height, width)
    bias: Array  # (filters,), as all that follow
    gamma: Array
    beta: Array
    mean: Array
    variance: Array
    epsilon: float

    @property
    def factor(self) -> Array:
        """What the weights are multiplied with."""
        factor: Array = self.gamma / np.sqrt(self.variance + self.epsilon)
        return factor

    def operation(self, padding: tuple[int, int]) -> Convolution:
        """The convolution with the normalisation in it."""
        bias = (self.bias - self.mean) * self.factor + self.beta
        return Convolution(self.weights * self.factor[:, None, None, None], bias, padding)


@dataclass(frozen=True)
class Stage:
    """A layer, with the ReLU that follows it, if any."""

    operation: Operation
    rectified: bool = False
    folded: Folded | None = None  # what a convolution is made of

    def value(self, inputs: Array) -> Array:
        """Its activations."""
        outputs = self.operation.value(inputs)
        return np.maximum(outputs, 0) if self.rectified else outputs

    def describe(self, shape: Shape) -> str:
        """What it is, for people, where it reads a shape."""
        return self.operation.describe(shape) + (", ReLU" if self.rectified else "")

    def formula(self, cell: Cell, at: Wiring) -> str:
        """The formula of an activation, without its equals sign."""
        formula = self.operation.formula(cell, at)
        return f"MAX(0,{formula})" if self.rectified else formula


PerChannel = float | Sequence[float]  # a number for all channels, or one for each


@dataclass(frozen=True)
class Network:
    """Stages of which the last is a log softmax; pixels from 0 to 1 are normalised by mean and deviation before."""

    name: str
    shape: Shape  # of the image
    stages: Sequence[Stage]
    mean: PerChannel = 0.0
    deviation: PerChannel = 1.0
    of_digits: bool = True  # whether drawings are placed as MNIST's digits are, until that is switched off

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """Of the image, and of what each stage makes."""
        shapes = [self.shape]
        for stage in self.stages:
            shapes.append(stage.operation.output_shape(shapes[-1]))
        return tuple(shapes)

    @property
    def parameters(self) -> int:
        """How many numbers it learns."""
        learned = [s.operation for s in self.stages if isinstance(s.operation, Learned)]
        return sum(one.weights.size + one.bias.size for one in learned)

    def normalisation(self, channel: int) -> tuple[float, float]:
        """The mean and the deviation of a channel's pixels."""
        mean, deviation = (np.broadcast_to(one, self.shape[0]) for one in (self.mean, self.deviation))
        return float(mean[channel]), float(deviation[channel])

    def activations(self, pixels: Array) -> list[Array]:
        """The normalised image, and the activations of each stage."""
        mean, deviation = (np.reshape(one, (-1, 1, 1)) for one in (self.mean, self.deviation))
        values: list[Array] = [(pixels - mean) / deviation]
        for stage in self.stages:
            values.append(stage.value(values[-1]))
        return values


@dataclass(frozen=True)
class Step:
    """The derivatives of the loss, −log of the target's probability, and the network after one step."""

    deltas: Sequence[Array]  # with respect to the image, and to what each stage gives before its ReLU
    gradients: Sequence[tuple[Array, Array] | None]  # of each stage, with respect to its weights and to its biases
    after: Network


def step_of(network: Network, activations: Sequence[Array], target: int, rate: float) -> Step:
    """One step of gradient descent on one image."""
    last = np.zeros_like(activations[-1])
    last[target] = -1
    deltas, gradients, after = [last], list[tuple[Array, Array] | None](), list[Stage]()
    for k, stage in reversed(list(enumerate(network.stages))):
        operation, inputs = stage.operation, activations[k]
        gradient = None
        if isinstance(operation, Learned):
            gradient = operation.gradient(deltas[0], inputs), operation.bias_gradient(deltas[0])
            moved: Operation = replace(
                operation, weights=operation.weights - rate * gradient[0], bias=operation.bias - rate * gradient[1]
            )
            stage = replace(stage, operation=moved)
        gradients.insert(0, gradient)
        after.insert(0, stage)
        below = operation.adjoint(deltas[0], inputs)
        if k and network.stages[k - 1].rectified:
            below = below * (inputs > 0)
        deltas.insert(0, below)
    return Step(deltas, gradients, replace(network, stages=after))
