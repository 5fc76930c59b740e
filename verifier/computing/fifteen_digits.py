"""Numbers compared as Excel compares them: by their first fifteen digits.

0.1 added up ten times is 0.9999999999999999 in doubles, and `=A11=1` is TRUE for it, in LibreOffice too. Microsoft
tells why on its page "Floating-point arithmetic may give inaccurate results in Excel".
"""

from typing import Any

import numpy as np

DIGITS = 15
_NEAR = 1e-14  # relative; numbers further apart differ in these digits

# Comparisons as Python: the sign of the order of both operands.
COMPARISONS: dict[str, str] = {
    ">": "(order({}, {}) > 0)", "<": "(order({}, {}) < 0)", ">=": "(order({}, {}) >= 0)",
    "<=": "(order({}, {}) <= 0)", "=": "(order({}, {}) == 0)", "<>": "(order({}, {}) != 0)",
}  # fmt: skip


def rounded(number: float) -> float:
    """The number with as many digits as are compared."""
    return float(f"{number:.{DIGITS}g}")


def order(left: float, right: float) -> float:
    """A number as positive, negative or zero as `left` is larger, smaller or equal."""
    difference = left - right
    if difference and abs(difference) <= _NEAR * max(abs(left), abs(right)):
        return rounded(left) - rounded(right)
    return difference


def order_of_arrays(left: Any, right: Any) -> Any:
    """The same element by element."""
    left, right = np.broadcast_arrays(left, right)
    difference = np.asarray(left - right)
    near = (difference != 0) & (np.abs(difference) <= _NEAR * np.maximum(np.abs(left), np.abs(right)))
    if near.any():
        pairs = zip(left[near].tolist(), right[near].tolist(), strict=True)
        difference[near] = [order(one, other) for one, other in pairs]
    return difference
