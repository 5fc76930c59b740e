"""What updates make of their gradients: the rule that they share, and its name where it is one of the known ones.

A rule is read off the formulas from the gradient to the update. A state is what few parameters' updates read beside
their gradients, and what takes its place: of the gradients' mean, as momentum has it (Polyak 1964), of their squares'
sum (AdaGrad, Duchi et al. 2011) or mean (RMSProp, Hinton 2012), or both (Adam, Kingma and Ba 2015).
"""

from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from hashlib import sha256
from math import isclose

from verifier.claims.descent import SAME, State, Update, way_of
from verifier.computing.graph import Graph
from verifier.computing.recompute import Cell
from verifier.reading.references import UnsupportedFormulaError
from verifier.values import Value

PLAIN, NESTEROV = "gradient descent", "Nesterov momentum"
OTHER = "another update rule"
_LARGE = (1e9, 1e12)  # gradients
_SATURATED = 1e-6  # relative


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
    few = {place for place, count in readers.items() if count == 1 or 2 * count <= len(known)}
    return [_rule(update, few, graph) for update in known]


def looks_ahead(update: Update, graph: Graph) -> bool:
    """Whether an update reads its gradient itself and what is made of it, as Nesterov's first step does."""
    own = {place for place in graph.reads[update.cell] if place != update.old and place in graph.reads}
    return any(not own.isdisjoint(graph.reads[place]) for place in own)


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
    is_ahead = moments == {"mean"} and update.gradient in graph.reads[update.cell]
    decays = all(_is_less(_tried(rule, 0.0, graph, s), s.number(update.old)) for s in states)
    if moments:
        name = NESTEROV if is_ahead else names.get(frozenset(moments), OTHER)
        if all(_decay_of(state, rule, graph) for state in states):
            return f"{name} with weight decay"
        return "AdamW" if decays and name == "Adam" else name
    if not rule.states and _is_bounded(rule, graph, states):
        return "gradient descent with clipped gradients"
    return "gradient descent with weight decay" if decays and not rule.states else OTHER


def is_optimizer(rule: Rule, graph: Graph, states: Sequence[State]) -> bool:
    """Whether a rule is more than a slip that all updates have in common.

    It has a name or a state; it goes as far down a gradient as up one of the other sign, and where there is none it
    keeps a parameter or lets it shrink. That is tried without anything in its states. A weight decay that is a part of
    the gradients, before anything else is made of them, counts as one.
    """
    for state in states:
        none = -_decay_of(state, rule, graph) * (state.number(rule.update.old) or 0.0)
        up, still, down = (_tried(rule, none + gradient, graph, state) for gradient in (-1.0, 0.0, 1.0))
        old = state.number(rule.update.old)
        if up is None or still is None or down is None or old is None:
            return False
        if not (down < still < up and isclose(still - down, up - still)):
            return False
        if not (isclose(still, old, rel_tol=SAME) or _is_less(still, old)):
            return False
    return bool(rule.states) or name_of_rule(rule, graph, states) != OTHER


def _is_bounded(rule: Rule, graph: Graph, states: Sequence[State]) -> bool:
    """Whether no gradient makes an update go further than some, as one that is clipped does."""
    for state in states:
        still, *reached = (_tried(rule, gradient, graph, state) for gradient in (0.0, 1e-9, *_LARGE))
        if still is None or None in reached:
            return False
        small, large, larger = (abs((number or 0.0) - still) for number in reached)
        if not (small < large and isclose(large, larger, rel_tol=_SATURATED)):
            return False
    return True


def goes_along(rule: Rule, sign: float, graph: Graph, states: Sequence[State]) -> bool:
    """Whether an update adds what its gradient tells, or its opposite where the sign is negative."""
    pairs = [(_tried(rule, -sign, graph, state), _tried(rule, sign, graph, state)) for state in states]
    return all(before is not None and after is not None and before < after for before, after in pairs)


def _is_less(number: float | None, than: float | None) -> bool:
    """Whether a number is nearer to 0, on the same side."""
    return number is not None and than is not None and 0 < number * than < than * than * (1 - SAME)


def _tried(rule: Rule, gradient: float, graph: Graph, state: State) -> float | None:
    """What an update gives for a gradient and no state; None where that is no number."""
    read = graph.read_by(rule.way).difference(rule.way)
    values: dict[Cell, Value] = {place: state.values.get(place) for place in read} | dict.fromkeys(rule.states, 0.0)
    if rule.update.gradient is not None:
        values[rule.update.gradient] = gradient
    try:
        value = graph.formulas.compute(rule.update.cell, values)
    except UnsupportedFormulaError:
        return None
    return value if isinstance(value, float) else None


def _read(update: Update, graph: Graph) -> Iterator[Cell]:
    """What the formulas from an update to its gradient read, these themselves left out."""
    way = way_of(update, graph)
    for cell in way:
        yield from (place for place in graph.reads[cell] if place not in way)


def _rule(update: Update, few: Set[Cell], graph: Graph) -> Rule:
    way = way_of(update, graph)
    states = dict.fromkeys(
        place for place in _read(update, graph) if place not in (update.gradient, update.old) and place in few
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
    if place == update.old:
        return "parameter"
    return written.get(place) or ("state" if place in states else repr(place))


def _renewed(old: Cell, update: Update, graph: Graph) -> Cell | None:
    """The cell that takes the place of a state."""
    return next((cell for cell in reversed(way_of(update, graph)) if old in graph.reads[cell]), None)


def _decay_of(state: State, rule: Rule, graph: Graph) -> float:
    """The weight decay that is a part of the gradients, as a state of the rule takes them in; 0 without one."""
    update = rule.update
    for new in filter(None, (_renewed(old, update, graph) for old in rule.states)):
        slopes = graph.gradient(way_of(update, graph), state.slopes, {new: 1.0})
        by = slopes.get(update.gradient, 0.0) if update.gradient is not None else 0.0
        if by:
            return max(slopes.get(update.old, 0.0) / by, 0.0)
    return 0.0


def _moment(old: Cell, update: Update, graph: Graph, states: Sequence[State]) -> str | None:
    """What a state keeps of the gradients: their mean, or the sum or the mean of their squares; None of others."""
    new = _renewed(old, update, graph)
    if new is None or update.gradient is None:
        return None
    kept, once, twice = [], [], []
    for state in states:
        numbers = [state.number(cell) for cell in (new, old, update.gradient, update.old)]
        after, before, gradient, parameter = (number or 0.0 for number in numbers)
        slopes = graph.gradient(way_of(update, graph), state.slopes, {new: 1.0})
        kept.append(slopes.get(old, 0.0))
        rest = after - kept[-1] * before
        # Euler: what a weight decay adds to a gradient is of the same degree as the gradient itself.
        by = slopes.get(update.gradient, 0.0) * gradient + slopes.get(update.old, 0.0) * parameter
        once.append(isclose(rest, by, rel_tol=1e-6))
        twice.append(isclose(2 * rest, by, rel_tol=1e-6))
    if all(once):
        return "mean"
    if all(twice):
        return "sum of squares" if all(isclose(by, 1.0, rel_tol=SAME) for by in kept) else "mean of squares"
    return None
