"""A sheet built by XlsxWriter in a workbook of its own, to be put into another one.

XlsxWriter shares the strings of a workbook in a part of their own; here they are written into their cells, as inline
strings (ECMA-376 part 1, §18.3.1.53), so that the other workbook's shared strings need not change. What XlsxWriter can
write but what is no part of a sheet, a macro say, or the settings of the workbook, is a mistake and refused.
"""

import warnings
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from io import BytesIO

from lxml import etree
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from sheetgen.insertion.content_types import ContentTypes
from sheetgen.insertion.ooxml import elements, is_true, main
from sheetgen.insertion.package import Package, relationships_part

Write = Callable[[Workbook, Worksheet], None]  # fills the worksheet

WORKBOOK = "xl/workbook.xml"
SHEET = "xl/worksheets/sheet1.xml"
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
    """A name for a formula: for all sheets, or local to the new one."""

    name: str
    formula: str
    local: bool
    hidden: bool


@dataclass(frozen=True)
class ScratchSheet:
    """A sheet and all that belongs to it. `root` is its XML, still with the scratch workbook's numbers of styles."""

    package: Package
    types: ContentTypes
    root: etree._Element
    styles: etree._Element
    names: list[DefinedName]
    hidden: int  # XlsxWriter's number: 0 visible, 1 hidden, 2 very hidden

    def parts(self) -> list[str]:
        """The parts that belong to the sheet, which comes first."""
        return self.package.reachable(SHEET)


def build_sheet(name: str, write: Write, date_1904: bool) -> ScratchSheet:
    """Have `write` fill a sheet. Raises ValueError for what it writes that is no part of a sheet."""
    file = BytesIO()
    workbook = Workbook(file, {"in_memory": True, "date_1904": date_1904})
    worksheet = workbook.add_worksheet(name)
    write(workbook, worksheet)
    hidden = worksheet.hidden
    _close(workbook, worksheet)
    package = Package(file, MAX_PART)
    root = package.xml(SHEET)
    _refuse_what_is_no_part_of_a_sheet(package, root, date_1904)
    _deselect(root)
    if package.has(STRINGS):
        _inline_strings(root, package.xml(STRINGS))
    names = _defined_names(package.xml(WORKBOOK))
    return ScratchSheet(package, ContentTypes(package), root, package.xml(STYLES), names, hidden)


def _close(workbook: Workbook, worksheet: Worksheet) -> None:
    if workbook.worksheets() != [worksheet]:
        raise ValueError("only one sheet can be put into a workbook: write to the worksheet that is given")
    if workbook.doc_properties:
        raise ValueError("a sheet has no document properties: the workbook that it is put into has its own")
    with warnings.catch_warnings():
        # A chart may show cells of the other sheets of the workbook that this one is put into.
        warnings.filterwarnings("ignore", "Unknown worksheet reference")
        workbook.close()


def _refuse_what_is_no_part_of_a_sheet(package: Package, root: etree._Element, date_1904: bool) -> None:
    belongs = {part.lower() for part in package.reachable(SHEET)}
    belongs |= {relationships_part(part).lower() for part in belongs}
    for part in package.parts():
        if part.lower() not in belongs | LEFT_BEHIND:
            what = next(
                (what for start, what in STRANGE.items() if part.lstrip("/").startswith(start)), f"the part {part}"
            )
            raise ValueError(f"a sheet cannot be put into a workbook with {what}")
    if package.read(THEME) != _untouched(date_1904)[0] or _settings(package) != _untouched(date_1904)[1]:
        raise ValueError("a sheet has no settings of the workbook, and no theme: the one it is put into has its own")
    if root.find(f"{main('sheetPr')}[@codeName]") is not None:
        raise ValueError("a sheet that is put into a workbook has no name for macros")


@cache
def _untouched(date_1904: bool) -> tuple[bytes, bytes]:
    """The theme and the settings of a scratch workbook that nobody has changed."""
    file = BytesIO()
    workbook = Workbook(file, {"in_memory": True, "date_1904": date_1904})
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
    return etree.tostring(root)


def _deselect(root: etree._Element) -> None:
    """Two selected sheets would be a group, in which what one types into one goes into both."""
    for view in root.iter(main("sheetView")):
        view.attrib.pop("tabSelected", "")


def _inline_strings(root: etree._Element, shared: etree._Element) -> None:
    strings = list(elements(shared))
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
        local, hidden = element.get("localSheetId") is not None, is_true(element.get("hidden"))
        found.append(DefinedName(element.get("name", ""), element.text or "", local, hidden))
    return found
