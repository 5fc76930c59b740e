"""A dense network with its numbers as matrices, made of a template; and what a sheet of matrices has room for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sheetgen.layout import LimitError
from sheetgen.mathematics.derivatives import Graph, gradients
from sheetgen.mathematics.expression import Column, Expression, product, total
from sheetgen.mathematics.training_step import forward_pass, simpler_deltas
from sheetgen.tensors.operations import Array
from templates import Activation, Layer, Network, Reduction, Template

MOST_UNITS, MOST_SAMPLES = 40, 8
MOST_FORMULAS = 60_000


@dataclass(frozen=True, eq=False)
class Dense:
    """A layer: its names, and its numbers."""

    names: Layer
    weights: Array  # (units, inputs)
    biases: Array | None  # (units, 1)

    @property
    def units(self) -> int:
        """How many it has."""
        return len(self.weights)

    @property
    def is_linear(self) -> bool:
        """Whether its outputs are its net inputs."""
        return self.names.activation is Activation.LINEAR


@dataclass(frozen=True, eq=False)
class Net:
    """A network, its samples, one in each column, and the learning rate of its step."""

    name: str
    network: Network
    inputs: Array  # (inputs, samples)
    targets: Array  # (outputs, samples)
    layers: Sequence[Dense]
    is_mean: bool  # whether the loss is the mean over the samples; else their sum
    rate: float
    all_samples: int = 1  # of which these are the first

    @property
    def pitch(self) -> int:
        """The columns from a matrix of all samples to the next one beside it; several samples keep a gap."""
        return self.samples + (self.samples > 1)

    @property
    def samples(self) -> int:
        """How many there are."""
        return int(self.inputs.shape[1])

    @property
    def sizes(self) -> tuple[int, ...]:
        """The inputs, and the units of each layer."""
        return len(self.inputs), *(layer.units for layer in self.layers)

    @property
    def parameters(self) -> int:
        """How many numbers it learns."""
        return sum(one.weights.size + (0 if one.biases is None else one.units) for one in self.layers)

    @property
    def formula_count(self) -> int:
        """How many formulas the sheet has."""
        inputs, outputs = self.sizes[0] * self.samples, self.sizes[-1] * self.samples
        of_layers = sum(self._formulas_of(k) for k in range(len(self.layers)))
        return inputs + 2 * outputs + 2 + 2 * self.parameters + of_layers  # x once more, E, the whole loss; ∂W and W′

    def _formulas_of(self, k: int) -> int:
        """Those of a layer, but of its parameters."""
        layer = self.layers[k]
        inputs, units = self.sizes[k : k + 2]
        z_and_a = 1 + (not layer.is_linear)
        forward = 2 * units * z_and_a * self.samples
        backward = (units * (1 if k == len(self.layers) - 1 else z_and_a) + inputs) * self.samples
        ones = 2 * self.samples if layer.biases is not None else 0
        return forward + backward + ones + (layer.weights.size if k else 0)  # the last are transposed weights

    @cached_property
    def graph(self) -> Graph:
        """What each unit and each loss is, over the names of a sample's numbers."""
        return forward_pass(self.network)

    def last_deltas(self) -> list[Expression]:
        """The derivatives of the loss by the net inputs of the output layer."""
        last, network = self.layers[-1].names, self.network
        graph = {label: self.graph[label] for label in (*last.outputs, *network.losses, network.whole_loss)}
        found = gradients(graph, network.whole_loss, {}, simpler_deltas(network))
        share = self.samples if self.is_mean else 1
        return [found[net] if share == 1 else found[net] / share for net in last.nets]

    def deltas(self, layer: Dense) -> list[Expression]:
        """Those by the net inputs of a hidden layer, made of those by its outputs."""
        names = layer.names
        return [
            total([
                product([Column(derivative_of(output)), *self.graph[output].slopes[net]])
                for output in names.outputs
                if net in self.graph[output].slopes
            ])
            for net in names.nets
        ]  # fmt: skip


def derivative_of(output: str) -> str:
    """The label of the derivative of the loss by a unit's output."""
    return f"∂E/∂{output}"


def net_of(template: Template, name: str) -> Net:
    """The net of a template with dense layers. Raises LimitError."""
    network, start = template.network, template.start
    if template.samples is None:
        rows, is_mean = [[start[label] for label in (*network.inputs, *network.targets)]], True
    else:
        rows, is_mean = [*map(list, template.samples.rows)], template.samples.reduction is Reduction.MEAN
    data = _rounded(np.array(rows).T)
    count = len(network.inputs)
    layers = [_dense(layer, start) for layer in network.layers]
    check_widths(name, [count, *(len(layer.nets) for layer in network.layers)])
    net = Net(name, network, data[:count], data[count:], layers, is_mean, template.learning_rates[0])
    _check_size(net)
    return net


def check_widths(name: str, widths: Iterable[int]) -> None:
    """Refuse, before any work, a network with more numbers in a layer than can be read. Raises LimitError."""
    widest = max(widths)
    if widest > MOST_UNITS:
        raise LimitError(
            f"{name} has a layer of {widest:,} numbers; matrices can be read up to {MOST_UNITS}: "
            "take a smaller network, or leave --layout out"
        )


def _dense(layer: Layer, start: Mapping[str, float]) -> Dense:
    weights = np.array([[start[name] for name in row] for row in layer.weights])
    biases = np.array([[start[name]] for name in layer.biases]) if layer.biases else None
    return Dense(layer, _rounded(weights), None if biases is None else _rounded(biases))


def _check_size(net: Net) -> None:
    count = net.formula_count
    if count > MOST_FORMULAS:
        raise LimitError(
            f"{net.name} would need {count:,} formulas; matrices can be read up to {MOST_FORMULAS:,}: "
            "take fewer layers, or leave --layout out"
        )


def _rounded(array: Array) -> Array:
    """As XlsxWriter writes numbers, with 16 digits: what the workbook then computes with."""
    return np.array([float(f"{number:.16G}") for number in array.ravel()]).reshape(array.shape)
