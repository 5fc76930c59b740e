"""Cells of a sheet's XML are replaced where they stand, in whatever way it was written; all other bytes stay."""

import math

import pytest

from verifier.fixing.cell_xml import Change, Content, Refreshed, number_text
from verifier.fixing.groups import read_groups
from verifier.fixing.markup import elements
from verifier.fixing.sheet_edit import edited
from verifier.reading.package import WorkbookError
from verifier.values import ExcelError

HEAD = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n<worksheet xmlns="http://main">'
B2 = Content("A2*2", 3.0)


def sheet(cells: bytes) -> bytes:
    return HEAD + b"<sheetData>" + cells + b"</sheetData><extLst><ext>x</ext></extLst></worksheet>"


def after(xml: bytes, changes: dict[tuple[int, int], Change]) -> bytes:
    return b"".join(edited(xml, changes))


@pytest.mark.parametrize(
    ("before", "change", "expected"),
    [
        (b'<c r="B2" s="7"><f>A2</f><v>1</v></c>', B2, b'<c r="B2" s="7"><f>A2*2</f><v>3</v></c>'),
        (b'<c s="7" r="B2" t="s"><v>1</v></c>', B2, b'<c s="7" r="B2"><f>A2*2</f><v>3</v></c>'),
        (b'<c r="B2" s="7"/>', B2, b'<c r="B2" s="7"><f>A2*2</f><v>3</v></c>'),
        (b"<c\n  r='B2'\tt = 'str' ><v/></c>", B2, b"<c\n  r='B2'><f>A2*2</f><v>3</v></c>"),
        (b'<c r="B2"><v>1</v></c>', Content("A2&B2<C2", None), b'<c r="B2"><f>A2&amp;B2&lt;C2</f></c>'),
        (b'<c r="B2"><f>A2</f></c>', Content(None, 0.1), b'<c r="B2"><v>0.1</v></c>'),
        (b'<c r="B2"><f>A2</f></c>', Content("A2", "a<b"), b'<c r="B2" t="str"><f>A2</f><v>a&lt;b</v></c>'),
        (b'<c r="B2"><f>A2</f></c>', Content("A2", True), b'<c r="B2" t="b"><f>A2</f><v>1</v></c>'),
        (
            b'<c r="B2"><v>1</v></c>',
            Content(None, "\u2202E_t/\u2202w1"),
            b'<c r="B2" t="inlineStr"><is><t xml:space="preserve">\xe2\x88\x82E_t/\xe2\x88\x82w1</t></is></c>',
        ),
        (
            b'<c r="B2" cm="1"><f t="array" ref="B2">A2</f><v>1</v><extLst><ext/></extLst></c>',
            B2,
            b'<c r="B2"><f>A2*2</f><v>3</v><extLst><ext/></extLst></c>',
        ),
        (
            b'<c r="B2" s="1" t="e" vm="2"><f t="shared" si="4"/><v>#N/A</v></c>',
            Refreshed(2.5),
            b'<c r="B2" s="1"><f t="shared" si="4"/><v>2.5</v></c>',
        ),
        (b'<c r="B2"><f>A2</f></c>', Refreshed(ExcelError("#NUM!")), b'<c r="B2" t="e"><f>A2</f><v>#NUM!</v></c>'),
        (
            b'<c r="B2"><f ca="1">A2 > 1</f><!-- > --></c>',
            Refreshed(1.0),
            b'<c r="B2"><f ca="1">A2 > 1</f><v>1</v></c>',
        ),
    ],
)
def test_cell_keeps_its_format_and_changes_what_it_holds(before: bytes, change: Change, expected: bytes) -> None:
    """Only the formula and the value are another one; every byte around the cell is the same."""
    around = b'<row r="2" spans="1:3"><c r="A2"><v>1.5</v></c>%s<c r="C2" t="s"><v>0</v></c></row>'
    assert after(sheet(around % before), {(2, 2): change}) == sheet(around % expected)


@pytest.mark.parametrize(
    ("before", "place", "expected"),
    [
        (
            b'<row r="2"><c r="A2"><v>1</v></c><c r="C2"/></row>',
            (2, 2),
            b'<row r="2"><c r="A2"><v>1</v></c><c r="B2"><f>1</f></c><c r="C2"/></row>',
        ),
        (b'<row r="2" spans="1:1"><c r="A2"/></row>', (2, 2), b'<row r="2"><c r="A2"/><c r="B2"><f>1</f></c></row>'),
        (
            b'<row r="2" spans="1:2" ht="9"><c r="A2"/></row>',
            (2, 2),
            b'<row r="2" spans="1:2" ht="9"><c r="A2"/><c r="B2"><f>1</f></c></row>',
        ),
        (b'<row r="2" ht="9" />', (2, 2), b'<row r="2" ht="9"><c r="B2"><f>1</f></c></row>'),
        (
            b'<row r="1"/>\n<row r="4"/>',
            (2, 2),
            b'<row r="1"/>\n<row r="2"><c r="B2"><f>1</f></c></row><row r="4"/>',
        ),
        (b'<row r="1"></row>', (2, 2), b'<row r="1"></row><row r="2"><c r="B2"><f>1</f></c></row>'),
        (b"", (2, 2), b'<row r="2"><c r="B2"><f>1</f></c></row>'),
        (b"<row><c><v>1</v></c><c/></row><row><c/></row>", (2, 2),
         b'<row><c><v>1</v></c><c/></row><row><c/><c r="B2"><f>1</f></c></row>'),
    ],
)  # fmt: skip
def test_cell_that_is_not_there_is_put_in_its_order(before: bytes, place: tuple[int, int], expected: bytes) -> None:
    """Within its row, in a row without cells, or in a new row; a row's spans never say less than it has."""
    assert after(sheet(before), {place: Content("1", None)}) == sheet(expected)


def test_new_cell_has_the_format_of_the_number_above() -> None:
    """A number's, however far above, and not that of a text."""
    above = b'<row r="1"><c r="A1" s="5"><v>1</v></c><c r="B1" s="9" t="s"><v>0</v></c></row><row r="2"/>'
    new = after(sheet(above), {(3, 1): Content("1", None), (3, 2): Content("2", None)})
    assert new == sheet(above + b'<row r="3"><c r="A3" s="5"><f>1</f></c><c r="B3"><f>2</f></c></row>')


def test_elements_with_a_prefix_are_known_and_written_with_it() -> None:
    data = b'<x:sheetData><x:row r="1"><x:c r="A1"/></x:row></x:sheetData>'
    xml = b'<x:worksheet xmlns:x="http://main">%s</x:worksheet>' % data
    new = after(xml, {(1, 1): Content("1", 1.0), (2, 1): Content(None, "t")})
    assert b'<x:c r="A1"><x:f>1</x:f><x:v>1</x:v></x:c></x:row>' in new
    assert b'<x:row r="2"><x:c r="A2" t="inlineStr"><x:is><x:t xml:space="preserve">t</x:t></x:is></x:c></x:row>' in new


def test_comments_instructions_and_quoted_signs_are_no_tags() -> None:
    """What looks like a cell in a comment, a text or an attribute is none."""
    tricky = b'<!-- <c r="A1"/> --><?a <c r="A1"/>?><row r="1" x="</sheetData>"><c r="A1"><f>"&lt;c>"</f></c></row>'
    assert after(sheet(tricky), {(1, 1): Content("2", None)}) == sheet(tricky.replace(b'"&lt;c>"', b"2"))


@pytest.mark.parametrize(
    ("before", "expected"),
    [(b"A1:B2", b"A1:D5"), (b"B2", b"B2:D5"), (b"A1:Z99", b"A1:Z99"), (b"C6:D7", b"C5:D7")],
)
def test_dimension_grows_with_a_cell_outside(before: bytes, expected: bytes) -> None:
    """The range that a sheet says its cells are in holds the new one as well."""
    xml = b'<worksheet><dimension ref="%s"/><sheetData/></worksheet>'
    assert after(xml % before, {(5, 4): Content("1", None)}).startswith(b'<worksheet><dimension ref="%s"/>' % expected)


@pytest.mark.parametrize(
    "cells",
    [
        b'<row r="2"/><row r="1"/>',
        b'<row r="1"><c r="B1"/><c r="A1"/></row>',
        b'<row r="1"><c r="A1"/><c r="A1"/></row>',
        b'<row r="1"><c r="A2"/></row>',
    ],
)
def test_cells_out_of_their_order_are_refused(cells: bytes) -> None:
    """There is no place to put a cell, and applications do not agree on what such a sheet holds."""
    with pytest.raises(WorkbookError, match="order"):
        after(sheet(cells), {(3, 3): Content("1", None)})


def test_part_that_is_cut_off_is_refused() -> None:
    with pytest.raises(WorkbookError, match="no end"):
        list(elements(b"<calcChain><c r='A1'><x/>", b"c"))


def test_sheet_in_another_encoding_is_refused() -> None:
    with pytest.raises(WorkbookError, match="UTF-8"):
        after('<?xml version="1.0"?><worksheet/>'.encode("utf-16"), {})


@pytest.mark.parametrize("value", [0.1, -2.5e-07, 1e300, 123456789012345680.0, 5e-324, 3.0])
def test_number_is_written_with_all_its_digits(value: float) -> None:
    assert float(number_text(value)) == value
    assert math.copysign(1, value) == math.copysign(1, float(number_text(value)))


def test_groups_of_formulas_are_found() -> None:
    """Shared formulas by their first cell, array formulas over more than a cell, what-if tables."""
    xml = sheet(
        b'<row r="1"><c r="A1"><f t="shared" si="0" ref="A1:A2">1</f></c><c r="B1"><f t="array" ref="B1:B2">2</f></c>'
        b'<c r="C1"><f t="array" ref="C1">3</f></c><c r="D1"><f t="dataTable" ref="D1:D2"/></c></row>'
        b'<row r="2"><c r="A2"><f t="shared" si="0"/></c><c r="B2"><v>2</v></c><c r="D2"><v>4</v></c></row>'
    )
    groups = read_groups(xml)
    assert groups.shared == {(1, 1): [(1, 1), (2, 1)]}
    assert groups.arrays == [{(1, 2), (2, 2)}]
    assert groups.tables == {(1, 4), (2, 4)}
    assert [set(groups.bound_to(place)) for place in ((1, 1), (2, 1), (2, 2))] == [
        {(1, 1), (2, 1)}, set(), {(1, 2), (2, 2)},
    ]  # fmt: skip
