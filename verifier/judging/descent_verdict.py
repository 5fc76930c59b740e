"""The verdict on trainings that no labels tell: what their formulas mean is proven at random states of the sheet."""

import random
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import isclose

from verifier.claims.descent import SAME, State, Update, origin, passes_more
from verifier.claims.finder import TooLargeError
from verifier.claims.groups import Groups
from verifier.claims.lookups import looked_up, placed
from verifier.claims.names import name_of
from verifier.claims.optimizers import (
    NESTEROV,
    OTHER,
    PLAIN,
    Rule,
    goes_along,
    is_optimizer,
    looks_ahead,
    name_of_rule,
    rules_of,
)
from verifier.claims.repetition import Odd, odd_ones, odd_units, pasted_ends
from verifier.claims.states import random_state
from verifier.claims.steps import find_steps
from verifier.computing.graph import Graph
from verifier.computing.recompute import Cell, Formulas
from verifier.computing.whole import recompute_all
from verifier.findings import Kind, TableResult, Unchecked
from verifier.judging.descent_findings import findings_of
from verifier.judging.last_gradients import judge_last_gradients
from verifier.judging.shown_loss import other_loss
from verifier.judging.step_check import StepVerdict, cleared_cells, judge_step
from verifier.judging.training_result import places, training_result
from verifier.ranges import blocks_of, ranges_of
from verifier.reading.references import UnsupportedFormulaError
from verifier.values import Value, is_text

MOST_REFERENCES = 15_500_000  # in all formulas of a workbook, each cell of a range counted: some 20 seconds, 1.1 GB
_LEAST_CHANGE = 1e-6  # relative, of a parameter, for its learning rate to be told
_OTHER_START = "it is a number where its neighbours have a formula: it may be another starting value"
_SEEDS = (1, 2)  # of the random states: what agrees in both is the same function


@dataclass(frozen=True)
class Training:
    """A training with its `cells`; `undecided` are updates of which nothing can be said.

    `cleared` are the cells of its updates and gradients that are not to blame. Where it has an `optimizer` of its own,
    `followers` are the updates that follow it, with their parameters. Where it `is_scheduled`, its steps do not all go
    equally far along their derivatives.
    """

    result: TableResult
    undecided: tuple[Unchecked, ...]
    cells: frozenset[Cell]
    cleared: frozenset[Cell]
    optimizer: str | None
    followers: frozenset[tuple[Cell, Cell]]
    is_scheduled: bool

    @property
    def is_right(self) -> bool:
        """Whether all of its updates are proven."""
        return not self.result.findings and not self.undecided


@dataclass(frozen=True)
class DescentVerdict:
    """The trainings of a workbook; `remarks` are on units unlike those beside them, where nothing is trained."""

    parts: tuple[Training, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def trainings(self) -> tuple[TableResult, ...]:
        """Each training as a result."""
        return tuple(part.result for part in self.parts)

    @property
    def undecided(self) -> tuple[Unchecked, ...]:
        """The updates of which nothing can be said."""
        return tuple(doubt for part in self.parts for doubt in part.undecided)


def judge_descent(
    formulas: Formulas, chain: Mapping[Cell, Value], settled: Collection[Cell] = frozenset()
) -> DescentVerdict:
    """Judge all trainings of a workbook by gradient descent; `chain` are the values of its cells, recomputed.

    What is blamed is found with the workbook as it is. Cells that break a repetition beside that are faults of their
    own, and the rest is judged as if they did not. What is `settled` needs no proof: its formulas count as numbers.
    So it is with what only looks up what a training has computed, unless nothing is trained without it; and with what
    depends on a place that is looked up by a number, as other numbers have no place.
    """
    order = [cell for cell in chain if cell not in settled]
    views, fixed = looked_up(formulas, order), placed(formulas, order)
    verdict = _judge_descent(formulas, chain, views.union(settled)) if views != fixed else DescentVerdict()
    return verdict if verdict.parts else _judge_descent(formulas, chain, fixed.union(settled))


def _judge_descent(formulas: Formulas, chain: Mapping[Cell, Value], settled: Collection[Cell]) -> DescentVerdict:
    begin = time.perf_counter()
    first = _judgement(formulas, chain, settled)
    if first is None:
        return DescentVerdict()
    ones = [*odd_ones(first.graph, first.groups, first.rightward), *pasted_ends(first.graph, chain, first.rightward)]
    odd = {one.cell: one for one in ones if first.is_other(one)}
    odd = {cell: one for cell, one in odd.items() if cell not in first.blamed | first.meant}
    second = _judgement(*_with_usual(formulas, odd.values()), settled) if odd else None
    if not first.trainings and (second is None or not second.trainings):
        return DescentVerdict(remarks=tuple(first.remarks()))
    if second is None or not second.trainings:
        return first.verdict((), begin)
    found = [one for cell, one in odd.items() if cell in (second.cells if cell in formulas else second.moving)]
    return second.verdict(found, begin)


def _with_usual(formulas: Formulas, odd: Iterable[Odd]) -> tuple[Formulas, dict[Cell, Value]]:
    """The workbook with the usual formulas in odd cells, and its values."""
    changed = formulas.with_changes({one.cell: formulas.compile(one.pattern, one.cell[0]) for one in odd})
    chain = changed.constants()
    recompute_all(changed, chain)
    return changed, chain


def _judgement(formulas: Formulas, chain: Mapping[Cell, Value], settled: Collection[Cell]) -> "_Judgement | None":
    """None where a workbook is too large, or its formulas have no numbers near those that stand in it.

    What shows a text counts as a text that stands there.
    """
    graph = Graph(formulas, (cell for cell, value in chain.items() if not is_text(value) and cell not in settled))
    if graph.cost > MOST_REFERENCES:
        return None
    states = [state for seed in _SEEDS if (state := random_state(graph, chain, seed)) is not None]
    if len(states) < len(_SEEDS):
        return None
    try:
        steps = find_steps(graph, states)
    except TooLargeError:
        return None
    groups = Groups(graph)
    verdicts = _judged([judge_step(step, graph, groups, states) for step in steps], graph, groups, states)
    meant = [verdict for verdict in verdicts if verdict.is_training or not verdict.wrong]
    trainings = [steps for steps in _trainings(meant, graph) if any(verdict.is_training for verdict in steps)]
    return _Judgement(graph, groups, states, chain, trainings)


def _judged(
    verdicts: Sequence[StepVerdict], graph: Graph, groups: Groups, states: Sequence[State]
) -> list[StepVerdict]:
    """The verdicts, of steps that climb where most before and after them descend as of such that are wrong."""
    found = {id(verdict): verdict for verdict in verdicts}
    for training in _trainings(verdicts, graph):
        climbing = [verdict for verdict in training if verdict.climbs]
        descending = [verdict for verdict in training if verdict.steps is not None and verdict.steps[0] < 0]
        if 0 < len(climbing) < len(descending):
            found |= {id(v): judge_step(v.step, graph, groups, states, descending[0]) for v in climbing}
    return [found[id(verdict)] for verdict in verdicts]


class _Judgement:
    """What is found in a workbook."""

    def __init__(
        self,
        graph: Graph,
        groups: Groups,
        states: Sequence[State],
        chain: Mapping[Cell, Value],
        trainings: Sequence[Sequence[StepVerdict]],
    ) -> None:
        self.graph, self.groups, self._states = graph, groups, states
        own = State(chain, graph.slopes(chain))
        self._trained = trainings
        self.trainings = [_Training(graph, groups, states, own, training) for training in trainings]
        wrong = (blame for training in trainings for verdict in training for blame in verdict.wrong)
        self.blamed = {cell for blame in wrong for cell in blame.cells}
        self.meant = {update.cell for training in trainings for verdict in training for update in _meant(verdict)}

    @cached_property
    def cells(self) -> frozenset[Cell]:
        """The formulas of its trainings."""
        return frozenset(cell for training in self.trainings for cell in training.cells())

    @cached_property
    def moving(self) -> frozenset[Cell]:
        """Those that depend on parameters: where a number stands in another place, as of a rate, it may be meant."""
        steps = [verdict.step for training in self._trained for verdict in training]
        return self.cells & self.graph.dependents(update.parameter for step in steps for update in step.updates)

    @cached_property
    def rightward(self) -> frozenset[int]:
        """The sheets in which the steps of a training stand beside each other."""
        found: set[int] = set()
        for training in self._trained:
            ends = [verdict.step.objective.cells[0] for verdict in training]
            if len(ends) > 2 and len({end[:2] for end in ends}) == 1:
                found.add(ends[0][0])
        return frozenset(found)

    def is_other(self, odd: Odd) -> bool:
        """Whether a cell computes something else than the usual formula would, of any numbers."""
        formulas, cell = self.graph.formulas, odd.cell
        own = formulas.get(cell)
        if own is None:
            return True
        generator = random.Random(1)  # noqa: S311  the same samples in every run
        for state in self._states:
            try:
                usual = formulas.compile(odd.pattern, cell[0])
                read = {*self.graph.reads[cell], *formulas.precedents(cell, usual)}
                values = {c: self._near(state.values.get(c), generator) for c in sorted(read)}
                one, other = (formulas.compute(cell, dict(values), formula) for formula in (own, usual))
            except UnsupportedFormulaError:
                return False
            if isinstance(one, float) and isinstance(other, float) and not isclose(one, other, rel_tol=SAME):
                return True
        return False

    @staticmethod
    def _near(value: Value, generator: random.Random) -> Value:
        """Another number for a number or an empty cell."""
        return generator.uniform(0.1, 0.9) if value is None or isinstance(value, float) else value

    def remarks(self) -> Iterator[str]:
        """Sentences on single cells that are unlike all others of their row or column."""
        sheets = self.graph.formulas.workbook.sheets
        for one in (one for one in odd_units(self.graph) if self.is_other(one)):
            number, *place = one.cell
            row, column = place
            where, text = places([one.cell], -1, sheets), sheets[number].formula_text((row, column))
            usual = one.pattern.text(row, column)
            yield f"has in {where} {text}, where the formulas beside it, moved, would be {usual}"

    def verdict(self, odd: Sequence[Odd], begin: float) -> DescentVerdict:
        """The verdict; `odd` are cells that break a repetition."""
        seconds = (time.perf_counter() - begin) / max(len(self.trainings), 1)
        left = list(odd)
        found = []
        for training in self.trainings:
            own = [one for one in left if one.cell in training.cells()]
            left = [one for one in left if one not in own]
            found.append(training.told(seconds, own))
        return DescentVerdict(tuple(found))


def _trainings(verdicts: Sequence[StepVerdict], graph: Graph) -> list[list[StepVerdict]]:
    """The steps that follow each other, together: the updates of one are the parameters of the next."""
    trainings: list[list[StepVerdict]] = []
    ends: dict[Cell, list[StepVerdict]] = {}
    for verdict in verdicts:
        starts = {origin(update.parameter, graph) for update in verdict.step.updates}
        training = next((ends[cell] for cell in starts if cell in ends), None)
        if training is None:
            training = []
            trainings.append(training)
        training.append(verdict)
        ends |= {update.cell: training for update in verdict.step.updates}
    return trainings


def _is_whole(factor: float) -> bool:
    """Whether a factor is a whole number, or one over such a number."""
    return any(isclose(by, round(by), rel_tol=SAME) for by in (factor, 1 / factor))


def _has_no_rate(verdict: StepVerdict) -> bool:
    """Whether a step adds or subtracts its gradients as they are."""
    return all(isclose(abs(step), abs(verdict.factor or 1.0), rel_tol=SAME) for step in verdict.steps or ())


def _why_open(update: Update) -> str:
    """Why nothing can be said of an update: a step that no rate scales may be meant, where few others take another."""
    step = update.steps[0]
    if update.gradient is None or not all(isclose(step, other, rel_tol=SAME) for other in update.steps):
        return "it is unclear whether it follows the derivative of the loss"
    times = "" if isclose(abs(step), 1.0, rel_tol=SAME) else f"{abs(step):.6g} times "
    does = f"{'subtracts' if step < 0 else 'adds'} {times}the derivative of the loss, without a learning rate"
    return f"it {does}, unlike others in its step: it is unclear which of them is intended"


def _misled(verdict: StepVerdict) -> set[Cell]:
    """The parameters whose gradients are wrong."""
    return {cell for blame in verdict.wrong if blame.kind is Kind.WRONG_GRADIENT for cell in blame.parameters}


def _meant(verdict: StepVerdict) -> Iterator[Update]:
    """The updates of a step that are right, or wrong because of their gradients alone."""
    misled = _misled(verdict)
    yield from verdict.right
    yield from (update for update in verdict.step.updates if update.parameter in misled)


def _followers(verdict: StepVerdict) -> Iterator[tuple[Cell, Cell]]:
    """The updates of a step that are right, or would be if their gradients were, with their parameters."""
    misled = _misled(verdict)
    known = {id(update) for update in verdict.right}
    for update in verdict.step.updates:
        if id(update) in known or update.parameter in misled:
            yield update.cell, update.parameter


class _Training:
    """One training as a result: its steps, its findings, and what is open."""

    def __init__(
        self, graph: Graph, groups: Groups, states: Sequence[State], own: State, verdicts: Sequence[StepVerdict]
    ) -> None:
        self._graph, self._states, self._own, self._verdicts = graph, states, own, verdicts
        after = judge_last_gradients(verdicts, graph, groups, states)
        self._judged = [*verdicts, after] if after is not None else verdicts
        self._sheets = graph.formulas.workbook.sheets

    def told(self, seconds: float, odd: Sequence[Odd]) -> Training:
        """The training, with what is proven of it; `odd` are its cells that break a repetition."""
        starts = [one.cell for one in odd if self._may_start(one.cell)]
        return Training(
            self._result(seconds, [one for one in odd if one.cell not in starts]),
            (
                *self._undecided(),
                *self._unchecked(starts, _OTHER_START),
            ),
            frozenset(self.cells()),
            frozenset(cell for verdict in self._judged for cell in cleared_cells(verdict, self._graph))
            - self._taken_on_trust(),
            self._optimizer(),
            frozenset(pair for verdict in self._verdicts for pair in _followers(verdict)),
            self._is_scheduled(),
        )

    def _cleared(self) -> frozenset[Cell]:
        """The cells that are not to blame."""
        cells = (cell for verdict in self._judged for cell in cleared_cells(verdict, self._graph))
        return frozenset(cells) - self._taken_on_trust()

    def _taken_on_trust(self) -> frozenset[Cell]:
        """The cells of the derivatives of a loss that no cell holds, but for A − T, the one of a cross-entropy."""
        slopes = self._states[0].slopes

        def is_difference(cell: Cell) -> bool:
            by = sorted(slopes[cell].values()) if cell in slopes else []
            return len(by) == 2 and isclose(by[0], -by[1], rel_tol=SAME)

        ends = {cell for verdict in self._judged for cell in verdict.step.objective.weights}
        return frozenset(cell for cell in ends if not is_difference(cell))

    def _may_start(self, cell: Cell) -> bool:
        """Whether a number that breaks a repetition is all that a step begins with."""
        alone = (v.step.updates[0].cell for v in self._verdicts if len(v.step.updates) == 1)
        return self._sheets[cell[0]].formula_text(cell[1:]) is None and cell in alone

    def _is_scheduled(self) -> bool:
        """Whether its steps go differently far, each as a rate says that nothing in its loss depends on."""
        steps = [verdict.steps[0] for verdict in self._verdicts if verdict.steps]
        if len(steps) < len(self._verdicts) or all(isclose(step, steps[0], rel_tol=SAME) for step in steps):
            return False
        return all(self._is_rated_apart(verdict) for verdict in self._verdicts)

    def _is_rated_apart(self, verdict: StepVerdict) -> bool:
        """Whether right updates and loss have nothing in common but the parameters and their gradients."""
        updates = verdict.step.updates
        ends = {cell for blame in verdict.wrong if blame.kind is Kind.WRONG_GRADIENT for cell in blame.group}
        ends |= {cell for u in updates for cell in (u.parameter, u.gradient) if cell is not None}
        loss, way = (
            self._graph.read_by(self._graph.past(*cells, until=ends)) - ends
            for cells in (verdict.step.objective.cells, [update.cell for update in verdict.right])
        )
        return loss.isdisjoint(way)

    def _optimizer(self) -> str | None:
        """What its updates are called, where that is an optimizer and not gradient descent."""
        rule, right = self._telling_rule(), [update for v in self._verdicts for update in v.right]
        if rule is None and right and all(looks_ahead(update, self._graph) for update in right):
            return NESTEROV
        return self._rule() if rule is not None and is_optimizer(rule, self._graph, self._states) else None

    def _telling_rule(self) -> Rule | None:
        """The rule of a step that is not plain descent, with the most states: the first step has none yet."""
        rules = (rule for v in self._verdicts if v.steps is None for rule in rules_of(v.right, self._graph)[:1])
        return max(rules, key=lambda rule: len(rule.states), default=None)

    def _result(self, seconds: float, odd: Sequence[Odd]) -> TableResult:
        cells = self.cells()
        first = self._verdicts[0].step
        return TableResult(
            sheet=self._sheets[first.objective.cells[0][0]].name,
            cells=blocks_of(cell[1:] for cell in first.objective.cells),
            network=self._description(),
            learning_rate=self._rate(),
            rows=len(self._verdicts),
            formulas=len(cells),
            distinct=len({self._graph.formulas.get(cell) for cell in cells}),
            columns=(),
            findings=tuple(findings_of(self._judged, odd, self._graph, self._states, self._own)),
            diverged=None,
            seconds=seconds,
            notes=tuple(self._notes()),
            training=training_result(self._verdicts, self._rule(), self._sheets),
        )

    def _notes(self) -> Iterator[str]:
        first = self._verdicts[0].step
        objective = first.objective
        home = objective.cells[0][0]
        shown = other_loss(first, self._graph, self._own)
        if shown is not None:
            name, where = name_of(shown, self._sheets[shown[0]]), places([shown], home, self._sheets)
            outputs, by = (places(cells, home, self._sheets) for cells in (objective.cells, objective.weights))
            yield (
                f"shows {name} in {where}, but its gradients are the derivatives of another loss: the one whose "
                f"derivatives by {outputs} stand in {by}"
            )
        yield from self._notes_on_rates(home)

    def _notes_on_rates(self, home: int) -> Iterator[str]:
        """That a learning rate is used in some steps, and left out in others."""
        plain = [verdict for verdict in self._verdicts if verdict.steps]
        without = [verdict for verdict in plain if _has_no_rate(verdict)]
        if 0 < len(without) < len(plain):
            rated = [verdict for verdict in plain if not _has_no_rate(verdict)]
            one, other = (places([some[0].right[0].cell], home, self._sheets) for some in (rated, without))
            count = f"{len(rated)} step" + ("s" if len(rated) > 1 else "")
            yield f"uses its learning rate in {count}, as in {one}, and leaves it out in {len(without)}, as in {other}"

    def _undecided(self) -> Iterator[Unchecked]:
        """The updates of which nothing can be said, and the steps that take more from the one before than updates."""
        reasons: dict[str, list[Cell]] = {}
        for verdict in self._verdicts:
            for update in verdict.undecided:
                reasons.setdefault(_why_open(update), []).append(update.cell)
        for reason, cells in reasons.items():
            yield from self._unchecked(cells, reason)
        yield from self._unlike_their_loss()
        climbing = [v for v in self._verdicts if self._climbs_a_loss(v)]
        climbs = [update.cell for verdict in climbing for update in verdict.right]
        yield from self._unchecked(
            climbs, "it adds the derivative, so that is not a loss: gradient descent subtracts it"
        )
        steps = [verdict.step for verdict in self._verdicts]
        pairs = [(before, after) for before, after in pairwise(steps) if passes_more(before, after, self._graph)]
        more = [after.objective.cells[0] for _, after in pairs]
        yield from self._unchecked(more, "it depends on the step before through more than the updates that are checked")

    def _unlike_their_loss(self) -> Iterator[Unchecked]:
        """Gradients that are so many times the derivatives that no rate is part of them, and no other loss is meant.

        A loss that is not halved, or a mean, is a whole number of times larger or smaller.
        """
        verdicts = [v for v in self._verdicts if v.factor is not None and (v.steps is None or not _has_no_rate(v))]
        odd = [verdict for verdict in verdicts if not _is_whole(verdict.factor or 1.0)]
        gradients = [update.gradient for verdict in odd for update in verdict.right if update.gradient is not None]
        if gradients:
            reason = (
                f"it is {odd[0].factor:.6g} times the derivative of the loss, as are all: one of the two is a mistake"
            )
            yield from self._unchecked(gradients, reason)

    def _climbs_a_loss(self, verdict: StepVerdict) -> bool:
        """Whether a step adds the derivatives of what is above 0, as a loss is and a log-likelihood is not."""
        objective = verdict.step.objective
        if objective.weights or not (self._own.number(objective.cells[0]) or 0.0) > 0:
            return False
        rule = next(iter(rules_of(verdict.right, self._graph)), None) if verdict.steps is None else None
        if rule is None or not verdict.factor:
            return verdict.climbs
        return goes_along(rule, verdict.factor, self._graph, self._states)

    def _unchecked(self, cells: Sequence[Cell], reason: str) -> Iterator[Unchecked]:
        """What is open, for the cells of each sheet together."""
        places: dict[int, list[Cell]] = {}
        for cell in cells:
            places.setdefault(cell[0], []).append(cell)
        for number, some in places.items():
            text = self._sheets[number].formula_text(some[0][1:]) or ""
            yield Unchecked(self._sheets[number].name, ranges_of(c[1:] for c in some), len(some), text, reason)

    def cells(self) -> set[Cell]:
        """The formulas of its losses, gradients and updates."""
        objectives = (verdict.step.objective for verdict in self._judged)
        cells = set(self._graph.past(*(cell for objective in objectives for cell in objective.cells)))
        for verdict in self._judged:
            cells.update(self._graph.past(*(update.cell for update in verdict.step.updates), until=cells))
            cells.update(self._graph.past(*(gradient.cell for gradient in verdict.step.gradients), until=cells))
            cells.update(update.gradient for update in verdict.step.updates if update.gradient is not None)
            cells.update(cell for blame in verdict.wrong for cell in blame.cells)
        return cells

    def _description(self) -> str:
        first = self._verdicts[0].step
        if first.gradients:
            return f"{len(first.gradients)} gradients, {self._rule()}"
        count = max(len(verdict.step.updates) for verdict in self._verdicts)
        return f"{count} parameter{'s' if count > 1 else ''}, {self._rule()}"

    def _rule(self) -> str:
        """What its updates make of their gradients."""
        if self._verdicts[0].step.gradients:
            return "no update"
        if all(verdict.steps for verdict in self._verdicts):
            climbs = any(verdict.climbs for verdict in self._verdicts)
            return "gradient ascent" if climbs else PLAIN
        rule = self._telling_rule()
        return OTHER if rule is None else name_of_rule(rule, self._graph, self._states)

    def _rate(self) -> float | None:
        """The learning rate of the first step, as the sheet has it; None where its updates are not plain descent."""
        verdict = self._verdicts[0]
        if verdict.steps is None:
            return None
        objective = verdict.step.objective
        past = self._graph.past(*objective.cells)
        slopes = self._graph.gradient(past, self._own.slopes, objective.seeds(self._own))
        changes = [
            ((new - old) / max(abs(new), abs(old), 1e-300), -(new - old) / slope)
            for update in verdict.right
            if (new := self._own.number(update.cell)) is not None
            and (old := self._own.number(update.parameter)) is not None
            and (slope := slopes.get(update.parameter))
        ]
        change, rate = max(changes, key=lambda found: abs(found[0]), default=(0.0, 0.0))
        if abs(change) < _LEAST_CHANGE:
            return None
        return float(f"{abs(rate / (verdict.factor or 1.0)):.10g}")
