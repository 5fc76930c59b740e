"""Why a part belongs into a formula: the network's own mathematics, in a sentence.

By the chain rule ∂E_t/∂w = δ·source, with δ of an output its error times the derivative of its activation, and δ of a
hidden unit the sum of the δ that it reaches, each times the weight on the way, times the derivative of its activation.

A table may be judged on terms of its own. So what an activation or a loss is, is said only where it holds in the
numbers of the training.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from templates import TOTAL_LOSS, Activation, Layer, Network, delta_of, gradient_of
from verifier.judging.oracle import Array, activate

_ROUNDING = 1e-9
_DERIVATIVES = {
    Activation.SIGMOID: "{a}·(1−{a})",
    Activation.TANH: "1−{a}²",
    Activation.RELU: "1 where {net} is above 0, else 0",
    Activation.LINEAR: "1",
    Activation.LEAKY_RELU: "1 where {net} is above 0, else 0.01",
    Activation.SOFTPLUS: "1/(1+EXP(−{net}))",
    Activation.SILU: "{a}+(1−{a})/(1+EXP(−{net}))",
    Activation.GELU: "that of gelu at {net}",
    Activation.SOFTMAX: "{a}·(1−{a}) by its own net input, and less its product with another output by that one's",
}


@dataclass(frozen=True)
class _Unit:
    """A unit: its layer, the number of that from 0, and its place in it."""

    layer: Layer
    depth: int
    place: int

    @property
    def net(self) -> str:
        return self.layer.nets[self.place]

    @property
    def output(self) -> str:
        return self.layer.outputs[self.place]

    @property
    def weights(self) -> tuple[str, ...]:
        return self.layer.weights[self.place]

    @property
    def bias(self) -> str | None:
        return self.layer.biases[self.place] if self.layer.biases else None

    @property
    def derivative(self) -> str:
        """The derivative of its activation, in words."""
        return _DERIVATIVES[self.layer.activation].format(a=self.output, net=self.net)


@dataclass(frozen=True)
class ChainRule:
    """The mathematics of a network; `expected` are the numbers of the right training, (rows,) for each name."""

    network: Network
    expected: Mapping[str, Array]

    def activation(self, name: str) -> str | None:
        """Which function of its net input an activation is; None of anything else."""
        unit = next((unit for unit in self._units() if unit.output == name), None)
        is_known = unit is not None and self._activates(unit)
        return f"{name} is the {unit.layer.activation.value} of {unit.net}" if unit is not None and is_known else None

    def reason(self, name: str, part: str) -> str | None:
        """Why a column, `part`, belongs into the formula of a gradient; None where there is no telling."""
        for unit in self._units():
            if name == delta_of(unit.net) or (unit.bias is not None and name == gradient_of(unit.bias)):
                return self._in_delta(unit, part)
            for weight, source in zip(unit.weights, unit.layer.sources[unit.place], strict=True):
                if name == gradient_of(weight):
                    leads = f"{weight} leads from {source} to {unit.net}, so {source} is a factor of its gradient"
                    return leads if part == source else self._in_delta(unit, part)
        return None

    def _in_delta(self, unit: _Unit, part: str) -> str | None:
        """Why a column belongs into the δ of a unit."""
        network, outputs = self.network, self.network.layers[-1].outputs
        if part in network.targets and self._squares():
            k = network.targets.index(part)
            return f"the error of {network.layers[-1].nets[k]} is {outputs[k]}−{part}"
        if unit.depth + 1 == len(network.layers):
            return None
        if part == unit.output:
            is_known = self._activates(unit)
            return f"the derivative of {unit.net}'s unit is {unit.derivative}" if is_known else None
        following = network.layers[unit.depth + 1]
        reached = zip(following.weights, following.nets, strict=True)
        net = next((net for row, net in reached if row[unit.place] == part), None)
        return None if net is None else f"{unit.net}'s unit reaches {net} through {part}"

    def _units(self) -> Iterator[_Unit]:
        layers = enumerate(self.network.layers)
        return (_Unit(layer, depth, k) for depth, layer in layers for k in range(len(layer.nets)))

    # --- whether it holds in the numbers ---

    def _series(self, name: str) -> Array:
        return self.expected.get(name, np.array(np.nan))

    def _is(self, name: str, values: Array) -> bool:
        series = self._series(name)
        known = np.isfinite(series)
        with np.errstate(all="ignore"):
            is_same = np.abs(series - values) <= _ROUNDING * (1 + np.abs(series))
        return bool(known.any() and np.all(is_same | ~known))

    def _activates(self, unit: _Unit) -> bool:
        with np.errstate(all="ignore"):
            nets = np.stack(np.broadcast_arrays(*map(self._series, unit.layer.nets)), axis=-1)  # (rows, units)
            return self._is(unit.output, activate(unit.layer.activation, nets)[..., unit.place])

    def _squares(self) -> bool:
        """Whether the loss is the half squared error of all outputs."""
        pairs = zip(self.network.targets, self.network.layers[-1].outputs, strict=True)
        halves = [0.5 * (self._series(target) - self._series(output)) ** 2 for target, output in pairs]
        each = all(map(self._is, self.network.losses, halves))
        return each and self._is(TOTAL_LOSS, np.sum(halves, axis=0))
