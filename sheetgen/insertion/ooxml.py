"""Names and small tools for the XML of a workbook's parts.

The vocabulary is that of ECMA-376, transitional: part 1 §18 (SpreadsheetML) and part 2 (packages). Elements are looked
up by namespace and name, never by prefix, so a part may call its namespaces what it likes. Nothing in a part is
fetched or expanded: document types, and with them entities, are refused.
"""

import re
from collections.abc import Iterator
from typing import IO

from lxml import etree

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"

R_ID = f"{{{RELATION}}}id"


class XmlError(Exception):
    """A part that cannot be used as XML: says why, in a phrase that follows the part's name."""


def main(tag: str) -> str:
    """The name of an element of SpreadsheetML, as lxml writes it."""
    return f"{{{MAIN}}}{tag}"


def parse(content: bytes) -> etree._Element:
    """The root of an XML part. Raises XmlError for what is not well-formed, or declares a document type."""
    try:
        root = etree.fromstring(content, safe_parser())
    except etree.XMLSyntaxError as error:
        raise XmlError(f"is not well-formed XML ({error.msg})") from None
    _refuse_document_type(root)
    return root


def safe_parser() -> etree.XMLParser:
    """A parser that expands and fetches nothing. One for each use: it keeps what went wrong."""
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def stream(file: IO[bytes], *tags: str) -> Iterator[etree._Element]:
    """Yield the elements of SpreadsheetML with these names as they end; what was yielded is let go. Raises XmlError."""
    events = etree.iterparse(
        file, events=("end",), tag=[main(tag) for tag in tags],
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
    )  # fmt: skip
    asked = False
    try:
        for _, element in events:
            if not asked:
                _refuse_document_type(element)
                asked = True
            yield element
            element.clear()
            parent = element.getparent()
            while parent is not None and element.getprevious() is not None:
                del parent[0]
    except etree.XMLSyntaxError as error:
        raise XmlError(f"is not well-formed XML ({error.msg})") from None


def _refuse_document_type(element: etree._Element) -> None:
    if element.getroottree().docinfo.internalDTD is not None:
        raise XmlError("declares a document type, which no workbook does")


def serialise(root: etree._Element) -> bytes:
    """The whole part that `root` is the root of, with what stands before and after it."""
    return etree.tostring(root.getroottree(), xml_declaration=True, encoding="UTF-8", standalone=True)


def local_name(element: etree._Element) -> str:
    """The element's name without its namespace."""
    return etree.QName(element).localname


def elements(parent: etree._Element) -> Iterator[etree._Element]:
    """The children that are elements: no comments, no processing instructions."""
    return parent.iterchildren(tag=etree.Element)


def child_in_order(parent: etree._Element, tag: str, order: tuple[str, ...]) -> etree._Element:
    """The child of SpreadsheetML named `tag`; made where there is none, at its place in the schema's `order`."""
    found = parent.find(main(tag))
    if found is not None:
        return found
    made = etree.SubElement(parent, main(tag))
    later = {main(name) for name in order[order.index(tag) + 1 :]}
    for sibling in parent:
        if sibling.tag in later:
            sibling.addprevious(made)
            break
    return made


def whole_number(text: str | None) -> int:
    """The number in an attribute of the schema's type unsignedInt; 0 where there is none."""
    return int(text) if text is not None and re.fullmatch("[0-9]{1,10}", text) else 0


def is_true(value: str | None) -> bool:
    """Whether an attribute of the schema's type boolean says so; one that is absent does not."""
    return value in ("1", "true", "on")
