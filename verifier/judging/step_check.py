"""Which updates of a step are right, and what is wrong with the others: the fewest faults that explain them.

Most updates of a step take the same η: that is how it was meant. Those that do not are missed goals, and the cells that
explain them are looked for (`roots.py`). Where there is no majority, nothing is blamed.
"""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from itertools import islice
from math import isclose, isnan

from verifier.claims.descent import MOST_ROUNDING, SAME, State, Step, Update, agree, is_proven, most_alike
from verifier.claims.groups import Group, Groups
from verifier.computing.graph import Graph
from verifier.computing.recompute import Cell
from verifier.findings import Kind
from verifier.judging.roots import Explainer, Goal, Root
from verifier.judging.shared_rule import odd_rules

_LONGEST_WAY = 20  # cells from an update to its gradient
_MOST_WAYS = 50  # from an update to its gradient that are followed
_ROUNDINGS = (
    64  # times its own rounding that a gradient may be off: the derivative that it is compared with is rounded too
)
_LITTLE_ROUNDING = 1e-6  # of what an update adds, for it to be blamed


@dataclass(frozen=True)
class Blame:
    """A wrong group of cells, and what it would hold in each state if it were right.

    `cells` are those that hold something else. Each cell of the `group` should be `times` the derivative by the one
    `of` the same place, or its update; `is_part` tells that it is only what one sample adds to it. `parameters` are
    those whose updates it makes wrong, `misled` the cells of several that would be right without it.
    """

    kind: Kind
    cells: Group
    group: Group
    of: tuple[Cell, ...]
    times: float
    is_part: bool
    expected: tuple[tuple[float, ...], ...]  # of each cell of the group, in each state
    parameters: tuple[Cell, ...]
    misled: tuple[Cell, ...] = ()

    @property
    def parameters_alone(self) -> bool:
        """Whether it is nothing but the derivatives by the parameters whose updates it makes wrong."""
        return len(self.parameters) < 2 or (not self.is_part and set(self.of) <= set(self.parameters))


@dataclass(frozen=True)
class StepVerdict:
    """What is proven of a step: `steps` is −η in each state where its updates are plain descent, else None.

    `is_told` says that the steps before and after it tell what is meant.
    """

    step: Step
    steps: tuple[float, ...] | None
    factor: float | None
    right: tuple[Update, ...]
    wrong: tuple[Blame, ...]
    undecided: tuple[Update, ...]
    is_told: bool = False

    @property
    def is_training(self) -> bool:
        """Whether half of the updates are proven, or few faults explain the others: then it is meant.

        Where none is wrong, half of them have their gradients.

        What is no plain descent adds to each parameter once: what differs from one set point again and again is an
        error of control, and no update of that.
        """
        if self.step.gradients or self.is_told:
            return True
        if self.steps is None and 2 * len({u.parameter for u in self.step.updates}) <= len(self.step.updates):
            return False
        if self.wrong:
            return not self.climbs and (2 * len(self.right) >= len(self.step.updates) or self._is_explained)
        open_ones = sum(update.gradient is not None for update in self.undecided)
        return 2 * (len(self.right) + open_ones) >= len(self.step.updates)

    @property
    def _is_explained(self) -> bool:
        """Whether few cells before the gradients explain all that is wrong, as the deltas of a layer do."""
        is_common = all(not blame.parameters_alone for blame in self.wrong)
        return is_common and not self.undecided and len(self.wrong) < len(self.right)

    @property
    def climbs(self) -> bool:
        """Whether plain updates add the derivatives of a loss, and do not subtract them."""
        return self.steps is not None and self.steps[0] > 0 and not self.step.objective.weights


def judge_step(
    step: Step, graph: Graph, groups: Groups, states: Sequence[State], usual: StepVerdict | None = None
) -> StepVerdict:
    """Judge the updates of a step, or its gradients where it has no updates.

    Where a `usual` one of those before and after it descends, what goes up is wrong, be it most.
    """
    if step.gradients:
        return _judge_gradients(step, graph, groups, states)
    proven = [update for update in step.updates if is_proven(update)]
    base = _majority(proven)
    factor = _factor(step, base)
    if usual is not None and base and not _goes_down(base[0]):
        factor = factor if usual.factor is None else usual.factor
        meant = [_mirrored(update) for update in base]
        base = [update for update in proven if agree(update, meant[0])] or meant
    known = {id(update) for update in (*base, *_still_in_part(step, base))}  # a mirrored one is none of the step's
    right = [u for u in step.updates if id(u) in known or _is_right(u, step, base, factor, graph)]
    known = {id(update) for update in right}
    missed = [update for update in step.updates if id(update) not in known]
    if rounded := _within_rounding(missed, step, base, factor, graph, states):
        right, missed = [*right, *rounded], [update for update in missed if update not in rounded]
    wrong, undecided = _blamed(step, right, missed, base, factor, graph, groups, states) if missed else ([], [])
    odd, unlike = odd_rules(right, graph, states) if not base else ([], [])
    wrong += [_of_update(update, cell, expected) for update, (cell, expected) in odd]
    undecided += unlike
    crossing = _crossing(right, step, graph) if base else []
    undecided += crossing
    told = {id(update) for update in (*unlike, *crossing, *(update for update, _ in odd))}
    right = [update for update in right if id(update) not in told]
    steps = base[0].steps if base else None
    return StepVerdict(step, steps, factor, tuple(right), tuple(wrong), tuple(undecided), usual is not None)


def _judge_gradients(step: Step, graph: Graph, groups: Groups, states: Sequence[State]) -> StepVerdict:
    """What is right is followed no further; what reads a wrong gradient is wrong because of it."""
    missed = {
        gradient.cell
        for gradient in step.gradients
        if not gradient.is_held and not is_rounded(gradient.cell, gradient.derivatives, 1.0, states)
    }
    roots: list[Root] = []
    if missed:
        held = {gradient.cell for gradient in step.gradients} - missed
        until = held.union(graph.past(*step.objective.cells))
        ways = {g.cell: (g.cell, *graph.past(*graph.reads[g.cell], until=until)) for g in step.gradients}
        first = {cell for cell in missed if missed.isdisjoint(ways[cell][1:])}
        before = {place for cell in first for place in (*ways[cell], *groups.of(cell))}
        goals = [
            Goal(g.cell, g.of, g.derivatives, ways[g.cell], g.is_held, is_update=False)
            for g in step.gradients
            if g.cell in first or (g.is_held and not before.isdisjoint(ways[g.cell]))
        ]
        roots = Explainer(step.objective, goals, graph, states).roots(groups, 1.0)
    return StepVerdict(step, None, 1.0, (), tuple(blame_of(root, states) for root in roots), ())


def _of_update(update: Update, cell: Cell, expected: tuple[float, ...]) -> Blame:
    return Blame(Kind.WRONG_UPDATE, (cell,), (cell,), (update.parameter,), 1.0, False, (expected,), (update.parameter,))


def cleared_cells(verdict: StepVerdict, graph: Graph) -> Iterator[Cell]:
    """The cells that are not to blame.

    Those of updates that go down the derivatives of the loss, and gradients that are derivatives of it; updates that
    are wrong because of their gradients, and gradients that are wrong because of others.
    """
    descending = [
        update.cell
        for update in verdict.right
        if verdict.steps is not None and _goes_down(update) and update.rounding <= MOST_ROUNDING
    ]
    yield from graph.past(*descending, until=verdict.step.behind)
    yield from (update.gradient for update in verdict.right if update.gradient is not None)
    for blame in verdict.wrong:
        if blame.kind is Kind.WRONG_GRADIENT:
            yield from (u.cell for u in verdict.step.updates if u.parameter in blame.parameters)
            yield from blame.misled


def _majority(proven: Sequence[Update]) -> list[Update]:
    """The updates that step equally far, where they are most of those that are proven; one alone is plain descent.

    Of those that step as far up as others down, the ones that do as most do are meant; down, where it is half and half.
    Where some have their gradients in cells, these alone tell what is meant.
    """
    telling = [update for update in proven if update.gradient is not None] or list(proven)
    folded = [replace(update, steps=tuple(map(abs, update.steps))) for update in telling]
    alike = set(map(id, most_alike(folded)))
    largest = [update for update, one in zip(telling, folded, strict=True) if id(one) in alike]
    if len(largest) * 2 <= len(telling):
        return []
    down = [update for update in largest if _goes_down(update)]
    up = [update for update in largest if not _goes_down(update)]
    meant = (up if len(up) > len(down) else down)[0]
    same = [update for update in proven if update is meant or agree(update, meant)]
    is_known = meant.is_plain or (_goes_down(meant) and meant.is_rated)
    return same if len(same) > 1 or is_known else []


def _still_in_part(step: Step, base: Sequence[Update]) -> Iterator[Update]:
    """The updates that add nothing where their derivative is 0, and in other states go as far as most."""
    for update in step.updates if base else ():
        still = [isnan(by) for by in update.steps]
        if all(still) or (any(still) and agree(update, base[0])):
            yield update


def _goes_down(update: Update) -> bool:
    return all(step < 0 for step in update.steps)


def _mirrors(one: Update, other: Update) -> bool:
    """Whether an update steps as far up as another one down."""
    return agree(one, _mirrored(other))


def _mirrored(update: Update) -> Update:
    """What would step as far down as an update steps up."""
    return replace(update, steps=tuple(-step for step in update.steps))


def _factor(step: Step, base: Sequence[Update]) -> float | None:
    """The factor that most gradients of a step have in common, or half of them where it is 1; None without one."""
    factors = sorted(update.factor for update in base or step.updates if update.factor is not None)
    middle = factors[len(factors) // 2] if factors else 0.0  # what most have is in the middle
    shared, exact = (sum(isclose(one, other, rel_tol=SAME) for other in factors) for one in (middle, 1.0))
    if shared * 2 > len(factors):
        return middle
    return 1.0 if factors and exact * 2 == len(factors) else None


def _is_right(update: Update, step: Step, base: Sequence[Update], factor: float | None, graph: Graph) -> bool:
    is_open = not base or (update.rounding > MOST_ROUNDING and _is_alike(update, base, graph))
    return (
        is_open
        and update.gradient is not None
        and _is_shared(update, factor)
        and _keeps_apart(update, _gradients_beside(update, step), graph)
    )


def _within_rounding(
    missed: Sequence[Update],
    step: Step,
    base: Sequence[Update],
    factor: float | None,
    graph: Graph,
    states: Sequence[State],
) -> list[Update]:
    """The updates whose gradients are their derivatives but for rounding, which leaves too little of some to tell.

    So it is of units that are off, or at the end of their range, as 1 − a² is where a is nearly 1. And what a parameter
    adds on one way to the loss may be taken back on others, as that of a bias is by the mean of a batch.
    """
    placed = [(u, cell) for u in missed if (cell := u.gradient or place_of_gradient(u, step, graph)) is not None]
    gradients = {update.gradient for update in step.updates} | {cell for _, cell in placed}
    return [
        update
        for update, cell in placed
        if (not base or _is_alike(update, base, graph))
        and is_rounded(cell, update.derivatives, factor or 1.0, states)
        and _keeps_apart(replace(update, gradient=cell), gradients - {cell}, graph)
    ]


def is_rounded(cell: Cell, derivatives: Sequence[float], times: float, states: Sequence[State]) -> bool:
    """Whether a cell holds so many times some derivatives but for rounding, which hides what more there is in one."""
    found = [
        ((state.number(cell) or 0.0) / times, by, _ROUNDINGS * state.rounding[cell] / abs(times))
        for state, by in zip(states, derivatives, strict=True)
    ]
    is_hidden = any(rest >= SAME * abs(by) for _, by, rest in found)
    return is_hidden and all(abs(own - by) <= rest + SAME * abs(by) for own, by, rest in found)


def _is_shared(update: Update, factor: float | None) -> bool:
    return update.factor is not None and factor is not None and isclose(update.factor, factor, rel_tol=SAME)


def _keeps_apart(update: Update, others: Set[Cell | None], graph: Graph) -> bool:
    """Whether an update depends on no other parameter's gradient, but for what its own gradient is made of."""
    between = [cell for cell in (update.cell, *update.between) if cell != update.gradient]
    return others.isdisjoint(reached_from(update.cell, between, graph))


def _gradients_beside(update: Update, step: Step) -> set[Cell | None]:
    return {other.gradient for other in step.updates if other is not update}


def _crossing(right: Sequence[Update], step: Step, graph: Graph) -> list[Update]:
    """The updates whose rates depend on another parameter's gradient, where some have rates of their own gradients.

    A norm of all gradients is read by all updates, or by none.
    """
    moving = [update for update in right if update.gradient is not None and not update.is_rated]
    crossing = [update for update in moving if not _keeps_apart(update, _gradients_beside(update, step), graph)]
    return crossing if len(crossing) < len(moving) else []


def _is_alike(update: Update, base: Sequence[Update], graph: Graph) -> bool:
    """Whether an update is written as one of those that are right."""
    return graph.skeleton(update.cell) in {graph.skeleton(other.cell) for other in base}


# --- what is wrong ----------------------------------------------------------------------------------------------------


def _blamed(
    step: Step,
    right: Sequence[Update],
    missed: Sequence[Update],
    base: Sequence[Update],
    factor: float | None,
    graph: Graph,
    groups: Groups,
    states: Sequence[State],
) -> tuple[list[Blame], list[Update]]:
    """The cells that explain the missed updates, and those that nothing explains."""
    goals = {
        id(update): goal for update in missed if (goal := _goal(update, step, base, factor, graph, states)) is not None
    }
    met = [_met(update, base, graph) for update in right]
    explainer = Explainer(step.objective, [*met, *goals.values()], graph, states)
    roots = explainer.roots(groups, 1.0 if factor is None else factor) if goals else []
    explained = {goal.cell: root for root in roots for goal in root.goals}
    wrong = [blame_of(root, states) for root in roots]
    undecided = []
    for update in missed:
        goal = goals.get(id(update))
        if goal is not None and goal.cell in explained:
            continue
        blame = _wrong_update(update, step, base, factor, graph)
        if blame is None:
            undecided.append(update)
        else:
            wrong.append(blame)
    return wrong, undecided


def _goal(
    update: Update, step: Step, base: Sequence[Update], factor: float | None, graph: Graph, states: Sequence[State]
) -> Goal | None:
    """What would be right for an update that is missed; None where its gradient is right, or nothing is known."""
    if _is_shared(update, factor):
        return None
    place = update.gradient or place_of_gradient(update, step, graph)
    others = {other.gradient for other in step.updates if other is not update}
    if place is not None and place not in others and not _is_elsewhere(update, factor, graph, states):
        if factor is None:
            return None
        expected = tuple(factor * slope for slope in update.derivatives)
        way = tuple(reached_from(place, update.between, graph))
        return Goal(place, update.parameter, expected, way, is_right=False, is_update=False)
    if not base or update.rounding > _LITTLE_ROUNDING or not _is_alike(update, base, graph):
        return None
    if _may_be_meant(update, step, graph):
        return None
    way = (update.cell, *update.between)
    return Goal(update.cell, update.parameter, _stepped(update, base), way, is_right=False, is_update=True)


def _met(update: Update, base: Sequence[Update], graph: Graph) -> Goal:
    """What is right: the update; or its gradient, where how far a step goes depends on all gradients of it."""
    cell, way = update.cell, (update.cell, *update.between)
    if update.gradient is not None and not _is_rated(base):
        cell, way = update.gradient, tuple(reached_from(update.gradient, update.between, graph))
    return Goal(cell, update.parameter, update.values, way, is_right=True, is_update=True)


def _is_rated(base: Sequence[Update]) -> bool:
    """Whether a rate says how far a step goes, and not its gradients, as where these are clipped by their norm."""
    return any(update.is_rated for update in base)


def _is_elsewhere(update: Update, factor: float | None, graph: Graph, states: Sequence[State]) -> bool:
    """Whether the right gradient stands in a cell that the update does not read: then it reads the wrong one."""
    expected = tuple((factor or 0.0) * slope for slope in update.derivatives)
    way = {update.cell, *update.between}
    return any(cell not in way and _holds(cell, expected, states) for cell in graph.order) if all(expected) else False


def _may_be_meant(update: Update, step: Step, graph: Graph) -> bool:
    """Whether several updates take another step than most, and not by the gradient of another parameter."""
    others = {other.gradient for other in step.updates if other is not update}
    several = sum(agree(update, other) for other in step.updates) > 1
    return several and place_of_gradient(update, step, graph) not in others - {None}


def _stepped(update: Update, base: Sequence[Update]) -> tuple[float, ...]:
    """What an update would hold if it stepped as far as the others."""
    parts = zip(update.values, base[0].steps, update.derivatives, strict=True)
    return tuple(old + by * slope for old, by, slope in parts)


def reached_from(cell: Cell, between: Sequence[Cell], graph: Graph) -> list[Cell]:
    """A cell and those of some others that it depends on, these being given readers first."""
    inside, reached = set(between), {cell}
    for other in between:
        if other in reached:
            reached.update(inside.intersection(graph.reads[other]))
    return [cell, *(other for other in between if other in reached and other != cell)]


def blame_of(root: Root, states: Sequence[State]) -> Blame:
    """A root as a blame: the cells of a group that do not hold what they should."""
    target = root.target
    cells = tuple(
        cell for cell, expected in zip(root.cells, target.values, strict=True) if not _holds(cell, expected, states)
    )
    parameters = tuple(goal.parameter for goal in root.goals)
    misled = tuple(goal.cell for goal in root.goals if goal.cell not in root.cells)
    return Blame(
        Kind.WRONG_GRADIENT, cells, root.cells, target.of, target.times, target.is_part, target.values, parameters,
        misled if len(misled) > 1 else (),
    )  # fmt: skip


def _holds(cell: Cell, expected: Sequence[float], states: Sequence[State]) -> bool:
    numbers = [state.number(cell) or 0.0 for state in states]
    return all(isclose(n, wanted, rel_tol=SAME, abs_tol=1e-300) for n, wanted in zip(numbers, expected, strict=True))


def _wrong_update(
    update: Update, step: Step, base: Sequence[Update], factor: float | None, graph: Graph
) -> Blame | None:
    """The update itself as what is wrong; None where that is open."""
    if update.rounding > _LITTLE_ROUNDING or not base or (_is_shared(update, factor) and not _is_rated(base)):
        return None
    mirrors = _mirrors(update, base[0])
    if not (mirrors or _is_rated(base)) and place_of_gradient(update, step, graph) == update.gradient:
        return None  # each may have a rate of its own
    if not _is_alike(update, base, graph) and not mirrors:
        return None
    if not _is_shared(update, factor) and _may_be_meant(update, step, graph):
        return None
    return _of_update(update, update.cell, _stepped(update, base))


def place_of_gradient(update: Update, step: Step, graph: Graph) -> Cell | None:
    """The cell that stands where a sibling has its gradient; None where no sibling is alike."""
    for sibling in step.updates:
        if sibling.gradient is None:
            continue
        for way in islice(_ways(sibling.cell, sibling.gradient, set(sibling.between), graph, _LONGEST_WAY), _MOST_WAYS):
            cell, other = update.cell, sibling.cell
            for k in way:
                if graph.skeleton(cell) != graph.skeleton(other) or len(graph.reads[cell]) <= k:
                    break  # of a range, one may have fewer cells
                cell, other = graph.reads[cell][k], graph.reads[other][k]
            else:
                return cell if cell in update.between else None
    return None


def _ways(cell: Cell, to: Cell, between: set[Cell], graph: Graph, most: int) -> Iterator[list[int]]:
    """The ways from a cell down to another one over so many at most, as the numbers of the references to follow."""
    for k, place in enumerate(graph.reads[cell]):
        if place == to:
            yield [k]
        elif place in between and most:
            yield from ([k, *way] for way in _ways(place, to, between - {place}, graph, most - 1))
