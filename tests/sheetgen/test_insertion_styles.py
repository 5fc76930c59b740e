"""The formats of an inserted sheet: added to the workbook's own, whichever of them it has, and never twice."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from sheetgen.insertion import insert_sheet
from tests.sheetgen.insertion_targets import SPREADSHEET, by_openpyxl, odd, package
from tests.sheetgen.insertions import everything, numbers
from tests.sheetgen.packages import sheet_part, sound, styles_part, xml
from tests.sheetgen.workbooks import MAIN, parts

ARIAL = '<x:font><x:sz val="10"/><x:name val="Arial"/></x:font>'
FILLS = '<x:fill><x:patternFill patternType="none"/></x:fill><x:fill><x:patternFill patternType="gray125"/></x:fill>'
XF = '<x:xf numFmtId="{}" fontId="0" fillId="0" borderId="0"/>'
LISTS = {  # of a small workbook in Arial, which counts from 164 as everybody does
    "numFmts": '<x:numFmt numFmtId="164" formatCode="0.0"/><x:numFmt numFmtId="170" formatCode="0.000&quot;x&quot;"/>',
    "fonts": ARIAL,
    "fills": FILLS,
    "borders": "<x:border/>",
    "cellStyleXfs": XF.format(0),
    "cellXfs": XF.format(0) + XF.format(164),
    "cellStyles": '<x:cellStyle name="Normal" xfId="0" builtinId="0"/>',
    "dxfs": '<x:dxf><x:font><x:i/></x:font></x:dxf>',
    "tableStyles": "",
    "extLst": "",
}  # fmt: skip


def styles(leave_out: tuple[str, ...] = (), empty: tuple[str, ...] = ()) -> str:
    """The styles of a small workbook, with a prefix, without some of the lists, or with some empty."""
    lists = {tag: "" if tag in empty else content for tag, content in LISTS.items() if tag not in leave_out}
    inner = "".join(f"<x:{tag}>{content}</x:{tag}>" for tag, content in lists.items())
    return f'<x:styleSheet xmlns:x="{SPREADSHEET}">{inner}</x:styleSheet>'


def few(workbook: Any, sheet: Any) -> None:
    """A cell for each kind of thing that a format says."""
    sheet.write("A1", 1)
    sheet.write("A2", 1, workbook.add_format({"num_format": "0.000000"}))
    sheet.write("A3", 1, workbook.add_format({"bold": True}))
    sheet.write("A4", 1, workbook.add_format({"bg_color": "#FFF3BF"}))
    sheet.write("A5", 1, workbook.add_format({"border": 1}))
    sheet.write("A6", 1, workbook.add_format({"align": "right", "num_format": "0.0"}))
    sheet.write("A7", 1, workbook.add_format({"pattern": 17}))
    difference = workbook.add_format({"bg_color": "#FF0000", "num_format": "0.000000"})
    sheet.conditional_format("A1:A9", {"type": "cell", "criteria": ">", "value": 5, "format": difference})


def listed(path: Path, tag: str) -> list[ElementTree.Element]:
    found = xml(path, styles_part(path)).find(f"{MAIN}{tag}")
    return [] if found is None else list(found)


def says(path: Path, address: str) -> dict[str, str]:
    """What the format of a cell of the sheet says, followed through the lists by hand."""
    cell = next(cell for cell in xml(path, sheet_part(path, "New")).iter(f"{MAIN}c") if cell.attrib["r"] == address)
    if "s" not in cell.attrib:
        return {}
    xf = listed(path, "cellXfs")[int(cell.attrib["s"])]
    codes = {element.attrib["numFmtId"]: element.attrib["formatCode"] for element in listed(path, "numFmts")}
    found = {"number": codes.get(xf.attrib["numFmtId"], xf.attrib["numFmtId"])}
    for key, tag in (("font", "fonts"), ("fill", "fills"), ("border", "borders")):
        element = listed(path, tag)[int(xf.attrib[f"{key}Id"])]
        found[key] = " ".join(f"{inner.tag.removeprefix(MAIN)}{inner.attrib or ''}" for inner in element.iter())
    return found


@pytest.mark.parametrize(
    "before",
    [
        pytest.param(None, id="no part"),
        styles(),
        styles(leave_out=("dxfs", "numFmts")),
        styles(leave_out=("cellStyles", "cellStyleXfs", "borders", "tableStyles", "extLst")),
        styles(leave_out=tuple(LISTS)),
        styles(empty=tuple(LISTS)),
        styles(leave_out=("fills", "cellXfs")),
    ],
    ids=lambda text: str(len(text)),
)
def test_formats_mean_the_same_whatever_lists_the_workbook_has(tmp_path: Path, before: str | None) -> None:
    path = odd(tmp_path / "book.xlsx", before)
    insert_sheet(path, few, "New", "a run")
    sound(path)
    assert says(path, "A1") == {}
    assert says(path, "A2")["number"] == "0.000000"
    assert "b " in says(path, "A3")["font"]
    assert "'rgb': 'FFFFF3BF'" in says(path, "A4")["fill"]
    assert "left{'style': 'thin'}" in says(path, "A5")["border"]
    assert says(path, "A6")["number"] == "0.0"
    assert "gray125" in says(path, "A7")["fill"]
    assert len(listed(path, "fills")) >= 3  # applications keep the first two for themselves
    rule = next(xml(path, sheet_part(path, "New")).iter(f"{MAIN}cfRule"))
    difference = listed(path, "dxfs")[int(rule.attrib["dxfId"])]
    assert [element.attrib for element in difference.iter(f"{MAIN}bgColor")] == [{"rgb": "FFFF0000"}]


def test_a_format_that_says_nothing_of_the_font_has_the_workbook_s(tmp_path: Path) -> None:
    """So that a number with a format does not look foreign beside one without."""
    path = odd(tmp_path / "book.xlsx", styles())
    insert_sheet(path, few, "New", "a run")
    assert "Arial" in says(path, "A2")["font"]
    assert "Arial" in says(path, "A4")["font"]


def test_a_number_format_gets_a_number_that_is_free_or_that_it_has_already(tmp_path: Path) -> None:
    path = odd(tmp_path / "book.xlsx", styles())
    insert_sheet(path, few, "New", "a run")
    codes = {element.attrib["numFmtId"]: element.attrib["formatCode"] for element in listed(path, "numFmts")}
    assert codes == {"164": "0.0", "170": '0.000"x"', "171": "0.000000"}
    (difference,) = (element for element in listed(path, "dxfs") for element in element.iter(f"{MAIN}numFmt"))
    assert difference.attrib == {"numFmtId": "171", "formatCode": "0.000000"}


def test_what_was_in_the_lists_stays_where_it_was(tmp_path: Path) -> None:
    path = odd(tmp_path / "book.xlsx", styles())
    before = {tag: [ElementTree.tostring(element) for element in listed(path, tag)] for tag in LISTS}
    insert_sheet(path, everything, "New", "a run")
    for tag, old in before.items():
        assert [ElementTree.tostring(element) for element in listed(path, tag)][: len(old)] == old
    assert len(listed(path, "cellXfs")) > len(before["cellXfs"])


def test_the_same_formats_are_there_once_for_all_sheets(tmp_path: Path) -> None:
    path = odd(tmp_path / "book.xlsx", styles())
    insert_sheet(path, everything, "New", "a run")
    once = parts(path)["style/s.xml"]
    for number in range(3):
        insert_sheet(path, everything, "New", f"run {number}")
    assert parts(path)["style/s.xml"] == once


def test_equal_formats_of_the_workbook_are_used(tmp_path: Path) -> None:
    """Equal in what they say, whatever their prefixes and the order of their attributes."""
    border = "".join(
        f'<x:{side} style="thin"><x:color auto="1"/></x:{side}>' for side in ("left", "right", "top", "bottom")
    )
    text = styles().replace("<x:border/>", f"<x:border/><x:border>{border}<x:diagonal/></x:border>")
    text = text.replace(
        "</x:cellXfs>", '<x:xf xfId="0" applyBorder="1" borderId="1" fillId="0" fontId="0" numFmtId="0"/></x:cellXfs>'
    )
    path = odd(tmp_path / "book.xlsx", text)
    insert_sheet(path, lambda b, s: s.write("A1", 1, b.add_format({"border": 1})), "New", "a run")
    assert parts(path)["style/s.xml"].decode() == text


@pytest.mark.parametrize("there", [True, False])
def test_links_have_the_style_that_the_workbook_has_for_them(tmp_path: Path, there: bool) -> None:
    path = by_openpyxl(tmp_path / "book.xlsx")
    if there:
        insert_sheet(path, lambda _, sheet: sheet.write_url("A1", "https://example.org"), "Before", "another run")
    before = len(listed(path, "cellStyles"))
    insert_sheet(path, lambda _, sheet: sheet.write_url("A1", "https://example.org"), "New", "a run")
    names = [(style.attrib["name"], style.attrib["builtinId"]) for style in listed(path, "cellStyles")]
    assert names == [("Normal", "0"), ("Hyperlink", "8")]
    assert before == (2 if there else 1)
    cell = next(xml(path, sheet_part(path, "New")).iter(f"{MAIN}c"))
    number = listed(path, "cellXfs")[int(cell.attrib["s"])].attrib["xfId"]
    assert [style.attrib["name"] for style in listed(path, "cellStyles") if style.attrib["xfId"] == number] == [
        "Hyperlink"
    ]


def test_a_fill_is_none_of_the_first_two_which_applications_do_not_read(tmp_path: Path) -> None:
    """They take them for none and gray125, even where a careless writer has put its own colour there."""
    colour = '<x:fill><x:patternFill patternType="solid"><x:fgColor rgb="FFFFF3BF"/><x:bgColor indexed="64"/>'
    text = styles().replace('<x:fill><x:patternFill patternType="gray125"/>', colour + "</x:patternFill>")
    path = odd(tmp_path / "book.xlsx", text)
    insert_sheet(path, few, "New", "a run")
    cell = next(cell for cell in xml(path, sheet_part(path, "New")).iter(f"{MAIN}c") if cell.attrib["r"] == "A4")
    assert int(listed(path, "cellXfs")[int(cell.attrib["s"])].attrib["fillId"]) >= 2
    assert "'rgb': 'FFFFF3BF'" in says(path, "A4")["fill"]


def test_a_workbook_that_needs_no_new_format_keeps_its_styles_to_the_byte(tmp_path: Path) -> None:
    path = odd(tmp_path / "book.xlsx", styles())
    insert_sheet(path, numbers, "New", "a run")
    assert parts(path)["style/s.xml"].decode() == styles()


def test_strange_prefixes_and_comments_in_the_styles_stay(tmp_path: Path) -> None:
    text = styles().replace("<x:fonts>", '<!-- mine --><x:fonts xmlns:y="urn:y" y:known="1" count="1">')
    path = odd(tmp_path / "book.xlsx", text)
    insert_sheet(path, few, "New", "a run")
    after = parts(path)["style/s.xml"].decode()
    assert '<!-- mine --><x:fonts xmlns:y="urn:y" y:known="1" count="2">' in after
    assert "<x:b/>" in after
    package(path, parts(path))
    sound(path)
