"""What is wrong with a training, as findings: where, in the sheet's own words, and with a mend where one is proven."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from verifier.claims.descent import State
from verifier.claims.names import label_of, name_of
from verifier.claims.repetition import Odd
from verifier.computing.graph import Graph
from verifier.computing.recompute import Cell
from verifier.findings import Finding, Kind, Repair
from verifier.judging.reference_mend import mend
from verifier.judging.step_check import Blame, StepVerdict
from verifier.ranges import blocks_of, ranges_of
from verifier.reading.sheets import Sheet

_FURTHEST = 3  # rows or columns from a cell that is read to the one that was meant


def findings_of(
    verdicts: Sequence[StepVerdict], graph: Graph, states: Sequence[State], own: State
) -> Iterator[Finding]:
    """The faults of a training, those of one kind under one label, or in one column, and in one sheet together.

    `own` are the sheet's own values.
    """
    teller = _Teller(verdicts, graph, states, own)
    groups: dict[tuple[object, ...], list[_Fault]] = {}
    for verdict in verdicts:
        for blame in verdict.wrong:
            fault = teller.fault(verdict, blame)
            groups.setdefault(teller.key(fault), []).append(fault)
    for group in groups.values():
        yield teller.finding(group)


def findings_of_odd(odd: Iterable[Odd], sheets: Sequence[Sheet]) -> Iterator[Finding]:
    """The cells that break a repetition."""
    for one in odd:
        number, *place = one.cell
        row, column = place
        sheet, text = sheets[number], one.pattern.text(row, column)
        yield Finding(
            kind=Kind.BROKEN_PATTERN,
            sheet=sheet.name,
            cells=ranges_of([(row, column)]),
            count=1,
            message=f"{name_of(one.cell, sheet)} is not the formula of its neighbours, moved",
            label=name_of(one.cell, sheet),
            formula=sheet.formula_text((row, column)),
            value=sheet.values.get((row, column)),
            mend=text,
            places=frozenset([(row, column)]),
            repairs=(Repair(number, row, column, text),),
        )


@dataclass(frozen=True)
class _Fault:
    """A wrong group of cells of one step, with the formulas that are right in them."""

    verdict: StepVerdict
    blame: Blame
    cells: tuple[Cell, ...]
    mends: Mapping[Cell, str]


class _Teller:
    def __init__(self, verdicts: Sequence[StepVerdict], graph: Graph, states: Sequence[State], own: State) -> None:
        self._verdicts, self._graph, self._states, self._own = verdicts, graph, states, own
        self._sheets = graph.formulas.workbook.sheets

    def fault(self, verdict: StepVerdict, blame: Blame) -> _Fault:
        """A blame with its mend."""
        found = mend(blame, self._near(verdict, blame), self._graph, self._states)
        return _Fault(verdict, blame, found.cells, found.formulas)

    def key(self, fault: _Fault) -> tuple[object, ...]:
        """What the faults that are told together have in common."""
        first = fault.cells[0]
        formula = self._graph.formulas.get(first)
        label = label_of(first, self._sheets[first[0]]) or first[2]
        return fault.blame.kind, first[0], label, formula and formula.pattern.skeleton

    def finding(self, faults: Sequence[_Fault]) -> Finding:
        """Faults that are told together."""
        first = faults[0]
        cell = first.cells[0]
        sheet = self._sheets[cell[0]]
        cells = [cell for fault in faults for cell in fault.cells]
        places = [cell[1:] for cell in cells]
        mends = {cell: text for fault in faults for cell, text in fault.mends.items()}
        return Finding(
            kind=first.blame.kind,
            sheet=sheet.name,
            cells=ranges_of(places),
            count=len(places),
            message=self._message(first),
            label=self._name(cell),
            iteration=self._verdicts.index(first.verdict),
            formula=sheet.formula_text(cell[1:]),
            value=self._own.number(cell),
            expected=self._expected(first),
            mend=mends.get(cell),
            places=frozenset(places),
            repairs=tuple(Repair(*cell, text) for cell, text in mends.items()) if len(mends) == len(cells) else (),
        )

    def _message(self, fault: _Fault) -> str:
        blame, objective = fault.blame, fault.verdict.step.objective
        name, of = self._name(fault.cells[0]), self._name(blame.of[blame.group.index(fault.cells[0])])
        if blame.kind is Kind.WRONG_UPDATE:
            return f"{name} does not change {of} as the other updates change their parameters"
        part = "what it adds to " if blame.is_part else ""
        if not objective.weights:
            return f"{name} is not {part}the derivative of {self._name(objective.cells[0])} with respect to {of}"
        outputs, weights = (blocks_of(cell[1:] for cell in cells) for cells in (objective.cells, objective.weights))
        follows = f"that follows from {weights}, the loss's derivatives by {outputs}"
        return f"{name} is not {part}the derivative with respect to {of} {follows}"

    def _expected(self, fault: _Fault) -> float | None:
        """What would be right on the sheet's own numbers; None where only a part of it is known."""
        blame, objective = fault.blame, fault.verdict.step.objective
        if blame.is_part or blame.kind is not Kind.WRONG_GRADIENT:
            return None
        past = self._graph.past(*objective.cells)
        slopes = self._graph.gradient(past, self._own.slopes, objective.seeds(self._own))
        return blame.times * slopes.get(blame.of[blame.group.index(fault.cells[0])], 0.0)

    def _near(self, verdict: StepVerdict, blame: Blame) -> list[Cell]:
        """The cells that a mended formula may read, the likely ones first."""
        past = self._graph.past(*verdict.step.objective.cells)
        gradients = [update.gradient for update in verdict.step.updates if update.gradient is not None]
        read = [place for cell in past for place in self._graph.reads[cell]]
        first = blame.cells[0]
        near = dict.fromkeys([*gradients, *self._neighbours(first), *past, *read])
        return [cell for cell in near if cell[0] == first[0]]

    def _neighbours(self, cell: Cell) -> Iterator[Cell]:
        """The numbers near those that a formula reads, the nearest first."""
        for k in range(1, _FURTHEST + 1):
            for sheet, row, column in self._graph.reads[cell]:
                places = ((row + k, column), (row - k, column), (row, column + k), (row, column - k))
                yield from ((sheet, *place) for place in places if self._own.number((sheet, *place)) is not None)

    def _name(self, cell: Cell) -> str:
        return name_of(cell, self._sheets[cell[0]])
