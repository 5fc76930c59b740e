"""An `nn.Sequential` as a network of live sheets; batch normalisation is folded into the convolution before it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from sheetgen.tensors.network import Folded, Network, Stage
from sheetgen.tensors.operations import Array, AveragePool, Convolution, LogSoftmax, MaxPool, Operation, Shape
from templates import TemplateError
from torch_models.conversion.refusals import Only, check_options, name_of, no_counterpart

_Pool = TypeVar("_Pool", MaxPool, AveragePool)


def network_of(module: nn.Module, shape: Shape, name: str, mean: float = 0.0, deviation: float = 1.0) -> Network:
    """The network of an `nn.Sequential` as it evaluates one image of a shape (channels, height, width).

    A softmax at the end becomes its logarithm, and where there is none the outputs are taken for what one reads.
    `mean` and `deviation` normalise the pixels. Raises TemplateError for what has no counterpart.
    """
    if not isinstance(module, nn.Sequential):
        raise TemplateError(f"{name}: {name_of(type(module))} has no counterpart; nn.Sequential has one")
    stages, ended = list[Stage](), False
    for k, layer in enumerate(module):
        where, kind = f"{name}, layer {k}", type(layer)
        if ended:
            raise TemplateError(f"{where}: {name_of(kind)} follows a softmax, which must be the last")
        ended = kind in _SOFTMAX
        if kind is nn.ReLU and stages:
            stages[-1] = replace(stages[-1], rectified=True)
        elif isinstance(layer, nn.BatchNorm2d):
            stages[-1:] = [_folded(where, layer, stages[-1] if stages else None)]
        elif kind in _OPERATIONS:
            stages.append(Stage(_OPERATIONS[kind](where, layer, _shape_after(stages, shape))))
            _check_shape(where, kind, shape, stages)
        elif kind not in _WITHOUT_NUMBERS:
            raise no_counterpart(where, kind, (*_OPERATIONS, nn.BatchNorm2d, nn.ReLU, *_WITHOUT_NUMBERS))
    if not ended:
        stages.append(Stage(LogSoftmax()))
    network = Network(name, shape, stages, mean, deviation)
    if network.shapes[-1][1:] != (1, 1):
        raise TemplateError(f"{name}: gives {_shown(network.shapes[-1])} numbers, expected one for each class")
    return network


def _convolution(where: str, layer: nn.Conv2d, shape: Shape) -> Operation:
    _check_only(where, layer, {"stride": ((1, 1),), "dilation": ((1, 1),), "groups": (1,), "padding_mode": ("zeros",)})
    padding = layer.padding
    if isinstance(padding, str):
        same = tuple((size - 1) // 2 for size in layer.kernel_size)
        padding = same if padding == "same" else (0, 0)
        if layer.padding == "same" and any(size % 2 == 0 for size in layer.kernel_size):
            raise TemplateError(f"{where}: nn.Conv2d(padding='same') has no counterpart for a kernel of an even size")
    if any(p >= size for p, size in zip(padding, layer.kernel_size, strict=True)):
        raise TemplateError(
            f"{where}: nn.Conv2d(padding={padding}) has no counterpart; less than the kernel's size has"
        )
    if layer.in_channels != shape[0]:
        raise TemplateError(f"{where}: nn.Conv2d reads {layer.in_channels} channels, got {_shown(shape)} numbers")
    weights = _array(layer.weight)
    return Convolution(weights, _bias(layer.bias, len(weights)), (int(padding[0]), int(padding[1])))


def _linear(where: str, layer: nn.Linear, shape: Shape) -> Operation:
    if layer.in_features != int(np.prod(shape)):
        raise TemplateError(f"{where}: nn.Linear reads {layer.in_features} numbers, got {_shown(shape)}")
    weights = _array(layer.weight).reshape(-1, *shape)
    return Convolution(weights, _bias(layer.bias, len(weights)))


def _pool(make: Callable[[tuple[int, int]], Operation], only: Only) -> Callable[[str, Any, Shape], Operation]:
    def made(where: str, layer: Any, shape: Shape) -> Operation:  # noqa: ARG001  others need it
        size = _pair(layer.kernel_size)
        if _pair(layer.stride) != size:
            raise TemplateError(
                f"{where}: {name_of(type(layer))}(stride={layer.stride}) has no counterpart; stride={size} has"
            )
        _check_only(where, layer, {"padding": (0, (0, 0)), "ceil_mode": (False,), **only})
        return make(size)

    return made


def _average_of_all(where: str, layer: nn.AdaptiveAvgPool2d, shape: Shape) -> Operation:
    _check_only(where, layer, {"output_size": (1, (1, 1))})
    return AveragePool((shape[1], shape[2]))


def _log_softmax(where: str, layer: nn.Module, shape: Shape) -> Operation:
    _check_only(where, layer, {"dim": (1, -1, -3)} if shape[1:] == (1, 1) else {"dim": (1,)})
    return LogSoftmax()


_SOFTMAX = (nn.LogSoftmax, nn.Softmax)
_OPERATIONS: Mapping[type[nn.Module], Callable[[str, Any, Shape], Operation]] = {
    nn.Conv2d: _convolution,
    nn.Linear: _linear,
    nn.MaxPool2d: _pool(MaxPool, {"dilation": (1, (1, 1)), "return_indices": (False,)}),
    nn.AvgPool2d: _pool(AveragePool, {"divisor_override": (None,)}),
    nn.AdaptiveAvgPool2d: _average_of_all,
    **dict.fromkeys(_SOFTMAX, _log_softmax),
}
_WITHOUT_NUMBERS = (nn.Flatten, nn.Dropout, nn.Dropout2d, nn.Identity)  # of one image, as it is evaluated


def _folded(where: str, layer: nn.BatchNorm2d, before: Stage | None) -> Stage:
    """The convolution before a normalisation with the normalisation's factor and shift in its weights and biases."""
    if before is None or before.rectified or not isinstance(before.operation, Convolution):
        raise TemplateError(f"{where}: nn.BatchNorm2d has no counterpart where it does not follow a convolution")
    if layer.running_mean is None or layer.running_var is None:
        raise TemplateError(f"{where}: nn.BatchNorm2d(track_running_stats=False) has no counterpart")
    filters = len(before.operation.weights)
    if layer.num_features != filters:
        raise TemplateError(f"{where}: nn.BatchNorm2d reads {layer.num_features} channels, got {filters}")
    gamma = _array(layer.weight) if layer.affine else np.ones(filters)
    mean, variance = _array(layer.running_mean), _array(layer.running_var)
    operation = before.operation
    folded = Folded(operation.weights, operation.bias, gamma, _bias(layer.bias, filters), mean, variance, layer.eps)
    return replace(before, operation=folded.operation(operation.padding), folded=folded)


def _shape_after(stages: list[Stage], shape: Shape) -> Shape:
    return Network("", shape, stages).shapes[-1]


def _check_shape(where: str, kind: type[nn.Module], shape: Shape, stages: list[Stage]) -> None:
    if min(_shape_after(stages, shape)) < 1:
        raise TemplateError(
            f"{where}: {name_of(kind)} has no room in {_shown(_shape_after(stages[:-1], shape))} numbers"
        )


def _check_only(where: str, layer: nn.Module, only: Only) -> None:
    check_options(where, type(layer), {option: getattr(layer, option) for option in only}, only)


def _pair(size: Any) -> tuple[int, int]:
    return (int(size), int(size)) if isinstance(size, int) else (int(size[0]), int(size[1]))


def _array(tensor: Tensor) -> Array:
    return tensor.detach().to("cpu", torch.float64).numpy()


def _bias(tensor: Tensor | None, count: int) -> Array:
    return np.zeros(count) if tensor is None else _array(tensor)


def _shown(shape: Shape) -> str:
    return "×".join(map(str, shape))
