"""Reading OpenDocument spreadsheets, as LibreOffice and others write them: `.ods` and `.ots`.

The format is that of OpenDocument 1.3, part 3, section 9 (tables), and part 4 (OpenFormula) for formulas, which are
translated into the spelling of Excel. Cells are made into the form in which a sheet of Excel has them, and go the same
way from there on.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from verifier.reading.cell_reader import MAX_CELLS, read_cells
from verifier.reading.cells import RawCell
from verifier.reading.dates import serial_number
from verifier.reading.names import DefinedName, names_by_sheet
from verifier.reading.notes import notes
from verifier.reading.package import Package, WorkbookError, local_name
from verifier.reading.references import MAX_COLUMN, MAX_LENGTH, MAX_ROW, column_name, quoted, unquoted
from verifier.reading.sheets import Sheet, Workbook
from verifier.reading.structured import Tables
from verifier.values import ERROR_NAMES

_CONTENT, _MANIFEST = "content.xml", "META-INF/manifest.xml"
_SPACES = "urn:oasis:names:tc:opendocument:xmlns"
_OFFICE, _TABLE, _TEXT = (f"{{{_SPACES}:{name}:1.0}}" for name in ("office", "table", "text"))
_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_DDE = "asks other programs for data (DDE); they are never asked"
_NO_ATTRIBUTES: Mapping[str, str] = {}

_NAME = r"\$?(?:'(?:[^']|'')*'|[^'.:#\[\]\s]+)"
_CELL = r"\$?[A-Z]{0,3}\$?[0-9]*"
_REFERENCE = re.compile(rf"({_NAME})?\.({_CELL})(?::({_NAME})?\.({_CELL}))?")
_TOKEN = re.compile(
    r"""(?P<text>"(?:[^"]|"")*")|\[(?P<reference>(?:'(?:[^']|'')*+'|[^'\]])*+)\]|(?P<separator>;)|COM\.MICROSOFT\."""
)


@dataclass
class _Table:
    """A sheet as it is read: how many of its rows are behind, and the cells in them that hold anything."""

    name: str
    style: str
    rows: int = 0
    cells: list[RawCell] = field(default_factory=list)


def is_opendocument(package: Package) -> bool:
    """Whether a package is an OpenDocument one."""
    return package.has(_CONTENT) and package.has(_MANIFEST)


def read_opendocument(package: Package) -> Workbook:
    """Read a workbook out of its package. Raises WorkbookError."""
    if any(True for _ in package.elements(_MANIFEST, "encryption-data")):
        raise WorkbookError("encrypted with a password: save it without one")
    content = _Content()
    for element in package.elements(
        _CONTENT, "style", "table-row", "table", "named-range", "named-expression", "dde-link"
    ):
        content.take(element)
    if not content.tables:
        raise WorkbookError("not a workbook: the document holds no sheets")
    tabs = [table.name for table in content.tables]
    room, sheets = MAX_CELLS, []
    for table, names in zip(content.tables, names_by_sheet(content.names, tabs, {}), strict=True):
        sheet = Sheet(table.name, table.style in content.hidden)
        read_cells(sheet, table.cells, (), names, Tables(()), room)
        room -= len(sheet.values)
        sheets.append(sheet)
    return Workbook(tuple(sheets), (*notes(package), *([_DDE] if content.asks else [])), tuple(content.names))


class _Content:
    """What is found in a document's content, element by element as each comes to its end."""

    def __init__(self) -> None:
        self.tables: list[_Table] = []
        self.names: list[DefinedName] = []
        self.hidden: set[str] = set()  # styles of sheets
        self.asks = False
        self._cells = 0

    def take(self, element: etree._Element) -> None:
        """Note what an element says."""
        match local_name(element):
            case "table-row":
                table = self._table(next(element.iterancestors(f"{_TABLE}table"), None))
                if table is not None:
                    self._row(table, element)
            case "table":
                self._table(element)
            case "style":
                if any(child.get(f"{_TABLE}display") == "false" for child in element):
                    self.hidden.add(element.get(f"{{{_SPACES}:style:1.0}}name", ""))
            case "dde-link":
                self.asks = True
            case _:
                self._name(element)

    def _table(self, element: etree._Element | None) -> _Table | None:
        """The sheet of an element of a table; None for a table within a cell or a link."""
        parent = None if element is None else element.getparent()
        if element is None or parent is None or parent.tag != f"{_OFFICE}spreadsheet":
            return None
        name = element.get(f"{_TABLE}name", "")
        if not self.tables or self.tables[-1].name != name:
            self.tables.append(_Table(name, element.get(f"{_TABLE}style-name", "")))
        return self.tables[-1]

    def _name(self, element: etree._Element) -> None:
        inside = self._table(next(element.iterancestors(f"{_TABLE}table"), None))
        number = None if inside is None else len(self.tables) - 1
        area, expression = element.get(f"{_TABLE}cell-range-address"), element.get(f"{_TABLE}expression", "")
        meaning = _reference(area) if area else excel_formula(expression)
        self.names.append(DefinedName(element.get(f"{_TABLE}name", ""), number, meaning))

    def _row(self, table: _Table, element: etree._Element) -> None:
        first, repeated = table.rows + 1, _count(element, "rows-repeated")
        table.rows += repeated
        column = 1
        for cell in element.iterchildren(f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
            across = _count(cell, "columns-repeated")
            if cell.get(f"{_TABLE}formula") or cell.get(f"{_OFFICE}value-type"):
                self._cells += across * repeated
                if self._cells > MAX_CELLS:
                    raise WorkbookError(f"refused: it has more than {MAX_CELLS:,} cells with a value")
                if first + repeated - 1 <= MAX_ROW and column + across - 1 <= MAX_COLUMN:
                    table.cells += _cells(cell, range(first, first + repeated), range(column, column + across))
            column += across


def _count(element: etree._Element, name: str) -> int:
    text = element.get(f"{_TABLE}number-{name}", "1")
    return max(int(text), 1) if text.isdecimal() and len(text) <= 7 else 1


def _cells(element: etree._Element, rows: range, columns: range) -> Iterator[RawCell]:
    """A cell of the document in all places in which it stands."""
    formula = excel_formula(element.get(f"{_TABLE}formula", ""))
    down, across = element.get(f"{_TABLE}number-matrix-rows-spanned"), _count(element, "matrix-columns-spanned")
    kind, value = _value(element)
    for row in rows:
        for column in columns:
            attributes = _NO_ATTRIBUTES
            if down is not None:
                last = f"{column_name(column + across - 1)}{row + _count(element, 'matrix-rows-spanned') - 1}"
                attributes = {"t": "array", "ref": f"{column_name(column)}{row}:{last}"}
            yield row, column, kind, attributes, formula, value


def _value(element: etree._Element) -> tuple[str, str]:
    """The type and the text of a cell's value, as a sheet of Excel has them."""
    if element.get(f"{_CALC}value-type") == "error":
        shown = _paragraphs(element)
        return "e", shown if shown in ERROR_NAMES else "#VALUE!"
    match element.get(f"{_OFFICE}value-type"):
        case "boolean":
            return "b", element.get(f"{_OFFICE}boolean-value", "")
        case "date" | "time" as kind:
            number = serial_number(element.get(f"{_OFFICE}{kind}-value", ""))
            return ("", repr(number)) if isinstance(number, float) else ("str", str(number))
        case "string":
            text = element.get(f"{_OFFICE}string-value")
            return "str", _paragraphs(element) if text is None else text
    return "", element.get(f"{_OFFICE}value", "")


def _paragraphs(element: etree._Element) -> str:
    """The text that a cell shows; runs of spaces are elements of their own."""
    lines = []
    for paragraph in element.iterchildren(f"{_TEXT}p"):
        for space in paragraph.iter(f"{_TEXT}s"):
            space.text = " " * min(int(space.get(f"{_TEXT}c", "1")), 1000)
        lines.append("".join(str(text) for text in paragraph.itertext()))
    return "\n".join(lines)


def excel_formula(formula: str) -> str:
    """A formula of OpenFormula as Excel writes it: `of:=[.A1]+SUM([$S.B1:.B2];1)` is `A1+SUM(S!B1:B2,1)`."""
    if len(formula) > 2 * MAX_LENGTH:  # twice, for its brackets; refused for its length
        return formula
    prefix, equals, expression = formula.partition("=")
    if prefix == "msoxl:":  # Excel's own spelling already
        return expression
    if not equals or not re.fullmatch(r"(?:\w+:)?", prefix):
        expression = formula

    def replace(match: re.Match[str]) -> str:
        if match["text"]:
            return match.group()
        if match["reference"] is not None:
            return _reference(match["reference"])
        return "," if match["separator"] else ""

    return _TOKEN.sub(replace, expression)


def _reference(text: str) -> str:
    """A reference as Excel writes it: `$'eta 0.1'.$A$1:.B2` is `'eta 0.1'!$A$1:B2`."""
    if text.endswith("#REF!"):
        return "#REF!"
    match = _REFERENCE.fullmatch(text)
    if match is None:  # of another document
        return "[another]!A1"
    sheet, first, last_sheet, last = match.groups()
    prefix = "" if sheet is None else quoted(unquoted(sheet.removeprefix("$"))) + "!"
    if last_sheet is not None and last_sheet.removeprefix("$") != (sheet or "").removeprefix("$"):
        prefix = f"[several sheets]{prefix}"
    return prefix + (first if last is None else f"{first}:{last}")
