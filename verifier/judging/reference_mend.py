"""The small change of a formula that makes it right: one reference in the place of another, proven at random states."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import isclose

from verifier.claims.descent import SAME, State
from verifier.computing.graph import Graph
from verifier.computing.recompute import Cell
from verifier.reading.references import Axis, Pattern, Reference, UnsupportedFormulaError

_MOST_TRIES = 400


def mend(
    cell: Cell, expected: Sequence[float], near: Sequence[Cell], graph: Graph, states: Sequence[State]
) -> str | None:
    """A formula for a cell that gives what is expected in each state; None where no change of one reference does.

    `near` are the cells that it may read, those that are tried first first.
    """
    formula = graph.formulas.get(cell)
    if formula is None or formula.pattern.element is not None:
        return None
    for tries, pattern in enumerate(_changed(cell, formula.pattern, near, graph)):
        if tries >= _MOST_TRIES:
            break
        if _gives(cell, pattern, expected, graph, states):
            return pattern.text(cell[1], cell[2])
    return None


def _changed(cell: Cell, pattern: Pattern, near: Sequence[Cell], graph: Graph) -> Iterator[Pattern]:
    for place in near:
        for k, reference in enumerate(pattern.references):
            if reference.is_range:
                continue
            other = _reference(cell, place, reference, graph)
            if other != reference:
                yield Pattern(pattern.skeleton, (*pattern.references[:k], other, *pattern.references[k + 1 :]))


def _reference(cell: Cell, place: Cell, like: Reference, graph: Graph) -> Reference:
    """A reference to a place as a formula in a cell has it, with the `$` of another one."""
    row, column = (
        Axis(number if axis.anchored else number - own, axis.anchored)
        for number, own, axis in zip(place[1:], cell[1:], (like.row, like.column), strict=True)
    )
    name = None if place[0] == cell[0] else graph.formulas.workbook.sheets[place[0]].name
    return replace(like, sheet=name, row=row, column=column)


def _gives(cell: Cell, pattern: Pattern, expected: Sequence[float], graph: Graph, states: Sequence[State]) -> bool:
    try:
        formula = graph.formulas.compile(pattern, cell[0])
        for state, right in zip(states, expected, strict=True):
            value = graph.formulas.compute(cell, dict(state.values), formula)
            if not isinstance(value, float) or not isclose(value, right, rel_tol=SAME):
                return False
    except UnsupportedFormulaError:
        return False
    return True
