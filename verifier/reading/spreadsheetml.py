"""Reading the workbooks of Excel and of all programs that write its format: `.xlsx`, `.xlsm`, `.xltx`, `.xltm`.

The format is that of ECMA-376 part 1, section 18 (SpreadsheetML), transitional or strict. Elements are known by their
names alone, in whatever namespace and with whatever prefix, and only what a verdict needs is read: styles, data
validations, views and document properties may be damaged or missing.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from lxml import etree

from verifier.reading.cell_reader import MAX_CELLS, read_cells
from verifier.reading.cells import raw_cells, text_of
from verifier.reading.charts import read_charts
from verifier.reading.names import names_by_sheet, read_names
from verifier.reading.notes import notes
from verifier.reading.package import Package, WorkbookError
from verifier.reading.sheets import Sheet, Workbook
from verifier.reading.structured import Tables, read_tables


class Tab(NamedTuple):
    """A tab: its name, whether it is hidden, its number in lists of all cells, the kind of its sheet, and its part."""

    name: str
    hidden: bool
    id: str
    kind: str
    part: str


def read_spreadsheetml(package: Package) -> Workbook:
    """Read a workbook out of its package. Raises WorkbookError."""
    part = workbook_part(package)
    relations = package.relationships(part)
    tabs = read_tabs(package)
    sheets = [tab for tab in tabs if tab.kind == "worksheet"]
    if not sheets:
        raise WorkbookError("no worksheet in it")
    strings = _shared_strings(package, relations)
    tables = Tables(table for tab in sheets for table in read_tables(package, tab.part, tab.name))
    defined = tuple(read_names(package, part))
    names = names_by_sheet(defined, [tab.name for tab in tabs], tables.ranges())
    room, read = MAX_CELLS, []
    for tab, names_here in zip(tabs, names, strict=True):
        if tab.kind == "worksheet":
            sheet = Sheet(tab.name, tab.hidden)
            read_cells(sheet, raw_cells(package, tab.part), strings, names_here, tables, room)
            sheet.charts += read_charts(package, tab.part)
            room -= len(sheet.values)
            read.append(sheet)
    return Workbook(tuple(read), tuple(notes(package)), defined)


def read_tabs(package: Package) -> list[Tab]:
    """The tabs of a workbook in their order. Raises WorkbookError."""
    part = workbook_part(package)
    relations = package.relationships(part)
    return [_tab(element, relations) for element in package.elements(part, "sheet")]


def workbook_part(package: Package) -> str:
    """The part that lists the tabs. Raises WorkbookError."""
    for kind, target in package.relationships("").values():
        if kind == "officeDocument":
            if target.lower().endswith(".bin"):
                raise WorkbookError("a binary workbook (.xlsb): save it as .xlsx")
            if any(True for _ in package.elements(target, "sheets")):
                return target
    if any(part.endswith(".iwa") for part in package.parts()):
        raise WorkbookError("a document of Apple's Numbers: export it as .xlsx")
    raise WorkbookError("not a workbook: the package holds no sheets")


def _tab(element: etree._Element, relations: Mapping[str, tuple[str, str]]) -> Tab:
    relation = next((str(value) for name, value in element.items() if str(name).endswith("}id")), "")
    hidden = element.get("state", "visible") != "visible"
    return Tab(element.get("name", ""), hidden, element.get("sheetId", ""), *relations.get(relation, ("", "")))


def _shared_strings(package: Package, relations: Mapping[str, tuple[str, str]]) -> Sequence[str]:
    part = next((target for kind, target in relations.values() if kind == "sharedStrings"), None)
    if part is None or not package.has(part):  # a cell that needs it says so
        return []
    return [text_of(element) for element in package.elements(part, "si")]
