"""The columns of a training step: the network's forward pass, the gradients derived from it, and the updates.

Source of the mathematics: Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors"
(Nature 323, 1986). A net input's gradient, δ, may have a column of its own; the update is w − η·∂E_t/∂w.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from sheetgen.mathematics.derivatives import Graph, gradients, node
from sheetgen.mathematics.expression import Column, Expression, Number, Setting, total
from sheetgen.mathematics.kinds import LOSSES, UNITS
from sheetgen.mathematics.rules import RULES
from templates import (
    LEARNING_RATE,
    PLAIN,
    TOTAL_LOSS,
    Deltas,
    Layer,
    Network,
    Training,
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


def table_columns(
    network: Network, deltas: Deltas = Deltas.INLINE, training: Training = PLAIN
) -> tuple[TableColumn, ...]:
    """All columns from left to right: each reads only columns before it, or those of the row above."""
    return tuple(_columns(network, deltas, training))


def _columns(network: Network, deltas: Deltas, training: Training) -> Iterator[TableColumn]:
    forward = forward_pass(network)
    for label in network.targets + network.inputs:
        yield TableColumn(label, Group.DATA, Setting(label), Column(label, -1))
    for layer in network.layers:
        for label in layer.parameters:
            yield TableColumn(label, Group.PARAMETERS, Setting(label), updated(label, layer))
        for pair in layer.columns:
            yield from (_everywhere(label, Group.FORWARD, forward[label].expression) for label in pair)
    for label in (*network.losses, TOTAL_LOSS):
        yield _everywhere(label, Group.LOSS, forward[label].expression)
    nets = [net for layer in network.backward for net in layer.nets] if deltas is Deltas.COLUMNS else []
    labels = {net: delta_of(net) for net in nets} | {name: gradient_of(name) for name in network.trained}
    slopes = gradients(forward, TOTAL_LOSS, labels)
    for name, label in labels.items():
        yield _everywhere(label, Group.BACKWARD, slopes.get(name, Number(0)))
    yield TableColumn(ITERATION, Group.COUNT, Number(0), Column(ITERATION, -1) + Number(1))


def _everywhere(label: str, group: Group, expression: Expression) -> TableColumn:
    return TableColumn(label, group, expression, expression)


def updated(parameter: str, layer: Layer, rows: int = -1) -> Expression:
    """The parameter after one step of gradient descent from those `rows`; one that is not trained stays as it was."""
    before = Column(parameter, rows)
    if not layer.is_trained(parameter):
        return before
    return before - Setting(LEARNING_RATE) * Column(gradient_of(parameter), rows)


@lru_cache(maxsize=4)  # each sheet asks for it
def forward_pass(network: Network) -> Graph:
    """What is computed of the inputs, targets and parameters, as functions of columns: net inputs to the total loss."""
    graph: Graph = {}
    for layer in network.layers:
        kind = UNITS[layer.activation]
        for unit, (net, output) in enumerate(zip(layer.nets, layer.outputs, strict=True)):
            graph[net] = node(net, net_input(layer, unit)) if layer.weights else RULES[layer.rule].column(layer, unit)
            if output != net:
                graph[output] = kind.column(net, output)
    for target, output, loss in zip(network.targets, network.layers[-1].outputs, network.losses, strict=True):
        graph[loss] = LOSSES[network.loss].column(loss, target, output, len(network.losses))
    graph[TOTAL_LOSS] = node(TOTAL_LOSS, total([Column(loss) for loss in network.losses]))
    return graph


def net_input(layer: Layer, unit: int) -> Expression:
    """Σ w·a over what feeds the unit, plus its bias; `unit` counts from 0."""
    pairs = zip(layer.weights[unit], layer.sources[unit], strict=True)
    terms = [Column(weight) * Column(source) for weight, source in pairs]
    return total(terms + [Column(bias) for bias in layer.biases[unit : unit + 1]])
