"""Structured references, `Table1[w1]`, into ordinary ones: a table is a range of a sheet whose columns have names.

Tables are those of ECMA-376 part 1, section 18.5; how one refers to them is in section 18.17.2. Excel writes references
to them in full (`Table1[[#This Row],[w1]]`), other programs also as Excel shows them (`Table1[@w1]`, `[@w1]`).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from verifier.reading.cells import unescaped
from verifier.reading.package import Package
from verifier.reading.references import CELL, MAX_LENGTH, UnsupportedFormulaError, column_name, column_number, quoted

_LONGEST = 600  # characters between brackets, of which Excel allows 255 and their escapes; keeps a search linear
_BRACKETED = rf"\[(?:[^\[\]']|'.){{0,{_LONGEST}}}+\]"
_TOKEN = re.compile(
    r'"(?:[^"]|"")*"' r"|'(?:[^']|'')*'!"
    rf"|(?P<table>(?:[^\W\d]|\\)[\w.\\]*)?(?P<inside>\[(?:[^\[\]']|'.|{_BRACKETED}){{0,{_LONGEST}}}+\])(?P<outside>[\w.]*!)?"
)  # fmt: skip
_ITEM = re.compile(_BRACKETED)
_PARTS = ("#headers", "#data", "#totals")  # of a table, from its top to its bottom


@dataclass(frozen=True)
class Table:
    """A table: its sheet, its first and last row and its first column, from 1, and the names of its columns."""

    name: str
    sheet: str
    top: int
    bottom: int
    left: int
    headers: int  # rows, none or one
    totals: int
    columns: tuple[str, ...]

    def rows(self, part: str) -> tuple[int, int]:
        """The first and the last row of a part; the last is before the first where it has none."""
        data = self.top + self.headers, self.bottom - self.totals
        return {"#headers": (self.top, data[0] - 1), "#data": data, "#totals": (data[1] + 1, self.bottom)}[part]

    def holds(self, sheet: str, row: int, column: int) -> bool:
        """Whether a cell is within the table."""
        across = 0 <= column - self.left < len(self.columns)
        return self.sheet == sheet and self.top <= row <= self.bottom and across

    @property
    def data(self) -> str:
        """The range of the table's data, as it is written anywhere in the workbook."""
        first, last = self.rows("#data")
        right = self.left + len(self.columns) - 1
        return f"{quoted(self.sheet)}!${column_name(self.left)}${first}:${column_name(right)}${last}"


def read_tables(package: Package, part: str, sheet: str) -> Iterator[Table]:
    """The tables of the sheet in a part; one without a sound range is left out, as nothing can refer to it."""
    for kind, target in package.relationships(part).values():
        for element in package.elements(target, "table") if kind == "table" else ():
            corners = [CELL.fullmatch(corner) for corner in element.get("ref", "").split(":")]
            rows = [int(corner[4]) for corner in corners if corner]
            headers, totals = element.get("headerRowCount", "1"), element.get("totalsRowCount", "0")
            if corners[0] is None or len(rows) != len(corners) or not (headers + totals).isdecimal():
                continue
            names = tuple(unescaped(column.get("name", "")) for column in element.iter("{*}tableColumn"))
            name = element.get("displayName", element.get("name", ""))
            left = column_number(corners[0][2])
            yield Table(name, sheet, rows[0], rows[-1], left, int(headers), int(totals), names)


class Tables:
    """All tables of a workbook."""

    def __init__(self, tables: Iterable[Table]) -> None:
        self._tables = {table.name.upper(): table for table in tables}

    def ranges(self) -> dict[str, str]:
        """What the name of each table, in capitals, stands for by itself."""
        return {name: table.data for name, table in self._tables.items()}

    def resolved(self, formula: str, sheet: str, row: int, column: int) -> str:
        """A formula, given without its `=`, with ordinary references in the place of structured ones.

        Raises UnsupportedFormulaError.
        """
        if len(formula) > MAX_LENGTH:
            return formula  # refused for its length

        def replace(match: re.Match[str]) -> str:
            if not match["inside"] or match["outside"]:
                return match.group()  # a text, a sheet, or another workbook
            table = self._table(match["table"], sheet, row, column)
            return _reference(table, match["inside"][1:-1].strip(), sheet, row)

        return _TOKEN.sub(replace, formula)

    def _table(self, name: str | None, sheet: str, row: int, column: int) -> Table:
        if name is None:
            within = [table for table in self._tables.values() if table.holds(sheet, row, column)]
            if not within:
                raise UnsupportedFormulaError("it refers to a column of its table, and stands in none")
            return within[0]
        if name.upper() not in self._tables:
            raise UnsupportedFormulaError(f"it refers to the table {name}, which is not there")
        return self._tables[name.upper()]


def _reference(table: Table, inside: str, sheet: str, row: int) -> str:
    """The ordinary reference for what stands in the brackets after the name of a table."""
    parts, names = _items(inside)
    first, last = (_column(table, name) for name in (names[0], names[-1])) if names else (0, len(table.columns) - 1)
    left, right = (column_name(table.left + k) for k in sorted((first, last)))
    prefix = "" if sheet == table.sheet else quoted(table.sheet) + "!"
    if "#this row" in parts:
        begin, end = table.rows("#data")
        if not begin <= row <= end:
            raise UnsupportedFormulaError(
                f"it refers to its own row of the table {table.name}, and stands in none of it"
            )
        return prefix + (f"{left}{row}" if left == right else f"{left}{row}:{right}{row}")
    ranges = [table.rows(part) for part in (_PARTS if "#all" in parts else parts or ("#data",))]
    ranges = [(begin, end) for begin, end in ranges if begin <= end]
    if not ranges:
        raise UnsupportedFormulaError(f"it refers to rows that the table {table.name} does not have")
    return f"{prefix}${left}${min(ranges)[0]}:${right}${max(ranges)[1]}"


def _items(inside: str) -> tuple[list[str], list[str]]:
    """The parts of a table that are asked for, in small letters, and the names of the columns."""
    own_row = inside.startswith("@")
    inside = inside.removeprefix("@").strip()
    items = [item[1:-1] for item in _ITEM.findall(inside)] if inside.startswith("[") else [inside] if inside else []
    parts = [item.strip().lower() for item in items if item.strip().startswith("#")]
    names = [re.sub(r"'(.)", r"\1", item) for item in items if not item.strip().startswith("#")]
    if len(names) > 2 or not {*parts} <= {*_PARTS, "#all", "#this row"}:
        raise UnsupportedFormulaError(f"it refers to [{inside[:60]}] of a table, which is no part of one")
    return [*parts, *(["#this row"] if own_row else [])], names


def _column(table: Table, name: str) -> int:
    """The number of a column, from 0; capitals make no difference."""
    names = [column.casefold() for column in table.columns]
    if name.casefold() not in names:
        raise UnsupportedFormulaError(
            f"it refers to the column {name[:60]} of the table {table.name}, which is not there"
        )
    return names.index(name.casefold())
