"""The columns of a training step, derived from the network by the chain rule.

Source of the mathematics: Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors"
(Nature 323, 1986). With E_total = Σ E_k, a net input's gradient δ is (a − t)·f′ at an output and (Σ δ·w)·f′ at a
hidden unit, the sum over the units it feeds; a weight's gradient is its unit's δ times what the weight carries, and
the update is w − η·∂E_t/∂w.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from sheetgen.mathematics.expression import Column, Expression, Number, Setting, exp, product, relu, step, tanh, total
from templates import (
    LEARNING_RATE,
    TOTAL_LOSS,
    Activation,
    Deltas,
    Layer,
    Network,
    delta_of,
    gradient_of,
)

ITERATION = "iteration"


class Group(StrEnum):
    """What a column belongs to; a group has one colour on every sheet."""

    DATA = "inputs and targets"
    PARAMETERS = "weights and biases"
    FORWARD = "forward pass"
    LOSS = "loss"
    BACKWARD = "backward pass"
    COUNT = "iteration"


@dataclass(frozen=True)
class TableColumn:
    """A column of the training table: its formula in the row of the start, and in each row after it."""

    label: str
    group: Group
    first: Expression
    then: Expression


def table_columns(network: Network, deltas: Deltas = Deltas.INLINE) -> tuple[TableColumn, ...]:
    """All columns from left to right: each reads only columns before it, or those of the row above."""
    return tuple(_columns(network, deltas))


def _columns(network: Network, deltas: Deltas) -> Iterator[TableColumn]:
    for label in network.targets + network.inputs:
        yield TableColumn(label, Group.DATA, Setting(label), Column(label, -1))
    for layer in network.layers:
        for label in layer.parameters:
            yield TableColumn(label, Group.PARAMETERS, Setting(label), updated(label, layer))
        for unit, (net, output) in enumerate(zip(layer.nets, layer.outputs, strict=True)):
            yield _everywhere(net, Group.FORWARD, net_input(layer, unit))
            yield _everywhere(output, Group.FORWARD, activation(layer.activation, Column(net)))
    for target, output, loss in zip(network.targets, network.layers[-1].outputs, network.losses, strict=True):
        yield _everywhere(loss, Group.LOSS, half_squared_error(target, output))
    yield _everywhere(TOTAL_LOSS, Group.LOSS, total([Column(loss) for loss in network.losses]))
    for label, expression in backward(network, deltas).items():
        yield _everywhere(label, Group.BACKWARD, expression)
    yield TableColumn(ITERATION, Group.COUNT, Number(0), Column(ITERATION, -1) + Number(1))


def _everywhere(label: str, group: Group, expression: Expression) -> TableColumn:
    return TableColumn(label, group, expression, expression)


def updated(parameter: str, layer: Layer, rows: int = -1) -> Expression:
    """The parameter after one step of gradient descent from those `rows`; one that is not trained stays as it was."""
    before = Column(parameter, rows)
    if not layer.is_trained(parameter):
        return before
    return before - Setting(LEARNING_RATE) * Column(gradient_of(parameter), rows)


def net_input(layer: Layer, unit: int) -> Expression:
    """Σ w·a over what feeds the unit, plus its bias; `unit` counts from 0."""
    terms = [Column(weight) * Column(source) for weight, source in zip(layer.weights[unit], layer.sources, strict=True)]
    return total(terms + [Column(bias) for bias in layer.biases[unit : unit + 1]])


def activation(kind: Activation, net: Expression) -> Expression:
    """What a unit makes of its net input."""
    match kind:
        case Activation.SIGMOID:
            return Number(1) / (Number(1) + exp(-net))
        case Activation.TANH:
            return tanh(net)
        case Activation.RELU:
            return relu(net)
        case Activation.LINEAR:
            return net


def slope(kind: Activation, output: Expression) -> list[Expression]:
    """The factors of the activation's derivative, in terms of the activation itself; none where it is 1."""
    match kind:
        case Activation.SIGMOID:
            return [output, Number(1) - output]
        case Activation.TANH:
            return [Number(1) - output ** Number(2)]
        case Activation.RELU:
            return [step(output)]
        case Activation.LINEAR:
            return []


def half_squared_error(target: str, output: str) -> Expression:
    """½(t − a)²"""
    return Number(0.5) * (Column(target) - Column(output)) ** Number(2)


def backward(network: Network, deltas: Deltas) -> dict[str, Expression]:
    """The gradients by their labels; before them, where they have columns of their own, the deltas from the output on.

    A layer's deltas are lists of factors, so that what uses one continues its product: `(a_o1-t1)*a_o1*(1-a_o1)*w5`.
    """
    columns: dict[str, Expression] = {}
    gradients: dict[str, Expression] = {}
    following: list[list[Expression]] = []  # the deltas of the layer that this one feeds
    for number in reversed(range(len(network.layers))):
        layer = network.layers[number]
        if number == len(network.layers) - 1:
            factors = _output_deltas(network)
        else:
            factors = _hidden_deltas(layer, network.layers[number + 1], following)
        if deltas is Deltas.COLUMNS:
            labels = [delta_of(net) for net in layer.nets]
            columns |= dict(zip(labels, map(product, factors), strict=True))
            factors = [[Column(label)] for label in labels]
        gradients |= _layer_gradients(layer, factors)
        following = factors
    return columns | {gradient_of(name): gradients[gradient_of(name)] for name in network.trained}


def _output_deltas(network: Network) -> list[list[Expression]]:
    layer = network.layers[-1]
    return [
        [Column(output) - Column(target), *slope(layer.activation, Column(output))]
        for target, output in zip(network.targets, layer.outputs, strict=True)
    ]


def _hidden_deltas(layer: Layer, fed: Layer, following: list[list[Expression]]) -> list[list[Expression]]:
    result = []
    for unit, output in enumerate(layer.outputs):
        arriving = total([product([*delta, Column(fed.weights[k][unit])]) for k, delta in enumerate(following)])
        own = slope(layer.activation, Column(output))
        result.append([arriving, product(own)] if own else [arriving])
    return result


def _layer_gradients(layer: Layer, deltas: list[list[Expression]]) -> dict[str, Expression]:
    gradients = {}
    for delta, row in zip(deltas, layer.weights, strict=True):
        for weight, source in zip(row, layer.sources, strict=True):
            gradients[gradient_of(weight)] = product([*delta, Column(source)])
    for bias in layer.bias_names if layer.trained_bias else ():
        sharing = [product(delta) for delta, name in zip(deltas, layer.biases, strict=True) if name == bias]
        gradients[gradient_of(bias)] = total(sharing)
    return gradients
