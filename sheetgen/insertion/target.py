"""The workbook that sheets are put into: its package, and the parts of that in which sheets are listed."""

import itertools
import posixpath
from collections.abc import Mapping, Sequence

from lxml import etree
from xlsxwriter.utility import quote_sheetname

from sheetgen.insertion.app_properties import list_sheet
from sheetgen.insertion.content_types import ContentTypes
from sheetgen.insertion.ooxml import RELATION, RELATIONS, elements, main, serialise
from sheetgen.insertion.package import ROOT, InsertionError, Package, relationships_part, relative
from sheetgen.insertion.scratch import DefinedName, Scratch, ScratchSheet
from sheetgen.insertion.sheet_names import check_sheet_name, free_sheet_name
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
from sheetgen.insertion.table_names import names_in, table_roots
from sheetgen.insertion.workbook_part import SheetEntry, WorkbookPart

STYLES_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
KEPT = {"pivotTable": "pivot table", "slicer": "slicer", "timeline": "timeline"}  # nobody wants to lose one


class Target:
    """A workbook that sheets are put into; `part` is its workbook part. What it changes, `package` is told to write."""

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

    def insert(self, scratch: Scratch) -> list[str]:
        """Put sheets in the places of those that have their keys, the others behind all. Returns their names now."""
        there = [self.book.sheet_with_key(sheet.key) for sheet in scratch.sheets]
        self._name_sheets(scratch, there)
        for entry, sheet in zip(there, scratch.sheets, strict=True):
            if entry is not None:
                self._take_out(entry, sheet)
        self._check_table_names(scratch)
        name_tables(scratch, self._package, self._types, self.book.taken_names())
        apply_styles(scratch, self._merge_styles(scratch.styles))
        free = itertools.count(self.book.free_id())
        for entry, sheet in zip(there, scratch.sheets, strict=True):
            number_rules(sheet, next(free) if entry is None else entry.id)
        places = add_parts(scratch, self._package, self._types, posixpath.dirname(self._part))
        entries = [
            self._enter(entry, sheet, places[sheet.part]) for entry, sheet in zip(there, scratch.sheets, strict=True)
        ]
        self._finish(entries, scratch)
        return [entry.name for entry in entries]

    def _name_sheets(self, scratch: Scratch, there: Sequence[SheetEntry | None]) -> None:
        """Give sheets the names of those that they replace, or free ones."""
        taken, renamed = {sheet.name for sheet in self.book.sheets()}, {}
        for entry, sheet in zip(there, scratch.sheets, strict=True):
            name = free_sheet_name(sheet.name, taken) if entry is None else entry.name
            check_sheet_name(name)  # as others may have renamed it, who allow more than Excel
            taken.add(name)
            if name != sheet.name:
                renamed[sheet.name.lower()] = name
        scratch.rename({}, renamed)

    def _take_out(self, entry: SheetEntry, sheet: ScratchSheet) -> None:
        """Remove a sheet that is to be replaced, but for its entry among the sheets."""
        old = self.part_to_replace(entry)
        if is_selected(self._package, old):
            select(sheet)
        self._drop_chain(entry)
        remove_parts(self._package, self._types, old)
        self.book.remove_names(entry)

    def _enter(self, entry: SheetEntry | None, sheet: ScratchSheet, part: str) -> SheetEntry:
        """List a sheet among the sheets, or have the entry that it has lead to its new part."""
        if entry is None:
            return self.book.add_sheet(sheet.name, self._relate("worksheet", part), sheet.hidden)
        self._retarget(entry, part)
        return entry

    def part_to_replace(self, entry: SheetEntry) -> str:
        """The part of a sheet. Raises InsertionError where it has what nobody wants to lose."""
        for relationship in self._package.relationships(self._part):
            if relationship.id == entry.relationship and self._package.has(relationship.target):
                for other in self._package.relationships(relationship.target):
                    if other.kind in KEPT:
                        what = KEPT[other.kind]
                        raise InsertionError(
                            f"its sheet {entry.name!r}, which would be replaced, has a {what}: move it to another sheet"
                        )
                return relationship.target
        raise InsertionError(f"damaged: its sheet {entry.name!r} has no part")

    def _finish(self, entries: Sequence[SheetEntry], scratch: Scratch) -> None:
        ranges: dict[str, list[str]] = {entry.name: [] for entry in entries}
        for name in sorted(scratch.names, key=lambda name: name.sheet is not None):
            for_all = name.sheet is None and self.book.add_name(name, entries)
            for entry in entries[:1] if for_all else [entries[place] for place in _users(scratch, name)]:
                if not for_all:
                    self.book.add_local_name(name, entry)
                if "!" in name.formula and not name.hidden:
                    ranges[entry.name].append(_range("" if for_all else entry.name, name))
        self._package.put_xml(self._part, self.book.root)
        self._list_in_properties(ranges)
        self._types.save()

    def _check_table_names(self, scratch: Scratch) -> None:
        tables = {table.get("displayName", "").lower() for table in table_roots(self._package, self._types).values()}
        for name in scratch.names:
            if name.name.lower() in tables:
                raise InsertionError(f"its table {name.name} has a name that the new sheet needs: rename the table")

    def _merge_styles(self, source: etree._Element) -> StyleNumbers:
        part = self._styles()
        root = self._package.xml(part)
        before = serialise(root)
        numbers = merge_styles(root, source)
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

    def _list_in_properties(self, ranges: Mapping[str, Sequence[str]]) -> None:
        """List sheets, each with the named ranges that it brings."""
        part = self._package.related(ROOT, "extended-properties")
        if part is None or not self._package.has(part):
            return
        root = self._package.xml(part)
        sheets = [sheet.name for sheet in self.book.sheets()]
        changed = [list_sheet(root, sheets, sheet, brought) for sheet, brought in ranges.items()]
        if any(changed):
            self._package.put_xml(part, root)


def _users(scratch: Scratch, name: DefinedName) -> list[int]:
    """The places of the sheets that a name is local to: its own or, where it is taken for all, of those that use it.

    That is what Excel does when it copies a sheet.
    """
    if name.sheet is not None:
        return [name.sheet]
    return [k for k, sheet in enumerate(scratch.sheets) if _uses(sheet, name)] or [0]


def _uses(sheet: ScratchSheet, name: DefinedName) -> bool:
    return any(names_in(tree, name.name.lower()) for tree in itertools.chain([sheet.xml.root], sheet.xml.row_trees()))


def _range(sheet: str, name: DefinedName) -> str:
    """A defined name as the properties of a workbook list it."""
    plain = name.name.removeprefix("_xlnm.")
    return f"{quote_sheetname(sheet)}!{plain}" if sheet else plain
