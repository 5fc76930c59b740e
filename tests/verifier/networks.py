"""Templates for the tests: those of the package, shortened, and a few odd networks, all of them quick to verify."""

from dataclasses import replace

from templates import Template, load_template, parse_template

_ODD = {
    "three hidden tanh": """
inputs = [0.4, -0.7]
targets = [0.3, -0.2]
[[layers]]
activation = "tanh"
weights = [[0.3, -0.5], [0.7, 0.2], [-0.4, 0.6]]
[[layers]]
activation = "tanh"
weights = [[0.5, -0.3, 0.8], [0.2, 0.9, -0.6]]
""",
    "single": """
inputs = [0.8]
targets = [0.3]
[[layers]]
activation = "sigmoid"
weights = [[0.6]]
biases = [0.2]
[[layers]]
activation = "sigmoid"
weights = [[-0.7]]
biases = [0.1]
""",
    "linear output": """
inputs = [0.5, 0.9]
targets = [0.7]
[[layers]]
activation = "sigmoid"
weights = [[0.3, 0.8], [-0.6, 0.4]]
biases = 0.25
[[layers]]
activation = "linear"
weights = [[0.7, 0.9]]
biases = [0.15]
""",
    "relu": """
inputs = [0.9, 0.3]
targets = [0.2, 0.6]
[[layers]]
activation = "relu"
weights = [[0.5, 0.4], [0.7, -0.2], [0.3, 0.8]]
[[layers]]
activation = "sigmoid"
weights = [[0.4, -0.6, 0.9], [-0.3, 0.5, 0.7]]
""",
}
_TRAINING = "[training]\nlearning_rates = [{rates}]\niterations = {iterations}\n"

PACKAGED = ("backprop", "mazur", "deep")
NAMES = (*PACKAGED, *_ODD)


def template(name: str, iterations: int = 9, rates: tuple[float, ...] = (0.5,)) -> Template:
    """One of the networks above, with few iterations."""
    if name in PACKAGED:
        return replace(load_template(name), iterations=iterations, learning_rates=rates)
    training = _TRAINING.format(rates=", ".join(map(repr, rates)), iterations=iterations)
    return parse_template(_ODD[name] + training, name=name, source=name)
