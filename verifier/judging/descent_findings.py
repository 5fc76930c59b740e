"""What is wrong with a training, as findings: where, in the sheet's own words, and with a mend where one is proven."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from verifier.claims.descent import State
from verifier.claims.names import label_of, name_of
from verifier.claims.repetition import Odd
from verifier.computing.graph import Graph
from verifier.computing.recompute import Cell
from verifier.findings import Finding, Kind, Repair, Slip
from verifier.judging.cell_names import CellNames
from verifier.judging.cell_roles import Roles
from verifier.judging.descent_effect import with_losses
from verifier.judging.group_mend import GroupMender, Mend, restored
from verifier.judging.own_numbers import OwnNumbers
from verifier.judging.step_check import Blame, StepVerdict
from verifier.ranges import blocks_of, ranges_of
from verifier.reading.parsing import parse
from verifier.reading.references import Pattern, UnsupportedFormulaError

_MOST_SEARCHES = 3  # for the formulas of one fault, some 100 ms each, and 500 where nothing mends it
_MOST_SEARCHES_IN_ALL = 30
_MOST_SIBLINGS = 8  # formulas beside a wrong one
_MOST_NEAR = 150  # cells that a mended formula may read
_UNLIKE = "is not the formula of its neighbours, moved"
_FURTHEST = 3  # rows or columns from a cell that is read to the one that was meant


def findings_of(
    verdicts: Sequence[StepVerdict], odd: Iterable[Odd], graph: Graph, states: Sequence[State], own: State
) -> Iterator[Finding]:
    """The faults of a training, those of one kind under one label, or in one column, and in one sheet together.

    `odd` are its cells that break a repetition; in the graph these hold the usual formula. `own` are the sheet's own
    values.
    """
    teller = _Teller(verdicts, graph, states, own)
    groups: dict[tuple[object, ...], list[_Fault]] = {}
    for verdict in verdicts:
        for blame in verdict.wrong:
            groups.setdefault(teller.key(blame), []).append(_Fault(verdict, blame))
    findings = [teller.finding(group) for group in groups.values()]
    yield from map(teller.odd, odd)  # what they make of the loss the graph does not tell, in which they are mended
    loss = verdicts[-1].step.objective
    if not findings or loss.weights or len(loss.cells) > 1:
        yield from findings
        return
    (cell,) = loss.cells
    yield from with_losses(findings, graph, cell, name_of(cell, graph.formulas.workbook.sheets[cell[0]]))


@dataclass(frozen=True)
class _Fault:
    """A wrong group of cells of one step."""

    verdict: StepVerdict
    blame: Blame

    def of(self, cell: Cell) -> Cell:
        """What a cell should hold the derivative by."""
        return self.blame.of[self.blame.group.index(cell)]


class _Teller:
    def __init__(self, verdicts: Sequence[StepVerdict], graph: Graph, states: Sequence[State], own: State) -> None:
        self._verdicts, self._graph, self._states, self._own = verdicts, graph, states, own
        self._sheets = graph.formulas.workbook.sheets
        self._searches = _MOST_SEARCHES_IN_ALL

    def key(self, blame: Blame) -> tuple[object, ...]:
        """What the faults that are told together have in common."""
        first = blame.cells[0]
        formula = self._graph.formulas.get(first)
        label = label_of(first, self._sheets[first[0]]) or first[2]
        return blame.kind, first[0], label, formula and formula.pattern.skeleton

    def finding(self, faults: Sequence[_Fault]) -> Finding:
        """Faults that are told together."""
        mend = self._mend(faults)
        places = [cell[1:] for cell in mend.cells]
        cell, texts = mend.cells[0], mend.formulas
        fault = next(fault for fault in faults if cell in fault.blame.group)
        sheet = self._sheets[cell[0]]
        told = self._expected(fault, cell)
        numbers = OwnNumbers(self._graph.formulas, self._own, mend, {} if told is None else {cell: told})
        return Finding(
            kind=fault.blame.kind,
            sheet=sheet.name,
            cells=ranges_of(places),
            count=len(places),
            message=self._message(fault, cell),
            label=self._name(cell),
            iteration=self._verdicts.index(fault.verdict),
            formula=sheet.formula_text(cell[1:]),
            value=self._own.number(cell),
            expected=numbers.right(cell),
            mend=texts.get(cell),
            slip=None if mend.repair is None else mend.repair.slip(places),
            effect=numbers.effect(self._name(cell)) if fault.blame.kind is Kind.WRONG_GRADIENT else None,
            agreement=numbers.agreement(fault.blame.group, self._verdicts.index(fault.verdict)),
            places=frozenset(places),
            repairs=tuple(Repair(*c, text) for c, text in texts.items()) if len(texts) == len(places) else (),
        )

    def odd(self, one: Odd) -> Finding:
        """A cell that breaks a repetition."""
        number, row, column = cell = one.cell
        sheet, text = self._sheets[number], one.pattern.text(row, column)
        found = sheet.formula_text((row, column))
        is_not = "is a number where its neighbours have a formula" if found is None else _UNLIKE
        return Finding(
            kind=Kind.CONSTANT if found is None else Kind.BROKEN_PATTERN,
            sheet=sheet.name,
            cells=ranges_of([(row, column)]),
            count=1,
            message=f"{self._name(cell)} {is_not}",
            label=self._name(cell),
            formula=found,
            value=sheet.values.get((row, column)),
            mend=text,
            slip=None if found is None else self._odd_slip(cell, found, one.pattern),
            places=frozenset([(row, column)]),
            repairs=(Repair(number, row, column, text),),
        )

    def _odd_slip(self, cell: Cell, found: str, right: Pattern) -> Slip | None:
        roles = Roles(self._verdicts[0].step, self._graph, self._states[0])
        names = CellNames(cell, self._sheets, roles, (), None, (), is_update=cell in roles.updates)
        try:
            wrong = parse(found.removeprefix("="), *cell[1:], {})
        except UnsupportedFormulaError:
            return None
        mended = restored(wrong, right, cell, names, self._graph.formulas, self._states)
        return None if mended is None else mended.slip([cell[1:]])

    def _mend(self, faults: Sequence[_Fault]) -> Mend:
        wrong = [cell for fault in faults for cell in fault.blame.cells]
        expected = {c: e for fault in faults for c, e in zip(fault.blame.group, fault.blame.expected, strict=True)}
        first = faults[0]
        by = {cell: fault.of(cell) for fault in faults for cell in fault.blame.group}
        is_update = first.blame.kind is Kind.WRONG_UPDATE
        roles, near = Roles(first.verdict.step, self._graph, self._states[0]), self._near(first)

        def names_of(cell: Cell) -> CellNames:
            of = None if is_update else by[cell]
            return CellNames(cell, self._sheets, roles, near, of, self._siblings(cell), is_update=is_update)

        searches = min(_MOST_SEARCHES, self._searches)
        values = (state.values for state in self._states)
        mend = GroupMender(self._graph.formulas, values, wrong, expected).mend(names_of, searches)
        self._searches -= searches
        return mend

    def _message(self, fault: _Fault, cell: Cell) -> str:
        blame, objective = fault.blame, fault.verdict.step.objective
        name, of = self._name(cell), self._name(fault.of(cell))
        if blame.kind is Kind.WRONG_UPDATE:
            return f"{name} does not change {of} as the other updates change their parameters"
        part = "what it adds to " if blame.is_part else ""
        if not objective.weights:
            return f"{name} is not {part}the derivative of {self._name(objective.cells[0])} with respect to {of}"
        outputs, weights = (blocks_of(cell[1:] for cell in cells) for cells in (objective.cells, objective.weights))
        follows = f"that follows from {weights}, the loss's derivatives by {outputs}"
        return f"{name} is not {part}the derivative with respect to {of} {follows}"

    def _expected(self, fault: _Fault, cell: Cell) -> float | None:
        """What would be right on the sheet's own numbers; None where only a part of it is known."""
        blame, objective = fault.blame, fault.verdict.step.objective
        if blame.is_part or blame.kind is not Kind.WRONG_GRADIENT:
            return None
        past = self._graph.past(*objective.cells)
        slopes = self._graph.gradient(past, self._own.slopes, objective.seeds(self._own))
        return blame.times * slopes.get(fault.of(cell), 0.0)

    def _siblings(self, cell: Cell) -> list[Cell]:
        """Cells whose formulas may have in common with that of a cell what it lacks: in its row or column."""
        way = {c for verdict in self._verdicts for update in verdict.right for c in (update.cell, *update.between)}
        beside = [other for other in way if other[0] == cell[0] and (other[1] == cell[1]) != (other[2] == cell[2])]
        return sorted(beside, key=lambda other: (other[1] != cell[1], abs(other[2] - cell[2])))[:_MOST_SIBLINGS]

    def _near(self, fault: _Fault) -> list[Cell]:
        """The cells that a mended formula may read, the likely ones first: those in its own row and column."""
        step, (sheet, row, column) = fault.verdict.step, fault.blame.cells[0]
        past = self._graph.past(*step.objective.cells)
        gradients = [update.gradient for update in step.updates if update.gradient is not None]
        between = [cell for update in step.updates for cell in update.between]
        read = [place for cell in (*past, *between) for place in self._graph.reads[cell]]

        def distance(cell: Cell) -> tuple[int, int, int]:
            rows, columns = abs(cell[1] - row), abs(cell[2] - column)
            return cell[0] != sheet, min(rows, columns), max(rows, columns)

        others = sorted({*gradients, *past, *read, *between}, key=distance)
        near = dict.fromkeys([*gradients, *self._neighbours(fault.blame.cells[0]), *others])
        return list(islice((cell for cell in near if cell not in fault.blame.cells), _MOST_NEAR))

    def _neighbours(self, cell: Cell) -> Iterator[Cell]:
        """The numbers near those that a formula reads, the nearest first."""
        for k in range(1, _FURTHEST + 1):
            for sheet, row, column in self._graph.reads[cell]:
                places = ((row + k, column), (row - k, column), (row, column + k), (row, column - k))
                yield from ((sheet, *place) for place in places if self._own.number((sheet, *place)) is not None)

    def _name(self, cell: Cell) -> str:
        return name_of(cell, self._sheets[cell[0]])
