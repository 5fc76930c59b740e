"""How a network is trained: what happens between the gradients of a step and the parameters of the next one.

Optimizers and schedules are those of `torch.optim` and `torch.optim.lr_scheduler`, with their names and defaults.
Each is a class whose fields are its hyperparameters, as a template's file has them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import ClassVar, TypeVar

SCHEDULED_RATE = "η_n"
_Choice = TypeVar("_Choice", bound="Choice")


class Range(StrEnum):
    """Which numbers a hyperparameter can be: the rule that an error names."""

    PART = "must be from 0 to less than 1"
    POSITIVE = "must be more than 0"
    NOT_NEGATIVE = "must be 0 or more"
    COUNT = "must be a whole number, 1 or more"

    def allows(self, value: float) -> bool:
        """Whether a number is in the range."""
        match self:
            case Range.PART:
                return 0 <= value < 1
            case Range.POSITIVE:
                return value > 0
            case Range.NOT_NEGATIVE:
                return value >= 0
            case Range.COUNT:
                return value >= 1 and value == int(value)


@dataclass(frozen=True)
class Hyperparameter:
    """A number of an optimizer or a schedule: its symbol, what it is, and its range."""

    symbol: str
    meaning: str
    range: Range


HYPERPARAMETERS: Mapping[str, Hyperparameter] = {
    "momentum": Hyperparameter("μ", "momentum: what m keeps of the past", Range.PART),
    "beta1": Hyperparameter("β1", "what m keeps of the past", Range.PART),
    "beta2": Hyperparameter("β2", "what v keeps of the past", Range.PART),
    "alpha": Hyperparameter("α", "what v keeps of the past", Range.PART),
    "epsilon": Hyperparameter("ε", "keeps a step finite where v is 0", Range.POSITIVE),
    "weight_decay": Hyperparameter("λ", "weight decay", Range.NOT_NEGATIVE),
    "every": Hyperparameter("N", "iterations between two falls", Range.COUNT),
    "factor": Hyperparameter("γ", "the factor of each fall", Range.POSITIVE),
    "over": Hyperparameter("T", "iterations of the schedule", Range.COUNT),
}


@dataclass(frozen=True)
class Choice:
    """One of several kinds: `kind` is its name in a template's file, `name` and `phrase` those for people."""

    kind: ClassVar[str]
    name: ClassVar[str]

    @property
    def numbers(self) -> Mapping[str, float]:
        """Its hyperparameters by their symbols; a weight decay of 0 is none."""
        values = {field.name: float(getattr(self, field.name)) for field in fields(self)}
        given = {name: value for name, value in values.items() if value or name != "weight_decay"}
        return {HYPERPARAMETERS[name].symbol: value for name, value in given.items()}

    def changed(self: _Choice, change: Callable[[float], float]) -> _Choice:
        """The same with a change of each number."""
        return replace(self, **{field.name: change(getattr(self, field.name)) for field in fields(self)})


@dataclass(frozen=True)
class Optimizer(Choice):
    """The rule of an update. A weight decay adds λ·w to the gradient of w, unless the kind says otherwise."""

    @property
    def phrase(self) -> str:
        """What one trains with: `Adam`, `RMSProp with weight decay`."""
        has_decay = getattr(self, "weight_decay", 0) and not self.is_decoupled
        joined = " and" if " with " in self.name else " with"
        return f"{self.name}{joined} weight decay" if has_decay else self.name

    is_decoupled: ClassVar[bool] = False  # whether the decay shrinks the parameter itself, outside of the gradient


@dataclass(frozen=True)
class GradientDescent(Optimizer):
    """`w − η·∂E_t/∂w`."""

    kind = name = "gradient descent"
    weight_decay: float = 0.0


@dataclass(frozen=True)
class Momentum(Optimizer):
    """Gradient descent along a sum of the gradients that forgets the past ones: Polyak, 1964."""

    kind, name = "momentum", "gradient descent with momentum"
    momentum: float = 0.9
    weight_decay: float = 0.0


@dataclass(frozen=True)
class Nesterov(Optimizer):
    """Momentum that looks ahead, as Sutskever et al. write it (ICML, 2013)."""

    kind, name = "nesterov", "gradient descent with Nesterov momentum"
    momentum: float = 0.9
    weight_decay: float = 0.0


@dataclass(frozen=True)
class RMSProp(Optimizer):
    """A gradient over the root of its mean square: Tieleman and Hinton, lecture 6.5 (Coursera, 2012)."""

    kind, name = "rmsprop", "RMSProp"
    alpha: float = 0.99
    epsilon: float = 1e-8
    weight_decay: float = 0.0


@dataclass(frozen=True)
class Adam(Optimizer):
    """The mean of the gradients over the root of that of their squares: Kingma and Ba (ICLR, 2015)."""

    kind, name = "adam", "Adam"
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    weight_decay: float = 0.0


@dataclass(frozen=True)
class AdamW(Optimizer):
    """Adam whose decay shrinks the parameters themselves: Loshchilov and Hutter (ICLR, 2019)."""

    kind, name = "adamw", "AdamW"
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    weight_decay: float = 0.01
    is_decoupled = True


@dataclass(frozen=True)
class Schedule(Choice):
    """The learning rate of each iteration, given that of the start."""

    phrase: ClassVar[str]


@dataclass(frozen=True)
class Step(Schedule):
    """A fall by a factor every so many iterations."""

    kind, name, phrase = "step", "step schedule", "that falls in steps"
    every: int
    factor: float = 0.1


@dataclass(frozen=True)
class Cosine(Schedule):
    """A fall to 0 along half a cosine: Loshchilov and Hutter (ICLR, 2017)."""

    kind, name, phrase = "cosine", "cosine schedule", "that falls along a cosine"
    over: int


@dataclass(frozen=True)
class WarmUp(Schedule):
    """A rise to the whole rate, the same in each iteration."""

    kind, name, phrase = "warm-up", "warm-up", "that warms up"
    over: int


OPTIMIZERS = {one.kind: one for one in (GradientDescent, Momentum, Nesterov, RMSProp, Adam, AdamW)}
SCHEDULES = {one.kind: one for one in (Step, Cosine, WarmUp)}


@dataclass(frozen=True)
class Training:
    """The optimizer, and the schedule of its learning rate; None where the rate stays as it is."""

    optimizer: Optimizer = GradientDescent()
    schedule: Schedule | None = None

    @property
    def numbers(self) -> Mapping[str, float]:
        """All hyperparameters by their symbols."""
        return {**self.optimizer.numbers, **(self.schedule.numbers if self.schedule else {})}

    def changed(self, change: Callable[[float], float]) -> "Training":
        """The same with a change of each number."""
        return Training(self.optimizer.changed(change), self.schedule and self.schedule.changed(change))

    def describe(self) -> str:
        """What a description of the network goes on with: `, Adam, cosine schedule`; nothing of what is usual."""
        optimizer = "" if self.optimizer == GradientDescent() else f", {self.optimizer.phrase}"
        return optimizer + (f", {self.schedule.name}" if self.schedule else "")


PLAIN = Training()


def state_of(parameter: str, letter: str) -> str:
    """The name of what an optimizer keeps for a parameter: `m_w1`, the m of `w1`."""
    return f"{letter}_{parameter}"


def hyperparameter(symbol: str) -> Hyperparameter:
    """The hyperparameter that has a symbol."""
    return next(one for one in HYPERPARAMETERS.values() if one.symbol == symbol)
