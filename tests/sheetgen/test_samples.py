"""Several samples: a step takes a batch of them, and its loss and gradients are those of all."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sheetgen.mathematics.training_step import SAMPLE, table_columns
from sheetgen.mathematics.values import training_rows
from templates import TOTAL_LOSS, Network, Order, Reduction, Samples, Template, load_template
from tests.sheetgen.networks import templates
from tests.sheetgen.test_derivatives import TORCH, TORCH_LOSSES

Rows = list[dict[str, float]]
HUGE = 1e30


@st.composite
def templates_with_samples(draw: st.DrawFn) -> Template:
    """Templates whose steps take some of one to six samples."""
    template = draw(templates(iterations=5))
    network = template.network
    first = [template.start[label] for label in network.inputs + network.targets]
    count = draw(st.integers(1, 6))
    rows = tuple(tuple(value * (1 - 0.1 * k) for value in first) for k in range(count))
    batch = draw(st.sampled_from([size for size in range(1, count + 1) if count % size == 0]))
    order, reduction = draw(st.sampled_from(Order)), draw(st.sampled_from(Reduction))
    start = {label: template.start[label] for label in network.parameters}
    return replace(template, start=start, samples=Samples(rows, batch, order, 3, reduction))


def rows_of(template: Template) -> Rows:
    """The values of each row by their labels."""
    columns = table_columns(template.network, template.deltas, template.training, template.samples)
    settings = template.settings(template.learning_rates[0])
    rows = training_rows(columns, settings, template.iterations, template.samples)
    labels = [column.label for column in columns]
    return [
        {label: value for label, value in zip(labels, row, strict=True) if isinstance(value, float)} for row in rows
    ]


def loss_of(network: Network, parameters: Mapping[str, torch.Tensor], data: Sequence[float]) -> torch.Tensor:
    """The loss of a sample, by PyTorch."""
    values = torch.tensor(data, dtype=torch.float64)
    outputs, targets = values[: network.input_count], values[network.input_count :]
    for layer in network.layers:
        nets = torch.stack([torch.stack([parameters[w] for w in row]) @ outputs for row in layer.weights])
        if layer.biases:
            nets = nets + torch.stack([parameters[bias] for bias in layer.biases])
        outputs = TORCH[layer.activation](nets)
    return TORCH_LOSSES[network.loss](outputs, nets, targets)


def trained(template: Template, batches: Sequence[Sequence[int]]) -> Rows:
    """The loss and the parameters of each step by PyTorch, given the numbers of the samples that it takes."""
    network, samples = template.network, template.samples
    assert samples is not None
    parameters = {
        label: torch.tensor(template.start[label], dtype=torch.float64, requires_grad=label in network.trained)
        for label in network.parameters
    }
    optimizer = torch.optim.SGD([parameters[label] for label in network.trained], lr=template.learning_rates[0])
    found = []
    for numbers in batches:
        losses = torch.stack([loss_of(network, parameters, samples.rows[number - 1]) for number in numbers])
        loss = losses.mean() if samples.reduction is Reduction.MEAN else losses.sum()
        found.append({label: value.item() for label, value in parameters.items()} | {TOTAL_LOSS: loss.item()})
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # PyTorch's own is not typed
        optimizer.step()
    return found


@given(template=templates_with_samples())
def test_each_step_trains_on_its_samples_as_pytorch_does(template: Template) -> None:
    """Loss and parameters of each step are those of torch.optim.SGD, mean or sum, whatever the batch.

    As far as a training that diverges stays within numbers that are no larger than `HUGE`.
    """
    rows = rows_of(template)
    batches = [[int(row[SAMPLE]) for row in rows[k : k + template.batch]] for k in range(0, len(rows), template.batch)]
    for step, expected in zip(rows[:: template.batch], trained(template, batches), strict=True):
        if not all(abs(number) < HUGE for number in expected.values()):  # or not a number
            break
        assert {label: step[label] for label in expected} == pytest.approx(expected, rel=1e-9, abs=1e-11)


@given(count=st.integers(1, 5), batch=st.integers(1, 5), seed=st.integers(0, 9), order=st.sampled_from(Order))
def test_an_epoch_takes_each_sample_once(count: int, batch: int, seed: int, order: Order) -> None:
    """The steps of each epoch take every sample once, in the order given or in a drawn one that stays the same."""
    samples = Samples(((0.0,),) * (count * batch), batch, order, seed)
    steps = list(islice(samples.steps(), 2 * count))
    assert steps == list(islice(samples.steps(), 2 * count))
    for epoch in (steps[:count], steps[count:]):
        numbers = [number for step in epoch for number in step]
        assert sorted(numbers) == list(range(1, count * batch + 1))
        assert order is Order.SHUFFLED or numbers == sorted(numbers)


def test_a_step_of_xor_takes_all_four_samples() -> None:
    """A block of four rows is an iteration; what it has once stands in its first row alone."""
    rows = rows_of(replace(load_template("xor"), iterations=2))
    assert [int(row[SAMPLE]) for row in rows] == [1, 2, 3, 4] * 3
    assert [("w1" in row, TOTAL_LOSS in row, "h1" in row) for row in rows[:3]] == [
        (True, True, True),
        (False, False, True),
        (False, False, True),
    ]
    assert rows[0][TOTAL_LOSS] == pytest.approx(sum(row["E"] for row in rows[:4]) / 4, rel=1e-15)
