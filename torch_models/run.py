"""A run from its first epoch to its last: train, judge, and put on record, so that it can stop anywhere and go on.

After each epoch the order is: the record, the checkpoint, the weights and predictions. A run that is killed in
between goes on from the checkpoint: it cuts its record back to that, and writes what follows from it again.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import torch
from filelock import FileLock, Timeout

from torch_models.checkpoint import (
    BEST_FILE,
    CHECKPOINT_FILE,
    LAST_FILE,
    CheckpointError,
    load_checkpoint,
    save_checkpoint,
    save_weights,
)
from torch_models.data import Data, to_tensors
from torch_models.evaluation import Judgement, judge, predictions
from torch_models.images import Images
from torch_models.models import MODELS
from torch_models.processes import Processes
from torch_models.recipes import Recipe
from torch_models.record import Epoch
from torch_models.record_file import append_epoch, cut_record, read_record, write_predictions
from torch_models.training import DivergedError, Pass, Precision, Training

LOCK_FILE = ".lock"


class Listener(Protocol):
    """What is told how a run goes."""

    def epoch_begins(self, epoch: int, epochs: int, batches: int) -> None:
        """Epoch `epoch` of `epochs`, counted from 1, begins; it has so many batches."""

    def batch_done(self, batch: int, loss: float) -> None:
        """So many batches of the epoch are done; the last one's loss."""

    def epoch_ends(self, epoch: Epoch) -> None:
        """An epoch is on record."""


@dataclass(frozen=True)
class Plan:
    """What to train, on what, and with what."""

    model: str  # of MODELS
    recipe: Recipe
    images: Images
    held_out: int  # training images
    seed: int
    device: torch.device
    threads: int
    precision: Precision


def train(folder: Path, plan: Plan, processes: Processes, listener: Listener) -> None:
    """Train from where the run in `folder` stands to the recipe's last epoch; the folder has the run's header.

    On a CPU, with as many threads, a run that stopped ends with the same weights as one that did not, bit for bit.
    Raises DivergedError, CheckpointError, DataError and OSError; what was on record stays.
    """
    torch.set_num_threads(plan.threads)
    data = to_tensors(plan.images, plan.held_out, plan.device)
    training = _training(plan, data, processes)
    with _held(folder, processes):
        _restore(training, folder)
        processes.first_alone(partial(_take_up, folder, plan, data, training))
        while training.epoch < plan.recipe.epochs:
            listener.epoch_begins(training.epoch + 1, plan.recipe.epochs, training.updates)
            passed, state = training.run_epoch(listener.batch_done), training.state()
            processes.first_alone(partial(_put_on_record, folder, plan, data, training, passed, state, listener))


@contextmanager
def _held(folder: Path, processes: Processes) -> Iterator[None]:
    """Hold a run's folder, so that no second process writes to its record meanwhile. Raises CheckpointError."""
    lock = FileLock(folder / LOCK_FILE, blocking=False)

    def acquire() -> None:
        try:
            lock.acquire()
        except Timeout:
            raise CheckpointError(f"{folder} is being trained by another process: wait for it, or stop it") from None

    processes.first_alone(acquire)
    try:
        yield
    finally:
        lock.release()


def _training(plan: Plan, data: Data, processes: Processes) -> Training:
    torch.manual_seed(plan.seed)
    model = MODELS[plan.model]()
    if processes.rank:  # from the same weights, but with another dropout and other augmentations
        torch.manual_seed(plan.seed + 1_000_003 * processes.rank)
    return Training(model, plan.recipe, data.train, plan.seed, plan.precision, processes)


def _restore(training: Training, folder: Path) -> None:
    """Take a training back to where its checkpoint is; without one it is at its beginning. Raises CheckpointError."""
    path, state = folder / CHECKPOINT_FILE, load_checkpoint(folder)
    if state is not None:
        try:
            training.restore(state)
        except Exception:  # what is in a file from elsewhere may be anything
            raise CheckpointError(f"{path} is not that of this run, which cannot go on; begin a new one") from None
    on_record = len(read_record(folder).epochs)
    if not 0 <= on_record - training.epoch <= 1:  # the record is ahead by the epoch that a kill fell into, or by none
        there = f"is of epoch {training.epoch}" if state is not None else "is not there"
        raise CheckpointError(
            f"{path} {there}, and the record has {on_record} epochs: the run cannot go on; "
            "--from shows what is on record"
        )


def _take_up(folder: Path, plan: Plan, data: Data, training: Training) -> None:
    """Bring what is in the folder to where the checkpoint is, wherever the run was stopped."""
    cut_record(folder, training.epoch)
    if training.epoch:
        _write_results(folder, plan, training, judge(training.trained, data.test))


def _put_on_record(
    folder: Path, plan: Plan, data: Data, training: Training, passed: Pass, state: dict[str, Any], listener: Listener
) -> None:
    """Judge the epoch that is done, write all that there is of it, and tell the listener as soon as it is on record."""
    test = judge(training.trained, data.test)
    held_out = judge(training.trained, data.validation)
    if not all(math.isfinite(judged.loss) for judged in (test, held_out) if judged.total):
        raise DivergedError(f"the model's output is no longer a finite number after epoch {training.epoch}")
    epoch = Epoch(
        epoch=training.epoch,
        learning_rate=passed.learning_rate,
        train_loss=passed.loss,
        train_accuracy=passed.accuracy,
        test_loss=test.loss,
        correct=test.correct,
        total=test.total,
        validation_loss=held_out.loss if held_out.total else None,
        validation_correct=held_out.correct if held_out.total else None,
        validation_total=held_out.total or None,
        seconds=passed.seconds,
        images_per_second=passed.images_per_second,
    )
    append_epoch(folder, epoch)
    listener.epoch_ends(epoch)
    save_checkpoint(folder, state)
    _write_results(folder, plan, training, test)


def _write_results(folder: Path, plan: Plan, training: Training, test: Judgement) -> None:
    """Write the weights and, where the epoch is the best so far, what its model makes of the test images."""
    save_weights(folder / LAST_FILE, training.trained)
    best = read_record(folder).best
    if best is not None and best.epoch == training.epoch:
        save_weights(folder / BEST_FILE, training.trained)
        write_predictions(folder, predictions(test, plan.images, training.epoch))
