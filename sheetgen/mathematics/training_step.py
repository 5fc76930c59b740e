"""The columns of a training step: the network's forward pass, the gradients derived from it, and the updates.

Source of the mathematics: Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors"
(Nature 323, 1986). A net input's gradient, δ, may have a column of its own; the update is that of `optimizers`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from sheetgen.mathematics import optimizers
from sheetgen.mathematics.derivatives import Graph, gradients, node
from sheetgen.mathematics.expression import (
    Applied,
    Column,
    Expression,
    Number,
    Setting,
    Typed,
    average,
    item,
    over_samples,
    summed,
    total,
)
from sheetgen.mathematics.kinds import LOSSES, UNITS
from sheetgen.mathematics.optimizers import rate_of, states_of
from sheetgen.mathematics.rules import RULES
from templates import (
    PLAIN,
    TOTAL_LOSS,
    Deltas,
    Layer,
    Network,
    Reduction,
    Samples,
    Training,
    delta_of,
    gradient_of,
)
from templates.training import SCHEDULED_RATE

ITERATION = "iteration"
SAMPLE = "sample"


class Group(StrEnum):
    """What a column belongs to; a group has one colour on every sheet."""

    DATA = "inputs and targets"
    PARAMETERS = "weights and biases"
    FORWARD = "forward pass"
    LOSS = "loss"
    BACKWARD = "backward pass"
    STATE = "optimizer"
    COUNT = "iteration"


@dataclass(frozen=True)
class TableColumn:
    """A column of the training table: its formula in the row of the start, and in each row after it.

    Where an iteration has several samples it is a block of rows, one a sample, and a column `per_step` has its formulas
    in the first row of each block alone.
    """

    label: str
    group: Group
    first: Expression
    then: Expression
    per_step: bool = False


def table_columns(
    network: Network, deltas: Deltas = Deltas.INLINE, training: Training = PLAIN, samples: Samples | None = None
) -> tuple[TableColumn, ...]:
    """All columns from left to right: each reads the iteration, columns before it, or those of the step before."""
    if samples is None:
        data = [TableColumn(label, Group.DATA, Setting(label), Column(label, -1)) for label in network.data]
        return (*data, *_step(network, deltas, training, _OneSample(network)))
    numbers = _everywhere(SAMPLE, Group.DATA, Typed(SAMPLE))
    data = [_everywhere(label, Group.DATA, item(Setting(label), Column(SAMPLE))) for label in network.data]
    if samples.batch == 1:
        return (numbers, *data, *_step(network, deltas, training, _OneSample(network)))
    return (numbers, *data, *_step(network.of_sample, Deltas.COLUMNS, training, _SeveralSamples(samples, network)))


@dataclass(frozen=True)
class _OneSample:
    """A step that takes one sample: its loss and its gradients are those of the step."""

    network: Network

    def whole_loss(self, of_sample: TableColumn) -> Iterator[TableColumn]:
        """What stands for the loss of the step, given that of a sample."""
        yield of_sample

    def gradient(self, parameter: str, of_sample: Expression) -> TableColumn:
        """The gradient of the step's loss, given that of the sample's."""
        return _everywhere(self.network.gradient_of(parameter), Group.BACKWARD, of_sample)


@dataclass(frozen=True)
class _SeveralSamples:
    """A step that takes several: E_total is the mean or the sum of their losses, and a gradient likewise."""

    samples: Samples
    network: Network

    def whole_loss(self, of_sample: TableColumn) -> Iterator[TableColumn]:
        """As above."""
        yield of_sample
        yield self._column(TOTAL_LOSS, Group.LOSS, Column(of_sample.label))

    def gradient(self, parameter: str, of_sample: Expression) -> TableColumn:
        """As above."""
        return self._column(gradient_of(parameter), Group.BACKWARD, of_sample)

    def _column(self, label: str, group: Group, of_sample: Expression) -> TableColumn:
        of_all = over_samples(of_sample, frozenset(self.network.parameters))
        if self.samples.reduction is Reduction.MEAN:
            is_plain = isinstance(of_all, Applied) and of_all.operation is summed
            of_all = average(*of_all.parts) if is_plain else of_all / self.samples.batch
        return TableColumn(label, group, of_all, of_all, per_step=True)


def _step(
    network: Network, deltas: Deltas, training: Training, step: _OneSample | _SeveralSamples
) -> Iterator[TableColumn]:
    forward = forward_pass(network)
    for layer in network.layers:
        for label in layer.parameters:
            yield TableColumn(label, Group.PARAMETERS, Setting(label), updated(label, layer, training), per_step=True)
        for label in _in_order(layer, forward):
            yield _everywhere(label, Group.FORWARD, forward[label].expression, forward[label].per_step)
    for label in network.losses:
        yield _everywhere(label, Group.LOSS, forward[label].expression)
    whole = network.whole_loss
    yield from step.whole_loss(_everywhere(whole, Group.LOSS, forward[whole].expression))
    nets = [net for layer in network.backward for net in layer.nets] if deltas is Deltas.COLUMNS else []
    deltas_of = {net: delta_of(net) for net in nets}
    slopes = gradients(forward, whole, deltas_of, simpler_deltas(network))
    for net, label in deltas_of.items():
        yield _everywhere(label, Group.BACKWARD, slopes.get(net, Number(0)), forward[net].per_step)
    for name in network.trained:
        yield step.gradient(name, slopes.get(name, Number(0)))
    yield from _optimizer_columns(network, training)
    yield TableColumn(ITERATION, Group.COUNT, Number(0), Column(ITERATION, -1) + Number(1), per_step=True)


def _optimizer_columns(network: Network, training: Training) -> Iterator[TableColumn]:
    """The rate of the iteration where there is a schedule, then the states, one after the other for all parameters."""
    rate = rate_of(training, Column(ITERATION))
    if rate is not None:
        yield TableColumn(SCHEDULED_RATE, Group.STATE, rate, rate, per_step=True)
    for states in zip(*(states_of(name, training) for name in network.trained), strict=True):
        yield from (TableColumn(label, Group.STATE, first, then, per_step=True) for label, first, then in states)


def _everywhere(label: str, group: Group, expression: Expression, per_step: bool = False) -> TableColumn:
    return TableColumn(label, group, expression, expression, per_step)


def updated(parameter: str, layer: Layer, training: Training, rows: int = -1) -> Expression:
    """The parameter after one step of training from those `rows`; one that is not trained stays as it was."""
    if not layer.is_trained(parameter):
        return Column(parameter, rows)
    iteration = Column(ITERATION)
    return optimizers.updated(parameter, training, rows, iteration if rows else iteration + 1)


@lru_cache(maxsize=4)  # each sheet asks for it
def forward_pass(network: Network) -> Graph:
    """What is computed of the inputs, targets and parameters, as functions of columns: net inputs to the total loss."""
    graph: Graph = {}
    for layer in network.layers:
        for unit, net in enumerate(layer.nets):
            graph[net] = node(net, net_input(layer, unit)) if layer.weights else RULES[layer.rule].column(layer, unit)
        for unit, output in enumerate(layer.outputs):
            if output not in graph:
                graph[output] = UNITS[layer.activation].column(layer.nets, layer.outputs, unit)
    last = network.layers[-1]
    for loss, target, output, net in zip(network.losses, network.targets, last.outputs, last.nets, strict=True):
        graph[loss] = LOSSES[network.loss].column(loss, target, output, net, len(network.losses))
    graph[network.whole_loss] = node(network.whole_loss, total([Column(loss) for loss in network.losses]))
    return graph


def simpler_deltas(network: Network) -> Mapping[str, Expression]:
    """The derivatives of the total loss by net inputs that are known in a simpler form than the chain rule's."""
    last, delta = network.layers[-1], LOSSES[network.loss].delta
    pairs = zip(last.nets, last.outputs, network.targets, strict=True) if delta else ()
    targets = [*map(Column, network.targets)]
    return {net: delta(Column(output), Column(target), targets) for net, output, target in pairs if delta}


def _in_order(layer: Layer, forward: Graph) -> list[str]:
    """The net inputs and outputs of a layer, each output as soon as all is there that it reads."""
    places = {net: k for k, net in enumerate(layer.nets)}
    outputs = [output for output in layer.outputs if output not in places]
    places |= {output: max(map(places.__getitem__, forward[output].slopes)) for output in outputs}
    return sorted([*layer.nets, *outputs], key=places.__getitem__)


def net_input(layer: Layer, unit: int) -> Expression:
    """Σ w·a over what feeds the unit, plus its biases; `unit` counts from 0."""
    pairs = zip(layer.weights[unit], layer.sources[unit], strict=True)
    terms = [Column(weight) * Column(source) for weight, source in pairs]
    return total(terms + [Column(bias) for bias in layer.biases_of(unit)])
