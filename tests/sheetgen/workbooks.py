"""A generated workbook as others read it: its cells with openpyxl, its parts as plain XML."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from xml.etree import ElementTree
from zipfile import ZipFile

import openpyxl
from openpyxl.workbook.workbook import Workbook

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"

HEADER_ROW = 32  # of the exercise's tabs
RATE_CELL = "G31"


@lru_cache(maxsize=4)
def formulas_of(path: Path) -> Workbook:
    """The workbook with its formulas; to be read only."""
    return openpyxl.load_workbook(path)


@lru_cache(maxsize=4)
def values_of(path: Path) -> Workbook:
    """The workbook with its cached values; to be read only."""
    return openpyxl.load_workbook(path, data_only=True)


def tables_of(path: Path) -> dict[str, list[dict[str, float | str]]]:
    """The cached rows of every training table by their labels, in the order of the tabs."""
    tables = {}
    for sheet in values_of(path):
        for table in sheet.tables.values():
            header, *rows = sheet[table.ref]
            labels = [cell.value for cell in header]
            tables[sheet.title] = [dict(zip(labels, (cell.value for cell in row), strict=True)) for row in rows]
    return tables


def numbers_of(path: Path) -> list[dict[tuple[int, int], float]]:
    """All numbers, cached or constant, of every sheet, by their row and column from 1."""
    return [
        {
            (cell.row, cell.column): float(cell.value)
            for row in sheet.iter_rows()
            for cell in row
            if isinstance(cell.value, int | float)
        }
        for sheet in values_of(path)
    ]


def parts(path: Path) -> dict[str, bytes]:
    """The parts of the package, by their names."""
    with ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


def xml_parts(path: Path, folder: str = "") -> dict[str, ElementTree.Element]:
    """The XML parts below a folder of the package, parsed."""
    return {
        name: ElementTree.fromstring(content)  # noqa: S314  of the package that was just generated
        for name, content in parts(path).items()
        if name.startswith(folder) and name.endswith((".xml", ".rels"))
    }


@dataclass(frozen=True)
class RawCell:
    """A cell as it stands in the XML of its sheet; `formula` and `value` are None where it has none."""

    address: str
    kind: str
    formula: str | None
    value: str | None


def raw_cells(sheet: ElementTree.Element) -> Iterator[RawCell]:
    """All cells of a sheet's XML, in the order in which they stand there."""
    for cell in sheet.iter(f"{MAIN}c"):
        formula, value = cell.findtext(f"{MAIN}f"), cell.findtext(f"{MAIN}v")
        yield RawCell(cell.attrib["r"], cell.attrib.get("t", "n"), formula, value)


def sheet_parts(path: Path) -> dict[str, ElementTree.Element]:
    """The XML of every sheet, by its part's name."""
    return xml_parts(path, "xl/worksheets/sheet")


def same_number(left: object, right: float, relative: float = 1e-9, absolute: float = 1e-12) -> bool:
    """Whether something is a number, and that one but for rounding."""
    return isinstance(left, int | float) and math.isclose(left, right, rel_tol=relative, abs_tol=absolute)
