"""The cells of a sheet, as they stand in its file, made into values and patterns.

What a cell can hold is in ECMA-376 part 1, section 18.3.1.4, and what its formula can say of itself in 18.3.1.40.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from verifier.reading.cells import RawCell
from verifier.reading.dates import serial_number
from verifier.reading.package import WorkbookError
from verifier.reading.parsing import PatternReader
from verifier.reading.placement import Region
from verifier.reading.references import CELL, MAX_COLUMN, MAX_ROW, Pattern, UnsupportedFormulaError, column_number
from verifier.reading.sheets import Place, Sheet, Unsupported
from verifier.reading.structured import Tables
from verifier.values import ExcelError, Value

MAX_CELLS = 8_000_000  # with a value, in the whole workbook: keeps memory in bounds
MAX_ARRAY_CELLS = 100_000  # of all array formulas of a sheet: a few bytes of a file say that there are millions


class _Array(NamedTuple):
    """An array formula: its cells, its text without `=`, and the same as Excel shows it."""

    region: Region
    text: str
    shown: str


def read_cells(
    sheet: Sheet, cells: Iterable[RawCell], strings: Sequence[str], names: Mapping[str, str], tables: Tables, room: int
) -> None:
    """Put the cells of a sheet, as they come, into it.

    `strings` are the workbook's shared texts, `names` what defined names in capitals stand for on the sheet, and `room`
    is how many cells may have a value. Raises WorkbookError.
    """
    reader = _CellReader(sheet, strings, PatternReader(names), tables)
    for cell in cells:
        reader.read(cell)
        if len(sheet.values) > room:
            break
    reader.finish()
    if len(sheet.values) > room:
        raise WorkbookError(f"refused: it has more than {MAX_CELLS:,} cells with a value")


class _CellReader:
    """Makes of each cell what it is; `finish` comes after the last."""

    def __init__(self, sheet: Sheet, strings: Sequence[str], patterns: PatternReader, tables: Tables) -> None:
        self._sheet, self._strings = sheet, strings
        self._patterns, self._tables = patterns, tables
        self._shared: dict[str, tuple[Place, Pattern | Unsupported]] = {}
        self._arrays: list[_Array] = []
        self._array_cells = 0

    def read(self, cell: RawCell) -> None:
        """Put a cell, as it stands in the file, into the sheet."""
        row, column, kind, attributes, text, value = cell
        place = (row, column)
        formula = self._formula(place, attributes, text) if attributes else self._parsed(text, place) if text else None
        if isinstance(formula, Pattern):
            self._sheet.formulas[place] = formula
        elif formula is not None:
            self._sheet.unsupported[place] = formula
        if value:
            self._sheet.values[place] = self._value(kind, value, place)
        elif formula is not None:
            self._sheet.values[place] = "" if kind == "str" else None

    def finish(self) -> None:
        """Give the cells of array formulas theirs, now that all are known; one with a formula of its own keeps it."""
        for array in self._arrays:
            self._spread(array)
        if self._arrays:  # in the order of the cells again, in which most formulas follow what they read
            self._sheet.formulas = dict(sorted(self._sheet.formulas.items()))

    def _formula(self, place: Place, attributes: Mapping[str, str], text: str) -> Pattern | Unsupported | None:
        """A formula that says more of itself than its text: that it is shared, or an array formula, or none at all."""
        match attributes.get("t", "normal"):
            case "dataTable":
                return Unsupported("={TABLE()}", "it belongs to a what-if data table")
            case "array":
                return self._array(place, attributes, text)
            case "shared":
                return self._of_group(place, attributes.get("si", ""), text)
        return self._parsed(text, place) if text else None

    def _of_group(self, place: Place, group: str, text: str) -> Pattern | Unsupported | None:
        """The formula of a group of cells, which the file has in the first of them only."""
        if text:
            self._shared[group] = place, self._parsed(text, place)
        if group not in self._shared:
            return None
        first, formula = self._shared[group]
        if isinstance(formula, Pattern) and formula in self._patterns.bound and place != first:
            return self._parsed(self._patterns.filled(formula, *place), place)
        return formula

    def _array(self, place: Place, attributes: Mapping[str, str], text: str) -> Unsupported | None:
        """Note an array formula, which is spread over its cells later; a reason, where it cannot be."""
        region = _region(attributes.get("ref", ""), place)
        shown = f"={text}" if "cm" in attributes else f"={{{text}}}"
        if region is None:
            return Unsupported(shown, "it is an array formula that does not begin in its own cell")
        self._array_cells += region.rows * region.columns
        if self._array_cells > MAX_ARRAY_CELLS:
            return Unsupported(shown, f"the sheet's array formulas are over more than {MAX_ARRAY_CELLS:,} cells")
        self._arrays.append(_Array(region, text, shown))
        return None

    def _spread(self, array: _Array) -> None:
        sheet, region = self._sheet, array.region
        first, last = (region.row, region.column), (region.row + region.rows - 1, region.column + region.columns - 1)
        patterns: Mapping[Place, Pattern] = {}
        reason = ""
        try:
            text = self._tables.resolved(array.text, sheet.name, *first) if "[" in array.text else array.text
            patterns = self._patterns.read_array(text.strip(), region)
        except UnsupportedFormulaError as error:
            reason = str(error)
        for place in region.places():
            if place in sheet.formulas or place in sheet.unsupported:
                continue
            if place in patterns:
                sheet.formulas[place] = patterns[place]
            else:
                sheet.unsupported[place] = Unsupported(array.shown, reason)
            sheet.texts[place] = array.shown
            sheet.values.setdefault(place, None)
            if first != last:
                sheet.array_regions[place] = first, last

    def _parsed(self, text: str, place: Place) -> Pattern | Unsupported:
        try:
            resolved = self._tables.resolved(text, self._sheet.name, *place) if "[" in text else text
            pattern = self._patterns.read(resolved.strip(), *place)
        except UnsupportedFormulaError as error:
            return Unsupported(f"={text}", str(error))
        if resolved is not text or pattern in self._patterns.rewritten:
            self._sheet.texts[place] = f"={text}"
        return pattern

    def _value(self, kind: str, text: str, place: Place) -> Value:
        if not kind or kind == "n":
            return self._number(text, place)
        match kind:
            case "s":
                index = int(text) if text.isdecimal() else -1
                if not 0 <= index < len(self._strings):
                    raise WorkbookError(
                        f"damaged: a cell in row {place[0]} has the text number {text!r}, which is not there"
                    )
                return self._strings[index]
            case "b":
                return text in ("1", "true")
            case "e":
                return ExcelError(text)
            case "d":
                return serial_number(text)
        return text

    @staticmethod
    def _number(text: str, place: Place) -> Value:
        try:
            number = float(text)
        except ValueError:
            raise WorkbookError(f"damaged: a cell in row {place[0]} has {text!r} for a number") from None
        return number if math.isfinite(number) else ExcelError("#NUM!")


def _region(area: str, place: Place) -> Region | None:
    """The cells of an array formula in a place, which is the first of them; None where the file says otherwise."""
    corners = [CELL.fullmatch(corner) for corner in area.split(":")] if area else []
    places = [(int(corner[4]), column_number(corner[2])) for corner in corners if corner]
    if not area:
        places = [place]
    if len(places) not in (1, 2) or len(places) < len(corners) or places[0] != place:
        return None
    (row, column), (last_row, last_column) = place, places[-1]
    if not (row <= last_row <= MAX_ROW and column <= last_column <= MAX_COLUMN):
        return None
    return Region(row, column, last_row - row + 1, last_column - column + 1)
