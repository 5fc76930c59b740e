"""Weights that are drawn: the distributions of PyTorch, the same numbers everywhere, short ones."""

import math
from statistics import fmean, pstdev

import pytest
import torch

from templates import Bias, parse_template
from templates.initial import Init, drawn_weights

TEMPLATE = """\
inputs = [0.1, 0.2]
targets = [0.3]
[[layers]]
units = 3
init = "xavier"
seed = 7
{biases}
[[layers]]
units = 1
init = "he"
seed = 8
[training]
learning_rates = [1]
iterations = 1
"""
UNITS, FAN_IN = 60, 90
OF_TORCH = {
    Init.XAVIER: torch.nn.init.xavier_uniform_,
    Init.HE: torch.nn.init.kaiming_normal_,
    Init.NORMAL: torch.nn.init.normal_,
}


@pytest.mark.parametrize("init", Init)
def test_weights_are_spread_as_those_of_pytorch(init: Init) -> None:
    torch.manual_seed(1)
    numbers = [number for row in drawn_weights(init, 5, UNITS, FAN_IN) for number in row]
    expected = OF_TORCH[init](torch.empty(UNITS, FAN_IN)).flatten().tolist()
    assert len(numbers) == len(expected)
    assert pstdev(numbers) == pytest.approx(pstdev(expected), rel=0.05)
    assert abs(fmean(numbers)) < 4 * pstdev(expected) / math.sqrt(len(expected))
    is_bounded = max(map(abs, expected)) < 2 * pstdev(expected)
    assert (max(map(abs, numbers)) < 2 * pstdev(numbers)) == is_bounded == (init is Init.XAVIER)


def test_a_seed_gives_the_same_short_numbers_on_every_machine() -> None:
    assert drawn_weights(Init.XAVIER, 1, 2, 2) == ((-0.8956, 0.851), (0.6461, -0.6))
    assert drawn_weights(Init.HE, 1, 1, 3) == ((1.0518, 1.1835, 0.0542),)
    assert drawn_weights(Init.NORMAL, 2, 1, 2) != drawn_weights(Init.NORMAL, 1, 1, 2)


def test_a_drawn_layer_fits_the_one_before_and_has_biases_of_nought() -> None:
    template = parse_template(TEMPLATE.format(biases=""), name="net", source="net.toml")
    assert template.network.describe() == "2-3-1 sigmoid with biases"
    assert [template.start[name] for name in ("b1", "b2", "b3", "b4")] == [0.0] * 4
    assert template.start["w1"] == drawn_weights(Init.XAVIER, 7, 3, 2)[0][0]
    assert template.start["w7"] == drawn_weights(Init.HE, 8, 1, 3)[0][0]


def test_a_drawn_layer_may_have_biases_that_are_given() -> None:
    template = parse_template(TEMPLATE.format(biases="biases = 0.5"), name="net", source="net.toml")
    assert template.network.sizes[0].bias is Bias.SHARED
    assert template.start["b1"] == 0.5
