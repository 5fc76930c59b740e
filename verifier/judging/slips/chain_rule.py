"""Why a part belongs into a formula: the network's own mathematics, in a sentence.

Forward: a net input is the sum of weight times source, an activation a function of it, E_k = ½(t_k − a_ok)². Backward,
by the chain rule: ∂E_t/∂w = δ·source, with δ of an output its error times the derivative of its activation, and δ of a
hidden unit the sum of the δ that it reaches, each times the weight on the way, times the derivative of its activation.

A table may be judged on terms of its own. So a sentence is said only where it holds in the numbers of the training.
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

    def rule(self, name: str) -> str | None:
        """What a quantity is, in the sentence that a student has learned; None where there is none."""
        network = self.network
        if name == TOTAL_LOSS:
            is_sum = self._is(name, sum(self._series(loss) for loss in network.losses))
            return f"{TOTAL_LOSS} is {'+'.join(network.losses)}" if is_sum else None
        if name in network.losses:
            k = network.losses.index(name)
            error = f"{network.targets[k]}−{network.layers[-1].outputs[k]}"
            return f"{name} is ½({error})²" if self._is_half_square(k) else None
        if name in network.parameters:
            return f"{name} becomes {name}−η·{gradient_of(name)}, both of the row before"
        for unit in self._units():
            if name == unit.net:
                return f"{name} is {_sum_of(unit)}" if self._adds(unit) else None
            if name == unit.output:
                return f"{name} is the {unit.layer.activation.value} of {unit.net}" if self._activates(unit) else None
        return self._gradient_rule(name)

    def reason(self, name: str, part: str) -> str | None:
        """Why a column, `part`, belongs into the formula of another; None where there is no telling."""
        behind = self._behind(name)
        if behind is None:
            return self.rule(name)
        unit, source = behind
        if part == source:
            weight = name.rpartition("∂")[2]
            return f"{weight} leads from {source} to {unit.net}, so {source} is a factor of its gradient"
        if part == unit.output and not self._is_output(unit):
            is_known = self._activates(unit)
            return f"the derivative of {unit.net}'s unit is {unit.derivative}" if is_known else None
        if not self._is_output(unit):
            following = self.network.layers[unit.depth + 1]
            for row, net in zip(following.weights, following.nets, strict=True):
                if part == row[unit.place]:
                    return f"{unit.net}'s unit reaches {net} through {part}"
        if part in self.network.targets:
            k = self.network.targets.index(part)
            return f"the error of {self.network.layers[-1].nets[k]} is {self._error(k)}" if self._squares() else None
        return self._gradient_rule(name)

    def _gradient_rule(self, name: str) -> str | None:
        behind = self._behind(name)
        if behind is None or not self._activates(behind[0]):
            return None
        unit, source = behind
        times = "" if source is None else f", times {source}"
        if self._is_output(unit):
            error = f"it is the error {self._error(unit.place)}, times the derivative {unit.derivative}{times}"
            return error if self._squares() else None
        nets = self.network.layers[unit.depth + 1].nets
        ahead = " and ".join(nets) if len(nets) <= 3 else "all units behind"
        return f"it is what comes back from {ahead} through {unit.net}'s weights, times {unit.derivative}{times}"

    # --- the network ---

    def _units(self) -> Iterator[_Unit]:
        layers = enumerate(self.network.layers)
        return (_Unit(layer, depth, k) for depth, layer in layers for k in range(len(layer.nets)))

    def _behind(self, name: str) -> tuple[_Unit, str | None] | None:
        """The unit whose delta a gradient is made of, with the source of the weight; None of anything else."""
        for unit in self._units():
            if name == delta_of(unit.net) or (unit.bias is not None and name == gradient_of(unit.bias)):
                return unit, None
            for weight, source in zip(unit.weights, unit.layer.sources, strict=True):
                if name == gradient_of(weight):
                    return unit, source
        return None

    def _is_output(self, unit: _Unit) -> bool:
        return unit.depth + 1 == len(self.network.layers)

    def _error(self, k: int) -> str:
        """How far an output is from its target, in words."""
        return f"{self.network.layers[-1].outputs[k]}−{self.network.targets[k]}"

    # --- whether it holds in the numbers ---

    def _series(self, name: str) -> Array:
        return self.expected.get(name, np.array(np.nan))

    def _is(self, name: str, values: Array | int) -> bool:
        series = self._series(name)
        known = np.isfinite(series)
        with np.errstate(all="ignore"):
            is_same = np.abs(series - values) <= _ROUNDING * (1 + np.abs(series))
        return bool(known.any() and np.all(is_same | ~known))

    def _activates(self, unit: _Unit) -> bool:
        with np.errstate(all="ignore"):
            return self._is(unit.output, activate(unit.layer.activation, self._series(unit.net)))

    def _adds(self, unit: _Unit) -> bool:
        pairs = zip(unit.weights, unit.layer.sources, strict=True)
        total = sum(self._series(weight) * self._series(source) for weight, source in pairs)
        return self._is(unit.net, total if unit.bias is None else total + self._series(unit.bias))

    def _is_half_square(self, k: int) -> bool:
        error = self._series(self.network.targets[k]) - self._series(self.network.layers[-1].outputs[k])
        return self._is(self.network.losses[k], 0.5 * error**2)

    def _squares(self) -> bool:
        """Whether the loss is the half squared error of all outputs."""
        halves = all(self._is_half_square(k) for k in range(len(self.network.losses)))
        return halves and self.rule(TOTAL_LOSS) is not None


def _sum_of(unit: _Unit) -> str:
    terms = [f"{w}·{s}" for w, s in zip(unit.weights, unit.layer.sources, strict=True)]
    return "+".join([*terms, unit.bias] if unit.bias is not None else terms)
