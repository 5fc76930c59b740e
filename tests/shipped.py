"""The templates that are shipped, for the tests of each: a few of them in every run, the others in the slow one."""

import pytest

from templates import PLAIN, load_template, template_names

# The exercise, biases and ReLU, an optimizer with states, several samples, other layers, and both of these.
QUICK = ("backprop", "deep", "adam", "xor", "recurrent", "norm")

EVERY = [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in template_names()]
PLAINLY_TRAINED = [one for one in EVERY if load_template(str(one.values[0])).training == PLAIN]

_EXERCISES = [name for name in template_names() if not load_template(name).network.mixes_samples]
every_exercise = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in (*QUICK, "cnn") else pytest.mark.slow) for name in _EXERCISES]
)
every_template = pytest.mark.parametrize("name", EVERY)
every_plainly_trained = pytest.mark.parametrize("name", PLAINLY_TRAINED)
every_plain_one_of_a_sample = pytest.mark.parametrize(
    "name", [one for one in PLAINLY_TRAINED if load_template(str(one.values[0])).samples is None]
)
