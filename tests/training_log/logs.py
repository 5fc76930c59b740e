"""Logs of runs, made up: of every kind of columns, and of several seeds."""

import math
import random
from collections.abc import Mapping
from pathlib import Path

from training_log.log import Log, Setting
from training_log.rows import Rows
from training_log.sheet import Page
from training_log.sheets import add_logs


def log_of(name: str, rows: Mapping[float, Mapping[str, object]], settings: Mapping[str, Setting] | None = None) -> Log:
    """A log from its rows by their epochs."""
    collected = Rows(name, "epoch")
    for line, (epoch, values) in enumerate(rows.items(), 2):
        collected.add(epoch, values, line)
    return collected.log(f"run {name}", name, {"Settings": settings} if settings else {})


def regression(name: str = "regression") -> Log:
    """Losses alone: the best has the lowest on validation data."""
    return log_of(name, {k: {"loss": 4 / k, "val_loss": 1 + (k - 6) ** 2 / 10} for k in range(1, 11)})


def classification(name: str = "classification") -> Log:
    """As Keras logs it, with a rate that falls, validation in every other epoch, and counts of its own."""
    return log_of(name, {
        k: {
            "accuracy": 1 - math.exp(-k / 4), "loss": math.exp(-k / 4), "lr": 1e-5 * 0.9**k, "grad_norm": 3 / k,
            **({"val_accuracy": 0.9 - (k - 15) ** 2 / 1000, "val_loss": 0.2 + 1 / k} if k % 2 else {}),
            "epoch_time": 60,
        }
        for k in range(1, 21)
    })  # fmt: skip


def percent(name: str = "percent") -> Log:
    """An accuracy in percent, and a diverging loss."""
    return log_of(name, {k: {"test_acc": 90 + k, "train_loss": math.nan if k == 3 else 10.0**k} for k in range(1, 6)})


def parts_of_epochs(name: str = "parts") -> Log:
    """As Hugging Face logs: several rows an epoch."""
    return log_of(name, {k / 4: {"loss": 3 / k, **({"eval_loss": 4 / k} if k % 4 == 0 else {})} for k in range(1, 13)})


def seeds() -> list[Log]:
    """Three runs each with two settings, which differ by chance; their order is mixed."""
    chance = random.Random(1)  # noqa: S311  the same in every run
    return [
        log_of(
            f"batch {batch} seed {seed}",
            {
                k: {"train_loss": 1 / k + chance.random() / 9, "val_accuracy": 0.9 - 0.4 / k + chance.random() / 20}
                for k in range(1, 8 + seed)
            },
            {"batch": batch, "optimizer": "adam", "seed": seed},
        )
        for seed in (1, 2, 3)
        for batch in (64, 128)
    ]


ALL = {made.name: made for made in (regression(), classification(), percent(), parts_of_epochs())}
TARGETS = {"regression": 1.05, "classification": 0.9, "percent": 0.94}


def write_all(path: Path) -> Path:
    """A workbook with the sheet of each."""
    for name, log in ALL.items():
        add_logs(path, [Page(log, TARGETS.get(name))], [name])
    return path
