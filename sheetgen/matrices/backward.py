"""The backward pass at right angles: the derivatives of the loss, from the output layer down to the first.

Source of the mathematics: Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors"
(Nature 323, 1986). δ is the derivative by a net input. Right of the δ of a layer stands the gradient of its weights,
the product of δ and of the layer's inputs, transposed, above it; below δ is its product with the transposed weights,
and right of that the δ of the layer before.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sheetgen.mathematics.training_step import Group
from sheetgen.matrices.forward import GAP, Forward, Step, Weights
from sheetgen.matrices.matrix import Labelled, Matrix, block_of, each, product, transposed
from sheetgen.matrices.net import Net, derivative_of


@dataclass(frozen=True, eq=False)
class Back:
    """A layer on the way back: its δ, its inputs transposed, and the gradients of its weights and biases."""

    deltas: Matrix
    inputs: Matrix
    ones: Matrix | None
    gradients: Weights
    turned: Matrix | None  # the weights of the next layer, transposed
    carried: Matrix | None  # the derivatives by its outputs, where these are not its net inputs

    @property
    def matrices(self) -> list[Matrix]:
        """All of them, each once."""
        found = [
            self.deltas, self.inputs, self.ones, self.gradients.weights, self.gradients.biases, self.turned,
            self.carried,
        ]  # fmt: skip
        return list({id(one): one for one in found if one is not None}.values())


def backward_at(net: Net, row: int, column: int, forward: Forward) -> list[Back]:
    """Place a backward pass and compute it; the layers are in the order of the forward pass."""
    last = len(net.layers) - 1
    column += _deltas_column(net)
    known = _labels(net, forward)
    backs: list[Back] = []
    for k in range(last, -1, -1):
        row += net.samples + 2
        after = backs[0] if backs else None
        backs.insert(0, _back(net, k, forward, after, (row, column), known))
        row += net.layers[k].units
        column = backs[0].deltas.block.column
    return backs


def _back(net: Net, k: int, forward: Forward, after: Back | None, at: tuple[int, int], known: Labelled) -> Back:
    row, column = at
    dense, step = net.layers[k], forward.steps[k]
    block = block_of(row, column, dense.units, net.samples)
    turned = carried = None
    if after is None:
        deltas = each(f"δ{k + 1}", Group.BACKWARD, block, net.last_deltas(), known)
    else:
        weights = forward.steps[k + 1].weights.weights
        place = block_of(row, column - GAP - weights.values.shape[0], *weights.values.T.shape)
        turned = transposed(f"{weights.name}ᵀ", Group.PARAMETERS, place, weights)
        name = f"δ{k + 1}" if dense.is_linear else f"∂a{k + 1}"
        deltas = carried = product(name, Group.BACKWARD, block, turned, after.deltas)
        if not dense.is_linear:
            outputs = {derivative_of(label): (carried, one) for one, label in enumerate(dense.names.outputs)}
            block = block_of(row, column + net.pitch, dense.units, net.samples)
            deltas = each(f"δ{k + 1}", Group.BACKWARD, block, net.deltas(dense), {**known, **outputs})
    return Back(deltas, *_gradients(net, k, step, deltas), turned, carried)


def _gradients(net: Net, k: int, step: Step, deltas: Matrix) -> tuple[Matrix, Matrix | None, Weights]:
    """The inputs transposed, the ones beside them, and below them the gradients, right of δ."""
    samples, inputs, units = net.samples, step.inputs.values.shape[0], net.layers[k].units
    row, column = deltas.block.row, deltas.block.column + samples + GAP
    top = row - 1 - samples
    first = transposed(f"{step.inputs.name}ᵀ", step.inputs.group, block_of(top, column, samples, inputs), step.inputs)
    weights = product(f"∂W{k + 1}", Group.BACKWARD, block_of(row, column, units, inputs), deltas, first)
    if step.ones is None:
        return first, None, Weights(weights, None)
    ones = transposed("", Group.COUNT, block_of(top, column + inputs, samples, 1), step.ones)
    biases = product(f"∂b{k + 1}", Group.BACKWARD, block_of(row, column + inputs, units, 1), deltas, ones)
    return first, ones, Weights(weights, biases)


def _labels(net: Net, forward: Forward) -> Labelled:
    """Where all numbers of the forward pass are."""
    found: dict[str, tuple[Matrix, int]] = {}

    def add(labels: Sequence[str], matrix: Matrix) -> None:
        found.update({label: (matrix, row) for row, label in enumerate(labels)})

    add(net.network.targets, forward.targets)
    for dense, step in zip(net.layers, forward.steps, strict=True):
        add(dense.names.nets, step.nets)
        add(dense.names.outputs, step.outputs)
    return found


def _deltas_column(net: Net) -> int:
    """How far right the first δ stands, so that the transposed weights of every layer have room at its left."""
    needed, shift = [0], 0
    for dense, before in zip(reversed(net.layers[1:]), reversed(net.layers[:-1]), strict=True):
        needed.append(dense.units + GAP - shift)
        shift += 0 if before.is_linear else net.pitch
    return max(needed)
