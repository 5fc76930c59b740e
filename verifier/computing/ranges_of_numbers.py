"""The operators of `formulas` between ranges of numbers, by NumPy at once instead of number by number.

They are the same operations on the same doubles. Whatever else there is in a range, a text, an error or an empty cell,
and every result that is no number, goes through the operator of `formulas` itself. A test checks each against it. But
numbers are compared by fifteen digits, as `formulas` does not.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from formulas.functions import Array
from formulas.tokens.operator import OperatorToken as _OperatorToken

from verifier.computing.fifteen_digits import order_of_arrays, rounded

_FEWEST = 16  # numbers for which it pays
_ARITHMETIC: Mapping[str, Callable[..., Any]] = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide}
_COMPARISONS: Mapping[str, Callable[..., Any]] = {
    ">": np.greater, "<": np.less, ">=": np.greater_equal, "<=": np.less_equal, "=": np.equal, "<>": np.not_equal,
}  # fmt: skip


def numbers_of(operand: Any, *kinds: type) -> Any:
    """An operand as an array of doubles, or a double; None where it holds anything but numbers and these kinds."""
    if type(operand) in (int, float):
        return float(operand)
    if not isinstance(operand, np.ndarray):
        return None
    values = operand.ravel().tolist()
    return np.array(values, dtype=float).reshape(operand.shape) if set(map(type, values)) <= {float, *kinds} else None


class OperatorToken(_OperatorToken):  # type: ignore[misc]  # the package ships no types
    """An operator that is quick between ranges of numbers."""

    def compile(self) -> Any:
        """The operator as a function of its operands."""
        original, name = super().compile(), str(self.name)
        if name in _ARITHMETIC:
            return _quick(_ARITHMETIC[name], original, (int, bool))  # a truth value counts as 1 or 0
        if name in _COMPARISONS:
            return _quick(partial(_compared, _COMPARISONS[name]), partial(_of_rounded, original), ())
        return original


def _compared(comparison: Callable[..., Any], left: Any, right: Any) -> Any:
    return comparison(order_of_arrays(left, right), 0)


def _of_rounded(original: Callable[..., Any], *operands: Any) -> Any:
    """The comparison of `formulas` itself, of numbers with as many digits as Excel compares."""
    return original(*map(_rounded, operands))


def _rounded(operand: Any) -> Any:
    if type(operand) is float:
        return rounded(operand)
    if not isinstance(operand, np.ndarray):
        return operand
    values = np.empty(operand.size, dtype=object)
    values[:] = [rounded(value) if type(value) is float else value for value in operand.ravel().tolist()]
    return values.reshape(operand.shape).view(type(operand))


def _quick(function: Callable[..., Any], original: Callable[..., Any], kinds: tuple[type, ...]) -> Callable[..., Any]:
    def operator(*operands: Any) -> Any:
        if len(operands) != 2 or max(map(np.size, operands)) < _FEWEST:
            return original(*operands)
        numbers = [numbers_of(operand, *kinds) for operand in operands]
        if any(operand is None for operand in numbers):
            return original(*operands)
        with np.errstate(all="ignore"):
            try:
                result = function(*numbers)
            except ValueError:  # of shapes that do not go together
                return original(*operands)
        return result.astype(object).view(Array) if np.isfinite(result).all() else original(*operands)

    return operator
