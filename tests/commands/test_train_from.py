"""`backprop train --from`: the sheet of a run that is on record, without training and without PyTorch."""

import os
import signal
from pathlib import Path

import pytest

from tests.commands.command import Outcome, backprop, complaint, python
from tests.commands.training import BOOK, epoch_column, here, small_workbook, tabs
from tests.torch_models.run_records import trained
from torch_models.published import PUBLISHED_RUN
from torch_models.record import Record
from torch_models.record_file import append_epoch, start_record, write_predictions

LOG = "\n".join(epoch.describe() for epoch in PUBLISHED_RUN)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a workbook, two runs, and a printed log."""
    small_workbook(tmp_path / BOOK)
    for name, epochs in (("first run", 3), ("second run", 2)):
        put(tmp_path / name, trained(name, epochs))
    (tmp_path / "training.log").write_text(LOG)
    return tmp_path


def put(folder: Path, record: Record) -> None:
    """Write a record as a run does."""
    folder.mkdir()
    start_record(folder, record.header)
    for epoch in record.epochs:
        append_epoch(folder, epoch)
    assert record.predictions is not None
    write_predictions(folder, record.predictions)


@pytest.mark.parametrize("source", ["first run", "first run/record.jsonl"])
def test_a_run_is_shown_from_its_folder_or_its_record(folder: Path, source: str) -> None:
    outcome = here(folder, "--from", source)
    assert (outcome.status, outcome.errors) == (0, "")
    assert outcome.output.endswith("\nSheet 'MNIST' of backprop.xlsx shows the run\n")
    assert epoch_column(folder / BOOK, "MNIST", "epoch") == [1, 2, 3]


def test_a_printed_log_is_shown_with_what_it_reached(folder: Path) -> None:
    outcome = here(folder, "--from", "training.log")
    assert (outcome.status, outcome.errors) == (0, "")
    assert outcome.output == (
        "Best epoch: 15 with 9,943 of 10,000 (99.43%)\n"
        "  yes  at least 99.40% of the test images    99.43%\n"
        "  yes  in fewer than 20 epochs               first in epoch 15\n"
        "Sheet 'MNIST' of backprop.xlsx shows the run\n"
    )
    assert epoch_column(folder / BOOK, "MNIST", "correct") == [epoch.correct for epoch in PUBLISHED_RUN]


def test_another_run_gets_a_sheet_of_its_own_and_the_same_run_replaces_its_own(folder: Path) -> None:
    for source, sheet in (
        ("first run", "MNIST"), ("second run", "MNIST 2"), ("training.log", "MNIST 3"), ("first run", "MNIST"),
        ("training.log", "MNIST 3"),
    ):  # fmt: skip
        assert f"Sheet '{sheet}' of" in here(folder, "--from", source).output
    assert tabs(folder / BOOK)[-3:] == ["MNIST", "MNIST 2", "MNIST 3"]
    assert epoch_column(folder / BOOK, "MNIST 2", "epoch") == [1, 2]


def test_the_sheet_has_the_name_that_it_is_given_once(folder: Path) -> None:
    """A run that has a sheet keeps it."""
    for name in ("Mine", "Other"):
        assert "Sheet 'Mine' of" in here(folder, "--from", "first run", "--sheet", name).output
    assert tabs(folder / BOOK)[-1] == "Mine"


@pytest.mark.parametrize("target", ["99.4", "99.4%", "0.994", " 99.4 % ", "99.40"])
def test_a_target_is_a_percentage_or_a_part(folder: Path, target: str) -> None:
    output = here(folder, "--from", "training.log", "--target", target).output
    assert "  yes  at least 99.40% of the test images    99.43%\n" in output
    assert "first in epoch 15\n" in output


@pytest.mark.parametrize(
    ("target", "shown", "first"),
    [
        ("99.43", "yes  at least 99.43% of", "first in epoch 15"),
        ("99.44", "no   at least 99.44% of", "not reached"),
        ("0.99", "yes  at least 99.00% of", "first in epoch 5"),
        ("1", "no   at least 100.00% of", "not reached"),
        ("100%", "no   at least 100.00% of", "not reached"),
        ("50", "yes  at least 50.00% of", "first in epoch 1"),
        ("1%", "yes  at least 1.00% of", "first in epoch 1"),
    ],
)
def test_the_target_decides_what_is_reached(folder: Path, target: str, shown: str, first: str) -> None:
    output = here(folder, "--from", "training.log", "--target", target).output
    assert shown in output
    assert output.splitlines()[-2].endswith(first)


@pytest.mark.parametrize("target", ["", "much", "0", "-1", "101", "100.1%", "nan", "inf", "0%", "99,4"])
def test_what_is_no_target_is_refused_with_its_value(folder: Path, target: str) -> None:
    outcome = here(folder, "--from", "training.log", f"--target={target}")
    assert outcome.status == 2
    assert "Invalid value for '--target'" in complaint(outcome)
    assert target.strip() in complaint(outcome)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--epochs", "3"], "--epochs"),
        (["--model", "tiny", "--seed", "1"], "--model, --seed"),
        (["--data-dir", "data", "--threads", "2", "--device", "cpu"], "--data-dir, --device, --threads"),
        (["--runs-dir", "runs"], "--runs-dir"),
    ],
)
def test_options_for_training_are_refused_not_ignored(folder: Path, options: list[str], named: str) -> None:
    outcome = here(folder, "--from", "training.log", *options)
    assert outcome.status == 2
    assert complaint(outcome) == f"Error: {named}: --from trains nothing; leave it out"


def test_it_does_not_go_with_resume(folder: Path) -> None:
    outcome = here(folder, "--from", "first run", "--resume", "first run")
    assert complaint(outcome) == "Error: --resume trains and --from does not: give only one of them"


@pytest.mark.parametrize(
    ("source", "status", "words"),
    [
        ("missing", 2, "Path 'missing' does not exist"),
        ("nothing", 1, "nothing is a folder without a log in it"),
        (BOOK, 1, "is not a training log: it is binary"),
        ("empty", 1, "empty is empty; expected a record of SheetLogger, Lightning's metrics.csv"),
        ("damaged", 1, "damaged/record.jsonl, line 2: not the epoch of a run"),
        ("wrong.log", 1, "wrong.log, line 1: 980 of 10 images cannot be right"),
    ],
)
def test_what_cannot_be_shown_is_said_in_one_line_and_nothing_changes(
    folder: Path, source: str, status: int, words: str
) -> None:
    (folder / "empty").touch()
    (folder / "damaged").mkdir()
    (folder / "damaged" / "record.jsonl").write_text('{"run":"x"}\n{"epoch":"one"}\n')
    (folder / "nothing").mkdir()
    (folder / "wrong.log").write_text("Test set: Average loss: 0.1, Accuracy: 980/10 (9.80%)")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    outcome = here(folder, "--from", source)
    assert outcome.status == status
    assert words in complaint(outcome)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_log_of_another_library_is_shown_as_backprop_log_shows_it(folder: Path) -> None:
    (folder / "metrics.csv").write_text("epoch,val_loss,val_acc\n0,0.5,0.9\n1,0.4,0.995\n")
    outcome = here(folder, "--from", "metrics.csv")
    assert (outcome.status, outcome.errors) == (0, "")
    assert outcome.output.endswith("Sheet 'MNIST' of backprop.xlsx\n")
    assert epoch_column(folder / BOOK, "MNIST", "meets the target") == ["–", "✓"]


def test_a_missing_workbook_is_not_generated_for_what_cannot_be_shown(folder: Path) -> None:
    (folder / BOOK).unlink()
    (folder / "empty").touch()
    complaint(here(folder, "--from", "empty"))
    assert not (folder / BOOK).exists()


def test_a_missing_workbook_is_generated_for_what_can(folder: Path) -> None:
    outcome = here(folder, "--from", "first run", "--workbook", "new.xlsx")
    assert outcome.output.startswith("Wrote new.xlsx, as `backprop generate` does\n")
    assert tabs(folder / "new.xlsx")[0] == "Start"
    assert tabs(folder / "new.xlsx")[-1] == "MNIST"


def test_a_run_that_has_no_epoch_yet_is_shown_as_what_it_is(folder: Path) -> None:
    record = folder / "first run" / "record.jsonl"
    record.write_bytes(record.read_bytes().splitlines(keepends=True)[0])
    outcome = here(folder, "--from", "first run")
    assert outcome.status == 0
    assert outcome.output.startswith("No epoch is on record.\n")
    assert tabs(folder / BOOK)[-1] == "MNIST"


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="a kill is another thing here")
def test_a_kill_while_the_sheet_is_written_leaves_the_workbook_whole(folder: Path) -> None:
    """In the worst moment: all is written, and nothing is in its place yet."""
    before = (folder / BOOK).read_bytes()
    code = (
        "import os, signal, opc.files; from backprop.cli import main\n"
        "opc.files.os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)\n"
        "main()"
    )
    outcome = python(folder, code, "train", "--from", "first run")
    assert outcome.status == -signal.SIGKILL
    assert [path.name for path in folder.glob(".*")] != []
    assert (folder / BOOK).read_bytes() == before
    assert "Sheet 'MNIST' of" in here(folder, "--from", "first run").output


@pytest.fixture
def without_torch(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Surroundings as after a plain install: without PyTorch, and all else that only training needs."""
    site = tmp_path_factory.mktemp("site")
    for name in ("torch", "filelock", "joblib", "safetensors", "sklearn"):
        (site / f"{name}.py").write_text(f"raise ModuleNotFoundError('No module named {name}', name='{name}')")
    return {"PYTHONPATH": os.pathsep.join([str(site), *filter(None, [os.environ.get("PYTHONPATH")])])}


def test_a_run_is_shown_where_pytorch_is_not_installed(folder: Path, without_torch: dict[str, str]) -> None:
    outcome = backprop(folder, "train", "--from", "first run", variables=without_torch)
    assert (outcome.status, outcome.errors) == (0, "")
    assert tabs(folder / BOOK)[-1] == "MNIST"


def test_training_without_pytorch_says_how_to_install_it_before_anything_is_made(
    tmp_path: Path, without_torch: dict[str, str]
) -> None:
    outcome = backprop(tmp_path, "train", variables=without_torch)
    assert said(outcome).startswith(
        "Error: training needs PyTorch, which is not installed: in the project's folder, pip install '."
    )
    assert "https://pytorch.org/get-started/locally" in outcome.errors
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("missing", ["filelock", "joblib", "safetensors"])
def test_training_without_something_else_that_it_needs_names_it(tmp_path: Path, missing: str) -> None:
    """As where PyTorch alone was installed by hand."""
    pytest.importorskip("torch")
    code = f"import sys; sys.modules[{missing!r}] = None; from backprop.cli import main; main()"
    outcome = python(tmp_path, code, "train")
    assert complaint(outcome) == (
        f"Error: training needs {missing}, which is not installed: in the project's folder, pip install '.[train]'"
    )


def said(outcome: Outcome) -> str:
    """What a command complains of, in however many lines."""
    assert (outcome.status, outcome.output) == (1, "")
    assert "Traceback" not in outcome.errors
    return outcome.errors
