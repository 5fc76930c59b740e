"""A dense `nn.Sequential` as matrices, with the samples, the loss and the learning rate of its file."""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn, optim

from sheetgen.matrices.net import MOST_SAMPLES, Net, check_widths, net_of
from templates import TemplateError
from torch_models.conversion.layers import UNITS
from torch_models.conversion.refusals import name_of
from torch_models.conversion.template import converted

RATE = 0.1
SEED_OF_INPUTS = 2
_SOFTMAX = (nn.Softmax, nn.LogSoftmax)
_WITHOUT_NUMBERS = (nn.Flatten, nn.Dropout, nn.Identity)  # of samples in rows, as the net is evaluated


def dense_net_of(module: object, name: str, names: Mapping[str, Any]) -> Net:
    """The net of a dense `nn.Sequential`, with all of its parameters trained.

    Of the file's other `names` it takes `inputs` (samples, …), `targets`, `loss`, `batch_size` and the rate of
    `optimizer`, each where it is there. Raises TemplateError, LimitError.
    """
    if not isinstance(module, nn.Sequential):
        raise TemplateError(f"{name}: {name_of(type(module))} has no counterpart; nn.Sequential has one")
    layers = [*_dense_layers(module, name)]
    linear = [layer for layer in layers if isinstance(layer, nn.Linear)]
    if not linear:
        raise TemplateError(f"{name}: has no nn.Linear, which --layout matrices needs")
    check_widths(name, [width for layer in linear for width in (layer.in_features, layer.out_features)])
    loss = names.get("loss")
    if loss is None and isinstance(layers[-1], _SOFTMAX):
        layers.pop()
        loss = nn.CrossEntropyLoss()
    inputs, targets = _samples(names, linear[0].in_features, linear[-1].out_features)
    if loss is None:
        loss = nn.MSELoss() if targets.is_floating_point() else nn.CrossEntropyLoss()
    count = min(MOST_SAMPLES, _batch_size(names, len(inputs)))
    chain = copy.deepcopy(nn.Sequential(*layers)).double().requires_grad_()
    sgd = optim.SGD(chain.parameters(), lr=_rate(names))
    template = converted(
        chain, inputs[:count], targets[:count], loss, sgd, iterations=1, batch_size=None, name=name, title=name
    ).template
    return replace(net_of(template, name), all_samples=len(inputs))


def _dense_layers(module: nn.Sequential, name: str) -> Iterator[nn.Module]:
    """The layers that have numbers; those of a chain in the chain among them."""
    for k, layer in enumerate(module):
        kind = type(layer)
        if isinstance(layer, nn.Sequential):
            yield from _dense_layers(layer, f"{name}, layer {k}")
        elif kind is nn.Linear or kind in UNITS:
            yield layer
        elif kind not in _WITHOUT_NUMBERS:
            raise TemplateError(
                f"{name}, layer {k}: {name_of(kind)} has no counterpart among matrices, which a network of nn.Linear "
                "with its units has; leave --layout out"
            )


def _samples(names: Mapping[str, Any], width: int, outputs: int) -> tuple[Tensor, Tensor]:
    """Inputs and targets of the file, a sample in each row.

    Where it has no inputs they are drawn, of one digit each; where it has no targets these are 1 for the first output.
    """
    for field in ("inputs", "targets"):
        found = names.get(field)
        if found is not None and not (isinstance(found, Tensor) and found.dim() and len(found)):
            raise TemplateError(f"{field}: must be a tensor with a sample in each row")
    inputs, targets = names.get("inputs"), names.get("targets")
    if inputs is None:
        samples = 1 if targets is None else len(targets)
        inputs = torch.from_numpy(np.random.default_rng(SEED_OF_INPUTS).integers(1, 10, (samples, width)) / 10)
    if targets is None:
        targets = torch.eye(outputs, dtype=torch.float64)[[0] * len(inputs)]
    if len(inputs) != len(targets):
        raise TemplateError(f"targets: must have a row for each of {len(inputs)} samples, got {len(targets)}")
    return inputs.reshape(len(inputs), -1).double(), targets.double() if targets.is_floating_point() else targets


def _batch_size(names: Mapping[str, Any], samples: int) -> int:
    size = names.get("batch_size")
    return size if isinstance(size, int) and 0 < size <= samples else samples


def _rate(names: Mapping[str, Any]) -> float:
    optimizer = names.get("optimizer")
    return float(optimizer.param_groups[0]["lr"]) if isinstance(optimizer, optim.Optimizer) else RATE
