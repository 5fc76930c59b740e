"""The columns of a training step: the forward pass against a plain one, the gradients against finite differences."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings

from sheetgen.mathematics.expression import columns_used
from sheetgen.mathematics.notation import mathematics
from sheetgen.mathematics.training_step import table_columns
from sheetgen.mathematics.values import training_rows
from templates import Activation, Bias, Deltas, LayerSize, Network, Template, load_template
from tests.sheetgen.networks import forward, nearest_kink, templates

STEP = 1e-5  # of a finite difference


def table(template: Template, iterations: int = 0) -> list[dict[str, float]]:
    """The rows of the template's table at its first learning rate, by their labels."""
    columns = table_columns(template.network, template.deltas)
    numbers = {**template.start, "η": template.learning_rates[0]}
    labels = [column.label for column in columns]
    return [dict(zip(labels, row, strict=True)) for row in training_rows(columns, numbers, iterations)]  # type: ignore[arg-type]


def slope(network: Network, numbers: Mapping[str, float], label: str) -> float:
    """How fast E_total grows with one number: the central difference of a plain forward pass."""
    ends = [forward(network, {**numbers, label: numbers[label] + h})["E_total"] for h in (STEP, -STEP)]
    return (ends[0] - ends[1]) / (2 * STEP)


def away_from_kinks(template: Template, numbers: Mapping[str, float]) -> bool:
    """Whether a step of a finite difference leaves every ReLU unit on its side of the kink."""
    labels = template.network.parameters
    shifted = [{**numbers, label: numbers[label] + h} for label in labels for h in (2 * STEP, -2 * STEP)]
    return min(nearest_kink(template.network, moved) for moved in [numbers, *shifted]) > STEP


@given(templates())
def test_the_forward_columns_are_those_of_a_plain_forward_pass(template: Template) -> None:
    (row,) = table(template)
    for label, expected in forward(template.network, template.start).items():
        assert row[label] == pytest.approx(expected, rel=1e-12, abs=1e-12), label


@settings(max_examples=200)
@given(templates())
def test_the_gradients_are_the_slopes_of_the_total_loss(template: Template) -> None:
    assume(away_from_kinks(template, template.start))
    (row,) = table(template)
    tolerance = 1e-6 * max(1.0, row["E_total"])
    for label in template.network.trained:
        expected = slope(template.network, template.start, label)
        assert row[f"∂E_t/∂{label}"] == pytest.approx(expected, rel=1e-5, abs=tolerance), label


@given(templates())
def test_a_delta_is_the_slope_of_the_total_loss_along_its_net_input(template: Template) -> None:
    """A bias of one's own shifts exactly one net input, so its slope is that unit's delta."""
    template = replace(template, deltas=Deltas.COLUMNS)
    assume(away_from_kinks(template, template.start))
    network = template.network
    (row,) = table(template)
    tolerance = 1e-6 * max(1.0, row["E_total"])
    for layer in network.layers:
        for net, bias in zip(layer.nets, layer.biases, strict=False):
            if layer.biases.count(bias) == 1:
                expected = slope(network, template.start, bias)
                assert row[f"δ_{net}"] == pytest.approx(expected, rel=1e-5, abs=tolerance), net


@given(templates())
def test_an_update_goes_against_the_gradient_and_only_for_what_is_trained(template: Template) -> None:
    before, after = table(template, iterations=1)
    rate = template.learning_rates[0]
    for label in template.start:
        trained = label in template.network.trained
        expected = before[label] - rate * before[f"∂E_t/∂{label}"] if trained else before[label]
        assert after[label] == pytest.approx(expected, rel=1e-15, abs=1e-300), label


@given(templates())
def test_a_column_reads_only_columns_before_it_or_the_row_above(template: Template) -> None:
    seen: set[str] = set()
    columns = table_columns(template.network, template.deltas)
    labels = {column.label for column in columns}
    for column in columns:
        assert not list(columns_used(column.first)) or all(used.rows == 0 for used in columns_used(column.first))
        assert {used.label for used in columns_used(column.then) if used.rows == 0} <= seen
        assert {used.label for used in columns_used(column.then) if used.rows == -1} <= labels
        seen.add(column.label)


def test_written_out_or_in_columns_of_their_own_the_deltas_give_the_same_gradients() -> None:
    template = load_template("deep")
    (inline,), (columns,) = (table(replace(template, deltas=deltas)) for deltas in (Deltas.INLINE, Deltas.COLUMNS))
    assert set(columns) - set(inline) == {"δ_h1", "δ_h2", "δ_h3", "δ_h4", "δ_h5", "δ_o1", "δ_o2"}
    for label in template.network.trained:
        gradient = f"∂E_t/∂{label}"
        assert inline[gradient] == pytest.approx(columns[gradient], rel=1e-12, abs=1e-18), label
        assert inline[gradient] == pytest.approx(slope(template.network, template.start, label), rel=1e-6, abs=1e-9)


def test_the_labels_of_the_exercise_stand_in_the_order_of_its_workbook() -> None:
    labels = [column.label for column in table_columns(load_template("backprop").network)]
    assert " ".join(labels) == (
        "t1 t2 i1 i2 w1 w2 w3 w4 h1 a_h1 h2 a_h2 w5 w6 w7 w8 o1 a_o1 o2 a_o2 E1 E2 E_total "
        "∂E_t/∂w1 ∂E_t/∂w2 ∂E_t/∂w3 ∂E_t/∂w4 ∂E_t/∂w5 ∂E_t/∂w6 ∂E_t/∂w7 ∂E_t/∂w8 iteration"
    )


def test_each_hidden_gradient_of_the_exercise_uses_its_own_unit() -> None:
    """The fault that is copied most often puts a_h1 in the place of a_h2 in the gradients of w3 and w4."""
    columns = {c.label: mathematics(c.then) for c in table_columns(load_template("backprop").network)}
    for label, own, other in (
        ("w1", "a_h1", "a_h2"),
        ("w2", "a_h1", "a_h2"),
        ("w3", "a_h2", "a_h1"),
        ("w4", "a_h2", "a_h1"),
    ):
        assert f"{own}·(1 − {own})" in columns[f"∂E_t/∂{label}"]
        assert other not in columns[f"∂E_t/∂{label}"]


def test_a_shared_bias_gathers_the_deltas_of_all_its_units() -> None:
    network = Network(1, (LayerSize(2, Activation.LINEAR, Bias.SHARED),))
    columns = {c.label: mathematics(c.then) for c in table_columns(network)}
    assert columns["∂E_t/∂b1"] == "a_o1 − t1 + (a_o2 − t2)"
