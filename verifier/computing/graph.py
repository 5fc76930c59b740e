"""The cells of a workbook as a graph: each formula with what it reads, and the derivatives of one by the other.

Local derivatives are those of each formula (`derivative.py`); those of one cell by all that it depends on are
accumulated in reverse: Griewank and Walther, "Evaluating Derivatives" (SIAM, 2008), chapter 3. Nothing here knows what
a network is.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from functools import cached_property

import numpy as np

from verifier.computing.derivative import Derivative
from verifier.computing.engine import Computable
from verifier.computing.recompute import Cell, Formulas
from verifier.reading.references import UnsupportedFormulaError
from verifier.values import Value

Slopes = Mapping[Cell, Mapping[Cell, float]]  # of each formula cell, by each cell that it reads


class Graph:
    """The formula cells of a workbook, precedents first: `order`, and what each reads: `reads`."""

    def __init__(self, formulas: Formulas, order: Iterable[Cell]) -> None:
        self.formulas = formulas
        self.order = [cell for cell in order if cell in formulas]
        self.reads: dict[Cell, Sequence[Cell]] = {cell: formulas.precedents(cell) for cell in self.order}
        self._derivatives: dict[Computable, Derivative] = {}

    @cached_property
    def read(self) -> frozenset[Cell]:
        """The cells that some formula reads."""
        return frozenset(place for places in self.reads.values() for place in places)

    @property
    def size(self) -> int:
        """How many references there are in all, each cell of a range counted."""
        return sum(map(len, self.reads.values()))

    def slopes(self, values: Mapping[Cell, Value]) -> Slopes:
        """The derivatives of each formula by what it reads, at a state; a formula without one is left out."""
        found: dict[Cell, dict[Cell, float]] = {}
        for cell in self.order:
            try:
                found[cell] = self._slopes(cell, values)
            except (UnsupportedFormulaError, KeyError):
                continue
        return found

    def _slopes(self, cell: Cell, values: Mapping[Cell, Value]) -> dict[Cell, float]:
        formula = self.formulas.get(cell)
        assert formula is not None  # noqa: S101  `order` has formula cells alone
        arguments = formula.take(values, cell[1], cell[2])
        derivative = self._derivatives.setdefault(formula.function, Derivative(formula.function))
        found: dict[Cell, float] = {}
        places = iter(self.reads[cell])
        for partial in derivative(arguments)[: len(formula.pattern.references)]:
            for slope in np.ravel(partial).tolist():
                place = next(places)
                found[place] = found.get(place, 0.0) + slope
        return found

    @staticmethod
    def gradient(past: Sequence[Cell], slopes: Slopes, seeds: Mapping[Cell, float]) -> dict[Cell, float]:
        """The derivatives of a weighted sum of cells by every cell that they depend on.

        `seeds` are the cells with their weights, `past` what they depend on, as `past` gives it.
        """
        found = dict(seeds)
        for cell in past:
            by = found.get(cell)
            if by:
                for place, slope in slopes.get(cell, {}).items():
                    found[place] = found.get(place, 0.0) + by * slope
        return found

    def past(self, *of: Cell, until: Container[Cell] = ()) -> list[Cell]:
        """The formula cells that some cells depend on, those included, readers first; no further than `until`."""
        past: dict[Cell, None] = {}
        done: set[Cell] = set()
        stack = [(cell, False) for cell in reversed(of)]
        while stack:
            cell, is_left = stack.pop()
            if is_left:
                past[cell] = None
            elif cell not in done and cell in self.reads and cell not in until:
                done.add(cell)
                stack.append((cell, True))
                stack.extend((place, False) for place in self.reads[cell])
        return list(reversed(past))
