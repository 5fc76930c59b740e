"""The templates that come with the package."""

from pathlib import Path

import pytest

from templates import DEFAULT, Activation, Bias, Deltas, TemplateError, load_template, parse_template, template_names
from templates.shipped import shipped_text


def test_the_default_template_is_named_first() -> None:
    assert template_names()[0] == DEFAULT == "backprop"


def test_the_promised_templates_are_there() -> None:
    assert {"backprop", "mazur", "deep", "softmax"} <= set(template_names())


@pytest.mark.parametrize("name", template_names())
def test_a_shipped_template_gives_every_label_of_its_network_numbers_and_nothing_else(name: str) -> None:
    """Each parameter has one to start from, each input and target one, or one for each of several samples."""
    template = load_template(name)
    network = template.network
    data = {*network.inputs, *network.targets}
    assert template.name == name
    assert set(template.start) == {*network.parameters} | (set() if template.samples else data)
    assert set(template.given) == {*network.parameters, *data}
    assert all(isinstance(number, float) for number in template.start.values())
    for row in template.samples.rows if template.samples else ():
        assert len(row) == len(data)
        assert all(isinstance(number, float) for number in row)


def test_the_default_template_is_the_exercise_as_it_is_set() -> None:
    template = load_template("backprop")
    assert template.start == {
        "t1": 0.01, "t2": 0.99, "i1": 0.05, "i2": 0.10,
        "w1": 0.15, "w2": 0.20, "w3": 0.25, "w4": 0.30, "w5": 0.40, "w6": 0.45, "w7": 0.50, "w8": 0.55,
    }  # fmt: skip
    assert template.learning_rates == (0.1, 0.2, 0.5, 0.8, 1.0, 2.0)
    assert template.iterations == 100
    assert template.deltas is Deltas.INLINE
    assert {size.activation for size in template.network.sizes} == {Activation.SIGMOID}
    assert {size.bias for size in template.network.sizes} == {Bias.NONE}


def test_the_worked_example_leaves_one_bias_a_layer_untrained() -> None:
    template = load_template("mazur")
    assert (template.start["b1"], template.start["b2"]) == (0.35, 0.60)
    assert "b1" not in template.network.trained
    assert "b2" not in template.network.trained


def test_the_deep_template_has_two_hidden_layers() -> None:
    assert len(load_template("deep").network.layers) == 3


def test_a_template_of_ones_own_is_loaded_from_its_path_and_named_after_its_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(
        "inputs = [1]\ntargets = [2]\n[[layers]]\nweights = [[3]]\n"
        "[training]\nlearning_rates = [0.5]\niterations = 7\n",
        encoding="utf-8",
    )
    for path in (file, str(file)):
        template = load_template(path)
        assert template.name == "mine"
        assert template.start == {"t1": 2.0, "i1": 1.0, "w1": 3.0}
        assert template.iterations == 7


def test_parameters_have_the_names_that_the_file_gives_them() -> None:
    text = shipped_text("line") + "[names]\nw1 = 'slope'\n"
    assert parse_template(text, name="line", source="line.toml").origins == {"w1": "slope"}


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(TemplateError) as caught:
        load_template("bakprop")
    message = str(caught.value)
    assert "bakprop" in message
    assert all(name in message for name in template_names())
