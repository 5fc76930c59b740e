"""What each row of a table gives of its own numbers: for columns that hold numbers in the place of formulas.

Nothing is chained. A net input comes from the weights and activations that stand in its row, a gradient from those and
the targets, an updated weight from the weight and the gradient of the row before. So a number that was rounded, or is
wrong, spoils nothing but what reads it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from templates import TOTAL_LOSS, Layer, Network, delta_of, gradient_of
from verifier.judging.model import Model
from verifier.judging.oracle import Array, Start, activate, slope

RELATIVE = 1e-9  # as much as rounding may do to numbers that are shown in full
ABSOLUTE = 1e-14


@dataclass(frozen=True)
class Shown:
    """The numbers of a table's columns, (rows,) each, NaN where there is none, and how far off each may be."""

    numbers: Mapping[str, Array]
    units: Mapping[str, Array]


Step = Callable[[Mapping[str, Array], Array], dict[str, Array]]  # what rows give of numbers and learning rates


def own_rows(step: Step, shown: Shown, rates: Array) -> tuple[dict[str, Array], dict[str, Array]]:
    """What each row gives for each name, and how far off that may be for want of digits; NaN where it gives nothing.

    `rates` is (rows,), the learning rate of the step from each row to the next.
    """
    with np.errstate(all="ignore"):
        given = step(shown.numbers, rates)
        tolerance = {name: RELATIVE * np.abs(values) + ABSOLUTE for name, values in given.items()}
        for name, units in shown.units.items():
            if units.any():
                moved = {**shown.numbers, name: shown.numbers[name] + units}
                for other, values in step(moved, rates).items():
                    tolerance[other] = tolerance[other] + np.nan_to_num(np.abs(values - given[other]))
    return given, tolerance


def computed(network: Network, shown: Mapping[str, Array], rates: Array) -> dict[str, Array]:
    """What each row gives of the numbers that are shown in it, for each name that a network computes."""
    with np.errstate(all="ignore"):
        return _Rows(network, shown, rates).computed()


def stepped(model: Model, shown: Mapping[str, Array], rates: Array) -> dict[str, Array]:
    """The same for a training of any kind, row by row, from what each row is given and its parameters alone."""
    unknown = np.full(len(rates), np.nan)
    inputs, targets = (
        np.array([shown.get(name, unknown) for name in names]).reshape(len(names), len(rates)).T
        for names in (model.inputs, model.targets)
    )
    parameters = {name: shown.get(name, unknown) for name in model.parameters}
    steps = []
    for k in range(len(rates)):
        own = {name: float(values[k]) for name, values in parameters.items()}
        steps.append(model.train(Start(own, inputs[k : k + 1], targets[k : k + 1], rates[k : k + 1])))
    given = {name: np.array([float(step[name][0]) for step in steps]) for name in model.order}
    for name in model.trained:
        slopes, computed_slopes = shown.get(gradient_of(name), unknown), given[gradient_of(name)]
        following = parameters[name] - rates * np.where(np.isnan(slopes), computed_slopes, slopes)
        given[name] = np.concatenate([[np.nan], following[:-1]])
    return {name: values for name, values in given.items() if name not in (*model.inputs, *model.targets)}


class _Rows:
    """One step of a network in every row at once."""

    def __init__(self, network: Network, shown: Mapping[str, Array], rates: Array) -> None:
        self._network, self._shown, self._rates = network, shown, rates
        self._computed: dict[str, Array] = {}

    def computed(self) -> dict[str, Array]:
        """Every quantity that is computed, by its name."""
        for layer in self._network.layers:
            self._forward(layer)
        self._losses()
        arriving = [self._value(a) - self._value(t) for a, t in zip(self._outputs, self._network.targets, strict=True)]
        for layer in reversed(self._network.layers):
            arriving = self._backward(layer, arriving)
        for name in self._network.trained:
            self._computed[name] = self._updated(name)
        return self._computed

    @property
    def _outputs(self) -> tuple[str, ...]:
        return tuple(self._network.layers[-1].outputs)

    def _value(self, name: str) -> Array:
        """What stands in the rows for a name, and what they give where nothing does."""
        computed, shown = self._computed.get(name), self._shown.get(name)
        if shown is None:
            return np.full(len(self._rates), np.nan) if computed is None else computed
        return shown if computed is None else np.where(np.isnan(shown), computed, shown)

    def _forward(self, layer: Layer) -> None:
        for k, (net, output) in enumerate(zip(layer.nets, layer.outputs, strict=True)):
            total = np.zeros(len(self._rates))
            for weight, source in zip(layer.weights[k], layer.sources, strict=True):
                total = total + self._value(weight) * self._value(source)
            self._computed[net] = total + self._value(layer.biases[k]) if layer.biases else total
            self._computed[output] = activate(layer.activation, self._value(net))

    def _losses(self) -> None:
        for loss, output, target in zip(self._network.losses, self._outputs, self._network.targets, strict=True):
            self._computed[loss] = 0.5 * (self._value(target) - self._value(output)) ** 2
        total = np.zeros(len(self._rates))
        for loss in self._network.losses:
            total = total + self._value(loss)
        self._computed[TOTAL_LOSS] = total

    def _backward(self, layer: Layer, arriving: list[Array]) -> list[Array]:
        """The gradients of a layer, from ∂E_total by its activations; what comes back to its sources."""
        deltas = [d * slope(layer.activation, self._value(a)) for d, a in zip(arriving, layer.outputs, strict=True)]
        back = [np.zeros(len(self._rates)) for _ in layer.sources]
        shared: dict[str, Array] = {}
        for k, (net, delta) in enumerate(zip(layer.nets, deltas, strict=True)):
            self._computed[delta_of(net)] = delta
            for j, (weight, source) in enumerate(zip(layer.weights[k], layer.sources, strict=True)):
                self._computed[gradient_of(weight)] = delta * self._value(source)
                back[j] = back[j] + delta * self._value(weight)
            for bias in layer.biases[k : k + 1]:
                shared[bias] = shared.get(bias, np.zeros(len(self._rates))) + delta
        self._computed |= {gradient_of(bias): total for bias, total in shared.items() if bias in self._network.trained}
        return back

    def _updated(self, name: str) -> Array:
        """A parameter after the step from the row before; NaN in the first row."""
        following = self._value(name) - self._rates * self._value(gradient_of(name))
        return np.concatenate([[np.nan], following[:-1]])
