"""`backprop train` under torchrun: several processes train together, and one run comes of it."""

import json
import re
from pathlib import Path

import pytest

pytest.importorskip("torch")

from tests.commands.training import (
    BOOK,
    EPOCH_LINE,
    QUICK,
    epoch_column,
    here,
    only_run,
    small_workbook,
    tabs,
    torchrun,
)
from torch_models.record_file import read_record

COMMAND = ("-m", "backprop", "train", *QUICK)
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which two processes have trained for three epochs."""
    folder = tmp_path_factory.mktemp("torchrun")
    small_workbook(folder / BOOK)
    outcome = torchrun(folder, *COMMAND, "--epochs", "3")
    assert outcome.status == 0, outcome.errors
    (folder / "output.txt").write_text(outcome.output)
    return folder


def test_two_processes_make_one_record_and_one_sheet(folder: Path) -> None:
    header, *epochs = map(json.loads, (only_run(folder) / "record.jsonl").read_text().splitlines())
    assert header["processes"] == 2
    assert [epoch["epoch"] for epoch in epochs] == [1, 2, 3]
    assert tabs(folder / BOOK).count("MNIST") == 1
    assert epoch_column(folder / BOOK, "MNIST", "correct") == [epoch["correct"] for epoch in epochs]


def test_only_the_first_process_prints(folder: Path) -> None:
    output = (folder / "output.txt").read_text()
    assert len(EPOCH_LINE.findall(output)) == 3
    assert output.count("Total params:") == output.count("Best epoch:") == output.count("shows the run") == 1


def test_they_learn_as_one_process_with_batches_of_the_same_size_does(folder: Path) -> None:
    """Not the same, as each normalises by its own share; but the rates are, and so many images an epoch."""
    small_workbook(folder / "alone.xlsx")
    assert here(folder, *QUICK, "--epochs", "3", "--runs-dir", "alone", "--workbook", "alone.xlsx").status == 0
    alone, together = (read_record(run) for run in (only_run(folder, "alone"), only_run(folder)))
    assert [epoch.learning_rate for epoch in together.epochs] == [epoch.learning_rate for epoch in alone.epochs]
    assert together.header.recipe == alone.header.recipe
    for theirs, ours in zip(together.epochs, alone.epochs, strict=True):
        assert theirs.train_loss == pytest.approx(ours.train_loss, rel=0.3)


def test_a_run_of_two_goes_on_as_two_to_the_same_weights(folder: Path) -> None:
    """From its checkpoint of the first epoch, as if it had been killed then; and not as one."""
    before = (only_run(folder) / "last.safetensors").read_bytes()
    code = """
import torch_models.run as run
real = run.save_checkpoint
def saved(*arguments):
    real(*arguments)
    raise OSError(28, "No space left on device", "disk")
run.save_checkpoint = saved
from backprop.cli import main
main()
"""
    (folder / "stopped.py").write_text(code)
    outcome = torchrun(folder, "stopped.py", "train", *QUICK, "--epochs", "3", "--runs-dir", "stopped")
    assert outcome.status != 0
    assert "Error: disk: No space left on device" in outcome.errors
    stopped = only_run(folder, "stopped")
    assert len(read_record(stopped).epochs) == 1
    refused = here(folder, "--resume", str(stopped))
    assert refused.errors == "Error: the run began with 2 processes, and goes on with as many, not 1\n"
    sheets = tabs(folder / BOOK)
    outcome = torchrun(folder, "-m", "backprop", "train", "--resume", str(stopped))
    assert outcome.status == 0, outcome.errors
    assert (stopped / "last.safetensors").read_bytes() == before
    assert len(EPOCH_LINE.findall(outcome.output)) == 2
    assert tabs(folder / BOOK)[-1] not in sheets


def test_what_the_first_process_refuses_is_said_once_and_ends_them_all(tmp_path: Path) -> None:
    """None waits for ever for the one that has gone, and none prints a trace; torchrun itself says what failed."""
    (tmp_path / BOOK).write_text("my notes")
    outcome = torchrun(tmp_path, *COMMAND)
    assert outcome.status != 0
    assert outcome.errors.count("Error: backprop.xlsx: not a workbook") == 1
    assert "[rank1]" not in outcome.errors
    assert re.search(r"Root Cause.*\n.*\n.*\n.*\n  rank +: 0 ", outcome.errors)
    assert {path.name for path in tmp_path.iterdir()} == {BOOK}
