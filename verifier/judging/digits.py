"""To how many digits the numbers of a column were typed: how far each may be from the number that it stands for."""

from decimal import Decimal

import numpy as np

from verifier.judging.oracle import Array

_FEW_DIGITS = 4  # a given number with fewer was chosen, and not rounded
_SAMPLE = 1000  # numbers of a column whose digits are counted; with fewer of them a unit can only be too large


def units_of(numbers: Array) -> Array:
    """One in the last place of each number of a column, by the most decimals and the most digits that one has.

    That leaves room for numbers that were rounded or cut, to places behind the point or to significant digits.
    """
    shown = _shown(numbers)
    decimals = max((decimals for decimals, _ in shown), default=0)
    digits = max((digits for _, digits in shown), default=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        exponents = np.floor(np.log10(np.abs(numbers)))
        significant = np.where(np.isfinite(exponents), 10.0 ** (exponents - digits + 1), 0.0)
    return np.maximum(10.0**-decimals, significant)


def units_of_given(numbers: Array) -> Array:
    """The same of inputs and targets, of which 0.5 is 0.5, and only 0.3333 may stand for something else."""
    digits = max((digits for _, digits in _shown(numbers)), default=0)
    return units_of(numbers) if digits >= _FEW_DIGITS else np.zeros_like(numbers)


def _shown(numbers: Array) -> list[tuple[int, int]]:
    """The decimals and the digits of the numbers of a column, or of as many as are counted."""
    known = numbers[np.isfinite(numbers)]
    return [_places(number) for number in known[:: max(1, len(known) // _SAMPLE)].tolist()]


def _places(number: float) -> tuple[int, int]:
    """How many decimals a number has when it is written out, and how many digits that count."""
    _, digits, exponent = Decimal(repr(number)).normalize().as_tuple()
    return max(0, -int(exponent)), len(digits)
