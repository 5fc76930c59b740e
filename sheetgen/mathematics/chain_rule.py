"""The gradients of a network, factor by factor: every derivative by its name, as an expression over others.

They are those of the backward pass, with a name for each factor: ∂E_t/∂w1 = ∂E_t/∂h1 · ∂h1/∂w1, where
∂E_t/∂h1 = ∂E_t/∂a_h1 · ∂a_h1/∂h1, and ∂E_t/∂a_h1 is the sum over the units that h1 feeds. A net input that several
outputs read, as a softmax layer's do, has a sum over these. An expression reads labels of the step, and names of
derivatives that come before it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sheetgen.mathematics.derivatives import Node, gradients
from sheetgen.mathematics.expression import Column, Expression, Number, columns_used, product, times
from sheetgen.mathematics.notation import MATHEMATICS, mathematics, write
from sheetgen.mathematics.training_step import forward_pass, simpler_deltas
from templates import Activation, Layer, Network, delta_of


@dataclass(frozen=True)
class Derivative:
    """A derivative: its name, its formula, and in words what it says."""

    name: str
    expression: Expression
    meaning: str

    @property
    def text(self) -> str:
        """The formula for a reader; where it is made of derivatives alone, as fractions, they stand apart."""
        is_of_fractions = all(column.label.startswith("∂") for column in columns_used(self.expression))
        return write(self.expression, _FRACTIONS) if is_of_fractions else mathematics(self.expression)


_FRACTIONS = replace(MATHEMATICS, look=lambda operation: " · " if operation is times else operation.mathematics)


class ChainRule:
    """How the gradients of a network come about; to be read from the output layer back."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._loss_of = dict(zip(network.layers[-1].outputs, network.losses, strict=True))
        self._forward, self._simpler = forward_pass(network), simpler_deltas(network)
        hidden = {output for layer in network.layers[:-1] for output in layer.outputs}
        self._shared = _shared(network)
        hidden |= self._shared
        plain, unnamed = {*hidden, *network.losses}, {*self._loss_of, *network.losses, network.whole_loss}
        graph = {
            label: Node(column.expression, {
                read: factors if read in plain else (Column(_over(label, read)),)
                for read, factors in column.slopes.items()
            })
            for label, column in self._forward.items()
        }  # fmt: skip
        names = {label: network.gradient_of(label) for label in graph if label not in unnamed}
        self._gradients = gradients(graph, network.whole_loss, names)

    def unit(self, layer: Layer, unit: int) -> Iterator[Derivative]:
        """What leads to the gradient of a unit's net input, and to those of the parameters that only this unit has.

        What arrives at an output comes with the first net input that this reads.
        """
        net, path = layer.nets[unit], list[str]()
        if self._forward[net].per_step:
            yield self._of_all_samples(net)
            return
        if layer.outputs[unit] == net:
            yield self._gradient(net, f"what comes back from all that reads {net}: δ_{net}")
            return
        readers = [*self.readers(layer, net)]
        for reader in readers:
            if reader in layer.outputs and net == next(n for n in layer.nets if n in self._forward[reader].slopes):
                yield self._arriving(reader)
            path += [self._arriving(reader).name] if reader in layer.outputs else []
            yield (through := self._slope(reader, net, self._way(layer, reader, net)))
            path.append(through.name)
        yield self._gradient(net, self._together(net, readers, len(path)))
        own_bias = layer.biases[unit : unit + 1] if len(layer.bias_names) > 1 else ()
        own = (name for name in (*layer.weights[unit], *own_bias) if name not in self._shared)
        for name in filter(layer.is_trained, own):
            along = self.along(net, name)
            yield along
            in_full = f"in full: {' · '.join([*path, along.name])}"
            yield self._gradient(name, in_full if len(readers) == 1 else "the product of both")

    def readers(self, layer: Layer, net: str) -> Iterator[str]:
        """The outputs and losses that read a net input of the layer, and that the gradients come back through."""
        labels = (*layer.outputs, *self._loss_of.values())
        return (label for label in labels if net in self._forward[label].slopes and label in self._gradients)

    def shared(self, layer: Layer) -> Iterator[tuple[str, Iterator[Derivative]]]:
        """What leads to the gradients of the layer's parameters that several units share, each part with a title."""
        shared = [name for name in layer.trained if name in self._shared]
        if shared:
            said = "summed over all units that it stands at"
            yield f"Shared: {shared[0]} … {shared[-1]}", (self._gradient(name, said) for name in shared)
        elif len(layer.bias_names) == 1 and layer.trained_bias:
            yield f"The bias of {', '.join(layer.nets)}", self._shared_bias(layer)

    def _shared_bias(self, layer: Layer) -> Iterator[Derivative]:
        for bias in layer.bias_names:
            yield from (self.along(net, bias) for net in layer.nets)
            several = len(layer.nets) > 1
            yield self._gradient(bias, "summed over the units that share it" if several else "the product of both")

    def along(self, net: str, parameter: str) -> Derivative:
        """How a unit's net input changes with one of its parameters."""
        carried = self._forward[net].slopes[parameter]
        is_weight = f"{parameter} is multiplied by {mathematics(product(carried))}"
        return self._slope(net, parameter, is_weight if carried else "a bias is added as it is")

    def _arriving(self, output: str) -> Derivative:
        """How the total loss changes with an output."""
        if loss := self._loss_of.get(output):
            return self._slope(loss, output, f"how {loss} changes with {output}; no other loss does")
        return self._gradient(output, f"what comes back over the weights that {output} feeds")

    def _of_all_samples(self, net: str) -> Derivative:
        """How the losses of all samples change with a number that they share, which is known from all of them."""
        formula = mathematics(self._gradients.get(net, Number(0)))
        said = f"over all samples of the step: {formula}"
        return Derivative(self._network.gradient_of(net), Column(delta_of(net)), said)

    def _way(self, layer: Layer, reader: str, net: str) -> str:
        if reader not in layer.outputs:
            return f"how {reader} changes with {net}; no other loss does"
        own = reader == layer.outputs[layer.nets.index(net)]
        if own and layer.activation is Activation.RELU:
            return f"the slope of the relu unit: 1 where {reader} is above 0, otherwise 0"
        return f"the slope of the {layer.activation} unit" if own else f"{reader} depends on {net} too"

    def _together(self, net: str, readers: Sequence[str], factors: int) -> str:
        """What a net input's gradient is made of, in words, and its simpler form where it has one."""
        whole = f"both together: δ_{net}" if factors == 2 else f"this is δ_{net}"
        if len(readers) > 1:
            whole = f"added up: δ_{net}"
        return f"{whole}; in short {mathematics(self._simpler[net])}" if net in self._simpler else whole

    def _slope(self, upper: str, lower: str, meaning: str) -> Derivative:
        return Derivative(_over(upper, lower), product(self._forward[upper].slopes[lower]), meaning)

    def _gradient(self, label: str, meaning: str) -> Derivative:
        return Derivative(self._network.gradient_of(label), self._gradients.get(label, Number(0)), meaning)


def _shared(network: Network) -> set[str]:
    """The parameters of layers that are not dense: their units share them, by far too many for a line each."""
    return {name for layer in network.layers if not layer.is_dense for name in layer.parameters}


def _over(upper: str, lower: str) -> str:
    return f"∂{upper}/∂{lower}"
