"""What gradient descent gives, in matrix form: the numbers that every formula is checked against.

Written from the mathematics alone; it never sees a formula of a workbook, nor the expressions that generate one.
Source: Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors" (Nature 323, 1986);
checked against finite differences and published numbers by the tests.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from templates import TOTAL_LOSS, Activation, Layer, Loss, Network, delta_of, gradient_of

Array = NDArray[np.float64]

# exp(709.78…) is the largest number; a sigmoid written as 1/(1+EXP(-h)) is an error in Excel beyond it.
_LARGEST_EXPONENT = float(np.log(np.finfo(np.float64).max))
_OF_EXP = {Activation.SIGMOID, Activation.SOFTPLUS, Activation.SILU}  # all have EXP(-h), or have it in their gradients
EachItsOwn = Literal[
    Activation.SIGMOID, Activation.TANH, Activation.RELU, Activation.LINEAR,
    Activation.LEAKY_RELU, Activation.SOFTPLUS, Activation.SILU, Activation.GELU,
]  # fmt: skip
_ROOT_2_OVER_PI = float(np.sqrt(2 / np.pi))


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
        series = _series(network, _joined(_descend(network, start)), start.inputs, start.targets)
    beyond = _first_beyond(network, series)
    return {
        name: np.where(np.isfinite(values) & (np.arange(len(values)) < beyond), values, np.nan)
        for name, values in series.items()
    }


def own_rows(network: Network, shown: Mapping[str, Array], rates: Array) -> dict[str, Array]:
    """What each row gives of the numbers that are shown in it, (rows,) for each name; NaN where it gives nothing.

    Nothing is chained. A net input comes from the weights and activations that stand in its row, a gradient from those
    and the targets, an updated weight from the weight and the gradient of the row before. So a number that was rounded,
    or is wrong, spoils nothing but what reads it. What is not shown is what the row computes.
    """
    rows = len(rates)

    def seen(names: Sequence[str], computed: Array) -> Array:
        found = _array(shown, names, rows)
        return np.where(np.isnan(found), computed, found)

    with np.errstate(all="ignore"):
        weights = [_array(shown, layer.weights, rows) for layer in network.layers]
        biases = [_biases(shown, layer, rows) for layer in network.layers]
        inputs, targets = (_array(shown, names, rows) for names in (network.inputs, network.targets))
        series = _series(network, _pass(network, weights, biases, inputs, targets, seen), inputs, targets)
        for name in network.trained:
            gradient = seen([gradient_of(name)], series[gradient_of(name)][:, np.newaxis])[:, 0]
            series[name] = np.append(np.nan, (series[name] - rates * gradient)[:-1])
    given = {*network.inputs, *network.targets, *network.parameters} - {*network.trained}
    return {name: values for name, values in series.items() if name not in given}


def _first_beyond(network: Network, series: Mapping[str, Array]) -> int:
    """The first row with a sigmoid that Excel cannot compute; the number of rows where there is none."""
    nets = [series[net] for layer in network.layers if layer.activation in _OF_EXP for net in layer.nets]
    rows = [int(row) for net in nets for row in np.flatnonzero(net < -_LARGEST_EXPONENT)[:1]]
    return min(rows, default=len(series[TOTAL_LOSS]))


@dataclass(frozen=True)
class _Pass:
    """One pass forward and back in each of some rows, one array a layer.

    `weights` and their `gradients` are (rows, units, fan_in), the others (rows, units). The last of the `losses` is the
    total, (rows, 1).
    """

    weights: list[Array]
    biases: list[Array]
    nets: list[Array]
    outputs: list[Array]
    losses: list[Array]
    deltas: list[Array]
    gradients: list[Array]


Seen = Callable[[Sequence[str], Array], Array]  # what is gone on with, of names and what was computed for them


def _pass(
    network: Network,
    weights: list[Array],
    biases: list[Array],
    inputs: Array,
    targets: Array,
    seen: Seen = lambda _, computed: computed,
) -> _Pass:
    """Forward and back: the one place where the mathematics of a network is written out."""
    done = _Pass(weights, biases, [], [], [], [], [])
    outputs, nets = [inputs], list[Array]()
    for layer, weight, bias in zip(network.layers, weights, biases, strict=True):
        done.nets.append((weight @ outputs[-1][:, :, np.newaxis])[:, :, 0] + bias)
        nets.append(seen(layer.nets, done.nets[-1]))
        done.outputs.append(activate(layer.activation, nets[-1]))
        outputs.append(seen(layer.outputs, done.outputs[-1]))
    losses = losses_of(network.loss, targets, outputs[-1], nets[-1])
    done.losses.extend([losses, seen(network.losses, losses).sum(axis=1, keepdims=True)])
    delta = last_deltas(network, targets, outputs[-1], nets[-1])
    for number in reversed(range(len(network.layers))):
        done.deltas.insert(0, delta)
        done.gradients.insert(0, delta[:, :, np.newaxis] * outputs[number][:, np.newaxis, :])
        if number:
            arriving = (delta[:, np.newaxis, :] @ weights[number])[:, 0]
            delta = back(network.layers[number - 1].activation, arriving, nets[number - 1], outputs[number])
    return done


def _descend(network: Network, start: Start) -> Iterator[_Pass]:
    """Gradient descent, iteration by iteration."""
    parameters = {name: np.array([value]) for name, value in start.parameters.items()}
    weights = [_array(parameters, layer.weights, 1) for layer in network.layers]
    biases = [_biases(parameters, layer, 1) for layer in network.layers]
    for row, rate in enumerate(start.rates):
        done = _pass(network, weights, biases, start.inputs[row : row + 1], start.targets[row : row + 1])
        yield done
        weights = [weight - rate * gradient for weight, gradient in zip(weights, done.gradients, strict=True)]
        slopes = map(_bias_gradients, network.layers, done.deltas)
        biases = [bias - rate * gradient for bias, gradient in zip(biases, slopes, strict=True)]


def _joined(passes: Iterable[_Pass]) -> _Pass:
    """Rows one below the other."""
    parts = zip(*(vars(done).values() for done in passes), strict=True)
    return _Pass(*([np.concatenate(arrays) for arrays in zip(*part, strict=True)] for part in parts))


def _series(network: Network, done: _Pass, inputs: Array, targets: Array) -> dict[str, Array]:
    """Every quantity by its name, (rows,)."""
    series = _named(network.inputs, inputs) | _named(network.targets, targets)
    series |= _named(network.losses, done.losses[0]) | _named([TOTAL_LOSS], done.losses[1])
    for number, layer in enumerate(network.layers):
        deltas, weights = done.deltas[number], [name for names in layer.weights for name in names]
        series |= _named(weights, done.weights[number].reshape(len(inputs), -1))
        series |= _named(map(gradient_of, weights), done.gradients[number].reshape(len(inputs), -1))
        series |= _named(layer.nets, done.nets[number]) | _named(layer.outputs, done.outputs[number])
        series |= _named(map(delta_of, layer.nets), deltas)
        if layer.biases:
            series |= _named(layer.biases, done.biases[number])
        if layer.biases and layer.trained_bias:
            series |= _named(map(gradient_of, layer.biases), _bias_gradients(layer, deltas))
    return series


def _array(parameters: Mapping[str, Array], names: Sequence[str] | Sequence[Sequence[str]], rows: int) -> Array:
    """The values of names, (rows,) each, in an array of their shape with the rows in front; NaN for what is none."""
    unknown = np.full(rows, np.nan)
    flat = np.array([parameters.get(name, unknown) for name in np.ravel(names)])  # (names, rows)
    return flat.T.reshape(rows, *np.shape(names))


def _biases(parameters: Mapping[str, Array], layer: Layer, rows: int) -> Array:
    """The bias of each unit, (rows, units); 0 where there are none."""
    return _array(parameters, layer.biases, rows) if layer.biases else np.zeros((rows, len(layer.nets)))


def _named(names: Iterable[str], values: Array) -> dict[str, Array]:
    """The columns of (rows, n) by n names."""
    return dict(zip(names, values.T, strict=True))


def losses_of(kind: Loss, targets: Array, outputs: Array, nets: Array) -> Array:
    """The loss of each output, (…, outputs), of which the total is the sum."""
    match kind:
        case Loss.HALF_SQUARED_ERROR:
            return 0.5 * (targets - outputs) ** 2
        case Loss.MEAN_SQUARED_ERROR:
            return (targets - outputs) ** 2 * (1 / np.size(targets, -1))
        case Loss.BINARY_CROSS_ENTROPY:
            return targets * np.logaddexp(0, -nets) + (1 - targets) * np.logaddexp(0, nets)  # of sigmoid units
        case Loss.CATEGORICAL_CROSS_ENTROPY:
            return -targets * np.log(outputs)


def last_deltas(network: Network, targets: Array, outputs: Array, nets: Array) -> Array:
    """The derivative of the total loss by each net input of the output layer, (…, outputs)."""
    kind = network.layers[-1].activation
    match network.loss:
        case Loss.HALF_SQUARED_ERROR:
            return back(kind, outputs - targets, nets, outputs)
        case Loss.MEAN_SQUARED_ERROR:
            return back(kind, 2 * (outputs - targets) / np.size(targets, -1), nets, outputs)
        case Loss.BINARY_CROSS_ENTROPY:
            return outputs - targets  # of sigmoid units
        case Loss.CATEGORICAL_CROSS_ENTROPY:
            return outputs * _sums(targets) - targets  # of softmax units


def activate(kind: Activation, net: Array) -> Array:
    """What units of a kind make of their net inputs, (…, units), each of its own but for a softmax."""
    match kind:
        case Activation.SIGMOID:
            return 1 / (1 + np.exp(-net))
        case Activation.TANH:
            return np.tanh(net)
        case Activation.RELU:
            return np.maximum(net, 0.0)
        case Activation.LINEAR:
            return net
        case Activation.LEAKY_RELU:
            return np.maximum(net, 0.01 * net)
        case Activation.SOFTPLUS:
            return np.log1p(np.exp(net))
        case Activation.SILU:
            return net * activate(Activation.SIGMOID, net)
        case Activation.GELU:
            return 0.5 * net * (1 + _gelu_tanh(net))
        case Activation.SOFTMAX:
            return np.exp(net) / _sums(np.exp(net))
        case _:  # one that is not known here has no numbers: it is judged on its own terms
            return np.full_like(net, np.nan)


def _sums(values: Array) -> Array:
    """The sums over the units, (…, 1)."""
    sums: Array = values.sum(axis=-1, keepdims=True)
    return sums


def _gelu_tanh(net: Array) -> Array:
    return np.tanh(_ROOT_2_OVER_PI * (net + 0.044715 * net**3))


def back(kind: Activation, arriving: Array, net: Array, output: Array) -> Array:
    """The derivatives by net inputs, given those by the outputs that they make, all (…, units)."""
    match kind:
        case Activation.SOFTMAX:
            return output * (arriving - _sums(arriving * output))
        case _:
            return arriving * _slope(kind, net, output)


def _slope(kind: EachItsOwn, net: Array, output: Array) -> Array:
    """The derivative of an activation by its own net input, in terms of both."""
    match kind:
        case Activation.SIGMOID:
            return output * (1 - output)
        case Activation.TANH:
            return 1 - output**2
        case Activation.RELU:
            return np.where(np.isnan(output), np.nan, (output > 0).astype(np.float64))
        case Activation.LINEAR:
            return np.ones_like(output)
        case Activation.LEAKY_RELU:
            return np.where(np.isnan(output), np.nan, np.where(net > 0, 1.0, 0.01))
        case Activation.SOFTPLUS:
            return activate(Activation.SIGMOID, net)
        case Activation.SILU:
            gate = activate(Activation.SIGMOID, net)
            return gate + net * gate * (1 - gate)
        case Activation.GELU:
            inner = _ROOT_2_OVER_PI * (1 + 3 * 0.044715 * net**2)  # the derivative of what tanh is taken of
            return 0.5 * (1 + _gelu_tanh(net)) + 0.5 * net * (1 - _gelu_tanh(net) ** 2) * inner


def _bias_gradients(layer: Layer, deltas: Array) -> Array:
    """∂E_total/∂b for the bias of each unit, (rows, units): the sum over the units that share it; 0 if it stays."""
    if not (layer.biases and layer.trained_bias):
        return np.zeros_like(deltas)
    return np.stack([deltas[:, [other == name for other in layer.biases]].sum(axis=1) for name in layer.biases], axis=1)
