"""Gradients that no update follows: blocks of cells that hold the derivatives of an objective.

Single numbers may agree by chance; what counts is that most cells of a block hold the derivatives by cells that stand
as they do, and that several blocks do.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import isclose

import numpy as np

from verifier.claims.descent import SAME, Gradient, Objective, Step
from verifier.claims.finder import Finder
from verifier.claims.groups import Group, Groups
from verifier.computing.recompute import Cell

_MOST_GROUPS = 60  # in a workbook, all pairs of which are tried
_LEAST_SHARE = 0.75  # of the cells of all blocks that hold what they should
_FEWEST = 4  # cells that hold derivatives, in two blocks or more; of a loss one block is enough
_SAMPLES = 2  # of cells with one formula that nothing reads, and that may be losses
_MOST_EQUAL = 64  # derivatives that are the same number, of which a cell may hold any


def find_gradients(finder: Finder, groups: Groups) -> Step | None:
    """The objective whose derivatives most cells of a workbook hold; None where too few do for it to be meant."""
    shown = _Sorted(
        {cell: n for cell in finder.graph.order if (n := finder.numbers(cell)) is not None}, len(finder.states)
    )
    best: Step | None = None
    for objective, past in _objectives(finder, groups, shown):
        step = _step(objective, past, finder, groups, shown, 0 if best is None else _held(best))
        best = max((found for found in (best, step) if found is not None), key=_held, default=None)
    return best


def _held(step: Step) -> int:
    """How many cells hold what they should."""
    return sum(gradient.is_held for gradient in step.gradients)


def _objectives(finder: Finder, groups: Groups, shown: "_Sorted") -> Iterator[tuple[Objective, list[Cell]]]:
    """What may be differentiated, with the formulas that it depends on: losses, and outputs that gradients begin at."""
    graph = finder.graph
    seen: Counter[str | None] = Counter()
    for cell in graph.order:
        seen[graph.skeleton(cell)] += cell not in graph.read
        if cell not in graph.read and seen[graph.skeleton(cell)] <= _SAMPLES:
            yield Objective((cell,)), graph.past(cell)
    every = groups.among(graph.order)
    for outputs in every if len(every) <= _MOST_GROUPS else ():
        past = graph.past(*outputs)
        behind = frozenset(past)
        for weights in every:
            if len(weights) == len(outputs) and behind.isdisjoint(weights):
                objective = Objective(outputs, weights)
                if _begins(objective, finder, shown):
                    yield objective, past


def _begins(objective: Objective, finder: Finder, shown: "_Sorted") -> bool:
    """Whether some cells hold the derivatives by what outputs read themselves, as gradients that begin at them do."""
    return len({cell for cell, _ in shown.equal(_derivatives(objective, objective.cells, finder))}) > 1


def _derivatives(objective: Objective, past: Sequence[Cell], finder: Finder) -> dict[Cell, tuple[float, ...]]:
    """The derivatives by what an objective depends on, in each state."""
    finder.spend(len(past))
    slopes = [finder.graph.gradient(past, state.slopes, objective.seeds(state)) for state in finder.states]
    return {cell: tuple(by.get(cell, 0.0) for by in slopes) for cell in slopes[0] if cell not in objective.cells}


def _step(
    objective: Objective, past: Sequence[Cell], finder: Finder, groups: Groups, shown: "_Sorted", least: int
) -> Step | None:
    """The derivatives of one objective; None where too few cells hold them, or certainly no more than `least`."""
    graph, behind, derivatives = finder.graph, frozenset(past), _derivatives(objective, past, finder)
    if len(derivatives) <= least:
        return None
    equal = [(cell, by) for cell, by in shown.equal(derivatives) if cell not in behind]
    found: list[Gradient] = []
    taken: set[Cell] = set()
    blocks = leading = 0
    for group in groups.among(sorted({cell for cell, _ in equal}, key=graph.number.__getitem__)):
        if len(group) < 2 or group == objective.weights or not behind.isdisjoint(group):
            continue
        inside = set(group)
        free = {cell: by for cell, by in derivatives.items() if cell not in taken}
        block = _block(group, [pair for pair in equal if pair[0] in inside and pair[1] in free], free, finder)
        if block and graph.depends(block[0].cell, block[0].of):
            blocks += 1
            taken.update(gradient.of for gradient in block)
            leading += all(gradient.of not in graph.reads for gradient in block)
            found += block
    step = Step(objective, (), frozenset(), len(past), tuple(found))
    is_enough = blocks > 1 or not objective.weights
    is_most = _held(step) >= _LEAST_SHARE * len(step.gradients)
    return step if is_enough and is_most and leading and _held(step) >= _FEWEST else None


def _block(
    group: Group, equal: Sequence[tuple[Cell, Cell]], derivatives: Mapping[Cell, tuple[float, ...]], finder: Finder
) -> list[Gradient]:
    """A block of cells as derivatives by cells that stand as they do; empty where most hold none, or do by chance.

    `equal` are cells of the block that hold the derivative by another one.
    """
    votes = Counter((by[0], by[1] - cell[1], by[2] - cell[2]) for cell, by in equal)
    zeros = sum(not any(finder.numbers(cell) or (1.0,)) for cell in group)
    for (sheet, rows, columns), count in votes.most_common():
        if count < 2 or 2 * (count + zeros) < len(group):
            break
        of = {cell: (sheet, cell[1] + rows, cell[2] + columns) for cell in group}
        if all(by in derivatives for by in of.values()):
            block = [_gradient(cell, by, derivatives[by], finder) for cell, by in of.items()]
            if 2 * sum(gradient.is_held for gradient in block) >= len(group):
                return block
    return []


def _gradient(cell: Cell, by: Cell, derivatives: tuple[float, ...], finder: Finder) -> Gradient:
    """What a cell should hold; 0 may be the derivative by what a ReLU takes, where that is in the ReLU's own cell."""
    numbers = [state.number(cell) for state in finder.states]
    is_off = [
        number == 0 and not any(s.slopes.get(by, {by: 1.0}).values())
        for number, s in zip(numbers, finder.states, strict=True)
    ]
    expected = tuple(0.0 if off else derivative for off, derivative in zip(is_off, derivatives, strict=True))
    is_held = all(n is not None and isclose(n, e, rel_tol=SAME) for n, e in zip(numbers, expected, strict=True))
    return Gradient(cell, by, expected, is_held)


class _Sorted:
    """Numbers of cells in each state, sorted by those in the first one."""

    def __init__(self, known: Mapping[Cell, Sequence[float]], states: int) -> None:
        cells, numbers = list(known), np.array([*known.values()]).reshape(len(known), states)
        order = np.argsort(numbers[:, 0], kind="stable")
        self._numbers, self._cells = numbers[order], [cells[k] for k in order.tolist()]

    def equal(self, numbers: Mapping[Cell, Sequence[float]]) -> Iterator[tuple[Cell, Cell]]:
        """Which of these cells hold the numbers of which others, in each state; not where all of them are 0."""
        if not numbers or not self._cells:
            return
        own, cells = np.array([*numbers.values()]), list(numbers)
        room = SAME * np.abs(own[:, 0])
        first, last = (np.searchsorted(self._numbers[:, 0], own[:, 0] + by) for by in (-room, room))
        for step in range(int(np.minimum(last + 1 - first, _MOST_EQUAL).max(initial=0))):
            places = np.minimum(first + step, len(self._cells) - 1)
            wanted = self._numbers[places]
            near = np.abs(own - wanted) <= SAME * np.maximum(np.abs(own), np.abs(wanted))
            for k in np.flatnonzero(near.all(1) & own.any(1) & (first + step <= last)).tolist():
                yield self._cells[places[k]], cells[k]
