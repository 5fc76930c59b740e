"""What updates make of their gradients: the rule that they share, and its name where it is one of the known ones.

A rule is read off the formulas from the gradient to the update. A state is what only one parameter's update reads
beside its gradient, and what takes its place: of the gradients' mean, as momentum has it (Polyak 1964), of their
squares' sum (AdaGrad, Duchi et al. 2011) or mean (RMSProp, Hinton 2012), or both (Adam, Kingma and Ba 2015).
"""

from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import isclose

from verifier.claims.descent import SAME, State, Update
from verifier.computing.graph import Graph
from verifier.computing.recompute import Cell

PLAIN = "gradient descent"
OTHER = "an update of its own"


@dataclass(frozen=True)
class Rule:
    """The formulas of an update down to its gradient: a digest of how they are `written`, and the states they read."""

    update: Update
    written: str
    way: tuple[Cell, ...]  # the formula cells, the update first
    states: tuple[Cell, ...]


def rules_of(updates: Sequence[Update], graph: Graph) -> list[Rule]:
    """The rules of the updates of one step that have a gradient."""
    known = [update for update in updates if update.gradient is not None]
    readers = Counter(place for update in known for place in set(_read(update, graph)))
    return [_rule(update, readers, graph) for update in known]


def name_of_rule(rule: Rule, graph: Graph, states: Sequence[State]) -> str:
    """What optimisation calls a rule."""
    update = rule.update
    found = (_moment(state, update, graph, states) for state in rule.states)
    moments = {moment for moment in found if moment is not None}
    names = {
        frozenset({"mean"}): "momentum",
        frozenset({"sum of squares"}): "AdaGrad",
        frozenset({"mean of squares"}): "RMSProp",
        frozenset({"mean", "mean of squares"}): "Adam",
    }
    looks_ahead = moments == {"mean"} and update.gradient in graph.reads[update.cell]
    if moments:
        return "Nesterov momentum" if looks_ahead else names.get(frozenset(moments), OTHER)
    decays = any(not isclose(by, 1.0, rel_tol=SAME) for by in _slopes(update, update.parameter, graph, states))
    return "gradient descent with weight decay" if decays and not rule.states else OTHER


def _read(update: Update, graph: Graph) -> Iterator[Cell]:
    """What the formulas from an update to its gradient read, these themselves left out."""
    way = _way(update, graph)
    for cell in way:
        yield from (place for place in graph.reads[cell] if place not in way)


def _way(update: Update, graph: Graph) -> list[Cell]:
    """The update, and the cells from it to its gradient."""
    between = set(update.between) - {update.gradient}
    way = {update.cell}
    for cell in (update.cell, *update.between):
        if cell in way:
            way |= between.intersection(graph.reads[cell])
    return [cell for cell in (update.cell, *update.between) if cell in way]


def _rule(update: Update, readers: Counter[Cell], graph: Graph) -> Rule:
    way = _way(update, graph)
    states = dict.fromkeys(
        place
        for place in _read(update, graph)
        if place not in (update.gradient, update.parameter) and readers[place] == 1
    )

    written: dict[Cell, str] = {}
    for cell in reversed(way):
        parts = ",".join(_part(place, update, written, states) for place in graph.reads[cell])
        written[cell] = sha256(f"{graph.skeleton(cell)} of {parts}".encode()).hexdigest()
    return Rule(update, written[update.cell], tuple(way), tuple(states))


def _part(place: Cell, update: Update, written: Mapping[Cell, str], states: Container[Cell]) -> str:
    """What a cell is to a rule; of a formula on the way its digest, as written out these double with each cell."""
    if place == update.gradient:
        return "gradient"
    if place == update.parameter:
        return "parameter"
    return written.get(place) or ("state" if place in states else repr(place))


def _slopes(update: Update, by: Cell, graph: Graph, states: Sequence[State]) -> list[float]:
    """The derivative of an update by a cell that it reads, in each state."""
    way = _way(update, graph)
    return [graph.gradient(way, state.slopes, {update.cell: 1.0}).get(by, 0.0) for state in states]


def _moment(old: Cell, update: Update, graph: Graph, states: Sequence[State]) -> str | None:
    """What a state keeps of the gradients: their mean, or the sum or the mean of their squares; None of others."""
    way = _way(update, graph)
    new = next((cell for cell in reversed(way) if old in graph.reads[cell]), None)
    if new is None or update.gradient is None:
        return None
    kept, once, twice = [], [], []
    for state in states:
        numbers = [state.number(cell) for cell in (new, old, update.gradient)]
        after, before, gradient = (number or 0.0 for number in numbers)
        slopes = graph.gradient(way, state.slopes, {new: 1.0})
        kept.append(slopes.get(old, 0.0))
        rest, by = after - kept[-1] * before, slopes.get(update.gradient, 0.0)
        once.append(isclose(rest, by * gradient, rel_tol=1e-6))
        twice.append(isclose(2 * rest, by * gradient, rel_tol=1e-6))
    if all(once):
        return "mean"
    if all(twice):
        return "sum of squares" if all(isclose(by, 1.0, rel_tol=SAME) for by in kept) else "mean of squares"
    return None
