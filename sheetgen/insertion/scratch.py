"""Sheets built by XlsxWriter in a workbook of their own, to be put into another one.

XlsxWriter shares the strings of a workbook in a part of their own; here they are written into their cells, as inline
strings (ECMA-376 part 1, §18.3.1.53), so that the other workbook's shared strings need not change. What XlsxWriter can
write but what is no part of a sheet, a macro say, or the settings of the workbook, is a mistake and refused.

What a sheet shows, its key, is kept as a hidden name that is local to it and stays with it when it is renamed or moved.
"""

import gc
import warnings
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO

from lxml import etree
from xlsxwriter.workbook import Workbook

from sheetgen.insertion.content_types import ContentTypes
from sheetgen.insertion.ooxml import R_ID, elements, is_true, main
from sheetgen.insertion.package import Package, relationships_part
from sheetgen.insertion.sheet_xml import SheetXml
from sheetgen.insertion.table_names import captions_of_links, rename_in_formula, rename_in_part

Write = Callable[[Workbook], None]  # adds sheets, and fills them

KEY = "backprop_key"
MAX_KEY = 255  # characters of a text in a formula
WORKBOOK = "xl/workbook.xml"
STYLES = "xl/styles.xml"
STRINGS = "xl/sharedStrings.xml"
THEME = "xl/theme/theme1.xml"
LEFT_BEHIND = {  # what every workbook has of its own
    *("[content_types].xml", "_rels/.rels", "docprops/app.xml", "docprops/core.xml"),
    *(WORKBOOK, relationships_part(WORKBOOK), STYLES, STRINGS.lower(), THEME),
}
MAX_PART = 1 << 31  # bytes, unpacked: it is ours
STRANGE = {  # what XlsxWriter keeps outside of the sheet, by how the names of its parts begin
    "docProps/custom": "custom properties",
    "xl/vbaProject": "macros",
    "xl/featurePropertyBag": "checkboxes",
    "xl/richData": "pictures in cells",
    "xl/metadata": "formulas that spill over cells (dynamic arrays), or pictures in cells",
}


@dataclass(frozen=True)
class DefinedName:
    """A name for a formula: for all sheets, or local to one of the new ones, by its place from 0."""

    name: str
    formula: str
    sheet: int | None
    hidden: bool


@dataclass
class ScratchSheet:
    """One of the sheets. `xml` still has the scratch workbook's numbers of styles."""

    name: str
    key: str
    part: str
    xml: SheetXml
    hidden: int  # XlsxWriter's number: 0 visible, 1 hidden, 2 very hidden


@dataclass(frozen=True)
class Scratch:
    """The sheets and all that belongs to them."""

    package: Package
    types: ContentTypes
    styles: etree._Element
    sheets: list[ScratchSheet]
    names: list[DefinedName]

    def parts(self) -> list[str]:
        """The parts that belong to the sheets, each sheet followed by its own."""
        return list(dict.fromkeys(part for sheet in self.sheets for part in self.package.reachable(sheet.part)))

    def rename(self, tables: Mapping[str, str], sheets: Mapping[str, str]) -> None:
        """Have every formula and link call tables and sheets by their new names, given by the old ones in lower case.

        The sheets themselves get the names too.
        """
        if not tables and not sheets:
            return
        for sheet in self.sheets:
            captions = captions_of_links(sheet.xml.root, sheets)  # before the links change
            sheet.xml.change(partial(rename_in_part, tables=tables, sheets=sheets, captions=captions))
        own = {sheet.part for sheet in self.sheets}
        for part in self.parts():
            if part.endswith(".xml") and part not in own:
                root = self.package.xml(part)
                rename_in_part(root, tables, sheets, {})
                self.package.put_xml(part, root)
        renamed = [replace(name, formula=rename_in_formula(name.formula, tables, sheets)) for name in self.names]
        self.names[:] = renamed
        for sheet in self.sheets:
            sheet.name = sheets.get(sheet.name.lower(), sheet.name)


def build_sheets(
    write: Write, key_of: Callable[[str], str], date_1904: bool, kind: type[Workbook] = Workbook
) -> Scratch:
    """Have `write` add sheets to a workbook of a kind. Raises ValueError for what it writes that is no part of one.

    `key_of` gives the key of a sheet from its name.
    """
    file, written = _write(write, key_of, date_1904, kind)
    gc.collect()  # XlsxWriter's cells take more memory than all that follows, and refer to each other
    package = Package(file, MAX_PART)
    sheets = [
        ScratchSheet(name, key_of(name), part, SheetXml(package.read(part)), hidden)
        for (name, hidden), part in zip(written, _parts_of_sheets(package), strict=True)
    ]
    names = _defined_names(package.xml(WORKBOOK))
    scratch = Scratch(package, ContentTypes(package), package.xml(STYLES), sheets, names)
    _refuse_what_is_no_part_of_a_sheet(scratch, kind, date_1904)
    strings = list(elements(package.xml(STRINGS))) if package.has(STRINGS) else []
    for sheet in sheets:
        _deselect(sheet.xml.root)
        sheet.xml.change(partial(_inline_strings, strings=strings))
    return scratch


def _write(
    write: Write, key_of: Callable[[str], str], date_1904: bool, kind: type[Workbook]
) -> tuple[BytesIO, list[tuple[str, int]]]:
    """Have the sheets written: the file of their workbook, and of each its name and whether it is hidden."""
    file = BytesIO()
    workbook = kind(file, {"in_memory": True, "date_1904": date_1904})
    write(workbook)
    keep_keys(workbook, key_of)
    written = [(sheet.get_name(), sheet.hidden) for sheet in workbook.worksheets()]  # closing shows the first one
    _close(workbook)
    return file, written


def keep_keys(workbook: Workbook, key_of: Callable[[str], str]) -> None:
    """Keep with each sheet of a workbook what it shows. Raises ValueError for what is no key."""
    for sheet in workbook.worksheets():
        # XlsxWriter's own method makes no names that are hidden.
        workbook.defined_names.append([KEY, sheet.index, key_formula(key_of(sheet.get_name())), True])


def key_formula(key: str) -> str:
    """A key as the formula of a defined name: a text. Raises ValueError for one that no formula can hold."""
    if not key or len(key) > MAX_KEY or not key.isprintable():
        raise ValueError(f"a key has 1 to {MAX_KEY} printable characters, not {key!r}")
    return '"' + key.replace('"', '""') + '"'


def _close(workbook: Workbook) -> None:
    if workbook.doc_properties:
        raise ValueError("an inserted sheet cannot set document properties: the workbook has its own")
    with warnings.catch_warnings():
        # A chart may show cells of the other sheets of the workbook that this one is put into.
        warnings.filterwarnings("ignore", "Unknown worksheet reference")
        workbook.close()


def _parts_of_sheets(package: Package) -> list[str]:
    """The parts of the sheets in their order. Raises ValueError where one is no worksheet."""
    targets = {relationship.id: relationship for relationship in package.relationships(WORKBOOK)}
    found = [targets[sheet.get(R_ID, "")] for sheet in package.xml(WORKBOOK).iter(main("sheet"))]
    if any(one.kind != "worksheet" for one in found):
        raise ValueError("only worksheets can be inserted, not chart sheets")
    return [one.target for one in found]


def _refuse_what_is_no_part_of_a_sheet(scratch: Scratch, kind: type[Workbook], date_1904: bool) -> None:
    package = scratch.package
    belongs = {part.lower() for part in scratch.parts()}
    belongs |= {relationships_part(part).lower() for part in belongs}
    for part in package.parts():
        if part.lower() not in belongs | LEFT_BEHIND:
            what = next(
                (what for start, what in STRANGE.items() if part.lstrip("/").startswith(start)), f"the part {part}"
            )
            raise ValueError(f"an inserted sheet cannot bring {what}")
    if (package.read(THEME), _settings(package)) != _untouched(kind, date_1904):
        raise ValueError("an inserted sheet cannot set the theme or the settings of the workbook, which has its own")
    if any(sheet.xml.root.find(f"{main('sheetPr')}[@codeName]") is not None for sheet in scratch.sheets):
        raise ValueError("an inserted sheet cannot have a code name for macros")


def _untouched(kind: type[Workbook], date_1904: bool) -> tuple[bytes, bytes]:
    """The theme and the settings of a scratch workbook that nobody has changed."""
    file = BytesIO()
    workbook = kind(file, {"in_memory": True, "date_1904": date_1904})
    workbook.add_worksheet()
    workbook.close()
    package = Package(file)
    return package.read(THEME), _settings(package)


def _settings(package: Package) -> bytes:
    """The workbook part without what is of its sheets."""
    root = package.xml(WORKBOOK)
    for tag in ("sheets", "definedNames"):
        for element in root.findall(main(tag)):
            root.remove(element)
    for view in root.iter(main("workbookView")):
        view.attrib.pop("activeTab", "")  # the open one of the new sheets, that is
    return etree.tostring(root)


def _deselect(root: etree._Element) -> None:
    """Two selected sheets would be a group, in which what one types into one goes into both."""
    for view in root.iter(main("sheetView")):
        view.attrib.pop("tabSelected", "")


def _inline_strings(root: etree._Element, strings: Sequence[etree._Element]) -> None:
    for cell in root.iter(main("c")):
        value = cell.find(main("v"))
        if cell.get("t") == "s" and value is not None and value.text is not None:
            cell.set("t", "inlineStr")
            inline = etree.SubElement(cell, main("is"))
            inline.extend(deepcopy(part) for part in strings[int(value.text)])
            cell.remove(value)


def _defined_names(workbook: etree._Element) -> list[DefinedName]:
    found = []
    for element in workbook.iterfind(f"{main('definedNames')}/{main('definedName')}"):
        place, hidden = element.get("localSheetId"), is_true(element.get("hidden"))
        sheet = None if place is None else int(place)
        found.append(DefinedName(element.get("name", ""), element.text or "", sheet, hidden))
    return found
