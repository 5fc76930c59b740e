"""OpenDocument spreadsheets: read like the workbook that they were made from, and bounded like any other file."""

import subprocess
import time
from pathlib import Path

import pytest

from tests.office import Office
from tests.verifier.foreign import Layout, write_workbook
from tests.verifier.hostile import formula_cell, write_package
from tests.verifier.reading import array_cells, book_parts, computed, number_cell
from verifier import Engine, Status, verify
from verifier.reading.ods import excel_formula
from verifier.reading.package import WorkbookError
from verifier.reading.workbook import read_workbook
from verifier.values import ExcelError

_SPACE = "urn:oasis:names:tc:opendocument:xmlns"
_SPACES = "".join(f' xmlns:{name}="{_SPACE}:{name}:1.0"' for name in ("office", "table", "text", "style", "manifest"))
_CALC = ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
MANIFEST = "META-INF/manifest.xml"


def document(rows: str, after: str = "", styles: str = "", manifest: str = "") -> dict[str, str | bytes]:
    """The parts of a document with one sheet of these rows."""
    content = (
        f"<office:document-content{_SPACES}{_CALC}><office:automatic-styles>{styles}</office:automatic-styles>"
        f'<office:body><office:spreadsheet><table:table table:name="S" table:style-name="ta1">{rows}</table:table>'
        f"{after}</office:spreadsheet></office:body></office:document-content>"
    )
    return {"content.xml": content, MANIFEST: f"<manifest:manifest{_SPACES}>{manifest}</manifest:manifest>"}


def number(value: float, attributes: str = "") -> str:
    return f'<table:table-cell {attributes} office:value-type="float" office:value="{value!r}"/>'


def row(cells: str, attributes: str = "") -> str:
    return f"<table:table-row {attributes}>{cells}</table:table-row>"


def converted(path: Path, folder: Path) -> Path:
    """The same workbook as LibreOffice saves it in its own format."""
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to", "ods", "--outdir", str(folder), str(path)]
    subprocess.run(command, check=True, capture_output=True)
    return path.with_suffix(".ods")


@pytest.mark.office
@pytest.mark.usefixtures("office")
def test_document_of_libreoffice_is_verified_like_its_workbook(engine: Engine, tmp_path: Path) -> None:
    """A right training table saved as .ods is right, and every value in it is that of the .xlsx."""
    path = write_workbook(tmp_path / "b.xlsx", Layout(), sheet="it's η")
    other = converted(path, tmp_path)
    result = verify(other, engine)
    assert (result.status, len(result.tables)) == (Status.RIGHT, 1)
    values, failed = computed(other, engine)
    assert not failed
    assert values == pytest.approx(computed(path, engine)[0], rel=1e-14)


@pytest.mark.office
def test_document_of_libreoffice_has_the_same_formulas_and_values(
    office: Office, engine: Engine, tmp_path: Path
) -> None:
    """Texts, errors, array formulas, names, ranges and other sheets come through LibreOffice as they were."""
    cells = "".join(number_cell(f"A{k}", float(k)) for k in (1, 2, 3)) + array_cells("C1:C3", "A1:A3*2")
    formulas = (
        "SUM(A:A)",
        'IF(A1>0,"a;[.B1] ""b""",1)',
        "A1/0",
        "eta*2",
        "'my sheet'!$A$2+1",
        "SUMPRODUCT(A1:A3*A1:A3)",
    )
    cells += "".join(formula_cell(f"E{k}", formula) for k, formula in enumerate(formulas, 1))
    cells += '<c r="G1" t="e"><f>A1/0</f><v>#DIV/0!</v></c>'
    cells += '<c r="F1" t="b"><v>1</v></c><c r="F2" t="inlineStr"><is><t>a  b</t></is></c>'
    names = '<definedName name="eta">0.25</definedName>'
    names += '<definedName name="x" localSheetId="1">\'my sheet\'!$A$3</definedName>'
    sheets = {"my sheet": cells, "other": formula_cell("B2", "x*10")}
    path = write_package(tmp_path / "b.xlsx", book_parts(sheets, names))
    assert office.values(path)["other"][1][1] == 30.0  # LibreOffice reads it as it is meant
    other = converted(path, tmp_path)
    values, failed = computed(other, engine)
    assert not failed
    assert values.pop("my sheet!F1") is True  # LibreOffice writes a truth value as a formula
    assert values == computed(path, engine)[0]
    assert values["my sheet!E3"] == ExcelError("#DIV/0!")
    first = read_workbook(other).sheets[0]
    assert first.array_regions[2, 3] == ((1, 3), (3, 3))
    assert (first.values[1, 6], first.values[2, 6]) == (True, "a  b")
    assert first.values[1, 7] == ExcelError("#DIV/0!")


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("of:=[.A1]*2", "A1*2"),
        ("of:=SUM([.$A$1:.B2];[.C:.C])", "SUM($A$1:B2,C:C)"),
        ("of:=[$Sheet1.$A$1]+[Sheet1.A1:.B2]", "Sheet1!$A$1+Sheet1!A1:B2"),
        ("of:=[$'eta 0.1'.A1]+['it''s'.B2]", "'eta 0.1'!A1+'it''s'!B2"),
        ("of:=[$S.A1:$S.B2]", "S!A1:B2"),
        ('of:=IF([.A1]>0;"[.A1];""x""";1)', 'IF(A1>0,"[.A1];""x""",1)'),
        ("of:=COM.MICROSOFT.CONCAT([.A1];1)", "CONCAT(A1,1)"),
        ("of:=[.#REF!]+[#REF!.A1]", "#REF!+[another]!A1"),
        ("of:=['file:///x.ods'#$S.A1]", "[another]!A1"),
        ("of:=[$A.A1:$B.B2]", "[several sheets]A!A1:B2"),
        ("msoxl:=SUM(A1,B2)", "SUM(A1,B2)"),
        ("=[.A1]", "A1"),
        ("[.A1]=2", "A1=2"),
        ("", ""),
    ],
)
def test_formula_of_openformula_is_spelled_like_one_of_excel(formula: str, expected: str) -> None:
    """References, separators and sheets are translated; texts are left; another document stays one that is refused."""
    assert excel_formula(formula) == expected


def test_repeated_cells_and_rows_stand_in_all_their_places(tmp_path: Path) -> None:
    """A cell that stands for several has its value in each of them, and blank ones only move what follows."""
    blank = '<table:table-cell table:number-columns-repeated="3"/>'
    rows = row(blank + number(7.0, 'table:number-columns-repeated="2"'), 'table:number-rows-repeated="2"')
    rows += row("<table:covered-table-cell/>" + number(8.0))
    (sheet,) = read_workbook(write_package(tmp_path / "b.ods", document(rows))).sheets
    assert sheet.values == {(1, 4): 7.0, (1, 5): 7.0, (2, 4): 7.0, (2, 5): 7.0, (3, 2): 8.0}


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ('office:value-type="percentage" office:value="0.25"', 0.25),
        ('office:value-type="boolean" office:boolean-value="true"', True),
        ('office:value-type="date" office:date-value="2024-02-29"', 45351.0),
        ('office:value-type="time" office:time-value="PT12H00M00S"', 0.5),
        ('office:value-type="string" office:string-value="x"', "x"),
        ('office:value-type="string" calcext:value-type="error"', ExcelError("#VALUE!")),
    ],
)
def test_every_type_of_value_is_read(cell: str, expected: object, tmp_path: Path) -> None:
    """Values have the type that the document says."""
    path = write_package(tmp_path / "b.ods", document(row(f"<table:table-cell {cell}/>")))
    assert read_workbook(path).sheets[0].values == {(1, 1): expected}


def test_hidden_sheets_names_and_links_are_read(tmp_path: Path) -> None:
    """A sheet whose style is not displayed is hidden; names hold; DDE is noted, and its table is no sheet."""
    styles = '<style:style style:name="ta1"><style:table-properties table:display="false"/></style:style>'
    after = (
        '<table:named-expressions><table:named-range table:name="eta" table:cell-range-address="$S.$A$1"/>'
        '<table:named-expression table:name="k" table:expression="of:=2"/></table:named-expressions>'
        f"<table:dde-links><table:dde-link><table:table>{row(number(1.0))}</table:table></table:dde-link></table:dde-links>"
    )
    rows = row(number(0.5) + number(1.0, 'table:formula="of:=eta*k"'))
    workbook = read_workbook(write_package(tmp_path / "b.ods", document(rows, after, styles)))
    (sheet,) = workbook.sheets
    assert sheet.hidden
    assert sheet.formulas[1, 2].text(1, 2) == "=S!$A$1*(2)"
    assert workbook.warnings == ("asks other programs for data (DDE); they are never asked",)


BLANK = '<table:table-cell table:style-name="ce1" table:number-columns-repeated="16384"/>'


def test_millions_of_blank_styled_cells_cost_nothing(tmp_path: Path) -> None:
    """A sheet that is formatted to its end holds nothing, however many cells that are."""
    rows = row(number(1.0)) + row(BLANK, 'table:number-rows-repeated="1048575"') * 3
    begin = time.process_time()
    (sheet,) = read_workbook(write_package(tmp_path / "b.ods", document(rows))).sheets
    assert sheet.values == {(1, 1): 1.0}
    assert time.process_time() - begin < 10  # seconds of the processor; cell by cell it would be hours


@pytest.mark.parametrize("count", ["1048576", "99999999999", "-1", "x"])
def test_numbers_repeated_without_end_are_refused_or_read(count: str, tmp_path: Path) -> None:
    """A number that is repeated over a whole sheet is refused before any of it is made; nonsense counts as once."""
    cells = number(1.0, 'table:number-columns-repeated="16384"')
    path = write_package(tmp_path / "b.ods", document(row(cells, f'table:number-rows-repeated="{count}"')))
    if count == "1048576":
        with pytest.raises(WorkbookError, match="more than 8,000,000 cells"):
            read_workbook(path)
    else:
        assert len(read_workbook(path).sheets[0].values) == 16_384


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        (document("", manifest="<manifest:encryption-data/>"), "encrypted with a password"),
        (document("") | {"content.xml": "<office>"}, "not well-formed"),
        (document("") | {"content.xml": "<text/>"}, "holds no sheets"),
        ({"content.xml": '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', MANIFEST: "<x/>"}, "document type"),
    ],
)
def test_document_that_cannot_be_read_says_why(parts: dict[str, str | bytes], says: str, tmp_path: Path) -> None:
    """Encrypted, damaged, of another kind, or with entities: one line."""
    with pytest.raises(WorkbookError, match=says):
        read_workbook(write_package(tmp_path / "b.ods", parts))


def test_prefix_that_nobody_declares_is_damage(tmp_path: Path) -> None:
    """An element with an unknown prefix is met before the parser complains of it: one line all the same."""
    parts = document(row(number(1.0)))
    content = str(parts["content.xml"]).replace(f' xmlns:table="{_SPACE}:table:1.0"', "")
    with pytest.raises(WorkbookError, match=r"damaged: content\.xml is not well-formed"):
        read_workbook(write_package(tmp_path / "book.ods", parts | {"content.xml": content}))
