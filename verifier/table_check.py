"""Checking a training table, cell by cell: each fault is blamed where it stands.

Every formula is computed on the oracle's values of what it reads, so it must give the oracle's value of its own cell
whatever is wrong elsewhere; and every distinct one on random states of the network. By induction along the
dependencies a table without a finding recomputes to the oracle.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from verifier.case import Case, Sample, is_error
from verifier.findings import ColumnResult, Finding, Kind, ranges_of
from verifier.given import MAJORITY
from verifier.mend import Mender
from verifier.recompute import Formula
from verifier.references import Pattern, UnsupportedFormulaError, column_name
from verifier.values import Value


@dataclass(frozen=True)
class _Fault:
    """A cell that is wrong: what it holds gives `value`."""

    kind: Kind
    name: str
    row: int
    value: Value
    pattern: Pattern | None


def check_table(case: Case) -> list[Finding]:
    """All faults of a table, in dependency order."""
    empty = _empty_rows(case)
    samples = case.right_in_random_states(_samples(case))
    verdicts = {(sample.name, sample.pattern): right for sample, right in samples.items()}
    faults: list[_Fault] = []
    for name in case.table.columns:
        if name in case.order:
            faults += _column_faults(case, name, verdicts, empty)
    faults += _unnamed_faults(case)
    findings = [_row_finding(case, empty)] if empty else []
    return findings + _findings(case, faults, Mender(case, verdicts))


def compare_columns(case: Case) -> list[ColumnResult]:
    """How the columns, computed in a chain from the start, compare with the oracle."""
    results = []
    for name, column in case.table.columns.items():
        if name not in case.expected:
            continue
        cells = [case.cell(name, row) for row in case.table.rows]
        values = [case.chain[cell] if cell in case.chain else case.formulas.constant(cell) for cell in cells]
        computed = np.array([value if isinstance(value, float) else np.nan for value in values])
        with np.errstate(all="ignore"):
            difference = np.abs(computed - case.expected[name])
            relative = difference / np.abs(case.expected[name])
        results.append(
            ColumnResult(
                label=name,
                cells=ranges_of((row, column) for row in case.table.rows),
                formulas=sum(cell in case.formulas for cell in cells),
                absolute=float(np.max(difference[np.isfinite(difference)], initial=0.0)),
                relative=float(np.max(relative[np.isfinite(relative)], initial=0.0)),
            )
        )
    return results


def _empty_rows(case: Case) -> set[int]:
    """Rows within the table in which no column has anything."""
    table, sheet = case.table, case.formulas.workbook.sheets[case.table.sheet]
    return {
        row
        for row in table.rows
        if all((row, c) not in sheet.formulas and sheet.values.get((row, c)) is None for c in table.columns.values())
    }


def _samples(case: Case) -> dict[Sample, Formula]:
    """A formula for each name and each pattern in its column: the second where there is one, amid a training."""
    samples: dict[Sample, Formula] = {}
    seen: Counter[tuple[str, int]] = Counter()
    for name in case.table.columns:
        if name not in case.order:
            continue
        for row in case.table.rows:
            cell = case.cell(name, row)
            if cell not in case.formulas or _is_given(case, name, row):
                continue
            pattern = case.formulas.pattern(cell)
            seen[name, id(pattern)] += 1
            if seen[name, id(pattern)] <= 2:
                sample = Sample(name, pattern, cell)
                samples.pop(sample, None)
                samples[sample] = case.formulas.formula(cell)
    return samples


def _is_given(case: Case, name: str, row: int) -> bool:
    """Whether a cell may hold a number or any formula: what the training starts from and what it is shown."""
    if name in case.network.inputs or name in case.network.targets:
        return True
    return name in case.network.parameters and row == case.table.first_row


def _may_be_constant(case: Case, name: str, row: int) -> bool:
    return _is_given(case, name, row) or (name in case.network.parameters and name not in case.network.trained)


def _column_faults(
    case: Case, name: str, verdicts: dict[tuple[str, Pattern], bool], empty: set[int]
) -> Iterator[_Fault]:
    usual = _usual_pattern(case, name)
    for row in case.table.rows:
        if row not in empty:
            yield from _cell_faults(case, name, row, verdicts, usual)


def _cell_faults(
    case: Case, name: str, row: int, verdicts: dict[tuple[str, Pattern], bool], usual: Pattern | None
) -> Iterator[_Fault]:
    cell = case.cell(name, row)
    expected = float(case.expected[name][case.iteration(row)])
    if cell not in case.formulas:
        if cell not in case.formulas.unsupported:
            yield from _constant_faults(case, name, row, expected)
        return
    pattern = case.formulas.pattern(cell)
    try:
        value = case.compute(cell, case.seeded)
    except UnsupportedFormulaError:
        return  # listed as unchecked
    right = verdicts.get((name, pattern), True) and case.agrees(name, value, expected)
    unusual = usual is not None and pattern is not usual and case.iteration(row) > 1
    if not right:
        usual_is_right = unusual and verdicts.get((name, usual), True) if usual is not None else False
        kind = Kind.BROKEN_PATTERN if usual_is_right else Kind.WRONG_FORMULA
        yield _Fault(Kind.ERROR if is_error(value) else kind, name, row, value, pattern)
    elif unusual and usual is not None and _refers_elsewhere(pattern, usual):
        yield _Fault(Kind.BROKEN_PATTERN, name, row, value, pattern)


def _constant_faults(case: Case, name: str, row: int, expected: float) -> Iterator[_Fault]:
    value = case.formulas.constant(case.cell(name, row))
    if value is None:
        yield _Fault(Kind.MISSING, name, row, value, None)
    elif is_error(value):
        yield _Fault(Kind.ERROR, name, row, value, None)
    elif not _may_be_constant(case, name, row):
        yield _Fault(Kind.CONSTANT, name, row, value, None)
    elif not case.agrees(name, value, expected):
        changed = name in case.network.inputs or name in case.network.targets
        yield _Fault(Kind.CHANGED_INPUT if changed else Kind.CONSTANT, name, row, value, None)


def _usual_pattern(case: Case, name: str) -> Pattern | None:
    """The pattern that nearly all formulas of a column have; None where there is no such."""
    return usual_pattern(case, case.table.columns[name])


def usual_pattern(case: Case, column: int) -> Pattern | None:
    """The pattern that nearly all cells of a column have below the start and the first update; None without one."""
    patterns: Counter[int] = Counter()
    by_id: dict[int, Pattern] = {}
    rows = case.table.rows[2:]
    for row in rows:
        cell = (case.table.sheet, row, column)
        if cell in case.formulas:
            pattern = case.formulas.pattern(cell)
            by_id[id(pattern)] = pattern
            patterns[id(pattern)] += 1
    if not patterns:
        return None
    common, count = patterns.most_common(1)[0]
    return by_id[common] if count >= MAJORITY * len(rows) and count > 2 else None


def _refers_elsewhere(pattern: Pattern, usual: Pattern) -> bool:
    """Whether a formula is the usual one but for where it points, or how it is anchored.

    Such a one gives the right number where inputs are the same in all rows, and a wrong one wherever it is copied.
    """
    return pattern.skeleton == usual.skeleton and set(pattern.references) != set(usual.references)


def _unnamed_faults(case: Case) -> Iterator[_Fault]:
    """Cells that break the pattern of a column that the vocabulary has no name for: a count, an intermediate."""
    for column, text in case.table.unnamed.items():
        usual = usual_pattern(case, column)
        if usual is None:
            continue
        for row in case.table.rows[2:]:
            cell = (case.table.sheet, row, column)
            value = case.formulas.constant(cell)
            if cell not in case.formulas and cell not in case.formulas.unsupported and isinstance(value, float):
                yield _Fault(Kind.CONSTANT, f"column {column}:{text}", row, value, None)
            elif cell in case.formulas and case.formulas.pattern(cell) is not usual:
                pattern = case.formulas.pattern(cell)
                yield _Fault(Kind.BROKEN_PATTERN, f"column {column}:{text}", row, case.chain.get(cell), pattern)


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


def _findings(case: Case, faults: list[_Fault], mender: Mender) -> list[Finding]:
    """The faults, those of one column that have one cause in one finding, in dependency order."""
    groups: dict[tuple[str, Kind, int | None], list[_Fault]] = {}
    for fault in faults:
        groups.setdefault((fault.name, fault.kind, id(fault.pattern) if fault.pattern else None), []).append(fault)
    ordered = sorted(groups.values(), key=lambda group: (group[0].row, case.order.get(group[0].name, len(case.order))))
    return [_finding(case, group, mender) for group in ordered]


def _finding(case: Case, group: list[_Fault], mender: Mender) -> Finding:
    first = group[0]
    named = first.name in case.order
    number, _, text = first.name.removeprefix("column ").partition(":")
    column = case.table.columns[first.name] if named else int(number)
    label = first.name if named else text or column_name(column)
    sheet = case.formulas.workbook.sheets[case.table.sheet]
    expected = float(case.expected[first.name][case.iteration(first.row)]) if named else None
    return Finding(
        kind=first.kind,
        sheet=sheet.name,
        cells=ranges_of((fault.row, column) for fault in group),
        count=len(group),
        message=_message(first, label),
        label=label,
        iteration=case.iteration(first.row),
        formula=sheet.formula_text((first.row, column)),
        value=first.value,
        expected=None if expected is None or np.isnan(expected) else expected,
        mend=mender.mend(first.name, first.row) if named else mender.usual(column, first.row),
    )


def _message(fault: _Fault, label: str) -> str:
    match fault.kind:
        case Kind.WRONG_FORMULA:
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
