"""`backprop live` writes a trained CNN, and says in one line what it cannot."""

import shutil
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from safetensors.torch import save_file

from tests.commands.command import backprop, complaint
from tests.commands.pages import page, session
from tests.sheetgen.workbooks import formulas_of, values_of
from torch_models.recorded import recorded_folders


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A folder with the record of a run, and no weights."""
    folder = tmp_path / "run"
    folder.mkdir()
    shutil.copy(recorded_folders("tiny")[0] / "record.jsonl", folder)
    return folder


def test_the_recorded_run_becomes_a_workbook(tmp_path: Path) -> None:
    outcome = backprop(tmp_path, "live")
    assert (outcome.status, outcome.errors) == (0, "")
    assert outcome.output.startswith("Wrote tiny-live.xlsx: tiny, 4,012 parameters, in about 41,784 live formulas, in ")
    sheets = ["Draw", "Layers", "Follow", "Step", "After", "Centre", "Folding", "Images"]
    assert formulas_of(tmp_path / "tiny-live.xlsx").sheetnames == sheets


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("compactt", "compactt is not a run: give the folder of one, with its record.jsonl, or a recorded model"),
        (
            "reference",
            "take a smaller network, or leave out the step: --without-step needs 96,252",
        ),
        ("run", "run has no weights, neither best.safetensors nor last.safetensors: give a run that has"),
    ],
)
def test_a_run_that_cannot_be_shown_is_told_in_one_line(tmp_path: Path, run: Path, asked: str, said: str) -> None:
    assert run.is_dir()
    assert said in complaint(backprop(tmp_path, "live", asked))
    assert list(tmp_path.iterdir()) == [run]


def test_weights_that_are_another_models_or_damaged_are_told_in_one_line(tmp_path: Path, run: Path) -> None:
    weights = run / "best.safetensors"
    save_file({"0.weight": torch.zeros(8, 1, 5, 5)}, weights)
    assert complaint(backprop(tmp_path, "live", "run")).endswith(
        "best.safetensors are not the weights of tiny: 0.weight has the shape 8×1×5×5, expected 8×1×3×3"
    )
    weights.write_bytes(b"nothing of the kind")
    assert "best.safetensors is damaged, or no file of safetensors: " in complaint(backprop(tmp_path, "live", "run"))


def test_the_page_shows_what_is_refused_and_says_it_as_the_command_does(tmp_path: Path) -> None:
    ((command, said),) = session(page("live.md"))
    assert complaint(backprop(tmp_path, *command.split()[1:])) == said.strip()


NET = """\
import torch
from torch import nn
torch.manual_seed(1)
net = nn.Sequential(nn.Conv2d(1, 2, 5), nn.ReLU(), nn.MaxPool2d(4), nn.Flatten(), nn.Linear(72, 10))
lines, mean, deviation = [], 0.5, DEVIATION
"""


def test_a_module_in_a_file_becomes_a_workbook_that_normalises_as_the_file_says(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(NET.replace("DEVIATION", "0.25"))
    outcome = backprop(tmp_path, "live", "net.py:net")
    assert outcome.output.startswith("Wrote net-live.xlsx: net, 782 parameters, ")
    layers = formulas_of(tmp_path / "net-live.xlsx")["Layers"]
    assert "=(MAX(0,Draw!AG6)-0.5)/0.25" in {cell for row in layers.iter_rows(values_only=True) for cell in row}


@pytest.mark.parametrize(
    ("asked", "deviation", "said"),
    [
        ("net.py:other", "1", "net.py: does not define other"),
        ("net.py:lines", "1", "net.py: lines: list has no counterpart; nn.Sequential has one"),
        ("net.py:net", "0", "net.py: mean and deviation must be numbers, the deviation above 0"),
        ("none.py:net", "1", "none.py: there is no such file"),
    ],
)
def test_a_file_without_such_a_module_is_told_in_one_line(
    tmp_path: Path, asked: str, deviation: str, said: str
) -> None:
    (tmp_path / "net.py").write_text(NET.replace("DEVIATION", deviation))
    assert said in complaint(backprop(tmp_path, "live", asked))


DENSE = """\
import torch
from torch import nn
torch.manual_seed(1)
net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2), nn.LogSoftmax(1))
cnn = nn.Sequential(nn.Conv2d(1, 2, 3))
wide = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
inputs, targets = torch.tensor([[2., 1., 3.]]), torch.tensor([1])
"""


def test_the_numbers_of_the_dense_example_are_those_that_one_computes_by_hand(tmp_path: Path) -> None:
    """Its file is on the page, and so is a formula of its sheet."""
    shown, code = page("live.md"), page("dense_net.py")
    _, _, example = shown.partition("```python\n")
    assert code.endswith('"""\n\n' + example.partition("```")[0])
    (tmp_path / "dense_net.py").write_text(code)
    assert backprop(tmp_path, "live", "dense_net.py:net", "--layout", "matrices").errors == ""
    assert below(tmp_path / "net-live.xlsx", "z1", 4) == [-1, 4, 1, 2]
    assert below(tmp_path / "net-live.xlsx", "z2", 2) == [1, 1]
    assert below(tmp_path / "net-live.xlsx", "δ2", 2) == [0.5, -0.5]
    assert below(tmp_path / "net-live.xlsx", "∂a1", 4) == [1, -0.5, 1.5, 0.5]
    assert below(tmp_path / "net-live.xlsx", "∂b1", 4) == [0, -0.5, 1.5, 0.5]
    assert below(tmp_path / "net-live.xlsx", "b1′", 4) == pytest.approx([-5, 0.05, 1.85, -1.05])
    cells = formulas_of(tmp_path / "net-live.xlsx")["Matrices"].iter_rows(values_only=True)
    assert [one for row in cells for one in row if str(one).startswith("=$") and f"`{one}`" in shown]


def below(path: Path, name: str, count: int) -> list[float]:
    """The numbers below a name."""
    sheet = values_of(path)["Matrices"]
    (cell,) = (cell for row in sheet.iter_rows() for cell in row if cell.value == name)
    return [sheet.cell(cell.row + k, cell.column).value for k in range(1, count + 1)]


def test_a_dense_module_becomes_matrices_whose_every_update_verify_proves(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(DENSE)
    outcome = backprop(tmp_path, "live", "net.py:net", "--layout", "matrices")
    assert outcome.errors == ""
    assert outcome.output.startswith("Wrote net-live.xlsx: net, 26 parameters, in about 114 live formulas, in ")
    assert formulas_of(tmp_path / "net-live.xlsx").sheetnames == ["Matrices"]
    outcome = backprop(tmp_path, "verify", "net-live.xlsx")
    assert (outcome.status, outcome.output.split(";")[0]) == (0, "net-live.xlsx: all right")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("tiny", "tiny is a run of a CNN; --layout matrices needs a dense nn.Sequential in a file, FILE.py:NAME"),
        ("net.py:cnn", "net.py: cnn, layer 0: nn.Conv2d has no counterpart among matrices"),
        ("net.py:wide", "wide has a layer of 784 numbers; matrices can be read up to 40: take a smaller network, or"),
        ("net.py:targets", "net.py: targets: Tensor has no counterpart; nn.Sequential has one"),
        ("net.py:other", "net.py: does not define other"),
    ],
)
def test_what_matrices_cannot_show_is_told_in_one_line(tmp_path: Path, asked: str, said: str) -> None:
    (tmp_path / "net.py").write_text(DENSE)
    assert said in complaint(backprop(tmp_path, "live", asked, "--layout", "matrices"))
    assert not [*tmp_path.glob("*.xlsx")]
