"""Where the first factors of a derivation come from: the derivative of a loss and of a unit, from their definitions.

Each is shown once, for the first loss and for the first unit of each kind; a kind whose derivative is plain has none.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sheetgen.mathematics.expression import MINUS_ONE, Column, Expression, Number, exp
from templates import Activation, Loss, Network


@dataclass(frozen=True)
class Rewriting:
    """A derivative in another form, and why it is the same."""

    expression: Expression
    why: str


@dataclass(frozen=True)
class Origin:
    """The forms of a derivative, from the definition to the one that the derivation uses."""

    name: str
    forms: tuple[Rewriting, ...]


def origins(network: Network) -> Iterator[Origin]:
    """Those of a network, from its loss back."""
    last, shown = network.layers[-1], set[Activation]()
    of_loss = _OF_LOSSES.get(network.loss)
    if of_loss is not None:
        loss, target, output = network.losses[0], network.targets[0], last.outputs[0]
        yield Origin(f"∂{loss}/∂{output}", of_loss(Column(target), Column(output), len(network.losses)))
    for layer in reversed(network.layers):
        of_unit = _OF_UNITS.get(layer.activation)
        if of_unit is not None and layer.activation not in shown and layer.outputs[0] != layer.nets[0]:
            shown.add(layer.activation)
            net, output = layer.nets[0], layer.outputs[0]
            yield Origin(f"∂{output}/∂{net}", of_unit(Column(net), Column(output)))


def _of_half_squared_error(target: Column, output: Column, _: int) -> tuple[Rewriting, ...]:
    apart, turned = f"{target.label} − {output.label}", f"{output.label} − {target.label}"
    return (
        Rewriting(
            0.5 * (Number(2) * (target - output)) * MINUS_ONE,
            f"the exponent 2 comes down as a factor, and {apart} changes by −1 times what {output.label} changes by",
        ),
        Rewriting(-(target - output), "½·2 is 1: that is what the ½ in the loss is for"),
        Rewriting(output - target, f"the minus turns {apart} into {turned}"),
    )


def _of_mean_squared_error(target: Column, output: Column, count: int) -> tuple[Rewriting, ...]:
    apart, turned = f"{target.label} − {output.label}", f"{output.label} − {target.label}"

    def shared(whole: Expression) -> Expression:
        return whole if count == 1 else whole / count

    return (
        Rewriting(
            shared(2 * (target - output) * MINUS_ONE),
            f"the exponent 2 comes down as a factor, and {apart} changes by −1 times what {output.label} changes by",
        ),
        Rewriting(shared(2 * (output - target)), f"the −1 turns {apart} into {turned}"),
    )


def _of_sigmoid(net: Column, output: Column) -> tuple[Rewriting, ...]:
    below = 1 + exp(-net)
    return (
        Rewriting(
            -(Number(1) / below**2) * -exp(-net),
            f"of 1/u with u = 1 + exp(−{net.label}): −1/u², times ∂u/∂{net.label} = −exp(−{net.label})",
        ),
        Rewriting(1 / below * (exp(-net) / below), "minus times minus is plus, and one u goes to each factor"),
        Rewriting(
            output * (1 - output),
            f"the first factor is {output.label}; the second is (u − 1)/u = 1 − 1/u, so 1 − {output.label}",
        ),
    )


def _of_tanh(net: Column, output: Column) -> tuple[Rewriting, ...]:
    over, under = exp(net) - exp(-net), exp(net) + exp(-net)
    return (
        Rewriting(
            (under**2 - over**2) / under**2,
            f"tanh is p/q, with p = exp({net.label}) − exp(−{net.label}) and q = exp({net.label}) + "
            f"exp(−{net.label}); each is the other's derivative, and the quotient rule gives (q² − p²)/q²",
        ),
        Rewriting(1 - output**2, f"divided by q²: 1 − (p/q)², and p/q is {output.label}"),
    )


_OF_LOSSES: Mapping[Loss, Callable[[Column, Column, int], tuple[Rewriting, ...]]] = {
    Loss.HALF_SQUARED_ERROR: _of_half_squared_error,
    Loss.MEAN_SQUARED_ERROR: _of_mean_squared_error,
}
_OF_UNITS: Mapping[Activation, Callable[[Column, Column], tuple[Rewriting, ...]]] = {
    Activation.SIGMOID: _of_sigmoid,
    Activation.TANH: _of_tanh,
}
