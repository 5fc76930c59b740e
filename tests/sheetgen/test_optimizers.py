"""Optimizers and schedules give what PyTorch's give, step for step, and stand in the table under their names."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
import torch

from sheetgen.mathematics.expression import Column, cos, floor, minimum, sin, sqrt
from sheetgen.mathematics.training_step import table_columns
from sheetgen.mathematics.values import training_rows, value_of
from templates import Deltas, Network, Template, load_template
from templates.training import (
    Adam,
    AdamW,
    Cosine,
    GradientDescent,
    Momentum,
    Nesterov,
    Optimizer,
    RMSProp,
    Schedule,
    Step,
    Training,
    WarmUp,
)

STEPS, RATE = 25, 0.1
Parameters = Mapping[str, torch.Tensor]
optim = torch.optim
SGD = optim.SGD

# Ours, and the same by PyTorch.
OPTIMIZERS: list[tuple[Optimizer, Callable[[list[torch.Tensor]], torch.optim.Optimizer]]] = [
    (GradientDescent(), lambda p: SGD(p, RATE)),
    (GradientDescent(weight_decay=0.02), lambda p: SGD(p, RATE, weight_decay=0.02)),
    (Momentum(), lambda p: SGD(p, RATE, momentum=0.9)),
    (Momentum(0.8, 0.02), lambda p: SGD(p, RATE, momentum=0.8, weight_decay=0.02)),
    (Nesterov(), lambda p: SGD(p, RATE, momentum=0.9, nesterov=True)),
    (Nesterov(0.7, 0.02), lambda p: SGD(p, RATE, momentum=0.7, nesterov=True, weight_decay=0.02)),
    (RMSProp(), lambda p: optim.RMSprop(p, RATE)),
    (RMSProp(0.9, 1e-4, 0.02), lambda p: optim.RMSprop(p, RATE, alpha=0.9, eps=1e-4, weight_decay=0.02)),
    (Adam(), lambda p: optim.Adam(p, RATE)),
    (Adam(0.8, 0.99, 1e-4, 0.02), lambda p: optim.Adam(p, RATE, (0.8, 0.99), 1e-4, weight_decay=0.02)),
    (AdamW(), lambda p: optim.AdamW(p, RATE)),
    (AdamW(0.8, 0.99, 1e-4, 0.0), lambda p: optim.AdamW(p, RATE, (0.8, 0.99), 1e-4, weight_decay=0.0)),
]
SCHEDULES: list[tuple[Schedule | None, Callable[[torch.optim.Optimizer], Any]]] = [
    (None, lambda o: optim.lr_scheduler.ConstantLR(o, factor=1.0)),
    (Step(7), lambda o: optim.lr_scheduler.StepLR(o, 7)),
    (Step(5, 0.5), lambda o: optim.lr_scheduler.StepLR(o, 5, gamma=0.5)),
    (Cosine(10), lambda o: optim.lr_scheduler.CosineAnnealingLR(o, 10)),
    (WarmUp(8), lambda o: optim.lr_scheduler.LinearLR(o, 1 / 8, total_iters=7)),
]


def example(training: Training) -> Template:
    """A net with a tanh and a sigmoid layer and a bias a unit, of which the first layer's are not trained."""
    template = load_template("deep")
    first, *others = template.network.sizes
    network = Network(3, (replace(first, trained_bias=False), *others))
    return replace(template, network=network, training=training, deltas=Deltas.COLUMNS)


def loss_of(network: Network, start: Mapping[str, float], parameters: Parameters) -> torch.Tensor:
    """The loss by PyTorch alone, in float64."""
    activations = {"relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid}
    values = torch.tensor([start[name] for name in network.inputs], dtype=torch.float64)
    for layer in network.layers:
        weights = torch.stack([torch.stack([parameters[name] for name in row]) for row in layer.weights])
        values = activations[layer.activation](weights @ values + torch.stack([parameters[b] for b in layer.biases]))
    targets = torch.tensor([start[name] for name in network.targets], dtype=torch.float64)
    return 0.5 * ((targets - values) ** 2).sum()


@pytest.mark.parametrize(("schedule", "scheduler"), SCHEDULES, ids=lambda one: repr(one) if one is None else None)
@pytest.mark.parametrize(("ours", "theirs"), OPTIMIZERS)
def test_the_parameters_are_those_of_pytorch(
    ours: Optimizer, theirs: Callable[..., Any], schedule: Schedule | None, scheduler: Callable[..., Any]
) -> None:
    """Every parameter in every row is PyTorch's, under each optimizer with each schedule."""
    template = example(Training(ours, schedule))
    network = template.network
    parameters = {name: torch.tensor(template.start[name], dtype=torch.float64) for name in network.parameters}
    trained = [parameters[name].requires_grad_() for name in network.trained]
    optimizer = theirs(trained)
    rates = scheduler(optimizer)
    columns = table_columns(network, template.deltas, template.training)
    labels = [column.label for column in columns]
    for values in training_rows(columns, template.settings(RATE), STEPS):
        row = dict(zip(labels, values, strict=True))
        for name, expected in parameters.items():
            assert row[name] == pytest.approx(expected.item(), rel=1e-12, abs=1e-14)
        if schedule is not None:
            assert row["η_n"] == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-12, abs=1e-16)
        optimizer.zero_grad()
        loss_of(network, template.start, parameters).backward()
        optimizer.step()
        rates.step()


def test_the_states_are_columns_after_the_gradients() -> None:
    """The rate of the iteration comes first, then each state for all trained parameters, and the iteration last."""
    network = load_template("mazur").network
    labels = [column.label for column in table_columns(network, training=Training(Adam(), Cosine(10)))]
    weights = [f"w{k}" for k in range(1, 9)]
    after = ["η_n", *(f"m_{w}" for w in weights), *(f"v_{w}" for w in weights), "iteration"]
    assert labels[labels.index("∂E_t/∂w8") + 1 :] == after


@pytest.mark.parametrize("operation", [sqrt, sin, cos, lambda x: minimum(x, 0.7), lambda x: minimum(0.7, x)])
def test_the_derivative_of_an_operation_is_that_of_differences(operation: Callable[..., Any]) -> None:
    """The rule beside an operation gives what central differences give."""
    expression = operation(Column("x"))
    for at in (0.3, 1.4):
        part = next(k for k, one in enumerate(expression.parts) if one == Column("x"))
        slope = 1.0
        for factor in expression.slopes(expression)[part]:
            slope *= float(value_of(factor, {"x": at}))
        above, below = (float(value_of(expression, {"x": at + step})) for step in (1e-6, -1e-6))
        assert slope == pytest.approx((above - below) / 2e-6, rel=1e-8, abs=1e-9)


def test_a_whole_part_is_flat() -> None:
    """The whole part of a number does not change with it."""
    assert [value_of(floor(Column("x")), {"x": at}) for at in (2.0, 2.9)] == [2.0, 2.0]
