"""Which updates of a step are right, and what is wrong with the others: the fewest faults that explain them.

Most updates of a step take the same η: that is how it was meant. One that does not, though its gradient is right, is
wrong itself; one whose gradient is not there has it where its siblings have theirs, and that is wrong. Where there is
no majority, nothing is blamed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from math import isclose

from verifier.claims.descent import MOST_ROUNDING, SAME, Step, Update, agree, is_proven
from verifier.computing.graph import Graph
from verifier.computing.recompute import Cell
from verifier.findings import Kind

_MOST_WAYS = 50  # from an update to its gradient that are followed
_LITTLE_ROUNDING = 1e-6  # of what an update adds, for it to be blamed


@dataclass(frozen=True)
class Blame:
    """A wrong cell, with the update that shows it, and what the cell would hold in each state if it were right."""

    kind: Kind
    cell: Cell
    update: Update
    expected: tuple[float, ...]


@dataclass(frozen=True)
class StepVerdict:
    """What is proven of a step: `steps` is −η in each state where its updates are plain descent, else None."""

    step: Step
    steps: tuple[float, ...] | None
    factor: float | None
    right: tuple[Update, ...]
    wrong: tuple[Blame, ...]
    undecided: tuple[Update, ...]


def judge_step(step: Step, graph: Graph) -> StepVerdict:
    """Judge the updates of a step."""
    base = _majority([update for update in step.updates if is_proven(update, step.updates)])
    factor = _factor(step, base)
    right, wrong, undecided = list(base), [], []
    for update in step.updates:
        if any(update is other for other in base):
            continue
        is_open = not base or (update.rounding > MOST_ROUNDING and _is_alike(update, base, graph))
        if is_open and update.gradient is not None and _is_shared(update, factor) and _keeps_apart(update, step, graph):
            right.append(update)
            continue
        blame = _blame(update, step, base, factor, graph)
        if blame is None:
            undecided.append(update)
        else:
            wrong.append(blame)
    return StepVerdict(step, base[0].steps if base else None, factor, tuple(right), tuple(wrong), tuple(undecided))


def _majority(proven: Sequence[Update]) -> list[Update]:
    """The updates that step equally far, where they are most of those that are proven; one alone is plain descent."""
    groups = [[other for other in proven if agree(update, other)] for update in proven]
    largest = max(groups, key=len, default=[])
    is_known = len(largest) > 1 or all(update.is_plain for update in largest)
    return largest if is_known and len(largest) * 2 > len(proven) else []


def _factor(step: Step, base: Sequence[Update]) -> float | None:
    """The factor that most gradients of a step have in common; None where there is none."""
    factors = [update.factor for update in base or step.updates if update.factor is not None]
    shared = [sum(isclose(one, other, rel_tol=SAME) for other in factors) for one in factors]
    return factors[shared.index(max(shared))] if factors and max(shared) * 2 > len(factors) else None


def _is_shared(update: Update, factor: float | None) -> bool:
    return update.factor is not None and factor is not None and isclose(update.factor, factor, rel_tol=SAME)


def _keeps_apart(update: Update, step: Step, graph: Graph) -> bool:
    """Whether an update depends on no other parameter's gradient, but for what its own gradient is made of."""
    others = {other.gradient for other in step.updates if other is not update}
    between = set(update.between) - {update.gradient}
    way = {update.cell}
    for cell in (update.cell, *update.between):
        if cell in way:
            way.update(between.intersection(graph.reads[cell]))
    return others.isdisjoint(way)


def _is_alike(update: Update, base: Sequence[Update], graph: Graph) -> bool:
    """Whether an update is written as one of those that are right."""
    return _skeleton(update.cell, graph) in {_skeleton(other.cell, graph) for other in base}


def _blame(update: Update, step: Step, base: Sequence[Update], factor: float | None, graph: Graph) -> Blame | None:
    """What is wrong with an update that is unlike the others; None where that is open."""
    place = _place_of_gradient(update, step, graph) if update.gradient is None else update.gradient
    if place is not None and place not in {other.gradient for other in step.updates if other is not update}:
        if factor is not None and not _is_shared(update, factor):
            return Blame(Kind.WRONG_GRADIENT, place, update, tuple(factor * slope for slope in update.derivatives))
        if sum(agree(update, other) for other in step.updates) > 1:
            return None  # several take another step: it may be meant
    if update.rounding > _LITTLE_ROUNDING or not base:
        return None
    if not _is_alike(update, base, graph):
        return None
    expected = zip(update.values, base[0].steps, update.derivatives, strict=True)
    return Blame(Kind.WRONG_UPDATE, update.cell, update, tuple(old + by * slope for old, by, slope in expected))


def _place_of_gradient(update: Update, step: Step, graph: Graph) -> Cell | None:
    """The cell that stands where a sibling has its gradient; None where no sibling is alike."""
    for sibling in step.updates:
        if sibling.gradient is None:
            continue
        for way in islice(_ways(sibling.cell, sibling.gradient, set(sibling.between), graph), _MOST_WAYS):
            cell, other = update.cell, sibling.cell
            for k in way:
                if _skeleton(cell, graph) != _skeleton(other, graph):
                    break
                cell, other = graph.reads[cell][k], graph.reads[other][k]
            else:
                return cell if cell in update.between else None
    return None


def _ways(cell: Cell, to: Cell, between: set[Cell], graph: Graph) -> Iterator[list[int]]:
    """The ways from a cell down to another one, each as the numbers of the references that are followed."""
    for k, place in enumerate(graph.reads[cell]):
        if place == to:
            yield [k]
        elif place in between:
            yield from ([k, *way] for way in _ways(place, to, between, graph))


def _skeleton(cell: Cell, graph: Graph) -> str | None:
    formula = graph.formulas.get(cell)
    return None if formula is None else formula.pattern.skeleton
