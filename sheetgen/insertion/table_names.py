"""Names that a new sheet's tables can have in a workbook that has tables and names of its own.

A table's id and name are its own in the whole workbook, and the name must not be a defined name either (ECMA-376 part
1, §18.5.1.2); names are compared without regard to case. Formulas call a table by its name, so they follow it.
"""

import re
from collections.abc import Iterable, Mapping

from lxml import etree

from sheetgen.insertion.content_types import ContentTypes
from sheetgen.insertion.ooxml import local_name, main, whole_number
from sheetgen.insertion.package import Package

TABLE_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.table+xml"
FORMULAS = {"f", "formula", "formula1", "formula2", "calculatedColumnFormula", "totalsRowFormula"}

# A formula in pieces: texts, quoted names of sheets, and what is in brackets after a table's name, which stay as they
# are; and words, which may be a table's name.
_PIECE = re.compile(
    r"""  "(?:[^"]|"")*"  |  '(?:[^']|'')*'  |  \[ (?: '. | [^\[\]'] | \[ (?: '. | [^\[\]'] )* \] )* \]
        | (?P<word> [\w.\\?]+ )""",
    re.VERBOSE | re.DOTALL,
)


def table_roots(package: Package, types: ContentTypes) -> dict[str, etree._Element]:
    """The tables of a package by the names of their parts."""
    return {part: package.xml(part) for part in types.parts(TABLE_TYPE)}


def free_tables(tables: Iterable[etree._Element], taken: set[str], others: Iterable[etree._Element]) -> dict[str, str]:
    """Give new tables ids and names that are free, beside `others` and the lower-case names `taken`.

    The new name of each table whose name was taken, by the old name in lower case.
    """
    others = list(others)
    number = max([0, *(whole_number(table.get("id")) for table in others)])
    taken = taken | {table.get("displayName", "").lower() for table in others}
    renamed = {}
    for table in tables:
        number += 1
        name = free_name(table.get("displayName", ""), taken)
        taken.add(name.lower())
        if name != table.get("displayName"):
            renamed[table.get("displayName", "").lower()] = name
        table.set("id", str(number))
        table.set("name", name)
        table.set("displayName", name)
    return renamed


def free_name(name: str, taken: set[str]) -> str:
    """The name, or with `_2`, `_3` and so on behind it where it is among the lower-case names `taken`."""
    number, free = 1, name
    while free.lower() in taken:
        number += 1
        free = f"{name}_{number}"
    return free


def rename_in_part(root: etree._Element, renamed: Mapping[str, str]) -> None:
    """Have every formula in a part call the tables by their new names."""
    for element in root.iter(tag=etree.Element):
        if element.text and local_name(element) in FORMULAS:
            element.text = rename_in_formula(element.text, renamed)
    for link in root.iter(main("hyperlink")):
        if link.get("location"):
            link.set("location", rename_in_formula(link.get("location", ""), renamed))


def rename_in_formula(formula: str, renamed: Mapping[str, str]) -> str:
    """The formula with the tables' new names, which are given by the old ones in lower case."""

    def piece(match: re.Match[str]) -> str:
        word = match["word"]
        called = formula[match.end() : match.end() + 1] in ("(", "!")  # a function, or a sheet
        return match.group() if word is None or called else renamed.get(word.lower(), word)

    return _PIECE.sub(piece, formula)
