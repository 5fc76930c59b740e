"""The order of calculation that Excel keeps, without cells that have no formula any more: it would complain of them.

The part is that of ECMA-376 part 1, §18.6.1: a list of cells, each with the number `i` of its sheet, or without it
where that is the one of the cell before. It may lack cells: Excel finds those by itself.
"""

from collections.abc import Iterator, Set

from verifier.fixing.markup import Element, elements, without_attributes

Entry = tuple[str, str]  # the number of a sheet, and the address of a cell


def without_cells(xml: bytes, gone: Set[Entry], rewritten: Set[Entry]) -> bytes | None:
    """The part without cells that are gone, and without rewritten ones that it takes for those of array formulas.

    The same bytes where it has none of them, None where no other is left.
    """
    entries = list(_entries(xml))
    kept = [
        (element.tag, entry)
        for element, entry in entries
        if entry not in gone and not (entry in rewritten and element.tag.attribute(b"a"))
    ]
    if len(kept) == len(entries):
        return xml
    if not kept:
        return None
    pieces = [xml[: entries[0][0].tag.start]]
    for tag, (sheet, _) in kept:
        attributes = without_attributes(tag.attributes, b"i").rstrip()
        pieces.append(b'<%s%s i="%s"/>' % (tag.name, attributes, sheet.encode()))
    return b"".join([*pieces, xml[entries[-1][0].end :]])


def _entries(xml: bytes) -> Iterator[tuple[Element, Entry]]:
    sheet = b""
    for element in elements(xml, b"c"):
        sheet = element.tag.attribute(b"i") or sheet
        yield element, (sheet.decode(), (element.tag.attribute(b"r") or b"").decode())
