"""What the tests' calculator computes with: texts, ranges of cells, and the functions of a spreadsheet.

An error in an operand is raised, and caught by the functions that look at one. A range keeps its errors until it is
summed up. The arguments of the functions in `LAZY` are calculated only where they are asked for.
"""

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Never

from verifier.values import ExcelError, Value

Operand = Any  # a float, a bool, a Text or an Area; Python's own operators tell them apart
Later = Callable[[], Operand]


class ErrorInOperand(Exception):  # noqa: N818  an Excel error on its way, not one of ours
    """An operand is an error, which the result then is as well."""


class Text(str):
    """A text, which `&` joins with others and with numbers."""

    __slots__ = ()

    def __and__(self, other: Operand) -> "Text":
        return Text(f"{self}{_shown(other)}")

    def __rand__(self, other: Operand) -> "Text":
        return Text(f"{_shown(other)}{self}")

    def _no_number(self, *_: Operand) -> Never:
        raise ErrorInOperand("#VALUE!")

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _no_number
    __neg__ = __abs__ = __pow__ = __rpow__ = __float__ = _no_number


def _shown(operand: Operand) -> str:
    return operand if isinstance(operand, str) else f"{operand:.15g}"


class Area(list[Value]):
    """The values of several cells; an operator works on each of them."""

    def _with(self, other: Operand, function: Callable[[float, float], float]) -> "Area":
        others: Sequence[Value] = other if isinstance(other, Area) else [other] * len(self)
        return Area([_errors(a, b) or float(function(number(a), number(b))) for a, b in zip(self, others, strict=True)])

    def __sub__(self, other: Operand) -> "Area":
        return self._with(other, operator.sub)

    def __rsub__(self, other: Operand) -> "Area":
        return self._with(other, lambda a, b: b - a)

    def __add__(self, other: Operand) -> "Area":  # type: ignore[override]  # a list's joins two
        return self._with(other, operator.add)

    def __mul__(self, other: Operand) -> "Area":
        return self._with(other, operator.mul)

    def __rmul__(self, other: Operand) -> "Area":  # type: ignore[override]  # as above
        return self._with(other, operator.mul)

    def __truediv__(self, other: Operand) -> "Area":
        return self._with(other, operator.truediv)

    def __rtruediv__(self, other: Operand) -> "Area":
        return self._with(other, lambda a, b: b / a)

    def __radd__(self, other: Operand) -> "Area":
        return self._with(other, operator.add)

    def __pow__(self, other: Operand) -> "Area":
        return self._with(other, operator.pow)

    def __rpow__(self, other: Operand) -> "Area":
        return self._with(other, lambda a, b: b**a)

    def __neg__(self) -> "Area":
        return self._with(0.0, lambda a, _: -a)

    def __gt__(self, other: Operand) -> "Area":  # type: ignore[override]  # a list's compares two as wholes
        return self._with(other, operator.gt)

    def __lt__(self, other: Operand) -> "Area":  # type: ignore[override]  # as above
        return self._with(other, operator.lt)

    def __le__(self, other: Operand) -> "Area":  # type: ignore[override]  # as above
        return self._with(other, operator.le)

    def __ne__(self, other: object) -> "Area":  # type: ignore[override]  # as above
        return self._with(other, operator.ne)

    def __abs__(self) -> "Area":
        return self._with(0.0, lambda a, _: abs(a))


def _errors(*values: Value) -> ExcelError | None:
    return next((value for value in values if isinstance(value, ExcelError)), None)


def number(value: Value) -> float:
    """A value as an operand of arithmetic."""
    if isinstance(value, ExcelError):
        raise ErrorInOperand(value)
    if isinstance(value, str):
        raise ErrorInOperand("#VALUE!")
    return float(value or 0.0)


def operand_of(value: Value) -> Operand:
    """A cell's value as an operand of a formula; an empty cell is 0."""
    return Text(value) if isinstance(value, str) and not isinstance(value, ExcelError) else number(value)


def _fail(name: str) -> float:
    raise ErrorInOperand(name)


def _flat(*arguments: Value | Area) -> list[float]:
    """All numbers; texts in ranges count for nothing, but not errors."""
    found: list[float] = []
    for argument in arguments:
        values = argument if isinstance(argument, Area) else [number(argument)]
        found += [number(value) for value in values if isinstance(value, ExcelError | float | int)]
    return found


def _sum_of_products(*arguments: Operand) -> float:
    columns = [[number(v) for v in a] if isinstance(a, Area) else [number(a)] for a in arguments]
    return math.fsum(math.prod(row) for row in zip(*columns, strict=True))


def _index(cells: Area, place: float) -> Operand:
    if not 1 <= place <= len(cells):
        raise ErrorInOperand("#REF!")
    return operand_of(cells[int(place) - 1])  # no error but that of the cell it picks


def _match(wanted: Operand, cells: Area, _exactly: float) -> float:
    if wanted not in list(cells):
        raise ErrorInOperand("#N/A")
    return float(list(cells).index(wanted) + 1)


def _count_if(cells: Area, criterion: Operand) -> float:
    if isinstance(criterion, Text) and criterion.startswith("<="):
        return float(sum(isinstance(value, float) and value <= float(criterion[2:]) for value in cells))
    return float(sum(value == criterion for value in list(cells)))


def _if(condition: Later, then: Later, otherwise: Later) -> Operand:
    return then() if condition() else otherwise()


def _if_error(wanted: Later, instead: Later) -> Operand:
    try:
        return wanted()
    except (ErrorInOperand, ZeroDivisionError, OverflowError):
        return instead()


def _is_number(wanted: Later) -> bool:
    try:
        return not isinstance(wanted(), str)
    except (ErrorInOperand, ZeroDivisionError, OverflowError):
        return False


def _choose(place: Later, *choices: Later) -> Operand:
    return choices[int(place()) - 1]()


LAZY = frozenset({"IF", "IFERROR", "ISNUMBER", "CHOOSE"})
FUNCTIONS: Mapping[str, Callable[..., Operand]] = {
    "EXP": math.exp,
    "TANH": math.tanh,
    "SQRT": math.sqrt,
    "INT": math.floor,
    "ROUND": lambda value, decimals: round(value, int(decimals)),
    "LOG10": math.log10,
    "ABS": abs,
    "POWER": pow,
    "MAX": lambda *arguments: max(_flat(*arguments), default=0.0),
    "MIN": lambda *arguments: min(_flat(*arguments), default=0.0),
    "SUM": lambda *arguments: math.fsum(_flat(*arguments)),
    "COUNT": lambda cells: float(sum(isinstance(value, float | int) for value in cells)),
    "COUNTIF": _count_if,
    "SUMPRODUCT": _sum_of_products,
    "PRODUCT": lambda *arguments: math.prod(_flat(*arguments)),
    "INDEX": _index,
    "MATCH": _match,
    "IF": _if,
    "IFERROR": _if_error,
    "ISNUMBER": _is_number,
    "CHOOSE": _choose,
    "OR": lambda *conditions: any(conditions),
    "LEFT": lambda text, length: Text(text[: int(length)]),
    "SUBSTITUTE": lambda text, old, new: Text(text.replace(old, new)),
    "TEXT_OF": Text,
    "fail": _fail,
}
