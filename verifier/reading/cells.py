"""The cells of a sheet's part, as they stand in its XML.

A parser reads any XML. But Excel, XlsxWriter, LibreOffice and Google Sheets all write cells in one plain way, which a
regular expression takes apart four times faster; it reads as far as everything between two cells is accounted for.
From the first thing that is not, a comment, white space or an attribute nobody writes, the parser reads on.
"""

import codecs
import itertools
import re
from collections.abc import Iterator, Mapping
from html import unescape
from typing import IO

from lxml import etree

from verifier.reading.package import UNPACKING_ERRORS, Package, WorkbookError, local_name
from verifier.reading.references import MAX_COLUMN, MAX_ROW, column_number

# A cell: its row and column, from 1; its type; its formula's attributes, and with them the cell's `cm`, which a formula
# that spills has; the formula's text; its value. Nothing is empty.
RawCell = tuple[int, int, str, Mapping[str, str], str, str]

_NO_ATTRIBUTES: Mapping[str, str] = {}
_CHUNK = 1 << 20  # bytes read at once
_LONGEST_ROW = 1 << 24  # characters; a plain row of all 16,384 columns is far shorter
_PLAIN = re.compile(
    r'<c r="([A-Z]{1,3})([0-9]{1,7})"(?: s="[0-9]+")?(?: t="([a-zA-Z]+)")?( cm="[0-9]+")?(?: vm="[0-9]+")?'
    r'(?:/>|>(?:<f((?: [a-zA-Z]+="[^"<>]*")*)(?:/>|>([^<]*)</f>))?(?:<v>([^<]*)</v>|<v/>)?</c>)'
    r"|<row(?: [^<>]*)?>|</row>|([\s\S])"
)
_ATTRIBUTE = re.compile(r' ([a-zA-Z]+)="([^"]*)"')
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_FOREIGN_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#[0-9]+|#x[0-9A-Fa-f]+);)")


class _NotPlainError(Exception):
    """The XML has something in it that only a parser can read."""


def raw_cells(package: Package, part: str) -> Iterator[RawCell]:
    """Yield a part's cells in the order of the file. Raises WorkbookError."""
    count = 0
    try:
        with package.open(part) as file:
            for cell in _scanned(file):
                yield cell
                count += 1
    except _NotPlainError:
        yield from itertools.islice(_parsed(package, part), count, None)


def _scanned(file: IO[bytes]) -> Iterator[RawCell]:
    """Take the cells apart with the regular expression. Raises _NotPlainError at the first thing it does not know."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    chunks = iter(lambda: file.read(_CHUNK), b"")
    try:
        text = ""
        for chunk in chunks:
            text += decoder.decode(chunk)
            if "<sheetData>" in text or len(text) > _LONGEST_ROW:
                break
        head, found, text = text.partition("<sheetData>")
        if not found or "<!" in head or head.count("<?") > 1 or re.search(r'encoding="(?!utf-8")', head, re.IGNORECASE):
            raise _NotPlainError
        while "</sheetData>" not in text:
            rows, end, text = text.rpartition("</row>")
            yield from _plain_cells(rows + end)
            chunk = next(chunks, b"")
            if not chunk or len(text) > _LONGEST_ROW:
                raise _NotPlainError
            text += decoder.decode(chunk)
    except (UnicodeDecodeError, *UNPACKING_ERRORS):
        raise _NotPlainError from None  # the parser says what is wrong
    rows, _, tail = text.partition("</sheetData>")
    yield from _plain_cells(rows)
    if b"<sheetData" in tail.encode() + b"".join(chunks):
        raise _NotPlainError


def _plain_cells(rows: str) -> Iterator[RawCell]:
    """The cells of whole rows."""
    digits, row = "", 0
    columns: dict[str, int] = {}
    for letters, number, kind, spills, marks, formula, value, other in _PLAIN.findall(rows):
        if other:
            raise _NotPlainError
        if not letters:
            continue
        if number != digits:
            digits, row = number, _row_number(number)
        column = columns.get(letters)
        if column is None:
            column = columns[letters] = _column_number(letters)
        if "&" in formula or "&" in value or marks:
            if _FOREIGN_ENTITY.search(formula + value + marks):
                raise _NotPlainError
            attributes = {name: unescape(text) for name, text in _ATTRIBUTE.findall(marks + spills)}
            yield row, column, kind, attributes, unescape(formula), unescape(value)
        else:
            yield row, column, kind, _NO_ATTRIBUTES, formula, value


def _parsed(package: Package, part: str) -> Iterator[RawCell]:
    """The cells as a parser reads them; a row or a cell that does not say where it stands follows the one before it."""
    row = 0
    for element in package.elements(part, "row"):
        row, column = _row_number(element.get("r", str(row + 1))), 0
        for cell in element.iterchildren("{*}c"):
            address = cell.get("r")
            if address is None:
                column += 1
            else:
                letters = address.rstrip("0123456789")
                row, column = _row_number(address[len(letters) :]), _column_number(letters)
            yield row, column, cell.get("t", ""), *_contents(cell)


def _contents(cell: etree._Element) -> tuple[Mapping[str, str], str, str]:
    """A cell's formula, its attributes before its text, and its value."""
    attributes, formula, value = _NO_ATTRIBUTES, "", ""
    for child in cell:
        match local_name(child):
            case "v":
                value = child.text or ""
            case "f":
                attributes = {str(name): str(text) for name, text in child.items()}
                if cell.get("cm"):
                    attributes = {**attributes, "cm": cell.get("cm", "")}
                formula = child.text or ""
            case "is":
                value = text_of(child)
    return attributes, formula, value


def text_of(element: etree._Element) -> str:
    """The text of a string with or without runs of formats, without its phonetic reading."""
    spoken = {text for run in element.iter("{*}rPh") for text in run.iter("{*}t")}
    return unescaped("".join(node.text or "" for node in element.iter("{*}t") if node not in spoken))


def unescaped(text: str) -> str:
    """A text with the characters that XML cannot hold, written as in section 22.9.2.19: `_x000A_` is a line break."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


def _row_number(digits: str) -> int:
    row = int(digits) if digits.isdecimal() and len(digits) <= 7 else 0
    if not 1 <= row <= MAX_ROW:
        raise WorkbookError(f"damaged: {digits!r} is not the number of a row")
    return row


def _column_number(letters: str) -> int:
    if not re.fullmatch("[A-Z]{1,3}", letters) or column_number(letters) > MAX_COLUMN:
        raise WorkbookError(f"damaged: {letters!r} is not the name of a column")
    return column_number(letters)
