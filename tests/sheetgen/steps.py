"""One step of gradient descent in matrix form, and formulas as a person reads them; no expression is used here."""

import math
import re
from collections.abc import Callable, Mapping

import numpy as np
import torch
from numpy.typing import NDArray

from templates import Activation, Loss, Network, Reduction, Template
from tests.sheetgen.networks import forward, wired

Array = NDArray[np.float64]

H = 1e-200j  # of a complex step, which rounds nothing away


def _sigmoid(h: Array) -> Array:
    return 1 / (1 + np.exp(-h))


# Of net inputs.
_SLOPES: Mapping[Activation, Callable[[Array], Array]] = {
    Activation.SIGMOID: lambda h: _sigmoid(h) * (1 - _sigmoid(h)),
    Activation.TANH: lambda h: 1 / np.cosh(h) ** 2,
    Activation.RELU: lambda h: (h > 0).astype(float),
    Activation.LINEAR: np.ones_like,
    Activation.LEAKY_RELU: lambda h: np.where(h > 0, 1.0, 0.01),
    Activation.SOFTPLUS: _sigmoid,
    Activation.SILU: lambda h: np.imag((h + H) * _sigmoid(h + H)) / H.imag,
    Activation.GELU: lambda h: (
        np.imag((h + H) / 2 * (1 + np.tanh(0.7978845608028654 * (h + H + 0.044715 * (h + H) ** 3)))) / H.imag
    ),
}
# Of targets and outputs.
_LOSS_SLOPES: Mapping[Loss, Callable[[Array, Array], Array]] = {
    Loss.HALF_SQUARED_ERROR: lambda t, a: a - t,
    Loss.MEAN_SQUARED_ERROR: lambda t, a: 2 / len(t) * (a - t),
    Loss.BINARY_CROSS_ENTROPY: lambda t, a: (1 - t) / (1 - a) - t / a,
    Loss.CATEGORICAL_CROSS_ENTROPY: lambda t, a: -t / a,
}


def _jacobian(activation: Activation, nets: Array) -> Array:
    """The derivatives of a layer's outputs by its net inputs, (units, units)."""
    if activation is Activation.SOFTMAX:
        outputs = np.exp(nets) / np.exp(nets).sum()
        return np.diag(outputs) - np.outer(outputs, outputs)
    return np.diag(_SLOPES[activation](nets))


def whole_step(network: Network, numbers: Mapping[str, float], rate: float) -> dict[str, float]:
    """All values of a step by their labels, given its inputs, targets and parameters; `w1(n+1)` is the updated w1."""
    if not network.is_dense:
        return _wired_step(network, numbers, rate)
    found = forward(network, numbers)
    above, weights = None, None
    for layer in reversed(network.layers):
        outputs = np.array([found[label] for label in layer.outputs])
        sources = np.array([found[label] for label in layer.feeding])
        if above is None or weights is None:
            arriving = _LOSS_SLOPES[network.loss](np.array([found[label] for label in network.targets]), outputs)
        else:
            arriving = weights.T @ above
        above = _jacobian(layer.activation, np.array([found[label] for label in layer.nets])).T @ arriving  # (units,)
        weights = np.array([[found[label] for label in row] for row in layer.weights])  # (units, sources)
        found |= {f"δ_{net}": float(delta) for net, delta in zip(layer.nets, above, strict=True)}
        gradients = np.outer(above, sources)
        for row, slopes in zip(layer.weights, gradients, strict=True):
            found |= {f"∂E_t/∂{label}": float(slope) for label, slope in zip(row, slopes, strict=True)}
        for bias in layer.bias_names if layer.trained_bias else ():
            shared = [label == bias for label in layer.biases]
            found[f"∂E_t/∂{bias}"] = float(above[shared].sum())
    for label in network.parameters:
        found[f"{label}(n+1)"] = numbers[label] - rate * found.get(f"∂E_t/∂{label}", 0.0)
    return found


def _wired_step(network: Network, numbers: Mapping[str, float], rate: float) -> dict[str, float]:
    """The same of a network with other layers, by PyTorch's autograd."""
    found = wired(network, {k: torch.tensor(n, dtype=torch.float64, requires_grad=True) for k, n in numbers.items()})
    wanted = {f"∂E_t/∂{label}": label for label in network.trained}
    wanted |= {f"δ_{net}": net for layer in network.backward for net in layer.nets}
    slopes = torch.autograd.grad(found["E_total"], [found[label] for label in wanted.values()], materialize_grads=True)
    step = {label: value.item() for label, value in found.items()}
    step |= {name: slope.item() for name, slope in zip(wanted, slopes, strict=True)}
    return step | {f"{p}(n+1)": numbers[p] - rate * step.get(f"∂E_t/∂{p}", 0.0) for p in network.parameters}


def first_step(template: Template, rate: float) -> dict[str, float]:
    """The first step as the sheets show it: of one sample, and where it takes several, with the gradients of all."""
    if template.network.mixes_samples:
        return _mixed_step(template, rate)
    shown = template.one_of_step
    found, samples = whole_step(shown.network, shown.start, rate), template.samples
    if samples is None or template.batch == 1:
        return found
    labels = template.network.inputs + template.network.targets
    rows = (samples.rows[number - 1] for number in next(samples.steps()))
    steps = [
        whole_step(template.network, {**template.start, **dict(zip(labels, row, strict=True))}, rate) for row in rows
    ]
    named = {label.replace("E_total", "E").replace("E_t", "E"): value for label, value in found.items()}
    share = 1 if samples.reduction is Reduction.SUM else 1 / template.batch
    gradients = {label: share * sum(step[label] for step in steps) for label in found if label.startswith("∂E_t")}
    updated = {
        f"{label}(n+1)": template.start[label] - rate * gradients.get(f"∂E_t/∂{label}", 0.0)
        for label in template.network.parameters
    }
    return {**named, **gradients, **updated}


def of_all_samples(template: Template, moved: Mapping[str, float] | None = None) -> dict[str, torch.Tensor]:
    """What is computed of all samples of the first step together, (samples,) each, or one number for all of them."""
    network, samples = template.network, template.samples
    assert samples is not None
    rows = np.array([samples.rows[number - 1] for number in next(samples.steps())])
    numbers = {**template.start, **(moved or {})}
    given = {label: np.full(len(rows), numbers[label]) for label in network.parameters}
    given |= dict(zip(network.inputs + network.targets, rows.T, strict=True))
    return wired(network, {label: torch.tensor(values, requires_grad=True) for label, values in given.items()})


def loss_of_all(template: Template, moved: Mapping[str, float] | None = None) -> float:
    """E_total of the first step."""
    losses, samples = of_all_samples(template, moved)["E_total"], template.samples
    return float((losses.sum() if samples and samples.reduction is Reduction.SUM else losses.mean()).item())


def _mixed_step(template: Template, rate: float) -> dict[str, float]:
    """The first step where samples share statistics, by PyTorch's autograd: gradients of the sum of all losses."""
    network, found = template.network, of_all_samples(template)
    wanted = {f"∂ΣE/∂{label}": label for label in network.trained}
    wanted |= {f"δ_{net}": net for layer in network.backward for net in layer.nets}
    slopes = torch.autograd.grad(found["E_total"].sum(), [found[label] for label in wanted.values()])
    known = {**found, **dict(zip(wanted, slopes, strict=True)), "E": found["E_total"]}
    step = {label: values.flatten()[0].item() for label, values in known.items()}
    step["E_total"] = loss_of_all(template)
    share = step["E_total"] / found["E_total"].sum().item()  # what the gradient of the step is of that of the sum
    for label in network.parameters:
        step[f"∂E_t/∂{label}"] = share * slopes[[*wanted].index(f"∂ΣE/∂{label}")].sum().item()
        step[f"{label}(n+1)"] = template.start[label] - rate * step[f"∂E_t/∂{label}"]
    return step


_WORD = r"(?:[A-Za-zδηγβμ][A-Za-z0-9_γβμ\u0302]*)?(?:σ²[0-9]+)?"
_NAME = re.compile(rf"∂(?=\S)Σ?{_WORD}/∂{_WORD}|(?=[A-Za-zδηγβμσ]){_WORD}")
_FUNCTIONS = {"exp": math.exp, "sqrt": math.sqrt, "ln": math.log, "tanh": math.tanh, "max": max}
_SIGNS = {
    "√": "sqrt",
    " · ": "*",
    "·": "*",
    "−": "-",
    "²": "**2",
    "^": "**",
    "½": "0.5",
    "[": "float(",
    "]": ")",
    " = ": "==",
}


def read(text: str, numbers: Mapping[str, float]) -> float:
    """What a formula in symbols comes to, by the arithmetic of Python, given what its names stand for.

    KeyError where it uses a name that is not given.
    """
    code = _NAME.sub(lambda name: _value(name.group(), numbers), re.sub(r"√\(?(\d+)\)?", r"(\1**0.5)", text))
    for sign, python in _SIGNS.items():
        code = code.replace(sign, python)
    scope = {"__builtins__": {}, "float": float, **_FUNCTIONS}
    return float(eval(code, scope))  # noqa: S307  of a workbook that the test has just generated


def _value(name: str, numbers: Mapping[str, float]) -> str:
    return name if name in _FUNCTIONS else f"({numbers[name]!r})"
