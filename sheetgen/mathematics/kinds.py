"""The kinds of units and of losses: what each computes. All else about them, as their gradients, is derived from that.

A derivative is given here only where it has a simpler form than the one that the rules of the operators make: of a
unit most often in terms of its own output.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sheetgen.mathematics.expression import Expression, Factors, exp, relu, tanh
from templates import Activation, Loss


@dataclass(frozen=True)
class Unit:
    """What a unit makes of its net input; `slope` is the derivative, made of the net input and the output."""

    forward: Callable[[Expression], Expression]
    slope: Callable[[Expression, Expression], Factors] | None = None


UNITS: Mapping[Activation, Unit] = {
    Activation.SIGMOID: Unit(lambda net: 1 / (1 + exp(-net)), lambda _, own: (own, 1 - own)),
    Activation.TANH: Unit(tanh),
    Activation.RELU: Unit(relu),
    Activation.LINEAR: Unit(lambda net: net),
}


@dataclass(frozen=True)
class LossKind:
    """How far an output is from its target, of both of them, and in words."""

    forward: Callable[[Expression, Expression], Expression]
    words: str


LOSSES: Mapping[Loss, LossKind] = {
    Loss.HALF_SQUARED_ERROR: LossKind(
        lambda target, output: 0.5 * (target - output) ** 2,
        "Half of the squared difference between the target {target} and the output {output}.",
    ),
}
