"""What is wrong with the samples of a template is said in one line: the file, the field, the rule and the value."""

from pathlib import Path

import pytest

from templates import TemplateError, load_template

RIGHT = """\
inputs = [[0, 0], [0, 1], [1, 0], [1, 1]]
targets = [[0], [1], [1], [0]]

[[layers]]
weights = [[1, 2]]

[training]
learning_rates = [1]
iterations = 3
batch_size = 2
order = "shuffled"
seed = 1
reduction = "sum"
"""
INPUTS, TARGETS = RIGHT.splitlines()[:2]
IN_FILE = RIGHT.replace(f"{INPUTS}\n{TARGETS}", 'samples = "data.csv"\ntarget_columns = 1')
DATA = "x,y,class\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n"
MOST = 100_000  # samples of a template

# What stands in the template, what it is changed to, and the field, the rule and the value that are named.
WRONG = [
    pytest.param("size = 2", "size = 3", "training.batch_size", "divide the number of samples, 4: 1, 2, 4 do", "3"),
    pytest.param("size = 2", "size = 8", "training.batch_size", "divide the number of samples, 4: 1, 2, 4 do", "8"),
    pytest.param("size = 2", "size = 0", "training.batch_size", "must be a whole number, 1 or more", "0"),
    pytest.param("size = 2", 'size = "all"', "training.batch_size", "must be a whole number, 1 or more", "'all'"),
    pytest.param("seed = 1", "seed = -1", "training.seed", "must be a whole number, 0 or more", "-1"),
    pytest.param('"shuffled"', '"random"', "training.order", "must be one of given, shuffled", "'random'"),
    pytest.param('"sum"', '"median"', "training.reduction", "must be one of mean, sum", "'median'"),
    pytest.param("[1], [0]]\n", "[1]]\n", "targets", "must have one row for each of the 4 samples of inputs", "3"),
    pytest.param(", [1, 1]]", "]", "targets", "must have one row for each of the 3 samples of inputs", "4"),
    pytest.param("[0, 1]", "[0]", "inputs[2]", "must be as long as the first row, 2 numbers", "[0.0]"),
    pytest.param("[1, 1]", "[1, 1, 1]", "inputs[4]", "must be as long as the first row, 2 numbers", "[1.0, 1.0, 1.0]"),
    pytest.param("[1], [0]]", "[1], [0, 1]]", "targets[4]", "must be as long as the first row, 1 numbers", "[0.0, 1"),
    pytest.param("[0, 1]", '[0, "x"]', "inputs", "must hold finite numbers only", "'x'"),
    pytest.param("[1], [0]]", "[1], [nan]]", "targets[4]", "must hold finite numbers only", "nan"),
    pytest.param(INPUTS, f"inputs = {[[0, 1]] * (MOST + 1)}", "inputs", "at most 100,000 rows", "[[0, 1]"),
]


def message_of(folder: Path, text: str) -> str:
    """What is said of a template's file of that text; the file's name is taken off."""
    file = folder / "net.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(TemplateError) as caught:
        load_template(file)
    message = str(caught.value)
    assert message.startswith(f"{file}: ")
    assert "\n" not in message
    return message.removeprefix(f"{file}: ")


def test_the_samples_that_the_errors_start_from_are_right(tmp_path: Path) -> None:
    (tmp_path / "net.toml").write_text(RIGHT)
    (tmp_path / "in_file.toml").write_text(IN_FILE)
    (tmp_path / "data.csv").write_text(DATA)
    typed, read = load_template(tmp_path / "net.toml"), load_template(tmp_path / "in_file.toml")
    assert typed.samples == read.samples
    assert typed.describe() == "2-1 sigmoid, 4 samples, 2 a step"


@pytest.mark.parametrize(("right", "wrong", "field", "rule", "got"), WRONG)
def test_an_error_names_the_field_the_rule_and_the_value(
    tmp_path: Path, right: str, wrong: str, field: str, rule: str, got: str
) -> None:
    assert RIGHT.count(right) == 1
    message = message_of(tmp_path, RIGHT.replace(right, wrong))
    assert message.startswith(f"{field} ")
    assert rule in message
    assert f"got {got}" in message
    assert len(message) < 250


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("1,0,1", "1,nought,1", "data.csv, line 4, y: must be a finite number, got 'nought'"),
        ("1,0,1", "1,,1", "data.csv, line 4, y: must be a finite number, got ''"),
        ("1,0,1", "1,inf,1", "data.csv, line 4, y: must be a finite number, got 'inf'"),
        ("1,0,1", "1,0", "data.csv, line 4: must have a number for each of the 3 names, got 2"),
        ("1,0,1", "1,0,1,1", "data.csv, line 4: must have a number for each of the 3 names, got 4"),
        (DATA, "class\n0\n", "data.csv: must have one column or more of inputs, and then 1 of targets, got 1"),
        (DATA, "", "data.csv: must have one column or more of inputs, and then 1 of targets, got 0"),
        (DATA, "x,y,class\n", "data.csv: must have a row of names, and then one row or more of numbers"),
        ("x,y", "\xff", "data.csv: not a text file in UTF-8"),
    ],
)
def test_an_error_in_a_file_of_samples_names_its_line_and_column(
    tmp_path: Path, right: str, wrong: str, message: str
) -> None:
    (tmp_path / "data.csv").write_text(DATA.replace(right, wrong), encoding="latin-1")
    assert message_of(tmp_path, IN_FILE) == f"samples: {message}"


def test_a_file_of_samples_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert message_of(tmp_path, IN_FILE) == "samples: data.csv: there is no such file beside the template"


def test_a_folder_in_the_place_of_a_file_of_samples_is_named(tmp_path: Path) -> None:
    (tmp_path / "data.csv").mkdir()
    assert message_of(tmp_path, IN_FILE).startswith("samples: data.csv: cannot be read: ")


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("target_columns = 1\n", "", "target_columns is missing"),
        ("columns = 1", "columns = 0", "target_columns must be a whole number, 1 or more, got 0"),
        ('samples = "data.csv"', "samples = 3", "samples must be a text, got 3"),
    ],
)
def test_what_a_template_says_of_its_file_of_samples_is_checked(
    tmp_path: Path, right: str, wrong: str, message: str
) -> None:
    (tmp_path / "data.csv").write_text(DATA)
    assert message_of(tmp_path, IN_FILE.replace(right, wrong)) == message
