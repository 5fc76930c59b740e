"""The losses of PyTorch and their counterparts: the loss of a sample, and what a step makes of those of its samples."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from templates import Activation, Loss, Reduction, TemplateError
from torch_models.conversion.layers import UNITS, numbers_of
from torch_models.conversion.refusals import Only, check_options, name_of, no_counterpart, shown

_Ends = tuple[type[nn.Module], ...]


@dataclass(frozen=True)
class Counterpart:
    """What a loss is in a template, where the last layer is one of `after`.

    `unit` is the activation that the loss has in itself. `of_many` are the reductions that have a counterpart where
    there are several outputs; of a single one both have. `classes` says that targets may be numbers of classes.
    """

    loss: Loss
    after: _Ends
    unit: Activation | None
    of_many: tuple[str, ...]
    only: Only = field(default_factory=dict)
    classes: bool = False


_BOTH, _NONE = ("mean", "sum"), (None,)
LOSSES: Mapping[type[nn.Module], Counterpart] = {
    nn.MSELoss: Counterpart(
        Loss.MEAN_SQUARED_ERROR, (nn.Linear, *(unit for unit in UNITS if unit is not nn.LogSoftmax)), None, ("mean",)
    ),
    nn.BCELoss: Counterpart(Loss.BINARY_CROSS_ENTROPY, (nn.Sigmoid,), None, ("sum",), {"weight": _NONE}),
    nn.BCEWithLogitsLoss: Counterpart(
        Loss.BINARY_CROSS_ENTROPY, (nn.Linear,), Activation.SIGMOID, ("sum",), {"weight": _NONE, "pos_weight": _NONE}
    ),
    nn.CrossEntropyLoss: Counterpart(
        Loss.CATEGORICAL_CROSS_ENTROPY,
        (nn.Linear, nn.LogSoftmax),  # a softmax of logarithms of shares gives these shares
        Activation.SOFTMAX,
        _BOTH,
        {"weight": _NONE, "label_smoothing": (0,), "ignore_index": (-100,)},
        classes=True,
    ),
    nn.NLLLoss: Counterpart(
        Loss.CATEGORICAL_CROSS_ENTROPY,
        (nn.LogSoftmax,),
        None,
        _BOTH,
        {"weight": _NONE, "ignore_index": (-100,)},
        classes=True,
    ),
}


def counterpart_of(loss: Any, end: type[nn.Module], outputs: int) -> tuple[Counterpart, Reduction]:
    """The counterpart of a loss after the last layer, which has so many outputs. Raises `TemplateError`."""
    kind = type(loss)
    if kind not in LOSSES:
        raise no_counterpart("loss", kind if isinstance(loss, nn.Module) else loss, LOSSES)
    counterpart = LOSSES[kind]
    check_options("loss", kind, _options(loss, counterpart.only), counterpart.only)
    if end not in counterpart.after:
        needed = " or ".join(map(name_of, counterpart.after))
        raise TemplateError(f"loss: {name_of(kind)} must follow {needed}, got {name_of(end)}")
    allowed = _BOTH if outputs == 1 else counterpart.of_many
    if loss.reduction not in allowed:
        of = f" of {outputs} outputs" if outputs > 1 else ""
        rule = f"has no counterpart; reduction={allowed[0]!r} has"
        raise TemplateError(f"loss: {name_of(kind)}(reduction={loss.reduction!r}){of} {rule}")
    return counterpart, Reduction(loss.reduction)


def target_rows(counterpart: Counterpart, targets: Tensor, samples: int, outputs: int) -> list[list[float]]:
    """The targets, a row a sample; numbers of classes become rows with one 1. Raises `TemplateError`."""
    if counterpart.classes and not targets.is_floating_point():
        _check_shape(targets, (samples,))
        if targets.min() < 0 or targets.max() >= outputs:
            wrong = targets.min() if targets.min() < 0 else targets.max()
            raise TemplateError(f"targets: must be classes from 0 to {outputs - 1}, got {int(wrong)}")
        targets = nn.functional.one_hot(targets.long(), outputs)
    _check_shape(targets, (samples, outputs))
    rows: list[list[float]] = numbers_of(targets.to(torch.float64))
    return rows


def _check_shape(targets: Tensor, needed: tuple[int, ...]) -> None:
    if tuple(targets.shape) != needed:
        rule = f"must have the shape {shown(needed)}, as the outputs and the loss ask for"
        raise TemplateError(f"targets: {rule}, got {shown(targets.shape)}")


def _options(loss: nn.Module, only: Only) -> Mapping[str, object]:
    return {option: getattr(loss, option) for option in only}
