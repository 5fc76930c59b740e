"""Every shipped template trains as PyTorch does: the same losses, gradients and parameters, step for step.

Here each unit is one tensor, its number for each sample of a step; what it is of its sources is written with `torch`,
gradients are autograd's, and `torch.optim` with its schedules makes the steps.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice

import pytest
import torch
from torch import Tensor, optim
from torch.nn import functional

from sheetgen.mathematics.training_step import table_columns
from sheetgen.mathematics.values import Value, training_rows
from templates import Activation, Layer, Loss, Network, Rule, Template, load_template, template_names
from templates.samples import Reduction
from templates.training import Cosine, Step, WarmUp

STEPS = 12
SAME = {"rel": 1e-12, "abs": 1e-14}

Numbers = Mapping[str, Tensor]

ACTIVATIONS: Mapping[Activation, Callable[[Tensor], Tensor]] = {
    Activation.SIGMOID: torch.sigmoid, Activation.TANH: torch.tanh, Activation.RELU: torch.relu,
    Activation.LINEAR: lambda net: net, Activation.LEAKY_RELU: functional.leaky_relu,
    Activation.SOFTPLUS: functional.softplus, Activation.SILU: functional.silu, Activation.GELU: functional.gelu,
    Activation.SOFTMAX: lambda net: net.softmax(0),
}  # fmt: skip
RULES: Mapping[Rule, Callable[[Tensor, float], Tensor]] = {  # of the sources, (sources, samples), and the constant
    Rule.MAXIMUM: lambda read, _: read.amax(0),
    Rule.MEAN: lambda read, _: read.mean(0),
    Rule.PRODUCTS: lambda read, _: (read[::2] * read[1::2]).sum(0),
    Rule.SCALED_PRODUCTS: lambda read, _: (read[::2] * read[1::2]).sum(0) / math.sqrt(len(read) // 2),
    Rule.SOFTMAX: lambda read, k: read.softmax(0)[int(k)],
    Rule.COMPARISON: lambda read, k: (read[0] == k).to(read),
    Rule.BATCH_MEAN: lambda read, _: read.mean().expand(read.shape[1]),
    Rule.BATCH_VARIANCE: lambda read, _: ((read[:-1] - read[-1]) ** 2).mean().expand(read.shape[1]),
    Rule.NORMALISED: lambda read, epsilon: (read[0] - read[1]) / torch.sqrt(read[2] + epsilon),
}


def net_inputs(layer: Layer, found: Numbers) -> Iterator[Tensor]:
    for unit, sources in enumerate(layer.sources):
        read = torch.stack(torch.broadcast_tensors(*(found[name] for name in sources)))
        if layer.rule is not Rule.WEIGHTED_SUM:
            yield RULES[layer.rule](read, layer.constants[unit] if layer.constants else 0)
            continue
        weighted = sum(found[name] * number for name, number in zip(layer.weights[unit], read, strict=True))
        yield weighted + found[layer.biases[unit]] if layer.biases else weighted


def loss_of(network: Network, given: Numbers) -> Tensor:
    """The loss of each sample, (samples,)."""
    found = dict(given)
    for layer in network.layers:
        nets = list(net_inputs(layer, found))
        found |= dict(zip(layer.nets, nets, strict=True))
        if layer.outputs != layer.nets:
            found |= dict(zip(layer.outputs, ACTIVATIONS[layer.activation](torch.stack(nets)), strict=True))
    outputs = torch.stack([found[name] for name in network.layers[-1].outputs])
    targets = torch.stack([found[name] for name in network.targets])
    match network.loss:
        case Loss.HALF_SQUARED_ERROR:
            return 0.5 * ((targets - outputs) ** 2).sum(0)
        case Loss.MEAN_SQUARED_ERROR:
            return ((targets - outputs) ** 2).mean(0)
        case Loss.BINARY_CROSS_ENTROPY:
            return functional.binary_cross_entropy(outputs, targets, reduction="none").sum(0)
        case Loss.CATEGORICAL_CROSS_ENTROPY:
            return -(targets * outputs.log()).sum(0)


def optimizer_of(template: Template, rate: float, parameters: Sequence[Tensor]) -> optim.Optimizer:
    numbers = {name: getattr(template.training.optimizer, name, 0.0) for name in ("weight_decay", "momentum", "alpha")}
    decay, momentum, eps = (
        numbers["weight_decay"],
        numbers["momentum"],
        getattr(template.training.optimizer, "epsilon", 0),
    )
    betas = tuple(getattr(template.training.optimizer, name, 0.0) for name in ("beta1", "beta2"))
    match template.training.optimizer.kind:
        case "adam":
            return optim.Adam(parameters, rate, betas, eps, decay)
        case "adamw":
            return optim.AdamW(parameters, rate, betas, eps, decay)
        case "rmsprop":
            return optim.RMSprop(parameters, rate, numbers["alpha"], eps, decay)
        case kind:
            return optim.SGD(parameters, rate, momentum, weight_decay=decay, nesterov=kind == "nesterov")


def schedule_of(template: Template, optimizer: optim.Optimizer) -> optim.lr_scheduler.LRScheduler:
    match template.training.schedule:
        case Step(every, factor):
            return optim.lr_scheduler.StepLR(optimizer, every, factor)
        case Cosine(over):
            return optim.lr_scheduler.CosineAnnealingLR(optimizer, over)
        case WarmUp(over):
            return optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1, (step + 1) / over))
    return optim.lr_scheduler.LambdaLR(optimizer, lambda _: 1)


def batches(template: Template) -> Iterator[Numbers]:
    """The inputs and targets of each step, (samples,)."""
    labels = template.network.inputs + template.network.targets
    if template.samples is None:
        while True:
            yield {label: torch.tensor([template.start[label]], dtype=torch.float64) for label in labels}
    for step in template.samples.steps():
        rows = torch.tensor([template.samples.rows[number - 1] for number in step], dtype=torch.float64)
        yield dict(zip(labels, rows.T, strict=True))


def table(template: Template, rate: float) -> list[dict[str, Value]]:
    """The first row of each step, by its labels."""
    columns = table_columns(template.network, template.deltas, template.training, template.samples)
    rows = training_rows(columns, template.settings(rate), STEPS, template.samples)
    labels = [column.label for column in columns]
    return [dict(zip(labels, row, strict=True)) for row in list(rows)[:: template.batch]]


@pytest.mark.parametrize("name", template_names())
def test_a_template_trains_as_pytorch_does(name: str) -> None:
    """Losses, gradients and parameters of the first steps at each learning rate."""
    template = load_template(name)
    network = template.network
    is_summed = template.samples is not None and template.samples.reduction is Reduction.SUM
    for rate in template.learning_rates:
        parameters = {label: torch.tensor(template.start[label], dtype=torch.float64) for label in network.parameters}
        trained = [parameters[label].requires_grad_() for label in network.trained]
        optimizer = optimizer_of(template, rate, trained)
        schedule = schedule_of(template, optimizer)
        for row, given in zip(table(template, rate), islice(batches(template), STEPS + 1), strict=True):
            losses = loss_of(network, {**given, **parameters})
            loss = losses.sum() if is_summed else losses.mean()
            optimizer.zero_grad()
            loss.backward()
            assert row["E_total"] == pytest.approx(loss.item(), **SAME)
            for label, parameter in parameters.items():
                assert row[label] == pytest.approx(parameter.item(), **SAME), label
            for label, parameter in zip(network.trained, trained, strict=True):
                slope = 0.0 if parameter.grad is None else parameter.grad.item()
                assert row[f"∂E_t/∂{label}"] == pytest.approx(slope, **SAME), label
            optimizer.step()
            schedule.step()
