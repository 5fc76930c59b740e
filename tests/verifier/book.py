"""A workbook taken apart into the cells of its sheets, to change some and put it together again.

The XML of a sheet is edited in place, so that everything else in the package stays as it was.
"""

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from html import escape, unescape
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile

from tests.verifier.calculator import Address, calculate
from verifier.values import ExcelError, Value

_CELL = re.compile(r"<c [^>]*?(?:/>|>.*?</c>)", re.DOTALL)


@dataclass(frozen=True)
class Cell:
    """What a cell holds: a formula without its `=`, or none, and a value; `style` is its index of formats."""

    formula: str | None = None
    value: Value = None
    style: str | None = None


EMPTY = Cell()


@dataclass(frozen=True)
class Book:
    """A workbook's cells; `parts` are those of the package, `sheet_parts` maps a sheet's name to its part."""

    parts: Mapping[str, bytes]
    sheet_parts: Mapping[str, str]
    cells: Mapping[Address, Cell] = field(repr=False)

    def changed(self, changes: Mapping[Address, Cell]) -> "Book":
        """The workbook with other cells in the place of some, each in the style of the one before."""
        styled = {address: replace(cell, style=self.cells[address].style) for address, cell in changes.items()}
        return replace(self, cells={**self.cells, **styled})

    def recalculated(self) -> "Book":
        """The workbook with the cached values that its formulas give. Raises CircularError."""
        formulas = {address: cell.formula for address, cell in self.cells.items() if cell.formula is not None}
        constants = {address: cell.value for address, cell in self.cells.items() if cell.formula is None}
        values = calculate(formulas, constants)
        cells = {a: replace(cell, value=values[a]) if a in values else cell for a, cell in self.cells.items()}
        return replace(self, cells=cells)

    def write(self, path: Path) -> Path:
        """Write the workbook to a file."""
        sheets = {part: name for name, part in self.sheet_parts.items()}
        with ZipFile(path, "w", ZIP_STORED) as package:
            for part, content in self.parts.items():
                package.writestr(part, self._sheet_xml(sheets[part]) if part in sheets else content)
        return path

    def _sheet_xml(self, sheet: str) -> str:
        xml = self.parts[self.sheet_parts[sheet]].decode("utf-8")
        return _CELL.sub(lambda match: self._cell_xml(sheet, match.group()), xml)

    def _cell_xml(self, sheet: str, before: str) -> str:
        address = _attribute(before, "r")
        cell = self.cells[sheet, address]
        style = f' s="{cell.style}"' if cell.style else ""
        formula = "" if cell.formula is None else f"<f>{escape(cell.formula, quote=False)}</f>"
        kind, text = _value_xml(cell.value, cell.formula is not None)
        return f'<c r="{address}"{style}{kind}>{formula}{text}</c>'


def read_book(content: bytes) -> Book:
    """Take a workbook apart."""
    with ZipFile(io.BytesIO(content)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    relations = parts["xl/_rels/workbook.xml.rels"].decode()
    targets = {_attribute(r, "Id"): _attribute(r, "Target") for r in re.findall(r"<Relationship [^>]*>", relations)}
    sheets = re.findall(r"<sheet [^>]*>", parts["xl/workbook.xml"].decode())
    sheet_parts = {
        unescape(_attribute(s, "name")): "xl/" + targets[_attribute(s, "r:id")].removeprefix("/xl/") for s in sheets
    }
    strings = _strings(parts.get("xl/sharedStrings.xml", b"").decode())
    cells = {
        (name, _attribute(xml, "r")): _cell(xml, strings)
        for name, part in sheet_parts.items()
        for xml in _CELL.findall(parts[part].decode())
    }
    return Book(parts, sheet_parts, cells)


def _strings(xml: str) -> list[str]:
    items = re.findall(r"<si>(.*?)</si>", xml, re.DOTALL)
    return [unescape("".join(re.findall(r"<t[^>]*>(.*?)</t>", item, re.DOTALL))) for item in items]


def _attribute(tag: str, name: str) -> str:
    match = re.search(rf'\s{name}="([^"]*)"', tag)
    return match[1] if match else ""


def _cell(xml: str, strings: list[str]) -> Cell:
    formula, text = re.search(r"<f>(.*?)</f>", xml, re.DOTALL), re.search(r"<v>(.*?)</v>", xml, re.DOTALL)
    inline = re.search(r"<t[^>]*>(.*?)</t>", xml, re.DOTALL)
    value: Value = None
    match _attribute(xml[: xml.index(">")], "t"):
        case "s":
            value = strings[int(text[1])] if text else None
        case "e":
            value = ExcelError(text[1]) if text else None
        case "inlineStr":
            value = unescape(inline[1]) if inline else None
        case "" | "n":
            value = float(text[1]) if text and text[1] else None
        case _:
            value = unescape(text[1]) if text else None
    return Cell(unescape(formula[1]) if formula else None, value, _attribute(xml[: xml.index(">")], "s") or None)


def _value_xml(value: Value, computed: bool) -> tuple[str, str]:
    """The attribute for the kind of a value, and its element."""
    if value is None:
        return "", ""
    if isinstance(value, ExcelError):
        return ' t="e"', f"<v>{value}</v>"
    if isinstance(value, bool):
        return ' t="b"', f"<v>{int(value)}</v>"
    if isinstance(value, str):
        text = escape(value, quote=False)
        return (' t="str"', f"<v>{text}</v>") if computed else (' t="inlineStr"', f"<is><t>{text}</t></is>")
    return "", f"<v>{value!r}</v>"
