"""What gradient descent gives, in matrix form: the numbers that every formula is held against.

Written from the mathematics alone; it never sees a formula of a workbook, nor the expressions that generate one.
Source: Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors" (Nature 323, 1986);
checked against finite differences and published numbers by the tests.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from templates import TOTAL_LOSS, Activation, Network, delta_of, gradient_of

Array = NDArray[np.float64]

# exp(709.78…) is the largest number; a sigmoid written as 1/(1+EXP(-h)) is an error in Excel beyond it.
_LARGEST_EXPONENT = float(np.log(np.finfo(np.float64).max))


@dataclass(frozen=True)
class Start:
    """Where a training starts, and what it is shown.

    `parameters` maps each weight and bias to its first value; `inputs` is (rows, inputs) and `targets` (rows, outputs),
    one row an iteration; `rates` is (rows,), the learning rate of the step from each row to the next.
    """

    parameters: Mapping[str, float]
    inputs: Array
    targets: Array
    rates: Array


def train(network: Network, start: Start) -> dict[str, Array]:
    """Train, and return every quantity of the vocabulary by its name, each (rows,).

    From the iteration on in which a number is too large for Excel, all that depends on it is NaN.
    """
    rows = len(start.inputs)
    weights = [_matrix(start.parameters, layer.weights) for layer in network.layers]  # (units, fan_in) each
    biases = [_vector(start.parameters, layer.biases) for layer in network.layers]  # (units,) each, or empty
    history: dict[str, Array] = {}
    with np.errstate(all="ignore"):
        for row in range(rows):
            _record_parameters(history, network, weights, biases, row, rows)
            nets, outputs = _forward(network, weights, biases, start.inputs[row])
            deltas = _backward(network, weights, outputs, start.targets[row])
            losses = 0.5 * (start.targets[row] - outputs[-1]) ** 2  # (outputs,)
            _record_step(history, network, nets, outputs, deltas, losses, row, rows)
            for number, layer in enumerate(network.layers):
                gradient = np.outer(deltas[number], outputs[number])  # (units, fan_in)
                slopes = _bias_gradients(layer.biases, deltas[number])
                _record(history, [gradient_of(w) for row_ in layer.weights for w in row_], gradient.ravel(), row, rows)
                weights[number] = weights[number] - start.rates[row] * gradient
                if layer.trained_bias and layer.biases:
                    _record(history, [gradient_of(b) for b in layer.biases], slopes, row, rows)
                    biases[number] = biases[number] - start.rates[row] * slopes
    inputs = dict(zip(network.inputs, start.inputs.T, strict=True))
    targets = dict(zip(network.targets, start.targets.T, strict=True))
    return {name: np.where(np.isfinite(v), v, np.nan) for name, v in (inputs | targets | history).items()}


def _matrix(parameters: Mapping[str, float], names: Sequence[Sequence[str]]) -> Array:
    return np.array([[parameters[name] for name in row] for row in names], dtype=np.float64)


def _vector(parameters: Mapping[str, float], names: Sequence[str]) -> Array:
    return np.array([parameters[name] for name in names], dtype=np.float64)


def _forward(
    network: Network, weights: list[Array], biases: list[Array], inputs: Array
) -> tuple[list[Array], list[Array]]:
    """Net inputs of each layer, and outputs of each layer with the inputs as the first of them."""
    nets: list[Array] = []
    outputs = [inputs]
    for layer, matrix, bias in zip(network.layers, weights, biases, strict=True):
        net = matrix @ outputs[-1] + (bias if layer.biases else 0.0)  # (units,)
        nets.append(net)
        outputs.append(activate(layer.activation, net))
    return nets, outputs


def _backward(network: Network, weights: list[Array], outputs: list[Array], targets: Array) -> list[Array]:
    """∂E_total/∂(net input) of each layer, (units,) each."""
    layers = network.layers
    deltas = [(outputs[-1] - targets) * _slope(layers[-1].activation, outputs[-1])]
    for number in reversed(range(len(layers) - 1)):
        arriving = weights[number + 1].T @ deltas[0]  # (units,)
        deltas.insert(0, arriving * _slope(layers[number].activation, outputs[number + 1]))
    return deltas


def activate(kind: Activation, net: Array) -> Array:
    """What units of a kind make of their net inputs, elementwise; NaN where Excel could not compute it."""
    match kind:
        case Activation.SIGMOID:
            return np.where(net < -_LARGEST_EXPONENT, np.nan, 1 / (1 + np.exp(-net)))
        case Activation.TANH:
            return np.tanh(net)
        case Activation.RELU:
            return np.maximum(net, 0.0)
        case Activation.LINEAR:
            return net


def _slope(kind: Activation, output: Array) -> Array:
    """The derivative of an activation, in terms of the activation."""
    match kind:
        case Activation.SIGMOID:
            return output * (1 - output)
        case Activation.TANH:
            return 1 - output**2
        case Activation.RELU:
            return np.where(np.isnan(output), np.nan, (output > 0).astype(np.float64))
        case Activation.LINEAR:
            return np.ones_like(output)


def _bias_gradients(names: Sequence[str], deltas: Array) -> Array:
    """∂E_total/∂b for the bias of each unit; where units share one, each has the sum over all that do."""
    return np.array(
        [sum(delta for delta, other in zip(deltas, names, strict=True) if other == name) for name in names],
        dtype=np.float64,
    )


def _record_parameters(
    history: dict[str, Array], network: Network, weights: list[Array], biases: list[Array], row: int, rows: int
) -> None:
    for layer, matrix, bias in zip(network.layers, weights, biases, strict=True):
        _record(history, [name for names in layer.weights for name in names], matrix.ravel(), row, rows)
        _record(history, layer.biases, bias, row, rows)


def _record_step(
    history: dict[str, Array], network: Network, nets: list[Array], outputs: list[Array], deltas: list[Array],
    losses: Array, row: int, rows: int,
) -> None:  # fmt: skip
    for layer, net, output, delta in zip(network.layers, nets, outputs[1:], deltas, strict=True):
        _record(history, layer.nets, net, row, rows)
        _record(history, layer.outputs, output, row, rows)
        _record(history, [delta_of(name) for name in layer.nets], delta, row, rows)
    _record(history, network.losses, losses, row, rows)
    _record(history, [TOTAL_LOSS], losses.sum(keepdims=True), row, rows)


def _record(history: dict[str, Array], names: Sequence[str], values: Array, row: int, rows: int) -> None:
    for name, value in zip(names, values, strict=True):
        if name not in history:
            history[name] = np.full(rows, np.nan)
        history[name][row] = value
