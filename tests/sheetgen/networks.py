"""Random networks, and a plain forward pass through them that shares nothing with the expressions."""

import math
from collections.abc import Callable, Mapping, Sequence

import torch
from hypothesis import strategies as st

from templates import Activation, Bias, Deltas, Layer, LayerSize, Loss, Network, Rule, Template

ACTIVATIONS: Mapping[Activation, Callable[[float], float]] = {
    Activation.SIGMOID: lambda net: 1 / (1 + math.exp(-net)),
    Activation.TANH: math.tanh,
    Activation.RELU: lambda net: net if net > 0 else 0.0,
    Activation.LINEAR: lambda net: net,
    Activation.LEAKY_RELU: lambda net: net if net > 0 else net / 100,
    Activation.SOFTPLUS: lambda net: math.log1p(math.exp(net)),
    Activation.SILU: lambda net: net / (1 + math.exp(-net)),
    Activation.GELU: lambda net: net / 2 * (1 + math.tanh(math.sqrt(2 / math.pi) * (net + 0.044715 * net**3))),
}
# Of a target and an output, and of how many outputs there are.
LOSSES: Mapping[Loss, Callable[[float, float, int], float]] = {
    Loss.HALF_SQUARED_ERROR: lambda target, output, _: (target - output) ** 2 / 2,
    Loss.MEAN_SQUARED_ERROR: lambda target, output, count: (target - output) ** 2 / count,
    Loss.BINARY_CROSS_ENTROPY: lambda t, a, _: -t * math.log(a) - (1 - t) * math.log1p(-a),
    Loss.CATEGORICAL_CROSS_ENTROPY: lambda t, a, _: -t * math.log(a),
}
OF_UNITS = {  # losses that take the outputs of one kind of units
    Loss.BINARY_CROSS_ENTROPY: Activation.SIGMOID,
    Loss.CATEGORICAL_CROSS_ENTROPY: Activation.SOFTMAX,
}

# Hundredths are easy to read in a counterexample.
_NUMBERS = st.integers(-150, 150).map(lambda hundredths: hundredths / 100)
_SIZES = st.builds(
    LayerSize,
    units=st.integers(1, 3),
    activation=st.sampled_from(Activation),
    bias=st.sampled_from(Bias),
    trained_bias=st.booleans(),
).filter(lambda size: size.units > 1 or size.activation is not Activation.SOFTMAX)


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """Networks of one to three inputs and one to three layers, of all kinds of units, biases and losses."""
    sizes = draw(st.lists(_SIZES, min_size=1, max_size=3))
    last = sizes[-1].activation
    loss = draw(st.sampled_from([loss for loss in Loss if OF_UNITS.get(loss, last) is last]))
    return Network(draw(st.integers(1, 3)), tuple(sizes), loss)


@st.composite
def templates(draw: st.DrawFn, iterations: int = 3) -> Template:
    """Templates of such networks, with numbers to start from and one learning rate."""
    network = draw(networks())
    labels = network.inputs + network.targets + network.parameters
    numbers = draw(st.lists(_NUMBERS, min_size=len(labels), max_size=len(labels)))
    rate = draw(st.sampled_from([0.01, 0.1, 0.5]))
    deltas = draw(st.sampled_from(Deltas))
    start = dict(zip(labels, numbers, strict=True))
    if network.loss in OF_UNITS:  # which takes targets from 0 to 1
        start |= {target: abs(start[target]) / 2 for target in network.targets}
    return Template("random", "A random network", "", network, start, (rate,), iterations, deltas)


def forward(network: Network, numbers: Mapping[str, float]) -> dict[str, float]:
    """The net inputs, activations and losses of a network, by their labels, given its other numbers."""
    if not network.is_dense:
        tensors = {label: torch.tensor(number, dtype=torch.float64) for label, number in numbers.items()}
        return {label: value.item() for label, value in wired(network, tensors).items()}
    found = dict(numbers)
    for layer in network.layers:
        nets = [_net_input(layer, unit, found) for unit in range(len(layer.nets))]
        found |= zip(layer.nets, nets, strict=True)
        found |= zip(layer.outputs, _outputs(layer.activation, nets), strict=True)
    for target, output, loss in zip(network.targets, network.layers[-1].outputs, network.losses, strict=True):
        found[loss] = LOSSES[network.loss](found[target], found[output], len(network.losses))
    found["E_total"] = sum(found[loss] for loss in network.losses)
    return found


def _outputs(activation: Activation, nets: Sequence[float]) -> list[float]:
    if activation is Activation.SOFTMAX:
        exponentials = [math.exp(net - max(nets)) for net in nets]
        return [exponential / math.fsum(exponentials) for exponential in exponentials]
    return [ACTIVATIONS[activation](net) for net in nets]


def _net_input(layer: Layer, unit: int, numbers: Mapping[str, float]) -> float:
    weights = layer.weights[unit]
    carried = sum(
        numbers[weight] * numbers[source] for weight, source in zip(weights, layer.sources[unit], strict=True)
    )
    return carried + (numbers[layer.biases[unit]] if layer.biases else 0.0)


_TORCH = {
    Activation.SIGMOID: torch.sigmoid,
    Activation.TANH: torch.tanh,
    Activation.RELU: torch.relu,
    Activation.LINEAR: torch.clone,
}


def wired(network: Network, numbers: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The same of a network with layers that are not dense and half squared errors, as PyTorch's numbers.

    Each may be several, (samples,).
    """
    found = dict(numbers)
    for layer in network.layers:
        for unit, (net, output) in enumerate(zip(layer.nets, layer.outputs, strict=True)):
            read = _stacked(found, layer.sources[unit])
            if layer.weights:
                found[net] = (_stacked(found, layer.weights[unit]) * read).sum(0)
                found[net] = found[net] + found[layer.biases[unit]] if layer.biases else found[net]
            else:
                found[net] = _by_rule(layer, unit, read)
            if output != net:
                found[output] = _TORCH[layer.activation](found[net])
    for target, output, loss in zip(network.targets, network.layers[-1].outputs, network.losses, strict=True):
        found[loss] = 0.5 * (found[target] - found[output]) ** 2
    found["E_total"] = torch.stack([found[loss] for loss in network.losses]).sum(0)
    return found


def _stacked(found: Mapping[str, torch.Tensor], labels: Sequence[str]) -> torch.Tensor:
    """(labels,), or (labels, samples) where some have several."""
    return torch.stack(torch.broadcast_tensors(*(found[label] for label in labels)))  # type: ignore[no-untyped-call]  # PyTorch's own is not typed


def _by_rule(layer: Layer, unit: int, read: torch.Tensor) -> torch.Tensor:
    match layer.rule:
        case Rule.MAXIMUM:
            return read.max()
        case Rule.MEAN:
            return read.mean()
        case Rule.PRODUCTS:
            return (read[::2] * read[1::2]).sum(0)
        case Rule.SCALED_PRODUCTS:
            return (read[::2] * read[1::2]).sum(0) / math.sqrt(len(read) / 2)
        case Rule.SOFTMAX:
            return read.softmax(0)[int(layer.constants[unit])]
        case Rule.BATCH_MEAN:
            return read.mean()
        case Rule.BATCH_VARIANCE:
            return read[:-1].var(correction=0)
        case Rule.NORMALISED:
            return (read[0] - read[1]) / torch.sqrt(read[2] + layer.constants[unit])
    return (read[0] == layer.constants[unit]).double()


def nearest_kink(network: Network, numbers: Mapping[str, float]) -> float:
    """How far the unit closest to a kink is from it, in its net input; inf without such units."""
    found = forward(network, numbers)
    kinked = Activation.RELU, Activation.LEAKY_RELU
    nets = [net for layer in network.layers if layer.activation in kinked for net in layer.nets]
    return min((abs(found[net]) for net in nets), default=math.inf)
