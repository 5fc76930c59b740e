"""What `backprop train` does before any work: its help and its list; and what it shows on a terminal."""

import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands.command import SECONDS, backprop, environment, python
from tests.commands.test_start import REPORT_IMPORTS
from tests.torch_models.run_records import trained
from torch_models.names import MODEL_NAMES
from torch_models.recipes import RECIPES
from torch_models.record_file import append_epoch, start_record

SCRIPT = """
import sys, time
from backprop.bars import EpochProgress
from torch_models.record import Epoch
with EpochProgress() as progress:
    for epoch in (1, 2):
        progress.epoch_begins(epoch, 2, 40)
        for batch in (20, 40):
            time.sleep(float(sys.argv[1]))
            progress.batch_done(batch, 1.25 / epoch)
        progress.epoch_ends(Epoch(epoch=epoch, test_loss=0.5 / epoch, correct=epoch, total=4))
    progress.epoch_begins(3, 3, 40)
    progress.batch_done(20, 1.0)
"""
LINES = (
    "Test set: Average loss: 0.5000, Accuracy: 1/4 (25.00%)\nTest set: Average loss: 0.2500, Accuracy: 2/4 (50.00%)\n"
)


def imported(folder: Path, *arguments: str) -> list[str]:
    """Which of the heavy modules a call of the command imports."""
    outcome = python(folder, REPORT_IMPORTS, *arguments)
    assert outcome.status == 0, outcome.errors
    assert outcome.errors.startswith("imported:")
    return outcome.errors.split()[1:]


@pytest.mark.parametrize("arguments", [["--help"], ["--list"]])
def test_nothing_heavy_is_imported_to_say_what_there_is(tmp_path: Path, arguments: list[str]) -> None:
    assert imported(tmp_path, "train", *arguments) == []


def test_pytorch_is_not_imported_to_show_what_is_on_record(tmp_path: Path) -> None:
    record = trained("a run", 1)
    start_record(tmp_path, record.header)
    append_epoch(tmp_path, record.epochs[0])
    found = imported(tmp_path, "train", "--from", ".")
    assert "torch" not in found
    assert "lxml" in found  # so that the test would see it


def test_the_help_shows_examples_and_every_model_and_data_set(tmp_path: Path) -> None:
    outcome = backprop(tmp_path, "train", "--help")
    assert (outcome.status, outcome.errors) == (0, "")
    assert "\n  Examples: backprop train " in outcome.output
    for name in (*MODEL_NAMES, "fashion-mnist", "digits", "cuda", "bfloat16"):
        assert name in outcome.output


def test_the_help_of_the_command_names_train(tmp_path: Path) -> None:
    assert "\n  train " in backprop(tmp_path, "--help").output


def test_the_list_has_every_model_with_its_recipe(tmp_path: Path) -> None:
    outcome = backprop(tmp_path, "train", "--list")
    assert (outcome.status, outcome.errors) == (0, "")
    blocks = outcome.output.split("\n\n")
    assert [block.partition(":")[0].split()[0] for block in blocks] == list(MODEL_NAMES)
    for block, recipe in zip(blocks, RECIPES.values(), strict=True):
        assert f"recipe {recipe.name}: {recipe.epochs} epochs, batch {recipe.batch}, " in block
        assert f"learning rate {recipe.learning_rate:g}" in block


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="no terminals to try it on")
def test_a_terminal_shows_a_bar_for_each_epoch_with_the_loss_of_the_last_batch(tmp_path: Path) -> None:
    """On standard error, so that standard output has the epochs' lines and nothing else."""
    from fcntl import ioctl
    from termios import TIOCSWINSZ

    ours, theirs = os.openpty()
    ioctl(theirs, TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))  # rows and columns, and pixels
    done = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, "0.12"], cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=theirs
    )
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 4096):
            shown += piece
    except OSError:  # the other end was closed
        pass
    output, _ = done.communicate(timeout=SECONDS)
    os.close(ours)
    assert (done.returncode, output.decode()) == (0, LINES)
    text = shown.decode()
    assert "Epoch 1/2:   0%" in text
    assert "Epoch 2/2:" in text
    assert "40/40" in text
    assert "loss 1.2500, batch 20" in text
    assert "loss 0.6250, batch 40" in text
    assert "\n" not in text.strip()  # each bar in the place of the one before it


def test_without_a_terminal_there_is_no_bar(tmp_path: Path) -> None:
    outcome = python(tmp_path, SCRIPT, "0")
    assert (outcome.status, outcome.output, outcome.errors) == (0, LINES, "")
