"""Random networks, and a plain forward pass through them that shares nothing with the expressions."""

import math
from collections.abc import Callable, Mapping

from hypothesis import strategies as st

from templates import Activation, Bias, Deltas, Layer, LayerSize, Network, Template

ACTIVATIONS: Mapping[Activation, Callable[[float], float]] = {
    Activation.SIGMOID: lambda net: 1 / (1 + math.exp(-net)),
    Activation.TANH: math.tanh,
    Activation.RELU: lambda net: net if net > 0 else 0.0,
    Activation.LINEAR: lambda net: net,
}

# Hundredths are easy to read in a counterexample.
_NUMBERS = st.integers(-150, 150).map(lambda hundredths: hundredths / 100)
_SIZES = st.builds(
    LayerSize,
    units=st.integers(1, 3),
    activation=st.sampled_from(Activation),
    bias=st.sampled_from(Bias),
    trained_bias=st.booleans(),
)


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """Networks of one to three inputs and one to three layers, of all kinds of units and biases."""
    return Network(draw(st.integers(1, 3)), tuple(draw(st.lists(_SIZES, min_size=1, max_size=3))))


@st.composite
def templates(draw: st.DrawFn, iterations: int = 3) -> Template:
    """Templates of such networks, with numbers to start from and one learning rate."""
    network = draw(networks())
    labels = network.inputs + network.targets + network.parameters
    numbers = draw(st.lists(_NUMBERS, min_size=len(labels), max_size=len(labels)))
    rate = draw(st.sampled_from([0.01, 0.1, 0.5]))
    deltas = draw(st.sampled_from(Deltas))
    start = dict(zip(labels, numbers, strict=True))
    return Template("random", "A random network", "", network, start, (rate,), iterations, deltas)


def forward(network: Network, numbers: Mapping[str, float]) -> dict[str, float]:
    """The net inputs, activations and losses of a network, by their labels, given its other numbers."""
    found = dict(numbers)
    for layer in network.layers:
        for unit, (net, output) in enumerate(zip(layer.nets, layer.outputs, strict=True)):
            found[net] = _net_input(layer, unit, found)
            found[output] = ACTIVATIONS[layer.activation](found[net])
    for target, output, loss in zip(network.targets, network.layers[-1].outputs, network.losses, strict=True):
        found[loss] = (found[target] - found[output]) ** 2 / 2
    found["E_total"] = sum(found[loss] for loss in network.losses)
    return found


def _net_input(layer: Layer, unit: int, numbers: Mapping[str, float]) -> float:
    weights = layer.weights[unit]
    carried = sum(numbers[weight] * numbers[source] for weight, source in zip(weights, layer.sources, strict=True))
    return carried + (numbers[layer.biases[unit]] if layer.biases else 0.0)


def nearest_kink(network: Network, numbers: Mapping[str, float]) -> float:
    """How far the ReLU unit closest to its kink is from it, in its net input; inf without such units."""
    found = forward(network, numbers)
    nets = [net for layer in network.layers if layer.activation is Activation.RELU for net in layer.nets]
    return min((abs(found[net]) for net in nets), default=math.inf)
