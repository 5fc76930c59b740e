"""The values that cells cache: a plain loop of the exercise in NumPy, and what becomes of numbers too large."""

import math

import numpy as np
import pytest

from sheetgen.mathematics.training_step import table_columns
from sheetgen.mathematics.values import training_rows
from templates import Activation, LayerSize, Loss, Network, load_template


def exercise_rows(rate: float, iterations: int) -> list[list[float]]:
    """The exercise's table, columns A to AE, computed with matrices as one would by hand."""
    inputs, targets = np.array([0.05, 0.10]), np.array([0.01, 0.99])
    hidden_weights = np.array([[0.15, 0.20], [0.25, 0.30]])  # (hidden, inputs)
    output_weights = np.array([[0.40, 0.45], [0.50, 0.55]])  # (outputs, hidden)
    rows = []
    for _ in range(iterations + 1):
        hidden = hidden_weights @ inputs
        a_hidden = 1 / (1 + np.exp(-hidden))
        output = output_weights @ a_hidden
        a_output = 1 / (1 + np.exp(-output))
        losses = 0.5 * (targets - a_output) ** 2
        delta_output = (a_output - targets) * a_output * (1 - a_output)
        delta_hidden = (output_weights.T @ delta_output) * a_hidden * (1 - a_hidden)
        hidden_gradients, output_gradients = np.outer(delta_hidden, inputs), np.outer(delta_output, a_hidden)
        rows.append([
            *targets, *inputs, *hidden_weights.flat,
            *np.column_stack([hidden, a_hidden]).flat, *output_weights.flat,
            *np.column_stack([output, a_output]).flat, *losses, losses.sum(),
            *hidden_gradients.flat, *output_gradients.flat,
        ])  # fmt: skip
        hidden_weights = hidden_weights - rate * hidden_gradients
        output_weights = output_weights - rate * output_gradients
    return rows


@pytest.mark.parametrize("rate", load_template("backprop").learning_rates)
def test_every_row_of_the_exercise_is_that_of_a_plain_loop(rate: float) -> None:
    template = load_template("backprop")
    columns = table_columns(template.network)
    rows = list(training_rows(columns, {**template.start, "η": rate}, 100))
    assert len(rows) == 101
    for iteration, (row, expected) in enumerate(zip(rows, exercise_rows(rate, 100), strict=True)):
        assert row[:-1] == pytest.approx(expected, rel=1e-10, abs=1e-15), iteration
        assert row[-1] == iteration


def diverging_rows(rate: float) -> list[dict[str, float | str]]:
    """A net of two linear units, one after the other, that starts at i1 = t1 = 1, w1 = 2, w2 = 3."""
    columns = table_columns(Network(1, (LayerSize(1, Activation.LINEAR), LayerSize(1, Activation.LINEAR))))
    settings = {"i1": 1.0, "t1": 1.0, "w1": 2.0, "w2": 3.0, "η": rate}
    labels = [column.label for column in columns]
    return [dict(zip(labels, row, strict=True)) for row in training_rows(columns, settings, 30)]


def test_a_number_too_large_is_an_error_from_its_first_row_on() -> None:
    """Excel has no infinity: what grows past the largest double is #NUM!, and so is all that reads it."""
    w1, w2 = 2.0, 3.0
    for iteration, row in enumerate(diverging_rows(rate=10.0)):
        assert row["i1"] == row["t1"] == 1.0
        assert row["iteration"] == iteration
        error = w1 * w2 - 1.0
        if math.isfinite(w1) and math.isfinite(w2) and abs(error) < 1e154:
            assert row["E_total"] == pytest.approx(error * error / 2, rel=1e-9)
        else:
            assert row["E_total"] == "#NUM!"
        w1, w2 = w1 - 10.0 * error * w2, w2 - 10.0 * error * w1
    assert row["E_total"] == row["w1"] == row["a_o1"] == row["∂E_t/∂w1"] == "#NUM!"


def test_in_the_row_where_it_happens_only_what_reads_the_error_is_one() -> None:
    rows = diverging_rows(rate=10.0)
    first = next(row for row in rows if "#NUM!" in row.values())
    assert isinstance(first["w1"], float)
    assert first["E_total"] == "#NUM!"


def test_an_exponential_too_large_for_excel_is_an_error() -> None:
    """EXP(710) is #NUM! in Excel, so a sigmoid of −710 is, although it is a number mathematically."""
    columns = table_columns(Network(1, (LayerSize(1),)))
    (row,) = training_rows(columns, {"i1": 1.0, "t1": 1.0, "w1": -710.0, "η": 1.0}, 0)
    values = dict(zip([column.label for column in columns], row, strict=True))
    assert values["o1"] == -710.0
    assert values["a_o1"] == values["E_total"] == values["∂E_t/∂w1"] == "#NUM!"


def test_there_is_no_negative_nought() -> None:
    """Excel shows and computes with one zero only."""
    columns = table_columns(Network(1, (LayerSize(1, Activation.LINEAR),)))
    (row,) = training_rows(columns, {"i1": -0.0, "t1": -0.0, "w1": 1.0, "η": 1.0}, 0)
    assert [math.copysign(1.0, value) for value in row] == [1.0] * len(row)  # type: ignore[arg-type]


def test_what_has_no_number_is_the_error_that_excel_has_for_it() -> None:
    """EXP(-800) is 0: all of them over their sum are #DIV/0!; beside EXP(0) it is nothing, and its logarithm #NUM!."""
    network = Network(1, (LayerSize(2, Activation.SOFTMAX),), Loss.CATEGORICAL_CROSS_ENTROPY)
    columns = table_columns(network)
    start = {"i1": 1.0, "t1": 0.5, "t2": 0.5, "w1": -800.0, "η": 1.0}
    both, one = (
        dict(
            zip([column.label for column in columns], next(training_rows(columns, start | {"w2": w2}, 0)), strict=True)
        )
        for w2 in (-800.0, 0.0)
    )
    assert both["a_o1"] == both["a_o2"] == both["E_total"] == both["∂E_t/∂w1"] == "#DIV/0!"
    assert (one["a_o1"], one["E1"], one["E2"]) == (0.0, "#NUM!", 0.0)
