"""Where a table ends: with a whole iteration, with the last weights alone, or with cells that were forgotten."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from tests.verifier import own_tables
from tests.verifier.foreign import FORMULAS, GRADIENTS, ORDER, Layout, write_workbook
from verifier import Engine, Kind, Status, WorkbookResult, verify

LAYOUT = Layout(rate_place=(8, 40))
LAST = LAYOUT.rows - 1
COMPUTED = [name for name in ORDER if name in FORMULAS]
GIVEN = ["t1", "t2", "i1", "i2"]


def without(path: Path, empty: Iterable[str], engine: Engine, layout: Layout = LAYOUT) -> WorkbookResult:
    """The verdict where the last row has nothing in some columns."""
    write_workbook(path, layout)
    workbook = openpyxl.load_workbook(path)
    for name in empty:
        workbook["Sheet1"][layout.cell(name, LAST)] = None
    workbook.save(path)
    return verify(path, engine)


@pytest.mark.parametrize(
    "empty", [COMPUTED, [*COMPUTED, *GIVEN], list(GRADIENTS.values())], ids=["forward", "inputs too", "gradients"]
)
def test_a_table_may_end_with_its_last_weights(empty: list[str], engine: Engine, tmp_path: Path) -> None:
    """A last row of updated weights without a forward pass, or without gradients, is right, and is one remark."""
    result = without(tmp_path / "book.xlsx", empty, engine)
    assert (result.status, result.faults) == (Status.RIGHT, ())
    assert all(note.startswith("ends in row 22 with the updated weights; ") for note in result.tables[0].notes)
    assert len(result.tables[0].notes) == result.tables[0].cells.endswith("22")


def test_updates_of_a_row_of_last_weights_are_checked(engine: Engine, tmp_path: Path) -> None:
    """The last weights are those of the last step; the loss of a fault's effect is that of the row before."""
    wrong = replace(LAYOUT, formulas={"w5": "{w5'}+$E$8*{∂E_t/∂w5'}"}, rate_place=(8, 4))
    (fault,) = without(tmp_path / "book.xlsx", COMPUTED, engine, wrong).faults
    assert (fault.kind, fault.cells) == (Kind.WRONG_UPDATE, f"{wrong.column('w5')}12:{wrong.column('w5')}22")
    assert fault.effect is not None
    assert fault.effect.final_loss is not None


@pytest.mark.parametrize("missing", [["h1"], ["w3"], ["∂E_t/∂w7"], ["a_o2", "E2"]])
def test_what_is_forgotten_in_the_last_row_is_missing(missing: list[str], engine: Engine, tmp_path: Path) -> None:
    """Cells of the last row that are empty beside others that are computed there are one fault."""
    (fault,) = without(tmp_path / "book.xlsx", missing, engine).faults
    assert (fault.kind, fault.count) == (Kind.MISSING, len(missing))
    assert all(LAYOUT.cell(name, LAST) in fault.cells for name in missing)


def test_weights_that_lack_one_of_them_are_no_end(engine: Engine, tmp_path: Path) -> None:
    """A last row without a forward pass and without one of the weights lacks that weight: one fault for the row."""
    (fault,) = without(tmp_path / "book.xlsx", [*COMPUTED, "w3"], engine).faults
    assert (fault.kind, fault.count) == (Kind.MISSING, len(COMPUTED) + 1)


def test_a_table_without_known_labels_may_end_with_its_last_weights(engine: Engine, tmp_path: Path) -> None:
    """Where only the formulas tell what is trained, a last row of weights is right too."""
    columns: own_tables.Columns = {
        "u": 0.5, "goal": 0.25,
        "slope": (0.1, "{slope'}-$B$1*{dslope'}"), "shift": (0.2, "{shift'}-$B$1*{dshift'}"),
        "guess": "{slope}*{u}+{shift}", "cost": "0.5*({guess}-{goal})^2",
        "dslope": "({guess}-{goal})*{u}", "dshift": "{guess}-{goal}",
    }  # fmt: skip
    path = own_tables.write_table(tmp_path / "book.xlsx", columns, ("step size", 0.3))
    workbook = openpyxl.load_workbook(path)
    for letter in "EFGH":
        workbook.worksheets[0][f"{letter}14"] = None
    workbook.save(path)
    result = verify(path, engine)
    assert (result.status, len(result.tables)) == (Status.RIGHT, 1)
