"""Batch normalisation: values, gradients and updates of each step are those of PyTorch's own layer while it trains."""

from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from sheetgen import generate
from sheetgen.mathematics.derivatives import node
from sheetgen.mathematics.expression import product
from sheetgen.mathematics.notation import mathematics
from sheetgen.mathematics.rules import RULES
from sheetgen.mathematics.training_step import forward_pass, table_columns
from sheetgen.mathematics.values import value_of
from templates import Network, Rule, Template, load_template, parse_template
from tests.office import Office
from tests.sheetgen.test_samples import rows_of
from tests.sheetgen.workbooks import numbers_of, same_number

UNITS = """input_shape = [2]
[[layers]]
activation = "linear"
weights = [[0.9, -0.6], [-0.7, 0.8], [0.2, 0.5]]
[[layers]]
kind = "batch norm"
activation = "tanh"
gamma = [1.5, -0.5, 0.7]
beta = 0.25
epsilon = 0.5
[[layers]]
activation = "relu"
weights = [[0.3, 0.4, -0.6], [0.5, -0.2, 0.1]]
[[layers]]
kind = "batch norm"
[[layers]]
weights = [[0.6, 0.7]]
biases = [-0.3]
"""
CHANNELS = """input_shape = [1, 3, 3]
[[layers]]
kind = "conv2d"
activation = "linear"
kernels = [[[0.5, -0.2], [0.1, 0.3]], [[-0.4, 0.6], [0.2, -0.1]]]
[[layers]]
kind = "batch norm"
activation = "relu"
gamma = [1.2, 0.8]
beta = [0.1, -0.2]
[[layers]]
weights = [[0.6, 0.7, -0.2, 0.4, 0.1, -0.5, 0.3, 0.2]]
"""
STEPS, RATE = 4, 0.5


def template_of(layers: str, batch: int, reduction: str) -> Template:
    """Four samples with numbers of a sine."""
    shape, _, rest = layers.partition("\n")
    numbers = (3 * torch.arange(4.0 * (9 if "3" in shape else 2)).add(1).sin()).round(decimals=2).reshape(4, -1)
    text = f"inputs = {numbers.tolist()}\ntargets = [[0.1], [0.9], [0.3], [0.8]]\n{shape}\n{rest}[training]\n"
    text += f'learning_rates = [{RATE}]\niterations = {STEPS}\nbatch_size = {batch}\nreduction = "{reduction}"\n'
    return parse_template(text, name="norm", source="norm.toml")


def module_of(layers: str) -> nn.Sequential:
    """The same layers of PyTorch, with its own numbers to start from."""
    if layers == CHANNELS:
        parts = [
            nn.Conv2d(1, 2, 2, bias=False),
            nn.BatchNorm2d(2),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(8, 1, bias=False),
        ]
        return nn.Sequential(*parts, nn.Sigmoid()).double()
    first, second = nn.BatchNorm1d(3, eps=0.5), nn.BatchNorm1d(2)
    parts = [nn.Linear(2, 3, bias=False), first, nn.Tanh(), nn.Linear(3, 2, bias=False), nn.ReLU(), second]
    return nn.Sequential(*parts, nn.Linear(2, 1), nn.Sigmoid()).double()


def labels_of(module: nn.Sequential) -> list[list[str]]:
    """The columns of each parameter: γ and β count over the layers, as w and b do."""
    given: dict[str, int] = {}
    found = []
    for part in module:
        is_norm = isinstance(part, nn.BatchNorm1d | nn.BatchNorm2d)
        for letter, parameter in zip(("γ_y", "β_y") if is_norm else ("w", "b"), part.parameters(), strict=False):
            first = given.get(letter, 0) + 1
            given[letter] = first + parameter.numel() - 1
            found.append([f"{letter}{k}" for k in range(first, given[letter] + 1)])
    return found


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("batch", [2, 4])
@pytest.mark.parametrize("layers", [UNITS, CHANNELS], ids=["units", "channels"])
def test_it_trains_as_pytorchs_own_layer(layers: str, batch: int, reduction: str) -> None:
    """Of units and of channels, one layer after the other, with the mean of the losses and with their sum."""
    template, module = template_of(layers, batch, reduction), module_of(layers)
    assert template.samples is not None
    data = torch.tensor(template.samples.rows, dtype=torch.float64)
    inputs, targets = data[:, :-1].reshape(4, *template.network.input_shape), data[:, -1:]
    names = labels_of(module)
    with torch.no_grad():
        for labels, parameter in zip(names, module.parameters(), strict=True):
            start = [template.start[label] for label in labels]
            parameter.copy_(torch.tensor(start, dtype=torch.float64).reshape(parameter.shape))
    optimizer = torch.optim.SGD(module.parameters(), lr=RATE)
    for step, row in enumerate(rows_of(template)[::batch]):
        chosen = torch.arange(step * batch, (step + 1) * batch) % 4
        losses = 0.5 * (targets[chosen] - module(inputs[chosen])) ** 2
        loss = losses.mean() if reduction == "mean" else losses.sum()
        optimizer.zero_grad()
        loss.backward()
        assert row["E_total"] == pytest.approx(loss.item(), rel=1e-12)
        for labels, parameter in zip(names, module.parameters(), strict=True):
            assert [row[label] for label in labels] == pytest.approx(numbers(parameter), rel=1e-12, abs=1e-12)
            gradients = [row[f"∂E_t/∂{label}"] for label in labels]
            assert gradients == pytest.approx(numbers(parameter.grad), rel=1e-12, abs=1e-15)
        optimizer.step()


def numbers(tensor: Tensor | None) -> list[float]:
    assert tensor is not None
    found: list[float] = tensor.flatten().tolist()
    return found


def test_its_equations_are_those_of_the_paper() -> None:
    """Ioffe and Szegedy, section 3; what a variance adds by way of the mean is 0, and is left out."""
    template = load_template("norm")
    columns = table_columns(template.network, template.deltas, template.training, template.samples)
    lines = {column.label: mathematics(column.then) for column in columns}
    assert lines["μ1"] == "Σ a_h1/4"
    assert lines["σ²1"] == "Σ (a_h1 − μ1)²/4"
    assert lines["x̂1"] == "(a_h1 − μ1)/√(σ²1 + 0.00001)"
    assert lines["y1"] == "γ_y1·x̂1 + β_y1"
    assert lines["δ_x̂1"] == "δ_y1·γ_y1"
    assert lines["δ_σ²1"] == "−(½·Σ δ_x̂1·x̂1/(σ²1 + 0.00001))"
    assert lines["δ_μ1"] == "−(Σ δ_x̂1/√(σ²1 + 0.00001))"
    assert lines["δ_h1"] == "δ_μ1/4 + δ_σ²1·2/4·(a_h1 − μ1) + δ_x̂1/√(σ²1 + 0.00001)"
    assert lines["∂E_t/∂γ_y1"] == "Σ δ_y1·x̂1/4"
    once = [column.label for column in columns if column.per_step and column.label[:3] in ("μ1", "σ²1", "δ_μ", "δ_σ")]
    assert once == ["μ1", "σ²1", "δ_σ²1", "δ_σ²2", "δ_μ1", "δ_μ2"]


def test_the_simpler_slope_of_what_is_normalised_is_that_of_its_operations() -> None:
    """−½·x̂/(σ² + ε), where the rules of the quotient and of the root write more."""
    network = load_template("norm").network
    (layer,) = (layer for layer in network.layers if layer.rule is Rule.NORMALISED)
    known = {"a_h1": 0.7, "μ1": -0.4, "σ²1": 1.3}
    plain = node("x̂1", RULES[layer.rule].column(layer, 0).expression)
    known["x̂1"] = value(plain.expression, known)
    for label, factors in forward_pass(network)["x̂1"].slopes.items():
        assert value(product(factors), known) == pytest.approx(value(product(plain.slopes[label]), known), rel=1e-12)


def value(expression: object, known: Mapping[str, float]) -> float:
    return float(value_of(expression, known))  # type: ignore[arg-type]


@pytest.mark.office
def test_channels_are_recalculated_and_checked_in_any_step(tmp_path: Path, office: Office) -> None:
    """A spreadsheet application gives the cached numbers, and the gradients of a step that is chosen pass the check."""
    path = tmp_path / "channels.xlsx"
    generate(template_of(CHANNELS, 2, "sum"), path)
    for (sheet, rows), cached in zip(office.values(path).items(), numbers_of(path), strict=True):
        for (row, column), number in cached.items():
            assert same_number(rows[row - 1][column - 1], number, absolute=1e-11), (sheet, row, column)
    check = office.values(path, {"Explore!B5": 3.0, "Explore!B6": 2.0})["Check"]
    assert [row[5] for row in (*check[5:9], check[10])] == ["✓ 20 of 20", *3 * ["✓ yes"], "✓ PASS"]


def test_samples_are_mixed_by_it_alone() -> None:
    mixing: dict[str, Network] = {name: load_template(name).network for name in ("norm", "xor", "iris", "cnn")}
    assert [name for name, network in mixing.items() if network.mixes_samples] == ["norm"]
