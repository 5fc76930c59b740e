"""Expressions as text: an Excel formula for a cell, mathematics for the reader, or Python, which computes the value.

Parentheses follow the tree: `a * b * (c * d)` keeps its own, so that the printed formula computes in the order in which
it was built.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter

from sheetgen.mathematics.expression import PRODUCT, Applied, Batch, Column, Expression, Number, Operation, Setting

LONGEST_REFERENCE = len("$XFD$1048576")


def longest_text(expression: Expression) -> int:
    """At most how many characters the expression has as a formula, without writing it.

    What several expressions share is one object and is counted once, so this is quick where writing would not be.
    """
    known: dict[int, int] = {}

    def length(part: Expression) -> int:
        if id(part) not in known:
            reference = isinstance(part, Column | Setting)
            own = LONGEST_REFERENCE * (1 + isinstance(part, Batch)) if reference else len("SUMPRODUCT(,)")
            known[id(part)] = own + sum(length(inner) + len("()") for inner in part.parts)
        return known[id(part)]

    return length(expression) + len("=")


@dataclass(frozen=True)
class Notation:
    """A way to write expressions: how numbers, references and operations look in it."""

    number: Callable[[float], str]
    column: Callable[[Column], str]
    setting: Callable[[str], str]
    look: Callable[[Operation], str]


def write(expression: Expression, notation: Notation) -> str:
    """The expression in a notation."""
    match expression:
        case Number(value):
            return notation.number(value)
        case Column():
            return notation.column(expression)
        case Setting(label):
            return notation.setting(label)
        case Applied(operation, (first, *others)):
            _, of_first, of_others = operation.ranks
            texts = [_inside(first, notation, of_first), *(_inside(one, notation, of_others) for one in others)]
            look = _for(notation.look(operation), len(texts))
            return look.format(*texts) if "{}" in look else look.join(texts)
    raise TypeError(f"not an expression: {expression!r}")


def _for(look: str, operands: int) -> str:
    """How an operation looks with so many operands, where it takes any number of them."""
    repeated = re.search(r"\{\}([^{}]*)\.\.\.", look)
    return look.replace(repeated[0], repeated[1].join(["{}"] * operands)) if repeated else look


def _inside(expression: Expression, notation: Notation, rank: int) -> str:
    """The expression as an operand, in parentheses where it binds less tightly than `rank`."""
    text = write(expression, notation)
    if isinstance(expression, Column) and "/" in text:  # the name of a gradient, of which a power is to be taken
        return f"({text})" if rank > PRODUCT[0] + 1 else text
    return f"({text})" if isinstance(expression, Applied) and expression.operation.ranks[0] < rank else text


def plain_number(value: float) -> str:
    """A number as a formula writes it: the shortest text that reads back the same, whole numbers without a point."""
    return str(int(value)) if value == int(value) else format(Decimal(repr(value)), "f")


_NAMED = {0.5: "½", math.pi: "π"}


def symbolic(column: Column) -> str:
    """A column as a reader sees it: `w1`, or `w1(n−1)` for that of the iteration before."""
    return column.label if column.rows == 0 else f"{column.label}(n{column.rows:+d})".replace("-", "−")


MATHEMATICS = Notation(
    number=lambda value: _NAMED.get(value, plain_number(value)),
    column=symbolic,
    setting=lambda label: label,
    look=attrgetter("mathematics"),
)


@lru_cache(maxsize=1_000)  # several sheets show the same formula
def mathematics(expression: Expression) -> str:
    """The expression for a reader, over the labels: `½·(t1 − a_o1)²`."""
    return squared(write(expression, MATHEMATICS))


def squared(text: str) -> str:
    """A text of mathematics with its squares as one writes them by hand."""
    return re.sub(r"\^2(?![\d.])", "²", text)


def excel(expression: Expression, column: Callable[[Column], str], setting: Callable[[str], str]) -> str:
    """The expression as an Excel formula with its `=`; `column` and `setting` give the address of a reference."""
    return "=" + write(expression, Notation(_excel_number, column, setting, attrgetter("excel")))


def _excel_number(value: float) -> str:
    return "PI()" if value == math.pi else plain_number(value)
