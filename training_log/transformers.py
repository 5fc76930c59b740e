"""A callback for Hugging Face's Trainer that puts what it logs on record, and makes a sheet of it at the end.

    Trainer(…, callbacks=[TransformersSheetCallback("report.xlsx", sheet="Run 7")])

Epochs are parts of one where the Trainer logs more often; the evaluation of an epoch stands beside its training.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from training_log.log import Setting
from training_log.logger import SheetLogger

SUMMARY = "train_runtime"  # is in what is said of the whole training, at its end
SETTINGS = (  # of the arguments of a training
    "learning_rate", "per_device_train_batch_size", "num_train_epochs", "max_steps", "weight_decay", "warmup_steps",
    "gradient_accumulation_steps", "lr_scheduler_type", "optim", "seed",
)  # fmt: skip


class TransformersSheetCallback(TrainerCallback):  # type: ignore[misc]  # it need not be installed for the types
    """Logs to a record and a sheet, with the arguments of `SheetLogger`; the settings are the Trainer's own."""

    def __init__(
        self, workbook: str | Path, *, sheet: str = "Run", target: float | None = None, record: str | Path | None = None
    ) -> None:
        self._arguments: dict[str, Any] = {"workbook": workbook, "sheet": sheet, "target": target, "record": record}
        self._log: SheetLogger | None = None
        self._epoch: float | None = None
        self._values: dict[str, float] = {}

    def on_train_begin(self, args: Any, state: Any, _control: Any, **_: Any) -> None:
        """Begin the record, in the first of the processes."""
        if state.is_world_process_zero:
            settings: dict[str, Setting] = {
                name: value if isinstance(value, int | float) else str(getattr(value, "value", value))
                for name in SETTINGS if (value := getattr(args, name, None)) is not None
            }  # fmt: skip
            self._log = SheetLogger(**self._arguments, settings=settings)

    def on_log(self, _args: Any, state: Any, _control: Any, logs: Mapping[str, Any] | None = None, **_: Any) -> None:
        """Take what the Trainer logs at a step, which belongs to a part of an epoch."""
        if SUMMARY in (logs or {}):
            return
        numbers = {name: value for name, value in (logs or {}).items() if isinstance(value, int | float)}
        epoch = numbers.pop("epoch", state.epoch)
        if self._epoch is not None and epoch != self._epoch:
            self._save()
        self._epoch = epoch
        self._values |= numbers

    def on_train_end(self, _args: Any, _state: Any, _control: Any, **_: Any) -> None:
        """Write the sheet."""
        self._save()
        if self._log is not None:
            self._log.close()

    def _save(self) -> None:
        if self._log is not None and self._epoch is not None and self._values:
            self._log.epoch(self._epoch, **self._values)
            self._values = {}
