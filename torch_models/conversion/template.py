"""A module with its loss and its optimizer as a template: the same fields that a TOML file has, read the same way."""

from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor, nn

from templates import Template, TemplateError, template_from
from torch_models.conversion import layers, losses, optimizers
from torch_models.conversion.chain import chain_of
from torch_models.conversion.refusals import name_of


@dataclass(frozen=True)
class Converted:
    """A template, and the fields of the file that it could be read from."""

    template: Template
    fields: dict[str, object]


def converted(
    module: nn.Module,
    inputs: Tensor,
    targets: Tensor,
    loss: Any,
    optimizer: Any,
    *,
    iterations: int,
    batch_size: int | None,
    name: str,
    title: str | None,
) -> Converted:
    """What `torch_models.from_torch` gives. Raises `TemplateError`."""
    root = type(module).__name__
    for field, value, wanted in (
        ("module", module, nn.Module),
        ("inputs", inputs, Tensor),
        ("targets", targets, Tensor),
    ):
        if not isinstance(value, wanted):
            raise TemplateError(f"{field}: must be a {wanted.__name__} of PyTorch, got {type(value).__name__}")
    if inputs.dim() < 2 or not len(inputs):
        raise TemplateError(f"inputs: must have a sample in each row, got the shape {tuple(inputs.shape)}")
    training = optimizers.converted(optimizer)
    found = layers.converted(chain_of(module), inputs[:1], training.trained)
    outputs = len(found.layers[-1]["weights"])  # type: ignore[arg-type]  # a list of rows
    kind, reduction = losses.counterpart_of(loss, found.end, outputs)
    rows = losses.target_rows(kind, targets, len(inputs), outputs)
    if kind.unit is not None:
        found.layers[-1]["activation"] = kind.unit.value
    several = len(rows) > 1
    numbers = layers.numbers_of(inputs)
    how = {"learning_rates": [training.rate], "iterations": iterations, "optimizer": training.fields}
    if several:
        how |= {"batch_size": batch_size or len(rows), "reduction": reduction.value}
    fields: dict[str, object] = {
        "title": title or f"{root} of PyTorch",
        "description": f"{root} with {name_of(type(loss))} and {name_of(type(optimizer))}, as PyTorch trains it.",
        "input_shape": [*inputs.shape[1:]],
        "inputs": numbers if several else numbers[0],
        "targets": rows if several else rows[0],
        "loss": kind.loss.value,
        "deltas": "columns",
        "layers": [*found.layers],
        "training": how,
    }
    template = template_from(fields, name=name, source=root)
    fields["names"] = names = dict(zip(template.network.parameters, found.names, strict=True))
    return Converted(replace(template, origins=names), fields)
