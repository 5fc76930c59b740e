"""Files that are damaged, or made to do harm: one clear line or a finding, never an exception, nothing executed."""

import json
import os
import re
import socket
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.verifier.calculator import letters_of
from tests.verifier.conftest import Books
from tests.verifier.hostile import (
    MAIN,
    ROOT_RELATIONS,
    SHEET,
    STRINGS,
    WORKBOOK,
    WORKBOOK_RELATIONS,
    formula_cell,
    parts_of,
    relations_xml,
    sheet_xml,
    table_cells,
    with_strings,
    workbook_xml,
    write_package,
)  # fmt: skip
from verifier import Engine, Status, WorkbookResult, json_report, text_report, verify

TAB = "eta 0.5"
ROOT = Path(__file__).resolve().parents[2]
BILLION_LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE z [<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{k} "{f"&a{k - 1};" * 10}">' for k in range(1, 11))
    + f']><worksheet xmlns="{MAIN}"><sheetData><row><c r="A1" t="str"><v>&a10;</v></c></row></sheetData></worksheet>'
)
EXTERNAL_ENTITY = (
    '<?xml version="1.0"?><!DOCTYPE z [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    f'<worksheet xmlns="{MAIN}"><sheetData><row><c r="A1" t="str"><v>&x;</v></c></row></sheetData></worksheet>'
)


@pytest.fixture
def cells(generated: Books) -> str:
    """The cells of a right training table."""
    return table_cells(generated("single"), TAB)


def reported(path: Path, engine: Engine) -> WorkbookResult:
    """The result, which both reports can print, the problem in one line."""
    result = verify(path, engine)
    assert str(path) in text_report([result], show_all=True)
    assert json.loads(json_report([result]))["exit_status"] == result.status
    assert result.problem is None or (result.problem and "\n" not in result.problem and len(result.problem) < 300)
    assert all(unchecked.reason and "\n" not in unchecked.reason for unchecked in result.unchecked)
    return result


def test_package_by_hand_is_right(cells: str, engine: Engine, tmp_path: Path) -> None:
    """The sound package that the others are made from verifies, so what they find is their own."""
    result = reported(write_package(tmp_path / "b.xlsx", parts_of(cells)), engine)
    assert (result.status, len(result.tables)) == (Status.RIGHT, 1)


# --- what is no workbook --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not a workbook"),
        (b"PK", "not a workbook"),
        (b"name,value\n1,2\n", "not a workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "encrypted"),
        (b"PK\x05\x06" + bytes(18), "not a workbook"),
    ],
)
def test_file_that_is_no_workbook_is_not_checked(content: bytes, says: str, engine: Engine, tmp_path: Path) -> None:
    """An empty file, a text, an old or encrypted file and an empty zip are said to be no workbook."""
    path = tmp_path / "b.xlsx"
    path.write_bytes(content)
    result = reported(path, engine)
    assert result.status is Status.UNCHECKED
    assert says in (result.problem or "")


def test_truncated_package_is_not_checked(generated: Books, engine: Engine, tmp_path: Path) -> None:
    """A file that is cut off anywhere is said to be cut off."""
    path = generated("single").write(tmp_path / "b.xlsx")
    whole = path.read_bytes()
    for size in (10, len(whole) // 3, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        assert "cut off" in (reported(path, engine).problem or "")


def test_folder_missing_file_and_device_are_not_checked(engine: Engine, tmp_path: Path) -> None:
    """A folder, a name of nothing and a name that is too long are each said to be what they are."""
    assert reported(tmp_path, engine).problem == "a folder, not a workbook"
    assert reported(tmp_path / "nothing.xlsx", engine).problem == "no such file"
    assert "cannot be read" in (reported(tmp_path / ("x" * 300), engine).problem or "")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with a name")
def test_pipe_and_broken_link_are_not_checked(engine: Engine, tmp_path: Path) -> None:
    """A pipe with a name is not waited for, and a link to nothing leads to no file."""
    pipe, link = tmp_path / "pipe.xlsx", tmp_path / "link.xlsx"
    os.mkfifo(pipe)
    link.symlink_to(tmp_path / "nothing.xlsx")
    assert "a pipe" in (reported(pipe, engine).problem or "")
    assert reported(link, engine).problem == "no such file"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_file_without_permission_is_not_checked(generated: Books, engine: Engine, tmp_path: Path) -> None:
    """A file that may not be read is said to be one."""
    path = generated("single").write(tmp_path / "b.xlsx")
    path.chmod(0)
    assert "cannot be read" in (reported(path, engine).problem or "")


@pytest.mark.parametrize("part", [ROOT_RELATIONS, WORKBOOK, WORKBOOK_RELATIONS, SHEET])
def test_package_without_one_of_its_parts_is_not_checked(part: str, cells: str, engine: Engine, tmp_path: Path) -> None:
    """A package that lacks a part that it needs is not checked, and a reason is given."""
    parts = parts_of(cells)
    del parts[part]
    result = reported(write_package(tmp_path / "b.xlsx", parts), engine)
    assert result.status is Status.UNCHECKED
    assert result.problem


@pytest.mark.parametrize("part", [ROOT_RELATIONS, WORKBOOK, WORKBOOK_RELATIONS, SHEET])
@pytest.mark.parametrize(
    "content", [b"", b"\0\xff\xfe", b"<a>", b"<a/>", b"<?xml version='1.0' encoding='latin-77'?><a/>"]
)
def test_part_that_is_not_what_it_should_be_is_not_checked(
    part: str, content: bytes, cells: str, engine: Engine, tmp_path: Path
) -> None:
    """A part that is empty, no XML, cut off or of another kind leaves the workbook unchecked."""
    result = reported(write_package(tmp_path / "b.xlsx", parts_of(cells) | {part: content}), engine)
    assert result.status is Status.UNCHECKED


@pytest.mark.parametrize("xml", [BILLION_LAUGHS, EXTERNAL_ENTITY])
@pytest.mark.parametrize("part", [SHEET, WORKBOOK, STRINGS])
def test_entities_are_refused(xml: str, part: str, cells: str, engine: Engine, tmp_path: Path) -> None:
    """A part with a document type, and so with entities, is refused: none is expanded, no file is read."""
    parts = with_strings(parts_of(cells), f'<sst xmlns="{MAIN}"/>') | {part: xml}
    result = reported(write_package(tmp_path / "b.xlsx", parts), engine)
    assert "document type" in (result.problem or "")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_entities_in_another_encoding_are_not_expanded(
    encoding: str, cells: str, engine: Engine, tmp_path: Path
) -> None:
    """Nor are they where the document type is written in an encoding in which its bytes look otherwise."""
    text = BILLION_LAUGHS.replace('version="1.0"', f'version="1.0" encoding="{encoding}"')
    result = reported(write_package(tmp_path / "b.xlsx", parts_of(cells) | {SHEET: text.encode(encoding)}), engine)
    assert result.status is Status.UNCHECKED
    assert "hahaha" not in text_report([result])


def test_document_type_after_a_long_comment_is_not_expanded(cells: str, engine: Engine, tmp_path: Path) -> None:
    """A document type that stands far into the part is not followed either."""
    text = BILLION_LAUGHS.replace("<!DOCTYPE", f"<!--{'x' * 10_000}--><!DOCTYPE")
    result = reported(write_package(tmp_path / "b.xlsx", parts_of(cells) | {SHEET: text}), engine)
    assert result.status is Status.UNCHECKED


# --- cells ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address", ["ZZZZ1", "A0", "A1048577", "XFE1", "A99999999999999999999", "1A", "A-1", "ａ1", "A1:B2"]
)
def test_cell_outside_a_sheet_is_damage(address: str, cells: str, engine: Engine, tmp_path: Path) -> None:
    """The address of no cell, or of one that no sheet has, is said to be damage."""
    path = write_package(tmp_path / "b.xlsx", parts_of(cells + f'<c r="{address}"><v>1</v></c>'))
    result = reported(path, engine)
    assert result.status is Status.UNCHECKED
    assert "damaged" in (result.problem or "")


def test_cell_without_an_address_follows_the_one_before(cells: str, engine: Engine, tmp_path: Path) -> None:
    """The format lets a cell leave out its address: it then stands right of the one before it, and in row order."""
    rows: dict[str, list[str]] = {}
    for match in re.finditer(r'<c r="([A-Z]+)(\d+)"(.*?</c>)', cells):
        rows.setdefault(match[2], []).append(f'<c r="{match[1]}{match[2]}"{match[3]}')
    table = "".join(
        f'<row r="{row}">' + re.sub(r'<c r="(?!A\d)[A-Z]+\d+"', "<c", "".join(content)) + "</row>"
        for row, content in rows.items()
        if int(row) >= 32
    )
    above = "".join(cell for row, content in rows.items() if int(row) < 32 for cell in content)
    xml = f'<worksheet xmlns="{MAIN}"><sheetData><row>{above}</row>{table}</sheetData></worksheet>'
    result = reported(write_package(tmp_path / "b.xlsx", parts_of(cells) | {SHEET: xml}), engine)
    assert (result.status, len(result.tables)) == (Status.RIGHT, 1)


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e999", "NaN", "1_000", "٣", "0x10", ""])
def test_number_that_is_none_is_never_taken_for_right(value: str, cells: str, engine: Engine, tmp_path: Path) -> None:
    """Not-a-number and infinity as text in a number's place: damage or a fault, not a right workbook."""
    wrong = cells.replace("<v>0.8</v>", f"<v>{value}</v>", 1)
    assert wrong != cells
    result = reported(write_package(tmp_path / "b.xlsx", parts_of(wrong)), engine)
    assert result.status is not Status.RIGHT


@pytest.mark.parametrize("index", ["0", "7", "-1", "x", "1.5", "99999999999999999999", "²"])
def test_text_number_out_of_range_is_damage(index: str, cells: str, engine: Engine, tmp_path: Path) -> None:
    """A cell with the number of a shared text that is not there is said to be damage."""
    path = write_package(tmp_path / "b.xlsx", parts_of(cells + f'<c r="ZZ1" t="s"><v>{index}</v></c>'))
    assert "damaged" in (reported(path, engine).problem or "")


def test_rich_text_labels_are_read_whole(cells: str, engine: Engine, tmp_path: Path) -> None:
    """A label in runs of formats is the text of all runs, without its phonetic reading."""
    label = "<is><r><t>E</t></r><r><rPr><vertAlign val='subscript'/></rPr><t>_total</t></r><rPh><t>x</t></rPh></is>"
    wrong = cells.replace("<is><t>E_total</t></is>", label)
    assert wrong != cells
    result = reported(write_package(tmp_path / "b.xlsx", parts_of(wrong)), engine)
    assert (result.status, len(result.tables)) == (Status.RIGHT, 1)


# --- formulas -------------------------------------------------------------------------------------------------------

UNSUPPORTED = {
    "nested 10,000 deep": "(" * 10_000 + "1" + ")" * 10_000,
    "calls nested 10,000 deep": "ABS(" * 10_000 + "1" + ")" * 10_000,
    "100,000 characters": "+".join(["1"] * 50_000),
    "8,000 operators": "1" + "^1" * 4_000,
    "signs": "-" * 8_000 + "1",
    "nested IFs": "IF(1," * 127 + "1" + ")" * 127,
    "unbalanced": "((((1)",
    "nonsense": "1+*/",
    "empty": "",
    "blank": "   ",
    "external link": "[1]Sheet1!A1",
    "external file": "'C:\\[book.xlsx]S'!A1",
    "external path": "'http://127.0.0.1:9/[x.xlsx]S'!A1",
    "DDE": "cmd|' /C calc'!A0",
    "WEBSERVICE": 'WEBSERVICE("http://127.0.0.1:9/")',
    "prefixed WEBSERVICE": '_xlfn.WEBSERVICE("http://127.0.0.1:9/")',
    "HYPERLINK": 'HYPERLINK("http://127.0.0.1:9/","x")',
    "RTD": 'RTD("a",,"b")',
    "CALL": 'CALL("kernel32","WinExec","JC","calc")',
    "IMPORTXML": 'IMPORTXML("http://127.0.0.1:9/","/")',
    "INDIRECT": 'INDIRECT("A1")',
    "OFFSET": "OFFSET(A1,1,1)",
    "NOW": "NOW()",
    "unknown function": "FROBNICATE(1)",
    "unknown name": "no_such_name*2",
    "another sheet": "Nowhere!A1",
    "table reference": "Table1[w1]",
    "array constant": "SUM({1,2,3})",
    "LAMBDA": "LAMBDA(x,x+1)(2)",
    "private use": "\ue000+1",
    "Python": "__import__('os').system('true')",
    "dunder": '"".__class__',
    "big power": "9^9^9^9^9",
    "far reference": "XFE1048577",
    "intersection": "A1 B1",
    "union": "(A1,B1)",
    "spill": "A1#",
    "error": "#REF!+1",
    "text": '"abc',
}


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_harmful_formula_outside_the_table_is_listed_or_computed(
    name: str, cells: str, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is fetched for it and no exception leaves: it has a value, or is listed as unchecked with the reason."""

    def refuse(*_: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    path = write_package(tmp_path / "b.xlsx", parts_of(cells + formula_cell("ZZ1", UNSUPPORTED[name])))
    result = reported(path, engine)
    assert len(result.tables) == 1
    assert not result.tables[0].findings
    handled = [unchecked.cells for unchecked in result.unchecked] + [finding.cells for finding in result.findings]
    assert handled in (["ZZ1"], [])
    assert handled or name in ("blank", "empty", "error", "signs", "nested IFs", "8,000 operators", "intersection")


@pytest.mark.parametrize("name", ["WEBSERVICE", "DDE", "external link", "NOW", "INDIRECT", "100,000 characters"])
def test_harmful_formula_inside_the_table_is_unchecked(name: str, cells: str, engine: Engine, tmp_path: Path) -> None:
    """In a cell of the table it makes the workbook not right, and is listed as unchecked or named as a fault."""
    wrong = re.sub(r'(<c r="E36">)<f>.*?</f>', lambda m: f"{m[1]}<f>{UNSUPPORTED[name]}</f>", cells)
    assert wrong != cells
    result = reported(write_package(tmp_path / "b.xlsx", parts_of(wrong)), engine)
    assert result.status is not Status.RIGHT
    assert [unchecked.cells for unchecked in result.unchecked] == ["E36"]


CIRCLES = {
    "itself": [("ZZ1", "ZZ1+1")],
    "each other": [("ZZ1", "ZZ2+1"), ("ZZ2", "ZZ1+1")],
    "in a range": [("ZZ1", "SUM(ZZ1:ZZ5)")],
    "in a whole column": [("ZZ1", "SUM(ZZ:ZZ)")],
    "long": [(f"ZZ{k}", f"ZZ{k % 3000 + 1}+1") for k in range(1, 3001)],
}


@pytest.mark.parametrize("name", CIRCLES)
def test_circular_references_are_unchecked(name: str, cells: str, engine: Engine, tmp_path: Path) -> None:
    """A circle outside the table is listed as unchecked; the table is verified all the same."""
    circle = "".join(formula_cell(address, formula) for address, formula in CIRCLES[name])
    result = reported(write_package(tmp_path / "b.xlsx", parts_of(cells + circle)), engine)
    assert any("circular" in unchecked.reason for unchecked in result.unchecked)
    assert not result.tables[0].findings


def test_circle_through_the_table_is_blamed_on_its_formula(cells: str, engine: Engine, tmp_path: Path) -> None:
    """A formula of the table that makes a circle is the fault, not the right ones that the circle runs through."""
    wrong = cells.replace("<f>1/(1+EXP(-E36))</f>", "<f>1/(1+EXP(-E37))</f>")
    assert wrong != cells
    result = reported(write_package(tmp_path / "b.xlsx", parts_of(wrong)), engine)
    assert [finding.cells for finding in result.tables[0].findings] == ["F36"]
    assert any("circular" in unchecked.reason for unchecked in result.unchecked)


def test_long_chain_of_formulas_is_computed(cells: str, engine: Engine, tmp_path: Path) -> None:
    """A chain of 20,000 cells, written from its end to its start, needs no deep recursion."""
    count = 20_000
    chain = "".join(formula_cell(f"ZZ{k}", f"ZZ{k + 1}+1", str(count - k + 1)) for k in range(1, count))
    end = f'<c r="ZZ{count}"><v>1</v></c>'
    others = reported(write_package(tmp_path / "a.xlsx", parts_of(cells)), engine).other_formulas
    result = reported(write_package(tmp_path / "b.xlsx", parts_of(cells + chain + end)), engine)
    assert (result.status, result.other_formulas - others) == (Status.RIGHT, count - 1)


@pytest.mark.parametrize("area", ["A:A", "1:1048576", "A1:XFD1048576", "$B:$XFD"])
def test_huge_ranges_are_bounded(area: str, cells: str, engine: Engine, tmp_path: Path) -> None:
    """A formula over whole columns or all rows is computed on what is there, or listed as unchecked."""
    far = '<c r="XFC1"><v>1</v></c>'
    path = write_package(tmp_path / "b.xlsx", parts_of(cells + far + formula_cell("XFD1", f"SUM({area})")))
    result = reported(path, engine)
    assert not result.tables[0].findings
    assert [u.cells for u in result.unchecked] + [f.cells for f in result.findings] == ["XFD1"]


@pytest.mark.parametrize(
    "names",
    [
        '<definedName name="a">b</definedName><definedName name="b">a</definedName>',
        '<definedName name="a">a</definedName>',
        '<definedName name="a">A1:B2:C3</definedName>',
        '<definedName name="a">$A$1</definedName>',
        '<definedName name="a">WEBSERVICE("http://127.0.0.1:9/")</definedName>',
        '<definedName name="a">S!$A$1,S!$B$1</definedName>',
        "<definedName>x</definedName>",
        "".join(f'<definedName name="n{k}">S!$A${k + 1}</definedName>' for k in range(50_000)),
        f'<definedName name="a">{"(" * 100_000}</definedName>',
    ],
)
def test_defined_names_of_all_kinds_are_survived(names: str, cells: str, engine: Engine, tmp_path: Path) -> None:
    """Names that lead in a circle, to nothing, or are very many: a value or an entry among the unchecked."""
    parts = parts_of(cells + formula_cell("ZZ1", "a+1"), names)
    result = reported(write_package(tmp_path / "b.xlsx", parts), engine)
    assert not result.tables[0].findings
    assert [u.cells for u in result.unchecked] + [f.cells for f in result.findings] == ["ZZ1"]


# --- packages -------------------------------------------------------------------------------------------------------


def test_macros_links_and_connections_are_noted_and_not_followed(cells: str, engine: Engine, tmp_path: Path) -> None:
    """Parts that could run or fetch something are said to be there, and the verdict is on the cells alone."""
    harmful: dict[str, str | bytes] = {
        "xl/vbaProject.bin": b"\xd0\xcf\x11\xe0" + bytes(100),
        "xl/externalLinks/externalLink1.xml": "<externalLink/>",
        "xl/connections.xml": "<connections/>",
    }
    result = reported(write_package(tmp_path / "b.xlsm", parts_of(cells) | harmful), engine)
    assert result.status is Status.RIGHT
    assert sorted(note.split(";")[0] for note in result.notes) == [
        "has connections to outside data", "has links to other workbooks", "has macros",
    ]  # fmt: skip


@pytest.mark.parametrize("target", ["../../../../etc/hostname", "/../../../etc/hostname", "..", "", "a\0b", "%2e%2e/x"])
def test_relationship_out_of_the_package_leads_nowhere(target: str, cells: str, engine: Engine, tmp_path: Path) -> None:
    """A relationship leads to parts of the package only, whatever path it gives."""
    parts = parts_of(cells)
    parts[WORKBOOK_RELATIONS] = relations_xml(("rId1", "worksheet", target))
    result = reported(write_package(tmp_path / "b.xlsx", parts), engine)
    assert result.status is Status.UNCHECKED
    assert result.problem


def test_part_of_a_path_out_of_the_package_is_never_written(cells: str, engine: Engine, tmp_path: Path) -> None:
    """Nothing is unpacked to the disk, so a part cannot name where to."""
    folder = tmp_path / "inner"
    folder.mkdir()
    path = write_package(folder / "b.xlsx", parts_of(cells) | {"../evil.txt": "evil"})
    assert reported(path, engine).status is Status.RIGHT
    assert sorted(entry.name for entry in tmp_path.rglob("*")) == ["b.xlsx", "inner"]


def test_part_that_comes_twice_is_no_way_to_hide_another(cells: str, engine: Engine, tmp_path: Path) -> None:
    """Of a sheet that the package has twice, applications may take either: it is not right without a word."""
    wrong = sheet_xml(cells.replace("<f>1/(1+EXP(-E36))</f>", "<f>2/(1+EXP(-E36))</f>"))
    assert wrong != sheet_xml(cells)
    for first, second in ((wrong, sheet_xml(cells)), (sheet_xml(cells), wrong)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # zipfile warns of what is meant here
            path = write_package(tmp_path / "b.xlsx", parts_of(cells) | {SHEET: first}, [(SHEET, second)])
        assert reported(path, engine).status is not Status.RIGHT


def test_encrypted_entry_is_damage(cells: str, engine: Engine, tmp_path: Path) -> None:
    """An entry of the zip that is marked as encrypted cannot be unpacked, and that is said."""
    path = write_package(tmp_path / "b.xlsx", parts_of(cells))
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as package:
        offset = package.getinfo(SHEET).header_offset
    start = content.index(b"PK\x01\x02")
    while not content[start + 46 :].startswith(SHEET.encode()):
        start = content.index(b"PK\x01\x02", start + 4)
    content[start + 8] |= 1
    content[offset + 6] |= 1
    path.write_bytes(content)
    assert reported(path, engine).status is Status.UNCHECKED


def test_unknown_compression_is_damage(cells: str, engine: Engine, tmp_path: Path) -> None:
    """An entry packed by a method that does not exist cannot be unpacked, and that is said."""
    path = write_package(tmp_path / "b.xlsx", parts_of(cells))
    content = path.read_bytes().replace(
        b"PK\x01\x02\x14\x03\x14\x00\x00\x00\x08\x00", b"PK\x01\x02\x14\x03\x14\x00\x00\x00\x63\x00"
    )
    path.write_bytes(content)
    assert "cannot be unpacked" in (reported(path, engine).problem or "")


# --- bombs, in a process with bounds --------------------------------------------------------------------------------

_CHILD = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, ({memory}, {memory}))
resource.setrlimit(resource.RLIMIT_CPU, ({seconds}, {seconds}))
from verifier import verify
result = verify(Path(sys.argv[1]))
print(int(result.status), result.problem or "", sep="|")
"""
MEMORY = 3 << 30
SECONDS = 60  # of the processor, before a bomb is taken to have gone off; it takes a few
HANGS = 1_800  # seconds, busy as the machine may be, until a process is taken to wait for something


def verified_within_bounds(path: Path) -> tuple[int, str]:
    """The status and the problem, from a process that may use 3 GB and a minute of the processor."""
    done = subprocess.run(
        [sys.executable, "-c", _CHILD.format(memory=MEMORY, seconds=SECONDS), str(path)],
        capture_output=True, text=True, timeout=HANGS, cwd=ROOT, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    status, _, problem = done.stdout.strip().partition("|")
    return int(status), problem


def _zip_bomb(cells: str) -> dict[str, str | bytes]:
    return parts_of(cells) | {SHEET: sheet_xml(cells + " " * (300 << 20))}


def _strings_bomb(cells: str) -> dict[str, str | bytes]:
    return with_strings(parts_of(cells), f'<sst xmlns="{MAIN}"><si><t>{"x" * (200 << 20)}</t></si></sst>')


def _deep_xml(cells: str) -> dict[str, str | bytes]:
    return parts_of(cells) | {SHEET: "<a>" * 200_000 + "</a>" * 200_000}


def _many_attributes(cells: str) -> dict[str, str | bytes]:
    return parts_of(cells) | {SHEET: "<a " + " ".join(f'a{k}="1"' for k in range(200_000)) + "/>"}


@pytest.mark.slow
@pytest.mark.parametrize("bomb", [_zip_bomb, _strings_bomb, _deep_xml, _many_attributes])
def test_bomb_is_refused_within_bounds(
    bomb: Callable[[str], dict[str, str | bytes]], cells: str, tmp_path: Path
) -> None:
    """A part that unpacks to hundreds of megabytes, or nests without end, is refused in 3 GB and a minute."""
    status, problem = verified_within_bounds(write_package(tmp_path / "b.xlsx", bomb(cells)))
    assert status == Status.UNCHECKED
    assert problem


@pytest.mark.slow
def test_million_blank_styled_cells_are_read_within_bounds(cells: str, tmp_path: Path) -> None:
    """Blank cells with a style, as people leave them by the million, cost time but no verdict."""
    blank = "".join(f'<c r="{letters}{row}" s="1"/>' for row in range(1000, 101_000) for letters in "ABCDEFGHIJ")
    status, problem = verified_within_bounds(write_package(tmp_path / "b.xlsx", parts_of(cells + blank)))
    assert (status, problem) == (Status.RIGHT, "")


ARRAY_BOMBS = {
    "a region of a whole sheet": '<c r="ZZ1"><f t="array" ref="ZZ1:ZZ1048576">A1:A1048576*2</f><v>1</v></c>',
    "regions over each other": "".join(
        f'<c r="ZZ{row}"><f t="array" ref="ZZ{row}:ZZ9000">TRANSPOSE(A1:A9)</f><v>1</v></c>' for row in range(1, 3000)
    ),
    "names of tables without end": "".join(formula_cell(f"ZZ{row}", f"{row}+" + "['" * 4_000) for row in range(1, 30)),
    "a name of a table that is longer": formula_cell("ZZ1", "['" * 400_000),
    "columns beside a formula": "".join(formula_cell(f"ZZ{row}", "SUM(A:A)*B:B") for row in range(1, 300)),
    "64,000 brackets": formula_cell("ZZ1", "(" * 64_000 + "1" + ")" * 64_000),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", ARRAY_BOMBS)
def test_arrays_tables_and_brackets_end_within_bounds(name: str, cells: str, tmp_path: Path) -> None:
    """Few bytes that stand for millions of cells, or make a reader search again and again, end in a list or a value."""
    status, problem = verified_within_bounds(write_package(tmp_path / "b.xlsx", parts_of(cells + ARRAY_BOMBS[name])))
    assert (status != Status.RIGHT, problem) == (True, "")


BOMBS = (
    'LEN(REPT("x",2000000000))', 'LEN(REPT("x",20000000000000))', 'LEN(REPT(REPT("x",100000),100000))',
    "FACT(1000000000)", "SUM(MUNIT(100000))", "SUM(SEQUENCE(1000000,16000))", "COMBIN(1000000000,500000000)",
    "9^9^9^9^9", "BASE(9^300,2,255)",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("formula", BOMBS)
def test_formula_that_asks_for_too_much_ends_within_bounds(formula: str, cells: str, tmp_path: Path) -> None:
    """A short formula whose value would take gigabytes or hours is listed, or is not what the file says it is."""
    path = write_package(tmp_path / "b.xlsx", parts_of(cells + formula_cell("ZZ1", formula)))
    status, problem = verified_within_bounds(path)
    assert (status != Status.RIGHT, problem) == (True, "")


@pytest.mark.slow
def test_many_sums_over_a_long_column_end_within_bounds(cells: str, tmp_path: Path) -> None:
    """Hundreds of formulas over a column of 100,000 numbers: each is bounded, and so must be all of them."""
    numbers = "".join(f'<c r="ZZ{row}"><v>1</v></c>' for row in range(1, 100_001))
    sums = "".join(formula_cell(f"AAA{row}", f"SUM(ZZ:ZZ)+{row}", str(100_000 + row)) for row in range(1, 301))
    status, _ = verified_within_bounds(write_package(tmp_path / "b.xlsx", parts_of(cells + numbers + sums)))
    assert status in (Status.RIGHT, Status.UNCHECKED)


@pytest.mark.slow
def test_header_of_many_columns_ends_within_bounds(cells: str, tmp_path: Path) -> None:
    """A table with thousands of labels is no way to make the search for its network endless."""
    labels = [f"{kind}{k}" for kind in ("w", "h", "a_h", "i", "t", "o", "a_o", "E", "∂E_t/∂w") for k in range(1, 41)]
    cells = "".join(
        f'<c r="{letters_of(k)}1" t="inlineStr"><is><t>{label}</t></is></c>' for k, label in enumerate(labels, 1)
    )
    cells += "".join(f'<c r="{letters_of(k)}{row}"><v>0.5</v></c>' for k in range(1, len(labels)) for row in (2, 3, 4))
    status, _ = verified_within_bounds(write_package(tmp_path / "b.xlsx", parts_of(cells)))
    assert status != Status.RIGHT


def test_workbook_without_sheets_is_not_checked(engine: Engine, tmp_path: Path) -> None:
    """A workbook without sheets is none that could be checked."""
    parts = parts_of("") | {WORKBOOK: workbook_xml().replace('<sheet name="S" sheetId="1" r:id="rId1"/>', "")}
    result = reported(write_package(tmp_path / "b.xlsx", parts), engine)
    assert result.problem == "no worksheet in it"
