"""Other numbers for the same network: an exercise that nobody beside one can copy."""

import random
from dataclasses import replace

from templates import Loss, Template
from templates.wiring import Embedding

_DECIMALS = 2  # as on paper
_SPREAD, _APART = 0.5, 0.3  # relative, and beside it
_WITHIN = (0.01, 0.99)  # of a target
_LEAST = 0.05  # of a number that is not 0


def with_other_numbers(template: Template, seed: int) -> Template:
    """The template's first sample with other parameters, inputs and targets of two decimals, the same for a seed.

    Targets that are probabilities stay, as do inputs that are numbers of words. A target between 0 and 1 stays there,
    where an output can reach it.
    """
    template, draw = template.first_sample, random.Random(seed)  # noqa: S311  nothing secret
    network = template.network
    labels = list(network.parameters)
    if not isinstance(network.sizes[0], Embedding):
        labels += network.inputs
    start = {**template.start, **{label: _near(template.start[label], draw) for label in labels}}
    if network.loss not in (Loss.BINARY_CROSS_ENTROPY, Loss.CATEGORICAL_CROSS_ENTROPY):
        start |= {label: _target_near(template.start[label], draw) for label in network.targets}
    return replace(template, start=start)


def _target_near(number: float, draw: random.Random) -> float:
    return round(draw.uniform(*_WITHIN), _DECIMALS) if 0 <= number <= 1 else _near(number, draw)


def _near(number: float, draw: random.Random) -> float:
    moved = number * (1 + draw.uniform(-_SPREAD, _SPREAD)) + draw.uniform(-_APART, _APART)
    return round(moved if abs(moved) >= _LEAST else moved + 2 * _LEAST, _DECIMALS)
