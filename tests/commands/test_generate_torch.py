"""`backprop generate --torch`, as a user runs it."""

import os
import sys
from pathlib import Path

import click
import pytest

pytest.importorskip("torch")

from backprop.chosen_template import chosen_template
from tests.commands.command import backprop, complaint
from tests.commands.test_generate import tabs

NET = """\
import torch
from torch import nn

torch.manual_seed(1)
model = nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 1))
inputs, targets = torch.tensor([[0.5, -1.0], [1.5, 2.0]]), torch.tensor([[0.25], [-0.5]])
loss, optimizer = nn.MSELoss(), torch.optim.SGD(model.parameters(), lr=0.125)
"""


@pytest.fixture
def net(tmp_path: Path) -> Path:
    path = tmp_path / "net.py"
    path.write_text(NET, encoding="utf-8")
    return path


def test_a_module_becomes_a_workbook_that_is_found_right(net: Path) -> None:
    """Its learning rate is that of the optimizer, its name that of the file."""
    written = backprop(net.parent, "generate", "--torch", "net.py:model", "--iterations", "3")
    assert (written.status, written.errors) == (0, "")
    assert written.output.startswith(
        "Wrote net.xlsx: 2-2-1 tanh-linear with biases, mean squared error, 2 samples, all in each step"
    )
    assert tabs(net.parent / "net.xlsx")[-2:] == ["eta 0.125", "Compare"]
    verified = backprop(net.parent, "verify", "net.xlsx")
    assert verified.status == 0
    assert "all right" in verified.output


def test_options_choose_rates_and_steps_and_the_file_the_batch(net: Path) -> None:
    with net.open("a", encoding="utf-8") as file:
        file.write("batch_size = 1\n")
    written = backprop(
        net.parent,
        "generate",
        "--torch",
        "net.py:model",
        "--learning-rates",
        "0.5,1",
        "--iterations",
        "2",
        "-o",
        "a.xlsx",
    )
    assert "2 samples, one a step, 2 iterations at each learning rate (0.5, 1)" in written.output
    assert tabs(net.parent / "a.xlsx")[-3:-1] == ["eta 0.5", "eta 1.0"]


def test_the_file_of_a_module_makes_the_workbook_of_the_module(net: Path) -> None:
    """What the file of Python prints is not in it."""
    with net.open("a", encoding="utf-8") as file:
        file.write("print('about to train')\n")
    printed = backprop(net.parent, "templates", "--torch", "net.py:model")
    assert (printed.status, printed.errors) == (0, "about to train\n")
    (net.parent / "mine.toml").write_text(printed.output, encoding="utf-8")
    of_file = backprop(net.parent, "generate", "mine.toml", "--iterations", "2", "-o", "a.xlsx")
    of_module = backprop(net.parent, "generate", "--torch", "net.py:model", "--iterations", "2", "-o", "b.xlsx")
    assert (of_file.status, of_module.status) == (0, 0)
    assert (net.parent / "a.xlsx").read_bytes() == (net.parent / "b.xlsx").read_bytes()


def test_an_exercise_can_be_made_of_a_module(net: Path) -> None:
    written = backprop(net.parent, "generate", "--torch", "net.py:model", "--practice")
    assert written.output.startswith("Wrote net-practice.xlsx")


def test_the_file_finds_what_lies_beside_it_and_is_not_the_main_module(net: Path) -> None:
    (net.parent / "there.py").write_text(NET, encoding="utf-8")
    net.write_text("from there import *\nif __name__ == '__main__': raise SystemExit('trains for hours')\n")
    assert backprop(net.parent, "generate", "--torch", "net.py:model", "--iterations", "1").status == 0


@pytest.mark.parametrize(
    ("argument", "code", "said"),
    [
        ("gone.py:model", "", "gone.py: there is no such file"),
        ("net.py:other", "", "net.py: does not define other; it must have other, inputs, targets, loss, optimizer"),
        ("net.py:model", "del loss", "net.py: does not define loss"),
        ("net.py:model", "raise ValueError('no\\nway')", "net.py: could not be run: ValueError: no way"),
        (
            "net.py:model",
            "model.load_state_dict({name: value for name, value in model.state_dict().items() if name != '2.bias'})",
            "net.py: could not be run: RuntimeError: Error(s) in loading state_dict for Sequential: Missing key(s) in "
            'state_dict: "2.bias".',
        ),
        (
            "net.py:model",
            "torch.optim.SGD(model.parameters(), 0.1, momentum=0.9, nesterov=True, dampening=0.5)",
            "net.py: could not be run: ValueError: Nesterov momentum requires a momentum and zero dampening",
        ),
        ("net.py:model", "inputs = inputs[:, :1]", "net.py: Sequential.0: nn.Linear does not take what comes before"),
        ("net.py:model", "import missing_module", "net.py: could not be run: ModuleNotFoundError: No module named"),
        ("net.py:model", "raise SystemExit(3)", "net.py: could not be run: SystemExit: 3"),
        ("net.py:model", "(", "net.py: could not be run: SyntaxError"),
        ("net.py:model", "model[1] = nn.ELU()", "net.py: Sequential.1: nn.ELU has no"),
        ("net.py:inputs", "", "net.py: module: must be a Module of PyTorch, got Tensor"),
        ("net.py:model", "batch_size = 'two'", "net.py: Sequential: training.batch_size must be a whole number"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_in_one_line(
    net: Path, monkeypatch: pytest.MonkeyPatch, argument: str, code: str, said: str
) -> None:
    net.write_text(f"{NET}{code}\n", encoding="utf-8")
    monkeypatch.chdir(net.parent)
    monkeypatch.setattr(sys, "path", [*sys.path])  # as it was before, for the other tests
    with pytest.raises(click.ClickException) as caught:
        chosen_template("backprop", argument)
    assert caught.value.message.startswith(said)
    assert "\n" not in caught.value.message


def test_what_has_no_counterpart_is_refused_before_anything_is_written(net: Path) -> None:
    net.write_text(NET.replace("nn.Tanh()", "nn.ELU()"), encoding="utf-8")
    outcome = backprop(net.parent, "generate", "--torch", "net.py:model")
    assert complaint(outcome).startswith("Error: net.py: Sequential.1: nn.ELU has no counterpart; nn.Linear, ")
    assert outcome.status == 1
    assert not list(net.parent.glob("*.xlsx"))


def test_a_wrong_call_names_what_is_asked_for(net: Path) -> None:
    assert "FILE.py:NAME, got 'net.py'" in complaint(backprop(net.parent, "generate", "--torch", "net.py"))
    for command in ("generate", "templates"):
        assert "leave 'mazur' out" in complaint(backprop(net.parent, command, "mazur", "--torch", "net.py:model"))


def test_without_pytorch_one_line_says_how_to_install_it_and_nothing_is_run(net: Path) -> None:
    net.write_text("open('ran', 'w')\n", encoding="utf-8")
    (net.parent / "site").mkdir()
    (net.parent / "site" / "torch.py").write_text("raise ModuleNotFoundError(name='torch')")
    path = os.pathsep.join([str(net.parent / "site"), *filter(None, [os.environ.get("PYTHONPATH")])])
    outcome = backprop(net.parent, "generate", "--torch", "net.py:model", variables={"PYTHONPATH": path})
    assert complaint(outcome) == (
        "Error: --torch needs PyTorch, which is not installed: in the project's folder, pip install '.[train]'"
    )
    assert not (net.parent / "ran").exists()
