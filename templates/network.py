"""The network a workbook trains, and the names of everything in it.

The names are the vocabulary that the sheets, the oracle, the reports and the plots share. Units and weights
are numbered from 1, layer by layer; a layer's weights are numbered row-major, one row a unit: in a 2-2-2 net
`w1 w2` feed `h1`, `w3 w4` feed `h2`, `w5 w6` feed `o1`, `w7 w8` feed `o2`. Hidden units keep counting
from one hidden layer to the next. A layer is wired unit by unit, so that a weight may stand at several units, that of
a kernel at each of its windows. A unit without an activation has one column, named for what it is: `p1` is pooled, `q1`
a query (`templates.wiring` has all of these).
"""

from abc import ABC, abstractmethod
from collections import Counter
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


class Rule(StrEnum):
    """What a unit is of its sources, before its activation."""

    WEIGHTED_SUM = "weighted sum"
    MAXIMUM = "maximum"
    MEAN = "mean"
    PRODUCTS = "sum of products"  # of the first source and the second, the third and the fourth …
    SCALED_PRODUCTS = "scaled product"  # the same over the root of their number
    SOFTMAX = "softmax"  # the share of one of the sources in all: the constant says which, from 0
    COMPARISON = "comparison"  # 1 where the source is the unit's constant, else 0
    BATCH_MEAN = "batch mean"  # of the sources over all samples of a step: the constant says how many numbers these are
    BATCH_VARIANCE = "batch variance"  # of all sources but the last, which is their mean; the constant as above
    NORMALISED = "normalised"  # of a number, its mean and its variance: the constant is ε


Matrix = tuple[tuple[str, ...], ...]  # of names, by rows


@dataclass(frozen=True)
class Layer:
    """A layer with the names of all its parts; every tuple but `matrices` and `masks` runs over its units.

    `weights[unit][k]` names the weight that multiplies `sources[unit][k]`, and is empty where the `rule` has none; a
    name may stand at several units. `biases` names that of each unit, and is empty where there is none. Where a unit
    has no activation, its net input is its output, and has the same name. `matrices` are the layer's own weights as one
    writes them: one row a unit, or a kernel each; a layer that uses those of an earlier one has none of its own.
    """

    activation: Activation
    sources: Matrix
    nets: tuple[str, ...]
    outputs: tuple[str, ...]
    weights: Matrix = ()
    biases: tuple[str, ...] = ()
    trained_bias: bool = True
    matrices: tuple[Matrix, ...] = ()
    recurrent_biases: tuple[str, ...] = ()  # a second one of each unit, as recurrent layers of PyTorch have it
    masks: tuple[str, ...] = ()  # numbers that are given, and never trained
    rule: Rule = Rule.WEIGHTED_SUM
    constants: tuple[float, ...] = ()  # of a rule that has them
    shape: tuple[int, ...] = ()  # of the outputs: units, or channels, rows and columns
    kind: str = "dense"

    @property
    def columns(self) -> Matrix:
        """The columns of each unit: its net input and its activation, or the one that is both."""
        return tuple(tuple(dict.fromkeys(pair)) for pair in zip(self.nets, self.outputs, strict=True))

    @cached_property
    def feeding(self) -> tuple[str, ...]:
        """All that the units read, each once."""
        return tuple(dict.fromkeys(name for row in self.sources for name in row))

    @property
    def is_dense(self) -> bool:
        """Whether each unit has an activation, and its own weight for each of the same sources."""
        return self.kind == "dense"

    @property
    def is_scaling(self) -> bool:
        """Whether each unit has a single source, a scale for its weight and a shift for its bias."""
        return self.kind == "batch norm"

    @property
    def is_statistic(self) -> bool:
        """Whether its units are numbers of a step, made of all of its samples."""
        return self.rule in (Rule.BATCH_MEAN, Rule.BATCH_VARIANCE)

    @property
    def bias_names(self) -> tuple[str, ...]:
        """The layer's own biases, each once."""
        return tuple(dict.fromkeys(self.biases + self.recurrent_biases)) if self.matrices else ()

    def biases_of(self, unit: int) -> tuple[str, ...]:
        """What is added at a unit, which counts from 0."""
        return self.biases[unit : unit + 1] + self.recurrent_biases[unit : unit + 1]

    @property
    def parameters(self) -> tuple[str, ...]:
        """The layer's own weights, then its biases and masks, each once."""
        weights = tuple(name for matrix in self.matrices for row in matrix for name in row)
        return weights + self.bias_names + self.masks

    @property
    def trained(self) -> tuple[str, ...]:
        """Those of the parameters that the training updates."""
        return tuple(name for name in self.parameters if self.is_trained(name))

    def is_trained(self, parameter: str) -> bool:
        """Whether the training updates a parameter of the layer."""
        return parameter not in self._untrained

    @cached_property
    def _untrained(self) -> frozenset[str]:
        return frozenset(self.masks if self.trained_bias else self.masks + self.bias_names)


@dataclass(frozen=True)
class Block:
    """What a layer hands on: names, row-major in a shape."""

    names: tuple[str, ...]
    shape: tuple[int, ...]


class Names:
    """Gives the names of a network, counted for each letter."""

    def __init__(self) -> None:
        self._given: Counter[str] = Counter()

    def take(self, letter: str, count: int) -> tuple[str, ...]:
        """The next `count` names."""
        names = numbered(letter, count, self._given[letter])
        self._given[letter] += count
        return names

    def matrix(self, letter: str, rows: int, columns: int) -> Matrix:
        """The next names, row-major."""
        return in_rows(self.take(letter, rows * columns), columns)


class Plan(ABC):
    """A layer as one asks for it."""

    @abstractmethod
    def wire(self, before: Block, names: Names, letter: str) -> tuple[tuple[Layer, ...], Block]:
        """The layers that it makes, and what they hand on; `letter` is that of its net inputs."""

    @abstractmethod
    def describe(self) -> str:
        """One phrase for people."""


@dataclass(frozen=True)
class LayerSize(Plan):
    """A dense layer: how many units, of which kind, with which biases."""

    units: int
    activation: Activation = Activation.SIGMOID
    bias: Bias = Bias.NONE
    trained_bias: bool = True

    def wire(self, before: Block, names: Names, letter: str) -> tuple[tuple[Layer, ...], Block]:
        """One layer, in which each unit reads all that is handed on."""
        nets, weights = names.take(letter, self.units), names.matrix("w", self.units, len(before.names))
        layer = Layer(
            activation=self.activation,
            sources=(before.names,) * self.units,
            nets=nets,
            outputs=tuple(map(activation_of, nets)),
            weights=weights,
            biases=biases_of(self.bias, self.units, names),
            trained_bias=self.trained_bias,
            matrices=(weights,),
            shape=(self.units,),
        )
        return (layer,), Block(layer.outputs, layer.shape)

    def describe(self) -> str:
        """The units and their activation: `2 sigmoid`."""
        return f"{self.units} {self.activation}"


@dataclass(frozen=True)
class Network:
    """A network: how many inputs, and its layers from the first one to the output; each reads what comes before it.

    `input_shape` is that of the inputs where they are more than a list: channels, rows and columns, or tokens and the
    numbers of each.
    """

    input_count: int
    sizes: tuple[Plan, ...]
    loss: Loss = Loss.HALF_SQUARED_ERROR
    input_shape: tuple[int, ...] = ()
    whole_loss: str = TOTAL_LOSS  # the name of the sum of all outputs' losses

    @property
    def of_sample(self) -> "Network":
        """The same for one sample of several, whose loss is not that of the step."""
        return replace(self, whole_loss=SAMPLE_LOSS)

    def gradient_of(self, label: str) -> str:
        """The name of the gradient of the whole loss with respect to a column.

        Where samples share statistics, what moves in one of them moves the losses of all: it is that of their sum, and
        of a parameter the part that comes in this sample.
        """
        if self.whole_loss == TOTAL_LOSS:
            return gradient_of(label)
        return f"∂{'Σ' if self.mixes_samples else ''}{self.whole_loss}/∂{label}"

    @cached_property
    def mixes_samples(self) -> bool:
        """Whether what is computed of a sample depends on the others of its step."""
        return any(layer.is_statistic for layer in self.layers)

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """`i1 i2 …`"""
        return numbered("i", self.input_count)

    @cached_property
    def targets(self) -> tuple[str, ...]:
        """`t1 t2 …`, one an output."""
        return numbered("t", len(self.layers[-1].outputs))

    @property
    def data(self) -> tuple[str, ...]:
        """The targets and the inputs, as the columns of a table stand."""
        return self.targets + self.inputs

    @cached_property
    def losses(self) -> tuple[str, ...]:
        """`E1 E2 …`, one an output."""
        return numbered("E", len(self.layers[-1].outputs))

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """The layers, named; the last one is the output layer."""
        return tuple(layer for layers, _ in self._wired for layer in layers)

    @property
    def stages(self) -> tuple[tuple[str, Block], ...]:
        """What each of the layers that were asked for is in words, and what it hands on; before them the inputs."""
        handed_on = ((size.describe(), block) for size, (_, block) in zip(self.sizes, self._wired, strict=True))
        return (("inputs", self._given), *handed_on)

    @cached_property
    def backward(self) -> tuple[Layer, ...]:
        """The layers that depend on weights, from the output back: the others need no gradients."""
        found, moving = list[Layer](), set[str]()
        for layer in self.layers:
            if layer.weights or not moving.isdisjoint(layer.feeding):
                found.append(layer)
                moving.update(layer.outputs)
        return tuple(reversed(found))

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """All weights and biases, layer by layer."""
        return tuple(name for layer in self.layers for name in layer.parameters)

    @cached_property
    def trained(self) -> tuple[str, ...]:
        """The parameters that have a gradient: all weights `w1 w2 …`, then the others, as biases `b1 b2 …`."""
        names = [name for layer in self.layers for name in layer.trained]
        return tuple(sorted(names, key=lambda name: name[0] != "w"))

    @cached_property
    def is_dense(self) -> bool:
        """Whether all layers are."""
        return all(layer.is_dense for layer in self.layers)

    def describe(self) -> str:
        """One phrase for people: the units a layer and their activations, as in `2-2-2 sigmoid`."""
        biases = " with biases" if any(layer.biases and not layer.is_scaling for layer in self.layers) else ""
        loss = "" if self.loss is Loss.HALF_SQUARED_ERROR else f", {self.loss}"
        return f"{self._shape_in_words()}{biases}{loss}"

    def _shape_in_words(self) -> str:
        if not self.is_dense:
            given = "x".join(map(str, self.input_shape or (self.input_count,)))
            return " → ".join((given, *(size.describe() for size in self.sizes)))
        kinds = list(dict.fromkeys(layer.activation.value for layer in self.layers))
        if len(kinds) > 1:
            kinds = [layer.activation.value for layer in self.layers]
        shape = "-".join(str(units) for units in (self.input_count, *(len(layer.nets) for layer in self.layers)))
        return f"{shape} {'-'.join(kinds)}"

    @property
    def _given(self) -> Block:
        return Block(self.inputs, self.input_shape or (self.input_count,))

    @cached_property
    def _wired(self) -> tuple[tuple[tuple[Layer, ...], Block], ...]:
        """The layers that each of those that were asked for makes, and what they hand on."""
        return tuple(self._wire())

    def _wire(self) -> Iterator[tuple[tuple[Layer, ...], Block]]:
        names, before = Names(), self._given
        for number, size in enumerate(self.sizes, 1):
            layers, before = size.wire(before, names, "o" if number == len(self.sizes) else "h")
            yield layers, before


def in_rows(names: tuple[str, ...], columns: int) -> Matrix:
    """Names in rows of so many."""
    return tuple(names[k : k + columns] for k in range(0, len(names), columns))


def biases_of(kind: Bias, units: int, names: Names) -> tuple[str, ...]:
    """The name of each unit's bias; nothing where there are none."""
    match kind:
        case Bias.NONE:
            return ()
        case Bias.SHARED:
            return names.take("b", 1) * units
        case Bias.PER_UNIT:
            return names.take("b", units)


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
