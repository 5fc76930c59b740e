"""Excel tables over a sheet: their columns have the names that their header cells say, or Excel complains.

ECMA-376 part 1, §18.5.1: a part for each table, with its range and the names of its columns from left to right.
"""

from collections.abc import Iterable, Iterator, Mapping
from html import escape, unescape
from typing import NamedTuple

from verifier.fixing.groups import places_of
from verifier.fixing.markup import Tag, elements, find, with_attribute
from verifier.fixing.packing import read_part, read_sound_part
from verifier.reading.package import Package
from verifier.reading.sheets import Place


class Header(NamedTuple):
    """A table's column: the tag that names it, and the cell of its label."""

    tag: Tag
    place: Place

    @property
    def name(self) -> str:
        """The column's name."""
        return unescape((self.tag.attribute(b"name") or b"").decode())


def table_parts(package: Package, sheet_part: str) -> list[str]:
    """The parts of a sheet's tables."""
    return [part for kind, part in package.relationships(sheet_part).values() if kind == "table"]


def headers(xml: bytes) -> Iterator[Header]:
    """Yield the columns of a table; none of one without a header row."""
    table = find(xml, b"table")
    if table is None or table.attribute(b"headerRowCount") == b"0":
        return
    top_row = sorted(places_of((table.attribute(b"ref") or b"").decode()))
    for element, place in zip(elements(xml, b"tableColumn"), top_row, strict=False):
        yield Header(element.tag, place)


def renamed(xml: bytes, labels: Mapping[Place, str]) -> bytes:
    """A table's part with the columns named as some cells say from now on."""
    pieces, position = [], 0
    for header in headers(xml):
        label = labels.get(header.place, header.name)
        if label != header.name:
            attributes = with_attribute(header.tag.attributes, b"name", escape(label).encode())
            pieces += [xml[position : header.tag.start], b"<%s%s" % (header.tag.name, attributes)]
            pieces.append(b"/>" if header.tag.empty else b">")
            position = header.tag.end
    return b"".join([*pieces, xml[position:]])


def called_by_name(package: Package, sheet_part: str, sheet_parts: Iterable[str]) -> set[Place]:
    """The labels of a sheet's tables by which a formula on any sheet calls their columns."""
    columns = [
        header for part in table_parts(package, sheet_part) for header in headers(read_sound_part(package, part))
    ]
    found: set[Place] = set()
    for part in sheet_parts if columns else ():
        xml = read_part(package, part)
        found |= {header.place for header in columns if b"[%s]" % escape(header.name, quote=False).encode() in xml}
    return found
