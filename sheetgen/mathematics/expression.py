"""Expressions over the columns of a training table, written once and read three ways.

An expression is a small tree built with Python's own operators, as in micrograd. `write` prints it in a notation:
as an Excel formula for a cell, as mathematics for the reader, or as Python, which is compiled to compute the value
that is cached in the cell. Parentheses follow the tree: `a * b * (c * d)` keeps its own, so that the printed formula
computes in the order in which it was built.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache


class Expression:
    """A formula over numbers, columns of the table and settings; combine with `+ - * / **` and the functions below."""

    def __add__(self, other: "Expression") -> "Expression":
        return Binary("+", self, other)

    def __sub__(self, other: "Expression") -> "Expression":
        return Binary("-", self, other)

    def __mul__(self, other: "Expression") -> "Expression":
        return Binary("*", self, other)

    def __truediv__(self, other: "Expression") -> "Expression":
        return Binary("/", self, other)

    def __pow__(self, other: "Expression") -> "Expression":
        return Binary("^", self, other)

    def __neg__(self) -> "Expression":
        return Negative(self)

    def parts(self) -> tuple["Expression", ...]:
        """The expressions right below this one."""
        return ()


@dataclass(frozen=True)
class Number(Expression):
    """A number that stands in the formula itself; not negative."""

    value: float


@dataclass(frozen=True)
class Column(Expression):
    """The cell of a column in the row of this iteration, or with `rows=-1` in that of the iteration before."""

    label: str
    rows: int = 0


@dataclass(frozen=True)
class Setting(Expression):
    """A single cell that the whole table uses: the learning rate, or a number to start from."""

    label: str


@dataclass(frozen=True)
class Binary(Expression):
    """`left` operator `right`, the operator one of `+ - * / ^`."""

    operator: str
    left: Expression
    right: Expression

    def parts(self) -> tuple[Expression, ...]:
        return self.left, self.right


@dataclass(frozen=True)
class Sum(Expression):
    """Two or more expressions added up, from the left: however many they are, the tree is no deeper for it."""

    terms: tuple[Expression, ...]

    def parts(self) -> tuple[Expression, ...]:
        return self.terms


@dataclass(frozen=True)
class Negative(Expression):
    """The negative of an expression."""

    inner: Expression

    def parts(self) -> tuple[Expression, ...]:
        return (self.inner,)


@dataclass(frozen=True)
class Call(Expression):
    """A function of expressions: `EXP`, `TANH`, `RELU` or `STEP` (1 where its argument is positive, else 0)."""

    function: str
    argument: Expression

    def parts(self) -> tuple[Expression, ...]:
        return (self.argument,)


def exp(argument: Expression) -> Expression:
    """E to the power of the argument."""
    return Call("EXP", argument)


def tanh(argument: Expression) -> Expression:
    """The hyperbolic tangent."""
    return Call("TANH", argument)


def relu(argument: Expression) -> Expression:
    """The argument where it is positive, else 0."""
    return Call("RELU", argument)


def step(argument: Expression) -> Expression:
    """1 where the argument is positive, else 0."""
    return Call("STEP", argument)


def total(terms: list[Expression]) -> Expression:
    """The sum of one or more expressions, from the left."""
    return terms[0] if len(terms) == 1 else Sum(tuple(terms))


def product(factors: list[Expression]) -> Expression:
    """The product of one or more expressions, from the left."""
    result, *others = factors
    for factor in others:
        result = result * factor
    return result


def columns_used(expression: Expression) -> Iterator[Column]:
    """Every column that the expression reads, as often as it reads it."""
    if isinstance(expression, Column):
        yield expression
    for part in expression.parts():
        yield from columns_used(part)


LONGEST_REFERENCE = len("$XFD$1048576")


def longest_text(expression: Expression) -> int:
    """At most how many characters the expression has as a formula, without writing it.

    What several expressions share is one object and is counted once, so this is quick where writing would not be.
    """
    known: dict[int, int] = {}

    def length(part: Expression) -> int:
        if id(part) not in known:
            own = LONGEST_REFERENCE if isinstance(part, Column | Setting) else len("IF(>0,1,0)")
            known[id(part)] = own + sum(length(inner) + len("()") for inner in part.parts())
        return known[id(part)]

    return length(expression) + len("=")


@dataclass(frozen=True)
class Notation:
    """A way to write expressions: how numbers, references, operators and functions look in it.

    `functions` maps a function's name to a pattern whose `{}` is the argument.
    """

    number: Callable[[float], str]
    column: Callable[[Column], str]
    setting: Callable[[str], str]
    operators: Mapping[str, str]
    functions: Mapping[str, str]
    minus: str = "-"


def write(expression: Expression, notation: Notation) -> str:
    """The expression in a notation."""
    match expression:
        case Number(value):
            return notation.number(value)
        case Column():
            return notation.column(expression)
        case Setting(label):
            return notation.setting(label)
        case Negative(inner):
            return notation.minus + _inside(inner, notation, _TIGHTEST)
        case Call(function, argument):
            return notation.functions[function].format(write(argument, notation))
        case Binary(operator, left, right):
            rank = _RANK[operator]
            # The right operand of the same rank keeps its parentheses: a-(b-c), and a*(b*c) as it was grouped.
            before = _inside(left, notation, rank if operator != "^" else _TIGHTEST)
            after = _inside(right, notation, rank + 1)
            return before + notation.operators[operator] + after
        case Sum((first, *others)):
            rest = [_inside(term, notation, _RANK["+"] + 1) for term in others]
            return notation.operators["+"].join([_inside(first, notation, _RANK["+"]), *rest])
    raise TypeError(f"not an expression: {expression!r}")


_RANK = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 3}
_TIGHTEST = 4


def _inside(expression: Expression, notation: Notation, rank: int) -> str:
    """The expression as an operand, in parentheses where it binds less tightly than `rank`."""
    own = _TIGHTEST
    if isinstance(expression, Binary):
        own = _RANK[expression.operator]
    elif isinstance(expression, Sum):
        own = _RANK["+"]
    elif isinstance(expression, Negative):
        own = 0
    text = write(expression, notation)
    return f"({text})" if own < rank else text


def plain_number(value: float) -> str:
    """A number as a formula writes it: the shortest text that reads back the same, whole numbers without a point."""
    return str(int(value)) if value == int(value) else repr(value)


_FRACTIONS = {0.5: "½"}


def _symbolic(column: Column) -> str:
    return column.label if column.rows == 0 else f"{column.label}(n{column.rows:+d})".replace("-", "−")


MATHEMATICS = Notation(
    number=lambda value: _FRACTIONS.get(value, plain_number(value)),
    column=_symbolic,
    setting=lambda label: label,
    operators={"+": " + ", "-": " − ", "*": "·", "/": "/", "^": "^"},
    functions={"EXP": "exp({})", "TANH": "tanh({})", "RELU": "max(0, {})", "STEP": "[{} > 0]"},
    minus="−",
)


@lru_cache(maxsize=1_000)  # several sheets show the same formula
def mathematics(expression: Expression) -> str:
    """The expression for a reader, over the labels: `½·(t1 − a_o1)²`."""
    return squared(write(expression, MATHEMATICS))


def squared(text: str) -> str:
    """A text of mathematics with its squares as one writes them by hand."""
    return re.sub(r"\^2(?![\d.])", "²", text)


EXCEL_FUNCTIONS = {"EXP": "EXP({})", "TANH": "TANH({})", "RELU": "MAX(0,{})", "STEP": "IF({}>0,1,0)"}
EXCEL_OPERATORS = {operator: operator for operator in _RANK}


def excel(expression: Expression, column: Callable[[Column], str], setting: Callable[[str], str]) -> str:
    """The expression as an Excel formula with its `=`; `column` and `setting` give the address of a reference."""
    notation = Notation(plain_number, column, setting, EXCEL_OPERATORS, EXCEL_FUNCTIONS)
    return "=" + write(expression, notation)
