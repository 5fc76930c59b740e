"""Names that new sheets and their tables can have in a workbook that has sheets, tables and names of its own.

A table's id and name are its own in the whole workbook, and the name must not be a defined name either (ECMA-376 part
1, §18.5.1.2); names are compared without regard to case. Formulas call tables and sheets by their names, so they
follow these.
"""

import re
from collections.abc import Iterable, Mapping

from lxml import etree
from xlsxwriter.utility import quote_sheetname

from sheetgen.insertion.content_types import ContentTypes
from sheetgen.insertion.ooxml import local_name, main, whole_number
from sheetgen.insertion.package import Package

TABLE_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.table+xml"
FORMULAS = {"f", "formula", "formula1", "formula2", "calculatedColumnFormula", "totalsRowFormula"}

Caption = tuple[str, str]  # a sheet's name in the text of a cell: the old and the new one

# A formula in pieces: texts, and what is in brackets after a table's name, which stay as they are; quoted names of
# sheets; and words, which may be the name of a table or a sheet.
_PIECE = re.compile(
    r"""  "(?:[^"]|"")*"  |  '(?P<quoted> (?:[^']|'')* )'  |  \[ (?: '. | [^\[\]'] | \[ (?: '. | [^\[\]'] )* \] )* \]
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


def rename_in_part(
    root: etree._Element, tables: Mapping[str, str], sheets: Mapping[str, str], captions: Mapping[str, Caption]
) -> None:
    """Have every formula and link in a part call tables and sheets by their new names, as `rename_in_formula`.

    Cells with a link that names a sheet, by their places in `captions`, name it as it is called now.
    """
    for element in root.iter(tag=etree.Element):
        if element.text and local_name(element) in FORMULAS:
            element.text = rename_in_formula(element.text, tables, sheets)
    for cell in root.iter(main("c")) if captions else ():
        if cell.get("r") in captions:
            _rename_in_caption(cell, *captions[cell.get("r", "")])
    for link in root.iter(main("hyperlink")):
        if link.get("location"):
            link.set("location", rename_in_formula(link.get("location", ""), tables, sheets))


def _rename_in_caption(cell: etree._Element, old: str, new: str) -> None:
    for text in cell.iter(main("t")):
        text.text = re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", lambda _: new, text.text or "")


def captions_of_links(root: etree._Element, sheets: Mapping[str, str]) -> dict[str, Caption]:
    """By its place, what a cell with a link to a renamed sheet calls this, and is to call it."""
    found = {}
    for link in root.iter(main("hyperlink")):
        old = link.get("location", "").rpartition("!")[0].strip("'").replace("''", "'")
        if old.lower() in sheets:
            found[link.get("ref", "")] = (old, sheets[old.lower()])
    return found


def rename_in_formula(formula: str, tables: Mapping[str, str], sheets: Mapping[str, str]) -> str:
    """The formula with the new names of tables and sheets, which are given by the old ones in lower case."""
    if not tables and "!" not in formula:
        return formula

    def piece(match: re.Match[str]) -> str:
        word, quoted = match["word"], match["quoted"]
        follows = formula[match.end() : match.end() + 1]
        if follows == "!":
            old = word if quoted is None else quoted.replace("''", "'")
            new = sheets.get((old or "").lower())
            return match.group() if new is None else str(quote_sheetname(new))
        return match.group() if word is None or follows == "(" else tables.get(word.lower(), word)

    return _PIECE.sub(piece, formula)


def names_in(root: etree._Element, name: str) -> bool:
    """Whether a formula in a part calls something by a defined name, in lower case."""
    return any(
        (match["word"] or "").lower() == name
        for element in root.iter(tag=etree.Element)
        if local_name(element) in FORMULAS and name in (element.text or "").lower()
        for match in _PIECE.finditer(element.text or "")
    )
