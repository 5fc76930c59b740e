"""The kinds of units and of losses: what each computes. All else about them, as their gradients, is derived from that.

A derivative is given here only where it has a simpler form than the one that the rules of the operations make: of a
unit most often in terms of its own output. Nothing here overflows at net inputs as far from 0 as ±350.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sheetgen.mathematics.derivatives import Node, node
from sheetgen.mathematics.expression import (
    MINUS_ONE,
    Column,
    Expression,
    Factors,
    columns_used,
    exp,
    ln,
    maximum,
    relu,
    step,
    tanh,
    total,
)
from templates import Activation, Loss


@dataclass(frozen=True)
class Unit:
    """What a unit, counted from 0, makes of the net inputs of its layer.

    `slope` is the derivative by one of them that the unit reads, made of the net inputs and the outputs of the layer,
    the unit, and the place of the net input.
    """

    forward: Callable[[Sequence[Expression], int], Expression]
    slope: Callable[[Sequence[Expression], Sequence[Expression], int, int], Factors] | None = None

    def column(self, nets: Sequence[str], outputs: Sequence[str], unit: int) -> Node:
        """The column of a unit's output."""
        before, after = [*map(Column, nets)], [*map(Column, outputs)]
        expression = self.forward(before, unit)
        read = {column.label for column in columns_used(expression)} if self.slope else ()
        simpler = {net: self.slope(before, after, unit, k) for k, net in enumerate(nets) if net in read and self.slope}
        return node(outputs[unit], expression, simpler)


def _each(
    forward: Callable[[Expression], Expression], slope: Callable[[Expression, Expression], Factors] | None = None
) -> Unit:
    """Units that read their own net input only; `slope` is made of it and the output."""

    def of_one(nets: Sequence[Expression], outputs: Sequence[Expression], unit: int, _: int) -> Factors:
        return slope(nets[unit], outputs[unit]) if slope else ()

    return Unit(lambda nets, unit: forward(nets[unit]), slope and of_one)


def _softmax_slope(_: Sequence[Expression], outputs: Sequence[Expression], unit: int, by: int) -> Factors:
    own = outputs[unit]
    return (own, 1 - own) if unit == by else (MINUS_ONE, own, outputs[by])


UNITS: Mapping[Activation, Unit] = {
    Activation.SIGMOID: _each(lambda net: 1 / (1 + exp(-net)), lambda _, own: (own, 1 - own)),
    Activation.TANH: _each(tanh),
    Activation.RELU: _each(relu),
    Activation.LINEAR: _each(lambda net: net),
    Activation.LEAKY_RELU: _each(lambda net: maximum(0.01 * net, net), lambda _, own: (0.01 + 0.99 * step(own),)),
    Activation.SOFTPLUS: _each(lambda net: ln(1 + exp(net)), lambda net, _: (1 / (1 + exp(-net)),)),
    Activation.SILU: _each(lambda net: net / (1 + exp(-net)), lambda net, own: (own + (1 - own) / (1 + exp(-net)),)),
    # as PyTorch's approximate="tanh"; the first of its numbers is √(2/π)
    Activation.GELU: _each(lambda net: 0.5 * net * (1 + tanh(0.7978845608028654 * net * (1 + 0.044715 * net**2)))),
    Activation.SOFTMAX: Unit(lambda nets, unit: exp(nets[unit]) / total([*map(exp, nets)]), _softmax_slope),
}


Slope = Callable[[Expression, Expression, Expression, int], Factors]


@dataclass(frozen=True)
class LossKind:
    """How far an output is from its target: of both, the output's net input, and how many outputs there are.

    `words` say the same. `slope` is the derivative by the output, or by the net input where `forward` reads that.
    `delta` is the derivative of all losses together by a net input, made of its output, its target and all targets,
    where it is simpler than what the chain rule makes of the units that go with the loss.
    """

    words: str
    forward: Callable[[Expression, Expression, Expression, int], Expression]
    slope: Slope | None = None
    delta: Callable[[Expression, Expression, Sequence[Expression]], Expression] | None = None

    def column(self, loss: str, target: str, output: str, net: str, count: int) -> Node:
        """The column of an output's loss."""
        operands = Column(target), Column(output), Column(net), count
        expression = self.forward(*operands)
        read = {column.label for column in columns_used(expression)} & {output, net}
        return node(loss, expression, {label: self.slope(*operands) for label in read if self.slope})


def _shared(whole: Expression, count: int) -> Expression:
    return whole if count == 1 else whole / count


LOSSES: Mapping[Loss, LossKind] = {
    Loss.HALF_SQUARED_ERROR: LossKind(
        "Half of the squared difference between the target {target} and the output {output}.",
        lambda target, output, *_: 0.5 * (target - output) ** 2,
    ),
    Loss.MEAN_SQUARED_ERROR: LossKind(
        "The squared difference between the target {target} and the output {output}, over the number of outputs.",
        lambda target, output, _, count: _shared((target - output) ** 2, count),
        lambda target, output, _, count: (_shared(2 * (output - target), count),),
    ),
    # −(t·ln(a) + (1 − t)·ln(1 − a)) of a sigmoid unit, by its net input: 1 − a has no digits left where a is nearly 1
    Loss.BINARY_CROSS_ENTROPY: LossKind(
        "How little the output {output} expects the target {target}: −ln of it where the target is 1, −ln of what it "
        "lacks to 1 where the target is 0, and between both in between. Of a sigmoid unit these are ln(1 + exp(−net)) "
        "and ln(1 + exp(net)) of its net input.",
        lambda target, _, net, __: target * ln(1 + exp(-net)) + (1 - target) * ln(1 + exp(net)),
        lambda target, output, *_: (output - target,),
    ),
    Loss.CATEGORICAL_CROSS_ENTROPY: LossKind(
        "How little the output {output} expects its class: −ln of it, as much of that as the target {target} says.",
        lambda target, output, *_: -(target * ln(output)),
        lambda target, output, *_: (-(target / output),),
        # softmax; a − t where the targets sum to 1
        lambda output, target, targets: total(targets) * output - target,
    ),
}
