"""Spreadsheet applications open a mended copy, and compute in it what is written there."""

from pathlib import Path

import pytest

from tests.office import Office
from tests.verifier.book import Cell, read_book
from tests.verifier.calculator import place_of
from tests.verifier.conftest import Books
from tests.verifier.copies import difference
from tests.verifier.foreign import FORMULAS, Layout, write_workbook
from tests.verifier.test_mutants import table_of
from verifier import Engine, Kind, Status, verify
from verifier.fixing import write_fixed

pytestmark = pytest.mark.office

WRONG_HIDDEN = FORMULAS["∂E_t/∂w3"].replace("{a_h2}*(1-{a_h2})", "{a_h1}*(1-{a_h1})")


def assert_values(path: Path, office: Office) -> None:
    """All values in the file are what the application computes anew."""
    sheets = office.values(path)
    for (sheet, address), cell in read_book(path.read_bytes()).cells.items():
        if cell.formula is not None:
            row, column = place_of(address)
            value = sheets[sheet][row - 1][column - 1]
            expected = value if isinstance(value, str) else pytest.approx(value, rel=1e-9, abs=1e-13)
            assert cell.value == expected, address


def test_mended_copy_is_recalculated_to_the_same_values(
    generated: Books, engine: Engine, office: Office, tmp_path: Path
) -> None:
    """A wrong formula, an emptied row, a wrong label and a typed value, all at once, in a workbook of our own."""
    table = table_of(generated, "backprop")
    row = table.first_row + 4
    changes = {
        **{table.address(label, row): Cell() for label in table.columns},
        **{table.address("∂E_t/∂w3", k): Cell(table.formula("∂E_t/∂w4", k)) for k in table.rows if k != row},
        table.address("a_o1", table.header_row): Cell(value="banana"),
        table.address("h1", row + 2): Cell(value=0.5),
    }
    path = table.book.changed(changes).recalculated().write(tmp_path / "wrong.xlsx")
    fixed = write_fixed(path, verify(path, engine), tmp_path / "mended.xlsx", engine)
    assert fixed.verdict is not None
    assert (fixed.verdict.status, len(fixed.mended), fixed.left) == (Status.RIGHT, 4, ())
    assert_values(tmp_path / "mended.xlsx", office)


def test_copy_of_what_libreoffice_saved_is_mended(engine: Engine, office: Office, tmp_path: Path) -> None:
    """In the XML of another writer nothing changes but the wrong column, and the values that follow from it."""
    foreign = write_workbook(tmp_path / "foreign.xlsx", Layout(formulas={"∂E_t/∂w3": WRONG_HIDDEN}))
    path = office.saved(foreign, tmp_path / "wrong.xlsx")
    result = verify(path, engine)
    assert [fault.kind for fault in result.faults] == [Kind.WRONG_GRADIENT]
    fixed = write_fixed(path, result, tmp_path / "mended.xlsx", engine)
    assert fixed.verdict is not None
    assert fixed.verdict.status is Status.RIGHT
    changed = difference(path, tmp_path / "mended.xlsx")
    letters = Layout().column("∂E_t/∂w3")
    assert {address.rstrip("0123456789") for _, address in changed.contents} == {letters}
    assert len(changed.contents) == Layout().rows
    assert changed.values
    assert_values(tmp_path / "mended.xlsx", office)
