"""Finding what an objective proves: the updates of the parameters that it depends on, within bounds.

What may be an update, and what proves it, is told in `descent.py`.
"""

import random
import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import islice
from math import inf, isclose, isnan, nan

import numpy as np

from verifier.claims.between import Between
from verifier.claims.descent import (
    CANCELLED,
    MOST_ROUNDING,
    SAME,
    Objective,
    State,
    Step,
    Update,
    is_proven,
    origin,
    repeated,
)
from verifier.claims.lookups import looks_up
from verifier.computing.arrays import Array
from verifier.computing.graph import Graph
from verifier.computing.reach import Behind, Numbers
from verifier.computing.recompute import Cell, Formula
from verifier.reading.references import PLACEHOLDER, UnsupportedFormulaError, placeholder
from verifier.values import Value

_BEGINS = re.compile(f"{PLACEHOLDER.pattern}[+-]")
_KEPT = r"\(1-[^()]*\*[^()]*\)"  # the part of a parameter that a decay of weights keeps: 1 - η·λ
_DECAYS = re.compile(rf"{PLACEHOLDER.pattern}\*{_KEPT}[+-]")
_KEEPS = re.compile(rf"{_KEPT}\*({PLACEHOLDER.pattern})[+-]")
_ROUNDING = 2e-15  # relative, of a sum
_MOST_RATES = 40  # cells that may say how far an update steps
_TRIES = 4  # of a formula with other numbers, where one of its parts may not count
_MOVED = 2.0**-10  # to a number, in these
_WIDEST = 64  # cells that an update reads
_SAMPLES = 64  # of the updates by an objective, where these are
_VISITS_OF_A_PAIR = 50
_VISITS_AT_ONCE = 10_000  # references that take no longer, where they are followed for many objectives together
MOST_VISITS = 10_000_000  # formulas that are passed in all, some ten seconds
_MANY = 256  # updates, of which some are tried first


class TooLargeError(Exception):
    """There is more to follow than can be followed in good time."""


class Finder:
    """Finds the step of one objective after the other, within bounds."""

    def __init__(self, graph: Graph, states: Sequence[State]) -> None:
        self.graph, self.states = graph, states
        # What each cell adds something to: the parameter, or a copy of it.
        self._places = _through_copies(list(_pairs(graph, states)), graph)
        self.pairs = list(self._places)
        self._before: dict[Cell, list[Cell]] = {}
        for cell, parameter in self.pairs:
            self._before.setdefault(cell, []).append(parameter)
        self._parameters: set[Cell] = set()  # that are known
        self._visits, self._most = 0, MOST_VISITS

    def step(self, objective: Objective, beside: Step | None = None) -> Step | None:
        """The updates that an objective proves; None where it proves none, or none of some among many.

        None too where it proves less than half of those among them that another step, `beside` it, does. Raises
        TooLargeError.
        """
        outside, slopes = self._outside_with_slopes(objective, self.pairs)
        between = Between(self.graph, objective.cells, outside)
        if len(outside) > _MANY:
            some = outside[:: len(outside) // _SAMPLES]
            others = {update.cell for update in beside.updates} if beside else set[Cell]()
            wanted = max(sum(cell in others for cell, _ in some) / 2, 1)
            if sum(map(is_proven, self._updates(between, some, slopes))) < wanted:
                return None
        updates = self._updates(between, outside, slopes)
        proven = [update for update in updates if is_proven(update)]
        adding = [u for u in updates if (u.cell, u.parameter) in self._parameter_pairs]
        candidates = frozenset(u.cell for u in adding)
        if not proven:
            return None
        reach = len(self.graph.past(*objective.cells, since=[update.parameter for update in proven]))
        still = frozenset(cell for cell, parameter in outside if not all(by.get(parameter) for by in slopes))
        own = self._own(objective, adding)
        return Step(objective, tuple(proven), candidates, reach, own=own, behind=between.behind, still=still)

    def _own(self, objective: Objective, updates: Sequence[Update]) -> int:
        """How many parameters an objective depends on otherwise than through other ones."""
        parameters = {update.parameter for update in updates}
        past = self.graph.past(*objective.cells, until=parameters)
        return len(self.graph.read_by(past) & parameters)

    def completed(self, steps: Sequence[Step]) -> list[Step]:
        """The steps, each with what adds to a parameter of its own that has no proven update."""
        updates = {cell for step in steps for cell in self.made_of(step)}
        known = {update.parameter for step in steps for update in step.updates}
        open_pairs = [pair for pair in self.parameter_pairs if pair[0] not in updates and pair[1] not in known]
        return [replace(step, updates=(*step.updates, *self._open_updates(step, open_pairs))) for step in steps]

    def made_of(self, step: Step) -> list[Cell]:
        """The updates of a step, and what they depend on and its objective does not, readers first."""
        return self.graph.past(*(update.cell for update in step.updates), until=step.behind)

    def _open_updates(self, step: Step, pairs: Sequence[tuple[Cell, Cell]]) -> list[Update]:
        """What adds to a parameter of a step, be it proven or not.

        What the objective depends on through the proven updates before alone, as on the state of an optimiser, is none.
        Nor is what depends on a parameter of the step itself, as a net input on its bias; or what does with a parameter
        what the objective does, as the error of the next step with a target.
        """
        known = {update.parameter for update in step.updates}
        past = self.graph.past(*step.objective.cells, until=known)
        read = self.graph.read_by(past)
        own = [(cell, parameter) for cell, parameter in pairs if parameter in read]
        if not own:
            return []
        inner = known.union(self.graph.each_followed(list(known), [parameter for _, parameter in own]))
        inside, parameters = set(past), {parameter for _, parameter in own}
        does = {place: self.graph.skeleton(cell) for cell, place in self.graph.readers(parameters) if cell in inside}
        own = [(cell, p) for cell, p in own if p not in inner and self.graph.skeleton(cell) != does[p]]
        alike = {self.graph.skeleton(update.cell) for update in step.updates}
        outside, slopes = self._outside_with_slopes(step.objective, own)
        return self._updates(Between(self.graph, step.objective.cells, outside), outside, slopes, alike)

    @cached_property
    def parameter_pairs(self) -> list[tuple[Cell, Cell]]:
        """Cells that add something to a number of its own, or to what was made of one so, with that one.

        Something else reads it too, as an objective has to.
        """
        pairs = [pair for pair in self.pairs if self._is_parameter(pair[1])]
        readers: dict[Cell, set[Cell]] = {parameter: set() for _, parameter in pairs}
        for reader, parameter in self.graph.readers(readers):
            readers[parameter].add(reader)
        return [(cell, parameter) for cell, parameter in pairs if readers[parameter] - {cell}]

    @cached_property
    def _parameter_pairs(self) -> frozenset[tuple[Cell, Cell]]:
        return frozenset(self.parameter_pairs)

    def _is_parameter(self, cell: Cell) -> bool:
        """Whether a cell holds a number of its own, or what was made of one by adding something, as updates do."""
        seen: set[Cell] = set()
        waiting = [cell]
        while waiting:
            place = origin(waiting.pop(), self.graph)
            if place not in self.graph.reads or place in self._parameters:
                self._parameters.add(origin(cell, self.graph))
                return True
            if place not in seen:
                seen.add(place)
                waiting += self._before.get(place, [])
        return False

    def _outside_with_slopes(
        self, objective: Objective, pairs: Sequence[tuple[Cell, Cell]]
    ) -> tuple[list[tuple[Cell, Cell]], list[dict[Cell, float]]]:
        """The pairs of which an objective depends on the parameter alone, and its derivatives in each state."""
        self.spend(1 + self.graph.size // _VISITS_AT_ONCE)
        behind = self.graph.behind(*objective.cells)
        found = self.outside(pairs, behind)
        outside = [(cell, parameter) for cell, parameter in found if parameter not in objective.cells]
        if not outside:
            return [], []
        parameters = list(dict.fromkeys(parameter for _, parameter in outside))
        past = self.graph.formulas_in(behind, since=parameters)
        self.spend(len(past) + _VISITS_OF_A_PAIR * min(len(outside), _MANY))
        return outside, [self._slopes(objective, state, past, parameters) for state in self.states]

    def _slopes(
        self, objective: Objective, state: State, past: Sequence[Cell], parameters: Sequence[Cell]
    ) -> dict[Cell, float]:
        """The derivatives of an objective by parameters: 0 where the part of one cancels but for rounding."""
        seeds = objective.seeds(state)
        found = self.graph.gradient_by(parameters, past, state.slopes, seeds)
        largest = max(map(abs, found.values()))
        if all(abs(by) > CANCELLED * largest for by in found.values() if by):
            return found
        self.spend(len(past))
        sizes = self.graph.sizes_by(parameters, past, state.slopes, seeds)
        return {one: 0.0 if abs(by) <= CANCELLED * sizes[one] else by for one, by in found.items()}

    def _updates(
        self,
        between: Between,
        outside: Sequence[tuple[Cell, Cell]],
        derivatives: Sequence[Mapping[Cell, float]],
        alike: Container[str | None] = (),
    ) -> list[Update]:
        """What may be updates by an objective with some derivatives, proven or not; `between` is what lies there.

        Where a derivative is 0, as behind a ReLU that is off, a cell is one if its formula is among those `alike`.
        """
        told = {
            pair: slopes
            for pair in outside
            if all(slopes := tuple(by.get(pair[1], 0.0) for by in derivatives)) or self.graph.skeleton(pair[0]) in alike
        }
        found = [self._update(cell, parameter, slopes, between) for (cell, parameter), slopes in told.items()]
        shared = Counter(update.cell for update in found if update is not None)
        return [update for update in found if update is not None and shared[update.cell] == 1]

    def spend(self, visits: int) -> None:
        """Count what is done. Raises TooLargeError."""
        self._visits += visits
        if self._visits > self._most:
            raise TooLargeError

    def allow(self, visits: int) -> None:
        """Bound what is still to be done more closely."""
        self._most = min(MOST_VISITS, self._visits + visits)

    def outside(self, pairs: Sequence[tuple[Cell, Cell]], behind: Behind) -> list[tuple[Cell, Cell]]:
        """The pairs of which an objective depends on the parameter alone."""
        inside = behind.has(self._numbers_of_pairs if pairs is self.pairs else self._numbered(pairs))
        return [pairs[k] for k in np.flatnonzero(inside[:, 1] & ~inside[:, 0]).tolist()]

    @cached_property
    def _numbers_of_pairs(self) -> Numbers:
        return self._numbered(self.pairs)

    def _numbered(self, pairs: Sequence[tuple[Cell, Cell]]) -> Numbers:
        number = self.graph.number
        return (
            np.array([(number[cell], number[parameter]) for cell, parameter in pairs]).reshape(-1, 2).astype(np.int64)
        )

    def _update(self, cell: Cell, parameter: Cell, slopes: tuple[float, ...], between: Between) -> Update | None:
        """What a cell adds to a parameter by which the loss has these slopes; None where one of them is no number."""
        new, old = self.numbers(cell), self.numbers(parameter)
        if new is None or old is None:
            return None
        gradient = self._gradient(cell, parameter, slopes, between)
        added = tuple(a - b for a, b in zip(new, old, strict=True))
        steps = tuple(by / slope if slope else inf if by else nan for by, slope in zip(added, slopes, strict=True))
        told = [
            _rounding(*both) for both, step in zip(zip(new, old, strict=True), steps, strict=True) if not isnan(step)
        ]
        rounding = max(told, default=1.0)
        return Update(
            cell,
            parameter,
            self._places[cell, parameter],
            values=old,
            steps=steps,
            rounding=rounding,
            derivatives=slopes,
            gradient=gradient,
            factor=None if gradient is None else self._factor(gradient, slopes),
            is_plain=gradient is not None and self._is_plain(cell, gradient, added),
            is_rated=rounding <= MOST_ROUNDING
            and self._is_rated(self.graph.nearest(cell, between.behind, _MOST_RATES), steps, SAME + rounding)
            and self._adds_of_itself(cell, parameter, between),
            find_between=lambda: between.of(cell),
        )

    def _gradient(self, update: Cell, parameter: Cell, slopes: tuple[float, ...], between: Between) -> Cell | None:
        """The cell between an objective and an update that holds the slopes, but for a factor; the nearest one.

        It depends on the parameter, as the derivative of a loss does: what a running total of products adds does not.
        """
        for cell in self._in_proportion(slopes) if all(slopes) else ():
            is_copy = origin(cell, self.graph) not in self.graph.reads  # of a number that stands in a cell
            is_between = between.leads(cell, update) and between.any_follows([cell], parameter)
            if is_between and not is_copy and self._factor(cell, slopes) is not None:
                return cell
        return None

    def _adds_of_itself(self, update: Cell, parameter: Cell, between: Between) -> bool:
        """Whether what is added to a parameter depends on it, as what is added to a count or to a way does not."""
        own = self._places[update, parameter]
        others = [place for place in self.graph.reads[update] if place != own]
        slopes = [state.slopes.get(update, {}).get(own, 0.0) for state in self.states]
        is_written_in = not all(isclose(slope, 1.0, rel_tol=SAME) for slope in slopes)
        return is_written_in or between.any_follows(others, parameter)

    def _in_proportion(self, slopes: Sequence[float]) -> list[Cell]:
        """The formula cells whose numbers in two states are in proportion to the slopes there, readers first."""
        quotients, cells = self._quotients
        quotient = slopes[0] / slopes[1]
        ends = sorted([quotient * (1 - 4 * SAME), quotient * (1 + 4 * SAME)])
        first, last = np.searchsorted(quotients, ends)
        return [self.graph.order[k] for k in sorted(cells[first:last].tolist(), reverse=True)]

    @cached_property
    def _quotients(self) -> tuple[Array, Numbers]:
        """The quotients of all formula cells' numbers in two states, ascending, and the cells by their places."""
        found = [(k, n) for k, cell in enumerate(self.graph.order) if (n := self.numbers(cell)) and all(n)]
        quotients = np.array([n[0] / n[1] for _, n in found])
        order = np.argsort(quotients)
        return quotients[order], np.array([k for k, _ in found], dtype=np.int64)[order]

    def _is_plain(self, update: Cell, gradient: Cell, added: Sequence[float]) -> bool:
        """Whether what an update adds is its gradient times its derivative by this."""
        numbers = self.numbers(gradient) or ()
        for state, number, by in zip(self.states, numbers, added, strict=True):
            above = self.graph.past(update, since=[gradient])
            slope = self.graph.gradient(above, state.slopes, {update: 1.0}).get(gradient, 0.0)
            if not isclose(slope * number, by, rel_tol=SAME):
                return False
        return True

    def _is_rated(self, way: Iterable[Cell], steps: Sequence[float], tolerance: float) -> bool:
        """Whether one or two cells, multiplied or divided, say how far an update steps; `way` are what reads them.

        What changes with the parameters is no rate.
        """
        near = (cell for cell in way if self.graph.width(cell) <= _WIDEST)
        read = (place for cell in near for place in self.graph.reads[cell] if place not in self._moving)
        rates = dict.fromkeys(islice(read, _MOST_RATES))
        numbers = [found for cell in rates if (found := self.numbers(cell)) and all(found)]
        ratios = [1.0, *(one / other for one, other in numbers)]
        wanted = steps[0] / steps[1] if steps[1] else 0.0
        return any(
            isclose(one * other, wanted, rel_tol=tolerance) or isclose(one / other, wanted, rel_tol=tolerance)
            for k, one in enumerate(ratios)
            for other in ratios[: k + 1]
        )

    @cached_property
    def _moving(self) -> frozenset[Cell]:
        """The parameters, and all that depends on them."""
        return self.graph.dependents(parameter for _, parameter in self.parameter_pairs)

    def _factor(self, cell: Cell, slopes: Sequence[float]) -> float | None:
        """How many times the slopes a cell holds, the same in each state; None where it holds something else.

        Numbers so much smaller are what rounding leaves of 0, of which many are alike.
        """
        numbers = self.numbers(cell)
        if numbers is None or not all(slopes):
            return None
        factors = [number / slope for number, slope in zip(numbers, slopes, strict=True)]
        return (
            factors[0]
            if abs(factors[0]) > CANCELLED and all(isclose(f, factors[0], rel_tol=SAME) for f in factors)
            else None
        )

    def numbers(self, cell: Cell) -> tuple[float, ...] | None:
        """The numbers of a cell in each state; None where it has none in one of them."""
        found = tuple(number for state in self.states if (number := state.number(cell)) is not None)
        return found if len(found) == len(self.states) else None


def _rounding(new: float, old: float) -> float:
    """The rounding of a difference, relative; 1 where nothing is left of it."""
    return _ROUNDING * max(abs(new), abs(old)) / abs(new - old) if new != old else 1.0


def _pairs(graph: Graph, states: Sequence[State]) -> Iterator[tuple[Cell, Cell]]:
    """Cells that add something to another one, with that one: by their derivative, or as they are written."""
    adding: dict[tuple[Formula | None, int], bool] = {}
    for cell in graph.order:
        formula = graph.formulas.get(cell)
        if not 2 <= graph.width(cell) <= _WIDEST or (formula is not None and looks_up(formula)):
            continue
        slopes = [state.slopes.get(cell, {}) for state in states]
        written = _summand(cell, graph)
        if written is not None and any(cell not in state.slopes and state.number(cell) is not None for state in states):
            yield cell, written  # without a derivative there, as the root of 0 that an optimizer divides by
            continue
        if len(slopes[0]) < 2:
            continue
        for place in slopes[0]:
            if place == written:
                yield cell, place
            elif all(isclose(by.get(place, 0.0), 1.0, rel_tol=SAME) for by in slopes) and _reads_more(place, slopes):
                key = formula, graph.reads[cell].index(place)
                if key not in adding:
                    adding[key] = _adds_anywhere(cell, place, graph, states[0])
                if adding[key]:
                    yield cell, place


def _reads_more(place: Cell, slopes: Iterable[Mapping[Cell, float]]) -> bool:
    """Whether a formula depends on more than one place, as `=IF(B1>2,B1,A1)` does not where it repeats A1."""
    return any(slope for by in slopes for other, slope in by.items() if other != place)


def _adds_anywhere(cell: Cell, place: Cell, graph: Graph, state: State) -> bool:
    """Whether a formula adds to what it reads for other numbers too, where it is no constant.

    A product with a sign or a mask that is 1 does not.
    """
    generator = random.Random(1)  # noqa: S311  the same samples in every run
    for _ in range(_TRIES):
        values: dict[Cell, Value] = {
            other: generator.uniform(-1, 1) if isinstance(value := state.values.get(other), float) else value
            for other in graph.reads[cell]
        }
        number = values[place]
        moved = {**values, place: number + _MOVED if isinstance(number, float) else number}
        try:
            one, other = (graph.formulas.compute(cell, numbers) for numbers in (values, moved))
        except UnsupportedFormulaError:
            continue
        if not isinstance(one, float) or not isinstance(other, float):
            continue
        slope = (other - one) / _MOVED
        if not (isclose(slope, 1.0, rel_tol=SAME) or abs(slope) <= SAME):
            return False
    return True


def _through_copies(pairs: Sequence[tuple[Cell, Cell]], graph: Graph) -> dict[tuple[Cell, Cell], Cell]:
    """The pairs, with the parameter in the place of a copy of it, and this copy.

    Where one formula uses both, as that of a batch's rows which repeat the weights, what is added is for both. Where
    weights only start from one number, none does.
    """
    copied = {place: list(_copied(place, graph)) for _, place in pairs}
    copies = {cell for place, before in copied.items() if before for cell in (place, *before)}
    uses: dict[Cell, set[str | None]] = {cell: set() for cell in copies}
    for reader, read in graph.readers(copies):
        if repeated(reader, graph) is None:
            uses[read].add(graph.skeleton(reader))
    found: dict[tuple[Cell, Cell], Cell] = {}
    for cell, place in pairs:
        parameter = place
        for before in copied[place]:
            if uses[place].isdisjoint(uses[before]):
                break
            parameter = before
        found[cell, parameter] = place
    return found


def _copied(cell: Cell, graph: Graph) -> Iterator[Cell]:
    """The cell that a cell repeats, the one that this repeats, and so on."""
    while (before := repeated(cell, graph)) is not None:
        yield (cell := before)


def _summand(cell: Cell, graph: Graph) -> Cell | None:
    """The cell to which a formula adds all the rest, as in `=A1-B1*(C1+A1)`; None where it begins otherwise.

    In `=A1*(1-B1*D1)-B1*C1` a part of the cell is added to it, as by a decay of weights.
    """
    formula = graph.formulas.get(cell)
    if formula is None:
        return None
    skeleton, references = formula.pattern.skeleton, formula.pattern.references
    keeps = _KEEPS.match(skeleton)
    if keeps is not None:
        k = ord(keeps[1]) - ord(placeholder(0))
    elif _BEGINS.match(skeleton) or _DECAYS.match(skeleton):
        k = 0
    else:
        return None
    return None if any(reference.is_range for reference in references[: k + 1]) else graph.reads[cell][k]
