"""Headings that may stand for the total loss, and need not: `C`, `J`, `Error`.

Where no column has a name such as E_total, one of them is taken for it. But only as long as its column can be the loss:
where fewer faults are left without it, it was none, and is right on its own terms.
"""

from dataclasses import replace

from templates import TOTAL_LOSS
from verifier.computing.recompute import Formulas
from verifier.findings import Unchecked
from verifier.judging.case import Case
from verifier.judging.labels import Quantity, Role, quantity_of
from verifier.judging.spelling import spelling_of
from verifier.judging.tables import Table
from verifier.ranges import ranges_of

_GUESS = Quantity(Role.TOTAL)
_LETTERS = ("c", "j", "l")  # say nothing by themselves; `E` or `Error` say something that cannot be checked


def without_guess(case: Case) -> Table | None:
    """The table without a total that is a guess; None where it has no such one."""
    table = case.table
    column = table.columns.get(TOTAL_LOSS)
    if column is None or quantity_of(heading_of(table, column, case.formulas)) != _GUESS:
        return None
    columns = {name: place for name, place in table.columns.items() if name != TOTAL_LOSS}
    told = {place: name for place, name in table.told.items() if place != column}
    unnamed = {**table.unnamed, column: heading_of(table, column, case.formulas)}
    return replace(table, columns=columns, told=told, unnamed=dict(sorted(unnamed.items())))


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
