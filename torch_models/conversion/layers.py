"""The layers of PyTorch and their counterparts, as the fields of a template's layers."""

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import torch
from torch import Tensor, nn

from templates import Activation, TemplateError
from templates.layer_kinds import Kind
from torch_models.conversion.chain import Link
from torch_models.conversion.refusals import Only, check_options, name_of, no_counterpart, shown

_LAST_STATE = ((0, (slice(None), -1)), (0, (slice(None), -1, slice(None))), (1, 0), (1, -1))  # of what nn.RNN gives


def _no_options(_: Any) -> Mapping[str, object]:
    return {}


@dataclass(frozen=True)
class Counterpart:
    """What a layer is in a template: its kind, the fields of its parameters, and those of its options.

    `biases` may be missing. `rank` is how many dimensions a sample has before it, None where that makes no difference.
    """

    kind: Kind
    rank: int | None
    parameters: Mapping[str, str] = field(default_factory=dict)  # field -> the layer's own name
    options: Callable[[Any], Mapping[str, object]] = _no_options
    only: Only = field(default_factory=dict)
    picked: tuple[tuple[object, ...], ...] = ((),)
    biases: Mapping[str, str] = field(default_factory=lambda: {"biases": "bias"})


def _pair(size: int | tuple[int, ...]) -> list[int]:
    return [size, size] if isinstance(size, int) else [*size]


def _conv2d(layer: nn.Conv2d) -> Mapping[str, object]:
    padding = layer.padding
    is_even = not isinstance(padding, str) and len(set(padding)) == 1
    return {"stride": _pair(layer.stride), "padding": padding[0] if is_even else padding}


def _pool(layer: nn.MaxPool2d | nn.AvgPool2d) -> Mapping[str, object]:
    return {"size": _pair(layer.kernel_size), "stride": _pair(layer.stride)}


def _batch_norm(rank: int) -> Counterpart:
    return Counterpart(
        Kind.BATCH_NORM,
        rank,
        {"gamma": "weight", "beta": "bias"},
        lambda layer: {"epsilon": layer.eps},
        {"affine": (True,), "training": (True,)},
        biases={},
    )


_ONE, _ZERO, _NO, _NONE = (1, (1, 1)), (0, (0, 0)), (False,), (None,)
LAYERS: Mapping[type[nn.Module], Counterpart] = {
    nn.Linear: Counterpart(Kind.DENSE, 1, {"weights": "weight"}),
    nn.Conv2d: Counterpart(
        Kind.CONV2D, 3, {"kernels": "weight"}, _conv2d, {"groups": (1,), "dilation": _ONE, "padding_mode": ("zeros",)}
    ),
    nn.MaxPool2d: Counterpart(
        Kind.MAX_POOL, 3, {}, _pool, {"padding": _ZERO, "dilation": _ONE, "ceil_mode": _NO, "return_indices": _NO}
    ),
    nn.AvgPool2d: Counterpart(
        Kind.AVERAGE_POOL, 3, {}, _pool, {"padding": _ZERO, "ceil_mode": _NO, "divisor_override": _NONE}
    ),
    nn.Flatten: Counterpart(Kind.FLATTEN, None, only={"start_dim": (1,), "end_dim": (-1,)}),
    nn.BatchNorm1d: _batch_norm(1),
    nn.BatchNorm2d: _batch_norm(3),
    nn.Embedding: Counterpart(
        Kind.EMBEDDING,
        1,
        {"vectors": "weight"},
        only={"padding_idx": _NONE, "max_norm": _NONE, "scale_grad_by_freq": _NO, "sparse": _NO},
    ),
    nn.RNN: Counterpart(
        Kind.RECURRENT,
        2,
        {"input_weights": "weight_ih_l0", "recurrent_weights": "weight_hh_l0"},
        lambda layer: {"activation": layer.nonlinearity},
        {"batch_first": (True,), "num_layers": (1,), "bidirectional": _NO},
        _LAST_STATE,
        {"biases": "bias_ih_l0", "recurrent_biases": "bias_hh_l0"},
    ),
}
UNITS: Mapping[type[nn.Module], tuple[Activation, Only]] = {
    nn.Sigmoid: (Activation.SIGMOID, {}),
    nn.Tanh: (Activation.TANH, {}),
    nn.ReLU: (Activation.RELU, {}),
    nn.LeakyReLU: (Activation.LEAKY_RELU, {"negative_slope": (0.01,)}),
    nn.Softplus: (Activation.SOFTPLUS, {"beta": (1,)}),
    nn.SiLU: (Activation.SILU, {}),
    nn.GELU: (Activation.GELU, {"approximate": ("tanh",)}),
    nn.Softmax: (Activation.SOFTMAX, {"dim": (1, -1)}),
    nn.LogSoftmax: (Activation.SOFTMAX, {"dim": (1, -1)}),  # its logarithm is the loss's part
}
_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)
_NOTHING = (nn.Identity, nn.Dropout)  # while it is off
_ONLY: Mapping[type[nn.Module], Only] = {
    **{kind: counterpart.only for kind, counterpart in LAYERS.items()},
    **{kind: only for kind, (_, only) in UNITS.items()},
    **{kind: {} for kind in _NOTHING},
}


@dataclass(frozen=True)
class Converted:
    """The layers as fields, the names of all parameters in their order, and the kind of the last layer."""

    layers: tuple[dict[str, object], ...]
    names: tuple[str, ...]
    end: type[nn.Module]


def converted(links: Iterable[Link], sample: Tensor, trained: Container[int]) -> Converted:
    """The layers of a chain.

    `sample` are the inputs of one sample, in a batch, (1, …); `trained` are the identities of the parameters that the
    optimizer has. Raises `TemplateError`.
    """
    layers, names, end, seen = list[dict[str, object]](), list[str](), nn.Module, set[int]()
    for link in links:
        kind, shape = type(link.module), tuple(sample.shape[1:])
        if kind not in _ONLY:
            raise no_counterpart(link.where, kind, _ONLY)
        check_options(link.where, kind, vars(link.module), _ONLY[kind])
        sample = _given(link, sample)
        if kind in _NOTHING:
            _check_off(link)
            continue
        if end is nn.LogSoftmax:
            raise TemplateError(f"{link.where}: {name_of(kind)} follows nn.LogSoftmax, which must be the last")
        if kind in UNITS:
            _check_unit(link, end)
            layers[-1]["activation"] = UNITS[kind][0].value
        else:
            counterpart = LAYERS[kind]
            _check_layer(link, counterpart, shape, seen)
            layers.append(_fields(link, counterpart, trained))
            names += _names(link, counterpart)
        end = kind
    if not layers or layers[-1]["kind"] != Kind.DENSE:
        raise TemplateError("the last layer must be nn.Linear, with or without an activation after it")
    return Converted(tuple(layers), tuple(names), end)


def numbers_of(tensor: Tensor) -> Any:
    """The numbers of a tensor in lists, or one number; whole ones stay whole."""
    return tensor.detach().to("cpu", torch.float64 if tensor.is_floating_point() else tensor.dtype).tolist()


def _given(link: Link, sample: Tensor) -> Tensor:
    """What a layer gives for a sample; where it cannot take it, that is PyTorch's own to say.

    One that takes means over samples would count this one in, and leaves the shape as it is.
    """
    if isinstance(link.module, _NORMS):
        return sample
    try:
        with torch.no_grad():
            return link(sample)
    except (RuntimeError, TypeError, IndexError, ValueError) as error:
        first = str(error).partition("\n")[0]
        kind = name_of(type(link.module))
        raise TemplateError(f"{link.where}: {kind} does not take what comes before it: {first}") from None


def _check_off(link: Link) -> None:
    if isinstance(link.module, nn.Dropout) and link.module.training and link.module.p > 0:
        raise TemplateError(
            f"{link.where}: nn.Dropout draws anew in each step, which has no counterpart; call .eval() on it first"
        )


def _check_unit(link: Link, end: type[nn.Module]) -> None:
    """An activation belongs to the layer before it; one of all units at once to a list of them."""
    needed = (nn.Linear,) if isinstance(link.module, nn.Softmax | nn.LogSoftmax) else (nn.Linear, nn.Conv2d, *_NORMS)
    if end not in needed:
        rule = f"must follow {' or '.join(map(name_of, needed))} at once"
        raise TemplateError(f"{link.where}: {name_of(type(link.module))} {rule}")


def _check_layer(link: Link, counterpart: Counterpart, shape: tuple[int, ...], seen: set[int]) -> None:
    kind = name_of(type(link.module))
    if counterpart.rank not in (None, len(shape)):
        rule = f"must come after what has {counterpart.rank} dimensions a sample"
        raise TemplateError(f"{link.where}: {kind} {rule}, got {shown(shape)}")
    if link.picked not in counterpart.picked:
        rule = "must pass on its last state" if type(link.module) is nn.RNN else "must pass on its whole output"
        raise TemplateError(f"{link.where}: {kind} {rule}, got [{']['.join(map(str, link.picked))}] of it")
    if any(id(parameter) in seen for parameter in link.module.parameters()):
        raise TemplateError(
            f"{link.where}: {kind} is used twice, or shares parameters with another layer, which has no counterpart"
        )
    seen.update(map(id, link.module.parameters()))


def _fields(link: Link, counterpart: Counterpart, trained: Container[int]) -> dict[str, object]:
    fields = {"kind": counterpart.kind.value, **counterpart.options(link.module)}
    if counterpart.kind in (Kind.DENSE, Kind.CONV2D):
        fields["activation"] = Activation.LINEAR.value
    for name, own in counterpart.parameters.items():
        if getattr(link.module, own) is None:
            raise TemplateError(f"{link.where}: {name_of(type(link.module))} without its {own} has no counterpart")
        weight = link.module.get_parameter(own)
        if not _is_trained(weight, trained):
            rule = "is not trained, by requires_grad or the optimizer; of biases alone that has a counterpart"
            raise TemplateError(f"{link.where}.{own}: {rule}")
        fields[name] = numbers_of(weight)
    biases = _biases(link, counterpart)
    are_trained = {_is_trained(bias, trained) for bias in biases.values()}
    if len(are_trained) > 1:
        rule = "one is trained and one is not, by requires_grad or the optimizer; both or none can be"
        raise TemplateError(f"{link.where}: {' and '.join(biases)}: {rule}")
    fields |= {name: numbers_of(biases[own]) for name, own in counterpart.biases.items() if own in biases}
    return fields | ({"train_biases": are_trained.pop()} if biases else {})


def _names(link: Link, counterpart: Counterpart) -> list[str]:
    """The names of the parameters, one for each number: `0.weight[0, 1]`."""
    found = {own: link.module.get_parameter(own) for own in counterpart.parameters.values()}
    return [
        f"{link.path}{own}[{', '.join(map(str, place))}]"
        for own, parameter in (found | _biases(link, counterpart)).items()
        for place in product(*map(range, parameter.shape))
    ]


def _biases(link: Link, counterpart: Counterpart) -> dict[str, nn.Parameter]:
    """The biases that are there, by the layer's own names."""
    found = {own: getattr(link.module, own, None) for own in counterpart.biases.values()}
    return {own: bias for own, bias in found.items() if isinstance(bias, nn.Parameter)}


def _is_trained(parameter: nn.Parameter, trained: Container[int]) -> bool:
    return parameter.requires_grad and id(parameter) in trained
