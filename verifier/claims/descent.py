"""Steps of gradient descent, found by what their formulas mean: no label is read, and no layout is expected.

A cell is taken for the update of a parameter where its formula adds something to it (∂u/∂θ = 1), where a loss depends
on the parameter, and where that loss does not depend on the update. What is added is −η times the derivative of the
loss, the same η for all parameters of a step: so an update is proven, or it differs from the others. A cell between
the loss and the update that holds the derivative, but for a factor that all of a step have in common, is its gradient.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isclose

from verifier.computing.graph import Graph, Slopes
from verifier.computing.recompute import Cell
from verifier.values import Value

SAME = 1e-8  # relative: two numbers at random states that agree so far are the same function
MOST_VISITS = 3_000_000  # references that are followed in all, some ten seconds


@dataclass(frozen=True)
class State:
    """Values of all cells, and the derivatives of each formula there."""

    values: Mapping[Cell, Value]
    slopes: Slopes

    def number(self, cell: Cell) -> float | None:
        """The number in a cell; None where it holds none."""
        value = self.values.get(cell)
        return value if isinstance(value, float) else None


@dataclass(frozen=True)
class Update:
    """What a step makes of a parameter: what it adds is `steps` times the `derivatives`, in each random state.

    `gradient` is the cell that holds the derivative times `factor`; None where there is none.
    """

    cell: Cell
    parameter: Cell
    steps: tuple[float, ...]
    derivatives: tuple[float, ...]  # of the loss by the parameter, in each state
    gradient: Cell | None
    factor: float | None
    between: tuple[Cell, ...]  # the formula cells that it depends on, and the loss does not, the nearest first


@dataclass(frozen=True)
class Step:
    """The updates that follow the derivatives of one loss."""

    loss: Cell
    updates: tuple[Update, ...]


class TooLargeError(Exception):
    """There is more to follow than can be followed in good time."""


def find_steps(graph: Graph, states: Sequence[State]) -> list[Step]:
    """All steps of a workbook, in the order in which their losses are computed. Raises TooLargeError."""
    pairs = list(_pairs(graph, states))
    readers = {place for places in graph.reads.values() for place in places}
    ends = [cell for cell in graph.order if cell not in readers and states[0].number(cell) is not None]
    visits, steps = 0, []
    for loss in ends:
        past = graph.past(loss)
        visits += len(past)
        if visits > MOST_VISITS:
            raise TooLargeError
        step = _step(graph, states, loss, set(past), pairs)
        if step is not None:
            steps.append(step)
    return _without_parts(steps)


def _pairs(graph: Graph, states: Sequence[State]) -> Iterator[tuple[Cell, Cell]]:
    """Cells that add something to another one, with that one."""
    for cell in graph.order:
        slopes = [state.slopes.get(cell, {}) for state in states]
        if len(slopes[0]) < 2:
            continue
        for place in slopes[0]:
            if all(isclose(by.get(place, 0.0), 1.0, rel_tol=SAME) for by in slopes):
                yield cell, place


def _step(
    graph: Graph, states: Sequence[State], loss: Cell, past: set[Cell], pairs: Sequence[tuple[Cell, Cell]]
) -> Step | None:
    """The updates that a loss explains; None where it explains none."""
    outside = [(cell, parameter) for cell, parameter in pairs if cell not in past]
    if not outside:
        return None
    derivatives = [graph.gradient(loss, state.slopes) for state in states]
    updates = [
        update
        for cell, parameter in outside
        if all(by.get(parameter) for by in derivatives)
        and (update := _update(graph, states, cell, parameter, past, derivatives)) is not None
    ]
    shared = Counter(update.cell for update in updates)
    updates = [update for update in updates if shared[update.cell] == 1]
    step = Step(loss, tuple(updates))
    return step if any(_is_proven(update, step) for update in updates) else None


def _update(
    graph: Graph,
    states: Sequence[State],
    cell: Cell,
    parameter: Cell,
    past: set[Cell],
    derivatives: Sequence[Mapping[Cell, float]],
) -> Update | None:
    steps = []
    for state, by in zip(states, derivatives, strict=True):
        new, old = state.number(cell), state.number(parameter)
        if new is None or old is None:
            return None
        steps.append((new - old) / by[parameter])
    slopes = tuple(by[parameter] for by in derivatives)
    between = [place for place in graph.past(cell)[1:] if place not in past and place != parameter]
    for place in between:
        factors = [
            number / by[parameter]
            for state, by in zip(states, derivatives, strict=True)
            if (number := state.number(place)) is not None
        ]
        if len(factors) == len(states) and factors[0] and all(isclose(f, factors[0], rel_tol=SAME) for f in factors):
            return Update(cell, parameter, tuple(steps), slopes, place, factors[0], tuple(between))
    return Update(cell, parameter, tuple(steps), slopes, None, None, tuple(between))


def agree(one: Update, other: Update) -> bool:
    """Whether two updates step equally far along their derivatives."""
    return all(isclose(a, b, rel_tol=SAME) for a, b in zip(one.steps, other.steps, strict=True))


def _without_parts(steps: Sequence[Step]) -> list[Step]:
    """Of the steps with the same updates the one that explains the most of them: not the loss of one sample in many."""
    best: dict[Cell, tuple[int, Step]] = {}
    for step in steps:
        proven = sum(_is_proven(update, step) for update in step.updates)
        for update in step.updates:
            if update.cell not in best or proven > best[update.cell][0]:
                best[update.cell] = proven, step
    chosen = {id(step) for _, step in best.values()}
    return [step for step in steps if id(step) in chosen]


def _is_proven(update: Update, step: Step) -> bool:
    return update.gradient is not None or any(agree(update, other) for other in step.updates if other is not update)
