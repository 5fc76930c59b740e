"""Cells without a formula as findings: typed and empty columns, last rows that are empty in part or hold numbers.

What was done to many columns at once is one finding: whoever types a table has done one thing. A number that is not
what its own row gives is a finding of its column, of the kind that a formula with that fault has.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from math import isclose

import numpy as np

from verifier.findings import Finding, Kind, Repair
from verifier.judging.case import Case
from verifier.judging.slips.slip_names import SlipName
from verifier.judging.slips.typed import with_mend
from verifier.judging.standing import RELATIVE
from verifier.judging.table_check import Fault
from verifier.judging.typed_columns import TypedColumn, typed_columns
from verifier.ranges import ranges_of, runs_of
from verifier.reading.references import column_name

_MOST_NAMED = 6  # columns in a message

Group = list[Fault]  # the cells of a column with one fault
Rows = tuple[int, ...]  # of a table, from top to bottom
Repairs = Callable[[str | None, int, Rows], tuple[Repair, ...]]  # of a column's name and number, and rows
Mend = Callable[[str, Rows], str | None]


@dataclass(frozen=True)
class Told:
    """Findings on cells without a formula, and the groups of faults that are left to be told one by one.

    `wrong` are numbers that are wrong, `together` what was done to several columns, right as their numbers may be.
    """

    wrong: tuple[Finding, ...]
    together: tuple[Finding, ...]
    groups: tuple[Group, ...]


def tell_typed(case: Case, groups: Iterable[Group], repairs: Repairs, mend: Mend) -> Told:
    """Tell what is wrong of typed numbers, and once what was done to several columns."""
    columns = typed_columns(case)
    still = _still_rows(case, columns)
    wrong = {(case.table.columns[column.name], row) for column in columns for row in column.wrong}
    groups = [rest for group in groups if (rest := [f for f in group if (f.column, f.row) not in wrong])]
    typed = [group for group in groups if _is_typed(case, group)]
    empty = [group for group in groups if _is_empty(case, group)]
    ends = [group for group in groups if _is_last_cell(case, group)]
    sets = [
        (typed, _typed_message(case, typed, columns)),
        (empty, f"{_names(empty)} are empty, or hold nothing below the first row"),
        (ends, f"the last row, {case.table.last_row}, is filled in part: it lacks {_names(ends)}"),
    ]
    sets += [(alike, _tail_message(case, alike)) for alike in _tails(case, groups, typed)]
    sets = [(alike, message) for alike, message in sets if len(alike) > 1]
    told = {id(group) for alike, _ in sets for group in alike}
    moving = ((column, _moving(case, column, still)) for column in columns)
    return Told(
        wrong=(
            *([_still_finding(case, still, repairs)] if still else ()),
            *(_wrong_finding(case, column, rows, repairs, mend) for column, rows in moving if rows),
        ),
        together=tuple(_together(case, alike, message, repairs) for alike, message in sets),
        groups=tuple(group for group in groups if id(group) not in told),
    )


# --- what is wrong of typed numbers -------------------------------------------------------------------------------


def _still_rows(case: Case, columns: Sequence[TypedColumn]) -> list[int]:
    """The rows that repeat the parameters of the row above, where these should have changed."""
    trained = [column for column in columns if column.name in case.model.trained]
    if len(trained) < len(case.model.trained):
        return []
    wrong = sorted({row for column in trained for row in column.wrong})
    return [row for row in wrong if all(_repeats(case, case.table.columns[c.name], row) for c in trained)]


def _repeats(case: Case, column: int, row: int, above: int = 1) -> bool:
    """Whether a cell has the number of one above it, up to rounding."""
    one, other = (case.chain.get((case.table.sheet, place, column)) for place in (row, row - above))
    return isinstance(one, float) and isinstance(other, float) and isclose(one, other, rel_tol=RELATIVE)


def _moving(case: Case, column: TypedColumn, still: Sequence[int]) -> list[int]:
    """The rows in which a column is wrong, without those in which the training stands still."""
    spared = set(still) if column.name in case.model.trained else set()
    return [row for row in column.wrong if row not in spared]


def _still_finding(case: Case, rows: list[int], repairs: Repairs) -> Finding:
    columns = [case.table.columns[name] for name in case.model.trained]
    found = [repairs(name, case.table.columns[name], tuple(rows)) for name in case.model.trained]
    verb = "repeats the weights" if len(rows) == 1 else "repeat the weights"
    return Finding(
        kind=Kind.WRONG_UPDATE,
        sheet=case.formulas.workbook.sheets[case.table.sheet].name,
        cells=ranges_of((row, column) for column in columns for row in rows),
        count=len(rows) * len(columns),
        message=f"{_rows(rows)} {verb} of the row above, though the gradients there change them",
        iteration=case.iteration(rows[0]),
        places=frozenset((row, column) for column in columns for row in rows),
        repairs=_joined(found),
    )


def _wrong_finding(case: Case, column: TypedColumn, rows: list[int], repairs: Repairs, mend: Mend) -> Finding:
    name, letters = column.name, column_name(case.table.columns[column.name])
    place = rows[0], case.table.columns[name]
    right = mend(name, tuple(rows))
    expected = float(column.expected[case.iteration(rows[0])])
    subject = f"{name} holds typed numbers that are" if rows[1:] else f"{letters}{rows[0]} holds a typed number that is"
    told = f"{subject} not what {'their own rows give' if rows[1:] else 'its own row gives'}"
    slip = with_mend(SlipName.EDITED, told, f"{letters}{rows[0]}", rows, right)
    return Finding(
        kind=case.wrong_kind(name),
        sheet=case.formulas.workbook.sheets[case.table.sheet].name,
        cells=ranges_of((row, place[1]) for row in rows),
        count=len(rows),
        message=told,
        label=name,
        iteration=case.iteration(rows[0]),
        value=case.chain.get((case.table.sheet, *place)),
        expected=expected if np.isfinite(expected) else None,
        mend=right,
        slip=slip,
        places=frozenset((row, place[1]) for row in rows),
        repairs=repairs(name, place[1], tuple(rows)),
    )


# --- what was done to several columns -----------------------------------------------------------------------------


def _is_typed(case: Case, group: Group) -> bool:
    """Whether a group is a column of typed numbers, without a formula."""
    return group[0].kind is Kind.CONSTANT and not any(case.column(group[0].column)[1:])


def _is_empty(case: Case, group: Group) -> bool:
    """Whether a group is a column with nothing in it, but for what the training starts from."""
    return group[0].kind is Kind.MISSING and len(group) >= len(case.table.rows) - 1 > 1


def _is_last_cell(case: Case, group: Group) -> bool:
    """Whether a column lacks its cell in the table's last row, and that alone."""
    return group[0].kind is Kind.MISSING and [fault.row for fault in group] == [case.table.last_row]


def _tails(case: Case, groups: Iterable[Group], typed: Sequence[Group]) -> Iterator[list[Group]]:
    """Columns that hold numbers from one row on to the last, those with the same rows together."""
    by_rows: dict[int, list[Group]] = {}
    for group in groups:
        rows = [fault.row for fault in group]
        is_tail = rows == list(range(rows[0], case.table.last_row + 1))
        if group[0].kind is Kind.CONSTANT and is_tail and not any(group is other for other in typed):
            by_rows.setdefault(rows[0], []).append(group)
    yield from by_rows.values()


def _typed_message(case: Case, groups: Sequence[Group], columns: Sequence[TypedColumn]) -> str:
    decided = {column.name for column in columns if column.is_decided}
    open_groups = [g for g in groups if g[0].name not in decided and not all(map(partial(_is_right, case), g))]
    told = f"{_names(groups)} hold typed numbers and no formulas, so they do not follow when anything else changes"
    if not open_groups:
        return f"{told}. Those numbers are what their own rows give, to the digits as typed"
    return f"{told}. What {_names(open_groups)} should hold is unclear without a formula"


def _is_right(case: Case, fault: Fault) -> bool:
    """Whether a number is that of the right training."""
    return fault.name in case.expected and case.agrees(fault.name, fault.row, fault.value)


def _tail_message(case: Case, groups: Sequence[Group]) -> str:
    rows = [fault.row for fault in groups[0]]
    told = f"{_rows(rows)} {'hold' if rows[1:] else 'holds'} numbers instead of formulas, in {_names(groups)}"
    above = rows[0] - 1
    if all(_repeats(case, group[0].column, row, row - above) for group in groups for row in rows):
        return f"{told}: they repeat row {above}"
    return f"{told}: they do not follow when anything else changes"


def _together(case: Case, groups: Sequence[Group], message: str, repairs: Repairs) -> Finding:
    places = [(fault.row, fault.column) for group in groups for fault in group]
    first = min(row for row, _ in places)
    return Finding(
        kind=groups[0][0].kind,
        sheet=case.formulas.workbook.sheets[case.table.sheet].name,
        cells=ranges_of(places),
        count=len(places),
        message=message,
        iteration=case.iteration(first),
        places=frozenset(places),
        repairs=_joined([repairs(group[0].name, group[0].column, tuple(f.row for f in group)) for group in groups]),
    )


# --- words --------------------------------------------------------------------------------------------------------


def _joined(found: Sequence[tuple[Repair, ...]]) -> tuple[Repair, ...]:
    """All repairs; none where one is lacking."""
    return tuple(repair for repairs in found for repair in repairs) if all(found) else ()


def _names(groups: Sequence[Group]) -> str:
    names = [group[0].name or column_name(group[0].column) for group in groups]
    if len(names) <= _MOST_NAMED:
        return f"{', '.join(names[:-1])} and {names[-1]}" if names[1:] else "".join(names)
    return f"{', '.join(names[: _MOST_NAMED - 1])} and {len(names) - _MOST_NAMED + 1} more columns"


def _rows(rows: Sequence[int]) -> str:
    runs = [f"{run[0]}" if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs_of(rows)]
    return f"row{'s' if len(rows) > 1 else ''} {', '.join(runs)}"
