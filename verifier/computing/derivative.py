"""Partial derivatives of a compiled formula with respect to what it reads.

They follow the rules of its operations (`arrays.py`), where these are proven to be its own. Elsewhere central
differences of the function itself, of the fourth order, take their place.
"""

from collections.abc import Sequence

import numpy as np

from verifier.computing.arrays import Array
from verifier.computing.engine import Computable
from verifier.computing.proven import Argument, numbers_of
from verifier.reading.references import UnsupportedFormulaError

_DIFFERENCE = 2e-3  # of central differences: truncation and rounding are both some 1e-12
_STEPPED = frozenset(
    {"CEILING", "EVEN", "FIXED", "FLOOR", "INT", "MROUND", "ODD", "ROUND", "ROUNDDOWN", "ROUNDUP", "TRUNC"}
)


def is_stepped(formula: Computable) -> bool:
    """Whether a formula rounds, and so has no slope."""
    return any(str(token.name).upper() in _STEPPED for token in formula.tokens)


class Derivative:
    """The partial derivatives of one formula."""

    def __init__(self, formula: Computable) -> None:
        self._formula = formula
        self._stepped = is_stepped(formula)

    def __call__(self, arguments: Sequence[Argument]) -> list[Array]:
        """The derivatives at the arguments, one for each, a number as (1, 1) and a range as (rows, columns).

        Raises UnsupportedFormulaError where the formula has no value there, or is rounded and so has no slope.
        """
        known = numbers_of(arguments)
        if self._stepped or known is None:
            raise UnsupportedFormulaError("it has no derivative there")
        points, is_any_empty = known
        arrays = self._formula.arrays
        covered = arrays is not None and arrays.gives_values(points) and (arrays.takes_empty or not is_any_empty)
        if arrays is not None and covered and arrays.gives_slopes:
            found, finite = arrays.formula.run(points)
            if finite[0] and found[-1].size == 1:
                slopes = arrays.formula.slopes(found, np.ones((1, 1, 1)))
                if all(np.isfinite(slope).all() for slope in slopes):
                    return [slope[0] for slope in slopes]
        return self.by_differences(arguments, points)

    def by_differences(self, arguments: Sequence[Argument], points: Sequence[Array]) -> list[Array]:
        """The same by differences; `points` are the arguments as arrays."""
        slopes = [np.zeros(point.shape[1:]) for point in points]
        for k, point in enumerate(points):
            for place in np.ndindex(*point.shape[1:]):
                step = _DIFFERENCE * max(abs(float(point[0][place])), 0.1)
                near = {n: self._moved(arguments, k, place, float(point[0][place]) + n * step) for n in (-2, -1, 1, 2)}
                slopes[k][place] = (near[-2] - 8 * near[-1] + 8 * near[1] - near[2]) / (12 * step)
        return slopes

    def _moved(self, arguments: Sequence[Argument], k: int, place: tuple[int, ...], to: float) -> float:
        moved = list(arguments)
        argument = arguments[k]
        if isinstance(argument, list):
            rows = [list(row) for row in argument]
            rows[place[0]][place[1]] = to
            moved[k] = rows
        else:
            moved[k] = to
        value = self._formula(moved)
        if not isinstance(value, float):
            raise UnsupportedFormulaError("it has no derivative there")
        return value
