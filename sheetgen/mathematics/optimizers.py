"""What an optimizer keeps from step to step, and its update, as expressions; and the schedules of the learning rate.

They compute what `torch.optim` and `torch.optim.lr_scheduler` do. The iteration before is always read as
`Column(label, -1)`; of the first one nothing is kept, so that a state begins with what it adds.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sheetgen.mathematics import expression as operations
from sheetgen.mathematics.expression import (
    Applied,
    Column,
    Expression,
    Number,
    Setting,
    cos,
    floor,
    minimum,
    sqrt,
    total,
)
from templates import LEARNING_RATE, gradient_of
from templates.training import (
    SCHEDULED_RATE,
    Adam,
    AdamW,
    Cosine,
    GradientDescent,
    Momentum,
    Nesterov,
    Optimizer,
    RMSProp,
    Schedule,
    Step,
    Training,
    WarmUp,
    state_of,
)

MOMENTUM, DECAY, EPSILON = Setting("μ"), Setting("λ"), Setting("ε")
ALPHA, BETA1, BETA2 = Setting("α"), Setting("β1"), Setting("β2")


@dataclass(frozen=True)
class State:
    """A number that is kept for each parameter: `keeps` times itself, plus what it `adds` of the gradient."""

    letter: str
    words: str
    keeps: Expression
    adds: Callable[[Expression], Expression]


Kept = Mapping[str, Expression]  # the states of a parameter by their letters


@dataclass(frozen=True)
class Rule:
    """An optimizer: its states, how far it goes, and the idea in words.

    `idea` goes on from "one step against", and `step` makes what is subtracted: of the rate, the gradient, the states
    and the number of the step, from 1.
    """

    idea: str
    step: Callable[[Expression, Expression, Kept, Expression], Expression]
    states: tuple[State, ...] = ()


_SUM = State("m", "the sum of the gradients, of which the past ones fade", MOMENTUM, lambda gradient: gradient)
_MEAN = State("m", "the moving mean of the gradients", BETA1, lambda gradient: (1 - BETA1) * gradient)
_SQUARES = "the moving mean of the squared gradients"


def _adam(rate: Expression, _: Expression, kept: Kept, number: Expression) -> Expression:
    """Both means begin with 0, so each is divided by what the weights of its gradients come to so far."""
    return rate * (kept["m"] / (1 - BETA1**number)) / (sqrt(kept["v"] / (1 - BETA2**number)) + EPSILON)


_ADAM = Rule(
    "m over the root of v, each divided by the sum of its weights so far",
    _adam,
    (_MEAN, State("v", _SQUARES, BETA2, lambda gradient: (1 - BETA2) * gradient**2)),
)
RULES: Mapping[type[Optimizer], Rule] = {
    GradientDescent: Rule("the gradient", lambda rate, gradient, _, __: rate * gradient),
    Momentum: Rule("m", lambda rate, _, kept, __: rate * kept["m"], (_SUM,)),
    Nesterov: Rule(
        "the gradient and μ times m",
        lambda rate, gradient, kept, _: rate * (gradient + MOMENTUM * kept["m"]),
        (_SUM,),
    ),
    RMSProp: Rule(
        "the gradient over the root of v",
        lambda rate, gradient, kept, _: rate * gradient / (sqrt(kept["v"]) + EPSILON),
        (State("v", _SQUARES, ALPHA, lambda gradient: (1 - ALPHA) * gradient**2),),
    ),
    Adam: _ADAM,
    AdamW: _ADAM,
}
SCHEDULES: Mapping[type[Schedule], Callable[[Expression, Expression], Expression]] = {  # of η and of the iteration
    Step: lambda rate, n: rate * Setting("γ") ** floor(n / Setting("N")),
    Cosine: lambda rate, n: 0.5 * rate * (1 + cos(Number(math.pi) * n / Setting("T"))),
    WarmUp: lambda rate, n: rate * minimum(1, (n + 1) / Setting("T")),
}


def rule_of(training: Training) -> Rule:
    """The rule of a training's optimizer."""
    return RULES[type(training.optimizer)]


def rate_of(training: Training, iteration: Expression) -> Expression | None:
    """The learning rate of an iteration; None where it stays as it is."""
    if training.schedule is None:
        return None
    return SCHEDULES[type(training.schedule)](Setting(LEARNING_RATE), iteration)


def states_of(parameter: str, training: Training) -> Iterator[tuple[str, Expression, Expression]]:
    """What is kept for a parameter: the name, its formula in the first iteration, and in every other."""
    for state in rule_of(training).states:
        label = state_of(parameter, state.letter)
        added = state.adds(_gradient(parameter, training, 0))
        terms = added.parts if isinstance(added, Applied) and added.operation is operations.added else (added,)
        yield label, added, total([state.keeps * Column(label, -1), *terms])


def updated(parameter: str, training: Training, rows: int, number: Expression) -> Expression:
    """A parameter after the step from those `rows`, which is the one with a number, counted from 1."""
    before, rule = Column(parameter, rows), rule_of(training)
    rate = Setting(LEARNING_RATE) if training.schedule is None else Column(SCHEDULED_RATE, rows)
    kept = {state.letter: Column(state_of(parameter, state.letter), rows) for state in rule.states}
    is_decoupled = _decays(training) and training.optimizer.is_decoupled
    rest = before * (1 - rate * DECAY) if is_decoupled else before
    return rest - rule.step(rate, _gradient(parameter, training, rows), kept, number)


def _gradient(parameter: str, training: Training, rows: int) -> Expression:
    """The gradient of a parameter as the optimizer takes it, with the weight decay that belongs to it."""
    gradient = Column(gradient_of(parameter), rows)
    if _decays(training) and not training.optimizer.is_decoupled:
        return gradient + DECAY * Column(parameter, rows)
    return gradient


def _decays(training: Training) -> bool:
    return DECAY.label in training.numbers
