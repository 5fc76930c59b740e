"""The parts of sheets, put into a package under names that are free there, or taken out of it.

A sheet's cells have the numbers that their formats have among the styles of the workbook, and its tables have ids and
names that no other table has, so both are changed on the way.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping
from functools import partial

from lxml import etree

from sheetgen.insertion.content_types import ContentTypes
from sheetgen.insertion.ooxml import elements, is_true, main, whole_number
from sheetgen.insertion.package import ROOT, Package, part_key, relationships_part, relative
from sheetgen.insertion.scratch import Scratch, ScratchSheet
from sheetgen.insertion.style_merge import StyleNumbers
from sheetgen.insertion.table_names import free_tables, table_roots

# Attributes of tables that name a difference of formats.
DIFFERENCES = ("dataDxfId", "headerRowDxfId", "totalsRowDxfId", "tableBorderDxfId", "headerRowBorderDxfId")
X14 = "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"
# XlsxWriter numbers the rules of Excel 2010 by sheet and rule: {DA7ABA51-AAAA-BBBB-0001-000000000001}
_SHEET_OF_RULE = re.compile(r"(?<=^\{DA7ABA51-AAAA-BBBB-)[0-9A-F]{4}")


def apply_styles(scratch: Scratch, numbers: StyleNumbers) -> None:
    """Give the cells, rows, columns, rules and tables of sheets the numbers of their formats in the other workbook."""
    for sheet in scratch.sheets:
        sheet.xml.change(partial(_renumber_formats, numbers=numbers))
    for part, table in table_roots(scratch.package, scratch.types).items():
        for attribute in DIFFERENCES:
            _renumber(table.iter(), attribute, numbers.differences)
        scratch.package.put_xml(part, table)


def _renumber_formats(root: etree._Element, numbers: StyleNumbers) -> None:
    for tag, attribute in (("c", "s"), ("row", "s"), ("col", "style")):
        _renumber(root.iter(main(tag)), attribute, numbers.cells)
    _renumber(root.iter(main("cfRule")), "dxfId", numbers.differences)


def _renumber(found: Iterator[etree._Element], attribute: str, numbers: list[int]) -> None:
    for element in found:
        number = element.get(attribute)
        if number is not None:
            element.set(attribute, str(numbers[int(number)]))


def name_tables(scratch: Scratch, package: Package, types: ContentTypes, taken: set[str]) -> None:
    """Give tables ids and names that are free in the package and not among the defined names `taken`.

    The formulas of the sheets use the new names.
    """
    tables = table_roots(scratch.package, scratch.types)
    renamed = free_tables(tables.values(), taken, table_roots(package, types).values())
    for part, table in tables.items():
        scratch.package.put_xml(part, table)
    scratch.rename(renamed, {})


def number_rules(sheet: ScratchSheet, id_: int) -> None:
    """Give the rules of Excel 2010, data bars say, ids of their own in a workbook in which the sheet has this id."""
    for rule in sheet.xml.root.iter(f"{{{X14}}}cfRule"):
        rule.set("id", _SHEET_OF_RULE.sub(f"{id_ % 0x10000:04X}", rule.get("id", "")))
    for reference in sheet.xml.root.iter(f"{{{X14}}}id"):
        reference.text = _SHEET_OF_RULE.sub(f"{id_ % 0x10000:04X}", reference.text or "")


def add_parts(scratch: Scratch, package: Package, types: ContentTypes, folder: str) -> dict[str, str]:
    """Add all parts of sheets; `folder` is that of the workbook's part. Their names there, by those that they had."""
    for sheet in scratch.sheets:
        scratch.package.put(sheet.part, sheet.xml.serialise())
    places: dict[str, str] = {}
    for part in scratch.parts():
        places[part] = package.free_name(posixpath.join(folder, part.removeprefix("xl/")))
        package.put(places[part], scratch.package.read(part))
        types.add(places[part], scratch.types.of(part))
    for part in places:
        _add_relationships(scratch, package, types, part, places)
    return places


def _add_relationships(
    scratch: Scratch, package: Package, types: ContentTypes, part: str, places: Mapping[str, str]
) -> None:
    listing = relationships_part(part)
    if not scratch.package.has(listing):
        return
    root = scratch.package.xml(listing)
    targets = {relationship.id: relationship for relationship in scratch.package.relationships(part)}
    for element in elements(root):
        relationship = targets[element.get("Id", "")]
        if not relationship.external:
            element.set("Target", relative(places[part], places[relationship.target]))
    package.put_xml(relationships_part(places[part]), root)
    types.add(relationships_part(places[part]), scratch.types.of(listing))


def remove_parts(package: Package, types: ContentTypes, part: str) -> None:
    """Remove a sheet's part, and the parts that it leads to and nothing else does."""
    belonging = package.reachable(part)
    package.remove(part)
    types.remove(part)
    in_use = {part_key(name) for name in package.reachable(ROOT)}
    for name in belonging:
        if part_key(name) not in in_use:
            package.remove(name)
            types.remove(name)


def is_selected(package: Package, part: str) -> bool:
    """Whether a sheet's tab is selected in the first window."""
    for element in package.stream(part, "sheetView", "row"):
        if element.tag == main("row"):
            break  # the views stand before the rows
        if element.get("workbookViewId", "0") == "0":
            return is_true(element.get("tabSelected"))
    return False


def select(sheet: ScratchSheet) -> None:
    """Have the sheet's tab be the selected one, as that of the sheet was that it replaces."""
    for view in sheet.xml.root.iter(main("sheetView")):
        view.set("tabSelected", "1")


def has_formulas_in(package: Package, chain: str, sheet_id: int) -> bool:
    """Whether a chain of calculation (ECMA-376 part 1, §18.6) names cells of a sheet.

    An entry that names no sheet is of the same as the one before it.
    """
    return any(whole_number(entry.get("i")) == sheet_id for entry in package.stream(chain, "c"))
