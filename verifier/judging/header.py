"""What the labels of a whole header mean together.

Some labels mean one thing in one table and another in the next. The others in the same header tell: `h1` beside
`net_h1` is an activation, `y1` beside `t1` an output, and where units are numbered through, `z1 z2 z3 z4`, the last
ones are as many outputs as there are targets.
"""

import re
from collections import Counter
from collections.abc import Sequence

from templates import gradient_of
from verifier.judging.labels import Dialect, Quantity, Role, name_of, quantity_of
from verifier.judging.spelling import spelling_of

_GRADIENT_GROUP = re.compile(r"grad|deriv|∂|∇|de[a-z]*/d")
_UNITS = (Role.BARE, Role.NET, Role.ACTIVATION)


def names_in(labels: Sequence[str]) -> list[str | None]:
    """The name in the vocabulary of each label of one header, from left to right; None for what has none."""
    quantities = [quantity_of(label) for label in labels]
    dialect = _dialect([quantity for quantity in quantities if quantity is not None])
    names = [None if quantity is None else name_of(quantity, dialect) for quantity in quantities]
    told = list(zip(names, map(_is_certain, quantities), strict=True))
    certain = {name for name, is_certain in told if is_certain}
    return _with_gradients([name if is_certain or name not in certain else None for name, is_certain in told])


def is_gradient_group(text: str) -> bool:
    """Whether a text over several labels says that they are those of gradients: `Gradients`, `∂E/∂w`."""
    return _GRADIENT_GROUP.search(spelling_of(text)) is not None


def _is_certain(quantity: Quantity | None) -> bool:
    """Whether a label says all of its name itself, and not only as the one that is left."""
    return quantity is not None and (quantity.number is not None or quantity.over is not None or bool(quantity.letter))


def _dialect(quantities: Sequence[Quantity]) -> Dialect:
    """How a header uses the labels that can mean two things."""
    roles = {(q.role, q.letter) for q in quantities}
    numbered = {(q.role, q.letter) for q in quantities if q.number is not None}
    targets = _targets(quantities, numbered)
    y_is_target = (Role.TARGET, "") not in numbered
    through = max((q.number or 1 for q in quantities if q.role in _UNITS[1:] and not q.letter), default=0)
    return Dialect(
        activations=frozenset(letter for letter in "ho" if _bare_is_activation(letter, roles)),
        hidden=max(through - targets, 0),
        x_is_input=(Role.INPUT, "") not in numbered,
        y_is_target=y_is_target,
        lone=frozenset(_lone(roles, numbered)),
    )


def _targets(quantities: Sequence[Quantity], numbered: set[tuple[Role, str]]) -> int:
    """How many outputs there are, by the first kind of label that tells."""
    for role in (Role.TARGET, Role.Y, Role.LOSS):
        if (role, "") in numbered:
            return len({q.number for q in quantities if q.role is role and q.number is not None})
    return 1


def _bare_is_activation(letter: str, roles: set[tuple[Role, str]]) -> bool:
    """Whether `h1` is an activation: where the net inputs have labels of their own, and the activations have none."""
    nets = (Role.NET, letter) in roles or (Role.NET, "") in roles
    activations = (Role.ACTIVATION, letter) in roles or (Role.ACTIVATION, "") in roles
    return nets and not activations


def _lone(roles: set[tuple[Role, str]], numbered: set[tuple[Role, str]]) -> set[tuple[Role, str]]:
    """The roles that a label without a number may have: those that no numbered one has."""
    lone = roles - numbered
    if (Role.TOTAL, "strict") in lone:
        lone.discard((Role.TOTAL, ""))
    if (Role.Y, "") in roles:
        lone.discard((Role.TARGET, ""))  # the `t` of an iteration
    if (Role.X, "") in numbered:
        lone.discard((Role.INPUT, ""))  # its count
    return lone


def _with_gradients(names: list[str | None]) -> list[str | None]:
    """The names with `∂E1/∂w5` as the gradient of w5 where nothing else is: only one of the losses depends on w5."""
    split = Counter(_parameter_of(name) for name in names)
    resolved = []
    for name in names:
        parameter = _parameter_of(name)
        alone = parameter is not None and split[parameter] == 1 and gradient_of(parameter) not in names
        resolved.append(gradient_of(parameter) if alone and parameter is not None else name)
    return resolved


def _parameter_of(name: str | None) -> str | None:
    """The parameter by which a name is the derivative of a single loss, `w5` of `∂E1/∂w5`; None where it is none."""
    over, stroke, by = (name or "").partition("/∂")
    return by if stroke and over[:2] == "∂E" and over[2:].isdecimal() and by[0] in "wb" else None
