"""The names of a workbook's sheets among its properties, for those who look at the file from outside.

The part docProps/app.xml (ECMA-376 part 1, §22.2) has two vectors: pairs of a heading and a count, and the titles under
all headings in one list. Headings are in the language of the application, so the sheets are known by their names; only
the heading of named ranges has to be known by its English word. What has another shape is left alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from sheetgen.insertion.sheet_names import prefixes

PROPERTIES = "http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"
VALUES = "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"
SHEETS, RANGES = "Worksheets", "Named Ranges"


@dataclass
class _Group:
    heading: str
    titles: list[str]


def list_sheet(root: etree._Element, sheets: Sequence[str], sheet: str, ranges: Sequence[str]) -> bool:
    """List a sheet, unless it is listed already, and the named ranges that it brings.

    `sheets` are all sheets of the workbook; `ranges` are written as in a formula: one that is local to the sheet has
    the sheet and `!` before its name. Whether anything has changed.
    """
    pairs, titles = _vector(root, "HeadingPairs"), _vector(root, "TitlesOfParts")
    groups = None if pairs is None or titles is None else _groups(pairs, titles)
    if pairs is None or titles is None or not groups:
        return False
    listed = groups[0].titles
    if not listed or not set(listed) <= set(sheets):
        return False
    before = [(group.heading, list(group.titles)) for group in groups]
    if sheet not in listed:
        listed.append(sheet)
    _list_ranges(groups, sheet, ranges)
    if before == [(group.heading, group.titles) for group in groups]:
        return False
    _write(pairs, titles, groups)
    return True


def _list_ranges(groups: list[_Group], sheet: str, ranges: Sequence[str]) -> None:
    found = next((group for group in groups if group.heading == RANGES), None)
    if found is None and groups[0].heading == SHEETS and ranges:
        found = _Group(RANGES, [])
        groups.append(found)
    if found is not None:
        others = [title for title in found.titles if not title.startswith(prefixes(sheet)) and title not in ranges]
        found.titles = [*others, *ranges]


def _vector(root: etree._Element, name: str) -> etree._Element | None:
    return root.find(f"{{{PROPERTIES}}}{name}/{{{VALUES}}}vector")


def _groups(pairs: etree._Element, titles: etree._Element) -> list[_Group] | None:
    """The titles under their headings, or None where the counts do not fit."""
    headings = [text.text or "" for text in pairs.iter(f"{{{VALUES}}}lpstr")]
    counts = [text.text or "" for text in pairs.iter(f"{{{VALUES}}}i4")]
    names = [text.text or "" for text in titles.iter(f"{{{VALUES}}}lpstr")]
    if len(headings) != len(counts) or not all(count.isdecimal() for count in counts):
        return None
    if len(names) != len(titles) or len(names) != sum(map(int, counts)):
        return None
    rest = iter(names)
    return [_Group(heading, [next(rest) for _ in range(int(n))]) for heading, n in zip(headings, counts, strict=True)]


def _write(pairs: etree._Element, titles: etree._Element, groups: Sequence[_Group]) -> None:
    for vector in (pairs, titles):
        del vector[:]
    for group in groups:
        if not group.titles:
            continue
        for kind, value in (("lpstr", group.heading), ("i4", str(len(group.titles)))):
            variant = etree.SubElement(pairs, f"{{{VALUES}}}variant")
            etree.SubElement(variant, f"{{{VALUES}}}{kind}").text = value
        for title in group.titles:
            etree.SubElement(titles, f"{{{VALUES}}}lpstr").text = title
    for vector in (pairs, titles):
        vector.set("size", str(len(vector)))
