"""The cell formats of one workbook, added to those of another.

A cell format (ECMA-376 part 1, §18.8) is a number: the place of an `xf` in `cellXfs`, which in turn names a font, a
fill, a border and a number format by their places. Every list is only ever added to, so the numbers that are in use
stay right; and what is equal to something already there is not added, so the lists do not grow when a sheet is replaced
again and again.
"""

from copy import deepcopy
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from lxml import etree

from sheetgen.insertion.ooxml import MAIN, child_in_order, elements, main, whole_number
from sheetgen.insertion.package import InsertionError

ORDER = (
    "numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs", "tableStyles", "colors",
    "extLst",
)  # fmt: skip
FIRST_CUSTOM = 164  # number formats below are built in
MAX_FORMATS = 65_490  # of cells, in Excel
RESERVED_FILLS = 2  # applications take the first two for none and gray125, whatever they are

# What an application takes for granted, for workbooks in which it is missing.
BARE = f"""<styleSheet xmlns="{MAIN}">
<fonts count="1">
<font><sz val="11"/><color theme="1"/><name val="Calibri"/><family val="2"/><scheme val="minor"/></font>
</fonts>
<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>
<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>
<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>
<cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs>
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>
</styleSheet>""".replace("\n", "")  # fmt: skip


@dataclass(frozen=True)
class StyleNumbers:
    """What the numbers of the source's formats are in the target: of cells (`xf`), and of differences (`dxf`)."""

    cells: list[int]
    differences: list[int]


def bare_styles() -> etree._Element:
    """The styles of a workbook that has none."""
    return etree.fromstring(BARE)


def merge_styles(target: etree._Element, source: etree._Element) -> StyleNumbers:
    """Add the source's cell formats to the target, where they are not there already; both are `styleSheet` elements.

    What a format leaves as it is by default, its font say, is in the target as in a cell that has no format there.
    Raises InsertionError where there would be more formats than Excel can take.
    """
    return _Merging(target, source).numbers()


class _List:
    """A list of the target, of fonts say, that is added to."""

    def __init__(self, root: etree._Element, tag: str) -> None:
        self.element = child_in_order(root, tag, ORDER)
        bare = bare_styles().find(main(tag))
        here = sum(1 for _ in elements(self.element))
        self.element.extend(list(elements(bare))[here:] if bare is not None else [])
        reserved = RESERVED_FILLS if tag == "fills" else 0
        self._places: dict[Meaning, int] = {}
        self._length = 0
        for child in elements(self.element):
            if self._length >= reserved:
                self._places.setdefault(_meaning(child), self._length)
            self._length += 1

    def place(self, element: etree._Element) -> int:
        """The place, from 0, of what is equal to `element`, which is added where there is none."""
        meaning = _meaning(element)
        return self._places[meaning] if meaning in self._places else self.add(element)

    def add(self, element: etree._Element) -> int:
        """Add an element, which is then the last; its place."""
        self._places.setdefault(_meaning(element), self._length)
        self.element.append(deepcopy(element))
        self._length += 1
        self.element.set("count", str(self._length))
        return self._length - 1


Meaning = tuple[Any, ...]


def _meaning(element: etree._Element) -> Meaning:
    """What an element says, whatever its prefixes and the order of its attributes; equal for equal formats."""
    inner = tuple(_meaning(child) for child in elements(element))
    return (element.tag, tuple(sorted(element.attrib.items())), (element.text or "").strip(), inner)


class _Merging:
    """One merge: the lists of the target, each made when it is first needed, and the source's elements."""

    def __init__(self, target: etree._Element, source: etree._Element) -> None:
        self._target = target
        self._source = source
        self._list = cache(lambda tag: _List(target, tag))
        self._codes = {element.get("numFmtId"): element.get("formatCode", "") for element in self._entries("numFmts")}

    def numbers(self) -> StyleNumbers:
        _, *formats = self._entries("cellXfs")  # the first is that of cells without a format
        if formats:
            for tag in ("fonts", "fills", "borders", "cellStyleXfs"):
                self._list(tag)  # there must be one, as the first format names its entries
        cells = [0, *(self._list("cellXfs").place(self._cell_format(xf)) for xf in formats)]
        if max(cells) >= MAX_FORMATS:
            raise InsertionError("it has as many cell formats as Excel can take: remove some")
        return StyleNumbers(cells, [self._list("dxfs").place(self._difference(dxf)) for dxf in self._entries("dxfs")])

    @cached_property
    def _default(self) -> etree._Element:
        """The target's format of a cell that has none."""
        return next(elements(self._list("cellXfs").element))

    def _cell_format(self, xf: etree._Element) -> etree._Element:
        """A format of the source with the target's numbers in it."""
        made = self._numbered(xf)
        style = xf.get("xfId", "0")
        made.set("xfId", self._default.get("xfId", "0") if style == "0" else self._cell_style(style))
        return made

    def _numbered(self, xf: etree._Element) -> etree._Element:
        made = deepcopy(xf)
        made.set("numFmtId", self._number_format(xf.get("numFmtId", "0")))
        for attribute, tag in (("fontId", "fonts"), ("fillId", "fills"), ("borderId", "borders")):
            number = int(xf.get(attribute, "0"))
            if number:
                made.set(attribute, str(self._list(tag).place(self._entries(tag)[number])))
            else:
                made.set(attribute, self._default.get(attribute, "0"))
        return made

    def _difference(self, dxf: etree._Element) -> etree._Element:
        made = deepcopy(dxf)
        for number_format in made.iterfind(main("numFmt")):
            code = number_format.get("formatCode", "")
            number_format.set("numFmtId", self._number_format(number_format.get("numFmtId", "0"), code))
        return made

    def _number_format(self, number: str, code: str | None = None) -> str:
        """The target's number for a number format of the source."""
        if int(number) < FIRST_CUSTOM:
            return number
        code = self._codes[number] if code is None else code
        for element in elements(self._list("numFmts").element):
            if element.get("formatCode") == code:
                return element.get("numFmtId", "")
        made = self._target.makeelement(main("numFmt"), numFmtId=self._free_number(), formatCode=code)
        self._list("numFmts").add(made)
        return made.get("numFmtId", "")

    def _free_number(self) -> str:
        taken = [whole_number(element.get("numFmtId")) for element in self._target.iter(main("numFmt"))]
        return str(max([FIRST_CUSTOM - 1, *taken]) + 1)

    def _cell_style(self, number: str) -> str:
        """The target's number for a named style of the source, such as Hyperlink."""
        wanted = next(style for style in self._entries("cellStyles") if style.get("xfId") == number)
        for style in elements(self._list("cellStyles").element):
            same_name = style.get("name", "").casefold() == wanted.get("name", "").casefold()
            if same_name or style.get("builtinId") == wanted.get("builtinId"):
                return style.get("xfId", "0")
        made = deepcopy(wanted)
        format_ = self._numbered(self._entries("cellStyleXfs")[int(number)])
        made.set("xfId", str(self._list("cellStyleXfs").add(format_)))
        self._list("cellStyles").add(made)
        return made.get("xfId", "0")

    def _entries(self, tag: str) -> list[etree._Element]:
        """The source's list of that name."""
        listing = self._source.find(main(tag))
        return [] if listing is None else list(elements(listing))
