"""Reading a workbook: its sheets' values as they are cached, and its formulas as patterns.

The format is that of ECMA-376 part 1, section 18.3 (SpreadsheetML worksheets). Rows and columns count from 1.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from verifier.reading.cells import RawCell, raw_cells, text_of
from verifier.reading.package import Package, WorkbookError
from verifier.reading.references import Pattern, PatternReader, UnsupportedFormulaError
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
    return [text_of(element) for element in package.elements(part, "si")]


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
    for cell in raw_cells(package, part):
        reader.read(cell)
        if len(sheet.values) > room:
            raise WorkbookError(f"refused: it has more than {MAX_CELLS:,} cells with a value")


class _CellReader:
    """Puts the cells of one sheet, as they come, into it."""

    def __init__(self, sheet: Sheet, strings: list[str], patterns: PatternReader) -> None:
        self._sheet, self._strings, self._patterns = sheet, strings, patterns
        self._shared: dict[str, Pattern | Unsupported] = {}

    def read(self, cell: RawCell) -> None:
        """Make what it is of a cell as it stands in the file."""
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

    def _formula(self, place: Place, attributes: Mapping[str, str], text: str) -> Pattern | Unsupported | None:
        """A formula that says more of itself than its text: that it is shared, or an array formula, or none at all."""
        kind = attributes.get("t", "normal")
        if kind == "dataTable":
            return Unsupported("={TABLE()}", "it belongs to a what-if data table")
        if kind == "array" and ":" in attributes.get("ref", ""):
            return Unsupported(f"={{{text}}}", "it is an array formula over several cells")
        if kind != "shared":
            return self._parsed(text, place) if text else None
        if text:
            self._shared[attributes.get("si", "")] = self._parsed(text, place)
        return self._shared.get(attributes.get("si", ""))

    def _parsed(self, text: str, place: Place) -> Pattern | Unsupported:
        try:
            return self._patterns.read(text.strip(), *place)
        except UnsupportedFormulaError as error:
            return Unsupported(f"={text}", str(error))

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
                return text == "1"
            case "e":
                return ExcelError(text)
        return text

    @staticmethod
    def _number(text: str, place: Place) -> Value:
        try:
            number = float(text)
        except ValueError:
            raise WorkbookError(f"damaged: a cell in row {place[0]} has {text!r} for a number") from None
        return number if math.isfinite(number) else ExcelError("#NUM!")
