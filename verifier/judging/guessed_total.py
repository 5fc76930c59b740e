"""Headings that may stand for the total loss, and need not: `C`, `J`, `Error`.

Where no column has a name such as E_total, one of them is taken for it. But only as long as its column can be the loss:
it comes to the total, or to a multiple of it, and the gradients are its derivatives. A column that comes to something
else is right on its own terms.
"""

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from templates import TOTAL_LOSS, gradient_of
from verifier.computing.recompute import Formulas
from verifier.findings import Finding, Unchecked
from verifier.judging.case import RELATIVE, Case, numbers_of
from verifier.judging.labels import Quantity, Role, quantity_of
from verifier.judging.spelling import spelling_of
from verifier.judging.tables import Table
from verifier.ranges import ranges_of

_GUESS = Quantity(Role.TOTAL)
_LETTERS = ("c", "j", "l")  # say nothing by themselves; `E` or `Error` say something that cannot be checked


def without_guess(case: Case, findings: Collection[Finding]) -> Table | None:
    """The table without a total that is a guess which its findings contradict; None where it has no such one."""
    table = case.table
    column = table.columns.get(TOTAL_LOSS)
    if column is None or quantity_of(heading_of(table, column, case.formulas)) != _GUESS:
        return None
    is_contradicted = _most_wrong(case, TOTAL_LOSS, findings) and not _is_multiple(case)
    if not is_contradicted and not _contradicts_gradients(case, findings):
        return None
    columns = {name: place for name, place in table.columns.items() if name != TOTAL_LOSS}
    told = {place: name for place, name in table.told.items() if place != column}
    unnamed = {**table.unnamed, column: heading_of(table, column, case.formulas)}
    return replace(table, columns=columns, told=told, unnamed=dict(sorted(unnamed.items())))


def _contradicts_gradients(case: Case, findings: Collection[Finding]) -> bool:
    """Whether no gradient of the table is a derivative of the total."""
    gradients = {gradient_of(name) for name in case.model.trained} & set(case.table.columns)
    return bool(gradients) and all(_most_wrong(case, name, findings) for name in gradients)


def _most_wrong(case: Case, name: str, findings: Collection[Finding]) -> bool:
    wrong = sum(finding.count for finding in findings if finding.label == name)
    return wrong * 2 > len(case.table.rows)


def doubt_about(case: Case) -> tuple[Unchecked, ...]:
    """What is to be said of a total that was a guess and is none: nothing where the training itself reads it."""
    table, column = case.table, case.table.columns[TOTAL_LOSS]
    heading = heading_of(table, column, case.formulas).strip()
    readers = [name for name in table.columns if name in case.order and name != TOTAL_LOSS]
    is_read = any(place[2] == column for name in readers for place in case.reads(name))
    if is_read or spelling_of(heading) in _LETTERS:
        return ()
    sheet = case.formulas.workbook.sheets[table.sheet]
    places = [(row, column) for row in table.rows]
    text = next((text for place in places if (text := sheet.formula_text(place)) is not None), "")
    reason = f"it is headed '{heading}', but is not the loss whose derivatives the gradients are"
    return (Unchecked(sheet.name, ranges_of(places), len(places), text, reason),)


def heading_of(table: Table, column: int, formulas: Formulas) -> str:
    """What stands over a column in the table's header; empty where nothing does."""
    return str(formulas.workbook.sheets[table.sheet].values.get((table.header_row, column)) or "")


def _is_multiple(case: Case) -> bool:
    """Whether most cells of the column come to one and the same multiple of the total, on the right numbers."""
    values, expected = numbers_of(case.computed(TOTAL_LOSS)), case.expected[TOTAL_LOSS]
    with np.errstate(all="ignore"):
        factors = values / expected
    known = factors[np.isfinite(factors)]
    if len(known) < 2:
        return True  # there is no telling
    middle = float(np.median(known))
    alike = np.abs(known - middle) <= RELATIVE * abs(middle)
    return middle != 0.0 and bool(np.mean(alike) > 0.5)
