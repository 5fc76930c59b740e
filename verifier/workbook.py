"""Reading a workbook: its sheets' values as they are cached, and its formulas as patterns.

The format is that of ECMA-376 part 1, section 18.3 (SpreadsheetML worksheets). Rows and columns count from 1.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from verifier.package import Package, WorkbookError
from verifier.references import MAX_COLUMN, MAX_ROW, Pattern, PatternReader, UnsupportedFormulaError, column_number
from verifier.values import ExcelError, Value

MAX_CELLS = 8_000_000  # with a value, in the whole workbook: keeps memory in bounds

Place = tuple[int, int]  # row and column, from 1


@dataclass(frozen=True)
class Unsupported:
    """A formula that cannot be recomputed: its text with `=`, and why."""

    text: str
    reason: str


@dataclass
class Sheet:
    """A sheet's cells: every value as it is cached, and of those that are computed, the pattern of the formula."""

    name: str
    hidden: bool
    values: dict[Place, Value] = field(default_factory=dict)
    formulas: dict[Place, Pattern] = field(default_factory=dict)
    unsupported: dict[Place, Unsupported] = field(default_factory=dict)

    def formula_text(self, place: Place) -> str | None:
        """The formula in a cell, as Excel shows it; None where there is none."""
        if place in self.formulas:
            return self.formulas[place].text(*place)
        return self.unsupported[place].text if place in self.unsupported else None


@dataclass(frozen=True)
class Workbook:
    """The worksheets in the order of their tabs, and what the package has that is never followed."""

    sheets: tuple[Sheet, ...]
    warnings: tuple[str, ...]


def read_workbook(path: Path) -> Workbook:
    """Read a workbook. Raises WorkbookError."""
    with Package(path) as package:
        part = _workbook_part(package)
        relations = package.relationships(part)
        strings = _shared_strings(package, relations)
        names = _defined_names(package, part)
        room, sheets = MAX_CELLS, []
        for element in package.elements(part, "sheet"):
            kind, target = relations.get(_relation_id(element), ("", ""))
            if kind == "worksheet":
                sheet = Sheet(element.get("name", ""), element.get("state", "visible") != "visible")
                _read_sheet(package, target, sheet, strings, names, room)
                room -= len(sheet.values)
                sheets.append(sheet)
        if not sheets:
            raise WorkbookError("no worksheet in it")
        return Workbook(tuple(sheets), tuple(_warnings(package)))


def _workbook_part(package: Package) -> str:
    for kind, target in package.relationships("").values():
        if kind == "officeDocument" and any(True for _ in package.elements(target, "sheets")):
            return target
    raise WorkbookError("not a workbook: the package holds no sheets")


def _relation_id(element: etree._Element) -> str:
    return next((str(value) for name, value in element.items() if str(name).endswith("}id")), "")


def _shared_strings(package: Package, relations: Mapping[str, tuple[str, str]]) -> list[str]:
    part = next((target for kind, target in relations.values() if kind == "sharedStrings"), None)
    if part is None:
        return []
    return [_text_of(element) for element in package.elements(part, "si")]


def _text_of(element: etree._Element) -> str:
    """The text of a string with or without runs of formats, without its phonetic reading."""
    pieces = (
        node.text or ""
        for node in element.iter("{*}t")
        if etree.QName(node.getparent() if node.getparent() is not None else node).localname != "rPh"
    )
    return "".join(pieces)


def _defined_names(package: Package, part: str) -> dict[str, str]:
    return {
        element.get("name", "").upper(): element.text or ""
        for element in package.elements(part, "definedName")
        if element.get("localSheetId") is None
    }


def _warnings(package: Package) -> Iterator[str]:
    parts = list(package.parts())
    if any(part.endswith("vbaProject.bin") for part in parts):
        yield "has macros; they are never run"
    if any("/externalLinks/" in part for part in parts):
        yield "has links to other workbooks; they are never followed"
    if any(part.endswith("connections.xml") for part in parts):
        yield "has connections to outside data; they are never followed"


def _read_sheet(
    package: Package, part: str, sheet: Sheet, strings: list[str], names: Mapping[str, str], room: int
) -> None:
    reader = _CellReader(sheet, strings, PatternReader(names))
    for row in package.elements(part, "row"):
        reader.read_row(row)
        if len(sheet.values) > room:
            raise WorkbookError(f"refused: it has more than {MAX_CELLS:,} cells with a value")


class _CellReader:
    """Puts the cells of one sheet, as they come, into it."""

    def __init__(self, sheet: Sheet, strings: list[str], patterns: PatternReader) -> None:
        self._sheet, self._strings, self._patterns = sheet, strings, patterns
        self._shared: dict[str, Pattern | Unsupported] = {}
        self._columns: dict[str, int] = {}
        self._row, self._column = 0, 0  # of the cell before

    def read_row(self, row: etree._Element) -> None:
        """Read a row's cells; a row or a cell that does not say where it stands follows the one before it."""
        number = row.get("r")
        if number is not None and not number.isdecimal():
            raise WorkbookError(f"damaged: {number!r} is not the number of a row")
        self._row = self._row + 1 if number is None else int(number)
        self._column = 0
        for cell in row.iterchildren("{*}c"):
            self._read(cell)

    def _read(self, cell: etree._Element) -> None:
        place = self._place(cell.get("r"))
        kind = cell.get("t", "n")
        formula: etree._Element | None = None
        text: str | None = None
        for child in cell:
            name = str(child.tag)[-2:]
            if name == "}v":
                text = child.text
            elif name == "}f":
                formula = child
            elif name == "is":
                text = _text_of(child)
        if formula is not None:
            self._read_formula(place, formula)
        if text is not None:
            self._sheet.values[place] = self._value(kind, text, place)
        elif formula is not None:
            self._sheet.values[place] = "" if kind == "str" else None

    def _place(self, address: str | None) -> Place:
        if address is None:
            self._column += 1
            return self._row, self._column
        letters = address.rstrip("0123456789")
        column = self._columns.get(letters)
        if column is None:
            column = self._columns[letters] = self._column_number(letters)
        digits = address[len(letters) :]
        row = int(digits) if digits else 0
        if not 1 <= row <= MAX_ROW:
            raise WorkbookError(f"damaged: {address!r} is not the address of a cell")
        self._row, self._column = row, column
        return row, column

    @staticmethod
    def _column_number(letters: str) -> int:
        if not re.fullmatch("[A-Z]{1,3}", letters) or column_number(letters) > MAX_COLUMN:
            raise WorkbookError(f"damaged: {letters!r} is not the name of a column")
        return column_number(letters)

    def _read_formula(self, place: Place, element: etree._Element) -> None:
        kind, text = element.get("t", "normal"), element.text or ""
        shared = element.get("si", "") if kind == "shared" else None
        if shared is not None and not text:
            formula = self._shared.get(shared)
        elif kind == "dataTable":
            formula = Unsupported("={TABLE()}", "it belongs to a what-if data table")
        elif kind == "array" and ":" in element.get("ref", ""):
            formula = Unsupported(f"={{{text}}}", "it is an array formula over several cells")
        else:
            formula = self._parsed(text, place)
        if formula is None:
            return
        if shared is not None and text:
            self._shared[shared] = formula
        if isinstance(formula, Pattern):
            self._sheet.formulas[place] = formula
        else:
            self._sheet.unsupported[place] = formula

    def _parsed(self, text: str, place: Place) -> Pattern | Unsupported:
        try:
            return self._patterns.read(text.strip(), *place)
        except UnsupportedFormulaError as error:
            return Unsupported(f"={text}", str(error))

    def _value(self, kind: str, text: str, place: Place) -> Value:
        match kind:
            case "s":
                index = int(text) if text.isdecimal() else -1
                if not 0 <= index < len(self._strings):
                    raise WorkbookError(
                        f"damaged: a cell in row {place[0]} has the text number {text!r}, which is not there"
                    )
                return self._strings[index]
            case "b":
                return text == "1"
            case "e":
                return ExcelError(text)
            case "str" | "inlineStr" | "d":
                return text
        try:
            number = float(text)
        except ValueError:
            raise WorkbookError(f"damaged: a cell in row {place[0]} has {text!r} for a number") from None
        return number if math.isfinite(number) else ExcelError("#NUM!")
