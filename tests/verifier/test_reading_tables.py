"""Training tables written with structured references, array formulas and names: judged like any other."""

import re
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.table import Table
from openpyxl.worksheet.worksheet import Worksheet

from tests.verifier.foreign import GRADIENTS, Layout, write_workbook
from verifier import Engine, Kind, Status, WorkbookResult, verify

LAYOUT = Layout()
FIRST = LAYOUT.header_row + 1
LAST = LAYOUT.header_row + LAYOUT.rows
Rewrite = Callable[[Worksheet], None]


def rewritten(folder: Path, *changes: Rewrite) -> Path:
    """A right workbook, its formulas written in another way."""
    path = write_workbook(folder / "b.xlsx", LAYOUT)
    workbook = openpyxl.load_workbook(path)
    sheet = workbook.active
    assert isinstance(sheet, Worksheet)
    for change in changes:
        change(sheet)
    workbook.save(path)
    return path


def structured(sheet: Worksheet) -> None:
    """Every reference to a cell of the same row by the name of its column."""
    area = f"{LAYOUT.cell(LAYOUT.order[0], -1)}:{LAYOUT.cell(LAYOUT.order[-1], LAYOUT.rows - 1)}"
    sheet.add_table(Table(displayName="Net", ref=area))
    labels = {LAYOUT.column(name): name for name in LAYOUT.order}
    for row in range(FIRST, LAST + 1):
        for letters in labels:
            cell = sheet[f"{letters}{row}"]
            if isinstance(cell.value, str):
                own = rf"(?<![$A-Z])([A-Z]+){row}\b"
                cell.value = re.sub(own, lambda match: f"Net[[#This Row],[{labels[match[1]]}]]", cell.value)


def arrays(sheet: Worksheet) -> None:
    """In each row two gradients by one array formula, h1 as a product of matrices, and E1 as a sum over one cell."""
    for k in range(LAYOUT.rows):
        cells = {name: LAYOUT.cell(name, k) for name in LAYOUT.order}
        for first, second in (("w1", "w2"), ("w3", "w4")):
            area = f"{cells[GRADIENTS[first]]}:{cells[GRADIENTS[second]]}"
            source, both = cells["i1"], f"{cells['i1']}:{cells['i2']}"
            text = sheet[cells[GRADIENTS[first]]].value
            sheet[cells[GRADIENTS[second]]] = None
            sheet[cells[GRADIENTS[first]]] = ArrayFormula(area, re.sub(rf"\b{source}\b", both, text))
        product = f"=MMULT({cells['w1']}:{cells['w2']},TRANSPOSE({cells['i1']}:{cells['i2']}))"
        sheet[cells["h1"]] = ArrayFormula(cells["h1"], product)
        target, output = cells["t1"], cells["a_o1"]
        sheet[cells["E1"]] = ArrayFormula(cells["E1"], f"=SUM(0.5*({target}:{target}-{output}:{output})^2)")


def named(sheet: Worksheet) -> None:
    """The learning rate by a name for its cell."""
    assert sheet.parent is not None
    sheet.parent.defined_names["eta"] = DefinedName("eta", attr_text=f"{sheet.title}!{LAYOUT.rate_cell}")
    for row in sheet.iter_rows():
        for cell in row:
            if isinstance(cell.value, str):
                cell.value = cell.value.replace(LAYOUT.rate_cell, "eta")


def typed(sheet: Worksheet) -> None:
    """The learning rate by a name for the number."""
    named(sheet)
    assert sheet.parent is not None
    sheet.parent.defined_names["eta"] = DefinedName("eta", attr_text="0.5")


def columns(sheet: Worksheet) -> None:
    """E_total by the whole columns of E1 and E2, of which the cells beside it are meant."""
    first, second = (f"${LAYOUT.column(name)}${FIRST}:${LAYOUT.column(name)}${LAST}" for name in ("E1", "E2"))
    for k in range(LAYOUT.rows):
        sheet[LAYOUT.cell("E_total", k)] = f"={first}+{second}"


FORMS: dict[str, tuple[Rewrite, ...]] = {
    "structured": (structured,),
    "arrays": (arrays,),
    "named": (named,),
    "a name for the number": (typed,),
    "intersections": (columns,),
    "structured and named": (structured, named),
}


@pytest.mark.parametrize("form", FORMS)
def test_right_table_in_any_writing_is_right(form: str, engine: Engine, tmp_path: Path) -> None:
    """However its formulas are written, a right table is right and nothing in it is unchecked."""
    result = verify(rewritten(tmp_path, *FORMS[form]), engine)
    assert (result.status, len(result.tables), result.unchecked) == (Status.RIGHT, 1, ())
    assert result.tables[0].learning_rate == 0.5


def faults_after(change: Rewrite, form: str, engine: Engine, folder: Path) -> WorkbookResult:
    return verify(rewritten(folder, *FORMS[form], change), engine)


@pytest.mark.parametrize(("old", "new"), [("a_h2", "a_h1"), ("i1", "i2")])
def test_wrong_column_of_structured_references_is_found(old: str, new: str, engine: Engine, tmp_path: Path) -> None:
    """A gradient that takes another column's values is wrong in all its rows, and shown as it is written."""

    def change(sheet: Worksheet) -> None:
        for k in range(LAYOUT.rows):
            cell = sheet[LAYOUT.cell("∂E_t/∂w3", k)]
            assert isinstance(cell.value, str)
            assert f"[{old}]" in cell.value
            cell.value = cell.value.replace(f"[{old}]", f"[{new}]")

    result = faults_after(change, "structured", engine, tmp_path)
    (finding,) = result.tables[0].findings
    assert (finding.kind, finding.label, finding.count) == (Kind.WRONG_GRADIENT, "∂E_t/∂w3", LAYOUT.rows)
    assert "Net[[#This Row]" in (finding.formula or "")


@pytest.mark.parametrize("name", ["w1", "w2"])
def test_wrong_array_formula_is_found_in_each_of_its_columns(name: str, engine: Engine, tmp_path: Path) -> None:
    """An array formula over two columns that is wrong is a wrong gradient in both."""

    def change(sheet: Worksheet) -> None:
        for k in range(LAYOUT.rows):
            cell = sheet[LAYOUT.cell("∂E_t/∂w1", k)]
            assert isinstance(cell.value, ArrayFormula)
            cell.value.text = f"{cell.value.text}*0.9"

    result = faults_after(change, "arrays", engine, tmp_path)
    found = {finding.label: finding for finding in result.tables[0].findings}
    assert set(found) == {"∂E_t/∂w1", "∂E_t/∂w2"}
    assert (found[GRADIENTS[name]].kind, found[GRADIENTS[name]].count) == (Kind.WRONG_GRADIENT, LAYOUT.rows)
