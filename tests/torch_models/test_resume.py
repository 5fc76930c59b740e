"""A run that stops, at whatever moment and for whatever reason, and goes on: to the same end as one that did not."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

torch = pytest.importorskip("torch")

from tests.torch_models.training_runs import Heard, begin, go_on, plan
from torch_models import run
from torch_models.checkpoint import (
    BEST_FILE,
    CHECKPOINT_FILE,
    LAST_FILE,
    CheckpointError,
    load_checkpoint,
    save_checkpoint,
)
from torch_models.recipes import Schedule
from torch_models.record import Epoch
from torch_models.record_file import PREDICTIONS_FILE, RECORD_FILE, read_record
from torch_models.run import LOCK_FILE, Plan

EPOCHS = 4
PLANS: dict[str, Callable[[], Plan]] = {
    "constant, dropout": partial(plan, model="reference", epochs=EPOCHS, momentum=0.9),
    "one cycle, augmentation, averaging": partial(
        plan, epochs=EPOCHS, learning_rate=0.1, momentum=0.9, nesterov=True, weight_decay=1e-3,
        schedule=Schedule.ONE_CYCLE, rotation=9, shift=1.5, scale=0.05, shear=0.1, averaging=0.9,
    ),
    "validation images": partial(plan, held_out=15, epochs=EPOCHS),
}  # fmt: skip
PLAN = "one cycle, augmentation, averaging"


@dataclass(frozen=True)
class End:
    """All that a run leaves behind, but for how long it took."""

    epochs: tuple[Epoch, ...]
    last: bytes
    best: bytes
    predictions: bytes


def end_of(folder: Path) -> End:
    """What a run left in its folder, which has nothing else in it."""
    assert {path.name for path in folder.iterdir()} == {
        RECORD_FILE, PREDICTIONS_FILE, LAST_FILE, BEST_FILE, CHECKPOINT_FILE, LOCK_FILE
    }  # fmt: skip
    epochs = tuple(
        msgspec.structs.replace(epoch, seconds=None, images_per_second=None) for epoch in read_record(folder).epochs
    )
    files = (folder / name for name in (LAST_FILE, BEST_FILE, PREDICTIONS_FILE))
    return End(epochs, *(file.read_bytes() for file in files))


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, End]:
    """What each plan comes to when nothing stops it."""
    ends = {}
    for name, make in PLANS.items():
        folder = begin(tmp_path_factory.mktemp("unbroken"), make())
        go_on(folder, make())
        ends[name] = end_of(folder)
        assert [epoch.epoch for epoch in ends[name].epochs] == list(range(1, EPOCHS + 1))
    return ends


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a run that has just begun."""
    return begin(tmp_path, PLANS[PLAN]())


@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize("epoch", [1, 2, EPOCHS])
def test_a_run_that_was_interrupted_ends_as_one_that_was_not(
    tmp_path: Path, unbroken: dict[str, End], name: str, epoch: int
) -> None:
    """Within the first, an inner or the last epoch: then it goes on with that epoch, from its begin."""
    folder = begin(tmp_path, PLANS[name]())
    first = go_on(folder, PLANS[name](), Heard(interrupts=epoch))
    assert [done.epoch for done in first.epochs] == list(range(1, epoch))
    rest = go_on(folder, PLANS[name]())
    assert [done.epoch for done in rest.epochs] == list(range(epoch, EPOCHS + 1))
    assert end_of(folder) == unbroken[name]


def test_a_run_that_is_interrupted_in_every_epoch_ends_as_one_that_was_not(
    folder: Path, unbroken: dict[str, End]
) -> None:
    for epoch in range(1, EPOCHS + 1):
        go_on(folder, PLANS[PLAN](), Heard(interrupts=epoch))
    go_on(folder, PLANS[PLAN]())
    assert end_of(folder) == unbroken[PLAN]


class Killed(BaseException):
    """In the place of a kill: nothing is done after it."""


def killed_at(folder: Path, place: str, calls: int, at_once: bool = False) -> None:
    """Train until something that `run` calls is called for the so-manieth time; killed before it, or right after."""
    real, count = getattr(run, place), 0

    def counted(*arguments: Any) -> Any:
        nonlocal count
        count += 1
        if count == calls and at_once:
            raise Killed
        result = real(*arguments)
        if count == calls:
            raise Killed
        return result

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, place, counted)
        with pytest.raises(Killed):
            go_on(folder, PLANS[PLAN]())


@pytest.mark.parametrize("place", ["append_epoch", "save_weights", "write_predictions", "save_checkpoint"])
@pytest.mark.parametrize("calls", [1, 2])
def test_a_kill_between_what_an_epoch_writes_changes_nothing(
    folder: Path, unbroken: dict[str, End], place: str, calls: int
) -> None:
    """The record may then be an epoch ahead of the checkpoint, and is cut back to it; weights may be behind it."""
    killed_at(folder, place, calls)
    ahead = len(read_record(folder).epochs)
    state = load_checkpoint(folder)
    assert ahead - (state["epoch"] if state else 0) == (1 if place == "append_epoch" else 0)
    go_on(folder, PLANS[PLAN]())
    assert end_of(folder) == unbroken[PLAN]


def test_a_line_that_was_cut_off_is_written_again(folder: Path, unbroken: dict[str, End]) -> None:
    killed_at(folder, "append_epoch", 3, at_once=True)
    with (folder / RECORD_FILE).open("ab") as file:
        file.write(b'{"epoch":3,"learning_ra')
    assert len(read_record(folder).epochs) == 2
    go_on(folder, PLANS[PLAN]())
    assert end_of(folder) == unbroken[PLAN]


def test_a_run_that_is_complete_is_left_as_it_is(folder: Path) -> None:
    go_on(folder, PLANS[PLAN]())
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    heard = go_on(folder, PLANS[PLAN]())
    assert heard.begun == heard.epochs == []
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_run_that_is_being_trained_is_trained_by_nobody_else(folder: Path) -> None:
    """Two that write to one record would spoil it."""
    refused: list[str] = []

    class Second(Heard):
        """Takes the run up again while it is trained."""

        def epoch_begins(self, epoch: int, epochs: int, batches: int) -> None:
            """Try to."""
            super().epoch_begins(epoch, epochs, batches)
            with pytest.raises(CheckpointError) as caught:
                go_on(folder, PLANS[PLAN]())
            refused.append(str(caught.value))

    go_on(folder, PLANS[PLAN](), Second())
    assert set(refused) == {f"{folder} is being trained by another process: wait for it, or stop it"}
    assert [epoch.epoch for epoch in read_record(folder).epochs] == list(range(1, len(refused) + 1))


def test_another_seed_ends_elsewhere(tmp_path: Path, unbroken: dict[str, End]) -> None:
    """So that the comparisons above could fail."""
    changed = replace(PLANS[PLAN](), seed=2)
    folder = begin(tmp_path, changed)
    go_on(folder, changed)
    found = end_of(folder)
    assert found.last != unbroken[PLAN].last
    assert found.best != unbroken[PLAN].best
    assert found.epochs != unbroken[PLAN].epochs


def damaged_checkpoints() -> dict[str, Callable[[Path], object]]:
    """Ways to spoil a checkpoint."""
    return {
        "empty": lambda path: path.write_bytes(b""),
        "cut off": lambda path: path.write_bytes(path.read_bytes()[:-2_000]),
        "a text": lambda path: path.write_text("no checkpoint"),
        "zeros": lambda path: path.write_bytes(bytes(5_000)),
    }


@pytest.mark.parametrize("damage", damaged_checkpoints())
def test_a_damaged_checkpoint_is_named_in_one_line_and_the_record_stays(folder: Path, damage: str) -> None:
    go_on(folder, PLANS[PLAN](), Heard(interrupts=3))
    record = (folder / RECORD_FILE).read_bytes()
    path = folder / CHECKPOINT_FILE
    damaged_checkpoints()[damage](path)
    with pytest.raises(CheckpointError) as caught:
        go_on(folder, PLANS[PLAN]())
    why = str(caught.value)
    assert why == f"{path} is damaged: the run cannot go on from it, begin a new one"
    assert (folder / RECORD_FILE).read_bytes() == record


class Trap:
    """What would run code when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.path,)


def test_a_checkpoint_from_elsewhere_runs_no_code(folder: Path, tmp_path: Path) -> None:
    trap = tmp_path / "sprung"
    torch.save({"epoch": 1, "model": Trap(trap)}, folder / CHECKPOINT_FILE)
    with pytest.raises(CheckpointError, match="is damaged"):
        go_on(folder, PLANS[PLAN]())
    assert not trap.exists()


@pytest.mark.parametrize("state", [{}, [], {"epoch": 1, "model": {}}, {"epoch": 1, "model": None}])
def test_a_checkpoint_of_something_else_is_named(folder: Path, state: Any) -> None:
    save_checkpoint(folder, state)
    with pytest.raises(CheckpointError) as caught:
        go_on(folder, PLANS[PLAN]())
    assert str(caught.value).startswith(f"{folder / CHECKPOINT_FILE} is not that of this run")


def test_a_checkpoint_of_another_model_is_named(tmp_path: Path, folder: Path) -> None:
    other = begin(tmp_path, plan(model="compact", epochs=1))
    go_on(other, plan(model="compact", epochs=1))
    (other / CHECKPOINT_FILE).rename(folder / CHECKPOINT_FILE)
    with pytest.raises(CheckpointError, match="is not that of this run"):
        go_on(folder, PLANS[PLAN]())


def test_epochs_on_record_are_not_thrown_away_where_their_checkpoint_is_missing(folder: Path) -> None:
    """Someone removed it, or brought the record alone from elsewhere: beginning anew would erase it."""
    go_on(folder, PLANS[PLAN](), Heard(interrupts=4))
    record = (folder / RECORD_FILE).read_bytes()
    (folder / CHECKPOINT_FILE).unlink()
    with pytest.raises(CheckpointError, match=r"checkpoint\.pt is not there, and the record has 3 epochs"):
        go_on(folder, PLANS[PLAN]())
    assert (folder / RECORD_FILE).read_bytes() == record


def test_a_checkpoint_that_is_ahead_of_the_record_is_refused(folder: Path) -> None:
    """The record would lack an epoch."""
    go_on(folder, PLANS[PLAN](), Heard(interrupts=4))
    lines = (folder / RECORD_FILE).read_bytes().splitlines(keepends=True)
    (folder / RECORD_FILE).write_bytes(b"".join(lines[:-1]))
    with pytest.raises(CheckpointError, match="is of epoch 3, and the record has 2 epochs"):
        go_on(folder, PLANS[PLAN]())


def test_a_saved_checkpoint_replaces_the_one_before_whole(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk while the second is written leaves the first."""
    save_checkpoint(folder, {"epoch": 1})

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        save_checkpoint(folder, {"epoch": 2})
    monkeypatch.undo()
    assert load_checkpoint(folder) == {"epoch": 1}
    assert not list(folder.glob(".*"))


def test_a_checkpoint_that_cannot_be_read_is_told_from_a_damaged_one(folder: Path) -> None:
    (folder / CHECKPOINT_FILE).mkdir()
    with pytest.raises(CheckpointError, match=r"checkpoint\.pt cannot be read: Is a directory"):
        go_on(folder, PLANS[PLAN]())
