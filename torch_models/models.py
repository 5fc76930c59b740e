"""The networks for MNIST: images (batch, 1, 28, 28) in, log-probabilities of the ten digits (batch, 10) out.

A model is a plain `nn.Sequential`, so it reads from top to bottom; beside a layer is the shape of what it makes. What
works in place takes the same numbers through less memory.
"""

from collections.abc import Callable, Mapping

import torch
from torch import nn

from torch_models.images import CLASSES, PIXELS
from torch_models.record import Layer

IMAGE = (1, PIXELS, PIXELS)


def reference() -> nn.Sequential:
    """The exercise's own network, layer for layer: 19,898 parameters."""
    return nn.Sequential(
        *_relu_norm(1, 32, size=5),  # (32, 26, 26)
        *_relu_norm(32, 16),
        nn.MaxPool2d(2),  # (16, 13, 13)
        nn.Dropout(0.25, inplace=True),
        *_relu_norm(16, 32),
        *_relu_norm(32, 32),
        nn.MaxPool2d(2),  # (32, 6, 6)
        nn.Dropout(0.25, inplace=True),
        nn.Conv2d(32, CLASSES, 1),
        nn.ReLU(inplace=True),
        nn.AvgPool2d(6),  # (10, 1, 1)
        nn.Flatten(),
        nn.LogSoftmax(dim=1),
    )


def compact() -> nn.Sequential:
    """Full resolution but for one pooling, no padding, no biases that a normalisation would undo."""
    return nn.Sequential(
        *_norm_relu(1, 10),  # (10, 26, 26)
        nn.MaxPool2d(2),  # (10, 13, 13)
        *_norm_relu(10, 14),
        *_norm_relu(14, 16),
        *_norm_relu(16, 16),
        *_norm_relu(16, 12),  # (12, 5, 5)
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),  # (12,)
        nn.Linear(12, CLASSES),
        nn.LogSoftmax(dim=1),
    )


def tiny() -> nn.Sequential:
    """As `compact`, with about as few filters as reach 99.4 %."""
    return nn.Sequential(
        *_norm_relu(1, 8),  # (8, 26, 26)
        nn.MaxPool2d(2),  # (8, 13, 13)
        *_norm_relu(8, 10),
        *_norm_relu(10, 10),
        *_norm_relu(10, 12),
        *_norm_relu(12, 10),  # (10, 5, 5)
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),  # (10,)
        nn.Linear(10, CLASSES),
        nn.LogSoftmax(dim=1),
    )


def _relu_norm(channels: int, filters: int, size: int = 3) -> tuple[nn.Module, ...]:
    return nn.Conv2d(channels, filters, size, padding=1), nn.ReLU(inplace=True), nn.BatchNorm2d(filters)


def _norm_relu(channels: int, filters: int) -> tuple[nn.Module, ...]:
    return nn.Conv2d(channels, filters, 3, bias=False), nn.BatchNorm2d(filters), nn.ReLU(inplace=True)


MODELS: Mapping[str, Callable[[], nn.Sequential]] = {"reference": reference, "compact": compact, "tiny": tiny}


def parameter_count(model: nn.Module) -> int:
    """How many numbers a model learns."""
    return sum(parameter.numel() for parameter in model.parameters())


def summary(model: nn.Sequential) -> tuple[Layer, ...]:
    """A line for each layer, in order, with the shape of what it makes of one image."""
    lines, outputs = [], torch.zeros(2, *IMAGE)
    modes = [module.training for module in model.modules()]
    model.eval()
    with torch.no_grad():
        for layer in model:
            outputs = layer(outputs)
            lines.append(Layer(_name(layer), tuple(outputs.shape[1:]), parameter_count(layer)))
    for module, mode in zip(model.modules(), modes, strict=True):
        module.training = mode
    return tuple(lines)


def _name(layer: nn.Module) -> str:
    """What a layer is, with its size where it has one: `Conv2d 3x3`."""
    size = getattr(layer, "kernel_size", None)
    if size is None:
        return type(layer).__name__
    height, width = size if isinstance(size, tuple) else (size, size)
    return f"{type(layer).__name__} {height}x{width}"
