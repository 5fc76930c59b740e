"""The formulas of a training table for any sigmoid network, written by the chain rule as a person would by hand.

Templates of text and nothing else: {x} stands for the cell of x in the same row, {x'} for that in the row before. They
share nothing with the generator, whose expressions they are a second opinion on.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count

NONE, SHARED, OWN = "no biases", "one bias for all units", "a bias for each unit"


@dataclass(frozen=True)
class Unit:
    """A unit: the activations it reads, the weight that each comes through, and its bias, if it has one."""

    net: str
    sources: Sequence[str]
    weights: Sequence[str]
    bias: str | None

    @property
    def output(self) -> str:
        return f"a_{self.net}"


@dataclass(frozen=True)
class Net:
    """A network of sigmoid units with half squared errors: `shape` counts inputs, hidden units layer by layer, outputs.

    `biases` says for each layer behind the inputs what biases it has; `start` may give numbers to start from.
    """

    shape: tuple[int, ...]
    biases: tuple[str, ...] = ()
    start: Mapping[str, float] = field(default_factory=dict)

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        return tuple(f"i{k + 1}" for k in range(self.shape[0]))

    @cached_property
    def targets(self) -> tuple[str, ...]:
        return tuple(f"t{k + 1}" for k in range(self.shape[-1]))

    @cached_property
    def losses(self) -> tuple[str, ...]:
        return tuple(f"E{k + 1}" for k in range(self.shape[-1]))

    @cached_property
    def layers(self) -> tuple[tuple[Unit, ...], ...]:
        """The units, layer by layer; weights, hidden units and biases are each numbered through."""
        weights, hidden, biases = (map(f"{letter}{{}}".format, count(1)) for letter in "whb")
        sources: Sequence[str] = self.inputs
        layers = []
        for depth, units in enumerate(self.shape[1:]):
            kind = self.biases[depth] if self.biases else NONE
            shared = next(biases) if kind == SHARED else None
            last = depth == len(self.shape) - 2
            layer = tuple(
                Unit(
                    net=f"o{k + 1}" if last else next(hidden),
                    sources=sources,
                    weights=tuple(next(weights) for _ in sources),
                    bias=next(biases) if kind == OWN else shared,
                )
                for k in range(units)
            )
            layers.append(layer)
            sources = tuple(unit.output for unit in layer)
        return tuple(layers)

    @property
    def units(self) -> Iterator[Unit]:
        return (unit for layer in self.layers for unit in layer)

    @cached_property
    def weights(self) -> tuple[str, ...]:
        return tuple(name for unit in self.units for name in unit.weights)

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The weights, then the biases."""
        return (*self.weights, *dict.fromkeys(unit.bias for unit in self.units if unit.bias is not None))

    @cached_property
    def gradients(self) -> dict[str, str]:
        """The name of the gradient of each parameter."""
        return {name: f"∂E_t/∂{name}" for name in self.parameters}

    @cached_property
    def order(self) -> tuple[str, ...]:
        """All names, as an iteration computes them."""
        forward = [name for unit in self.units for name in (unit.net, unit.output)]
        names = (*self.targets, *self.inputs, *self.parameters, *forward, *self.losses, "E_total")
        return (*names, *self.gradients.values())

    @cached_property
    def deltas(self) -> dict[str, str]:
        """∂E_total/∂(net input) of each unit, {δ_…} standing for those of the layer behind."""
        found = {}
        for unit, target in zip(self.layers[-1], self.targets, strict=True):
            found[f"δ_{unit.net}"] = f"({{{unit.output}}}-{{{target}}})*{_slope(unit)}"
        for layer, behind in zip(self.layers[:-1], self.layers[1:], strict=True):
            for k, unit in enumerate(layer):
                arriving = "+".join(f"{{δ_{after.net}}}*{{{after.weights[k]}}}" for after in behind)
                found[f"δ_{unit.net}"] = f"({arriving})*{_slope(unit)}"
        return found

    @cached_property
    def formulas(self) -> dict[str, str]:
        """A template for all that is computed from its own row, the deltas written out where they are needed."""
        found = {}
        for unit in self.units:
            products = [f"{{{w}}}*{{{s}}}" for w, s in zip(unit.weights, unit.sources, strict=True)]
            found[unit.net] = "+".join([*products, *([f"{{{unit.bias}}}"] if unit.bias else [])])
            found[unit.output] = f"1/(1+EXP(-{{{unit.net}}}))"
        for unit, target, loss in zip(self.layers[-1], self.targets, self.losses, strict=True):
            found[loss] = f"0.5*({{{target}}}-{{{unit.output}}})^2"
        found["E_total"] = "+".join(f"{{{loss}}}" for loss in self.losses)
        return found | {name: self.inlined(form) for name, form in self.short_gradients.items()}

    @cached_property
    def short_gradients(self) -> dict[str, str]:
        """The gradients, read from columns of deltas."""
        found = {}
        for unit in self.units:
            for weight, source in zip(unit.weights, unit.sources, strict=True):
                found[self.gradients[weight]] = f"{{δ_{unit.net}}}*{{{source}}}"
        for layer in self.layers:
            for bias in {unit.bias for unit in layer if unit.bias is not None}:
                arriving = [f"{{δ_{unit.net}}}" for unit in layer if unit.bias == bias]
                found[self.gradients[bias]] = "+".join(arriving)
        return found

    def inlined(self, form: str) -> str:
        """A template with the deltas written out."""
        while "{δ" in form:
            for name, delta in self.deltas.items():
                form = form.replace(f"{{{name}}}", f"({delta})")
        return form

    def first(self, name: str) -> float:
        """The number that a column starts from."""
        if name in self.start:
            return self.start[name]
        index = (*self.parameters, *self.inputs, *self.targets).index(name)
        return round(0.15 + 0.37 * ((index * 7 + 3) % 11) / 11 * (-1 if index % 4 == 2 else 1), 3)


def _slope(unit: Unit) -> str:
    return f"{{{unit.output}}}*(1-{{{unit.output}}})"


EXERCISE = Net(
    (2, 2, 2),
    start={
        "t1": 0.01, "t2": 0.99, "i1": 0.05, "i2": 0.10, "w1": 0.15, "w2": 0.20, "w3": 0.25, "w4": 0.30,
        "w5": 0.40, "w6": 0.45, "w7": 0.50, "w8": 0.55,
    },
)  # fmt: skip
