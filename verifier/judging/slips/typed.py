"""The slips of cells without a formula: pasted values, typed numbers and texts, columns not filled to the end."""

import math
import re
from collections.abc import Mapping, Sequence

import numpy as np

from verifier.findings import Kind, Slip
from verifier.judging.case import Case, is_error, numbers_of
from verifier.judging.oracle import Array
from verifier.judging.slips.slip_names import SlipName
from verifier.reading.references import UnsupportedFormulaError, column_name
from verifier.values import Value, is_text

FEWEST_DIGITS = 3  # that a typed number has in common with a computed one, to have been that
_ALL_DIGITS = 15


def explain_values(case: Case, kind: Kind, name: str, values: Mapping[int, Value], mend: str | None) -> Slip | None:
    """What was done to cells of a column, given by their rows, that have no formula; None where there is no telling."""
    rows = list(values)
    if kind is Kind.MISSING:
        return _missing(case, name, rows, mend)
    first = values[rows[0]]
    cell = _cell(case, name, rows[0])
    if kind is Kind.ERROR and is_error(first):
        told = f"{cell} holds {first} itself, and no formula: an error was pasted as a value"
        return with_mend(SlipName.PASTED_ERROR, told, cell, rows, mend)
    if is_text(first):
        return _text(cell, str(first), rows, mend)
    if kind is Kind.CONSTANT:
        return _constant(case, name, values, mend)
    return None


def _missing(case: Case, name: str, rows: Sequence[int], mend: str | None) -> Slip:
    table, letters = case.table, column_name(case.table.columns[name])
    first, cell = rows[0], _cell(case, name, rows[0])
    is_tail = list(rows) == list(range(first, table.last_row + 1))
    if is_tail and first > table.first_row:
        told = f"{name} is filled down to row {first - 1}, and the table goes on to row {table.last_row}"
        advice = f"fill {letters}{first - 1} down to {letters}{table.last_row}"
        return Slip(SlipName.NOT_FILLED.value, told, advice, mend)
    if is_tail:
        return with_mend(SlipName.EMPTY_COLUMN, f"{name} has a label and no cell below it is filled", cell, rows, mend)
    told = f"{cell} is empty within a table that goes on below it"
    return with_mend(SlipName.EMPTY_CELL, told, cell, rows, mend)


def _text(cell: str, text: str, rows: Sequence[int], mend: str | None) -> Slip:
    match = re.fullmatch(r"\s*'?([+-]?\d*)[.,]?(\d*)\s*", text)
    number = match if match and (match[1] or match[2]) else None
    why = "which SUM, AVERAGE and their like pass over" if number else "with which no formula can calculate"
    told = f"{cell} holds the text '{text[:40]}', {why}"
    if mend is None and number:
        return Slip(SlipName.TEXT.value, told, f"type it as a number, {number[1] or '0'}.{number[2] or '0'}")
    return with_mend(SlipName.TEXT, told, cell, rows, mend)


def _constant(case: Case, name: str, values: Mapping[int, Value], mend: str | None) -> Slip:
    found = numbers_of(list(values.values()))
    rows = list(values)
    digits = max(_common_digits(found, right) for right in _computed(case, name, rows))
    cell, many = _cell(case, name, rows[0]), len(rows) > 1
    if digits >= FEWEST_DIGITS:
        agree = "exactly" if digits >= _ALL_DIGITS else f"to {digits} digits"
        subject = f"{name} holds typed numbers that are" if many else f"{cell} holds a typed number that is"
        told = f"{subject} what the formula gives, {agree}, and will not follow when anything else changes"
        return with_mend(SlipName.PASTED, told, cell, rows, mend)
    subject = f"{name} holds typed numbers" if many else f"{cell} holds a typed number"
    told = f"{subject}, and not what the formula gives"
    return with_mend(SlipName.EDITED, told, cell, rows, mend)


def _computed(case: Case, name: str, rows: Sequence[int]) -> list[Array]:
    """What belongs into the cells: in the right training, and as the column's formula has it in this workbook."""
    column = case.table.columns[name]
    results = [case.expected[name][[case.iteration(row) for row in rows]]]
    usual = case.usual(column)
    if usual is not None:
        values: list[Value] = []
        for row in rows:
            try:
                values.append(usual.function(usual.take(case.chain, row, column)))
            except (KeyError, UnsupportedFormulaError):
                values.append(None)
        results.append(numbers_of(values))
    return results


def _common_digits(found: Array, right: Array) -> int:
    """How many significant digits numbers have in common, the fewest of all; a rounded one has all that it shows."""
    with np.errstate(all="ignore"):
        relative = np.where(found == right, 0.0, np.abs(found - right) / np.abs(right))
    worst = float(np.max(relative))
    if not math.isfinite(worst):
        return 0
    return _ALL_DIGITS if worst < 10.0**-_ALL_DIGITS else max(0, math.floor(-math.log10(2 * worst)) + 1)


def with_mend(name: SlipName, told: str, cell: str, rows: Sequence[int], mend: str | None) -> Slip:
    """The slip in cells of a column, with what to write into the first of them, `cell`, and how far to fill it."""
    if mend is None:
        return Slip(name.value, told, "give it its formula again")
    last = f"{cell.rstrip('0123456789')}{rows[-1]}"
    return Slip(name.value, told, f"write {mend} into {cell}{f' and fill it down to {last}' if rows[1:] else ''}", mend)


def _cell(case: Case, name: str, row: int) -> str:
    return f"{column_name(case.table.columns[name])}{row}"
