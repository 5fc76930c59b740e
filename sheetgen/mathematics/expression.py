"""Expressions over the columns of a training table, written once: printed, computed and differentiated from there.

An expression is a small tree built with Python's own operators, as in micrograd. How an operation is written, and the
rule of its derivative, stand beside it, as in tinygrad.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce

Factors = tuple["Expression", ...]  # of a product, from the left; none of them is 1


class Expression:
    """A formula over numbers, columns of the table and settings; combine with `+ - * / **` and the functions below."""

    parts: tuple["Expression", ...] = ()  # the expressions right below this one

    def slopes(self, own: "Expression") -> tuple[Factors, ...]:  # noqa: ARG002
        """The derivative with respect to each of the parts; `own` is this expression, or the column that holds it."""
        return ()

    def __add__(self, other: "Operand") -> "Expression":
        return added(self, other)

    def __sub__(self, other: "Operand") -> "Expression":
        return minus(self, other)

    def __mul__(self, other: "Operand") -> "Expression":
        return times(self, other)

    def __truediv__(self, other: "Operand") -> "Expression":
        return over(self, other)

    def __pow__(self, other: "Operand") -> "Expression":
        return power(self, other)

    def __radd__(self, other: float) -> "Expression":
        return added(other, self)

    def __rsub__(self, other: float) -> "Expression":
        return minus(other, self)

    def __rmul__(self, other: float) -> "Expression":
        return times(other, self)

    def __rtruediv__(self, other: float) -> "Expression":
        return over(other, self)

    def __neg__(self) -> "Expression":
        return negative(self)


Operand = Expression | float


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
class Batch(Column):
    """The cells of a column in all rows of this iteration, one a sample."""


@dataclass(frozen=True)
class Typed(Column):
    """The cell itself, which holds a number of the training's plan."""


@dataclass(frozen=True)
class Setting(Expression):
    """What the whole table uses: the cell of the learning rate or of a number to start from, or the samples' cells."""

    label: str


@dataclass(frozen=True)
class Applied(Expression):
    """An operation on expressions."""

    operation: "Operation"
    parts: tuple[Expression, ...]

    def slopes(self, own: Expression) -> tuple[Factors, ...]:
        return self.operation.slopes(own, *self.parts)


@dataclass(frozen=True, eq=False)
class Operation:
    """An operator or a function: how Excel, a reader and Python write it, how tightly it binds, and its derivatives.

    A text with `{}` is written around its operands, any other between them; `...` after one stands for all others, with
    what is before it between them. `ranks` are its own, and what its first
    operand and the others need at least to do without parentheses. `slopes` makes the derivative with respect to each
    operand, as the factors of a product, of the operation's own value and the operands.
    """

    excel: str
    mathematics: str
    python: str
    ranks: tuple[int, int, int]
    slopes: Callable[..., tuple[Factors, ...]]

    def __call__(self, *operands: Operand) -> Expression:
        return Applied(self, tuple(one if isinstance(one, Expression) else Number(one) for one in operands))


SUM, PRODUCT, POWER, CALL = (1, 1, 2), (2, 2, 3), (3, 4, 4), (4, 0, 0)
# The right operand of the same rank keeps its parentheses: a-(b-c), and a*(b*c) as it was grouped.
added = Operation("+", " + ", " + ", SUM, lambda _, *terms: ((),) * len(terms))
minus = Operation("-", " − ", " - ", SUM, lambda *_: ((), (MINUS_ONE,)))
times = Operation("*", "·", " * ", PRODUCT, lambda _, left, right: ((right,), (left,)))
over = Operation("/", "/", " / ", PRODUCT, lambda _, left, right: ((1 / right,), (MINUS_ONE, left / right**2)))
ln = Operation("LN({})", "ln({})", "log({})", CALL, lambda _, argument: ((1 / argument,),))
power = Operation("^", "^", " ** ", POWER, lambda own, base, to: ((to, _less_one(base, to)), (own, ln(base))))
negative = Operation("-{}", "−{}", "-{}", (0, 4, 4), lambda *_: ((MINUS_ONE,),))
exp = Operation("EXP({})", "exp({})", "exp({})", CALL, lambda own, _: ((own,),))
tanh = Operation("TANH({})", "tanh({})", "tanh({})", CALL, lambda own, _: ((1 - own**2,),))
sqrt = Operation("SQRT({})", "√({})", "sqrt({})", CALL, lambda own, _: ((0.5 / own,),))
sin: Operation = Operation("SIN({})", "sin({})", "sin({})", CALL, lambda _, argument: ((cos(argument),),))
cos: Operation = Operation("COS({})", "cos({})", "cos({})", CALL, lambda _, argument: ((MINUS_ONE, sin(argument)),))
# 1 where the argument is positive, else 0
step = Operation("IF({}>0,1,0)", "[{} > 0]", "(1.0 if {} > 0 else 0.0)", CALL, lambda *_: ((Number(0),),))
# its derivative is the sign, 0 at 0
absolute = Operation("ABS({})", "|{}|", "abs({})", CALL, lambda _, argument: ((step(argument) - step(-argument),),))
# the argument where it is positive, else 0
relu = Operation("MAX(0,{})", "max(0, {})", "max(0.0, {})", CALL, lambda own, _: ((step(own),),))
# the larger of both
maximum = Operation("MAX({},{})", "max({}, {})", "max({}, {})", CALL, lambda _, a, b: ((step(a - b),), (step(b - a),)))
# of the cells of a list, the one with a number, from 1
item = Operation("INDEX({},{})", "{}[{}]", "{}[int({}) - 1]", CALL, lambda *_: ((), ()))
# over the samples of an iteration, of what stands in all of its rows
summed = Operation("SUM({})", "Σ {}", "add({} for r in rows)", CALL, lambda *_: ((),))
average = Operation("AVERAGE({})", "mean of {}", "add({} for r in rows) / len(rows)", CALL, lambda *_: ((),))
summed_product = Operation(
    "SUMPRODUCT({},{})", "Σ {}·{}", "add({} * {} for r in rows)", CALL, lambda _, left, right: ((right,), (left,))
)
summed_squares = Operation(
    "SUMPRODUCT(({})^2)", "Σ ({})²", "add(({}) ** 2 for r in rows)", CALL, lambda _, part: ((Number(2), part),)
)
# the smaller of both
minimum = Operation("MIN({},{})", "min({}, {})", "min({}, {})", CALL, lambda _, a, b: ((step(b - a),), (step(a - b),)))
floor = Operation("INT({})", "⌊{}⌋", "floor({})", CALL, lambda *_: ((Number(0),),))
# 1 where both are equal, else 0; 1 where the first is smaller, else 0
equal = Operation("IF({}={},1,0)", "[{} = {}]", "(1.0 if {} == {} else 0.0)", CALL, lambda *_: ((Number(0),),) * 2)
below = Operation("IF({}<{},1,0)", "[{} < {}]", "(1.0 if {} < {} else 0.0)", CALL, lambda *_: ((Number(0),),) * 2)
# the largest of all: it changes with the first one that is as large
largest = Operation("MAX({},...)", "max({}, ...)", "max({}, ...)", CALL, lambda own, *all_: _of_first(own, all_))
KINKED = (step, absolute, relu, maximum, minimum, largest, floor)

MINUS_ONE: Expression = -Number(1)


def _of_first(own: Expression, operands: Sequence[Expression]) -> tuple[Factors, ...]:
    """For each operand, whether it is the first that has the value."""
    return tuple((equal(one, own), *(below(other, own) for other in operands[:k])) for k, one in enumerate(operands))


def _less_one(base: Expression, exponent: Expression) -> Expression:
    """The base to the power of one less."""
    if isinstance(exponent, Number) and exponent.value >= 2:
        return base if exponent.value == 2 else base ** (exponent.value - 1)
    return base ** (exponent - 1)


def total(terms: Sequence[Expression]) -> Expression:
    """The sum of one or more expressions, from the left: however many they are, the tree is no deeper for it."""
    return terms[0] if len(terms) == 1 else added(*terms)


def product(factors: Sequence[Expression]) -> Expression:
    """The product of expressions, from the left; 1 where there are none. After 1/x it is a division by x."""
    return reduce(_multiplied, factors) if factors else Number(1)


def _multiplied(left: Expression, right: Expression) -> Expression:
    match right:
        case Applied(operation, (Number(1), divisor)) if operation is over:
            return left / divisor
    return left * right


def over_samples(expression: Expression, per_step: frozenset[str]) -> Expression:
    """The sum of an expression over the samples of an iteration; it is a sum of products.

    Columns `per_step` have one cell for all samples; factors of these alone stand behind the sum.
    """
    if isinstance(expression, Applied) and expression.operation is added:
        return total([over_samples(term, per_step) for term in expression.parts])
    factors = [one for one in _factors(expression) if one != MINUS_ONE]
    once = [one for one in factors if all(column.label in per_step for column in columns_used(one))]
    *others, last = (_spanned(one, per_step) for one in factors if one not in once)
    numbers = [one for one in once if isinstance(one, Number)]
    of_all = summed_product(product(others), last) if others else summed(last)
    found = product([*numbers, of_all, *(one for one in once if one not in numbers)])
    return -found if [*_factors(expression)].count(MINUS_ONE) % 2 else found


def _factors(expression: Expression) -> Iterator[Expression]:
    """Those of a product, from the left."""
    match expression:
        case Applied(operation, (left, right)) if operation is times:
            yield from (*_factors(left), *_factors(right))
        case Applied(operation, (left, right)) if operation is over and left != Number(1):
            yield from (*_factors(left), 1 / right)
        case Applied(operation, (part,)) if operation is negative:
            yield from (MINUS_ONE, *_factors(part))
        case _:
            yield expression


def own_row(expression: Expression) -> Expression:
    """What a sum over the samples is of, in the row of a sample."""
    match expression:
        case Batch(label):
            return Column(label)
        case Applied(operation, parts):
            return Applied(operation, tuple(map(own_row, parts)))
    return expression


def _spanned(expression: Expression, per_step: frozenset[str]) -> Expression:
    match expression:
        case Column(label) if label not in per_step:
            return Batch(label)
        case Applied(operation, parts):
            return Applied(operation, tuple(_spanned(part, per_step) for part in parts))
    return expression


def has_kink(expression: Expression) -> bool:
    """Whether it has a place without a derivative."""
    own = isinstance(expression, Applied) and expression.operation in KINKED
    return own or any(map(has_kink, expression.parts))


def columns_used(expression: Expression) -> Iterator[Column]:
    """Every column that the expression reads, as often as it reads it."""
    if isinstance(expression, Column):
        yield expression
    for part in expression.parts:
        yield from columns_used(part)
