"""`backprop live` writes a trained CNN, and says in one line what it cannot."""

import shutil
from pathlib import Path

import openpyxl
import pytest

torch = pytest.importorskip("torch")

from safetensors.torch import save_file

from tests.commands.command import backprop, complaint
from tests.commands.pages import page, session
from torch_models.recorded import recorded_folders


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A folder with the record of a run, and no weights."""
    folder = tmp_path / "run"
    folder.mkdir()
    shutil.copy(recorded_folders("tiny")[0] / "record.jsonl", folder)
    return folder


def test_the_recorded_run_becomes_a_workbook_of_five_sheets(tmp_path: Path) -> None:
    outcome = backprop(tmp_path, "live")
    assert (outcome.status, outcome.errors) == (0, "")
    assert outcome.output.startswith("Wrote tiny-live.xlsx: tiny, 4,012 parameters, in about 44,056 live formulas, in ")
    book = openpyxl.load_workbook(tmp_path / "tiny-live.xlsx", read_only=True)
    assert book.sheetnames == ["Draw", "Layers", "Step", "After", "Images"]
    assert complaint(backprop(tmp_path, "live")).startswith("Error: tiny-live.xlsx is there already; --force")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("compactt", "compactt is no run: give the folder of one, with its record.jsonl, or a recorded model"),
        ("reference", "reference, layer 2: nn.BatchNorm2d has no counterpart where it does not follow a convolution"),
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
    assert "best.safetensors are not the weights of tiny: " in complaint(backprop(tmp_path, "live", "run"))
    weights.write_bytes(b"nothing of the kind")
    assert "best.safetensors is damaged: " in complaint(backprop(tmp_path, "live", "run"))


def test_the_page_shows_what_is_refused_and_says_it_as_the_command_does(tmp_path: Path) -> None:
    ((command, said),) = session(page("live.md"))
    assert complaint(backprop(tmp_path, *command.split()[1:])) == said.strip()
