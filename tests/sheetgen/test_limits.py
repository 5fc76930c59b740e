"""What Excel cannot hold is refused before anything is written, with the numbers that one needs to ask for less."""

from dataclasses import replace
from pathlib import Path

import pytest

from sheetgen import LimitError, generate
from sheetgen.layout import table_layout
from templates import Activation, Bias, Deltas, LayerSize, Network, Template, load_template
from tests.sheetgen.workbooks import formulas_of


def template_of(network: Network, deltas: Deltas) -> Template:
    """A template whose numbers all start from 0.1."""
    start = dict.fromkeys(network.inputs + network.targets + network.parameters, 0.1)
    return Template("large", "Large", "", network, start, (0.5,), 2, deltas)


def refusal(template: Template, folder: Path) -> str:
    """What `generate` says; it leaves nothing in the folder."""
    with pytest.raises(LimitError) as caught:
        generate(template, folder / "large.xlsx")
    assert list(folder.iterdir()) == []
    return str(caught.value)


def test_more_iterations_than_rows_are_refused_with_the_number_that_fits(tmp_path: Path) -> None:
    message = refusal(replace(load_template("backprop"), iterations=1_048_544), tmp_path)
    assert "1,048,544 iterations" in message
    assert "1,048,576 rows" in message
    assert "at most 1,048,543" in message


def test_as_many_iterations_as_fit_are_laid_out_down_to_the_last_row_of_excel() -> None:
    layout = table_layout(replace(load_template("backprop"), iterations=1_048_543))
    assert layout.cell("E_total", layout.last_row) == "$W$1048576"


def test_a_formula_that_is_too_long_is_refused_with_its_length_and_the_way_out(tmp_path: Path) -> None:
    network = Network(2, (LayerSize(18), LayerSize(18), LayerSize(18)))
    message = refusal(template_of(network, Deltas.INLINE), tmp_path)
    assert "∂E_t/∂w1 " in message
    assert "8,192" in message
    assert 'deltas = "columns"' in message
    assert "δ_h1" in table_layout(template_of(network, Deltas.COLUMNS)).places


def test_a_network_with_more_columns_than_a_sheet_is_refused(tmp_path: Path) -> None:
    network = Network(100, (LayerSize(100, Activation.RELU, Bias.PER_UNIT), LayerSize(1)))
    message = refusal(template_of(network, Deltas.COLUMNS), tmp_path)
    assert "16,384" in message
    assert "columns" in message


def test_a_network_too_large_for_a_picture_gets_a_workbook_without_one(tmp_path: Path) -> None:
    path = tmp_path / "wide.xlsx"
    generate(template_of(Network(30, (LayerSize(2),)), Deltas.INLINE), path)
    assert path.stat().st_size > 0


def test_two_learning_rates_that_are_one_in_the_digits_of_a_workbook_are_refused(tmp_path: Path) -> None:
    message = refusal(replace(load_template("backprop"), learning_rates=(0.3, 0.1 + 0.2)), tmp_path)
    assert "0.3" in message
    assert "16 digits" in message


@pytest.mark.parametrize("rate", [1.2345678901234567e-105, 5e-324, 1.7976931348623157e308])
def test_the_longest_learning_rates_name_tabs_within_excels_characters(tmp_path: Path, rate: float) -> None:
    generate(replace(load_template("backprop"), learning_rates=(rate,), iterations=1), tmp_path / "long.xlsx")
    (tab,) = [name for name in formulas_of(tmp_path / "long.xlsx").sheetnames if name.startswith("eta")]
    assert len(tab) <= 31


def test_more_learning_rates_than_a_formula_can_choose_from_are_refused_with_how_many_fit(tmp_path: Path) -> None:
    template = load_template("backprop")
    rates = tuple(0.001 * k for k in range(1, 301))
    message = refusal(replace(template, learning_rates=rates, iterations=1), tmp_path)
    assert "300 learning rates" in message
    assert "8,192" in message
    most = int(message.split("at most ")[1].split()[0])
    assert 50 < most < 300
    table_layout(replace(template, learning_rates=rates[:most], iterations=1))


def test_a_title_that_no_cell_can_hold_is_refused(tmp_path: Path) -> None:
    message = refusal(replace(load_template("backprop"), title="a" * 32_768), tmp_path)
    assert "32,768" in message
    assert "32,767" in message
