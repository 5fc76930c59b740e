"""Grading an exercise: which of its blanks are right, wrong, empty, or typed instead of computed.

The verdict on a formula is that of the whole workbook, by its function and not by its number: a blank stays right where
another one before it is wrong. The sheet's own checks, recomputed, decide on numbers that were typed, and whether the
network that the formulas fit is the one of the exercise.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from templates.practice import NOT_YET, RIGHT, Given
from verifier.computing.recompute import Cell, Formulas
from verifier.findings import BlankResult, Finding, Grade, Kind, PracticeResult
from verifier.judging.table_verdict import Judged
from verifier.ranges import ranges_of
from verifier.reading.practice_marker import Marker, MarkerError, read_marker
from verifier.reading.workbook import Place
from verifier.values import Value

CHANGED = {
    Given.NUMBERS: "a number to start from",
    Given.LABELS: "a label",
    Given.FORMULAS: "a formula that was given",
    Given.CHECKS: "a check",
}
_LIST = "the list of its blanks"
_ANOTHER_NUMBER = "it gives another number than the exercise asks for"
_TYPED = "a number is typed where a formula belongs"
_TYPED_WRONG = "a number is typed, and not the one that the exercise asks for"
_NOT_JUDGED = "the table could not be judged"
_CANNOT_COMPUTE = "its formula could not be recomputed"
_ONE_EMPTY = "one of its cells is empty"


def graded(
    tables: list[Judged], formulas: Formulas, chain: Mapping[Cell, Value]
) -> tuple[list[Judged], PracticeResult | None]:
    """The tables without what is only not filled in yet, and the grades; None for a workbook that is no exercise."""
    try:
        marker = read_marker(formulas.workbook)
    except MarkerError:
        return tables, PracticeResult("", (), (_LIST,))
    if marker is None:
        return tables, None
    result = _Grading(marker, tables, formulas, chain).result()
    return [_without_empty(marker, judged, formulas) for judged in tables], result


class _Grading:
    def __init__(
        self, marker: Marker, tables: Sequence[Judged], formulas: Formulas, chain: Mapping[Cell, Value]
    ) -> None:
        self._marker, self._formulas, self._chain = marker, formulas, chain
        self._sheet = formulas.workbook.sheets[marker.sheet]
        self._changed = marker.changed(self._sheet)
        judged = [t for t in tables if t.table.sheet == marker.sheet and t.table.header_row == marker.table[0][0]]
        self._is_judged = any(
            one.case is not None and one.case.given.rate is not None and not one.case.given.missing for one in judged
        )
        self._findings = {place: fault for one in judged for fault in one.result.findings for place in fault.places}

    def result(self) -> PracticeResult:
        """The grades of all blanks."""
        pairs = zip(self._marker.blanks, self._marker.checks, strict=True)
        blanks = tuple(self._blank(cells, checks) for cells, checks in pairs)
        return PracticeResult(self._sheet.name, blanks, tuple(CHANGED[kind] for kind in self._changed))

    def _blank(self, cells: Sequence[Place], checks: Sequence[Place]) -> BlankResult:
        """The worst of its cells' grades, with the reason."""
        order = list(Grade)
        graded_cells = [self._cell(cell, check) for cell, check in zip(cells, checks, strict=True)]
        grade, reason = min(graded_cells, key=lambda graded_cell: order.index(graded_cell[0]))
        if grade is Grade.EMPTY and any(other is not Grade.EMPTY for other, _ in graded_cells):
            reason = _ONE_EMPTY
        label = self._sheet.values.get((self._marker.table[0][0], cells[0][1]))
        return BlankResult(str(label or ""), ranges_of(cells), grade, reason)

    def _cell(self, place: Place, check: Place) -> tuple[Grade, str | None]:
        cell = (self._marker.sheet, *place)
        formula, finding = self._formulas.get(cell), self._findings.get(place)
        sign = None if self._changed else self._chain.get((self._marker.sheet, *check))
        computes = formula is not None and bool(formula.pattern.references)
        if cell in self._formulas.unsupported:
            return Grade.NOT_CHECKED, _CANNOT_COMPUTE
        if formula is None and self._sheet.values.get(place) is None:
            return Grade.EMPTY, None
        if not computes and isinstance(self._chain.get(cell), float):
            return (Grade.HARD_CODED, _TYPED) if sign in (None, RIGHT) else (Grade.WRONG, _TYPED_WRONG)
        if finding is not None:
            return Grade.WRONG, _because(finding)
        if not computes or sign == NOT_YET:
            return Grade.WRONG, _ANOTHER_NUMBER
        return (Grade.RIGHT, None) if self._is_judged else (Grade.NOT_CHECKED, _NOT_JUDGED)


def _because(finding: Finding) -> str:
    return finding.message if finding.slip is None else finding.slip.name


def _without_empty(marker: Marker, judged: Judged, formulas: Formulas) -> Judged:
    """A table's verdict without the blanks that are not filled in."""
    if judged.table.sheet != marker.sheet:
        return judged
    return replace(judged, result=replace(judged.result, findings=tuple(_kept(marker, judged, formulas))))


def _kept(marker: Marker, judged: Judged, formulas: Formulas) -> Iterator[Finding]:
    """The findings but for blanks that are empty, and, as long as some are, for what was given and is as it was.

    A table with gaps may be read as that of another network, to which what was given is wrong.
    """
    sheet = formulas.workbook.sheets[marker.sheet]
    blanks = {place for blank in marker.blanks for place in blank}
    empty = {place for place in blanks if sheet.formula_text(place) is None and sheet.values.get(place) is None}
    is_open = bool(empty) and not marker.changed(sheet)
    for finding in judged.result.findings:
        is_missing = finding.kind is Kind.MISSING and finding.places <= empty
        is_given = is_open and finding.places.isdisjoint(blanks)
        if not finding.places or not (is_missing or is_given):
            yield finding
