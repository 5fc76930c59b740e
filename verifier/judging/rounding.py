"""How far the numbers in a file may be from those that its writer computed with.

Relative differences of cached values from what is recomputed, by writer: Excel 3e-16, WPS 3e-13, LibreOffice 6e-12,
Google Sheets 9e-8: it writes ten digits, and 0 for what is smaller than 1e-10.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from verifier.computing.recompute import differs
from verifier.values import Value, is_text

# In a text: a program may write 0.000001 as 1E-06, with fewer digits, or with the decimal comma of its language.
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?(?:[eE][-+]?\d+)?")
FEW_DIGITS = 11  # of a writer that rounds what it caches


@dataclass(frozen=True)
class Rounding:
    """The errors of a writer: of what follows from other values, relative and absolute; and of a number by itself."""

    relative: float
    absolute: float
    digits: float  # relative
    smallest: float  # what is smaller may be written as 0

    def tells_apart(self, left: Value, right: Value) -> bool:
        """Whether two values differ by more than such errors; texts, by more than how numbers are spelled in them."""
        if not (is_text(left) and is_text(right)):
            return differs(left, right, self.absolute, self.relative)
        texts = str(left), str(right)
        words, others = map(_NUMBER.split, texts)
        pairs = zip(*map(_numbers_in, texts), strict=False)
        return words != others or any(differs(a, b, self.absolute, self.relative) for a, b in pairs)

    def of_result(self, value: float) -> float:
        """How far the result of a formula may be from the number in the file."""
        return self.of_typed(value) + self.smallest

    def of_typed(self, value: float) -> float:
        """How far a number that somebody typed or pasted may be from the number in the file."""
        return self.digits * abs(value)


EXACT = Rounding(relative=1e-9, absolute=1e-12, digits=1e-11, smallest=0.0)
SHORT = Rounding(relative=1e-6, absolute=1e-10, digits=1e-9, smallest=1e-10)


def rounding_of(cached: Sequence[float]) -> Rounding:
    """That of the writer of these numbers, results of formulas; it may round them all to a few digits."""
    return SHORT if all(_digits(number) <= FEW_DIGITS for number in cached) else EXACT


def _numbers_in(text: str) -> list[float]:
    return [float(number.replace(",", ".")) for number in _NUMBER.findall(text)]


def _digits(number: float) -> int:
    mantissa = repr(abs(number)).partition("e")[0]
    return len(mantissa.replace(".", "").strip("0"))
