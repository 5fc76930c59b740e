"""How a cell can be checked by a formula that does not hold its number.

The number, made a whole one of five digits or more, is put through (x + key)² modulo a prime, and only the result, its
fingerprint, stands in the sheet. The next whole numbers up and down are accepted too, so that the last digits make no
difference; enough digits are taken for the usual slips, a neighbouring column in the place of the right one, to fail.
All of it is arithmetic on whole numbers below 2^53, which every application computes exactly.

This keeps the number from the eyes of whoever looks through the cells or the file. It is not cryptography: a program
that tries all numbers of five digits finds it at once, and whoever can write that one has no need of the exercise.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

PRIME = 999_983
FEWEST_DIGITS, MOST_DIGITS = 5, 9
APART = 2.5  # whole numbers this far apart are never taken for each other
_MOST_EXACT = 2.0**53
_SAME = 1e-9  # relative: two numbers that no check tells apart


@dataclass(frozen=True)
class Fingerprint:
    """What a check knows of a number: its digits, the power of ten that makes it a whole one, the key, the result."""

    digits: int
    power: int
    key: int
    result: int

    def accepts(self, number: float) -> bool:
        """Whether a number passes the check."""
        whole = _whole(number, self.power)
        return any(_hash(whole + step, self.key) == self.result for step in (0, -1, 1))

    def condition(self, cell: str) -> str:
        """The check of a cell, as a part of an Excel formula."""
        whole = f"ROUND({cell}{_scaling(self.power)},0)"
        tries = (f"MOD((MOD({whole}{step},{PRIME})+{self.key})^2,{PRIME})={self.result}" for step in ("", "-1", "+1"))
        return f"OR({','.join(tries)})"


def fingerprint(number: float, misses: Sequence[float], draw: random.Random) -> Fingerprint:
    """A fingerprint of a number that the misses do not have, but for those that are the number up to rounding."""
    others = [miss for miss in misses if math.isfinite(miss) and abs(miss - number) > _SAME * abs(number)]
    digits, power = FEWEST_DIGITS, 0
    for digits in range(FEWEST_DIGITS, MOST_DIGITS + 1):
        power = digits - 1 - (math.floor(math.log10(abs(number))) if number else 0)
        if all(_apart(number, miss, power) for miss in others):
            break
    told = [miss for miss in others if _apart(number, miss, power)]
    while True:
        key = 1 + int(draw.random() * (PRIME - 1))
        found = Fingerprint(digits, power, key, _hash(_whole(number, power), key))
        if not any(found.accepts(miss) for miss in told):
            return found


def _apart(number: float, miss: float, power: int) -> bool:
    return abs(number - miss) * 10.0**power > APART


def _whole(number: float, power: int) -> int:
    """ROUND as spreadsheets have it, halves away from zero."""
    scaled = number * 10.0**power if power >= 0 else number / 10.0**-power
    if not abs(scaled) < _MOST_EXACT:
        return -1  # no number that is asked for is as large
    return int(math.copysign(math.floor(abs(scaled) + 0.5), scaled))


def _hash(whole: int, key: int) -> int:
    return (whole % PRIME + key) ** 2 % PRIME


def _scaling(power: int) -> str:
    return "" if power == 0 else f"{'*' if power > 0 else '/'}10^{abs(power)}"
