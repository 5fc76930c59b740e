"""Whatever its network and whoever laid it out: one change in a right workbook is found where it is, and mended."""

import math
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.engine import ENGINE
from tests.verifier.book import Cell, read_book
from tests.verifier.chain_rule import NONE, SHARED, Net
from tests.verifier.copies import difference
from tests.verifier.foreign import Layout
from tests.verifier.foreign_layouts import layouts
from tests.verifier.foreign_mutants import ForeignTable, foreign_table, groups_of, mutants_of
from tests.verifier.mutants import Mutant
from tests.verifier.test_mutants import complaint, mutated
from verifier import Kind, Status, verify
from verifier.fixing import write_fixed

FEW, MANY = 25, 500
FEWEST_ROWS = 7  # for one of them to be the exception
# The learning rate stands on the table's own sheet, where the operations can edit its address.
TABLES = layouts(FEWEST_ROWS).filter(lambda layout: layout.rate_tab is None)


def assert_found_and_mended(layout: Layout, data: st.DataObject, folder: Path) -> None:
    table = foreign_table(layout, folder / "right.xlsx")
    mutants = mutants_of(table, data.draw(st.sampled_from(groups_of(table)), label="group"))
    assume(mutants)
    assert_mended(table, data.draw(st.sampled_from(mutants), label="mutant"), folder)


def assert_mended(table: ForeignTable, mutant: Mutant, folder: Path) -> None:
    path = mutated(table.book, mutant).write(folder / "mutant.xlsx")
    result = verify(path, ENGINE)
    assert complaint(result, mutant) is None
    fixed = write_fixed(path, result, folder / "mended.xlsx", ENGINE)
    assert (fixed.verdict is not None and fixed.verdict.status, fixed.left) == (Status.RIGHT, ()), fixed.summary
    assert_right_again(table, mutant, path, folder / "mended.xlsx")


def assert_right_again(table: ForeignTable, mutant: Mutant, path: Path, mended: Path) -> None:
    """No other cell has another content, and every cell comes to what it was in the right workbook."""
    own = {(table.book.sheet_parts[sheet], cell) for sheet, cell in mutant.changes}
    assert difference(path, mended).contents <= own
    values = read_book(mended.read_bytes()).recalculated().cells
    for address, right in table.book.cells.items():
        value = values[address].value
        if isinstance(right.value, float):
            assert isinstance(value, float), address
            assert math.isclose(value, right.value, rel_tol=1e-8, abs_tol=1e-12), address


@settings(max_examples=FEW)
@given(layout=TABLES, data=st.data())
def test_mutant_in_any_layout_is_found_and_mended(
    layout: Layout, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """One finding, at the cells that were changed, of the right kind; the mended copy is the right workbook again."""
    assert_found_and_mended(layout, data, tmp_path_factory.mktemp("foreign"))


def test_column_emptied_above_a_learning_rate_is_found_and_mended(tmp_path: Path) -> None:
    """Found by the search: the rate stands some rows below the weights, and belongs to no row of the table."""
    net = Net((1, 1, 1), (NONE, NONE))
    layout = Layout(net, net.order, header_row=4, rows=FEWEST_ROWS, rate_place=(15, 3))
    table = foreign_table(layout, tmp_path / "right.xlsx")
    assert table.last_row < 15
    (mutant,) = (mutant for mutant in mutants_of(table, "emptied columns") if mutant.name == "E1 emptied")
    assert_mended(table, mutant, tmp_path)


def without_parentheses(formula: str) -> str:
    """As a formula is where those around its first difference are forgotten."""
    return re.sub(r"^\((.*?)\)", r"\1", formula)


@pytest.mark.parametrize(
    ("delta", "edit"), [("δ_o1", "({})*1.1".format), ("δ_h3", "({})*1.1".format), ("δ_o1", without_parentheses)]
)
def test_wrong_delta_before_most_gradients_is_found_and_mended(
    delta: str, edit: Callable[[str], str], tmp_path: Path
) -> None:
    """Found by the search: behind a chain of single units most gradients agree with each other, and not with the loss.

    They may be the derivatives of a loss that no cell holds; the labels say of which they are meant to be.
    """
    net = Net((2, 2, 1, 1), (NONE, SHARED, SHARED))
    layout = Layout(
        net,
        net.order,
        header_row=6,
        rows=FEWEST_ROWS,
        extra=net.deltas,
        formulas=net.short_gradients,
        rate_place=(3, 4),
    )
    table = foreign_table(layout, tmp_path / "right.xlsx")
    rows = [row for label, row in table.computed() if label == delta]
    changes = {table.address(delta, row): Cell(edit(table.formula(delta, row))) for row in rows}
    mutant = Mutant(f"wrong {delta}", changes, frozenset(changes), frozenset({Kind.WRONG_GRADIENT}))
    assert_mended(table, mutant, tmp_path)


@pytest.mark.slow
@settings(max_examples=MANY)
@given(layout=TABLES, data=st.data())
def test_mutants_in_many_layouts_are_found_and_mended(
    layout: Layout, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The same of many more layouts and changes."""
    assert_found_and_mended(layout, data, tmp_path_factory.mktemp("foreign"))
