"""A formula over arrays: what it gives in many cells at once, and its derivatives there by reverse accumulation.

The parse that `formulas` makes of a formula becomes a list of operations, and each operation has its rule beside it:
what a derivative with respect to its result adds to those with respect to its operands (Griewank and Walther,
"Evaluating Derivatives", SIAM, 2008, chapter 3).

All arrays are of shape (cells, rows, columns): a number has one row and one column, and what is the same in all cells
may have one for all.
"""

# ruff: noqa: ARG005  every rule takes the same arguments, whichever it needs

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from verifier.computing.fifteen_digits import order_of_arrays
from verifier.computing.python_code import folded

Array = NDArray[np.float64]


class Operation(NamedTuple):
    """A function of arrays, and its rule.

    `rule` takes g, the derivatives with respect to the result, the result and the operands. It gives the derivatives
    with respect to each operand, or None for one that they do not pass to; where an operand has one row or column for
    many of the result, theirs are added up afterwards.
    """

    value: Callable[..., Any]
    rule: Callable[..., Sequence[Any]]


def _power(base: Array, exponent: Array) -> Any:
    """A power; 0^0 is an error in Excel."""
    return np.where((base == 0) & (exponent == 0), np.nan, np.power(base, exponent))


def _compared(comparison: Callable[..., Any]) -> Operation:
    return Operation(lambda a, b: comparison(order_of_arrays(a, b), 0) * 1.0, lambda g, y, a, b: (None, None))


def _elementwise(function: Any, slope: Callable[[Any, Any], Any]) -> Operation:
    """A function of one number; `slope` is its derivative at the operand x, of which the function gives y."""
    return Operation(function, lambda g, y, x: (g * slope(x, y),))


def _chosen(x: Array, place: Array) -> Array:
    """1 at a place of a row or column, counted from 1, else 0; not a number where there is none such."""
    if 1 not in x.shape[1:] or place.shape[1:] != (1, 1):
        return np.full((1, *x.shape[1:]), np.nan)
    numbers = np.arange(1, x[0].size + 1).reshape(1, *x.shape[1:])
    return np.where((place >= 1) & (place < x[0].size + 1), (numbers == np.floor(place)) * 1.0, np.nan)


def _one_of(place: Array, *numbers: Array) -> Array:
    """1 for the number that a place says, counted from 1, else 0: (cells, 1, numbers)."""
    return _chosen(np.concatenate(numbers, 2), place) if all(x.shape[1:] == (1, 1) for x in numbers) else _NO_NUMBER


_NO_NUMBER = np.full((1, 1, 1), np.nan)
_CHOOSE = Operation(
    lambda k, *xs: (_one_of(k, *xs) * np.concatenate(xs, 2)).sum(2, keepdims=True),
    lambda g, y, k, *xs: (None, *np.split(g * _one_of(k, *xs), len(xs), 2)),
)
_ELEMENTWISE: Mapping[tuple[str, int], Operation] = {
    ("+", 2): Operation(np.add, lambda g, y, a, b: (g, g)),
    ("-", 2): Operation(np.subtract, lambda g, y, a, b: (g, -g)),
    ("*", 2): Operation(np.multiply, lambda g, y, a, b: (g * b, g * a)),
    ("/", 2): Operation(np.divide, lambda g, y, a, b: (g / b, -g * y / b)),
    ("^", 2): Operation(_power, lambda g, y, a, b: (g * b * np.power(a, b - 1), g * y * np.log(a))),
    ("U-", 1): Operation(np.negative, lambda g, y, a: (-g,)),
    ("U+", 1): Operation(np.positive, lambda g, y, a: (g,)),
    ("%", 1): Operation(lambda a: a / 100, lambda g, y, a: (g / 100,)),
    (">", 2): _compared(np.greater), ("<", 2): _compared(np.less), ("=", 2): _compared(np.equal),
    (">=", 2): _compared(np.greater_equal), ("<=", 2): _compared(np.less_equal), ("<>", 2): _compared(np.not_equal),
    ("EXP", 1): _elementwise(np.exp, lambda x, y: y),
    ("LN", 1): _elementwise(np.log, lambda x, y: 1 / x),
    ("LOG10", 1): _elementwise(np.log10, lambda x, y: 1 / (x * np.log(10))),
    ("SQRT", 1): _elementwise(np.sqrt, lambda x, y: 0.5 / y),
    ("TANH", 1): _elementwise(np.tanh, lambda x, y: np.cosh(x) ** -2.0),  # 1 - y * y has no digits near 1
    ("SINH", 1): _elementwise(np.sinh, lambda x, y: np.cosh(x)),
    ("COSH", 1): _elementwise(np.cosh, lambda x, y: np.sinh(x)),
    ("SIN", 1): _elementwise(np.sin, lambda x, y: np.cos(x)),
    ("COS", 1): _elementwise(np.cos, lambda x, y: -np.sin(x)),
    ("TAN", 1): _elementwise(np.tan, lambda x, y: 1 + y * y),
    ("ATAN", 1): _elementwise(np.arctan, lambda x, y: 1 / (1 + x * x)),
    ("ASINH", 1): _elementwise(np.arcsinh, lambda x, y: 1 / np.sqrt(1 + x * x)),
    ("ABS", 1): _elementwise(np.abs, lambda x, y: np.sign(x)),
    ("N", 1): _elementwise(lambda a: a + 0.0, lambda x, y: np.ones_like(x)),  # of a text nothing is covered
    ("SIGN", 1): Operation(np.sign, lambda g, y, x: (None,)),
    ("NOT", 1): Operation(lambda a: (a == 0) * 1.0, lambda g, y, a: (None,)),
    ("AND", 2): Operation(lambda a, b: ((a != 0) & (b != 0)) * 1.0, lambda g, y, a, b: (None, None)),
    ("OR", 2): Operation(lambda a, b: ((a != 0) | (b != 0)) * 1.0, lambda g, y, a, b: (None, None)),
    ("IF", 3): Operation(
        lambda c, a, b: np.where(c != 0, a, b),
        lambda g, y, c, a, b: (None, np.where(c != 0, g, 0), np.where(c == 0, g, 0)),
    ),
    ("IFERROR", 2): Operation(lambda a, b: a, lambda g, y, a, b: (g, None)),  # where a is an error nothing is covered
    ("INDEX", 2): Operation(
        lambda x, k: (_chosen(x, k) * x).sum((1, 2), keepdims=True), lambda g, y, x, k: (g * _chosen(x, k), None)
    ),
    ("TRANSPOSE", 1): Operation(lambda a: a.swapaxes(1, 2), lambda g, y, a: (g.swapaxes(1, 2),)),
    ("MMULT", 2): Operation(np.matmul, lambda g, y, a, b: (g @ b.swapaxes(1, 2), a.swapaxes(1, 2) @ g)),
}  # fmt: skip
_TRUTHS = frozenset({">", "<", "=", ">=", "<=", "<>", "NOT", "AND", "OR"})  # which give no number
_EQUAL_TO_TEXT = {"=": 0.0, "<>": 1.0}  # whether a number is
_CHOICES = {"IF": 1, "IFERROR": 1}  # the first operand that may be a text: not a number, where it is chosen
_SAME: Mapping[tuple[str, int], tuple[str, int]] = {("POWER", 2): ("^", 2), ("LOG", 1): ("LOG10", 1)}


# --- functions of all numbers together --------------------------------------------------------------------------------


def _without_one(x: Array, axis: int) -> Array:
    """For each number along an axis the product of the others."""
    one = np.ones_like(x.take([0], axis))
    count = x.shape[axis]
    before = np.concatenate([one, x.take(range(count - 1), axis)], axis).cumprod(axis)
    after = np.concatenate([one, np.flip(x, axis).take(range(count - 1), axis)], axis).cumprod(axis)
    return np.asarray(before * np.flip(after, axis), dtype=np.float64)


def _at(places: NDArray[np.int64], x: Array) -> Array:
    """1 in one place of each row, else 0."""
    return np.asarray((np.arange(x.shape[1]) == places[:, None]) * 1.0)


def _over(function: Callable[[Array], Array], slopes: Callable[[Array], Array]) -> Operation:
    """A function of all numbers that it is given, in rows (cells, numbers); `slopes` are its derivatives there."""

    def value(*terms: Array) -> Array:
        return function(_in_rows(terms)).reshape(-1, 1, 1)

    def rule(g: Array, _: Array, *terms: Array) -> Sequence[Array]:
        found = g.reshape(-1, 1) * slopes(_in_rows(terms))
        ends = np.cumsum([term[0].size for term in terms])
        return [
            part.reshape(-1, *term.shape[1:]) for part, term in zip(np.split(found, ends[:-1], 1), terms, strict=True)
        ]

    return Operation(value, rule)


def _in_rows(terms: Sequence[Array]) -> Array:
    count = max(map(len, terms))
    rows = [np.broadcast_to(term, (count, *term.shape[1:])).reshape(count, -1) for term in terms]
    return rows[0] if len(rows) == 1 else np.concatenate(rows, 1)


_OVER_ALL: Mapping[str, Operation] = {
    "SUM": _over(lambda x: x.sum(1), np.ones_like),
    "AVERAGE": _over(lambda x: x.mean(1), lambda x: np.full_like(x, 1 / x.shape[1])),
    "SUMSQ": _over(lambda x: (x * x).sum(1), lambda x: 2 * x),
    "DEVSQ": _over(
        lambda x: ((x - x.mean(1, keepdims=True)) ** 2).sum(1), lambda x: 2 * (x - x.mean(1, keepdims=True))
    ),
    "PRODUCT": _over(lambda x: x.prod(1), lambda x: _without_one(x, 1)),
    "MAX": _over(lambda x: x.max(1), lambda x: _at(x.argmax(1), x)),
    "MIN": _over(lambda x: x.min(1), lambda x: _at(x.argmin(1), x)),
}


def _of_pairs(function: Callable[..., Array], slopes: Callable[..., Sequence[Array]]) -> Operation:
    """The sum of a function of numbers that stand in the same place; `slopes` are its derivatives by each."""

    def value(*terms: Array) -> Array:
        return np.asarray(_in_rows([function(*terms)]).sum(1).reshape(-1, 1, 1))

    return Operation(value, lambda g, y, *terms: [g * slope for slope in slopes(*terms)])


def _product(first: Array, *others: Array) -> Array:
    for other in others:
        first = first * other
    return first


def _products(*factors: Array) -> Sequence[Array]:
    if len(factors) == 2:
        return factors[::-1]
    return list(_without_one(np.stack(np.broadcast_arrays(*factors)), 0))


_SUMS: Mapping[str, Operation] = {
    "SUMPRODUCT": _of_pairs(_product, _products),
    "SUMXMY2": _of_pairs(lambda x, y: (x - y) ** 2, lambda x, y: (2 * (x - y), 2 * (y - x))),
    "SUMX2MY2": _of_pairs(lambda x, y: x * x - y * y, lambda x, y: (2 * x, -2 * y)),
    "SUMX2PY2": _of_pairs(lambda x, y: x * x + y * y, lambda x, y: (2 * x, 2 * y)),
}


def _operation(name: str, count: int) -> Operation | None:
    key = name, count
    if name == "CHOOSE":
        return _CHOOSE
    by_count = _ELEMENTWISE.get(_SAME.get(key, key))
    return by_count or ((_OVER_ALL.get(name) or _SUMS.get(name)) if count else None)


# --- a whole formula --------------------------------------------------------------------------------------------------


@dataclass
class ArrayFormula:
    """The operations of a formula, operands first: each with the numbers of its operands.

    Arguments have the numbers from 0, then come the constants and the results, in the order of `parts`.
    """

    count: int  # of arguments
    parts: list[Array | tuple[Operation, tuple[int, ...]]] = field(default_factory=list)
    # Arguments that choose one number of other ones: of all numbers of a range, or of some arguments.
    places: dict[int, Sequence[int]] = field(default_factory=dict)

    def run(self, arguments: Sequence[Array]) -> tuple[list[Array], NDArray[np.bool_]]:
        """The arguments, constants and all results, the last that of the formula; and in which cells all are finite.

        Raises ValueError for arrays that do not go together.
        """
        found = list(arguments)
        finite = np.ones(max(map(len, arguments), default=1), dtype=bool)
        with np.errstate(all="ignore"):
            for part in self.parts:
                if isinstance(part, tuple):
                    operation, operands = part
                    part = operation.value(*(found[k] for k in operands))
                    good = np.isfinite(part)
                    if not good.all():
                        finite &= good.reshape(len(good), -1).all(1)
                found.append(part)
        return found, finite

    def slopes(self, found: Sequence[Array], seeds: Array) -> list[Array]:
        """The derivatives by each argument of what `run` found; `seeds` are the weights of the results in each cell."""
        with np.errstate(all="ignore"):
            by = self._accumulated(found, seeds)
        return [
            np.zeros_like(argument) if slope is None else np.broadcast_to(slope, argument.shape)
            for argument, slope in zip(found, by[: self.count], strict=False)
        ]

    def _accumulated(self, found: Sequence[Array], seeds: Array) -> list[Any]:
        by: list[Any] = [None] * (len(found) - 1) + [seeds]
        for k in range(len(found) - 1, self.count - 1, -1):
            part = self.parts[k - self.count]
            if by[k] is None or not isinstance(part, tuple):
                continue
            operation, operands = part
            parts = operation.rule(by[k], found[k], *(found[operand] for operand in operands))
            for operand, slope in zip(operands, parts, strict=True):
                if slope is not None and self._depends(operand):
                    slope = _as_operand(slope, found[operand])
                    by[operand] = slope if by[operand] is None else by[operand] + slope
        return by

    def _depends(self, k: int) -> bool:
        """Whether a part is no constant."""
        return k < self.count or isinstance(self.parts[k - self.count], tuple)


def _as_operand(slope: Array, operand: Array) -> Array:
    """Derivatives in the shape of an operand: what it is read for more than once is added up."""
    for axis in (1, 2):
        if operand.shape[axis] == 1 and slope.shape[axis] > 1:
            slope = slope.sum(axis, keepdims=True)
    return slope


def array_formula(tokens: Sequence[Any], addresses: Sequence[str]) -> ArrayFormula | None:
    """The tokens of a parsed formula, operands first, as a function of arrays; None where it uses anything else."""
    formula = ArrayFormula(len(addresses))
    texts: set[int] = set()

    def added(part: Array | tuple[Operation, tuple[int, ...]]) -> int:
        formula.parts.append(part)
        return formula.count + len(formula.parts) - 1

    def applied(name: str, operands: Sequence[int]) -> int | None:
        if (name, len(operands)) == ("PI", 0):
            return constant(np.pi)
        if not texts.isdisjoint(operands):
            if name in _EQUAL_TO_TEXT:
                return constant(_EQUAL_TO_TEXT[name])
            if not texts.intersection(operands) <= set(operands[_CHOICES.get(name, len(operands)) :]):
                return None
        if (name, len(operands)) == ("INDEX", 2) or name == "CHOOSE":
            place, *chosen = reversed(operands) if name == "INDEX" else operands
            if not chosen or max(operands) >= formula.count:
                return None
            formula.places[place] = chosen
        operation = _operation(name, len(operands))
        return None if operation is None else added((operation, tuple(operands)))

    def constant(number: float) -> int:
        return added(np.full((1, 1, 1), number))

    def text() -> int:
        texts.add(constant(np.nan))
        return max(texts)

    if tokens and str(tokens[-1].name).upper() in _TRUTHS:
        return None
    result = folded(tokens, addresses, lambda k: k, constant, applied, text)
    if result is None:
        return None
    if result != formula.count + len(formula.parts) - 1:  # of a formula that only repeats an argument
        added((_ELEMENTWISE["U+", 1], (result,)))
    return formula
