"""Error values beside a training, or without one, are told in a line for each kind."""

from pathlib import Path

import openpyxl
import pytest

from tests.verifier.foreign import Layout, write_workbook
from verifier import Engine, Status, WorkbookResult, text_report, verify
from verifier.reports import FORMATS

LAYOUT = Layout(rows=6)


def beside(cells: dict[str, str], engine: Engine, path: Path) -> WorkbookResult:
    """The verdict on a right table with these cells beside it."""
    write_workbook(path, LAYOUT)
    book = openpyxl.load_workbook(path)
    for address, content in cells.items():
        book["Sheet1"][address] = content
    book.save(path)
    return verify(path, engine)


def errors(result: WorkbookResult) -> list[str]:
    return [note for note in result.notes if "error" in note]


def test_error_beside_a_right_table_is_a_note(engine: Engine, tmp_path: Path) -> None:
    """The table is right, and so is the verdict; the cell does not pass as one that was compared."""
    result = beside({"AL8": "=(D12-#REF!)/2"}, engine, tmp_path / "book.xlsx")
    assert (result.status, errors(result)) == (Status.RIGHT, ["has the error #REF! in Sheet1!AL8"])
    assert "outside the tables: 1 formula, with an error value" in text_report([result])


@pytest.mark.parametrize("name", ["text", "html", "json", "github", "junit"])
def test_many_errors_are_a_line_a_kind(name: str, engine: Engine, tmp_path: Path) -> None:
    """45 divisions by nothing are one line, what reads them follows from them, and #N/A of =NA() is meant."""
    cells = {f"AL{row}": f"=D11/AM{row}" for row in range(1, 46)} | {"AP1": "=AL1+1", "AP2": "=NA()", "AP3": "=1+1"}
    result = beside(cells | {"AP5": "=LN(0)"}, engine, tmp_path / "book.xlsx")
    told = ["has the error #DIV/0! in 45 cells: Sheet1!AL1:AL45", "has the error #NUM! in Sheet1!AP5"]
    assert errors(result) == told
    assert FORMATS[name]([result], False).count(told[0]) == 1
    assert "49 formulas, 48 of them with an error value" in text_report([result])


def test_errors_of_a_training_are_left_to_its_verdict(engine: Engine, tmp_path: Path) -> None:
    """A fault in a table whose errors run through all of it is named there alone."""
    result = beside({LAYOUT.cell("E1", 2): "=1/0"}, engine, tmp_path / "book.xlsx")
    assert (result.status, errors(result)) == (Status.FAULTS, [])
