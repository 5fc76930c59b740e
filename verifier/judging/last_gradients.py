"""The gradients after the last update: no step takes them any more, but they are shown, and wrong where the others are.

They stand where the step before has its own, moved as its loss is, and are written as these: what is computed
otherwise from the second step on, as the directions of conjugate gradients, is no gradient.
"""

from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from math import isclose

from verifier.claims.descent import SAME, Objective, State, Step, Update
from verifier.claims.groups import Groups
from verifier.computing.graph import Graph
from verifier.computing.recompute import Cell
from verifier.judging.roots import Explainer, Goal
from verifier.judging.step_check import StepVerdict, blame_of, is_rounded, place_of_gradient, reached_from


def judge_last_gradients(
    training: Sequence[StepVerdict], graph: Graph, groups: Groups, states: Sequence[State]
) -> StepVerdict | None:
    """The verdict on what follows the last step of a training; None where no loss does that has a number."""
    before = training[-1]
    loss = _next_loss(before.step, graph, {cell for verdict in training for cell in verdict.step.objective.cells})
    if loss is None or before.factor is None or before.climbs:
        return None
    if any(state.number(loss) is None or loss not in state.slopes for state in states):
        return None  # the training diverges: its numbers have become too large
    past = graph.past(loss)
    derivatives = [graph.gradient(past, state.slopes, {loss: 1.0}) for state in states]
    behind = frozenset(past)
    gradients, goals = [], []
    for update, place in _gradients(before, loss, graph):
        slopes = tuple(by.get(update.cell, 0.0) for by in derivatives)
        between = graph.past(place, until=behind)
        expected = tuple(before.factor * slope for slope in slopes)
        numbers = [state.number(place) for state in states]
        is_right = all(map(_is, numbers, expected)) or is_rounded(place, slopes, before.factor, states)
        way = tuple(reached_from(place, between, graph))
        goals.append(Goal(place, update.cell, expected, way, is_right, is_update=False))
        gradients.append(
            replace(update, parameter=update.cell, derivatives=slopes, steps=(), gradient=place, find_between=tuple)
        )
    objective = Objective((loss,))
    is_missed = any(not goal.is_right for goal in goals)
    roots = Explainer(objective, goals, graph, states).roots(groups, before.factor) if is_missed else []
    right = tuple(gradient for gradient, goal in zip(gradients, goals, strict=True) if goal.is_right)
    step = Step(objective, right, frozenset(), len(past), behind=behind)
    return StepVerdict(step, None, before.factor, right, tuple(blame_of(root, states) for root in roots), ())


def _is(value: float | None, expected: float) -> bool:
    return value is not None and isclose(value, expected, rel_tol=SAME)


def _next_loss(step: Step, graph: Graph, known: Set[Cell]) -> Cell | None:
    """The next cell with the formula of a step's loss, which depends on its updates and is not known as a loss."""
    (loss, *more), updates = step.objective.cells, {update.cell for update in step.updates}
    if more or step.objective.weights:
        return None
    formula = graph.formulas.get(loss)
    after = graph.order[graph.order.index(loss) + 1 :]
    same = (cell for cell in after if graph.formulas.get(cell) is formula and cell not in known)
    return next((cell for cell in same if _depends(cell, updates, graph)), None)


def _depends(cell: Cell, updates: set[Cell], graph: Graph) -> bool:
    return any(not updates.isdisjoint(graph.reads[place]) for place in graph.past(cell))


def _gradients(before: StepVerdict, loss: Cell, graph: Graph) -> Iterator[tuple[Update, Cell]]:
    """The updates of a step, each with the cell of the next gradient by its parameter."""
    sheet, row, column = before.step.objective.cells[0]
    for update in before.step.updates:
        gradient = update.gradient or place_of_gradient(update, before.step, graph)
        if gradient is not None and gradient[0] == sheet == loss[0]:
            moved = sheet, gradient[1] + loss[1] - row, gradient[2] + loss[2] - column
            if moved in graph.reads and graph.skeleton(moved) == graph.skeleton(gradient):
                yield update, moved
