"""The parts beside the sheets that list their cells, as they have to be once cells have changed."""

from collections.abc import Callable, Mapping
from html import escape

from verifier.fixing.cell_xml import Change, Content
from verifier.fixing.markup import Tag, elements
from verifier.fixing.packing import read_part, read_sound_part
from verifier.fixing.table_columns import renamed, table_parts
from verifier.reading.package import Package, relationships_part
from verifier.reading.references import column_name
from verifier.reading.sheets import Place
from verifier.reading.spreadsheetml import Tab, workbook_part

CONTENT_TYPES = "[Content_Types].xml"
Changes = Mapping[int, Mapping[Place, Change]]  # by the number of the sheet


def changed_listings(package: Package, sheets: list[Tab], changes: Changes) -> dict[str, bytes | None]:
    """The parts that have to change with the cells, each with its new bytes; None for one that goes."""
    return {**_tables(package, sheets, changes), **_calculation(package, changes)}


def _tables(package: Package, sheets: list[Tab], changes: Changes) -> dict[str, bytes | None]:
    found: dict[str, bytes | None] = {}
    for number, cells in changes.items():
        labels = {
            place: change.value
            for place, change in cells.items()
            if isinstance(change, Content) and change.formula is None and isinstance(change.value, str)
        }
        for part in table_parts(package, sheets[number].part) if labels else ():
            before = read_sound_part(package, part)
            after = renamed(before, labels)
            if after != before:
                found[part] = after
    return found


def _calculation(package: Package, changes: Changes) -> dict[str, bytes | None]:
    """The order of calculation goes, with what says that there is one, where it may list a cell wrongly from now on.

    That is a cell without a formula, of which Excel would complain, or one that it takes for an array formula's
    (ECMA-376 part 1, §18.6.1). Excel makes the order anew.
    """
    book = workbook_part(package)
    chains = [part for kind, part in package.relationships(book).values() if kind == "calcChain"]
    if not chains or chains[0] not in package.parts():
        return {}
    listed = [element.tag for element in elements(read_sound_part(package, chains[0]), b"c")]
    gone, rewritten = _addresses(changes, False), _addresses(changes, True)
    if not any((at := tag.attribute(b"r")) in gone or (at in rewritten and tag.attribute(b"a")) for tag in listed):
        return {}
    relations = relationships_part(book)
    named = f"/{escape(chains[0])}".encode()
    return {
        chains[0]: None,
        relations: _without(package, relations, b"Relationship", _leads_to_chain),
        CONTENT_TYPES: _without(package, CONTENT_TYPES, b"Override", lambda tag: tag.attribute(b"PartName") == named),
    }


def _addresses(changes: Changes, with_formula: bool) -> set[bytes | None]:
    """The cells with new contents that have a formula now, or those that have none, on whatever sheet."""
    return {
        f"{column_name(column)}{row}".encode()
        for cells in changes.values()
        for (row, column), change in cells.items()
        if isinstance(change, Content) and (change.formula is not None) == with_formula
    }


def _leads_to_chain(tag: Tag) -> bool:
    return (tag.attribute(b"Type") or b"").endswith(b"/calcChain")


def _without(package: Package, part: str, name: bytes, goes: Callable[[Tag], bool]) -> bytes:
    """A part without some of its elements."""
    xml, pieces, position = read_part(package, part), [], 0
    for element in elements(xml, name):
        if goes(element.tag):
            pieces.append(xml[position : element.tag.start])
            position = element.end
    return b"".join([*pieces, xml[position:]])
