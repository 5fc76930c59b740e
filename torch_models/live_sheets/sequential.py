"""An `nn.Sequential` as a network of live sheets.

A batch normalisation is folded into the convolution before it; elsewhere it is a scale and a shift of each channel.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from sheetgen.tensors.network import Folded, Network, PerChannel, Stage
from sheetgen.tensors.operations import (
    Array,
    AveragePool,
    Convolution,
    Learned,
    LogSoftmax,
    MaxPool,
    Normalisation,
    Operation,
    Shape,
)
from templates import TemplateError
from torch_models.conversion.refusals import Only, check_options, name_of, no_counterpart

_Pool = TypeVar("_Pool", MaxPool, AveragePool)


class SizeError(TemplateError):
    """A module that does not take images of the shape that is asked for."""


def network_of(
    module: nn.Module, shape: Shape, name: str, mean: PerChannel = 0.0, deviation: PerChannel = 1.0
) -> Network:
    """The network of an `nn.Sequential` as it evaluates one image of a shape (channels, height, width).

    A softmax at the end becomes its logarithm, and where there is none the outputs are taken for what one reads.
    `mean` and `deviation` normalise the pixels, one for all channels or one for each. Raises TemplateError for what has
    no counterpart, SizeError for a shape that the module does not take.
    """
    if not isinstance(module, nn.Sequential):
        raise TemplateError(f"{name}: {name_of(type(module))} has no counterpart; nn.Sequential has one")
    stages = _stages(module, shape, name)
    if not stages or not isinstance(stages[-1].operation, LogSoftmax):
        stages.append(Stage(LogSoftmax()))
    network = Network(name, shape, stages, mean, deviation)
    _check_numbers(network)
    if network.shapes[-1][1:] != (1, 1):
        raise SizeError(f"{name}: gives {_shown(network.shapes[-1])} numbers, expected one for each class")
    return network


def _stages(module: nn.Sequential, shape: Shape, name: str) -> list[Stage]:
    stages, is_flat = list[Stage](), False
    for place, layer in _layers(module):
        where, kind = f"{name}, layer {place}", type(layer)
        _check_order(where, kind, stages, is_flat)
        if kind is nn.ReLU:
            stages[-1:] = [replace(stages[-1] if stages else Stage(AveragePool((1, 1))), rectified=True)]
        elif isinstance(layer, nn.BatchNorm2d):
            channels = _shape_after(stages, shape)[0]
            stages[-1:] = _normalised(where, layer, stages[-1] if stages else None, channels)
        elif kind in _OPERATIONS:
            stages.append(Stage(_OPERATIONS[kind](where, layer, _shape_after(stages, shape))))
            _check_shape(where, kind, shape, stages)
        elif kind is nn.Flatten:
            _check_only(where, layer, {"start_dim": (1, -3), "end_dim": (-1, 3)})
            is_flat = True
        elif kind not in _WITHOUT_NUMBERS:
            raise no_counterpart(where, kind, (*_OPERATIONS, nn.BatchNorm2d, nn.ReLU, nn.Flatten, *_WITHOUT_NUMBERS))
    return stages


def _check_order(where: str, kind: type[nn.Module], stages: list[Stage], is_flat: bool) -> None:
    """Refuse what follows a softmax, and what reads numbers in another order than PyTorch would here."""
    if stages and isinstance(stages[-1].operation, LogSoftmax):
        raise TemplateError(f"{where}: {name_of(kind)} follows a softmax, which must be the last")
    if kind is nn.Linear and not is_flat:
        raise TemplateError(f"{where}: nn.Linear has no counterpart without an nn.Flatten before it")
    if is_flat and kind in (*_OPERATIONS, nn.BatchNorm2d) and kind not in (nn.Linear, *_SOFTMAX):
        raise TemplateError(f"{where}: {name_of(kind)} has no counterpart after an nn.Flatten")


def _layers(module: nn.Sequential, place: str = "") -> Iterator[tuple[str, nn.Module]]:
    """The layers in their order, those of a sequence in the sequence too, each with its place."""
    for k, layer in enumerate(module):
        if type(layer) is nn.Sequential:
            yield from _layers(layer, f"{place}{k}.")
        else:
            yield f"{place}{k}", layer


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
        raise SizeError(f"{where}: nn.Conv2d reads {layer.in_channels} channels, got {_shown(shape)} numbers")
    weights = _array(layer.weight)
    return Convolution(weights, _bias(layer.bias, len(weights)), (int(padding[0]), int(padding[1])))


def _linear(where: str, layer: nn.Linear, shape: Shape) -> Operation:
    if layer.in_features != int(np.prod(shape)):
        raise SizeError(f"{where}: nn.Linear reads {layer.in_features} numbers, got {_shown(shape)}")
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
_WITHOUT_NUMBERS = (nn.Dropout, nn.Dropout2d, nn.Identity)  # of one image, as it is evaluated


def _normalised(where: str, layer: nn.BatchNorm2d, before: Stage | None, channels: int) -> list[Stage]:
    """The stage before a normalisation, and the normalisation: one of its own, or folded into a convolution."""
    if layer.running_mean is None or layer.running_var is None:
        raise TemplateError(f"{where}: nn.BatchNorm2d(track_running_stats=False) has no counterpart")
    if layer.num_features != channels:
        raise SizeError(f"{where}: nn.BatchNorm2d reads {layer.num_features} channels, got {channels}")
    gamma, beta = _array(layer.weight) if layer.affine else np.ones(channels), _bias(layer.bias, channels)
    mean, variance = _array(layer.running_mean), _array(layer.running_var)
    if before is None or before.rectified or not isinstance(before.operation, Convolution):
        scale = gamma / np.sqrt(variance + layer.eps)
        stage = Stage(Normalisation(scale[:, None, None, None], beta - mean * scale))
        return [stage] if before is None else [before, stage]
    operation = before.operation
    folded = Folded(operation.weights, operation.bias, gamma, beta, mean, variance, layer.eps)
    return [replace(before, operation=folded.operation(operation.padding), folded=folded)]


def _shape_after(stages: list[Stage], shape: Shape) -> Shape:
    return Network("", shape, stages).shapes[-1]


def _check_shape(where: str, kind: type[nn.Module], shape: Shape, stages: list[Stage]) -> None:
    if min(_shape_after(stages, shape)) < 1:
        raise SizeError(f"{where}: {name_of(kind)} has no room in {_shown(_shape_after(stages[:-1], shape))} numbers")


def _check_numbers(network: Network) -> None:
    for stage in network.stages:
        operation = stage.operation
        if isinstance(operation, Learned) and not (
            np.isfinite(operation.weights).all() and np.isfinite(operation.bias).all()
        ):
            raise TemplateError(f"{network.name}: has weights that are not finite, which no cell can hold")


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
