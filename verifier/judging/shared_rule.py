"""Updates that are no plain descent: all of a step make the same of their gradients, or one is odd."""

from collections import Counter
from collections.abc import Iterator, Sequence
from math import isclose

from verifier.claims.descent import SAME, State, Update
from verifier.claims.optimizers import Rule, rules_of
from verifier.computing.graph import Graph
from verifier.computing.recompute import Cell
from verifier.reading.references import UnsupportedFormulaError
from verifier.values import Value

Expected = tuple[Cell, tuple[float, ...]]  # a cell, and what it would hold in each state


def odd_rules(
    updates: Sequence[Update], graph: Graph, states: Sequence[State]
) -> tuple[list[tuple[Update, Expected]], list[Update]]:
    """The updates that make something else of their gradients than most, with the cell that does.

    Also those of which it cannot be said, there being no majority or no such cell.
    """
    rules = rules_of(updates, graph)
    counts = Counter(rule.written for rule in rules)
    if len(counts) <= 1:
        return [], []
    written, count = counts.most_common(1)[0]
    usual = next(rule for rule in rules if rule.written == written)
    odd: list[tuple[Update, Expected]] = []
    undecided: list[Update] = []
    for rule in rules:
        missed = list(_missed(rule, usual, graph, states)) if rule.written != written else []
        if not _is_comparable(rule, usual):
            undecided.append(rule.update)
        elif missed:
            odd.append((rule.update, missed[-1]))
    if odd and 2 * count <= len(rules):
        return [], [rule.update for rule in rules]
    return odd, undecided


def _is_comparable(one: Rule, other: Rule) -> bool:
    return len(one.way) == len(other.way) and len(one.states) == len(other.states)


def _missed(odd: Rule, usual: Rule, graph: Graph, states: Sequence[State]) -> Iterator[Expected]:
    """The cells of an odd rule that do not hold what the usual formulas make of its gradient, the update first."""
    if not _is_comparable(odd, usual):
        return
    found = [_computed(odd, usual, graph, state) for state in states]
    for cell, other in zip(odd.way, usual.way, strict=True):
        expected = [values.get(other) for values in found]
        numbers = [state.number(cell) for state in states]
        wanted = tuple(number for number in expected if isinstance(number, float))
        if len(wanted) == len(states) and not all(
            number is not None and isclose(number, by, rel_tol=SAME) for number, by in zip(numbers, wanted, strict=True)
        ):
            yield cell, wanted


def _computed(odd: Rule, usual: Rule, graph: Graph, state: State) -> dict[Cell, Value]:
    """The cells of the usual rule with the parameter, the gradient and the states of the odd one."""
    values = {cell: value for cell, value in state.values.items() if cell not in usual.way}
    known = [(usual.update.old, odd.update.old), *zip(usual.states, odd.states, strict=True)]
    if usual.update.gradient is not None and odd.update.gradient is not None:
        known.append((usual.update.gradient, odd.update.gradient))
    values |= {own: state.values.get(other) for own, other in known}
    try:
        values[usual.update.cell] = graph.formulas.compute(usual.update.cell, values)
    except UnsupportedFormulaError:
        return {}
    return values
