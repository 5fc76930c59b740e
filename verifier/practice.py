"""Grading an exercise: which of its blanks are right, wrong, empty, or typed instead of computed.

A formula is right where it gives, in each of the exercise's trials, the number that is right there, whatever is in the
other blanks: it is judged by its function and not by its number, and stays right where a blank before it is wrong. A
number that was typed is judged by the sheet's own check, recomputed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from templates.practice import RIGHT, TYPED, Given
from verifier.computing.recompute import Cell, Formula, Formulas, differs
from verifier.findings import BlankResult, Finding, Grade, Kind, PracticeResult, WorkbookResult
from verifier.judging.blank_finding import blank_finding, label_of, labels_of
from verifier.ranges import ranges_of
from verifier.reading.practice_marker import Marker, MarkerError, read_marker
from verifier.reading.references import UnsupportedFormulaError
from verifier.reading.workbook import Place
from verifier.values import Value

CHANGED = {
    Given.NUMBERS: "a number to start from",
    Given.LABELS: "a label",
    Given.FORMULAS: "a formula that was given",
    Given.CHECKS: "a check",
    Given.TRIALS: "a number of a trial",
}
_LIST = "the list of its blanks"
_ANOTHER_NUMBER = "its number differs from the one that the exercise asks for"
_TEXT = "text instead of a number"
_TYPED = "a number is typed where a formula belongs"
ACCEPTED = "a number is typed, which is accepted"
_TYPED_WRONG = "a number is typed, and it is not the right one"
_ONE_EMPTY = "one of its cells is empty"
_FAULTS = {Grade.WRONG, Grade.HARD_CODED}
_SAME = 1e-9  # relative: how near a right formula, written in another way, comes to a right number
_OF_LARGEST = 1e-13  # of the largest number of a trial: the rounding of one that is 0


@dataclass(frozen=True)
class Graded:
    """The grades of an exercise, the faults of its blanks, and its own `cells`, which need no other verdict.

    Its checks `as_saved` cannot be recomputed, as those whether a cell holds a formula; no grade depends on them alone.
    """

    result: PracticeResult | None = None
    faults: tuple[Finding, ...] = ()
    cells: frozenset[Cell] = frozenset()
    as_saved: frozenset[Cell] = frozenset()


def graded(formulas: Formulas, chain: Mapping[Cell, Value], failed: Mapping[Cell, str]) -> Graded:
    """The grades of an exercise; none for a workbook that is not an exercise.

    `chain` are the values of all cells, and `failed` those that could not be computed, with the reason.
    """
    try:
        marker = read_marker(formulas.workbook)
    except MarkerError:
        return Graded(PracticeResult("", (), (_LIST,)))
    return Graded() if marker is None else _Grading(marker, formulas, chain, failed).graded()


def accepting_numbers(result: WorkbookResult) -> WorkbookResult:
    """The same result, for a teacher who counts a typed number that is right.

    Where what was given has changed nobody knows whether it is, and nothing is accepted.
    """
    practice = result.practice
    if practice is None or practice.changed:
        return result
    blanks = tuple(
        replace(blank, grade=Grade.RIGHT, reason=ACCEPTED) if blank.grade is Grade.HARD_CODED else blank
        for blank in practice.blanks
    )
    kept = tuple(one for one in result.findings if one.kind is not Kind.CONSTANT or one.sheet != practice.sheet)
    return replace(result, findings=kept, practice=replace(practice, blanks=blanks))


class _Grading:
    def __init__(
        self, marker: Marker, formulas: Formulas, chain: Mapping[Cell, Value], failed: Mapping[Cell, str]
    ) -> None:
        self._marker, self._formulas, self._chain, self._failed = marker, formulas, chain, failed
        self._sheet = formulas.workbook.sheets[marker.sheet]
        self._changed = marker.changed(self._sheet)
        self._labels = labels_of(marker, self._sheet)
        constants = formulas.constants()
        self._trials = [
            constants | {(marker.sheet, *place): number for place, number in trial.items()} for trial in marker.trials
        ]
        self._rounding = [_OF_LARGEST * max(map(abs, trial.values())) for trial in marker.trials]

    def graded(self) -> Graded:
        """The grades of all blanks, and the faults of those that are wrong."""
        pairs = zip(self._marker.blanks, self._marker.checks, strict=True)
        blanks, faults = zip(*(self._blank(cells, checks) for cells, checks in pairs), strict=True)
        own = frozenset(cell for cell in self._formulas if cell[0] == self._marker.sheet)
        changed = tuple(CHANGED[kind] for kind in self._changed)
        result = PracticeResult(
            self._sheet.name, blanks, changed, self._marker.student(self._sheet), self._marker.exercise
        )
        as_saved = frozenset() if self._changed else self._marker.checks_among(self._failed)
        return Graded(result, tuple(fault for fault in faults if fault is not None), own, as_saved)

    def _blank(self, places: Sequence[Place], checks: Sequence[Place]) -> tuple[BlankResult, Finding | None]:
        """The worst of its cells' grades, with the reason, and what is wrong with a formula."""
        order = list(Grade)
        found = [self._cell(place, check) for place, check in zip(places, checks, strict=True)]
        grade, reason = min(found, key=lambda one: order.index(one[0]))
        if grade is Grade.EMPTY and any(other is not Grade.EMPTY for other, _ in found):
            reason = _ONE_EMPTY
        label = label_of((self._marker.table[0][0], places[0][1]), self._sheet)
        bad = [(self._marker.sheet, *place) for place, (one, _) in zip(places, found, strict=True) if one in _FAULTS]
        fault = self._fault(label, bad, grade, reason or "") if bad else None
        if fault is not None and fault.slip is not None:
            reason = fault.slip.name
        return BlankResult(label, ranges_of(places), grade, reason), fault

    def _fault(self, label: str, cells: Sequence[Cell], grade: Grade, reason: str) -> Finding:
        fault = blank_finding(label, cells, self._labels, self._formulas, self._chain, self._trials, reason)
        return replace(fault, kind=Kind.CONSTANT) if grade is Grade.HARD_CODED else fault

    def _cell(self, place: Place, check: Place) -> tuple[Grade, str | None]:
        cell = (self._marker.sheet, *place)
        formula = self._formulas.get(cell)
        if cell in self._failed:
            return Grade.NOT_CHECKED, self._failed[cell]
        if formula is None and self._sheet.values.get(place) is None:
            return Grade.EMPTY, None
        if formula is not None and formula.pattern.references:
            return (Grade.RIGHT, None) if self._is_right(cell, formula) else (Grade.WRONG, _ANOTHER_NUMBER)
        if not isinstance(self._chain.get(cell), float):
            return Grade.WRONG, _TEXT
        sign = None if self._changed else self._chain.get((self._marker.sheet, *check))
        return (Grade.HARD_CODED, _TYPED) if sign in (None, RIGHT, TYPED) else (Grade.WRONG, _TYPED_WRONG)

    def _is_right(self, cell: Cell, formula: Formula) -> bool:
        """Whether a formula gives in each trial the number that is right there."""
        try:
            values = [self._formulas.compute(cell, trial, formula) for trial in self._trials]
        except UnsupportedFormulaError:
            return False
        both = zip(values, self._trials, self._rounding, strict=True)
        return not any(differs(value, trial[cell], rounding, _SAME) for value, trial, rounding in both)
