"""What a cell is called: the text beside it, over it, at the corner of its block, or where its row begins.

Else it has its address.
"""

from verifier.computing.recompute import Cell
from verifier.reading.references import column_name
from verifier.reading.sheets import Place, Sheet

_FURTHEST = 3  # columns to the left of a value that its label stands
_LONGEST = 40  # characters of a label


def name_of(cell: Cell, sheet: Sheet) -> str:
    """A label as it is written in the sheet, or the address."""
    return label_of(cell, sheet) or f"{column_name(cell[2])}{cell[1]}"


def label_of(cell: Cell, sheet: Sheet) -> str | None:
    """A label as it is written in the sheet; None where there is none."""
    _, row, column = cell
    beside = [(row, column - k) for k in range(1, _FURTHEST + 1)]
    next_one = next((place for place in beside if sheet.values.get(place) is not None), None)
    places = (next_one, _over(row, column, sheet), _first_of_row(row, column, sheet))
    labels = (_label(place, sheet) for place in places if place is not None)
    return next((label for label in labels if label is not None), None)


def _over(row: int, column: int, sheet: Sheet) -> Place | None:
    """The text over a cell and those between, or beside the first gap above it, as the name of a matrix is."""
    gap = 0
    for k in range(row - 1, 0, -1):
        if isinstance(sheet.values.get((k, column)), str):
            return k, column
        if (k, column) in sheet.formulas or sheet.values.get((k, column)) is not None:
            continue
        gap += 1
        corner = (k, column - 1)
        beside = [corner] if gap == 1 else []
        beside += [(k, c) for c in range(column - 2, 0, -1)] if gap == 1 and not _is_filled(corner, sheet) else []
        found = next((place for place in beside if _is_filled(place, sheet)), None)
        if found is not None and isinstance(sheet.values.get(found), str):
            return found
    return None


def _first_of_row(row: int, column: int, sheet: Sheet) -> Place | None:
    """The text before the values of a row without a gap, as where iterations go to the right."""
    before = ((row, k) for k in range(column - 1, 0, -1))
    return next((place for place in before if not _is_filled(place, sheet) or _label(place, sheet) is not None), None)


def _is_filled(place: Place, sheet: Sheet) -> bool:
    return place in sheet.formulas or sheet.values.get(place) is not None


def _label(place: Place, sheet: Sheet) -> str | None:
    value = sheet.values.get(place)
    is_label = isinstance(value, str) and place not in sheet.formulas and 0 < len(value.strip()) <= _LONGEST
    return value.strip() if is_label and isinstance(value, str) else None
