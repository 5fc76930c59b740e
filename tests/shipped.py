"""The templates that are shipped, for the tests of each: a few of them in every run, the others in the slow one."""

import pytest

from templates import PLAIN, load_template, template_names

# The exercise, biases and ReLU, an optimizer with states, several samples, other layers, and both of these.
QUICK = ("backprop", "deep", "adam", "xor", "recurrent", "norm")

# What these tests read of a sheet (how far its table goes, roots, twelve blanks) does not hold for all of the others
# yet: they have tests of their own, against PyTorch and the page that shows them.
_OTHERS = ("mazur", "momentum", "softmax")
EVERY = [
    pytest.param(name, marks=() if name in QUICK else pytest.mark.slow)
    for name in template_names()
    if name in (*QUICK, *_OTHERS)
]
PLAINLY_TRAINED = [one for one in EVERY if load_template(str(one.values[0])).training == PLAIN]

_DENSE = [one for one in EVERY if load_template(str(one.values[0])).network.is_dense]

every_template = pytest.mark.parametrize("name", EVERY)
every_exercise = pytest.mark.parametrize("name", _DENSE)  # of whose layers an exercise can be made
# A sample of zeros, as the first one of XOR, hides what is wrong behind it.
every_exercise_of_one_sample = pytest.mark.parametrize(
    "name", [one for one in _DENSE if load_template(str(one.values[0])).samples is None]
)
every_plainly_trained = pytest.mark.parametrize("name", PLAINLY_TRAINED)
every_plain_one_of_a_sample = pytest.mark.parametrize(
    "name", [one for one in PLAINLY_TRAINED if load_template(str(one.values[0])).samples is None]
)
