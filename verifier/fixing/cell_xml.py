"""A cell written anew: ECMA-376 part 1, §18.3.1.4. What else its tag says, its format above all, stays as it was."""

import re
from dataclasses import dataclass
from html import escape

from verifier.fixing.markup import CellSpan, without_attributes
from verifier.reading.references import column_name
from verifier.values import ExcelError, Value


@dataclass(frozen=True)
class Content:
    """What a cell holds from now on: a formula without its `=`, or none, and a value."""

    formula: str | None
    value: Value


@dataclass(frozen=True)
class Refreshed:
    """What the formula that a cell has, and keeps, gives now."""

    value: Value


Change = Content | Refreshed
_OF_THE_VALUE = (b"v", b"is")  # elements within a cell
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")  # written as in §22.9.2.19


def new_cell(prefix: bytes, row: int, column: int, style: bytes | None, content: Content) -> bytes:
    """A cell where none was."""
    attributes = f' r="{column_name(column)}{row}"'.encode() + (b"" if style is None else b' s="%s"' % style)
    return _element(prefix + b"c", attributes, _formula(prefix, content), content.value, content.formula is not None)


def changed_cell(xml: bytes, cell: CellSpan, change: Change) -> bytes:
    """A cell in the place of one that is there."""
    prefix, gone = cell.tag.prefix, [b"t", b"vm"]
    if isinstance(change, Content):
        formula, computed = _formula(prefix, change), change.formula is not None
        gone.append(b"cm")  # says of a formula that it spills
    else:
        formula, computed = _raw(xml, cell, (b"f",)), True
    others = b"".join(
        xml[child.tag.start : child.end] for child in cell.children if child.tag.local not in (b"f", *_OF_THE_VALUE)
    )
    attributes = without_attributes(cell.tag.attributes, *gone).rstrip()
    return _element(cell.tag.name, attributes, formula, change.value, computed, others)


def _raw(xml: bytes, cell: CellSpan, names: tuple[bytes, ...]) -> bytes:
    return b"".join(xml[child.tag.start : child.end] for child in cell.children if child.tag.local in names)


def _element(
    name: bytes, attributes: bytes, formula: bytes, value: Value, computed: bool, others: bytes = b""
) -> bytes:
    kind, text = _value(name[:-1], value, computed)
    inside = formula + text + others
    return b"<%s%s%s>%s</%s>" % (name, attributes, kind, inside, name)


def _formula(prefix: bytes, content: Content) -> bytes:
    if content.formula is None:
        return b""
    return b"<%sf>%s</%sf>" % (prefix, escape(content.formula, quote=False).encode(), prefix)


def _value(prefix: bytes, value: Value, computed: bool) -> tuple[bytes, bytes]:
    """The attribute for the type of a value, and its element; `computed`, where a formula gives it."""
    if value is None:
        return b"", b""
    if isinstance(value, str) and not isinstance(value, ExcelError) and not computed:
        inline = b'<%sis><%st xml:space="preserve">%s</%st></%sis>'
        return b' t="inlineStr"', inline % (prefix, prefix, _escaped(value), prefix, prefix)
    kind = _KINDS[type(value)]
    text = number_text(value) if isinstance(value, float) else _escaped(value)
    return kind, b"<%sv>%s</%sv>" % (prefix, text, prefix)


_KINDS: dict[type, bytes] = {float: b"", bool: b' t="b"', ExcelError: b' t="e"', str: b' t="str"'}


def number_text(value: float) -> bytes:
    """A number with all digits that tell it from every other double, as Excel writes it: `1`, `0.1`, `1.5E-07`."""
    return repr(value).removesuffix(".0").upper().encode()


def _escaped(value: bool | str | ExcelError) -> bytes:
    text = str(int(value)) if isinstance(value, bool) else str(value)
    text = _NO_XML.sub(lambda match: f"_x{ord(match[0]):04X}_", text)
    return escape(text, quote=False).encode()
