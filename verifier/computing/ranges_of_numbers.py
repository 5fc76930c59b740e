"""The operators of `formulas` between ranges of numbers, by NumPy at once instead of number by number.

They are the same operations on the same doubles. Whatever else there is in a range, a text, an error or an empty cell,
and every result that is no number, goes through the operator of `formulas` itself. A test holds each against it.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from formulas.functions import Array
from formulas.tokens.operator import OperatorToken as _OperatorToken

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
        return _quick(_COMPARISONS[name], original, ()) if name in _COMPARISONS else original


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
