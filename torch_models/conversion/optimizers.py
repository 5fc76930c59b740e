"""The optimizers of `torch.optim` and their counterparts, as the fields of a template's `training.optimizer`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from torch.optim import SGD, Adam, AdamW, Optimizer, RMSprop

from templates import TemplateError
from torch_models.conversion.refusals import Only, check_options, name_of, no_counterpart

_Group = Mapping[str, Any]


@dataclass(frozen=True)
class Counterpart:
    """The options that have a counterpart with some values only, and the fields that the others make."""

    only: Only
    fields: Callable[[_Group], Mapping[str, object]]


def _sgd(group: _Group) -> Mapping[str, object]:
    decay = {"weight_decay": group["weight_decay"]}
    if not group["momentum"]:
        return {"kind": "gradient descent", **decay}
    return {"kind": "nesterov" if group["nesterov"] else "momentum", "momentum": group["momentum"], **decay}


def _adam(kind: str) -> Callable[[_Group], Mapping[str, object]]:
    return lambda group: {
        "kind": kind,
        "beta1": float(group["betas"][0]),
        "beta2": float(group["betas"][1]),
        "epsilon": group["eps"],
        "weight_decay": group["weight_decay"],
    }


def _rmsprop(group: _Group) -> Mapping[str, object]:
    named = {"alpha": "alpha", "epsilon": "eps", "weight_decay": "weight_decay"}
    return {"kind": "rmsprop", **{field: group[option] for field, option in named.items()}}


_NO = (False,)
OPTIMIZERS: Mapping[type[Optimizer], Counterpart] = {
    SGD: Counterpart({"dampening": (0,), "maximize": _NO}, _sgd),
    RMSprop: Counterpart({"momentum": (0,), "centered": _NO, "maximize": _NO}, _rmsprop),
    Adam: Counterpart({"amsgrad": _NO, "maximize": _NO, "decoupled_weight_decay": _NO}, _adam("adam")),
    AdamW: Counterpart({"amsgrad": _NO, "maximize": _NO}, _adam("adamw")),
}


@dataclass(frozen=True)
class Converted:
    """The fields, the learning rate, and the identities of the parameters that are trained."""

    fields: Mapping[str, object]
    rate: float
    trained: frozenset[int]


def converted(optimizer: Any) -> Converted:
    """An optimizer that has not made a step yet. Raises `TemplateError`."""
    kind = type(optimizer)
    if kind not in OPTIMIZERS:
        raise no_counterpart("optimizer", kind if isinstance(optimizer, Optimizer) else optimizer, OPTIMIZERS)
    groups = [{name: value for name, value in one.items() if name != "params"} for one in optimizer.param_groups]
    if any(group != groups[0] for group in groups):
        raise TemplateError(f"optimizer: {name_of(kind)} with groups of different numbers has no counterpart")
    if any(optimizer.state.values()):
        raise TemplateError(f"optimizer: {name_of(kind)} has already made steps; give a new one")
    if "initial_lr" in groups[0]:
        raise TemplateError(
            f"optimizer: {name_of(kind)} has a schedule of its learning rate, which is not carried over"
        )
    counterpart = OPTIMIZERS[kind]
    present = {option: values for option, values in counterpart.only.items() if option in groups[0]}
    check_options("optimizer", kind, groups[0], present)  # older versions of PyTorch lack some
    trained = frozenset(id(parameter) for group in optimizer.param_groups for parameter in group["params"])
    return Converted(counterpart.fields(groups[0]), float(groups[0]["lr"]), trained)
