"""What gradient descent gives, in matrix form: the numbers that every formula is checked against.

Written from the mathematics alone; it never sees a formula of a workbook, nor the expressions that generate one.
Source: Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors" (Nature 323, 1986);
checked against finite differences and published numbers by the tests.
"""

from collections.abc import Iterable, Mapping, Sequence
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

    From the iteration on in which a number is too large for Excel, all that depends on it is NaN; from one on in which
    a sigmoid is, everything.
    """
    with np.errstate(all="ignore"):
        history = _descend(network, start)
        errors = start.targets - history.outputs[-1]  # (rows, outputs)
        losses = 0.5 * errors**2
        series = _named(network.inputs, start.inputs) | _named(network.targets, start.targets)
        series |= _named(network.losses, losses) | {TOTAL_LOSS: losses.sum(axis=1)}
        for number, layer in enumerate(network.layers):
            deltas = history.deltas[number]
            gradients = deltas[:, :, np.newaxis] * history.outputs[number][:, np.newaxis, :]  # (rows, units, fan_in)
            weights = [name for names in layer.weights for name in names]
            series |= _named(weights, history.weights[number].reshape(len(errors), -1))
            series |= _named(map(gradient_of, weights), gradients.reshape(len(errors), -1))
            series |= _named(layer.nets, history.nets[number]) | _named(layer.outputs, history.outputs[number + 1])
            series |= _named(map(delta_of, layer.nets), deltas)
            if layer.biases:
                series |= _named(layer.biases, history.biases[number])
                slopes = _bias_gradients(layer.biases, deltas)
                series |= _named(map(gradient_of, layer.biases), slopes) if layer.trained_bias else {}
    beyond = _first_beyond(network, history)
    return {
        name: np.where(np.isfinite(values) & (np.arange(len(values)) < beyond), values, np.nan)
        for name, values in series.items()
    }


def _first_beyond(network: Network, history: "_History") -> int:
    """The first row with a sigmoid that Excel cannot compute; the number of rows where there is none."""
    rows = len(history.outputs[0])
    for layer, nets in zip(network.layers, history.nets, strict=True):
        if layer.activation is Activation.SIGMOID:
            rows = min([rows, *np.flatnonzero((nets < -_LARGEST_EXPONENT).any(axis=1))[:1].tolist()])
    return rows


@dataclass(frozen=True)
class _History:
    """What one iteration hands to the next, for all of them, one array a layer.

    `weights` are (rows, units, fan_in), the others (rows, units); `outputs` has the inputs in front.
    """

    weights: list[Array]
    biases: list[Array]
    nets: list[Array]
    outputs: list[Array]
    deltas: list[Array]


def _descend(network: Network, start: Start) -> _History:
    """Gradient descent, iteration by iteration: only what cannot be done for all of them at once."""
    rows, layers = len(start.inputs), network.layers
    units = [(rows, len(layer.nets)) for layer in layers]
    history = _History(
        weights=[np.empty((*size, len(layer.sources))) for size, layer in zip(units, layers, strict=True)],
        biases=[np.empty(size) for size in units],
        nets=[np.empty(size) for size in units],
        outputs=[start.inputs, *(np.empty(size) for size in units)],
        deltas=[np.empty(size) for size in units],
    )
    weights = [_array(start.parameters, layer.weights) for layer in layers]  # (units, fan_in) each
    biases = [_array(start.parameters, layer.biases) if layer.biases else np.zeros(len(layer.nets)) for layer in layers]
    for row in range(rows):
        for number, layer in enumerate(layers):
            history.weights[number][row], history.biases[number][row] = weights[number], biases[number]
            net = weights[number] @ history.outputs[number][row] + biases[number]
            history.nets[number][row] = net
            history.outputs[number + 1][row] = activate(layer.activation, net)
        arriving = history.outputs[-1][row] - start.targets[row]  # ∂E_total/∂(output), (units,)
        for number, layer in reversed(list(enumerate(layers))):
            delta = arriving * slope(layer.activation, history.outputs[number + 1][row])
            history.deltas[number][row] = delta
            arriving = delta @ weights[number]
            gradient = delta[:, np.newaxis] * history.outputs[number][row]  # (units, fan_in)
            weights[number] = weights[number] - start.rates[row] * gradient
            if layer.biases and layer.trained_bias:
                slopes = _bias_gradients(layer.biases, delta[np.newaxis])[0]
                biases[number] = biases[number] - start.rates[row] * slopes
    return history


def _array(parameters: Mapping[str, float], names: Sequence[str] | Sequence[Sequence[str]]) -> Array:
    """The values of names, in an array of their shape."""
    flat = np.array([parameters[name] for name in np.ravel(names)], dtype=np.float64)
    return flat.reshape(np.shape(names))


def _named(names: Iterable[str], values: Array) -> dict[str, Array]:
    """The columns of (rows, n) by n names."""
    return dict(zip(names, values.T, strict=True))


def activate(kind: Activation, net: Array) -> Array:
    """What units of a kind make of their net inputs, elementwise."""
    match kind:
        case Activation.SIGMOID:
            return 1 / (1 + np.exp(-net))
        case Activation.TANH:
            return np.tanh(net)
        case Activation.RELU:
            return np.maximum(net, 0.0)
        case Activation.LINEAR:
            return net


def slope(kind: Activation, output: Array) -> Array:
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
    """∂E_total/∂b for the bias of each unit, (rows, units): the sum over the units that share it."""
    shared = np.array([[name == other for other in names] for name in names], dtype=np.float64)  # (units, units)
    return deltas @ shared
