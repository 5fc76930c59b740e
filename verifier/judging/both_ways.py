"""The verdict on a workbook's trainings, told by their labels and proven by what their formulas mean.

A table that its labels tell, and that is right by them, is settled. Everything else is looked at without labels: what
they leave open, and where they find something wrong. Updates that are proven to follow the derivatives of their loss
are right, whatever labels say: then the labels were a guess. So they were where they tell another training, and find
more wrong in it than the proof does.
"""

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from math import isclose

from verifier.claims.descent import SAME
from verifier.computing.recompute import Cell, Formulas
from verifier.findings import Finding, Kind
from verifier.judging.case import Case
from verifier.judging.descent_verdict import DescentVerdict, Training, judge_descent
from verifier.judging.table_verdict import Judged
from verifier.judging.tables import Table
from verifier.reading.references import UnsupportedFormulaError
from verifier.values import Value

_FIRST_ROWS = 6  # of a table that are looked at
_IN_PIECES = re.compile(r"\b(?:IF|IFS|MAX|MIN|ABS|SIGN|INT|ROUND|CHOOSE|INDEX)\(|[<>=]")
_OF_STEPS = {Kind.WRONG_GRADIENT, Kind.WRONG_UPDATE}  # what a proof of the updates has a say in


@dataclass(frozen=True)
class BothWays:
    """The tables that their labels tell, and the trainings that are told without labels."""

    tables: tuple[Judged, ...]
    unlabelled: DescentVerdict


def judge_both_ways(
    tables: Sequence[Judged], formulas: Formulas, chain: Mapping[Cell, Value], graded: Set[Cell]
) -> BothWays:
    """Settle what labels leave open in the tables that they tell, and find the trainings that they do not.

    Of a table in which labels find something wrong the first rows are looked at; only where these contradict it, or
    have nothing of it, all. What is `graded`, as the cells of an exercise, is settled.
    """
    settled = {*graded, *(cell for judged in tables if not _is_doubtful(judged) for cell in _cells(judged.table))}
    settled |= _views(settled, formulas, chain)
    below = {cell for judged in tables if judged.result.learning_rate is not None for cell in _below(judged.table)}
    first = _compared(tables, judge_descent(formulas, chain, settled | below))
    is_agreed = [id(judged) for judged in first.tables] == [id(judged) for judged in tables]
    found = [(judged, finding) for judged in tables for finding in judged.result.findings if finding.kind in _OF_STEPS]
    is_unseen = any(finding.places and _cells_of(finding, judged) <= below for judged, finding in found)
    if (is_agreed and not is_unseen) or below <= settled:
        return first
    return _compared(tables, judge_descent(formulas, chain, settled))


def _cells_of(finding: Finding, judged: Judged) -> set[Cell]:
    return {(judged.table.sheet, *place) for place in finding.places}


def _is_doubtful(judged: Judged) -> bool:
    """Whether labels leave a table open, or find in it what a proof of its updates has a say in."""
    if judged.case is None or judged.result.learning_rate is None:
        return True
    findings = judged.result.findings
    return any(finding.kind in _OF_STEPS for finding in findings) or (
        bool(findings) and _is_another(judged, judged.case)
    )


def _views(settled: Set[Cell], formulas: Formulas, chain: Mapping[Cell, Value]) -> set[Cell]:
    """The formulas that look something up in settled tables, or sum up their columns, and all that depends on them."""
    views: set[Cell] = set()
    for cell in chain if settled else ():
        formula = None if cell in settled else formulas.get(cell)
        if formula is None:
            continue
        is_lookup = any(reference.is_range for reference in formula.pattern.references)
        try:
            read = formulas.precedents(cell)
        except UnsupportedFormulaError:
            continue
        if not views.isdisjoint(read) or (is_lookup and not settled.isdisjoint(read)):
            views.add(cell)
    return views


def _compared(tables: Sequence[Judged], verdict: DescentVerdict) -> BothWays:
    """The verdict by labels and the one without, together."""
    trainings, kept = verdict.parts, []
    shown = set(range(len(trainings)))
    for judged in tables:
        cells = set(_cells(judged.table))
        own = {k for k, training in enumerate(trainings) if not training.cells.isdisjoint(cells)}
        told = _told([trainings[k] for k in sorted(own)], judged)
        if told is not None:
            kept.append(told)
            shown -= own
    remarks = () if tables else verdict.remarks
    return BothWays(tuple(kept), DescentVerdict(tuple(trainings[k] for k in sorted(shown)), remarks))


def _told(trainings: Sequence[Training], judged: Judged) -> Judged | None:
    """A table as its labels tell it, beside what its trainings prove; None where these alone tell it."""
    if not trainings:
        return judged
    if judged.case is None or judged.result.learning_rate is None:
        return None
    findings = judged.result.findings
    proven = [finding for training in trainings for finding in training.result.findings]
    is_simpler = 0 < len(proven) < len(findings) or all(training.is_right for training in trainings)
    if (is_simpler and _is_another(judged, judged.case)) or (not proven and _reads_others(judged, judged.case)):
        return None
    is_told = all(not training.undecided and _is_smooth(training, judged.case.formulas) for training in trainings)
    if not is_told or not any(_is_refuted(finding, judged, trainings) for finding in findings):
        return judged
    other = [finding for finding in findings if finding.kind not in _OF_STEPS]
    told = {finding.places for finding in other}
    proven = [finding for finding in proven if finding.places not in told]
    return replace(judged, result=replace(judged.result, findings=(*other, *proven)))


def _is_smooth(training: Training, formulas: Formulas) -> bool:
    """Whether what is proven near the sheet's own numbers holds everywhere: a ReLU that is on is its net input.

    In an update a schedule of the rate may decide, and it may clip its gradient.
    """
    cells = training.cells.difference(cell for cell, _ in training.followers)
    found = {formula.pattern for cell in cells if (formula := formulas.get(cell)) is not None}
    return not any(_IN_PIECES.search(pattern.skeleton) for pattern in found)


def _is_refuted(finding: Finding, judged: Judged, trainings: Sequence[Training]) -> bool:
    """Whether a finding calls wrong what is proven not to be."""
    seen = frozenset[Cell]().union(*(training.cells for training in trainings))
    cells = _cells_of(finding, judged) & seen
    cleared = bool(cells) and cells <= frozenset[Cell]().union(*(training.cleared for training in trainings))
    if finding.kind is Kind.WRONG_GRADIENT:
        return cleared
    rates = [training.result.learning_rate for training in trainings]
    is_rate = all(
        rate is not None and isclose(rate, judged.result.learning_rate or 0.0, rel_tol=SAME) for rate in rates
    )
    is_scheduled = all(training.is_scheduled for training in trainings)
    return finding.kind is Kind.WRONG_UPDATE and cleared and (is_rate or is_scheduled)


def _is_another(judged: Judged, case: Case) -> bool:
    """Whether a table is another training than its labels tell.

    It is where a column is missing, as that of an output that has no activation, and where its forward pass reads
    others. Where cells are errors, a column may have been deleted with all that reads it.
    """
    findings = judged.result.findings
    if any(finding.kind is Kind.ERROR for finding in findings):
        return False
    is_missing = any(finding.kind is Kind.MISSING and not finding.places for finding in findings)
    return is_missing or _reads_others(judged, case)


def _reads_others(judged: Judged, case: Case) -> bool:
    """Whether the forward pass reads columns for which the labels have no place.

    So it does with more samples in a row, or with a constant input that has the bias as its weight.
    """
    table = judged.table
    named = {column for name, column in case.table.columns.items() if name in case.order}
    forward = [name for name in case.table.columns if name in case.order and name[0] in "hoaE"]
    read = {
        place[2]
        for name in forward
        for place in case.reads(name)
        if place[:2] == (table.sheet, table.last_whole) and place[2] in {*table.unnamed, *table.told}
    }
    return not read <= named


def _cells(table: Table) -> Iterator[Cell]:
    return _in_rows(table, table.rows)


def _below(table: Table) -> Iterator[Cell]:
    """The cells of a table below its first rows."""
    return _in_rows(table, table.rows[_FIRST_ROWS:])


def _in_rows(table: Table, rows: range) -> Iterator[Cell]:
    for column in (*table.columns.values(), *table.repeated, *table.unnamed):
        yield from ((table.sheet, row, column) for row in rows)
