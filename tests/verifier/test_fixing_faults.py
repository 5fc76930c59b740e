"""Faults as people make them, in tables of their own layouts, are mended, or left and said where nobody can know."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from tests.verifier.book import read_book
from tests.verifier.foreign import FORMULAS, Layout, write_workbook
from tests.verifier.test_foreign_layouts import LAYOUTS
from tests.verifier.test_own_terms import NETWORKS
from verifier import Engine, Kind, Status, verify
from verifier.fixing import write_fixed

WRONG_HIDDEN = FORMULAS["∂E_t/∂w3"].replace("{a_h2}*(1-{a_h2})", "{a_h1}*(1-{a_h1})")


def formula_in(path: Path, cell: str) -> str | None:
    return read_book(path.read_bytes()).cells["Sheet1", cell].formula


@pytest.mark.parametrize("name", LAYOUTS)
def test_wrong_columns_are_mended_in_every_layout(name: str, engine: Engine, tmp_path: Path) -> None:
    """A gradient with another unit's activation, and an update with another weight's gradient."""
    layout = LAYOUTS[name]
    rate = layout.rate_text or layout.rate_cell
    wrong = {"∂E_t/∂w3": WRONG_HIDDEN, "w6": f"{{w6'}}-{rate}*{{∂E_t/∂w5'}}"}
    path = write_workbook(tmp_path / "book.xlsx", replace(layout, formulas={**layout.formulas, **wrong}))
    fixed = write_fixed(path, verify(path, engine), tmp_path / "mended.xlsx", engine)
    cells = 2 * layout.rows - 1
    assert fixed.summary.endswith(f"2 formulas in {cells} cells replaced; it verifies")


@pytest.mark.parametrize("name", ["cross entropy", "squared error", "penalty on weights"])
def test_network_of_another_kind_is_mended_where_its_slip_can_be_undone(
    name: str, engine: Engine, tmp_path: Path
) -> None:
    """No generator and no other column has such a gradient; the formula itself shows what it should have been."""
    gradients = {gradient: NETWORKS[name][gradient] for gradient in (f"∂E_t/∂w{k}" for k in range(5, 9))}
    wrong = {gradient: form.replace("{a_h", "{h") for gradient, form in gradients.items()}
    path = write_workbook(tmp_path / "book.xlsx", Layout(formulas={**NETWORKS[name], **wrong}))
    fixed = write_fixed(path, verify(path, engine), tmp_path / "mended.xlsx", engine)
    assert fixed.summary.endswith("4 formulas in 48 cells replaced; it verifies")


def edited_by_openpyxl(path: Path, contents: Mapping[str, str | float | None]) -> Path:
    workbook = openpyxl.load_workbook(path)
    for cell, content in contents.items():
        workbook.worksheets[0][cell] = content
    workbook.save(path)
    return path


def drifting(layout: Layout) -> dict[str, str]:
    """The update of w4 filled down with a learning rate that is not anchored."""
    letters, number = "E", 8
    assert layout.rate_cell == f"${letters}${number}"
    update = f"={{}}-{letters}{{}}*{{}}"
    return {
        layout.cell("w4", k): update.format(
            layout.cell("w4", k - 1), number + k - 1, layout.cell("∂E_t/∂w4", k - 1)
        )
        for k in range(1, layout.rows)
    }  # fmt: skip


def test_drifting_learning_rate_is_anchored(engine: Engine, tmp_path: Path) -> None:
    """The formula of the first update, right where it stands, is not what mends the rows below."""
    layout = Layout()
    path = edited_by_openpyxl(write_workbook(tmp_path / "book.xlsx", layout), drifting(layout))
    fixed = write_fixed(path, verify(path, engine), tmp_path / "mended.xlsx", engine)
    assert fixed.verdict is not None
    assert fixed.verdict.status is Status.RIGHT
    assert "$E$8" in str(formula_in(tmp_path / "mended.xlsx", layout.cell("w4", 5)))


def test_labelled_learning_rate_becomes_the_one_that_is_used(engine: Engine, tmp_path: Path) -> None:
    """Where the cell that is called η says another number than the updates use, it is the cell that changes."""
    path = write_workbook(tmp_path / "book.xlsx", Layout(rate=0.1, rate_text="0.5"))
    fixed = write_fixed(path, verify(path, engine), tmp_path / "mended.xlsx", engine)
    assert fixed.summary.endswith("1 number replaced; it verifies")
    assert read_book((tmp_path / "mended.xlsx").read_bytes()).cells["Sheet1", "E8"].value == 0.5


def test_weight_without_a_start_is_left(engine: Engine, tmp_path: Path) -> None:
    """No formula can know what a training starts from."""
    layout = Layout()
    path = edited_by_openpyxl(write_workbook(tmp_path / "book.xlsx", layout), {layout.cell("w1", 0): None})
    fixed = write_fixed(path, verify(path, engine), tmp_path / "mended.xlsx", engine)
    assert [(left.finding.label, left.finding.kind) for left in fixed.left] == [("w1", Kind.MISSING)]
    assert fixed.verdict is None


def test_net_inputs_that_have_no_column_are_written_into_the_formula(engine: Engine, tmp_path: Path) -> None:
    """A table that computes activations from the weights at once gets such formulas."""
    names = ("h1", "h2", "o1", "o2")
    nets = {f"a_{net}": FORMULAS[f"a_{net}"].replace(f"{{{net}}}", f"({FORMULAS[net]})") for net in names}
    order = [name for name in Layout().order if name not in names]
    wrong = nets["a_h2"].replace("{w4}", "{w3}")
    path = write_workbook(tmp_path / "book.xlsx", Layout(order=order, formulas={**nets, "a_h2": wrong}))
    fixed = write_fixed(path, verify(path, engine), tmp_path / "mended.xlsx", engine)
    assert fixed.summary.endswith("1 formula in 12 cells replaced; it verifies")
