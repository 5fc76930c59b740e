"""Random states of a whole workbook: other numbers near those that stand in it, and what its formulas then give.

An identity of analytic functions that holds in one of them holds everywhere but for a set of measure zero (Schwartz
1980, Zippel 1979). Each number that stands in a cell is a variable of its own, also where a column repeats it.
"""

import random
from collections.abc import Mapping
from math import copysign

from verifier.computing.graph import Graph
from verifier.computing.recompute import Cell
from verifier.values import Value

# Relative, and of 1 beside it, until all formulas have numbers; at last without a change of sign, that of 0 being +, as
# a sum of squares needs that starts at 0.
_SPREADS = ((0.2, False), (0.05, False), (0.01, False), (0.2, True))


def random_state(graph: Graph, chain: Mapping[Cell, Value], seed: int) -> dict[Cell, Value] | None:
    """The values of all cells for other numbers; None where some formulas have none.

    `chain` are the values as they are: whatever is no number there may be none here.
    """
    leaves = {cell: chain.get(cell) for cell in sorted(graph.read) if cell not in graph.reads}
    for spread, keeps_sign in _SPREADS:
        generator = random.Random(seed)  # noqa: S311  the same samples in every run
        state = {**graph.formulas.constants(), **leaves}
        for cell, value in leaves.items():
            if isinstance(value, float):
                size = min(abs(value), 1.0) or 1.0  # a small rate stays a small rate, and keeps its sign
                moved = value * (1 + spread * generator.uniform(-1, 1)) + spread * size * generator.uniform(-0.5, 0.5)
                state[cell] = copysign(moved, value + 0.0) if keeps_sign else moved
        graph.compute(state)
        if all(isinstance(state[cell], float) or not isinstance(chain[cell], float) for cell in graph.order):
            return state
    return None
