"""An array formula stands for what `formulas` computes only as far as it has been proven to be the same function.

Each distinct formula is compared on the first real arguments and on random ones, on some of them without numbers in
some cells; its derivatives with the differences of what `formulas` computes, along a random direction. Of a long range
it is the beginning, where the formula does not choose a place in one: what it does with a cell is the same for all.
"""

import math
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from verifier.computing.arrays import Array, ArrayFormula
from verifier.reading.references import UnsupportedFormulaError
from verifier.values import Value

Argument = Value | list[list[Value]]  # a range comes as its rows
Reference = Callable[[Sequence[Argument]], Sequence[Sequence[Value]]]

_SAMPLES = 3  # random arguments beside the real ones
_LONG = 512  # rows or columns, as many of a range as it is proven with
_ROUNDING = 1e-12  # relative to the largest number, as sums have it
_WITHOUT = 0.3  # of the cells, which are empty in one sample
_SPREADS = (0.3, 0.05, 0.001)  # relative, around the real arguments: where the derivatives are compared
_STEP = 2e-3  # of differences of the fourth order
_SAME_SLOPE = 1e-7


def numbers_of(arguments: Sequence[Argument]) -> tuple[list[Array], bool] | None:
    """Arguments as arrays of one cell, and whether one is empty, which counts as 0; None where one is no number."""
    found, is_any_empty = [], False
    for argument in arguments:
        rows = argument if isinstance(argument, list) else [[argument]]
        values = [value for row in rows for value in row]
        kinds = set(map(type, values))
        if kinds != {float}:
            if not kinds <= {float, type(None)}:
                return None
            is_any_empty = True
            values = [0.0 if value is None else value for value in values]
        found.append(np.array(values, dtype=np.float64).reshape(1, len(rows), -1))
    return found, is_any_empty


class Proven:
    """An array formula beside the function that it stands for; `ranges` tells which arguments are ranges."""

    def __init__(self, formula: ArrayFormula, ranges: Sequence[bool], reference: Reference) -> None:
        self.formula = formula
        self._ranges, self._reference = ranges, reference
        self._real: list[Array] = []  # the arguments that it is proven with

    def gives_values(self, arguments: Sequence[Array]) -> bool:
        """Whether it gives the same values; `arguments` are those of one cell."""
        most = None if self.formula.places else _LONG
        self._real = self._real or [argument[:1, :most, :most] for argument in arguments]
        return self._gives_values

    @property
    def takes_empty(self) -> bool:
        """Whether an empty cell counts as 0."""
        return self._gives_values and self._takes_empty

    @property
    def gives_slopes(self) -> bool:
        """Whether it gives the derivatives."""
        return self._gives_values and self._gives_slopes

    @cached_property
    def _gives_values(self) -> bool:
        samples = [self._real, *(self._drawn(seed) for seed in range(_SAMPLES))]
        return all(self._agrees(sample, sample) for sample in samples)

    @cached_property
    def _takes_empty(self) -> bool:
        """Whether it does with numbers of one sign too: an empty cell is no 0 for MAX, which is mostly above it."""
        signs = (np.positive, np.abs, lambda array: -np.abs(array))
        return not self._real or all(self._takes_empty_in(seed, sign) for seed in range(_SAMPLES) for sign in signs)

    def _takes_empty_in(self, seed: int, sign: Callable[[Array], Array]) -> bool:
        """Whether it does in a sample, in which at least one cell is empty."""
        generator = np.random.default_rng(seed)
        numbers = [sign(array) if k not in self.formula.places else array for k, array in enumerate(self._drawn(seed))]
        empty = [generator.random(array.shape) < _WITHOUT for array in numbers]
        one = empty[generator.integers(len(empty))]
        one.flat[generator.integers(one.size)] = True
        given = [np.where(none, np.nan, array) for none, array in zip(empty, numbers, strict=True)]
        return self._agrees([np.where(none, 0.0, array) for none, array in zip(empty, numbers, strict=True)], given)

    @cached_property
    def _gives_slopes(self) -> bool:
        bases = (self._real, self._drawn(0))  # others too, where real numbers are too large for the rules
        return any(self._slopes_agree(base, spread) for base in bases for spread in _SPREADS)

    def _drawn(self, seed: int) -> list[Array]:
        generator = np.random.default_rng(seed)
        drawn = [generator.uniform(-3, 3, array.shape) for array in self._real]
        for place, chosen in self.formula.places.items():
            count = sum(drawn[k].size for k in chosen)
            drawn[place] = generator.integers(1, count + 1, drawn[place].shape).astype(np.float64)
        return drawn

    def _agrees(self, numbers: Sequence[Array], given: Sequence[Array]) -> bool:
        """Whether it gives for numbers what the function gives for the same, in which NaN is an empty cell."""
        expected = self._expected(given)
        try:
            found, finite = self.formula.run(numbers)
        except ValueError:
            return False
        if expected is None:
            return not finite[0]
        result, scale = found[-1][0], max((np.abs(part).max(initial=0.0) for part in found if part.size), default=0.0)
        return (
            bool(finite[0]) and result.shape == expected.shape and np.allclose(result, expected, 0, _ROUNDING * scale)
        )

    def _slopes_agree(self, base: Sequence[Array], spread: float) -> bool:
        generator = np.random.default_rng(1)
        near = [x * (1 + spread * generator.uniform(-1, 1, x.shape)) for x in base]
        near = [x + spread * generator.uniform(0.1, 0.5, x.shape) for x in near]
        pairs = zip(base, near, strict=True)  # a rate of decay stays below 1
        near = [np.where((x > 0) & (x < 1) & (moved >= 1), 2 - moved, moved) for x, moved in pairs]
        ways = [generator.uniform(0.3, 1, x.shape) * generator.choice([-1, 1], x.shape) for x in near]
        for place in self.formula.places:
            near[place], ways[place] = base[place], np.zeros_like(base[place])
        found, finite = self.formula.run(near)
        weights = generator.uniform(0.5, 1, found[-1].shape)
        moved = [
            self._expected([x + n * _STEP * spread * way for x, way in zip(near, ways, strict=True)])
            for n in (-2, -1, 1, 2)
        ]
        if not finite[0] or any(values is None for values in moved):
            return False
        ends = [float((weights[0] * values).sum()) for values in moved]
        difference = (ends[0] - 8 * ends[1] + 8 * ends[2] - ends[3]) / (12 * _STEP * spread)
        terms = [slope * way for slope, way in zip(self.formula.slopes(found, weights), ways, strict=True)]
        scale = sum(float(np.abs(term).sum()) for term in terms) + max(map(abs, ends)) * 1e-3
        return abs(sum(float(term.sum()) for term in terms) - difference) <= _SAME_SLOPE * scale

    def _expected(self, given: Sequence[Array]) -> Any:
        """What the function gives, (rows, columns); None where that is not all numbers."""
        arguments: list[Argument] = []
        for array, is_range in zip(given, self._ranges, strict=True):
            rows = [[None if math.isnan(value) else value for value in row] for row in array[0].tolist()]
            arguments.append(rows if is_range else rows[0][0])
        try:
            values = self._reference(arguments)
        except UnsupportedFormulaError:
            return None
        if any(not isinstance(value, float) for row in values for value in row):
            return None
        return np.array(values, dtype=np.float64)
