"""The gradients of a network, factor by factor: every derivative by its name, as an expression over others.

The same products as in the backward pass, with each factor's own name: ∂E_t/∂w1 = ∂E_t/∂h1 · ∂h1/∂w1, where
∂E_t/∂h1 = ∂E_t/∂a_h1 · ∂a_h1/∂h1, and ∂E_t/∂a_h1 is the sum over the units that h1 feeds. An expression
reads labels of the step, and names of derivatives that come before it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sheetgen.mathematics.expression import MATHEMATICS, Column, Expression, Number, mathematics, product, total, write
from sheetgen.mathematics.training_step import slope
from templates import Layer, Network, gradient_of


@dataclass(frozen=True)
class Derivative:
    """A derivative: its name, its formula, and in words what it says."""

    name: str
    expression: Expression
    meaning: str
    of_factors: bool = False  # a product of derivatives, each of which is written as a fraction

    @property
    def text(self) -> str:
        """The formula for a reader; factors that are fractions stand apart."""
        return write(self.expression, _FACTORS) if self.of_factors else mathematics(self.expression)


_FACTORS = replace(MATHEMATICS, operators={**MATHEMATICS.operators, "*": " · "})


@dataclass(frozen=True)
class ParameterRule:
    """How the gradient of one trained parameter comes about: its own factors, and their product."""

    parameter: str
    derivatives: tuple[Derivative, ...]


@dataclass(frozen=True)
class UnitRule:
    """How the gradient of a unit's net input comes about, and of the parameters that only this unit has."""

    net: str
    derivatives: tuple[Derivative, ...]
    parameters: tuple[ParameterRule, ...]


@dataclass(frozen=True)
class LayerRule:
    """The rules of a layer's units, and of the bias that they share, where they have such a one that is trained."""

    units: tuple[UnitRule, ...]
    shared: ParameterRule | None


def chain_rule(network: Network) -> Iterator[LayerRule]:
    """The layers from the output back, in the order in which one computes them."""
    fed: Layer | None = None
    for layer in reversed(network.layers):
        units = tuple(_unit(network, layer, fed, unit) for unit in range(len(layer.nets)))
        yield LayerRule(units, _shared_bias(layer))
        fed = layer


def _unit(network: Network, layer: Layer, fed: Layer | None, unit: int) -> UnitRule:
    net, output = layer.nets[unit], layer.outputs[unit]
    arriving = _of_loss(network, unit) if fed is None else _of_fed(layer, fed, unit)
    own = slope(layer.activation, Column(output))
    through = Derivative(
        _over(output, net), product(own) if own else Number(1), f"the slope of the {layer.activation} unit"
    )
    whole = _product(_over("E_t", net), arriving.name, through.name, f"both together: δ_{net}")
    names = [*layer.weights[unit], *(layer.biases[unit : unit + 1] if len(layer.bias_names) > 1 else ())]
    before = f"{arriving.name} · {through.name}"
    rules = tuple(_parameter(layer, unit, name, before) for name in names if layer.is_trained(name))
    return UnitRule(net, (arriving, through, whole), rules)


def _of_loss(network: Network, unit: int) -> Derivative:
    loss, output, target = network.losses[unit], network.layers[-1].outputs[unit], network.targets[unit]
    return Derivative(
        _over(loss, output), Column(output) - Column(target), f"how {loss} changes with {output}; no other loss does"
    )


def _of_fed(layer: Layer, fed: Layer, unit: int) -> Derivative:
    output = layer.outputs[unit]
    terms = [Column(_over("E_t", net)) * Column(row[unit]) for net, row in zip(fed.nets, fed.weights, strict=True)]
    return Derivative(_over("E_t", output), total(terms), f"what comes back over the weights that {output} feeds")


def _parameter(layer: Layer, unit: int, parameter: str, before: str) -> ParameterRule:
    """The rule of a parameter that only one unit has; `before` are the factors down to the unit's net input."""
    along = _along(layer, unit, parameter)
    net = _over("E_t", layer.nets[unit])
    whole = _product(gradient_of(parameter), net, along.name, f"in full: {before} · {along.name}")
    return ParameterRule(parameter, (along, whole))


def _along(layer: Layer, unit: int, parameter: str) -> Derivative:
    """How a unit's net input changes with one of its parameters."""
    carried = dict(zip(layer.weights[unit], layer.sources, strict=True)).get(parameter)
    net = layer.nets[unit]
    if carried is None:
        return Derivative(_over(net, parameter), Number(1), "a bias is added as it is")
    return Derivative(_over(net, parameter), Column(carried), f"{parameter} is multiplied by {carried}")


def _shared_bias(layer: Layer) -> ParameterRule | None:
    if len(layer.bias_names) != 1 or not layer.trained_bias:
        return None
    (bias,) = layer.bias_names
    along = tuple(_along(layer, unit, bias) for unit in range(len(layer.nets)))
    terms = [Column(_over("E_t", net)) * Column(one.name) for net, one in zip(layer.nets, along, strict=True)]
    meaning = "summed over the units that share it" if len(terms) > 1 else "the product of both"
    return ParameterRule(bias, (*along, Derivative(gradient_of(bias), total(terms), meaning, of_factors=True)))


def _product(name: str, left: str, right: str, meaning: str) -> Derivative:
    return Derivative(name, Column(left) * Column(right), meaning, of_factors=True)


def _over(upper: str, lower: str) -> str:
    return f"∂{upper}/∂{lower}"
