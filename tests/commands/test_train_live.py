"""`backprop train --live`: the network itself beside the run's sheet, which is there whatever becomes of it."""

import contextlib
import shutil
from pathlib import Path

import pytest

pytest.importorskip("torch")

from tests.commands.command import Outcome
from tests.commands.training import BOOK, QUICK, here, only_run, small_workbook, tabs
from tests.sheetgen.packages import sound
from torch_models.recorded import recorded_folders

LIVE = ["Draw", "Layers", "Follow", "Centre", "Folding", "Images"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a workbook, and with the first recorded run of each model."""
    small_workbook(tmp_path / BOOK)
    for model in ("tiny", "reference"):
        shutil.copytree(recorded_folders(model)[0], tmp_path / model)
    return tmp_path


def last_lines(outcome: Outcome, count: int) -> list[str]:
    return outcome.output.splitlines()[-count:]


def test_a_run_that_is_trained_is_added_with_its_network(tmp_path: Path) -> None:
    small_workbook(tmp_path / BOOK)
    before = tabs(tmp_path / BOOK)
    outcome = here(tmp_path, *QUICK, "--epochs", "1", "--live")
    assert (outcome.status, outcome.errors) == (0, "")
    assert last_lines(outcome, 2) == [
        "Sheet 'MNIST' of backprop.xlsx shows the run",
        f"Sheets {', '.join(LIVE)} show the network: draw a digit on Draw",
    ]
    assert tabs(tmp_path / BOOK) == [*before, "MNIST", *LIVE]
    sound(tmp_path / BOOK)
    again = here(tmp_path, "--resume", str(only_run(tmp_path)), "--live")
    assert again.status == 0
    assert tabs(tmp_path / BOOK) == [*before, "MNIST", *LIVE]


def test_a_run_on_record_is_added_with_its_network(folder: Path) -> None:
    """The exercise's own model too: its 19,898 parameters leave no room for a step, but for a drawing."""
    before = tabs(folder / BOOK)
    outcome = here(folder, "--from", "reference", "--live")
    assert (outcome.status, outcome.errors) == (0, "")
    assert tabs(folder / BOOK) == [*before, "MNIST", *(name for name in LIVE if name != "Folding")]


@pytest.mark.parametrize("source", ["tiny", "tiny/record.jsonl"])
def test_without_it_the_last_line_says_how_to_add_the_network(folder: Path, source: str) -> None:
    outcome = here(folder, "--from", source)
    assert last_lines(outcome, 1) == ["`backprop live tiny -o backprop.xlsx` adds the network itself"]
    for weights in (folder / "tiny").glob("*.safetensors"):
        weights.unlink()
    assert last_lines(here(folder, "--from", source), 1) == ["Sheet 'MNIST' of backprop.xlsx shows the run"]


def test_the_runs_sheet_is_written_even_where_the_network_cannot_be(folder: Path) -> None:
    (folder / "tiny" / "best.safetensors").write_bytes(b"nothing of the kind")
    before = tabs(folder / BOOK)
    outcome = here(folder, "--from", "tiny", "--live")
    assert outcome.status == 1
    assert last_lines(outcome, 1) == ["Sheet 'MNIST' of backprop.xlsx shows the run"]
    first, *rest = outcome.errors.splitlines()
    assert first.startswith("Error: tiny/best.safetensors is damaged, or no file of safetensors: ")
    assert rest == [
        "The run has its sheet; to add the network later:", "  backprop live tiny -o backprop.xlsx"
    ]  # fmt: skip
    assert tabs(folder / BOOK) == [*before, "MNIST"]


def test_a_printed_log_has_no_network(folder: Path) -> None:
    with contextlib.chdir(folder):
        Path("training.log").write_text("Test set: Average loss: 0.1000, Accuracy: 9900/10000 (99.00%)\n")
    outcome = here(folder, "--from", "training.log", "--live")
    assert outcome.status == 1
    assert "training.log" in outcome.errors
    assert tabs(folder / BOOK)[-1] == "MNIST"
