"""What a workbook of several samples says on its sheets, as it is opened."""

from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from openpyxl import Workbook

from sheetgen import generate
from templates import Order, Template, load_template


def two_at_a_time(order: Order) -> Template:
    """XOR with two of its samples a step."""
    template = load_template("xor")
    assert template.samples is not None
    samples = replace(template.samples, batch=2, order=order, seed=4)  # whose first sample is not the first given
    assert order is Order.GIVEN or next(samples.steps())[0] != 1
    return replace(template, samples=samples, iterations=3, learning_rates=(0.5,))


def opened(template: Template, folder: Path) -> Workbook:
    generate(template, folder / "samples.xlsx")
    return openpyxl.load_workbook(folder / "samples.xlsx", data_only=True)


def texts(workbook: Workbook, sheet: str) -> list[str]:
    return [cell.value for row in workbook[sheet].iter_rows() for cell in row if isinstance(cell.value, str)]


@pytest.mark.parametrize("order", Order)
def test_its_own_checks_pass_in_whatever_order_the_samples_come(tmp_path: Path, order: Order) -> None:
    said = texts(opened(two_at_a_time(order), tmp_path), "Start")
    assert "✓ PASS" in said
    assert "✗ FAIL" not in said


def test_start_says_what_a_block_of_rows_is_and_leads_to_the_samples(tmp_path: Path) -> None:
    said = texts(opened(two_at_a_time(Order.GIVEN), tmp_path), "Start")
    assert any("a block of 2 rows is one iteration" in text for text in said)
    assert "Data" in said


def test_the_chain_rule_of_a_tab_is_that_of_a_sample(tmp_path: Path) -> None:
    said = texts(opened(two_at_a_time(Order.GIVEN), tmp_path), "eta 0.5")
    assert "∂E/∂w5 = ∂E/∂o1 · ∂o1/∂w5" in said
    assert "∂E_t/∂w5 = Σ δ_o1·a_h1/2" in said


def test_the_heading_of_the_samples_is_printed_whole(tmp_path: Path) -> None:
    sheet = opened(two_at_a_time(Order.SHUFFLED), tmp_path)["Data"]
    assert sheet.print_area.endswith("$N$9")
    assert len(sheet["A2"].value) < 13 * 10


def test_the_number_of_a_sample_is_never_shortened(tmp_path: Path) -> None:
    """As a power of ten it would fill its narrow column."""
    sheet = opened(two_at_a_time(Order.SHUFFLED), tmp_path)["eta 0.5"]
    shortened = [
        area for area in sheet.conditional_formatting if any(rule.dxf and rule.dxf.numFmt for rule in area.rules)
    ]
    assert shortened
    assert all(cells.min_col > 1 for area in shortened for cells in area.sqref.ranges)
