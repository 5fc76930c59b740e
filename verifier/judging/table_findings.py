"""The faults of a table as findings: each with its reach, its mend, and what explains it."""

from collections.abc import Iterable, Iterator, Set
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from verifier.computing.recompute import Formula
from verifier.findings import Finding, Kind
from verifier.judging.case import Case
from verifier.judging.table_check import Fault, Faults
from verifier.judging.typed_findings import tell_typed
from verifier.ranges import ranges_of
from verifier.reading.references import column_name

if TYPE_CHECKING:
    from verifier.judging.mend import Mender
    from verifier.judging.slips.search import Explainer


def findings_of(case: Case, faults: Faults) -> tuple[list[Finding], list[str]]:
    """The faults as findings: those of one column that have one cause in one, in dependency order; and notes."""
    if not faults.count:
        return [], []
    # A right workbook has no use for these, nor for the generator that mends bring with them.
    from verifier.judging.agreement import Agreement
    from verifier.judging.effect import with_effects
    from verifier.judging.mend import Mender
    from verifier.judging.slips.search import Explainer

    mender, explainer = Mender(case, faults.verdicts), Explainer(case)
    agreement = Agreement(case)
    last = len(case.order)
    typed = tell_typed(case, _groups(faults.cells), mender.repairs, mender.mend)
    ordered = sorted(typed.groups, key=lambda group: (group[0].row, case.order.get(group[0].name or "", last)))
    rows = [_row_finding(case, faults.empty_rows, mender)] if faults.empty_rows else []
    told = ((_finding(case, group, mender, explainer), agreement.reason(faults, group)) for group in ordered)
    found = [replace(finding, agreement=reason) for finding, reason in told]
    findings = with_effects(case, [*rows, *typed.wrong, *found], typed.together)
    without_effect = sum(finding.effect is None for finding in findings)
    return [*findings, *typed.together], list(_time_notes(explainer.skipped, agreement.skipped, without_effect))


def _time_notes(unexplained: int, hidden: int, without_effect: int) -> Iterator[str]:
    """What is said where the time that is set apart for explaining faults did not suffice for all of them."""
    left_out = [
        f"no slip was looked for in {unexplained:,} of them" if unexplained else "",
        f"what hides {hidden:,} of them was not looked for" if hidden else "",
        f"the effect of {without_effect:,} of them was not computed" if without_effect else "",
    ]
    if any(left_out):
        yield f"has more faults than there is time to explain: {', '.join(filter(None, left_out))}"


def bare_findings(case: Case, faults: Iterable[Fault]) -> list[Finding]:
    """Cells without a formula as findings, where nothing is known to check a formula against."""
    typed = tell_typed(case, _groups(faults), lambda _name, _column, _rows: (), lambda _name, _row: None)
    return [*typed.wrong, *typed.together, *(_bare_finding(case, group) for group in typed.groups)]


def _bare_finding(case: Case, group: list[Fault]) -> Finding:
    first = group[0]
    label = first.name or column_name(first.column)
    return Finding(
        kind=first.kind,
        sheet=case.formulas.workbook.sheets[case.table.sheet].name,
        cells=ranges_of((fault.row, first.column) for fault in group),
        count=len(group),
        message=_message(first.kind, label),
        label=label,
        iteration=case.iteration(first.row),
        value=first.value,
        places=frozenset((fault.row, first.column) for fault in group),
    )


def _groups(faults: Iterable[Fault]) -> Iterable[list[Fault]]:
    """The cells of each fault: those of a column with one formula, or without a formula and wrong in one way.

    A formula that comes to an error in some rows alone, as one that drifts into a text, is one fault in all of them.
    """
    groups: dict[tuple[int, Kind | Formula], list[Fault]] = {}
    for fault in faults:
        cause = fault.kind if fault.formula is None else fault.formula
        groups.setdefault((fault.column, cause), []).append(fault)
    return groups.values()


def _row_finding(case: Case, rows: Set[int], mender: "Mender") -> Finding:
    columns = sorted(case.table.columns.values())
    first = min(rows)
    return Finding(
        kind=Kind.MISSING,
        sheet=case.formulas.workbook.sheets[case.table.sheet].name,
        cells=", ".join(f"{column_name(columns[0])}{row}:{column_name(columns[-1])}{row}" for row in sorted(rows)),
        count=len(rows) * len(columns),
        message=f"{len(rows)} empty {'row' if len(rows) == 1 else 'rows'} within the table",
        iteration=case.iteration(first),
        places=frozenset((row, column) for row in rows for column in columns),
        repairs=mender.row_repairs(rows),
    )


def _finding(case: Case, group: list[Fault], mender: "Mender", explainer: "Explainer") -> Finding:
    first = group[0]
    kind = next((fault.kind for fault in group if fault.kind is not Kind.ERROR), Kind.ERROR)
    name, row, column = first.name, first.row, first.column
    label = name or case.table.told.get(column) or case.table.unnamed.get(column) or column_name(column)
    sheet = case.formulas.workbook.sheets[case.table.sheet]
    expected = np.nan if name is None else float(case.expected[name][case.iteration(row)])
    if kind is Kind.ERROR and name is not None and np.isnan(expected):  # no number tells which formula is right
        return replace(_bare_finding(case, group), formula=sheet.formula_text((row, column)))
    rows = tuple(fault.row for fault in group)
    mend = mender.usual(column, row) if name is None else mender.mend(name, rows)
    slip = explainer.slip(kind, name, {fault.row: fault.value for fault in group}, first.formula, mend)
    if name is not None and slip is not None and slip.formula is not None:
        slip = slip if mender.learn(name, rows, slip.formula) else None
        mend = mender.mend(name, rows)
    return Finding(
        kind=kind,
        sheet=sheet.name,
        cells=ranges_of((fault.row, column) for fault in group),
        count=len(group),
        message=_message(kind, label),
        label=label,
        iteration=case.iteration(row),
        formula=sheet.formula_text((row, column)),
        value=first.value,
        expected=None if np.isnan(expected) else expected,
        mend=mend,
        slip=slip,
        places=frozenset((fault.row, column) for fault in group),
        repairs=mender.repairs(name, column, rows),
    )


def _message(kind: Kind, label: str) -> str:
    match kind:
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
            return kind.value
