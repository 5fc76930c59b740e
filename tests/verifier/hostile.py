"""Packages made by hand, sound or harmful: the parts of a small workbook, any of which a test may replace."""

from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from tests.verifier.book import Book

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SHEET = "xl/worksheets/sheet1.xml"
WORKBOOK = "xl/workbook.xml"
STRINGS = "xl/sharedStrings.xml"
ROOT_RELATIONS, WORKBOOK_RELATIONS = "_rels/.rels", "xl/_rels/workbook.xml.rels"


def sheet_xml(cells: str) -> str:
    """A sheet with these cells in one row element."""
    return f'<worksheet xmlns="{MAIN}"><sheetData><row>{cells}</row></sheetData></worksheet>'


def relations_xml(*targets: tuple[str, str, str]) -> str:
    """Relationships, each an id, the last word of its type, and its target."""
    entries = "".join(
        f'<Relationship Id="{key}" Type="{RELATIONS}/{kind}" Target="{escape(target)}"/>'
        for key, kind, target in targets
    )
    return (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{entries}</Relationships>'
    )


def workbook_xml(names: str = "") -> str:
    """A workbook of one sheet, with defined names."""
    return (
        f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets>'
        f"<definedNames>{names}</definedNames></workbook>"
    )


def parts_of(cells: str, names: str = "") -> dict[str, str | bytes]:
    """All parts of a workbook with one sheet of these cells."""
    return {
        "[Content_Types].xml": "<Types/>",
        ROOT_RELATIONS: relations_xml(("rId1", "officeDocument", WORKBOOK)),
        WORKBOOK: workbook_xml(names),
        WORKBOOK_RELATIONS: relations_xml(("rId1", "worksheet", "worksheets/sheet1.xml")),
        SHEET: sheet_xml(cells),
    }


def with_strings(parts: dict[str, str | bytes], strings: str) -> dict[str, str | bytes]:
    """The parts with one of shared strings, and the way to it."""
    targets = (("rId1", "worksheet", "worksheets/sheet1.xml"), ("rId2", "sharedStrings", "sharedStrings.xml"))
    return parts | {STRINGS: strings, WORKBOOK_RELATIONS: relations_xml(*targets)}


def table_cells(book: Book, sheet: str) -> str:
    """A sheet of a right workbook as cells by hand: addresses, formulas, numbers and inline texts."""
    cells = []
    for (name, address), cell in book.cells.items():
        if name != sheet or cell == type(cell)(style=cell.style):
            continue
        if isinstance(cell.value, str):
            cells.append(f'<c r="{address}" t="inlineStr"><is><t>{escape(cell.value)}</t></is></c>')
        else:
            value = "" if cell.value is None else f"<v>{cell.value!r}</v>"
            formula = "" if cell.formula is None or "Start!" in cell.formula else f"<f>{escape(cell.formula)}</f>"
            cells.append(f'<c r="{address}">{formula}{value}</c>')
    return "".join(cells)


def formula_cell(address: str, formula: str, value: str = "0") -> str:
    """A cell with a formula and a cached number."""
    return f'<c r="{address}"><f>{escape(formula)}</f><v>{value}</v></c>'


def write_package(path: Path, parts: Mapping[str, str | bytes], more: Iterable[tuple[str, str | bytes]] = ()) -> Path:
    """Write parts as a zip, and after them more of them, of which the names may come again."""
    with ZipFile(path, "w", ZIP_DEFLATED, compresslevel=9) as package:
        for name, content in [*parts.items(), *more]:
            package.writestr(name, content)
    return path
