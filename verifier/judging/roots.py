"""The fewest wrong cells that explain what is wrong with a step.

Each cell that must hold something, an update say, is a goal. Where goals are missed, some group of cells before them is
wrong: one that, if it held derivatives of the objective, would make several goals right and spoil none. How goals
depend on it is told by derivatives. Of groups that explain as much, the one furthest before the goals is it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from math import isclose

from verifier.claims.descent import Objective, State
from verifier.claims.groups import Group, Groups
from verifier.computing.graph import Graph
from verifier.computing.recompute import Cell, Formula

_ROUNDING = 4e-15  # relative, of a sum
_NEAR = 1e-5  # relative: what is so far from what is wanted need not be tried
_MOST_PAIRS = 2_000  # of groups that are compared
_SAME = 1e-7  # relative: sums of several numbers that agree so far are the same


@dataclass(frozen=True, eq=False)
class Goal:
    """The update of a parameter or its gradient, and what it holds in each state if it is right.

    `way` is the cell itself and what it is computed from, readers first, as far as the objective has no part in it.
    """

    cell: Cell
    parameter: Cell
    expected: tuple[float, ...]
    way: tuple[Cell, ...]
    is_right: bool
    is_update: bool


@dataclass(frozen=True)
class Target:
    """What some cells may be meant to hold: `times` the derivatives by the cells `of`, `values` in each state.

    `is_part` tells that it is only what one cell adds to the derivative by a parameter, as one sample does.
    """

    of: tuple[Cell, ...]  # one for each cell
    times: float
    values: tuple[tuple[float, ...], ...]  # for each cell, in each state
    is_part: bool


@dataclass(frozen=True)
class Root:
    """A group of cells that would make some goals right if it held what its target says."""

    cells: Group
    target: Target
    goals: tuple[Goal, ...]
    place: int  # how far before the goals
    is_own: bool  # whether no right goal is computed by the same formulas, moved
    is_multiple: bool  # whether all cells are the same multiple of what they should be

    @property
    def rank(self) -> tuple[int, ...]:
        """What is the better explanation: one that goes beyond what each goal is by itself explains several at once."""
        is_trivial = not self.target.is_part and {goal.parameter for goal in self.goals} >= set(self.target.of)
        is_common = len(self.goals) > 1 and not is_trivial
        return is_common, len(self.goals), self.is_own, not self.is_multiple, self.place


class Explainer:
    """Explains the goals of one step that are missed."""

    def __init__(self, objective: Objective, goals: Sequence[Goal], graph: Graph, states: Sequence[State]) -> None:
        self._graph, self._states, self._goals = graph, states, goals
        # A step begins with its parameters; where nothing is updated these are any cells before the objective.
        starts = {goal.parameter for goal in goals} if any(goal.is_update for goal in goals) else set()
        self._past = graph.past(*objective.cells, until=starts)
        self._known_multiples: list[float] | None = None
        self._slopes = [graph.gradient(self._past, state.slopes, objective.seeds(state)) for state in states]
        self._known_parts: dict[Cell, list[tuple[float, ...]]] = {}
        self._ways = dict.fromkeys(cell for goal in goals for cell in goal.way)
        self._effects = {
            goal: [graph.gradient(goal.way, state.slopes, {goal.cell: 1.0}) for state in states] for goal in goals
        }

    def roots(self, groups: Groups, factor: float) -> list[Root]:
        """Groups of cells that explain missed goals, the best first, each goal explained once."""
        missed = [goal for goal in self._goals if not goal.is_right]
        ends = {goal.cell for goal in missed if goal.is_update}
        before = [c for c in self._ways if c not in ends and any(c in self._effects[goal][0] for goal in missed)]
        candidates: list[Root] = []
        nearest: dict[tuple[Cell, ...], list[Root]] = {}  # of those that hold the same derivatives
        for cells in dict.fromkeys(part for cell in before for part in self._parts(groups.of(cell))):
            targets = list(self._targets(cells, groups, factor))
            roots = [root for target in targets for root in self._root(cells, target, missed)]
            held = next((target.of for target in targets if self._is_held(cells, target)), None)
            if held is None:
                candidates += roots
            elif roots and (held not in nearest or roots[0].place < nearest[held][0].place):
                nearest[held] = roots
        candidates += (root for roots in nearest.values() for root in roots)
        found: list[Root] = []
        while candidates:
            best = max(candidates, key=lambda root: root.rank)
            found.append(best)
            left = [(root, tuple(g for g in root.goals if g not in best.goals)) for root in candidates]
            candidates = [replace(root, goals=goals) for root, goals in left if goals]
        return found

    @cached_property
    def _usual(self) -> frozenset[Formula | None]:
        """The formulas by which right goals are computed."""
        return frozenset(self._graph.formulas.get(c) for goal in self._goals if goal.is_right for c in goal.way)

    def _parts(self, group: Group) -> Iterator[Group]:
        """A group as far as it is before some goal, its rows and columns, and the runs of one formula down a column."""
        inside = [cell for cell in group if cell in self._ways]
        yield tuple(inside)
        for axis in (1, 2):
            lines: dict[int, list[Cell]] = {}
            for cell in inside:
                lines.setdefault(cell[axis], []).append(cell)
            yield from map(tuple, lines.values())
        for cell in inside[:1]:
            formula = self._graph.formulas.get(cell)
            column = (c for c in self._ways if (c[0], c[2]) == (cell[0], cell[2]))
            yield tuple(sorted(c for c in column if self._graph.formulas.get(c) is formula))

    def _is_held(self, cells: Group, target: Target) -> bool:
        """Whether all cells hold what a target says, of other cells than parameters."""
        if target.is_part or any(goal.parameter in target.of for goal in self._goals):
            return False
        numbers = [[state.number(cell) for state in self._states] for cell in cells]
        return all(
            n is not None and isclose(n, t, rel_tol=_SAME)
            for row, wanted in zip(numbers, target.values, strict=True)
            for n, t in zip(row, wanted, strict=True)
        )

    def _root(self, cells: Group, target: Target, missed: Sequence[Goal]) -> Iterator[Root]:
        """The group as an explanation, where it explains something and spoils nothing."""
        changes = self._changes(cells, target)
        if changes is None:
            return
        explained = tuple(goal for goal in missed if self._effect(goal, cells, changes) == "right")
        right = (goal for goal in self._goals if goal.is_right)
        if explained and not any(self._effect(goal, cells, changes) == "otherwise" for goal in right):
            place = max(goal.way.index(cell) for goal in explained for cell in cells if cell in goal.way)
            is_own = not {self._graph.formulas.get(cell) for cell in cells} <= self._usual
            yield Root(cells, target, explained, place, is_own, self._are_multiples(cells, target))

    def _changes(self, cells: Group, target: Target) -> list[tuple[float, ...]] | None:
        """By how much each cell misses its target in each state; None where one holds no number."""
        numbers = [[state.number(cell) for state in self._states] for cell in cells]
        if any(number is None for row in numbers for number in row):
            return None
        rows = zip(numbers, target.values, strict=True)
        return [tuple(t - (n or 0.0) for n, t in zip(row, wanted, strict=True)) for row, wanted in rows]

    def _are_multiples(self, cells: Group, target: Target) -> bool:
        """Whether several cells are the same multiple of what they should be."""
        pairs = [
            (state.number(cell) or 0.0, wanted[k])
            for cell, wanted in zip(cells, target.values, strict=True)
            for k, state in enumerate(self._states)
        ]
        ratios = [n / t for n, t in pairs if t]
        return len(cells) > 1 and bool(ratios) and all(isclose(n, ratios[0] * t, rel_tol=_SAME) for n, t in pairs)

    def _effect(self, goal: Goal, cells: Group, changes: Sequence[Sequence[float]]) -> str:
        """Whether a goal is right, otherwise, or no other than before ("none"), where cells change."""
        is_touched = False
        is_right = True
        for k, state in enumerate(self._states):
            by = self._effects[goal][k]
            parts = [by.get(cell, 0.0) * change[k] for cell, change in zip(cells, changes, strict=True)]
            size = max(map(abs, parts), default=0.0)
            now = state.number(goal.cell) or 0.0
            room = _SAME * size + _ROUNDING * abs(now)
            is_touched |= abs(sum(parts)) > room
            is_right &= abs(now + sum(parts) - goal.expected[k]) <= room
        return ("right" if is_right else "otherwise") if is_touched else "none"

    # --- what cells may be meant to hold --------------------------------------------------------------------------

    def _targets(self, cells: Group, groups: Groups, factor: float) -> Iterator[Target]:
        wanted = self._wanted(cells[0]) if len(cells) == 1 else None
        is_zero_tried = False
        for of, values, is_part in self._derivatives(cells, groups):
            if not any(map(any, values)):
                if is_zero_tried:
                    continue
                is_zero_tried = True
            own = list(self._ratios(cells, values))
            factors = [factor, factor * len(cells), 1.0, float(len(cells)), *own, *(-ratio for ratio in own)]
            factors += self._multiples(groups)
            first = values[0][0]
            if wanted is not None and not any(
                abs(number - by * first) <= room for number, room in wanted for by in factors
            ):
                continue
            for times in {f"{one:.9g}": one for one in reversed(factors)}.values():
                yield Target(of, times, tuple(tuple(times * v for v in row) for row in values), is_part)

    def _wanted(self, cell: Cell) -> list[tuple[float, float]]:
        """What a cell holds in the first state, and what would make one missed goal right there; each with its room."""
        now = self._states[0].number(cell) or 0.0
        changes = [0.0]
        for goal in self._goals:
            by = 0.0 if goal.is_right else self._effects[goal][0].get(cell, 0.0)
            if by:
                changes.append((goal.expected[0] - (self._states[0].number(goal.cell) or 0.0)) / by)
        return [(now + change, _NEAR * (abs(now) + abs(change))) for change in changes]

    def _multiples(self, groups: Groups) -> list[float]:
        """How many times derivatives the cells before right goals hold, as A − T does where gradients are means."""
        if self._known_multiples is None:
            way = dict.fromkeys(cell for goal in self._goals if goal.is_right for cell in goal.way[1:])
            pairs = (
                (some, of) for some in groups.among(way) for of in groups.among(self._past) if len(some) == len(of)
            )
            found = (self._multiple(some, of) for some, of in islice(pairs, _MOST_PAIRS))
            self._known_multiples = list({f"{one:.9g}": one for one in found if one is not None}.values())
        return self._known_multiples

    def _multiple(self, cells: Group, of: Group) -> float | None:
        """How many times the derivatives by as many others some cells hold, all as many; None where they do not."""
        first: float | None = None
        for cell, other in zip(cells, of, strict=True):
            ratio = next(self._ratios([cell], [self._slope(other)]), None)
            if ratio is None or not isclose(ratio, ratio if first is None else first, rel_tol=_SAME):
                return None
            first = ratio if first is None else first
        return first

    def _ratios(self, cells: Sequence[Cell], values: Sequence[Sequence[float]]) -> Iterator[float]:
        """How many times its derivative some cells hold, the same in each state."""
        for cell, wanted in zip(cells, values, strict=True):
            numbers = [state.number(cell) for state in self._states]
            ratios = [n / t for n, t in zip(numbers, wanted, strict=True) if n and t]
            if len(ratios) == len(numbers) and all(isclose(ratio, ratios[0], rel_tol=_SAME) for ratio in ratios):
                yield ratios[0]

    def _derivatives(
        self, cells: Group, groups: Groups
    ) -> Iterator[tuple[tuple[Cell, ...], list[tuple[float, ...]], bool]]:
        """Derivatives of the objective, and parts of them, as many as there are cells."""
        own = self._own_parameters(cells)
        if own is not None:
            yield own, [self._slope(cell) for cell in own], False
        if len(cells) == 1:
            yield from (((cell,), [self._slope(cell)], False) for cell in self._past)
        else:
            for group in groups.among(self._past):
                if len(group) == len(cells):
                    yield group, [self._slope(cell) for cell in group], False
        for parameter in dict.fromkeys(goal.parameter for goal in self._goals if not goal.is_right):
            parts = self._parts_of(parameter)
            if len(cells) == 1 < len(parts):
                yield from (((parameter,), [part], True) for part in parts)
            elif len(cells) == len(parts) > 1:
                yield (parameter,) * len(cells), parts, True

    def _own_parameters(self, cells: Group) -> tuple[Cell, ...] | None:
        """The parameter of each cell's only goal; None where one has several."""
        found = []
        for cell in cells:
            parameters = {goal.parameter for goal in self._goals if cell in self._effects[goal][0]}
            if len(parameters) != 1:
                return None
            found.append(parameters.pop())
        return tuple(found) if len(set(found)) == len(found) else None

    def _slope(self, cell: Cell) -> tuple[float, ...]:
        return tuple(slopes.get(cell, 0.0) for slopes in self._slopes)

    def _parts_of(self, parameter: Cell) -> list[tuple[float, ...]]:
        """What each reader of a parameter adds to the derivative by it, in reading order."""
        if parameter not in self._known_parts:
            readers = sorted(self._readers.get(parameter, ()))
            self._known_parts[parameter] = [self._part(reader, parameter) for reader in readers]
        return self._known_parts[parameter]

    @cached_property
    def _readers(self) -> Mapping[Cell, set[Cell]]:
        """What reads each cell, of what the objective depends on."""
        found: dict[Cell, set[Cell]] = {}
        for cell in self._past:
            for place in self._graph.reads[cell]:
                found.setdefault(place, set()).add(cell)
        return found

    def _part(self, reader: Cell, parameter: Cell) -> tuple[float, ...]:
        """What one reader of a parameter adds to the derivative by it."""
        local = [state.slopes.get(reader, {}).get(parameter, 0.0) for state in self._states]
        return tuple(by * slope for by, slope in zip(self._slope(reader), local, strict=True))
