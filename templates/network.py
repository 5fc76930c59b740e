"""The network a workbook trains, and the names of everything in it.

The names are the vocabulary that the sheets, the oracle, the reports and the plots share. Units and weights
are numbered from 1, layer by layer; a layer's weights are numbered row-major, one row a unit: in a 2-2-2 net
`w1 w2` feed `h1`, `w3 w4` feed `h2`, `w5 w6` feed `o1`, `w7 w8` feed `o2`. Hidden units keep counting
from one hidden layer to the next.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

LEARNING_RATE = "η"
TOTAL_LOSS = "E_total"
SAMPLE_LOSS = "E"  # of one of the samples of a step


class Activation(StrEnum):
    """What a unit makes of its net input, or of those of its layer."""

    SIGMOID = "sigmoid"
    TANH = "tanh"
    RELU = "relu"
    LINEAR = "linear"
    LEAKY_RELU = "leaky relu"
    SOFTPLUS = "softplus"
    SILU = "silu"
    GELU = "gelu"
    SOFTMAX = "softmax"  # of all net inputs of its layer


class Bias(StrEnum):
    """How many biases a layer has: none, one that all its units share, or one a unit."""

    NONE = "none"
    SHARED = "shared"
    PER_UNIT = "per unit"


class Loss(StrEnum):
    """How far an output is from its target; the total is the sum over the outputs."""

    HALF_SQUARED_ERROR = "half squared error"
    MEAN_SQUARED_ERROR = "mean squared error"  # the part of one output: its square over their number
    BINARY_CROSS_ENTROPY = "binary cross-entropy"
    CATEGORICAL_CROSS_ENTROPY = "categorical cross-entropy"


@dataclass(frozen=True)
class LayerSize:
    """A layer as one asks for it: how many units, of which kind, with which biases."""

    units: int
    activation: Activation = Activation.SIGMOID
    bias: Bias = Bias.NONE
    trained_bias: bool = True


@dataclass(frozen=True)
class Layer:
    """A layer with the names of all its parts; every tuple runs over its units.

    `weights[unit][source]` names the weight from `sources[source]` to the unit; `biases` repeats one name where
    the layer shares it, and is empty where there is none.
    """

    activation: Activation
    sources: tuple[str, ...]
    nets: tuple[str, ...]
    outputs: tuple[str, ...]
    weights: tuple[tuple[str, ...], ...]
    biases: tuple[str, ...]
    trained_bias: bool

    @property
    def bias_names(self) -> tuple[str, ...]:
        """The layer's biases, each once."""
        return tuple(dict.fromkeys(self.biases))

    @property
    def parameters(self) -> tuple[str, ...]:
        """The layer's weights, then its biases, each once."""
        return tuple(name for row in self.weights for name in row) + self.bias_names

    @property
    def trained(self) -> tuple[str, ...]:
        """Those of the parameters that the training updates."""
        return tuple(name for name in self.parameters if self.is_trained(name))

    def is_trained(self, parameter: str) -> bool:
        """Whether the training updates a parameter of the layer."""
        return self.trained_bias or parameter not in self._bias_set

    @cached_property
    def _bias_set(self) -> frozenset[str]:
        return frozenset(self.biases)


@dataclass(frozen=True)
class Network:
    """A fully connected network: how many inputs, and its layers from the first hidden one to the output."""

    input_count: int
    sizes: tuple[LayerSize, ...]
    loss: Loss = Loss.HALF_SQUARED_ERROR
    whole_loss: str = TOTAL_LOSS  # the name of the sum of all outputs' losses

    @property
    def of_sample(self) -> "Network":
        """The same for one sample of several, whose loss is not that of the step."""
        return replace(self, whole_loss=SAMPLE_LOSS)

    def gradient_of(self, label: str) -> str:
        """The name of the gradient of the whole loss with respect to a column."""
        return gradient_of(label) if self.whole_loss == TOTAL_LOSS else f"∂{self.whole_loss}/∂{label}"

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """`i1 i2 …`"""
        return numbered("i", self.input_count)

    @cached_property
    def targets(self) -> tuple[str, ...]:
        """`t1 t2 …`, one an output."""
        return numbered("t", self.sizes[-1].units)

    @property
    def data(self) -> tuple[str, ...]:
        """The targets and the inputs, as the columns of a table stand."""
        return self.targets + self.inputs

    @cached_property
    def losses(self) -> tuple[str, ...]:
        """`E1 E2 …`, one an output."""
        return numbered("E", self.sizes[-1].units)

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """The layers, named; the last one is the output layer."""
        return tuple(self._named_layers())

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """All weights and biases, layer by layer."""
        return tuple(name for layer in self.layers for name in layer.parameters)

    @cached_property
    def trained(self) -> tuple[str, ...]:
        """The parameters that have a gradient: all weights `w1 w2 …`, then the trained biases `b1 b2 …`."""
        names = [name for layer in self.layers for name in layer.trained]
        return tuple(sorted(names, key=lambda name: name[0] != "w"))

    def describe(self) -> str:
        """One phrase for people: the units a layer and their activations, as in `2-2-2 sigmoid`."""
        shape = "-".join(str(units) for units in (self.input_count, *(size.units for size in self.sizes)))
        kinds = list(dict.fromkeys(size.activation.value for size in self.sizes))
        if len(kinds) > 1:
            kinds = [size.activation.value for size in self.sizes]
        biases = "" if all(size.bias is Bias.NONE for size in self.sizes) else " with biases"
        loss = "" if self.loss is Loss.HALF_SQUARED_ERROR else f", {self.loss}"
        return f"{shape} {'-'.join(kinds)}{biases}{loss}"

    def _named_layers(self) -> Iterator[Layer]:
        sources, units, weights, biases = self.inputs, 0, 0, 0
        for number, size in enumerate(self.sizes, 1):
            last = number == len(self.sizes)
            first_unit = 0 if last else units
            nets = numbered("o" if last else "h", size.units, first_unit)
            names = numbered("w", size.units * len(sources), weights)
            count = {Bias.NONE: 0, Bias.SHARED: 1, Bias.PER_UNIT: size.units}[size.bias]
            bias_names = numbered("b", count, biases)
            yield Layer(
                activation=size.activation,
                sources=sources,
                nets=nets,
                outputs=tuple(activation_of(net) for net in nets),
                weights=tuple(names[k : k + len(sources)] for k in range(0, len(names), len(sources))),
                biases=bias_names * size.units if size.bias is Bias.SHARED else bias_names,
                trained_bias=size.trained_bias,
            )
            sources = tuple(activation_of(net) for net in nets)
            units, weights, biases = units + size.units, weights + len(names), biases + count


def numbered(letter: str, count: int, already: int = 0) -> tuple[str, ...]:
    """`count` names from 1 on, or from the one after those `already` given: `numbered("w", 2, 4)` is `w5 w6`."""
    return tuple(f"{letter}{number}" for number in range(already + 1, already + count + 1))


def activation_of(net: str) -> str:
    """The name of a unit's activation, given the name of its net input: `a_h1` of `h1`."""
    return f"a_{net}"


def gradient_of(parameter: str) -> str:
    """The name of the gradient of the total loss with respect to a parameter: `∂E_t/∂w1` of `w1`."""
    return f"∂E_t/∂{parameter}"


def delta_of(net: str) -> str:
    """The name of the gradient of the total loss with respect to a net input: `δ_h1` of `h1`."""
    return f"δ_{net}"
