"""What a table trains, as far as its check needs to know: what is given, what is trained, and what follows.

A network of the vocabulary knows all of it from the mathematics alone. A table with another forward pass is judged on
its own terms; its model is made from its own formulas.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from templates import TOTAL_LOSS, Activation, Network, delta_of, gradient_of
from verifier.judging.oracle import Array, Start, train


@dataclass(frozen=True)
class Model(ABC):
    """The names of a training, and what it computes; `network` is the one that the labels tell."""

    network: Network

    @property
    def inputs(self) -> tuple[str, ...]:
        return self.network.inputs

    @property
    def targets(self) -> tuple[str, ...]:
        return self.network.targets

    @property
    def parameters(self) -> tuple[str, ...]:
        return self.network.parameters

    @property
    def trained(self) -> tuple[str, ...]:
        """Those of the parameters that the training updates."""
        return self.network.trained

    @property
    @abstractmethod
    def order(self) -> Sequence[str]:
        """All names in the order in which an iteration computes them."""

    @abstractmethod
    def train(self, start: Start) -> dict[str, Array]:
        """Every quantity by its name, (rows,) each; NaN from where a number is too large for Excel, or is none."""

    @abstractmethod
    def describe(self) -> str:
        """One phrase for people."""


class NetworkModel(Model):
    """A network of the vocabulary; what it computes is the oracle's word."""

    @cached_property
    def order(self) -> Sequence[str]:
        network = self.network
        names = [*network.targets, *network.inputs, *network.parameters]
        for layer in network.layers:
            pairs = [name for pair in zip(layer.nets, layer.outputs, strict=True) for name in pair]
            names += [*layer.nets, *layer.outputs] if layer.activation is Activation.SOFTMAX else pairs
        names += [*network.losses, TOTAL_LOSS]
        for layer in reversed(network.layers):
            names += [delta_of(net) for net in layer.nets]
        return names + [gradient_of(name) for name in network.trained]

    def train(self, start: Start) -> dict[str, Array]:
        return train(self.network, start)

    def describe(self) -> str:
        return self.network.describe()
