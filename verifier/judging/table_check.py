"""Checking a training table, cell by cell: each fault is blamed where it stands.

Every formula is computed on the oracle's values of what it reads, so it must give the oracle's value of its own cell
whatever is wrong elsewhere; and every distinct one on random states of the network. By induction along the
dependencies a table without a finding recomputes to the oracle.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from verifier.computing.recompute import Cell, Formula
from verifier.findings import ColumnResult, Finding, Kind, ranges_of
from verifier.judging.case import Case, Verdicts, is_error, numbers_of
from verifier.reading.references import column_name
from verifier.values import Value

if TYPE_CHECKING:
    from verifier.judging.mend import Mender


@dataclass(frozen=True)
class _Fault:
    """A cell that is wrong: what it holds gives `value`; `name` is None in a column without one in the vocabulary."""

    kind: Kind
    name: str | None
    row: int
    column: int
    value: Value
    formula: Formula | None


def check_table(case: Case) -> list[Finding]:
    """All faults of a table, in dependency order."""
    empty = _empty_rows(case)
    verdicts = case.right_in_random_states(_samples(case))
    faults: list[_Fault] = []
    for name in case.table.columns:
        if name in case.order:
            faults += _column_faults(case, name, verdicts, empty)
    faults += _unnamed_faults(case)
    findings = [_row_finding(case, empty)] if empty else []
    return findings + (_findings(case, faults, verdicts) if faults else [])


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


def _samples(case: Case) -> dict[tuple[str, Formula], Cell]:
    """A cell for each name and each formula in its column: the second of the first run, amid a training."""
    samples: dict[tuple[str, Formula], Cell] = {}
    for name, column in case.table.columns.items():
        if name not in case.order or name in case.network.inputs or name in case.network.targets:
            continue
        below = case.column(column)
        start = 1 if name in case.network.parameters else 0
        for formula in dict.fromkeys(formula for formula in below[start:] if formula is not None):
            first = below.index(formula, start)
            again = first + 1 if below[first + 1 : first + 2] == [formula] else first
            samples[name, formula] = case.cell(name, case.table.first_row + again)
    return samples


def _is_given(case: Case, name: str, row: int) -> bool:
    """Whether a cell may hold a number or any formula: what the training starts from and what it is shown."""
    if name in case.network.inputs or name in case.network.targets:
        return True
    return name in case.network.parameters and row == case.table.first_row


def _may_be_constant(case: Case, name: str, row: int) -> bool:
    return _is_given(case, name, row) or (name in case.network.parameters and name not in case.network.trained)


def _column_faults(case: Case, name: str, verdicts: Verdicts, empty: set[int]) -> Iterator[_Fault]:
    column = case.table.columns[name]
    usual = case.usual(column)
    values = case.computed(name)
    wrong = case.disagreeing(name, values)
    first_below = case.table.rows[:3][-1]
    for row, formula, value, is_wrong in zip(case.table.rows, case.column(column), values, wrong, strict=True):
        if formula is None:
            if row not in empty and case.cell(name, row) not in case.formulas.unsupported:
                kind = _constant_fault(case, name, row, value, is_wrong)
                if kind is not None:
                    yield _Fault(kind, name, row, column, value, None)
            continue
        unusual = formula is not usual and row >= first_below
        if value is not None and (is_wrong or unusual or not verdicts.get((name, formula), True)):
            kind = _formula_fault(case, name, formula, value, is_wrong, usual if unusual else None, verdicts)
            if kind is not None:
                yield _Fault(kind, name, row, column, value, formula)


def _formula_fault(
    case: Case, name: str, formula: Formula, value: Value, is_wrong: bool, usual: Formula | None, verdicts: Verdicts
) -> Kind | None:
    """What is wrong with a formula, if anything; `usual` is that of the rest of the column, if this is another."""
    if not is_wrong and verdicts.get((name, formula), True):
        return Kind.BROKEN_PATTERN if usual is not None and _refers_elsewhere(formula, usual) else None
    if is_error(value):
        return Kind.ERROR
    is_exception = usual is not None and verdicts.get((name, usual), True)
    return Kind.BROKEN_PATTERN if is_exception else case.wrong_kind(name)


def _constant_fault(case: Case, name: str, row: int, value: Value, is_wrong: bool) -> Kind | None:
    """What is wrong with a cell without a formula, if anything."""
    if value is None:
        return Kind.MISSING
    if is_error(value):
        return Kind.ERROR
    if not _may_be_constant(case, name, row):
        return Kind.CONSTANT
    changed = name in case.network.inputs or name in case.network.targets
    return (Kind.CHANGED_INPUT if changed else Kind.CONSTANT) if is_wrong else None


def _refers_elsewhere(formula: Formula, usual: Formula) -> bool:
    """Whether a formula is the usual one but for where it points, or how it is anchored.

    Such a one gives the right number where inputs are the same in all rows, and a wrong one wherever it is copied.
    """
    own, other = formula.pattern, usual.pattern
    return own.skeleton == other.skeleton and set(own.references) != set(other.references)


def _unnamed_faults(case: Case) -> Iterator[_Fault]:
    """Cells that break the pattern of a column that the vocabulary has no name for: a count, an intermediate."""
    for column in case.table.unnamed:
        usual = case.usual(column)
        if usual is None:
            continue
        for row, formula in enumerate(case.column(column)[2:], case.table.first_row + 2):
            cell = (case.table.sheet, row, column)
            value = case.formulas.cached(cell)
            if formula is None and cell not in case.formulas.unsupported and isinstance(value, float):
                yield _Fault(Kind.CONSTANT, None, row, column, value, None)
            elif formula is not None and formula is not usual:
                yield _Fault(Kind.BROKEN_PATTERN, None, row, column, case.chain.get(cell), formula)


def _row_finding(case: Case, rows: set[int]) -> Finding:
    columns = sorted(case.table.columns.values())
    first = min(rows)
    return Finding(
        kind=Kind.MISSING,
        sheet=case.formulas.workbook.sheets[case.table.sheet].name,
        cells=", ".join(f"{column_name(columns[0])}{row}:{column_name(columns[-1])}{row}" for row in sorted(rows)),
        count=len(rows) * len(columns),
        message=f"{len(rows)} empty {'row' if len(rows) == 1 else 'rows'} within the table",
        iteration=case.iteration(first),
    )


def _findings(case: Case, faults: list[_Fault], verdicts: Verdicts) -> list[Finding]:
    """The faults, those of one column that have one cause in one finding, in dependency order."""
    from verifier.judging.mend import Mender  # brings the generator with it, which a right workbook has no use for

    mender = Mender(case, verdicts)
    groups: dict[tuple[int, Kind, Formula | None], list[_Fault]] = {}
    for fault in faults:
        groups.setdefault((fault.column, fault.kind, fault.formula), []).append(fault)
    last = len(case.order)
    ordered = sorted(groups.values(), key=lambda group: (group[0].row, case.order.get(group[0].name or "", last)))
    return [_finding(case, group, mender) for group in ordered]


def _finding(case: Case, group: list[_Fault], mender: "Mender") -> Finding:
    first = group[0]
    name, row, column = first.name, first.row, first.column
    label = name or case.table.unnamed[column] or column_name(column)
    sheet = case.formulas.workbook.sheets[case.table.sheet]
    expected = np.nan if name is None else float(case.expected[name][case.iteration(row)])
    return Finding(
        kind=first.kind,
        sheet=sheet.name,
        cells=ranges_of((fault.row, column) for fault in group),
        count=len(group),
        message=_message(first, label),
        label=label,
        iteration=case.iteration(row),
        formula=sheet.formula_text((row, column)),
        value=first.value,
        expected=None if np.isnan(expected) else expected,
        mend=mender.usual(column, row) if name is None else mender.mend(name, row),
        places=frozenset((fault.row, column) for fault in group),
    )


def _message(fault: _Fault, label: str) -> str:
    match fault.kind:
        case Kind.WRONG_FORWARD | Kind.WRONG_GRADIENT | Kind.WRONG_UPDATE:
            return f"the formula is not that of {label}"
        case Kind.BROKEN_PATTERN:
            return f"the formula is not the one of the rest of the column {label}"
        case Kind.CONSTANT:
            return f"a typed value stands where {label} is computed"
        case Kind.CHANGED_INPUT:
            return f"{label} is another number than in the rest of its column"
        case Kind.ERROR:
            return f"{label} is an error"
        case Kind.MISSING:
            return f"{label} is empty"
        case _:
            return fault.kind.value
