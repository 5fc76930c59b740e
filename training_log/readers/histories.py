"""Logs that are one JSON object: Keras' `History.history`, and Hugging Face's `trainer_state.json`."""

from collections.abc import Mapping

from training_log.log import Log, LogError, Setting
from training_log.readers.source import Source
from training_log.readers.tables import flat
from training_log.rows import Rows

SUMMARY = "train_runtime"  # is in what is said of the whole training, at its end
KEPT = ("max_steps", "num_train_epochs", "train_batch_size", "eval_steps", "logging_steps", "save_steps")


def read_history(source: Source, whole: Mapping[str, object]) -> Log | None:
    """What `json.dump(model.fit(…).history, file)` writes: a list of numbers for each name; None for another object."""
    history = whole.get("history", whole)
    if not isinstance(history, dict) or not history or not all(isinstance(one, list) for one in history.values()):
        return None
    lengths = {len(numbers) for numbers in history.values()}
    if len(lengths) > 1:
        raise LogError(f"{source.path}, line 1: the lists of a history must have one entry per epoch, not {lengths}")
    at = whole.get("epoch")
    numbers = at if isinstance(at, list) and len(at) in lengths else range(1, 1 + next(iter(lengths)))
    rows = Rows(str(source.path), "epoch")
    for place, epoch in enumerate(numbers):
        rows.add(epoch, {name: values[place] for name, values in history.items()}, 1)
    return rows.log(source.run, source.name, {})


def read_trainer_state(source: Source, whole: Mapping[str, object]) -> Log:
    """What Hugging Face's Trainer saves: an entry a step of logging, and one an evaluation, by parts of an epoch."""
    entries = whole["log_history"]
    rows = Rows(str(source.path), "epoch")
    for number, entry in enumerate(entries if isinstance(entries, list) else [], 1):
        if not isinstance(entry, dict) or "epoch" not in entry:
            raise LogError(f"{source.path}: entry {number} of log_history has no epoch")
        if SUMMARY not in entry:
            rows.add(entry["epoch"], flat(entry, "epoch"), number)
    settings: dict[str, Setting] = {
        name: value for name in KEPT if isinstance(value := whole.get(name), str | int | float)
    }  # fmt: skip
    return rows.log(source.run, source.name, {"Settings": settings} if settings else {})
