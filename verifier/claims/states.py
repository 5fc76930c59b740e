"""Random states of a whole workbook: other numbers near those that stand in it, and what its formulas then give.

An identity of analytic functions that holds in one of them holds everywhere but for a set of measure zero (Schwartz
1980, Zippel 1979). Each number that stands in a cell is a variable of its own, also where a column repeats it.

Where a unit is at the end of its range, rounding hides what it depends on: 1/(1+EXP(-40)) is 1. So there is another
state to try, with smaller numbers.
"""

import random
from collections.abc import Mapping
from math import copysign, inf

from verifier.claims.descent import State
from verifier.claims.lookups import looks_up
from verifier.computing.graph import Graph
from verifier.computing.recompute import Cell
from verifier.values import Value, is_text

_SCALES = (1.0, 0.1, 0.01, 0.3, 0.03, 0.001)  # of all numbers
_MOST_IN_VAIN = 2  # of these, one after the other
# Relative, and of 1 beside it, until all formulas have numbers; at last without a change of sign, that of 0 being +, as
# a sum of squares needs that starts at 0.
_SPREADS = ((0.2, False), (0.05, False), (0.01, False), (0.2, True))


def random_state(graph: Graph, chain: Mapping[Cell, Value], seed: int) -> State | None:
    """Other numbers for all cells, and the derivatives there; None where some formulas then have no numbers.

    `chain` are the values as they are: whatever is no number there may be none here. Where formulas are at the end of
    their range, smaller numbers are tried, and those are taken with which the fewest are.
    """
    best, fewest, in_vain = None, inf, 0
    for scale in _SCALES:
        values = _moved(graph, chain, seed, scale)
        if values is not None:
            state = State(values, graph.slopes(values))
            saturated = graph.count_saturated(values, state.slopes)
            in_vain = 0 if saturated < fewest else in_vain + 1
            if saturated < fewest:
                best, fewest = state, saturated
        if not fewest or in_vain == _MOST_IN_VAIN:
            break
    return best


def _moved(graph: Graph, chain: Mapping[Cell, Value], seed: int, scale: float) -> dict[Cell, Value] | None:
    """The values of all cells for other numbers, so many times as large; None where some formulas have none."""
    leaves = {cell: chain.get(cell) for cell in sorted(graph.read) if cell not in graph.reads}
    places = _places(graph, leaves)
    for spread, keeps_sign in _SPREADS:
        generator = random.Random(seed)  # noqa: S311  the same samples in every run
        state = {**graph.formulas.constants(), **leaves}
        for cell, value in leaves.items():
            if isinstance(value, float) and cell not in places:
                size = min(abs(value), 1.0) or 1.0  # a small rate stays a small rate, and keeps its sign
                moved = value * (1 + spread * generator.uniform(-1, 1)) + spread * size * generator.uniform(-0.5, 0.5)
                if 0 < value < 1 <= moved:  # a rate of decay, of which something is to be left
                    moved = 2 - moved
                state[cell] = scale * (copysign(moved, value + 0.0) if keeps_sign else moved)
        graph.compute(state)
        if all(isinstance(state[cell], float) or _may_change(cell, state, chain, graph) for cell in graph.order):
            return state
    return None


def _may_change(cell: Cell, state: Mapping[Cell, Value], chain: Mapping[Cell, Value], graph: Graph) -> bool:
    """Whether a cell need not hold a number: it holds none as it is, or shows a word that nothing reads."""
    return not isinstance(chain[cell], float) or (is_text(state[cell]) and cell not in graph.read)


def _places(graph: Graph, leaves: Mapping[Cell, Value]) -> set[Cell]:
    """The whole numbers that tell formulas where to look something up: near them there is nothing else."""
    whole = {cell for cell, value in leaves.items() if isinstance(value, float) and value.is_integer()}
    found: set[Cell] = set()
    for cell in graph.order:
        formula = graph.formulas.get(cell)
        if formula is not None and looks_up(formula):
            areas = graph.formulas.areas(cell)
            found |= {(sheet, rows[0], columns[0]) for sheet, rows, columns in areas if len(rows) == len(columns) == 1}
    return found & whole
