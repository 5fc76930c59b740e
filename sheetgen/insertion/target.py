"""The workbook that a sheet is put into: its package, and the parts of that in which sheets are listed."""

import posixpath
from collections.abc import Iterable
from dataclasses import replace

from xlsxwriter.utility import quote_sheetname

from sheetgen.insertion.app_properties import list_sheet
from sheetgen.insertion.content_types import ContentTypes
from sheetgen.insertion.ooxml import RELATION, RELATIONS, elements, main, serialise
from sheetgen.insertion.package import ROOT, InsertionError, Package, relationships_part, relative
from sheetgen.insertion.scratch import DefinedName, ScratchSheet
from sheetgen.insertion.sheet_parts import (
    add_parts,
    apply_styles,
    has_formulas_in,
    is_selected,
    name_tables,
    number_rules,
    remove_parts,
    select,
)
from sheetgen.insertion.style_merge import StyleNumbers, bare_styles, merge_styles
from sheetgen.insertion.table_names import rename_in_formula, table_roots
from sheetgen.insertion.workbook_part import SheetEntry, WorkbookPart

STYLES_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
KEPT = {"pivotTable": "pivot table", "slicer": "slicer", "timeline": "timeline"}  # nobody wants to lose one


class Target:
    """A workbook that a sheet is put into; `part` is its workbook part. What it changes, `package` is told to write."""

    def __init__(self, package: Package, part: str) -> None:
        self._package = package
        self._part = part
        self.book = WorkbookPart(package.xml(part))
        self._types = ContentTypes(package)

    def check(self) -> None:
        """Read all that lists parts or formats, as inserting a sheet does. Raises InsertionError."""
        self._package.reachable(ROOT)
        table_roots(self._package, self._types)
        self._styles()
        properties = self._package.related(ROOT, "extended-properties")
        if properties is not None and self._package.has(properties):
            self._package.xml(properties)

    def append(self, name: str, sheet: ScratchSheet, key: str) -> None:
        """Put a sheet behind all others."""
        part = self._put_parts(sheet, self.book.free_id())
        entry = self.book.add_sheet(name, self._relate("worksheet", part), sheet.hidden)
        self._finish(entry, sheet, key)

    def replace(self, entry: SheetEntry, sheet: ScratchSheet, key: str) -> None:
        """Put a sheet in the place of another."""
        old = self.part_to_replace(entry)
        if is_selected(self._package, old):
            select(sheet)
        self._drop_chain(entry)
        remove_parts(self._package, self._types, old)
        self.book.remove_names(entry)
        self._retarget(entry, self._put_parts(sheet, entry.id))
        self._finish(entry, sheet, key)

    def part_to_replace(self, entry: SheetEntry) -> str:
        """The part of a sheet. Raises InsertionError where it has what nobody wants to lose."""
        for relationship in self._package.relationships(self._part):
            if relationship.id == entry.relationship and self._package.has(relationship.target):
                for other in self._package.relationships(relationship.target):
                    if other.kind in KEPT:
                        what = KEPT[other.kind]
                        raise InsertionError(
                            f"its sheet {entry.name!r}, to be written anew, has a {what}: move that away"
                        )
                return relationship.target
        raise InsertionError(f"damaged: its sheet {entry.name!r} has no part")

    def _put_parts(self, sheet: ScratchSheet, id_: int) -> str:
        """Put a sheet's parts into the package, and its formats among the styles; the name of the sheet's own part."""
        self._name_tables(sheet)
        apply_styles(sheet, self._merge_styles(sheet))
        number_rules(sheet, id_)
        return add_parts(sheet, self._package, self._types, posixpath.dirname(self._part))

    def _finish(self, entry: SheetEntry, sheet: ScratchSheet, key: str) -> None:
        names = self.book.add_names(entry, sorted(sheet.names, key=lambda name: name.local))
        self.book.add_key(entry, key)
        self._package.put_xml(self._part, self.book.root)
        self._list_in_properties(entry, names)
        self._types.save()

    def _name_tables(self, sheet: ScratchSheet) -> None:
        tables = {table.get("displayName", "").lower() for table in table_roots(self._package, self._types).values()}
        for name in sheet.names:
            if name.name.lower() in tables:
                raise InsertionError(f"its table {name.name} has a name that the new sheet needs: rename the table")
        renamed = name_tables(sheet, self._package, self._types, self.book.taken_names())
        sheet.names[:] = [replace(name, formula=rename_in_formula(name.formula, renamed)) for name in sheet.names]

    def _merge_styles(self, sheet: ScratchSheet) -> StyleNumbers:
        part = self._styles()
        root = self._package.xml(part)
        before = serialise(root)
        numbers = merge_styles(root, sheet.styles)
        if serialise(root) != before:
            self._package.put_xml(part, root)
        return numbers

    def _styles(self) -> str:
        """The styles part, made where there is none."""
        part = self._package.related(self._part, "styles")
        if part is None:
            part = self._package.free_name(posixpath.join(posixpath.dirname(self._part), "styles.xml"))
            self._types.add(part, STYLES_TYPE)
            self._relate("styles", part)
            self._package.put_xml(part, bare_styles())
        if self._package.xml(part).tag != main("styleSheet"):
            raise InsertionError(f"damaged: {part} has no styles in it")
        return part

    def _drop_chain(self, entry: SheetEntry) -> None:
        """Remove the order of calculation, a cache, where it names cells of a sheet: they may be no formulas now."""
        chain = self._package.related(self._part, "calcChain")
        if chain is None or not self._package.has(chain):
            return
        if has_formulas_in(self._package, chain, entry.id):
            self._package.remove(chain)
            self._types.remove(chain)
            listing = relationships_part(self._part)
            root = self._package.xml(listing)
            for element in list(elements(root)):
                if element.get("Type", "").endswith("/calcChain"):
                    root.remove(element)
            self._package.put_xml(listing, root)

    def _relate(self, kind: str, target: str) -> str:
        """Add a relationship from the workbook's part to another; its id."""
        listing = relationships_part(self._part)
        root = self._package.xml(listing)
        taken = {element.get("Id", "") for element in elements(root)}
        number = len(taken) + 1
        while f"rId{number}" in taken:
            number += 1
        made = root.makeelement(f"{{{RELATIONS}}}Relationship", Id=f"rId{number}", Type=f"{RELATION}/{kind}")
        made.set("Target", relative(self._part, target))
        root.append(made)
        self._package.put_xml(listing, root)
        return f"rId{number}"

    def _retarget(self, entry: SheetEntry, part: str) -> None:
        """Have the relationship of a sheet lead to its new part."""
        listing = relationships_part(self._part)
        for relationship in self._package.relationships(self._part):
            if relationship.id == entry.relationship and relationship.target == part:
                return  # under the name that the old one had
        root = self._package.xml(listing)
        for element in elements(root):
            if element.get("Id") == entry.relationship:
                element.set("Target", relative(self._part, part))
        self._package.put_xml(listing, root)

    def _list_in_properties(self, entry: SheetEntry, names: Iterable[DefinedName]) -> None:
        part = self._package.related(ROOT, "extended-properties")
        if part is None or not self._package.has(part):
            return
        root = self._package.xml(part)
        ranges = [_range(entry.name, name) for name in names if "!" in name.formula and not name.hidden]
        if list_sheet(root, [sheet.name for sheet in self.book.sheets()], entry.name, ranges):
            self._package.put_xml(part, root)


def _range(sheet: str, name: DefinedName) -> str:
    """A defined name as the properties of a workbook list it."""
    plain = name.name.removeprefix("_xlnm.")
    return f"{quote_sheetname(sheet)}!{plain}" if name.local else plain
