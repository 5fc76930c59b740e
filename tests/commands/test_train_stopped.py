"""`backprop train` that is stopped: by Ctrl-C, a kill, numbers that are none, a workbook that somebody opened."""

import re
import shlex
import signal
import subprocess
import time
from pathlib import Path

import msgspec
import pytest

torch = pytest.importorskip("torch")

from tests.commands.command import SECONDS, Outcome, complaint
from tests.commands.training import (
    BOOK,
    EPOCH_LINE,
    QUICK,
    epoch_column,
    here,
    only_run,
    small_workbook,
    tabs,
    waiting,
)
from torch_models import run
from torch_models.recipes import RECIPES
from torch_models.record_file import read_record

EPOCHS = 4
DONE = 2  # when the run is stopped
pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="signals are other things here")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a workbook."""
    small_workbook(tmp_path / BOOK)
    return tmp_path


def wait_for_epochs(process: subprocess.Popen[str], runs: Path) -> None:
    """Wait until the epochs of the one run are on record after which it waits."""
    give_up = time.monotonic() + SECONDS
    while process.poll() is None and time.monotonic() < give_up:
        records = list(runs.glob("*/record.jsonl"))
        if records and records[0].read_bytes().count(b"\n") > DONE:
            return
        time.sleep(0.005)
    raise AssertionError("the run ended before it could be stopped")


def weights(run: Path) -> dict[str, bytes]:
    """The weights that a run left."""
    return {name: (run / name).read_bytes() for name in ("last.safetensors", "best.safetensors", "predictions.json")}


def test_ctrl_c_leaves_a_sheet_of_the_epochs_that_are_done_and_says_how_to_go_on(folder: Path) -> None:
    """With names that a shell would take apart; the line that it prints, typed in as it is, goes on to the end."""
    small_workbook(folder / "my book.xlsx")
    with waiting(
        folder, DONE, *QUICK, "--epochs", str(EPOCHS), "--workbook", "my book.xlsx", "--runs-dir", "my runs",
        "--target", "0.5", "--data-dir", "my data", "--sheet", "Mine",
    ) as process:  # fmt: skip
        wait_for_epochs(process, folder / "my runs")
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 130
    assert "Traceback" not in errors
    run = only_run(folder, "my runs")
    assert len(read_record(run).epochs) == DONE
    assert len(EPOCH_LINE.findall(output)) == DONE - 1  # the line follows the record
    assert epoch_column(folder / "my book.xlsx", "Mine", "epoch") == list(range(1, DONE + 1))
    (line,) = errors.splitlines()
    assert line.startswith("Interrupted. To resume: backprop train --resume 'my runs/")
    program, command, *arguments = shlex.split(line.partition("To resume: ")[2])
    assert (program, command) == ("backprop", "train")

    outcome = here(folder, *arguments)
    assert (outcome.status, outcome.errors) == (0, "")
    assert "at least 50.00% of the test images" in outcome.output
    assert len(EPOCH_LINE.findall(outcome.output)) == EPOCHS - (DONE - 1)  # so does its checkpoint
    assert epoch_column(folder / "my book.xlsx", "Mine", "epoch") == list(range(1, EPOCHS + 1))
    assert tabs(folder / "my book.xlsx")[-1] == "Mine"


def test_a_killed_run_goes_on_in_another_process_to_the_weights_of_an_unbroken_one(folder: Path) -> None:
    """To the last byte, though the kill fell between the record of an epoch and its checkpoint."""
    with waiting(folder, DONE, *QUICK, "--epochs", str(EPOCHS)) as process:
        wait_for_epochs(process, folder / "runs")
        process.kill()
        process.wait(SECONDS)
    killed = only_run(folder)
    assert tabs(folder / BOOK)[-1] != "MNIST"
    assert len(read_record(killed).epochs) == DONE
    assert here(folder, "--resume", str(killed)).status == 0
    assert here(folder, *QUICK, "--epochs", str(EPOCHS), "--runs-dir", "unbroken").status == 0
    unbroken = only_run(folder, "unbroken")
    assert weights(killed) == weights(unbroken)
    epochs = [
        [msgspec.structs.replace(epoch, seconds=None, images_per_second=None) for epoch in read_record(run).epochs]
        for run in (killed, unbroken)
    ]
    assert epochs[0] == epochs[1]
    assert len(epochs[0]) == EPOCHS


def test_an_interrupt_before_the_first_epoch_is_done_leaves_a_run_that_can_go_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("torch_models.training.Training.run_epoch", interrupt)
        outcome = here(folder, *QUICK, "--epochs", "1")
    assert outcome.status == 130
    assert "No epoch is on record.\n" in outcome.output
    assert tabs(folder / BOOK)[-1] == "MNIST"
    outcome = here(folder, "--resume", str(only_run(folder)))
    assert outcome.status == 0
    assert epoch_column(folder / BOOK, "MNIST", "epoch") == [1]


def interrupt(*_: object) -> None:
    """As Ctrl-C does."""
    raise KeyboardInterrupt


@pytest.fixture
def _absurd(monkeypatch: pytest.MonkeyPatch) -> None:
    """The recipe goes up to a learning rate at which no network stays finite."""
    monkeypatch.setitem(RECIPES, "tiny", msgspec.structs.replace(RECIPES["tiny"], learning_rate=1e30))  # type: ignore[call-overload]


@pytest.mark.usefixtures("_absurd")
def test_a_loss_that_is_no_number_stops_the_run_in_words(folder: Path) -> None:
    before = (folder / BOOK).read_bytes()
    outcome = here(folder, *QUICK)
    assert_diverged(outcome, only_run(folder), folder)
    assert re.search(r"^Error: the .* no longer a finite number .*epoch 1", outcome.errors, re.MULTILINE)
    assert (folder / BOOK).read_bytes() == before


def assert_diverged(outcome: Outcome, run: Path, folder: Path) -> None:
    """It failed, in two lines: what happened, and how to see what was before."""
    assert outcome.status == 1
    assert "Traceback" not in outcome.errors
    said, command = outcome.errors.splitlines()
    assert "a smaller learning rate may help" in said
    assert shlex.split(command) == ["backprop", "train", "--from", str(run.relative_to(folder))]


def test_what_was_before_numbers_went_wrong_stays_on_record(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here the model of the second epoch judges with numbers that are none; the first is on record, and shown."""
    judge = run.judge

    def judged(model: torch.nn.Module, images: object) -> object:
        if list((only_run(folder)).glob("checkpoint.pt")):
            next(model.parameters()).data.fill_(float("nan"))
        return judge(model, images)  # type: ignore[arg-type]

    monkeypatch.setattr(run, "judge", judged)
    outcome = here(folder, *QUICK, "--epochs", "3")
    assert_diverged(outcome, only_run(folder), folder)
    assert "finite number after epoch 2" in outcome.errors
    assert len(read_record(only_run(folder)).epochs) == 1
    assert here(folder, "--from", str(only_run(folder))).status == 0
    assert epoch_column(folder / BOOK, "MNIST", "epoch") == [1]


def test_a_workbook_that_somebody_opens_meanwhile_loses_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run stays on record, and the line that it prints writes the sheet once the workbook is closed."""
    append_epoch, lock = run.append_epoch, folder / f"~${BOOK}"

    def opened(*arguments: object) -> None:
        append_epoch(*arguments)  # type: ignore[arg-type]
        lock.touch()

    monkeypatch.setattr(run, "append_epoch", opened)
    before = (folder / BOOK).read_bytes()
    outcome = here(folder, *QUICK, "--epochs", "2", "--sheet", "Late one")
    assert outcome.status == 1
    assert len(EPOCH_LINE.findall(outcome.output)) == 2
    assert "Best epoch: " in outcome.output
    first, second, command = outcome.errors.splitlines()
    assert first.startswith("Error: backprop.xlsx: it is open in Excel: close it there")
    assert second == "The run is on record; to write its sheet later:"
    assert (folder / BOOK).read_bytes() == before
    lock.unlink()
    assert here(folder, *shlex.split(command)[2:]).status == 0
    assert epoch_column(folder / BOOK, "Late one", "epoch") == [1, 2]


def test_a_workbook_that_is_taken_away_meanwhile_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    append_epoch = run.append_epoch

    def removed(*arguments: object) -> None:
        append_epoch(*arguments)  # type: ignore[arg-type]
        (folder / BOOK).unlink()

    monkeypatch.setattr(run, "append_epoch", removed)
    outcome = here(folder, *QUICK, "--epochs", "1")
    assert outcome.status == 1
    assert outcome.errors.startswith("Error: backprop.xlsx: no such file\nThe run is on record;")


def test_a_full_disk_is_said_in_one_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "runs/x/record.jsonl")

    monkeypatch.setattr(run, "append_epoch", full)
    outcome = here(folder, *QUICK, "--epochs", "1")
    assert outcome.status == 1
    assert outcome.errors == "Error: runs/x/record.jsonl: No space left on device\n"


@pytest.mark.parametrize("damage", [b"", b"no checkpoint"])
def test_a_damaged_checkpoint_is_said_in_one_line_and_the_record_is_still_shown(folder: Path, damage: bytes) -> None:
    assert here(folder, *QUICK, "--epochs", "1").status == 0
    run = only_run(folder)
    (run / "checkpoint.pt").write_bytes(damage)
    outcome = here(folder, "--resume", str(run))
    assert outcome.status == 1
    assert (
        outcome.errors == f"Error: {run / 'checkpoint.pt'} is damaged: the run cannot go on from it, begin a new one\n"
    )
    assert here(folder, "--from", str(run)).status == 0


def test_a_run_does_not_go_on_with_other_images(folder: Path) -> None:
    """As when the digits come out another way under another version of what scales them."""
    assert here(folder, *QUICK, "--epochs", "1").status == 0
    record = only_run(folder) / "record.jsonl"
    md5 = read_record(record).header.md5["images"]
    record.write_text(record.read_text().replace(md5, "0" * 32))
    assert "the images of digits are not those that the run began with" in complaint(
        here(folder, "--resume", str(only_run(folder)))
    )
