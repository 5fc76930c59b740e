"""The part of a package that lists the sheets and the defined names: ECMA-376 part 1, §18.2.

A defined name is local to a sheet by the sheet's place in the list, from 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from sheetgen.insertion.ooxml import R_ID, RELATION, child_in_order, elements, is_true, main, whole_number
from sheetgen.insertion.scratch import KEY, DefinedName, key_formula
from sheetgen.insertion.sheet_names import prefixes

ORDER = (
    "fileVersion", "fileSharing", "workbookPr", "workbookProtection", "bookViews", "sheets", "functionGroups",
    "externalReferences", "definedNames", "calcPr", "oleSize", "customWorkbookViews", "pivotCaches", "smartTagPr",
    "smartTagTypes", "webPublishing", "fileRecoveryPr", "webPublishObjects", "extLst",
)  # fmt: skip
STATES = {1: "hidden", 2: "veryHidden"}


@dataclass(frozen=True)
class SheetEntry:
    """A sheet as the workbook lists it: `place` counts from 0, `relationship` leads to its part."""

    name: str
    place: int
    id: int
    relationship: str


class WorkbookPart:
    """The workbook part of a package, to be looked up and changed."""

    def __init__(self, root: etree._Element) -> None:
        self.root = root

    def sheets(self) -> list[SheetEntry]:
        """All sheets, in their order, hidden ones and chart sheets too."""
        listing = self.root.find(main("sheets"))
        return [
            SheetEntry(sheet.get("name", ""), place, whole_number(sheet.get("sheetId")), sheet.get(R_ID, ""))
            for place, sheet in enumerate(elements(listing) if listing is not None else ())
        ]

    def sheet_with_key(self, key: str) -> SheetEntry | None:
        """The sheet that shows what `key` stands for; of several, of which all but one are copies, the oldest."""
        sheets = self.sheets()
        places = [
            name.get("localSheetId")
            for name in self._names()
            if name.get("name") == KEY and (name.text or "").removeprefix("=") == key_formula(key)
        ]
        return min((sheet for sheet in sheets if str(sheet.place) in places), key=lambda sheet: sheet.id, default=None)

    def sheets_with_keys(self, start: str) -> dict[str, SheetEntry]:
        """The sheets whose keys begin so, each by the rest of its key."""
        begin, sheets = key_formula(start).removesuffix('"'), self.sheets()
        found = {}
        for name in self._names():
            text, place = (name.text or "").removeprefix("="), whole_number(name.get("localSheetId"))
            if name.get("name") == KEY and text.startswith(begin) and place < len(sheets):
                found[text.removeprefix(begin).removesuffix('"')] = sheets[place]
        return found

    def date_1904(self) -> bool:
        """Whether days are counted from 1904 and not from 1900."""
        properties = self.root.find(main("workbookPr"))
        return properties is not None and is_true(properties.get("date1904"))

    def free_id(self) -> int:
        """The id of the next sheet."""
        return max([0, *(sheet.id for sheet in self.sheets())]) + 1

    def add_sheet(self, name: str, relationship: str, hidden: int = 0) -> SheetEntry:
        """Add a sheet behind all others."""
        entry = SheetEntry(name, len(self.sheets()), self.free_id(), relationship)
        listing = child_in_order(self.root, "sheets", ORDER)
        declared = RELATION in listing.nsmap.values()
        element = etree.SubElement(listing, main("sheet"), nsmap=None if declared else {"r": RELATION})
        element.set("name", name)
        element.set("sheetId", str(entry.id))
        if hidden:
            element.set("state", STATES[hidden])
        element.set(R_ID, relationship)
        return entry

    def taken_names(self) -> set[str]:
        """The defined names of all sheets and of the workbook, in lower case."""
        return {name.get("name", "").lower() for name in self._names()}

    def remove_names(self, sheet: SheetEntry) -> None:
        """Remove the defined names that are local to a sheet."""
        for element in list(self._names()):
            if element.get("localSheetId") == str(sheet.place):
                self._listing().remove(element)

    def add_local_name(self, name: DefinedName, sheet: SheetEntry) -> None:
        """Add a defined name that is local to a sheet."""
        self._add_name(name, sheet)

    def add_name(self, name: DefinedName, sheets: Sequence[SheetEntry]) -> bool:
        """Add a defined name for all sheets, which new ones bring; or say that it is there for something else.

        What it stands for is changed where it is there for these very sheets.
        """
        there = self._global(name.name)
        if there is None:
            self._add_name(name, None)
        elif there.text == name.formula or (there.text or "").startswith(
            tuple(prefix for sheet in sheets for prefix in prefixes(sheet.name))
        ):
            there.text = name.formula
        else:
            return False
        return True

    def _add_name(self, name: DefinedName, sheet: SheetEntry | None) -> None:
        element = etree.SubElement(self._listing(), main("definedName"), name=name.name)
        element.text = name.formula
        if sheet is not None:
            element.set("localSheetId", str(sheet.place))
        if name.hidden:
            element.set("hidden", "1")

    def _global(self, name: str) -> etree._Element | None:
        for element in self._names():
            if element.get("localSheetId") is None and element.get("name", "").lower() == name.lower():
                return element
        return None

    def _listing(self) -> etree._Element:
        """Where the defined names stand."""
        return child_in_order(self.root, "definedNames", ORDER)

    def _names(self) -> list[etree._Element]:
        return self.root.findall(f"{main('definedNames')}/{main('definedName')}")
