"""Derivatives as expressions: against central differences and autograd, and as one writes them by hand."""

from collections.abc import Mapping
from functools import partial

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sheetgen.mathematics.derivatives import Graph, gradients, node
from sheetgen.mathematics.expression import (
    Column,
    Expression,
    Number,
    exp,
    ln,
    maximum,
    product,
    relu,
    step,
    tanh,
    total,
)
from sheetgen.mathematics.notation import mathematics
from sheetgen.mathematics.training_step import table_columns
from sheetgen.mathematics.values import training_rows, value_of
from templates import Activation, Loss, Template
from tests.sheetgen.networks import templates

x, y, z = (Column(label) for label in "xyz")
H = 1e-6

TORCH = {
    Activation.SIGMOID: torch.sigmoid,
    Activation.TANH: torch.tanh,
    Activation.RELU: torch.relu,
    Activation.LINEAR: torch.clone,
    Activation.LEAKY_RELU: torch.nn.functional.leaky_relu,
    Activation.SOFTPLUS: torch.nn.functional.softplus,
    Activation.SILU: torch.nn.functional.silu,
    Activation.GELU: partial(torch.nn.functional.gelu, approximate="tanh"),
}
TORCH_LOSSES = {
    Loss.HALF_SQUARED_ERROR: lambda outputs, targets: (
        torch.nn.functional.mse_loss(outputs, targets, reduction="sum") / 2
    ),
    Loss.MEAN_SQUARED_ERROR: torch.nn.functional.mse_loss,
    Loss.BINARY_CROSS_ENTROPY: partial(torch.nn.functional.binary_cross_entropy, reduction="sum"),
}


def number(expression: Expression, values: Mapping[str, float]) -> float:
    """What an expression comes to."""
    value = value_of(expression, values)
    assert isinstance(value, float)
    return value


@pytest.mark.parametrize(
    "expression",
    [
        x + y + x,
        x - y - x * y,
        total([x, -y, x * y]),
        x / y,
        1 / (y / x - 2 * x),
        x**2 + y**3,
        x**y,
        (x * y) ** Number(0.5),
        exp(-x) * exp(y),
        ln(x + x * y),
        tanh(x - y) * x,
        tanh(tanh(x * y)),
        relu(x - y) + relu(y - x),
        maximum(x * y, x + x),
        step(x) * y + step(y - x) * x,
        -(x * -y),
        5 - x * (y - x) / (1 + exp(-x)),
    ],
    ids=mathematics,
)
@given(st.floats(0.5, 1.0), st.floats(1.5, 2.0))
@settings(max_examples=5)
def test_a_derivative_is_the_central_difference(expression: Expression, left: float, right: float) -> None:
    """The rule of every operation, by each of its operands, alone and within others."""
    values = {"x": left, "y": right}
    slopes = node("z", expression).slopes
    for label, value in values.items():
        ends = (number(expression, {**values, label: value + h}) for h in (H, -H))
        expected = next(ends) / (2 * H) - next(ends) / (2 * H)
        found = number(product(slopes[label]), {**values, "z": number(expression, values)})
        assert found == pytest.approx(expected, rel=1e-6, abs=1e-6), label


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (x + y, "1"),
        (y - x, "−1"),
        (y * x, "y"),
        (0.5 * (y - x) ** 2, "x − y"),
        (2 * x**2, "4·x"),
        (y * x**3, "3·y·x²"),
        (exp(x), "z"),
        (exp(2 * x), "2·z"),
        (tanh(x), "1 − z²"),
        (relu(x), "[z > 0]"),
        (y * tanh(x), "y·(1 − tanh(x)²)"),
        (x * y + x * Column("t"), "y + t"),
    ],
)
def test_a_derivative_is_written_without_what_it_can_do_without(expression: Expression, text: str) -> None:
    """Numbers are one, a sign turns a difference round, and what the column itself holds is read there."""
    shown = mathematics(product(node("z", expression).slopes["x"]))
    assert shown == text


def test_what_steps_has_no_derivative() -> None:
    assert set(node("z", step(x) + step(x) * y).slopes) == {"y"}


def softmax_and_cross_entropy() -> Graph:
    """Three outputs, each made of all net inputs; the net inputs share one parameter."""
    graph: Graph = {f"n{k}": node(f"n{k}", Column("w") * Column(f"i{k}") + Column(f"b{k}")) for k in range(3)}
    graph["sum"] = node("sum", total([exp(Column(f"n{k}")) for k in range(3)]))
    for k in range(3):
        graph[f"p{k}"] = node(f"p{k}", exp(Column(f"n{k}")) / Column("sum"))
    graph["E"] = node("E", -total([Column(f"t{k}") * ln(Column(f"p{k}")) for k in range(3)]))
    return graph


def test_outputs_that_depend_on_each_other_need_no_rule_of_their_own() -> None:
    """Softmax with cross-entropy, whose derivative by a net input is p − t, as PyTorch has it too."""
    graph = softmax_and_cross_entropy()
    values = {"w": 0.7, **{f"{letter}{k}": 0.1 * k + len(letter) for k in range(3) for letter in ("i", "b")}}
    values |= {"t0": 0.2, "t1": 0.5, "t2": 0.3}
    for label, column in graph.items():
        values[label] = number(column.expression, values)
    slopes = gradients(graph, "E", {})
    for k in range(3):
        assert number(slopes[f"n{k}"], values) == pytest.approx(values[f"p{k}"] - values[f"t{k}"], abs=1e-12)
    w = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    inputs, biases, targets = (torch.tensor([values[f"{a}{k}"] for k in range(3)], dtype=torch.float64) for a in "ibt")
    torch.nn.functional.cross_entropy(w * inputs + biases, targets).backward()
    assert w.grad is not None
    assert number(slopes["w"], values) == pytest.approx(w.grad.item(), rel=1e-9)


def test_a_derivative_with_a_name_is_read_by_its_name() -> None:
    graph = {"y": node("y", x * 3), "z": node("z", y**2 + y)}
    assert mathematics(gradients(graph, "z", {})["x"]) == "(2·y + 1)·3"
    named = gradients(graph, "z", {"y": "∂z/∂y"})
    assert [mathematics(named[label]) for label in "yx"] == ["2·y + 1", "∂z/∂y·3"]


def test_what_the_end_does_not_depend_on_has_no_derivative() -> None:
    graph = {"y": node("y", x * 3), "other": node("other", y + z)}
    assert set(gradients(graph, "y", {})) == {"y", "x"}


def autograd(template: Template) -> dict[str, float]:
    """The gradient of each trained parameter, by PyTorch."""
    network = template.network
    numbers = {
        label: torch.tensor(value, dtype=torch.float64, requires_grad=True) for label, value in template.start.items()
    }
    for layer in network.layers:
        sources = torch.stack([numbers[label] for label in layer.feeding])
        for unit, output in enumerate(layer.outputs):
            weights = torch.stack([numbers[label] for label in layer.weights[unit]])
            bias = sum(numbers[label] for label in layer.biases[unit : unit + 1])
            numbers[output] = TORCH[layer.activation](weights @ sources + bias)
    outputs = torch.stack([numbers[label] for label in network.layers[-1].outputs])
    targets = torch.stack([numbers[label] for label in network.targets])
    loss = TORCH_LOSSES[network.loss](outputs, targets)
    found = torch.autograd.grad(loss, [numbers[label] for label in network.trained])
    return dict(zip(network.trained, map(torch.Tensor.item, found), strict=True))


@given(templates())
@settings(max_examples=100)
def test_the_gradients_of_a_network_are_those_of_autograd(template: Template) -> None:
    columns = table_columns(template.network, template.deltas)
    (row,) = training_rows(columns, {**template.start, "η": 0.1}, 0)
    found = dict(zip((column.label for column in columns), row, strict=True))
    for label, gradient in autograd(template).items():
        assert found[f"∂E_t/∂{label}"] == pytest.approx(gradient, rel=1e-9, abs=1e-12), label
