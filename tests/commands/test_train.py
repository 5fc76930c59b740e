"""`backprop train`, as a user runs it: from nothing to a sheet of the workbook that shows the run."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from safetensors.torch import load_file
from sklearn.datasets import load_digits

from tests.commands.command import Outcome, backprop
from tests.commands.training import (
    BOOK,
    EPOCH_LINE,
    QUICK,
    cells,
    epoch_column,
    here,
    only_run,
    small_workbook,
    tabs,
)
from tests.torch_models.data_sets import put_in_the_place_of_torchvision
from torch_models.data import to_tensors
from torch_models.images import load_images
from torch_models.models import MODELS

RATES = [f"eta {rate}" for rate in ("0.1", "0.2", "0.5", "0.8", "1.0", "2.0")]


@dataclass(frozen=True)
class Trained:
    """What a first call of the command in an empty folder left, and printed."""

    folder: Path
    outcome: Outcome

    @property
    def run(self) -> Path:
        """The run's folder."""
        return only_run(self.folder)

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The record, as JSON."""
        return [json.loads(line) for line in (self.run / "record.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    folder = tmp_path_factory.mktemp("trained")
    return Trained(folder, backprop(folder, "train", *QUICK, "--epochs", "2", "--seed", "5"))


@pytest.fixture
def folder(trained: Trained, tmp_path: Path) -> Path:
    """A copy of that folder, to go on in."""
    shutil.copytree(trained.folder, tmp_path, dirs_exist_ok=True)
    return tmp_path


def test_it_ends_well_and_says_nothing_on_standard_error(trained: Trained) -> None:
    """Nothing unexpected happened, and no bar belongs where there is no terminal."""
    assert (trained.outcome.status, trained.outcome.errors) == (0, "")


def test_a_missing_workbook_is_generated_first_and_gets_the_sheet_last(trained: Trained) -> None:
    assert trained.outcome.output.startswith("Wrote backprop.xlsx, as `backprop generate` does\n")
    *_, shown, hint = trained.outcome.output.splitlines()
    assert shown == "Sheet 'MNIST' of backprop.xlsx shows the run"
    assert hint == f"`backprop live runs/{trained.run.name} -o backprop.xlsx` adds the network itself"
    names = tabs(trained.folder / BOOK)
    assert names[4:10] == RATES
    assert names[-1] == "MNIST"
    assert {path.name for path in trained.folder.iterdir()} == {BOOK, "runs"}


def test_an_epoch_is_one_line_which_says_what_is_on_record(trained: Trained) -> None:
    printed = EPOCH_LINE.findall(trained.outcome.output)
    header, *epochs = trained.lines
    assert [epoch["epoch"] for epoch in epochs] == [1, 2]
    assert printed == [
        (
            f"{epoch['test_loss']:.4f}", str(epoch["correct"]), str(epoch["total"]),
            f"{100 * epoch['correct'] / epoch['total']:.2f}",
        )
        for epoch in epochs
    ]  # fmt: skip
    assert header["images"] == {"train": 1545, "validation": 0, "test": 252}


def test_it_begins_with_the_model_and_with_what_is_trained_how(trained: Trained) -> None:
    header = trained.lines[0]
    output = trained.outcome.output
    for layer in header["layers"]:
        assert f"{layer['name']:<20}" in output
    assert f"Total params:{header['parameters']:>33,}" in output
    assert "tiny on digits (1,545 train, 252 test images), recipe tiny, 2 epochs, seed 5\n" in output
    assert "threads: 1, float32\n" in output
    assert f"Each epoch is recorded in {Path('runs', trained.run.name)}" in output


def test_it_ends_with_what_the_run_reached_of_what_is_asked(trained: Trained) -> None:
    """Of two epochs on the digits: not the accuracy, but the size."""
    _, *epochs = trained.lines
    best = max(epochs, key=lambda epoch: epoch["correct"])
    percent = f"{best['correct'] / 252:.2%}"
    assert trained.outcome.output.splitlines()[-6:-2] == [
        f"Best epoch: {best['epoch']} with {best['correct']} of 252 ({percent})",
        f"  no   at least 99.40% of the test images    {percent}",
        f"  yes  fewer than 20,000 parameters          {trained.lines[0]['parameters']:,}",
        "  no   in fewer than 20 epochs               not reached",
    ]


def test_the_sheet_shows_the_epochs_of_the_record(trained: Trained) -> None:
    _, *epochs = trained.lines
    assert epoch_column(trained.folder / BOOK, "MNIST", "epoch") == [1, 2]
    assert epoch_column(trained.folder / BOOK, "MNIST", "correct") == [epoch["correct"] for epoch in epochs]


def test_the_workbook_is_all_right(trained: Trained) -> None:
    outcome = backprop(trained.folder, "verify", BOOK)
    assert outcome.status == 0, outcome.output


def test_the_runs_folder_has_the_record_the_weights_and_the_checkpoint(trained: Trained) -> None:
    assert {path.name for path in trained.run.iterdir()} == {
        ".lock", "record.jsonl", "predictions.json", "last.safetensors", "best.safetensors", "checkpoint.pt"
    }  # fmt: skip


def test_the_saved_weights_are_those_that_were_judged(trained: Trained) -> None:
    """Read as anybody would, they take as many test digits for what they are as the record says."""
    _, *epochs = trained.lines
    test = to_tensors(load_images("digits", Path(), print), 0, torch.device("cpu")).test
    best = max(epochs, key=lambda epoch: epoch["correct"])
    for file, epoch in (("last.safetensors", epochs[-1]), ("best.safetensors", best)):
        model = MODELS["tiny"]()
        model.load_state_dict(load_file(trained.run / file))
        with torch.no_grad():
            outputs = model.eval()(test.images)
        assert (outputs.argmax(dim=1) == test.labels).sum().item() == epoch["correct"]
        loss = torch.nn.functional.nll_loss(outputs, test.labels).item()
        assert loss == pytest.approx(epoch["test_loss"], rel=1e-4)
    assert test.labels.tolist() == load_digits().target[-252:].tolist()


def test_its_own_output_is_a_log_that_can_be_shown(trained: Trained, folder: Path) -> None:
    """To four decimals it is the same run: with its parameters, and what the run reached."""
    (folder / "training.log").write_text(trained.outcome.output)
    outcome = here(folder, "--from", "training.log", "--sheet", "Log")
    assert (outcome.status, outcome.errors) == (0, "")
    assert outcome.output.splitlines()[:4] == trained.outcome.output.splitlines()[-6:-2]
    path = folder / BOOK
    assert epoch_column(path, "Log", "correct") == epoch_column(path, "MNIST", "correct")


def test_a_second_run_gets_a_sheet_of_its_own_and_the_first_stays(folder: Path) -> None:
    before = cells(folder / BOOK, "MNIST")
    outcome = here(folder, *QUICK, "--epochs", "1")
    assert outcome.status == 0
    assert "\nSheet 'MNIST 2' of backprop.xlsx shows the run\n" in outcome.output
    assert tabs(folder / BOOK)[-2:] == ["MNIST", "MNIST 2"]
    assert cells(folder / BOOK, "MNIST") == before
    assert len(list((folder / "runs").iterdir())) == 2


def test_the_same_run_replaces_its_sheet(trained: Trained, folder: Path) -> None:
    """A complete run that goes on trains nothing, and writes its sheet again."""
    run = str(Path("runs", trained.run.name))
    before = {path.name: path.read_bytes() for path in (folder / run).iterdir()}
    for arguments in (("--resume", run), ("--resume", f"{run}/record.jsonl"), ("--from", run)):
        outcome = here(folder, *arguments)
        assert (outcome.status, outcome.errors) == (0, "")
        assert "\nSheet 'MNIST' of backprop.xlsx shows the run\n" in outcome.output
        assert not EPOCH_LINE.search(outcome.output)
    assert tabs(folder / BOOK).count("MNIST") == 1
    assert tabs(folder / BOOK)[-1] == "MNIST"
    assert {path.name: path.read_bytes() for path in (folder / run).iterdir()} == before


def test_options_choose_what_is_trained_and_where_it_is_kept(tmp_path: Path) -> None:
    small_workbook(tmp_path / "mine.xlsx")
    outcome = here(
        tmp_path, "--workbook", "mine.xlsx", "--sheet", "Compact", "--model", "compact", "--recipe", "reference",
        "--epochs", "1", "--dataset", "digits", "--validation", "1000", "--target", "50", "--seed", "3",
        "--device", "cpu", "--threads", "1", "--precision", "bfloat16", "--runs-dir", "kept/here",
    )  # fmt: skip
    assert (outcome.status, outcome.errors) == (0, "")
    assert (
        "compact on digits (545 train, 1,000 validation, 252 test images), recipe reference, 1 epochs" in outcome.output
    )
    assert "at least 50.00% of the test images" in outcome.output
    assert "chosen by the validation images" in outcome.output
    assert tabs(tmp_path / "mine.xlsx")[-1] == "Compact"
    header, epoch = (
        json.loads(line) for line in (only_run(tmp_path / "kept", "here") / "record.jsonl").read_text().splitlines()
    )
    assert (header["model"], header["recipe"]["name"], header["seed"]) == ("compact", "reference", 3)
    assert (header["precision"], header["threads"]) == ("bfloat16", 1)
    assert epoch["validation_total"] == 1000
    assert {path.name for path in tmp_path.iterdir()} == {"mine.xlsx", "kept"}


def test_the_same_seed_comes_to_the_same_and_another_does_not(folder: Path, trained: Trained) -> None:
    results = []
    for seed in ("5", "6"):
        here(folder, *QUICK, "--epochs", "2", "--seed", seed, "--runs-dir", f"seed {seed}")
        results.append((only_run(folder, f"seed {seed}") / "last.safetensors").read_bytes())
    first = (trained.run / "last.safetensors").read_bytes()
    assert results[0] == first
    assert results[1] != first


def test_without_mnist_it_trains_on_the_digits_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_in_the_place_of_torchvision(monkeypatch, None)
    small_workbook(tmp_path / BOOK)
    outcome = here(tmp_path, "--model", "tiny", "--epochs", "1", "--threads", "1")
    assert outcome.status == 0
    assert outcome.errors.startswith("MNIST is not available, so this trains on scikit-learn's 8x8 digits")
    assert len(outcome.errors.splitlines()) == 1
    assert "tiny on digits (" in outcome.output
