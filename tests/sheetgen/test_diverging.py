"""The workbook of a network that diverges: Excel has no infinity, and refuses a file with nan or inf in a cell."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from sheetgen import generate
from templates import Activation, load_template
from tests.sheetgen.workbooks import CHART, raw_cells, sheet_parts, tables_of, xml_parts


@pytest.fixture(scope="module")
def diverging(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workbook of linear units at a learning rate at which nothing can converge."""
    template = load_template("deep")
    sizes = tuple(replace(size, activation=Activation.LINEAR) for size in template.network.sizes)
    network = replace(template.network, sizes=sizes)
    path = tmp_path_factory.mktemp("diverging") / "diverging.xlsx"
    generate(replace(template, network=network, learning_rates=(1e60,), iterations=20), path)
    return path


def test_a_number_cell_is_finite_and_an_error_cell_is_a_formula_that_excel_gives_up(diverging: Path) -> None:
    kinds = set()
    for sheet in sheet_parts(diverging).values():
        for cell in raw_cells(sheet):
            kinds.add(cell.kind)
            if cell.kind == "n" and cell.value is not None:
                assert math.isfinite(float(cell.value)), cell.address
            elif cell.kind == "e":
                assert cell.value == "#NUM!"
                assert cell.formula is not None
    assert kinds == {"n", "s", "str", "e"}


def test_the_loss_is_an_error_from_one_row_on(diverging: Path) -> None:
    (table,) = tables_of(diverging).values()
    errors = [row["E_total"] == "#NUM!" for row in table]
    assert 0 < errors.index(True) < 20
    assert errors == sorted(errors)


def test_what_does_not_diverge_stays_a_number(diverging: Path) -> None:
    (table,) = tables_of(diverging).values()
    assert [row["iteration"] for row in table] == list(range(21))
    assert {row["i1"] for row in table} == {0.60}


def test_the_charts_leave_out_what_is_no_number(diverging: Path) -> None:
    (table,) = tables_of(diverging).values()
    numbers = [row["E_total"] for row in table if row["E_total"] != "#NUM!"]
    assert numbers
    for chart in xml_parts(diverging, "xl/charts/chart").values():
        for cache in chart.iter(f"{CHART}yVal"):
            assert [float(point.findtext(f"{CHART}v", "")) for point in cache.iter(f"{CHART}pt")] == numbers
