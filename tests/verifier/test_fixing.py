"""A mended copy of a workbook: what changes in its package, what does not, and what is refused."""

import re
from collections.abc import Mapping
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest
import xlsxwriter

from tests.verifier.book import read_book
from tests.verifier.copies import difference
from tests.verifier.foreign import FORMULAS, Layout, write_workbook
from tests.verifier.hostile import MAIN, SHEET, WORKBOOK, WORKBOOK_RELATIONS, parts_of, relations_xml, write_package
from verifier import Engine, Finding, Kind, WorkbookResult, verify
from verifier.findings import Repair
from verifier.fixing import FixError, FixResult, write_fixed

TABLE = "xl/tables/table1.xml"
CHAIN = "xl/calcChain.xml"
CHAIN_TYPE = '<Override PartName="/xl/calcChain.xml" ContentType="chain"/>'
WRONG_HIDDEN = FORMULAS["∂E_t/∂w3"].replace("{a_h2}*(1-{a_h2})", "{a_h1}*(1-{a_h1})")


def rows_xml(rows: Mapping[int, str], more: str = "") -> str:
    data = "".join(f'<row r="{number}">{cells}</row>' for number, cells in rows.items())
    return f'<worksheet xmlns="{MAIN}"><sheetData>{data}</sheetData>{more}</worksheet>'


def mended(path: Path, contents: Mapping[str, str | float], engine: Engine) -> tuple[Path, FixResult]:
    """A copy with cells mended that a verification is made to have found: one fault a cell."""
    findings = []
    for cell, content in contents.items():
        repair = Repair(0, int(re.sub(r"\D", "", cell)), ord(cell[0]) - 64, content)
        findings.append(Finding(Kind.WRONG_GRADIENT, "S", cell, 1, "wrong", repairs=(repair,)))
    output = path.with_name("mended" + path.suffix)
    return output, write_fixed(path, WorkbookResult(path, 0.0, findings=tuple(findings)), output, engine)


def cells_of(path: Path) -> dict[str, tuple[str | None, object]]:
    """The formula, without `=`, and the value of each cell of the only sheet."""
    return {address: (cell.formula, cell.value) for (_, address), cell in read_book(path.read_bytes()).cells.items()}


def package(
    folder: Path, rows: Mapping[int, str], more: Mapping[str, str | bytes] | None = None, sheet: str = ""
) -> Path:
    return write_package(folder / "book.xlsx", {**parts_of(""), SHEET: rows_xml(rows, sheet), **(more or {})})


def chained(*entries: str) -> dict[str, str | bytes]:
    """The parts of an order of calculation."""
    relations = (("rId1", "worksheet", "worksheets/sheet1.xml"), ("rId2", "calcChain", "calcChain.xml"))
    return {
        CHAIN: f'<calcChain xmlns="{MAIN}">{"".join(entries)}</calcChain>',
        WORKBOOK_RELATIONS: relations_xml(*relations),
        "[Content_Types].xml": f"<Types>{CHAIN_TYPE}</Types>",
    }


def has_chain(path: Path) -> bool:
    with ZipFile(path) as archive:
        return CHAIN in archive.namelist()


def part(path: Path, name: str) -> str:
    with ZipFile(path) as archive:
        return archive.read(name).decode()


SHARED = {
    1: '<c r="A1"><v>1</v></c><c r="B1"><f t="shared" ref="B1:B3" si="0">A1*2</f><v>2</v></c>',
    2: '<c r="A2"><v>5</v></c><c r="B2" s="1"><f t="shared" si="0"/><v>10</v></c>',
    3: '<c r="A3"><f>B1</f><v>2</v></c><c r="B3"><f t="shared" si="0"/><v>4</v></c>',
}


def test_first_cell_of_a_shared_formula_leaves_the_others_with_their_own(engine: Engine, tmp_path: Path) -> None:
    """The cell that has the text of a shared formula is replaced: the others get theirs, written out."""
    path = package(tmp_path, SHARED)
    output, fixed = mended(path, {"B1": "=A1*3"}, engine)
    cells = cells_of(output)
    assert [cells[f"B{k}"] for k in (1, 2, 3)] == [("A1*3", 3.0), ("A2*2", 10.0), ("A3*2", 6.0)]
    assert cells["A3"] == ("B1", 3.0)
    assert fixed.cells == 1
    assert '<c r="B2" s="1"><f>A2*2</f><v>10</v></c>' in part(output, SHEET)


def test_other_cell_of_a_shared_formula_leaves_the_group(engine: Engine, tmp_path: Path) -> None:
    """A cell without the text is replaced alone."""
    path = package(tmp_path, SHARED)
    output, _ = mended(path, {"B2": "=A2*3"}, engine)
    assert difference(path, output).contents == {(SHEET, "B2")}
    assert '<c r="B2" s="1"><f>A2*3</f><v>15</v></c>' in part(output, SHEET)


ARRAY = {
    1: '<c r="A1"><v>1</v></c><c r="B1"><f t="array" ref="B1:B2">A1:A2*2</f><v>2</v></c>',
    2: '<c r="A2"><v>5</v></c><c r="B2"><v>10</v></c>',
}


def test_array_formula_is_written_out_for_each_of_its_cells(engine: Engine, tmp_path: Path) -> None:
    """No cell of an array formula can be changed alone, so all of them get a formula of their own."""
    path = package(tmp_path, ARRAY, chained('<c r="B1" i="1" a="1"/>', '<c r="B2"/>'))
    output, fixed = mended(path, {"B2": "=A2*3"}, engine)
    cells = cells_of(output)
    assert (cells["B1"], cells["B2"]) == (("A1*2", 2), ("A2*3", 15))
    assert fixed.left == ()
    assert not has_chain(output)


def test_array_formula_that_cannot_be_written_out_is_left(engine: Engine, tmp_path: Path) -> None:
    """A matrix product has no formula for one of its cells: the fault is left, and said."""
    product = {k: text.replace("A1:A2*2", "MMULT(A1:A2,A1)") for k, text in ARRAY.items()}
    path = package(tmp_path, product)
    output, fixed = mended(path, {"B2": "=A2*3"}, engine)
    assert [left.finding.cells for left in fixed.left] == ["B2"]
    assert "shares its formula" in fixed.left[0].reason
    assert not output.exists()
    assert fixed.summary.endswith("is not written: nothing in it can be fixed")


def test_cell_of_a_data_table_is_left(engine: Engine, tmp_path: Path) -> None:
    rows = {1: '<c r="A1"><f t="dataTable" ref="A1:A2" r1="C1"/><v>1</v></c>', 2: '<c r="A2"><v>1</v></c>'}
    _, fixed = mended(package(tmp_path, rows), {"A2": "=1"}, engine)
    assert "data table" in fixed.left[0].reason


def test_order_of_calculation_stays_where_formulas_stay(engine: Engine, tmp_path: Path) -> None:
    path = package(tmp_path, SHARED, chained('<c r="B1" i="1"/>'))
    output, _ = mended(path, {"B1": "=A1*3"}, engine)
    assert difference(path, output).parts == {SHEET}


def test_order_of_calculation_goes_with_all_that_says_there_is_one(engine: Engine, tmp_path: Path) -> None:
    """Excel complains of an order that lists a cell without a formula, and makes one anew where there is none."""
    output, _ = mended(package(tmp_path, SHARED, chained('<c r="A3" i="1"/>', '<c r="B1"/>')), {"B1": 3.0}, engine)
    assert not has_chain(output)
    assert part(output, "[Content_Types].xml") == "<Types></Types>"
    assert "calcChain" not in part(output, WORKBOOK_RELATIONS)


@pytest.mark.parametrize("entry", ['<c r="B1"', '<c r="B1" i="\xa8"/>'.encode("latin-1")], ids=["cut off", "no UTF-8"])
def test_damaged_order_of_calculation_is_refused(entry: str | bytes, engine: Engine, tmp_path: Path) -> None:
    """No verification reads that part, so its damage shows only here."""
    whole = entry if isinstance(entry, bytes) else entry.encode()
    damage = {CHAIN: b'<calcChain xmlns="%s">%s</calcChain>' % (MAIN.encode(), whole)}
    path = package(tmp_path, SHARED, {**chained(), **damage})
    with pytest.raises(FixError, match=r"damaged: xl/calcChain\.xml"):
        mended(path, {"B1": 3.0}, engine)


def test_column_of_a_table_is_called_as_its_label_says(engine: Engine, tmp_path: Path) -> None:
    """Excel repairs a file in which a table's column and the cell of its label differ."""
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        columns = [{"header": "a"}, {"header": "banana & co"}]
        workbook.add_worksheet("S").add_table(0, 0, 3, 1, {"data": [[1, 2]] * 3, "columns": columns})
    output, fixed = mended(path, {"B1": "∂E_t/∂w1"}, engine)
    assert openpyxl.load_workbook(output)["S"].tables["Table1"].column_names == ["a", "∂E_t/∂w1"]
    assert difference(path, output).parts == {SHEET, TABLE}
    assert "1 label replaced" in fixed.summary


def test_label_by_which_a_formula_calls_its_column_is_left(engine: Engine, tmp_path: Path) -> None:
    """Another label would break the formula, and only a spreadsheet application changes both."""
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        sheet = workbook.add_worksheet("S")
        sheet.add_table(0, 0, 3, 0, {"data": [[1]] * 3, "columns": [{"header": "banana"}]})
        sheet.write_formula("C1", "=SUM(Table1[banana])", None, 3)
    _, fixed = mended(path, {"A1": "w1"}, engine)
    assert "formulas call" in fixed.left[0].reason


def test_workbook_without_values_gets_none(engine: Engine, tmp_path: Path) -> None:
    """A program that does not calculate wrote it: values for some cells would be worse than none."""
    path = write_workbook(tmp_path / "book.xlsx", Layout(formulas={"∂E_t/∂w3": WRONG_HIDDEN}))
    output = tmp_path / "mended.xlsx"
    fixed = write_fixed(path, verify(path, engine), output, engine)
    assert fixed.summary == f"wrote {output}: 1 formula in 12 cells replaced; it verifies"
    changed = difference(path, output)
    assert (len(changed.contents), changed.values) == (12, frozenset())
    assert not any(cell.formula and cell.value is not None for cell in read_book(output.read_bytes()).cells.values())


def test_newer_functions_are_written_with_their_prefix(engine: Engine, tmp_path: Path) -> None:
    """A file has `_xlfn.` before the names of functions that came after Excel 2007."""
    path = package(tmp_path, {1: '<c r="A1"><f>_xlfn.XOR(TRUE,B1)</f><v>1</v></c>'})
    output, _ = mended(path, {"A1": '=XOR(FALSE,B1)&"XOR("'}, engine)
    assert '<f>_xlfn.XOR(FALSE,B1)&amp;"XOR("</f>' in part(output, SHEET)


def test_macros_stay_and_are_not_run(engine: Engine, tmp_path: Path) -> None:
    """A workbook with macros keeps them, byte for byte, in a copy of its own kind."""
    path = package(tmp_path, SHARED, {"xl/vbaProject.bin": b"\0macro"}).rename(tmp_path / "book.xlsm")
    output, _ = mended(path, {"B1": "=A1*3"}, engine)
    assert output.suffix == ".xlsm"
    assert difference(path, output).parts == {SHEET}
    with pytest.raises(FixError, match=r"must be one too"):
        write_fixed(path, WorkbookResult(path, 0.0), tmp_path / "mended.xlsx", engine)


def test_stale_values_are_brought_up_to_date(engine: Engine, tmp_path: Path) -> None:
    """Old values, and those that follow from them, become those of the formulas, which stay as they are."""
    rows = {1: '<c r="A1"><v>1</v></c><c r="B1"><f>A1*2</f><v>7</v></c><c r="C1"><f>B1+1</f><v>8</v></c>'}
    path = package(tmp_path, rows)
    result = verify(path, engine)
    assert [fault.kind for fault in result.faults] == [Kind.STALE]
    fixed = write_fixed(path, WorkbookResult(path, 0.0, findings=result.findings), tmp_path / "mended.xlsx", engine)
    cells = cells_of(tmp_path / "mended.xlsx")
    assert (cells["B1"], cells["C1"], fixed.refreshed) == (("A1*2", 2), ("B1+1", 3), 2)
    assert "2 old values brought up to date" in fixed.summary


def test_value_that_cannot_be_recomputed_stays(engine: Engine, tmp_path: Path) -> None:
    """A formula that is not computed here keeps the value that it has, and its text."""
    rows = {1: '<c r="A1"><v>1</v></c><c r="B1"><f>A1</f><v>1</v></c><c r="C1"><f>B1+RAND()</f><v>1.5</v></c>'}
    output, _ = mended(package(tmp_path, rows), {"B1": "=A1*4"}, engine)
    assert (cells_of(output)["B1"], cells_of(output)["C1"]) == (("A1*4", 4), ("B1+RAND()", 1.5))


@pytest.mark.parametrize("label", ["banana", None])
def test_label_is_written_where_it_was_missing(engine: Engine, tmp_path: Path, label: str | None) -> None:
    """A label in the place of nonsense or of nothing, as a text of the cell's own."""
    path = write_workbook(tmp_path / "book.xlsx", Layout(labels={"a_h2": label} if label else {"a_h2": ""}))
    fixed = write_fixed(path, verify(path, engine), tmp_path / "mended.xlsx", engine)
    assert fixed.summary.endswith("1 label replaced; it verifies")
    assert cells_of(tmp_path / "mended.xlsx")[f"{Layout().column('a_h2')}10"][1] == "a_h2"


# --- what is refused ----------------------------------------------------------------------------------------------


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    return write_workbook(tmp_path / "wrong.xlsx", Layout(formulas={"∂E_t/∂w3": WRONG_HIDDEN}))


def refusal(path: Path, output: Path, engine: Engine, force: bool = False) -> str:
    with pytest.raises(FixError) as raised:
        write_fixed(path, verify(path, engine), output, engine, force)
    return str(raised.value)


def test_file_that_is_there_is_replaced_only_by_force(wrong: Path, engine: Engine, tmp_path: Path) -> None:
    output = tmp_path / "there.xlsx"
    output.write_bytes(b"old")
    assert "exists already" in refusal(wrong, output, engine)
    assert output.read_bytes() == b"old"
    assert write_fixed(wrong, verify(wrong, engine), output, engine, force=True).verdict is not None


def test_workbook_itself_is_never_changed(wrong: Path, engine: Engine, tmp_path: Path) -> None:
    """Not even by force, or under another name for it."""
    before = wrong.read_bytes()
    link = tmp_path / "link.xlsx"
    link.symlink_to(wrong)
    for output in (wrong, link, tmp_path / "." / "wrong.xlsx"):
        assert "workbook itself" in refusal(wrong, output, engine, force=True)
    assert wrong.read_bytes() == before


def test_folder_that_is_not_there_is_said(wrong: Path, engine: Engine, tmp_path: Path) -> None:
    assert "is no folder" in refusal(wrong, tmp_path / "none" / "a.xlsx", engine)


def test_signed_workbook_is_refused(engine: Engine, tmp_path: Path) -> None:
    relations = relations_xml(("rId1", "officeDocument", WORKBOOK), ("rId2", "origin", "_xmlsignatures/origin.sigs"))
    path = package(tmp_path, SHARED, {"_rels/.rels": relations, "_xmlsignatures/origin.sigs": b""})
    with pytest.raises(FixError, match="signed"):
        mended(path, {"B1": "=A1*3"}, engine)
    assert [file.name for file in tmp_path.iterdir()] == ["book.xlsx"]


@pytest.mark.parametrize("content", [b"no workbook", b"\xd0\xcf\x11\xe0"])
def test_what_is_no_workbook_is_refused(content: bytes, engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(content)
    assert "nothing to go by" in refusal(path, tmp_path / "mended.xlsx", engine)


def test_right_workbook_needs_no_copy(engine: Engine, tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "book.xlsx", Layout())
    fixed = write_fixed(path, verify(path, engine), tmp_path / "mended.xlsx", engine)
    assert fixed.summary.endswith("is not written: nothing is wrong")
    assert not (tmp_path / "mended.xlsx").exists()


def test_full_disk_leaves_nothing(wrong: Path, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The copy appears whole or not at all."""

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("opc.files.os.fsync", full)
    assert "No space left" in refusal(wrong, tmp_path / "mended.xlsx", engine)
    assert [file.name for file in tmp_path.iterdir()] == ["wrong.xlsx"]
