"""What is wrong in a template's file is said with the file, the field, the rule and the value it got."""

from pathlib import Path

import pytest

from templates import TemplateError, load_template, parse_template

RIGHT = """\
title = "A net"
inputs = [0.1, 0.2]
targets = [0.3]
deltas = "inline"

[[layers]]
activation = "tanh"
weights = [[1, 2], [3, 4]]
biases = [0.5, 0.6]
train_biases = true

[[layers]]
weights = [[5, 6]]

[training]
learning_rates = [0.5, 1]
iterations = 10
"""

NUMBERS = "must be a list of 1 to 1000 numbers"
WHOLE = "must be a whole number, 1 or more"
UNKNOWN = "is not a known field here"
MISSING = "is missing"
FINITE = "must hold finite numbers only"
TOO_LARGE = "1" + "0" * 400  # a whole number that no double holds

TYPED, DRAWN = "weights = [[1, 2], [3, 4]]", "units = 2\ninit = 'he'\nseed = 1"
BOTH = "must not be given beside init, units and seed, which draw them"

# What stands in the file above, what it is changed to, and the field, the rule and the value that are named.
WRONG = [
    pytest.param('title = "A net"', "title = 3", "title", "must be a text", "3", id="title is no text"),
    pytest.param(
        'title = "A net"', "description = 3", "description", "must be a text", "3", id="description is no text"
    ),
    pytest.param("inputs = [0.1, 0.2]\n", "", "inputs", MISSING, "", id="no inputs"),
    pytest.param("targets = [0.3]\n", "", "targets", MISSING, "", id="no targets"),
    pytest.param("[0.1, 0.2]", "[]", "inputs", "none of them empty", "[]", id="empty inputs"),
    pytest.param("[0.1, 0.2]", "0.1", "inputs", "must be lists of numbers", "0.1", id="inputs is a number"),
    pytest.param("[0.1, 0.2]", '[0.1, "x"]', "inputs", FINITE, "'x'", id="an input is a text"),
    pytest.param("[0.1, 0.2]", "[0.1, true]", "inputs", FINITE, "true", id="an input is a truth value"),
    pytest.param("[0.1, 0.2]", "[0.1, nan]", "inputs", FINITE, "nan", id="an input is nan"),
    pytest.param("[0.1, 0.2]", "[0.1, inf]", "inputs", FINITE, "inf", id="an input is inf"),
    pytest.param(
        "[0.1, 0.2]", f"[0.1, {TOO_LARGE}]", "inputs", FINITE, "10000", id="an input is too large a whole number"
    ),
    pytest.param("[0.1, 0.2]", "[[0.1], 0.2]", "inputs", FINITE, "[0.1]", id="an input is a list"),
    pytest.param("[0.1, 0.2]", str([0.1] * 16_385), "inputs", "at most 16,384 numbers", "16385", id="too many inputs"),
    pytest.param("[0.3]", str([0.3] * 1001), "targets", NUMBERS, "[0.3, 0.3", id="too many targets to be a list"),
    pytest.param('"inline"', '"outside"', "deltas", "must be one of inline, columns", "'outside'", id="unknown deltas"),
    pytest.param(
        '"inline"', '["inline"]', "deltas", "must be one of inline, columns", "['inline']", id="deltas is a list"
    ),
    pytest.param(
        '"tanh"',
        '"swish"',
        "layers[1].activation",
        "must be one of sigmoid, tanh, relu, linear",
        "'swish'",
        id="unknown activation",
    ),
    pytest.param('"tanh"', "1", "layers[1].activation", "must be one of", "1", id="activation is a number"),
    pytest.param(
        "weights = [[1, 2], [3, 4]]\n",
        "",
        "layers[1].weights",
        "is missing, and init, units and seed to draw them are too",
        "",
        id="no weights",
    ),
    pytest.param(
        "[[1, 2], [3, 4]]", f"[[1, 2], [3, 4]]\n{DRAWN}", "layers[1].weights", BOTH, "[[1", id="drawn and typed"
    ),
    pytest.param(
        "[[1, 2], [3, 4]]", "[[1, 2], [3, 4]]\nseed = 1", "layers[1].weights", BOTH, "[[1", id="seed and typed"
    ),
    pytest.param(
        TYPED,
        DRAWN.replace("he", "hi"),
        "layers[1].init",
        "must be one of xavier, he, normal",
        "'hi'",
        id="an unknown way to draw",
    ),
    pytest.param(TYPED, "units = 2\nseed = 1", "layers[1].init", MISSING, "", id="units and seed alone"),
    pytest.param(TYPED, "units = 2\ninit = 'he'", "layers[1].seed", MISSING, "", id="drawn without a seed"),
    pytest.param(TYPED, "seed = 2\ninit = 'he'", "layers[1].units", MISSING, "", id="drawn without units"),
    pytest.param(
        TYPED, DRAWN.replace("1", "-1"), "layers[1].seed", "a whole number, 0 or more", "-1", id="a negative seed"
    ),
    pytest.param(TYPED, DRAWN.replace("2", "0"), "layers[1].units", WHOLE, "0", id="no units"),
    pytest.param(TYPED, DRAWN.replace("2", "1001"), "layers[1].units", "at most 1000", "1001", id="too many units"),
    pytest.param(
        "weights = [[5, 6]]",
        'weights = [[5, 6]]\nactivation = "softmax"',
        "layers[2].activation",
        "needs two units or more",
        "'softmax'",
        id="a softmax of one unit",
    ),
    pytest.param("[[5, 6]]", "[]", "layers[2].weights", "one row of numbers for each unit", "[]", id="no unit"),
    pytest.param("[[5, 6]]", "[5, 6]", "layers[2].weights[1]", NUMBERS, "5", id="a row of weights is a number"),
    pytest.param(
        "[3, 4]]", "[3]]", "layers[1].weights[2]", "as long as the first row, 2 numbers", "[3.0]", id="ragged rows"
    ),
    pytest.param(
        "[[1, 2], [3, 4]]",
        "[[1], [3]]",
        "layers[1].weights",
        "one weight for each of the inputs, 2 a row",
        "1",
        id="fan-in is not the inputs",
    ),
    pytest.param(
        "[[5, 6]]",
        "[[5, 6, 7]]",
        "layers[2].weights",
        "one weight for each of the units of layer 1, 2 a row",
        "3",
        id="fan-in is not the layer before",
    ),
    pytest.param(
        "[[5, 6]]",
        "[[5, 6], [7, 8]]",
        "targets",
        "one number for each output unit, that is 2",
        "1",
        id="too few targets",
    ),
    pytest.param(
        "targets = [0.3]",
        "targets = [0.3, 0.4]",
        "targets",
        "one number for each output unit, that is 1",
        "2",
        id="too many targets",
    ),
    pytest.param(
        "[0.5, 0.6]",
        "[0.5]",
        "layers[1].biases",
        "one number for the layer, or one for each of its 2 units",
        "[0.5]",
        id="too few biases",
    ),
    pytest.param(
        'deltas = "inline"',
        'loss = "hinge"',
        "loss",
        "must be one of half squared error, mean squared error, binary cross-entropy",
        "'hinge'",
        id="unknown loss",
    ),
    pytest.param(
        'targets = [0.3]\ndeltas = "inline"',
        'targets = [1.5]\nloss = "binary cross-entropy"',
        "targets",
        "must be from 0 to 1 where the loss is binary cross-entropy",
        "[1.5]",
        id="a target that no output between 0 and 1 can have",
    ),
    pytest.param(
        'deltas = "inline"\n\n[[layers]]\nactivation = "tanh"\nweights = [[1, 2], [3, 4]]\n'
        "biases = [0.5, 0.6]\ntrain_biases = true\n\n[[layers]]\n",
        'loss = "binary cross-entropy"\n\n[[layers]]\nweights = [[1, 2], [3, 4]]\n\n[[layers]]\nactivation = "silu"\n',
        "layers[2].activation",
        "must be sigmoid where the loss is binary cross-entropy",
        "'silu'",
        id="outputs beyond 0 and 1",
    ),
    pytest.param("[0.5, 0.6]", '"x"', "layers[1].biases", "numbers", "'x'", id="biases is a text"),
    pytest.param("[0.5, 0.6]", "nan", "layers[1].biases", "number", "nan", id="a shared bias is nan"),
    pytest.param(
        "train_biases = true",
        "train_biases = 1",
        "layers[1].train_biases",
        "must be true or false",
        "1",
        id="train_biases",
    ),
    pytest.param(
        "[training]\nlearning_rates = [0.5, 1]\niterations = 10\n", "", "training", MISSING, "", id="no training"
    ),
    pytest.param("learning_rates = [0.5, 1]\n", "", "training.learning_rates", MISSING, "", id="no rates"),
    pytest.param(
        "[0.5, 1]", "[0.5, -1]", "training.learning_rates", "must be positive", "[0.5, -1.0]", id="negative rate"
    ),
    pytest.param(
        "[0.5, 1]", "[0.5, 0]", "training.learning_rates", "must be positive", "[0.5, 0.0]", id="rate of nought"
    ),
    pytest.param(
        "[0.5, 1]",
        "[1, 0.5, 1.0]",
        "training.learning_rates",
        "different from each other",
        "[1.0, 0.5, 1.0]",
        id="a rate twice",
    ),
    pytest.param("[0.5, 1]", "[nan]", "training.learning_rates", FINITE, "nan", id="a rate is nan"),
    pytest.param("[0.5, 1]", "[inf]", "training.learning_rates", FINITE, "inf", id="a rate is inf"),
    pytest.param("iterations = 10\n", "", "training.iterations", MISSING, "", id="no iterations"),
    pytest.param("= 10\n", "= 0\n", "training.iterations", WHOLE, "0", id="no iteration"),
    pytest.param("= 10\n", "= 1.5\n", "training.iterations", WHOLE, "1.5", id="half an iteration"),
    pytest.param("= 10\n", "= true\n", "training.iterations", WHOLE, "true", id="iterations is true"),
    pytest.param('title = "A net"', "tilte = 'x'", "tilte", UNKNOWN, "'x'", id="unknown field"),
    pytest.param('"tanh"', '"tanh"\nbias = 1', "layers[1].bias", UNKNOWN, "1", id="unknown field of a layer"),
    pytest.param("= 10\n", "= 10\nseed = 4\n", "training.seed", UNKNOWN, "4", id="unknown field of the training"),
]


def test_the_file_that_the_errors_start_from_is_right() -> None:
    template = parse_template(RIGHT, name="net", source="net.toml")
    assert template.network.describe() == "2-2-1 tanh-sigmoid with biases"


@pytest.mark.parametrize(("right", "wrong", "field", "rule", "got"), WRONG)
def test_an_error_names_the_file_the_field_the_rule_and_the_value(
    right: str, wrong: str, field: str, rule: str, got: str
) -> None:
    assert RIGHT.count(right) == 1
    with pytest.raises(TemplateError) as caught:
        parse_template(RIGHT.replace(right, wrong), name="net", source="folder/net.toml")
    message = str(caught.value)
    assert message.startswith(f"folder/net.toml: {field} ")
    assert rule in message
    assert f"got {got}" in message if got else message.endswith(rule)
    assert "\n" not in message
    assert len(message) < 250


THREE_CLASSES = """\
inputs = [0.5]
targets = [0.2, 0.5, 0.3]
loss = "categorical cross-entropy"
[[layers]]
activation = "softmax"
weights = [[1], [2], [3]]
[training]
learning_rates = [1]
iterations = 1
"""


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        (
            "[0.2, 0.5, 0.3]",
            "[0.2, 0.5, 0.4]",
            "targets must sum to 1 where the loss is categorical cross-entropy, got [0.2",
        ),
        ("[0.2, 0.5, 0.3]", "[0.7, 0.5, -0.2]", "targets must be from 0 to 1 where the loss is categorical"),
        ('"softmax"', '"sigmoid"', "layers[1].activation must be softmax where the loss is categorical cross-entropy"),
        ('"categorical', '"binary', "layers[1].activation must be sigmoid where the loss is binary cross-entropy"),
    ],
)
def test_the_cross_entropy_takes_probabilities(right: str, wrong: str, message: str) -> None:
    parse_template(THREE_CLASSES, name="net", source="net.toml")
    with pytest.raises(TemplateError) as caught:
        parse_template(THREE_CLASSES.replace(right, wrong), name="net", source="net.toml")
    assert str(caught.value).startswith(f"net.toml: {message}")


@pytest.mark.parametrize(
    ("layers", "rule"),
    [
        ("", "is missing"),
        ("layers = 3\n", "must be given, one [[layers]] for each, got 3"),
        ("layers = []\n", "got []"),
    ],
)
def test_a_template_without_layers_says_so(layers: str, rule: str) -> None:
    text = f"inputs = [1]\ntargets = [1]\n{layers}[training]\nlearning_rates = [1]\niterations = 1\n"
    with pytest.raises(TemplateError) as caught:
        parse_template(text, name="net", source="net.toml")
    assert str(caught.value).startswith("net.toml: layers ")
    assert rule in str(caught.value)


def test_a_training_that_is_no_table_says_so() -> None:
    text = "inputs = [1]\ntargets = [1]\ntraining = 3\n[[layers]]\nweights = [[1]]\n"
    with pytest.raises(TemplateError, match=r"net\.toml: training must be a table, got 3"):
        parse_template(text, name="net", source="net.toml")


def test_what_is_not_toml_is_named_with_its_line() -> None:
    with pytest.raises(TemplateError, match=r"^net\.toml: not valid TOML: .*line 2"):
        parse_template("inputs = [1]\nthis is no TOML\n", name="net", source="net.toml")


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    file = tmp_path / "net.toml"
    file.write_bytes(b'title = "\xff\xfe"')
    with pytest.raises(TemplateError, match="not a text file in UTF-8") as caught:
        load_template(file)
    assert str(file) in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="there is no such file") as caught:
        load_template(tmp_path / "net.toml")
    assert str(tmp_path / "net.toml") in str(caught.value)


def test_a_folder_in_the_place_of_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "net.toml").mkdir()
    with pytest.raises(TemplateError, match="cannot be read") as caught:
        load_template(tmp_path / "net.toml")
    assert str(tmp_path / "net.toml") in str(caught.value)


def test_a_file_too_large_for_a_template_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the system says of its size: a device says that it has none."""
    monkeypatch.setattr("templates.template.MAX_BYTES", 10)
    path = tmp_path / "large.toml"
    path.write_text("inputs = [0.05, 0.10]")
    with pytest.raises(TemplateError, match=r"large\.toml: no template: it has more than 10 bytes"):
        load_template(path)


@pytest.mark.parametrize(
    ("given", "written", "field", "nearest"),
    [
        ("deltas =", "delta =", "delta", "deltas"),
        ("weights = [[1, 2]", "weigths = [[1, 2]", "layers[1].weigths", "weights"),
        ("iterations", "iteration", "training.iteration", "iterations"),
        ('activation = "tanh"', 'activaton = "tanh"', "layers[1].activaton", "activation"),
        ("= 10\n", "= 10\nschedul = 1\n", "training.schedul", "schedule"),
        ("= 10\n", "= 10\n[names]\nw66 = 'slope'\n", "names.w66", "w6"),
        ("= 10\n", "= 10\noptimizer = {kind = 'adam', beta_1 = 0.9}\n", "training.optimizer.beta_1", "beta1"),
    ],
)
def test_an_unknown_field_is_told_with_the_nearest_one(given: str, written: str, field: str, nearest: str) -> None:
    assert given in RIGHT
    with pytest.raises(TemplateError) as caught:
        parse_template(RIGHT.replace(given, written), name="net", source="net.toml")
    assert f"{field} is not a known field here (the nearest is {nearest})" in str(caught.value)
