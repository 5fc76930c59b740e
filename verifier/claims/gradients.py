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


def find_gradients(finder: Finder, groups: Groups) -> Step | None:
    """The objective whose derivatives most cells of a workbook hold; None where too few do for it to be meant."""
    every = groups.among(finder.graph.order)
    if len(every) > _MOST_GROUPS:
        return None
    steps = (_step(objective, finder, every) for objective in _objectives(finder, every))
    return max((step for step in steps if step is not None), key=_held, default=None)


def _held(step: Step) -> int:
    """How many cells hold what they should."""
    return sum(gradient.is_held for gradient in step.gradients)


def _objectives(finder: Finder, every: Sequence[Group]) -> Iterator[Objective]:
    yield from (Objective((cell,)) for cell in finder.graph.order if cell not in finder.graph.read)
    for outputs in every:
        behind = set(finder.graph.past(*outputs))
        yield from (
            Objective(outputs, weights)
            for weights in every
            if len(weights) == len(outputs) and behind.isdisjoint(weights)
        )


def _step(objective: Objective, finder: Finder, every: Sequence[Group]) -> Step | None:
    """The derivatives of one objective; None where too few cells hold them."""
    graph, states = finder.graph, finder.states
    past = graph.past(*objective.cells)
    finder.spend(len(past))
    behind = frozenset(past)
    slopes = [graph.gradient(past, state.slopes, objective.seeds(state)) for state in states]
    derivatives = {cell: tuple(by.get(cell, 0.0) for by in slopes) for cell in slopes[0] if cell not in objective.cells}
    found: list[Gradient] = []
    taken: set[Cell] = set()
    blocks = leading = 0
    for group in every:
        finder.spend(1 + len(group) // 8)
        if not behind.isdisjoint(group) or group == objective.weights:
            continue
        finder.spend(4 * len(group))
        numbers = {cell: numbers for cell in group if (numbers := finder.numbers(cell)) is not None}
        free = {cell: by for cell, by in derivatives.items() if cell not in taken}
        finder.spend(4 * len(numbers) * len(free))
        of = _shifted(numbers, free) if free and len(numbers) == len(group) > 1 else {}
        if of and all(finder.follows(cell, by) for cell, by in [*of.items()][:1]):
            blocks += 1
            taken.update(of.values())
            leading += all(cell not in graph.reads for cell in of.values())
            for cell, by in of.items():
                way = tuple(graph.past(cell, until=behind))
                found.append(Gradient(cell, by, derivatives[by], _holds(numbers[cell], derivatives[by]), way))
    step = Step(objective, (), frozenset(), len(past), tuple(found))
    is_enough = blocks > 1 or not objective.weights
    is_most = _held(step) >= _LEAST_SHARE * len(step.gradients)
    return step if is_enough and is_most and leading and _held(step) >= _FEWEST else None


def _shifted(numbers: Mapping[Cell, Sequence[float]], derivatives: Mapping[Cell, Sequence[float]]) -> dict[Cell, Cell]:
    """The cell by which each cell of a block holds the derivative; empty where most do not, or do by chance."""
    own, wanted = np.array([*numbers.values()])[:, None], np.array([*derivatives.values()])[None]
    near = np.abs(own - wanted) <= SAME * np.maximum(np.abs(own), np.abs(wanted))
    cells, by = list(numbers), list(derivatives)
    votes: Counter[tuple[int, int, int]] = Counter()
    for k, n in np.argwhere(near.all(2) & own.any(2)).tolist():
        votes[by[n][0], by[n][1] - cells[k][1], by[n][2] - cells[k][2]] += 1
    best: tuple[int, dict[Cell, Cell]] = (0, {})
    for (sheet, rows, columns), count in votes.items():
        of = {cell: (sheet, cell[1] + rows, cell[2] + columns) for cell in numbers}
        if count > 1 and all(by in derivatives for by in of.values()):
            held = sum(_holds(numbers[cell], derivatives[by]) for cell, by in of.items())
            best = max(best, (held, of), key=lambda found: found[0])
    return best[1] if 2 * best[0] >= len(numbers) else {}


def _holds(numbers: Sequence[float], wanted: Sequence[float]) -> bool:
    return all(isclose(number, by, rel_tol=SAME) for number, by in zip(numbers, wanted, strict=True))
