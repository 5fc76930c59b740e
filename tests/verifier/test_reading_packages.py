"""Packages as programs write them: every form that the standard allows, and some that it does not, is read the same."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import openpyxl
import pytest

from tests.verifier.foreign import Layout, write_workbook
from tests.verifier.hostile import MAIN, STRINGS, WORKBOOK, WORKBOOK_RELATIONS, relations_xml, write_package
from tests.verifier.reading import book_parts, computed, number_cell, read_cells
from verifier import Engine
from verifier.reading.package import WorkbookError
from verifier.reading.workbook import Sheet, read_workbook

Parts = dict[str, str | bytes]
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
SHARED = '<sst xmlns="{}"><si><t>one</t></si><si><r><t>t</t></r><r><t xml:space="preserve">wo </t></r></si></sst>'
CELLS = (
    '<c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c>'
    '<c r="A2"><v>2.5</v></c><c r="B2"><f>A2*2</f><v>5</v></c><c r="C2" t="b"><v>1</v></c>'
)
EXPECTED = {(1, 1): "one", (1, 2): "two ", (2, 1): 2.5, (2, 2): 5.0, (2, 3): True}


def plain_parts() -> Parts:
    """A workbook of one sheet with shared texts."""
    targets = (("rId1", "worksheet", "worksheets/sheet1.xml"), ("rId2", "sharedStrings", "sharedStrings.xml"))
    return book_parts({"S": CELLS}) | {STRINGS: SHARED.format(MAIN), WORKBOOK_RELATIONS: relations_xml(*targets)}


def with_text(change: Callable[[str], str]) -> Parts:
    """The same with the text of every part changed."""
    return {name: change(str(text)) for name, text in plain_parts().items()}


def with_names(change: Callable[[str], str]) -> Parts:
    """The same with the names of the parts changed in the zip, and not where they are referred to."""
    return {change(name): text for name, text in plain_parts().items()}


def _prefixed(text: str) -> str:
    """Every element of the main namespace with a prefix."""
    if f'xmlns="{MAIN}"' not in text:
        return text
    return re.sub(r"<(/?)(?=[a-zA-Z])", r"<\1x:", text).replace(f'xmlns="{MAIN}"', f'xmlns:x="{MAIN}"')


def _alternate(text: str) -> str:
    """An element of Markup Compatibility (ECMA-376 part 3) before all else."""
    space = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    choice = '<mc:Choice Requires="x15"><x15:y xmlns:x15="urn:x"/></mc:Choice><mc:Fallback/>'
    content = f'<mc:AlternateContent xmlns:mc="{space}">{choice}</mc:AlternateContent>'
    return re.sub(r"(<(?:workbook|worksheet)[^>]*>)", rf"\1{content}", text)


def _strict(text: str) -> str:
    office = "http://purl.oclc.org/ooxml/officeDocument/relationships"
    old = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    return text.replace(MAIN, STRICT).replace(old, office)


def _without_addresses(text: str) -> str:
    return re.sub(r' r="[A-Z]*[0-9]+"', "", text)


FORMS: Mapping[str, Callable[[], Parts]] = {
    "plain": plain_parts,
    "strict": lambda: with_text(_strict),
    "prefixed": lambda: with_text(_prefixed),
    "alternate content": lambda: with_text(_alternate),
    "no addresses": lambda: with_text(_without_addresses),
    "absolute targets": lambda: with_text(lambda text: re.sub(r'Target="(?!xl/)', 'Target="/xl/', text)),
    "backslash targets": lambda: with_text(lambda text: text.replace("worksheets/sheet1", "worksheets\\sheet1")),
    "upper case names": lambda: with_names(str.upper),
    "backslash names": lambda: with_names(lambda name: name.replace("/", "\\")),
    "SharedStrings.xml": lambda: with_names(lambda name: name.replace("sharedS", "SharedS")),
    "another name of the workbook": lambda: {
        name.replace("workbook.xml", "book.xml"): str(text).replace("xl/workbook.xml", "xl/book.xml")
        for name, text in plain_parts().items()
    },
    "white space": lambda: with_text(lambda text: re.sub(r"(?<!<v)(?<!<t)(?<!<f)>(?=<)", ">\n  ", text)),
    "byte order mark": lambda: {name: "\ufeff" + str(text) for name, text in plain_parts().items()},
    "damaged styles": lambda: plain_parts() | {"xl/styles.xml": "<styleSheet><cellXfs count='x'>"},
    "damaged properties": lambda: plain_parts() | {"docProps/app.xml": "", "docProps/core.xml": b"\xff"},
    "bad data validation": lambda: with_text(
        lambda text: text.replace("</sheetData>", '</sheetData><dataValidations count="x"><y/></dataValidations>')
    ),
    "bad defined name": lambda: with_text(
        lambda text: text.replace("<definedNames>", '<definedNames><definedName name="x.Print">!!</definedName>')
    ),
    "cell metadata": lambda: with_text(lambda text: text.replace('<c r="A2">', '<c r="A2" cm="1" vm="2">')),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_package_is_read_the_same(form: str, tmp_path: Path) -> None:
    """Namespaces, prefixes, spellings of names and what is damaged beside the cells make no difference."""
    (sheet,) = read_workbook(write_package(tmp_path / "b.xlsx", FORMS[form]())).sheets
    assert sheet.values == EXPECTED
    assert sheet.formula_text((2, 2)) == "=A2*2"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ('<c r="A1" t="inlineStr"><is><t>x</t></is></c>', "x"),
        (
            '<c r="A1" t="inlineStr"><is><r><t>x</t></r><r><t>_1</t></r><rPh sb="0" eb="1"><t>y</t></rPh></is></c>',
            "x_1",
        ),
        ('<c r="A1" t="str"><f>"x"</f><v xml:space="preserve"> x </v></c>', " x "),
        ('<c r="A1" t="str"><v>∂E_t/∂w1</v></c>', "∂E_t/∂w1"),
        ('<c r="A1" t="inlineStr"><is><t>w_x000a_1</t></is></c>', "w\n1"),
        ('<c r="A1" t="d"><v>2024-02-29T12:00:00</v></c>', 45351.5),
        ('<c r="A1" t="d"><v>2024-02-29</v></c>', 45351.0),
        ('<c r="A1" t="d"><v>rubbish</v></c>', "rubbish"),
        ('<c r="A1" t="b"><v>true</v></c>', True),
        ('<c r="A1" t="b"><v>0</v></c>', False),
        ('<c r="A1" t="e"><v>#DIV/0!</v></c>', "#DIV/0!"),
        ('<c r="A1" t="n"><v>1E-3</v></c>', 0.001),
        ('<c r="A1"><v> 5 </v></c>', 5.0),
        ('<c r="A1" s="3"><f>1+1</f><v></v></c>', None),
    ],
)
def test_every_type_of_cell_is_read(cell: str, expected: object, tmp_path: Path) -> None:
    """Texts in every form, dates as Excel counts them, truth values, errors and numbers."""
    (sheet,) = read_cells(tmp_path, {"S": cell}).sheets
    assert sheet.values == {(1, 1): expected}


def test_sheets_of_every_state_are_read_and_charts_are_not(tmp_path: Path) -> None:
    """Hidden and very hidden sheets count; a sheet that is a chart or a dialog has no cells, but a number for names."""
    parts = book_parts({"chart": "", "hidden": number_cell("A1", 1.0), "very": number_cell("A1", 2.0)})
    parts[WORKBOOK] = (
        str(parts[WORKBOOK])
        .replace('name="hidden"', 'name="hidden" state="hidden"')
        .replace('name="very"', 'name="very" state="veryHidden"')
        .replace("<definedNames>", '<definedNames><definedName name="n" localSheetId="2">7</definedName>')
    )
    parts[WORKBOOK_RELATIONS] = str(parts[WORKBOOK_RELATIONS]).replace("/worksheet", "/chartsheet", 1)
    parts["xl/worksheets/sheet3.xml"] = str(parts["xl/worksheets/sheet3.xml"]).replace(
        "</row>", '<c r="B1"><f>n*2</f></c></row>'
    )
    sheets = read_workbook(write_package(tmp_path / "b.xlsx", parts)).sheets
    assert [(sheet.name, sheet.hidden) for sheet in sheets] == [("hidden", True), ("very", True)]
    assert sheets[1].formulas[1, 2].text(1, 2) == "=(7)*2"


@pytest.mark.parametrize("suffix", [".xlsx", ".xlsm", ".xltx", ".xltm", ".zip", ""])
def test_name_of_the_file_makes_no_difference(suffix: str, tmp_path: Path) -> None:
    """What a file is called says nothing of what it is."""
    path = write_workbook(tmp_path / "b.xlsx", Layout()).rename(tmp_path / f"c{suffix}")
    assert read_workbook(path).sheets[0].name == "Sheet1"


def test_openpyxl_reads_the_same_cells(engine: Engine, tmp_path: Path) -> None:
    """What openpyxl, an independent reader, finds in a foreign workbook is what is read of it."""
    path = write_workbook(tmp_path / "b.xlsx", Layout())
    (sheet,) = read_workbook(path).sheets
    other = openpyxl.load_workbook(path).active
    assert isinstance(sheet, Sheet)
    assert other is not None
    cells = [cell for row in other.iter_rows() for cell in row if cell.value is not None]
    assert cells
    for cell in cells:
        place = (cell.row, cell.column)
        assert (sheet.formula_text(place) or sheet.values[place]) == cell.value
    assert len(computed(path, engine)[0]) == len(sheet.formulas)


NOTED = {
    "xl/vbaProject.bin": "has macros",
    "xl/macrosheets/sheet1.xml": "has macro sheets",
    "xl/externalLinks/externalLink1.xml": "has links to other workbooks",
    "xl/connections.xml": "has connections",
    "xl/queryTables/queryTable1.xml": "has queries",
    "xl/embeddings/oleObject1.bin": "has embedded files",
    "xl/activeX/activeX1.xml": "has ActiveX controls",
    "xl/webextensions/webextension1.xml": "has web extensions",
    "XL/VBAPROJECT.BIN": "has macros",
}


@pytest.mark.parametrize("part", NOTED)
def test_what_could_run_or_fetch_is_noted(part: str, tmp_path: Path) -> None:
    """Each kind of such parts is one line, which says that nothing was done with it."""
    workbook = read_workbook(write_package(tmp_path / "b.xlsx", plain_parts() | {part: b"\0"}))
    (note,) = workbook.warnings
    assert note.startswith(NOTED[part])
    assert re.search("; they are never (run|followed|opened)$", note)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"%PDF-1.7\n", "a PDF"),
        (b"name,value\nw1,0.15\n", "plain text, such as a .csv"),
        ("t1;t2\nη;0,5\n".encode(), "plain text, such as a .csv"),
        (b"<html><table><tr><td>w1</td></tr></table></html>", "a page of HTML or XML"),
        ("\ufeff<?xml version='1.0'?><office:document/>".encode(), "a page of HTML or XML"),
        (b"", "the file is empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(99), "not a zip package"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "encrypted with a password, or an .xls"),
    ],
)
def test_file_of_another_kind_is_said_to_be_one(content: bytes, says: str, tmp_path: Path) -> None:
    """What is no package at all is named in one line."""
    path = tmp_path / "b.xlsx"
    path.write_bytes(content)
    with pytest.raises(WorkbookError, match=re.escape(says)):
        read_workbook(path)


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ({"Index/Document.iwa": b"\0", "Metadata/Properties.plist": b"\0"}, "Apple's Numbers"),
        ({"_rels/.rels": relations_xml(("rId1", "officeDocument", "xl/workbook.bin"))}, "binary workbook"),
        (
            {"_rels/.rels": relations_xml(("r", "officeDocument", "word/d.xml")), "word/d.xml": "<d/>"},
            "holds no sheets",
        ),
    ],
)
def test_package_of_another_kind_is_said_to_be_one(parts: Parts, says: str, tmp_path: Path) -> None:
    """A package of another program, or of another kind of document, is named in one line."""
    with pytest.raises(WorkbookError, match=says):
        read_workbook(write_package(tmp_path / "b.xlsx", parts))
