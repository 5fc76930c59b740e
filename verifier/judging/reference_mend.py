"""The small change of a formula that makes it right: one reference in the place of another, proven at random states."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from math import isclose

from verifier.claims.descent import SAME, State
from verifier.computing.graph import Graph
from verifier.computing.recompute import Cell, Formula
from verifier.judging.step_check import Blame
from verifier.reading.references import Axis, Pattern, Reference, UnsupportedFormulaError
from verifier.values import Value

_MOST_TRIES = 400


@dataclass(frozen=True)
class Mend:
    """The cells that are wrong, and the formulas that are right in them, none where none is found."""

    cells: tuple[Cell, ...]
    formulas: Mapping[Cell, str]


def mend(blame: Blame, near: Sequence[Cell], graph: Graph, states: Sequence[State]) -> Mend:
    """The formula that gives what a wrong group should hold in each state.

    `near` are the cells that it may read, those that are tried first first. Where one formula, moved, is right in the
    whole group, all its cells that have the wrong one are wrong: that some hold the right number is chance.
    """
    expected = dict(zip(blame.group, blame.expected, strict=True))
    found: dict[Cell, Pattern] = {}
    for cell in blame.cells:
        known = next(
            (pattern for pattern in found.values() if _gives(cell, pattern, expected[cell], graph, states)), None
        )
        pattern = known or _mended(cell, expected[cell], near, graph, states)
        if pattern is not None:
            found[cell] = pattern
    first = found.get(blame.cells[0])
    cells = blame.cells
    if first is not None and len(found) == len(cells) and all(pattern is first for pattern in found.values()):
        cells = tuple(
            cell
            for cell in blame.group
            if cell in found
            or (
                _is_alike(cell, cells[0], graph)
                and _gives(cell, first, expected[cell], graph, states)
                and graph.formulas.workbook.sheets[cell[0]].formula_text(cell[1:]) != first.text(*cell[1:])
            )
        )
        found = dict.fromkeys(cells, first)
    return Mend(cells, {cell: pattern.text(*cell[1:]) for cell, pattern in found.items()})


def _is_alike(cell: Cell, other: Cell, graph: Graph) -> bool:
    one, two = graph.formulas.get(cell), graph.formulas.get(other)
    return one is not None and two is not None and one.pattern.skeleton == two.pattern.skeleton


def _mended(
    cell: Cell, expected: Sequence[float], near: Sequence[Cell], graph: Graph, states: Sequence[State]
) -> Pattern | None:
    """A formula for a cell that gives what is expected in each state; None where no change of one reference does."""
    formula = graph.formulas.get(cell)
    if formula is None or formula.pattern.element is not None or not any(expected):
        return None
    tries = islice(_changed(cell, formula.pattern, near, graph), _MOST_TRIES)
    return next((pattern for pattern in tries if _gives(cell, pattern, expected, graph, states)), None)


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


def _value(cell: Cell, formula: Formula, graph: Graph, state: State) -> Value:
    try:  # nearly always all that it reads is there
        return formula.function(formula.take(state.values, cell[1], cell[2]))
    except KeyError:
        return graph.formulas.compute(cell, dict(state.values), formula)


def _gives(cell: Cell, pattern: Pattern, expected: Sequence[float], graph: Graph, states: Sequence[State]) -> bool:
    try:
        formula = graph.formulas.compile(pattern, cell[0])
        if any(row < 1 or column < 1 for _, row, column in graph.formulas.precedents(cell, formula)):
            return False  # moved here, it reads what lies outside the sheet
        for state, right in zip(states, expected, strict=True):
            value = _value(cell, formula, graph, state)
            if not isinstance(value, float) or not isclose(value, right, rel_tol=SAME):
                return False
    except UnsupportedFormulaError:
        return False
    return True
