"""Workbooks with a batch norm are proven, whose samples share their statistics; and what is wrong in one is named."""

import re
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from sheetgen import generate
from templates import Template, Training, load_template, parse_template
from templates.training import Adam, GradientDescent, Optimizer
from verifier import Engine, Status, verify
from verifier.findings import Kind


def short(template: Template) -> Template:
    return replace(template, iterations=3, learning_rates=(0.5,))


BIASED = """inputs = [[0.2, 3.0], [0.9, -1.0], [0.4, 5.0]]
targets = [[0.1], [0.9], [0.3]]
[[layers]]
activation = "linear"
weights = [[0.9, -0.6], [-0.7, 0.8]]
biases = [0.3, -0.2]
[[layers]]
kind = "batch norm"
activation = "tanh"
[[layers]]
weights = [[0.6, 0.7]]
[training]
learning_rates = [0.5]
iterations = 3
"""


def test_each_update_is_proven(engine: Engine, tmp_path: Path) -> None:
    generate(short(load_template("norm")), tmp_path / "norm.xlsx")
    result = verify(tmp_path / "norm.xlsx", engine)
    assert (result.status, result.unchecked) == (Status.RIGHT, ())
    assert [(table.network, table.rows) for table in result.tables] == [("11 parameters, gradient descent", 3)]


def test_updates_by_an_optimizer_are_proven(engine: Engine, tmp_path: Path) -> None:
    template = load_template("norm")
    generate(replace(short(template), training=replace(template.training, optimizer=Adam())), tmp_path / "norm.xlsx")
    result = verify(tmp_path / "norm.xlsx", engine)
    assert (result.status, result.unchecked) == (Status.RIGHT, ())
    assert [table.network for table in result.tables] == ["11 parameters, Adam"]


@pytest.mark.parametrize("optimizer", [GradientDescent(), Adam()])
def test_a_bias_that_the_mean_takes_out_again_is_no_fault(optimizer: Optimizer, engine: Engine, tmp_path: Path) -> None:
    """Its derivative is 0, and its gradient what rounding leaves of that, of which Adam makes steps as of any other."""
    template = parse_template(BIASED, name="biased", source="biased.toml")
    generate(replace(template, training=Training(optimizer)), tmp_path / "norm.xlsx")
    result = verify(tmp_path / "norm.xlsx", engine)
    assert (result.status, result.faults, result.unchecked) == (Status.RIGHT, (), ())


@pytest.mark.parametrize(
    ("label", "slip", "right", "blamed"),
    [
        ("δ_σ²1", r"^=-", "=", "δ_σ²1"),
        ("∂E_t/∂γ_y1", "/4", "/3", "∂E_t/∂γ_y1"),
        ("δ_h1", r"^=[A-Z]+\d+/4\+", "=", "∂E_t/∂w1"),  # without the way over the mean
        ("∂E_t/∂b1", "AVERAGE", "1.5*AVERAGE", "∂E_t/∂b1"),
    ],
)
def test_a_wrong_gradient_is_named(
    label: str, slip: str, right: str, blamed: str, engine: Engine, tmp_path: Path
) -> None:
    generate(short(load_template("norm")), tmp_path / "norm.xlsx")
    book = openpyxl.load_workbook(tmp_path / "norm.xlsx")
    sheet = book["eta 0.5"]
    (head,) = (cell for row in sheet.iter_rows() for cell in row if cell.value == label)
    for row in range(head.row + 1, sheet.max_row + 1):
        cell = sheet.cell(row, head.column)
        if cell.value is not None:
            cell.value = re.sub(slip, right, str(cell.value))
    book.save(tmp_path / "wrong.xlsx")
    (found,) = verify(tmp_path / "wrong.xlsx", engine).faults
    assert (found.kind, found.label) == (Kind.WRONG_GRADIENT, blamed)
