"""The kinds of units and of losses: what each computes. All else about them, as their gradients, is derived from that.

A derivative is given here only where it has a simpler form than the one that the rules of the operations make: of a
unit most often in terms of its own output.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sheetgen.mathematics.derivatives import Node, node
from sheetgen.mathematics.expression import Column, Expression, Factors, exp, ln, maximum, relu, step, tanh
from templates import Activation, Loss


@dataclass(frozen=True)
class Unit:
    """What a unit makes of its net input; `slope` is the derivative, made of the net input and the output."""

    forward: Callable[[Expression], Expression]
    slope: Callable[[Expression, Expression], Factors] | None = None

    def column(self, net: str, output: str) -> Node:
        """The column of a unit's output."""
        before, own = Column(net), Column(output)
        return node(output, self.forward(before), {net: self.slope(before, own)} if self.slope else {})


UNITS: Mapping[Activation, Unit] = {
    Activation.SIGMOID: Unit(lambda net: 1 / (1 + exp(-net)), lambda _, own: (own, 1 - own)),
    Activation.TANH: Unit(tanh),
    Activation.RELU: Unit(relu),
    Activation.LINEAR: Unit(lambda net: net),
    Activation.LEAKY_RELU: Unit(lambda net: maximum(0.01 * net, net), lambda _, own: (0.01 + 0.99 * step(own),)),
    Activation.SOFTPLUS: Unit(lambda net: ln(1 + exp(net)), lambda net, _: (1 / (1 + exp(-net)),)),
    Activation.SILU: Unit(lambda net: net / (1 + exp(-net)), lambda net, own: (own + (1 - own) / (1 + exp(-net)),)),
    # as PyTorch's approximate="tanh"; the first of its numbers is √(2/π)
    Activation.GELU: Unit(lambda net: 0.5 * net * (1 + tanh(0.7978845608028654 * net * (1 + 0.044715 * net**2)))),
}


@dataclass(frozen=True)
class LossKind:
    """How far an output is from its target, of both and of how many outputs there are; and the same in words.

    `slope` is the derivative with respect to the output.
    """

    words: str
    forward: Callable[[Expression, Expression, int], Expression]
    slope: Callable[[Expression, Expression, int], Factors] | None = None

    def column(self, loss: str, target: str, output: str, count: int) -> Node:
        """The column of an output's loss."""
        operands = Column(target), Column(output), count
        return node(loss, self.forward(*operands), {output: self.slope(*operands)} if self.slope else {})


def _shared(whole: Expression, count: int) -> Expression:
    return whole if count == 1 else whole / count


LOSSES: Mapping[Loss, LossKind] = {
    Loss.HALF_SQUARED_ERROR: LossKind(
        "Half of the squared difference between the target {target} and the output {output}.",
        lambda target, output, _: 0.5 * (target - output) ** 2,
    ),
    Loss.MEAN_SQUARED_ERROR: LossKind(
        "The squared difference between the target {target} and the output {output}, over the number of outputs.",
        lambda target, output, count: _shared((target - output) ** 2, count),
        lambda target, output, count: (_shared(2 * (output - target), count),),
    ),
    Loss.BINARY_CROSS_ENTROPY: LossKind(
        "How little the output {output} expects the target {target}: −ln of it where the target is 1, −ln of what it "
        "lacks to 1 where the target is 0, and between both in between.",
        lambda target, output, _: -(target * ln(output) + (1 - target) * ln(1 - output)),
        lambda target, output, _: ((output - target) / (output * (1 - output)),),
    ),
}
