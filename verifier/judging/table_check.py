"""Checking a training table, cell by cell: each fault is blamed where it stands.

Every formula is computed on the oracle's values of what it reads, so it must give the oracle's value of its own cell
whatever is wrong elsewhere; and every distinct one on random states of the network. By induction along the
dependencies a table without a finding recomputes to the oracle.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from verifier.computing.recompute import Formula
from verifier.findings import WRONG_FORMULAS, ColumnResult, Kind
from verifier.judging.case import Case, Verdicts, is_error, numbers_of
from verifier.reading.references import column_name
from verifier.values import Value


@dataclass(frozen=True)
class Fault:
    """A cell that is wrong: what it holds gives `value`; `name` is None in a column without one in the vocabulary."""

    kind: Kind
    name: str | None
    row: int
    column: int
    value: Value
    formula: Formula | None


@dataclass(frozen=True)
class Faults:
    """All that is wrong with a table's cells; `empty_rows` are rows of it in which there is nothing at all.

    `verdicts` says of each formula in a named column whether it is right in random states.
    """

    cells: tuple[Fault, ...]
    empty_rows: frozenset[int]
    verdicts: Verdicts

    @property
    def count(self) -> int:
        """How many cells, and empty rows, are wrong."""
        return len(self.cells) + len(self.empty_rows)

    def wrong_throughout(self, rows: int) -> list[str]:
        """The columns with formulas that are wrong in more than half of so many rows."""
        counts = Counter(fault.name for fault in self.cells if fault.kind in WRONG_FORMULAS and fault.name is not None)
        return [name for name, count in counts.items() if count * 2 > rows]


def find_faults(case: Case) -> Faults:
    """All faults of a table, column by column."""
    empty = _empty_rows(case)
    verdicts = case.right_in_random_states(case.samples())
    cells: list[Fault] = []
    for name in case.table.columns:
        if name in case.order:
            cells += _column_faults(case, name, verdicts, empty)
    return Faults((*cells, *_unnamed_faults(case)), frozenset(empty), verdicts)


def bare_faults(case: Case) -> list[Fault]:
    """The computed cells without a formula: all that can be said without what a training starts from."""
    empty, once = _empty_rows(case), _standing_once(case)
    found: list[Fault] = []
    for name, column in case.table.columns.items():
        if case.is_computed(name) and name not in once:
            for row, formula in zip(case.table.rows, case.column(column), strict=True):
                if formula is None and row not in empty and not _is_given(case, name, row):
                    found += _bare_fault(case, name, row)
    return found


def _standing_once(case: Case) -> set[str]:
    """The parameters with a number in the first row alone, if no formula misses them below: rows may be samples."""
    below = {
        name: {case.cell(name, row) for row in case.table.rows[1:]}
        for name in case.model.parameters
        if name in case.table.columns
    }
    once = {name for name, cells in below.items() if not any(map(case.formulas.is_filled, cells))}
    read = {cell for name in case.table.columns for cell in case.reads(name)}
    return set() if any(below[name] & read for name in once) else once


def compare_columns(case: Case) -> list[ColumnResult]:
    """How the columns, computed in a chain from the start, compare with the oracle."""
    table = case.table
    return [_compare_column(case, name) for name in table.columns if name in case.expected]


def _compare_column(case: Case, name: str) -> ColumnResult:
    table, column = case.table, case.table.columns[name]
    values = list(map(case.chain.get, [(table.sheet, row, column) for row in table.rows]))
    with np.errstate(all="ignore"):
        difference = np.abs(numbers_of(values) - case.expected[name])
        relative = difference / np.abs(case.expected[name])
    letters = column_name(column)
    return ColumnResult(
        label=name,
        cells=f"{letters}{table.first_row}:{letters}{table.last_row}",
        formulas=sum(formula is not None for formula in case.column(column)),
        absolute=float(np.max(difference[np.isfinite(difference)], initial=0.0)),
        relative=float(np.max(relative[np.isfinite(relative)], initial=0.0)),
    )


def _empty_rows(case: Case) -> set[int]:
    """Rows within the table in which no column has anything."""
    table, sheet = case.table, case.formulas.workbook.sheets[case.table.sheet]
    return {
        row
        for row in table.rows
        if all((row, c) not in sheet.formulas and sheet.values.get((row, c)) is None for c in table.columns.values())
    }


def _is_given(case: Case, name: str, row: int) -> bool:
    """Whether a cell may hold a number or any formula: what the training starts from and what it is shown."""
    if name in case.model.inputs or name in case.model.targets:
        return True
    return name in case.model.parameters and row == case.table.first_row


def _may_be_constant(case: Case, name: str, row: int) -> bool:
    return _is_given(case, name, row) or (name in case.model.parameters and name not in case.model.trained)


def _column_faults(case: Case, name: str, verdicts: Verdicts, empty: set[int]) -> Iterator[Fault]:
    column = case.table.columns[name]
    usual = case.usual(column)
    values = case.computed(name)
    wrong = case.disagreeing(name, values)
    first_below = case.table.rows[:3][-1]
    for row, formula, value, is_wrong in zip(case.table.rows, case.column(column), values, wrong, strict=True):
        if formula is None:
            if row not in empty:
                yield from _bare_fault(case, name, row, is_wrong)
            continue
        unusual = formula is not usual and row >= first_below
        if value is not None and (is_wrong or unusual or not verdicts.get((name, formula), True)):
            kind = _formula_fault(case, name, formula, value, is_wrong, usual if unusual else None, verdicts)
            if kind is not None:
                yield Fault(kind, name, row, column, value, formula)


def _bare_fault(case: Case, name: str, row: int, is_wrong: bool = False) -> Iterator[Fault]:
    """What is wrong with a cell that has no formula that is understood, if anything."""
    cell = case.cell(name, row)
    left_out = row == case.table.last_row and cell[2] in case.table.unfilled
    value = case.formulas.cached(cell)
    kind = None if left_out or cell in case.formulas.unsupported else _constant_fault(case, name, row, value, is_wrong)
    if kind is not None:
        yield Fault(kind, name, row, cell[2], value, None)


def _formula_fault(
    case: Case, name: str, formula: Formula, value: Value, is_wrong: bool, usual: Formula | None, verdicts: Verdicts
) -> Kind | None:
    """What is wrong with a formula, if anything; `usual` is that of the rest of the column, if this is another."""
    is_exception = usual is not None and verdicts.get((name, usual), True)
    if not is_wrong and verdicts.get((name, formula), True):  # and where the rest is wrong, it is the rest that is told
        return Kind.BROKEN_PATTERN if is_exception and usual is not None and _refers_elsewhere(formula, usual) else None
    if is_error(value):
        return Kind.ERROR
    return Kind.BROKEN_PATTERN if is_exception else case.wrong_kind(name)


def _constant_fault(case: Case, name: str, row: int, value: Value, is_wrong: bool) -> Kind | None:
    """What is wrong with a cell without a formula, if anything."""
    if value is None:
        return Kind.MISSING
    if is_error(value):
        return Kind.ERROR
    if not _may_be_constant(case, name, row):
        return Kind.CONSTANT
    changed = name in case.model.inputs or name in case.model.targets
    return (Kind.CHANGED_INPUT if changed else Kind.CONSTANT) if is_wrong else None


def _refers_elsewhere(formula: Formula, usual: Formula) -> bool:
    """Whether a formula is the usual one but for where it points, or how it is anchored.

    Such a one gives the right number where inputs are the same in all rows, and a wrong one wherever it is copied.
    """
    own, other = formula.pattern, usual.pattern
    return own.skeleton == other.skeleton and set(own.references) != set(other.references)


def _unnamed_faults(case: Case) -> Iterator[Fault]:
    """Cells that break the pattern of a column that the model has no numbers for: a count, an intermediate."""
    unknown = [column for name, column in case.table.columns.items() if name not in case.order]
    for column in (*case.table.unnamed, *unknown):
        usual = case.usual(column)
        if usual is None:
            continue
        for row, formula in enumerate(case.column(column)[2:], case.table.first_row + 2):
            cell = (case.table.sheet, row, column)
            value = case.formulas.cached(cell)
            if formula is None and cell not in case.formulas.unsupported and isinstance(value, float):
                yield Fault(Kind.CONSTANT, None, row, column, value, None)
            elif formula is not None and formula is not usual:
                yield Fault(Kind.BROKEN_PATTERN, None, row, column, case.chain.get(cell), formula)
