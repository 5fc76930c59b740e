"""Numbers that a training is given as texts are named as such."""

from pathlib import Path

import openpyxl
import pytest

from tests.verifier.foreign import Layout, write_workbook
from verifier import Engine, verify

LAYOUT = Layout(rows=6)


@pytest.mark.parametrize(
    ("rows", "told"), [([3], "text '0.05', which SUM"), (range(6), 'text "0.05", which is no number')]
)
def test_input_that_is_a_text_is_named(rows: list[int], told: str, engine: Engine, tmp_path: Path) -> None:
    """An input typed as text, once or in all rows, is one finding that shows the text and says what to do."""
    path = write_workbook(tmp_path / "book.xlsx", LAYOUT)
    book = openpyxl.load_workbook(path)
    for row in rows:
        cell = book["Sheet1"][LAYOUT.cell("i1", row)]
        cell.value, cell.data_type = "0.05", "s"
    book.save(path)
    (fault,) = verify(path, engine).faults
    words = fault.message if fault.slip is None else f"{fault.slip.explanation}; {fault.slip.advice}"
    assert (fault.label, fault.cells) == ("i1", LAYOUT.cell("i1", rows[0]))
    assert told in words
    assert "type it as" in words
