"""Initial weights that are drawn, as `torch.nn.init` draws them: by its distributions, from a generator of Python.

A seed gives the same numbers on every machine. They are rounded to four decimals, so that a sheet shows all of each.
"""

import math
import random
from enum import StrEnum

DECIMALS = 4


class Init(StrEnum):
    """How the weights of a layer are drawn, named as people say it."""

    XAVIER = "xavier"  # uniform within ±√(6/(fan_in + fan_out)): xavier_uniform_
    HE = "he"  # normal with the deviation √(2/fan_in): kaiming_normal_
    NORMAL = "normal"  # normal with the deviation 1: normal_


def drawn_weights(init: Init, seed: int, units: int, fan_in: int) -> tuple[tuple[float, ...], ...]:
    """Draw the weights of a layer, (units, fan_in), row by row."""
    generator = random.Random(seed)  # noqa: S311  nothing secret, and the same numbers for the same seed

    def draw() -> float:
        match init:
            case Init.XAVIER:
                bound = math.sqrt(6 / (fan_in + units))
                return generator.uniform(-bound, bound)
            case Init.HE:
                return generator.gauss(0, math.sqrt(2 / fan_in))
            case Init.NORMAL:
                return generator.gauss(0, 1)

    return tuple(tuple(round(draw(), DECIMALS) + 0.0 for _ in range(fan_in)) for _ in range(units))
