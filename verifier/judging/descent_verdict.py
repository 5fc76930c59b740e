"""The verdict on trainings that no labels tell: what their formulas mean is proven at random states of the sheet."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from verifier.claims.descent import Objective, State, TooLargeError, origin, passes_more
from verifier.claims.groups import Groups
from verifier.claims.names import label_of, name_of
from verifier.claims.states import random_state
from verifier.claims.steps import find_steps
from verifier.computing.graph import Graph
from verifier.computing.recompute import Cell, Formulas
from verifier.findings import Finding, Kind, Repair, TableResult, Unchecked
from verifier.judging.reference_mend import mend
from verifier.judging.step_check import Blame, StepVerdict, judge_step
from verifier.ranges import ranges_of
from verifier.values import Value

MOST_REFERENCES = 60_000  # in all formulas of a workbook, each cell of a range counted: some ten seconds
_LEAST_CHANGE = 1e-6  # relative, of a parameter, for its learning rate to be told
_FURTHEST = 3  # rows or columns from a cell that is read to the one that was meant
_SEEDS = (1, 2)  # of the random states: what agrees in both is the same function


@dataclass(frozen=True)
class DescentVerdict:
    """The trainings of a workbook, and their `cells`; `undecided` are updates of which nothing can be said."""

    trainings: tuple[TableResult, ...] = ()
    undecided: tuple[Unchecked, ...] = ()
    cells: frozenset[Cell] = frozenset()


def judge_descent(formulas: Formulas, chain: Mapping[Cell, Value]) -> DescentVerdict:
    """Judge all trainings of a workbook by gradient descent; `chain` are the values of its cells, recomputed."""
    begin = time.perf_counter()
    graph = Graph(formulas, chain)
    if graph.size > MOST_REFERENCES:
        return DescentVerdict()
    drawn = [state for seed in _SEEDS if (state := random_state(graph, chain, seed)) is not None]
    states = [State(values, graph.slopes(values)) for values in drawn]
    if len(states) < len(_SEEDS):
        return DescentVerdict()
    try:
        steps = find_steps(graph, states)
    except TooLargeError:
        return DescentVerdict()
    groups = Groups(graph)
    verdicts = [judge_step(step, graph, groups, states) for step in steps]
    if not any(verdict.right for verdict in verdicts):
        return DescentVerdict()
    own = State(chain, graph.slopes(chain))
    parts = [_Training(graph, states, own, training) for training in _trainings(verdicts, graph)]
    seconds = (time.perf_counter() - begin) / max(len(parts), 1)
    return DescentVerdict(
        tuple(part.result(seconds) for part in parts),
        tuple(one for part in parts for one in part.undecided()),
        frozenset(cell for part in parts for cell in part.cells()),
    )


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


class _Training:
    """One training as a result: its steps, its findings, and what is open."""

    def __init__(self, graph: Graph, states: Sequence[State], own: State, verdicts: Sequence[StepVerdict]) -> None:
        self._graph, self._states, self._own, self._verdicts = graph, states, own, verdicts
        self._sheets = graph.formulas.workbook.sheets

    def result(self, seconds: float) -> TableResult:
        """What was proven, and what is wrong."""
        cells = self.cells()
        first = self._verdicts[0].step
        return TableResult(
            sheet=self._sheets[first.objective.cells[0][0]].name,
            cells=ranges_of(cell[1:] for cell in first.objective.cells),
            network=self._description(),
            learning_rate=self._rate(),
            rows=len(self._verdicts),
            formulas=len(cells),
            distinct=len({self._graph.formulas.get(cell) for cell in cells}),
            columns=(),
            findings=tuple(self._findings()),
            diverged=None,
            seconds=seconds,
        )

    def undecided(self) -> Iterator[Unchecked]:
        """The updates of which nothing can be said, and the steps that take more from the one before than updates."""
        open_updates = [update.cell for verdict in self._verdicts for update in verdict.undecided]
        yield from self._unchecked(open_updates, "it cannot be told whether it follows the derivative of the loss")
        steps = [verdict.step for verdict in self._verdicts]
        more = [after.objective.cells[0] for before, after in pairwise(steps) if passes_more(before, after, self._graph)]
        yield from self._unchecked(more, "it depends on the step before through more than the updates that are checked")

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
        cells: set[Cell] = set()
        for verdict in self._verdicts:
            cells.update(self._graph.past(*verdict.step.objective.cells))
            for update in verdict.step.updates:
                cells.update((update.cell, *update.between))
        return cells

    def _description(self) -> str:
        count = max(len(verdict.step.updates) for verdict in self._verdicts)
        kind = "gradient descent" if all(verdict.steps for verdict in self._verdicts) else "an update of its own"
        return f"{count} parameter{'s' if count > 1 else ''}, {kind}"

    def _rate(self) -> float | None:
        """The learning rate of the first step, as the sheet has it; None where its updates are not plain descent."""
        verdict = self._verdicts[0]
        if verdict.steps is None:
            return None
        slopes = self._slopes(verdict)
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
        return float(f"{rate / (verdict.factor or 1.0):.10g}")

    # --- findings -------------------------------------------------------------------------------------------------

    def _findings(self) -> Iterator[Finding]:
        """The faults, those of one kind under one label, or in one column, and in one sheet together."""
        groups: dict[tuple[object, ...], list[tuple[StepVerdict, Blame]]] = {}
        for verdict in self._verdicts:
            for blame in verdict.wrong:
                formula = self._graph.formulas.get(blame.cell)
                label = label_of(blame.cell, self._sheets[blame.cell[0]]) or blame.cell[2]
                key = blame.kind, blame.cell[0], label, formula and formula.pattern.skeleton
                groups.setdefault(key, []).append((verdict, blame))
        for group in groups.values():
            yield self._finding(group)

    def _finding(self, group: Sequence[tuple[StepVerdict, Blame]]) -> Finding:
        verdict, first = group[0]
        sheet = self._sheets[first.cell[0]]
        places = [blame.cell[1:] for _, blame in group]
        mends = [self._mend(verdict, blame) for verdict, blame in group]
        repairs = [
            Repair(blame.cell[0], *blame.cell[1:], text) for (_, blame), text in zip(group, mends, strict=True) if text
        ]
        return Finding(
            kind=first.kind,
            sheet=sheet.name,
            cells=ranges_of(places),
            count=len(places),
            message=self._message(verdict, first),
            label=self._name(first.cell),
            iteration=self._verdicts.index(verdict),
            formula=sheet.formula_text(first.cell[1:]),
            value=self._own.number(first.cell),
            expected=self._expected(verdict, first),
            mend=mends[0],
            places=frozenset(places),
            repairs=tuple(repairs) if len(repairs) == len(group) else (),
        )

    def _message(self, verdict: StepVerdict, blame: Blame) -> str:
        name, parameter = self._name(blame.cell), self._name(blame.of)
        what = self._derivative(verdict.step.objective)
        if blame.kind is Kind.WRONG_GRADIENT:
            part = "what it adds to " if blame.is_part else ""
            return f"{name} is not {part}{what} with respect to {parameter}"
        return f"{name} does not change {parameter} along {what} as the other updates do"

    def _derivative(self, objective: Objective) -> str:
        """What updates follow, in words."""
        if not objective.weights:
            return f"the derivative of {self._name(objective.cells[0])}"
        outputs, weights = (ranges_of(cell[1:] for cell in cells) for cells in (objective.cells, objective.weights))
        return f"the derivative that follows from {weights}, the derivative with respect to {outputs},"

    def _expected(self, verdict: StepVerdict, blame: Blame) -> float | None:
        """What would be right on the sheet's own numbers; None where only a part of it is known."""
        slope = self._slopes(verdict).get(blame.of)
        if slope is None or blame.is_part or blame.kind is not Kind.WRONG_GRADIENT:
            return None
        return (verdict.factor or 1.0) * slope

    def _slopes(self, verdict: StepVerdict) -> Mapping[Cell, float]:
        """The derivatives of a step's objective on the sheet's own numbers."""
        objective = verdict.step.objective
        return self._graph.gradient(self._graph.past(*objective.cells), self._own.slopes, objective.seeds(self._own))

    def _mend(self, verdict: StepVerdict, blame: Blame) -> str | None:
        past = self._graph.past(*verdict.step.objective.cells)
        gradients = [update.gradient for update in verdict.step.updates if update.gradient is not None]
        read = [place for cell in past for place in self._graph.reads[cell]]
        near = dict.fromkeys([*gradients, *self._neighbours(blame.cell), *past, *read])
        here = [cell for cell in near if cell[0] == blame.cell[0]]
        return mend(blame.cell, blame.expected, here, self._graph, self._states)

    def _neighbours(self, cell: Cell) -> Iterator[Cell]:
        """The numbers near those that a formula reads, the nearest first."""
        for k in range(1, _FURTHEST + 1):
            for sheet, row, column in self._graph.reads[cell]:
                places = ((row + k, column), (row - k, column), (row, column + k), (row, column - k))
                yield from ((sheet, *place) for place in places if self._own.number((sheet, *place)) is not None)

    def _name(self, cell: Cell) -> str:
        return name_of(cell, self._sheets[cell[0]])
