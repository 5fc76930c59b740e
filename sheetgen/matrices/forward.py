"""The forward pass at right angles: each layer's weights left of its net inputs, and above these what they multiply.

A layer's outputs stand right of its net inputs, and below them the next layer, so that the whole runs down in steps.
The biases are one more column of the weights, and what they multiply is a row of ones.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from sheetgen.mathematics.training_step import Group
from sheetgen.matrices.matrix import Labelled, Matrix, above, beside, block_of, copied, each, product
from sheetgen.matrices.net import Dense, Net
from sheetgen.tensors.operations import Array

GAP = 1  # columns between the weights and what they make


@dataclass(frozen=True, eq=False)
class Weights:
    """A layer's, and its biases where it has any."""

    weights: Matrix
    biases: Matrix | None

    @property
    def whole(self) -> Matrix:
        """Both side by side."""
        return beside(self.weights, self.biases)


@dataclass(frozen=True, eq=False)
class Step:
    """A layer: its weights, its net inputs, its outputs, and the ones below its inputs."""

    weights: Weights
    inputs: Matrix
    ones: Matrix | None
    nets: Matrix
    outputs: Matrix  # the net inputs themselves where it is linear

    @property
    def top(self) -> Matrix:
        """What the weights multiply."""
        return above(self.inputs, self.ones)


@dataclass(frozen=True, eq=False)
class Forward:
    """A forward pass, from the inputs to the losses of each output."""

    inputs: Matrix
    steps: Sequence[Step]
    targets: Matrix
    losses: Matrix

    @property
    def matrices(self) -> list[Matrix]:
        """All of them, each once."""
        found: list[Matrix | None] = [self.inputs, self.targets, self.losses]
        for step in self.steps:
            found += [step.weights.weights, step.weights.biases, step.ones, step.nets, step.outputs]
        return list({id(one): one for one in found if one is not None}.values())


@dataclass(frozen=True)
class Place:
    """Where a forward pass stands, and the sign behind the names of its matrices."""

    row: int  # of the first heading
    column: int
    sign: str = ""


@dataclass(frozen=True, eq=False)
class Given:
    """What a forward pass starts with: each makes a matrix in a place."""

    inputs: Callable[[int, int], Matrix]
    weights: Callable[[int, int, int], Weights]  # of a layer, counted from 0
    ones: Callable[[int, int, int], Matrix]  # below the inputs of a layer
    targets: Callable[[int, int], Matrix]


def forward_at(net: Net, place: Place, given: Given) -> Forward:
    """Place a forward pass and compute it."""
    row, column = place.row + 1, place.column + _inputs_column(net)
    values = given.inputs(row, column)
    first, known, steps = values, _labelled(net.network.inputs, values), list[Step]()
    for k, dense in enumerate(net.layers):
        row += dense.weights.shape[1]
        ones = None if dense.biases is None else given.ones(k, row, column)
        row += 1 if ones is None else 2
        width = dense.weights.shape[1] + (dense.biases is not None)
        weights = given.weights(k, row, column - GAP - width)
        step, known = _step(net, k, place.sign, weights, (values, ones), (row, column), known)
        steps.append(step)
        values = step.outputs
        column = values.block.column
    targets = given.targets(row, column + net.pitch)
    known = {**known, **_labelled(net.network.targets, targets)}
    losses = _losses(net, place.sign, targets if not place.sign else values, known)
    return Forward(first, steps, targets, losses)


def _step(
    net: Net, k: int, sign: str, weights: Weights, inputs: tuple[Matrix, Matrix | None], at: tuple[int, int],
    known: Labelled,
) -> tuple[Step, Labelled]:  # fmt: skip
    """A layer, and where all is that was known before it or that it makes."""
    dense, (row, column) = net.layers[k], at
    block = block_of(row, column, dense.units, net.samples)
    nets = product(f"z{k + 1}{sign}", Group.FORWARD, block, weights.whole, above(*inputs))
    known = {**known, **_labelled(dense.names.nets, nets)}
    outputs = nets if dense.is_linear else _outputs(net, dense, f"a{k + 1}{sign}", nets, known)
    return Step(weights, *inputs, nets, outputs), {**known, **_labelled(dense.names.outputs, outputs)}


def _outputs(net: Net, dense: Dense, name: str, nets: Matrix, known: Labelled) -> Matrix:
    block = block_of(nets.block.row, nets.block.column + net.pitch, dense.units, net.samples)
    return each(name, Group.FORWARD, block, [net.graph[one].expression for one in dense.names.outputs], known)


def _losses(net: Net, sign: str, before: Matrix, known: Labelled) -> Matrix:
    """Those of each output, right of a matrix."""
    losses = [net.graph[loss].expression for loss in net.network.losses]
    block = block_of(before.block.row, before.block.column + net.pitch, len(losses), net.samples)
    return each(f"E{sign}", Group.LOSS, block, losses, known)


def _labelled(labels: Sequence[str], matrix: Matrix) -> Labelled:
    return {label: (matrix, row) for row, label in enumerate(labels)}


def _inputs_column(net: Net) -> int:
    """How far right the inputs stand, so that the weights of every layer have room at their left."""
    needed, shift = [0], 0
    for dense in net.layers:
        needed.append(dense.weights.shape[1] + (dense.biases is not None) + GAP - shift)
        shift += 0 if dense.is_linear else net.pitch
    return max(needed)


def typed(net: Net) -> Given:
    """The numbers that are typed: the samples, the weights, and the ones."""
    samples = net.samples

    def weights(k: int, row: int, column: int) -> Weights:
        dense = net.layers[k]
        units, inputs = dense.weights.shape
        first = Matrix(f"W{k + 1}", Group.PARAMETERS, block_of(row, column, units, inputs), dense.weights)
        if dense.biases is None:
            return Weights(first, None)
        block = block_of(row, column + inputs, units, 1)
        return Weights(first, Matrix(f"b{k + 1}", Group.PARAMETERS, block, dense.biases))

    def data(name: str, values: Array, row: int, column: int) -> Matrix:
        return Matrix(name, Group.DATA, block_of(row, column, *values.shape), values, editable=True)

    return Given(
        lambda row, column: data("x", net.inputs, row, column),
        weights,
        lambda _, row, column: Matrix("", Group.COUNT, block_of(row, column, 1, samples), np.ones((1, samples))),
        lambda row, column: data("t", net.targets, row, column),
    )


def once_more(net: Net, first: Forward, moved: Callable[[int, int, int], Weights]) -> Given:
    """What the same forward pass starts with after a step: the samples once more, and weights that are moved."""
    samples = net.samples
    before = {k: step.ones for k, step in enumerate(first.steps) if step.ones is not None}

    def ones(k: int, row: int, column: int) -> Matrix:
        return copied("", Group.COUNT, block_of(row, column, 1, samples), before[k])

    return Given(
        lambda row, column: copied("x", Group.DATA, block_of(row, column, *net.inputs.shape), first.inputs),
        moved,
        ones,
        lambda *_: first.targets,
    )
