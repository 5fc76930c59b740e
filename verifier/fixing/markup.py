"""Where the rows and cells of a sheet's part stand in its bytes, so that all others can be left as they are.

A parser gives what a part says, not where it says it. The part has been read before it comes here, so it is
well-formed, and taking its tags apart is then plain: XML 1.0, §2.4 to §2.8 and §3.1. The elements are those of ECMA-376
part 1, §18.3.1; they are known by their names without prefix. Rows and columns count from 1, positions from 0.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from verifier.reading.package import WorkbookError
from verifier.reading.references import column_number

_MARKUP = re.compile(
    rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>"
    rb"|<(/?)([^\s/>!?]+)((?:[^>\"'/]++|\"[^\"]*+\"|'[^']*+'|/(?!>))*+)(/?)>",
    re.DOTALL,
)
_OTHER_ENCODING = re.compile(rb"\s*<\?xml[^>]*encoding=[\"'](?!utf-8|us-ascii)", re.IGNORECASE)
_UTF_8_MARK = b"\xef\xbb\xbf"


class Tag(NamedTuple):
    """A tag: from where to where it goes, its name with its prefix, and its attributes as they are written."""

    start: int
    end: int
    name: bytes
    attributes: bytes
    closing: bool
    empty: bool

    @property
    def local(self) -> bytes:
        """The name without its prefix."""
        return self.name.rpartition(b":")[2]

    @property
    def prefix(self) -> bytes:
        """The prefix with its colon; nothing where there is none."""
        before, colon, _ = self.name.rpartition(b":")
        return before + colon

    def attribute(self, name: bytes) -> bytes | None:
        """An attribute's value as it is written; None where it is not given."""
        match = _attribute(name).search(self.attributes)
        return match[1][1:-1] if match else None


class Element(NamedTuple):
    """An element: its opening tag, and where it ends."""

    tag: Tag
    end: int


class CellSpan(NamedTuple):
    """A cell: its opening tag, where it ends, and what is in it."""

    column: int
    tag: Tag
    end: int
    children: tuple[Element, ...]

    @property
    def formula(self) -> Tag | None:
        """The opening tag of its formula; None where it has none."""
        return next((child.tag for child in self.children if child.tag.local == b"f"), None)


class RowSpan(NamedTuple):
    """A row: its opening tag, where what is in it ends, and its cells."""

    number: int
    tag: Tag
    end: int
    cells: tuple[CellSpan, ...]


def without_attributes(attributes: bytes, *names: bytes) -> bytes:
    """Attributes as they are written, without some of them."""
    for name in names:
        attributes = _attribute(name).sub(b"", attributes)
    return attributes


def with_attribute(attributes: bytes, name: bytes, value: bytes) -> bytes:
    """Attributes as they are written, one of them with another value, given as it is to be written between quotes."""
    return _attribute(name).sub(lambda match: match[0].removesuffix(match[1]) + b'"%s"' % value, attributes)


def tags(xml: bytes, position: int = 0) -> Iterator[Tag]:
    """Yield all tags of a part from a position on. Raises WorkbookError for bytes that are not UTF-8."""
    if xml.startswith((b"\xff\xfe", b"\xfe\xff")) or _OTHER_ENCODING.match(xml.removeprefix(_UTF_8_MARK)):
        raise WorkbookError("one of its parts is not in UTF-8: save it again")
    for match in _MARKUP.finditer(xml, position):
        closing, name, attributes, empty = match.groups()
        if name is not None:
            yield Tag(match.start(), match.end(), name, attributes, bool(closing), bool(empty))


def find(xml: bytes, *names: bytes) -> Tag | None:
    """The first opening tag with one of some names, given without prefix."""
    return next((tag for tag in tags(xml) if tag.local in names and not tag.closing), None)


def elements(xml: bytes, name: bytes) -> Iterator[Element]:
    """Yield all elements of a name, given without prefix."""
    following = tags(xml)
    for tag in following:
        if tag.local == name and not tag.closing:
            yield Element(tag, _end(tag, following))


def rows(xml: bytes) -> Iterator[RowSpan]:
    """Yield the rows of a sheet. Raises WorkbookError where rows or cells do not come in their order."""
    data = find(xml, b"sheetData")
    if data is None or data.empty:
        return
    following = tags(xml, data.end)
    number = 0
    for tag in following:
        if tag.closing:
            return
        if tag.local != b"row":
            _end(tag, following)
            continue
        row = _row(tag, following, number)
        if row.number <= number:
            raise WorkbookError(f"damaged: row {row.number} does not stand in its order")
        number = row.number
        yield row


def _row(tag: Tag, following: Iterator[Tag], before: int) -> RowSpan:
    number = int(tag.attribute(b"r") or before + 1)
    cells: list[CellSpan] = []
    end = tag.end
    for inner in () if tag.empty else following:
        if inner.closing:
            end = inner.start
            break
        if inner.local == b"c":
            cells.append(_cell(inner, following, number, cells[-1].column if cells else 0))
        else:
            _end(inner, following)
    return RowSpan(number, tag, end, tuple(cells))


def _cell(tag: Tag, following: Iterator[Tag], row: int, before: int) -> CellSpan:
    address = tag.attribute(b"r")
    column = before + 1 if address is None else column_number(address.rstrip(b"0123456789").decode())
    if column <= before or (address is not None and not address.endswith(b"%d" % row)):
        raise WorkbookError(f"damaged: a cell of row {row} does not stand in its order")
    children: list[Element] = []
    end = tag.end
    for inner in () if tag.empty else following:
        if inner.closing:
            end = inner.end
            break
        children.append(Element(inner, _end(inner, following)))
    return CellSpan(column, tag, end, tuple(children))


def _end(tag: Tag, following: Iterator[Tag]) -> int:
    """Where an element ends; what follows it comes next."""
    depth = 0 if tag.empty else 1
    if not depth:
        return tag.end
    for inner in following:
        depth += -1 if inner.closing else 0 if inner.empty else 1
        if not depth:
            return inner.end
    raise WorkbookError(f"damaged: an element {tag.local.decode(errors='replace')} has no end")


@cache
def _attribute(name: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"\s+" + name + rb"\s*=\s*(\"[^\"]*\"|'[^']*')")
