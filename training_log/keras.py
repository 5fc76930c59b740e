"""A callback for Keras that puts each epoch on record, and makes a sheet of it at the end.

    model.fit(…, callbacks=[KerasSheetCallback("report.xlsx", sheet="Run 7")])

Epochs count from 1, as Keras prints them.
"""

from collections.abc import Mapping
from pathlib import Path

import keras

from training_log.log import Setting
from training_log.logger import Number, SheetLogger


class KerasSheetCallback(keras.callbacks.Callback):  # type: ignore[misc]  # Keras need not be installed for the types
    """Logs to a record and a sheet, with the arguments of `SheetLogger`.

    Keras tells callbacks nothing of an exception or of Ctrl-C: then the record is whole, and `close` writes the sheet,
    as the end of a `with` block does: `with KerasSheetCallback(…) as sheet: model.fit(…, callbacks=[sheet])`.
    """

    def __init__(
        self,
        workbook: str | Path,
        *,
        sheet: str = "Run",
        target: float | None = None,
        settings: Mapping[str, Setting] | None = None,
        record: str | Path | None = None,
    ) -> None:
        super().__init__()
        self.log = SheetLogger(workbook, sheet=sheet, target=target, settings=settings, record=record)
        self._closed = False

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Number] | None = None) -> None:
        """Put an epoch on record; Keras counts from 0 here."""
        self.log.epoch(epoch + 1, **(logs or {}))

    def on_train_end(self, logs: Mapping[str, Number] | None = None) -> None:  # noqa: ARG002  as Keras calls it
        """Write the sheet."""
        self.close()

    def close(self) -> None:
        """Write the sheet, where that is not done yet."""
        if not self._closed:
            self._closed = True
            self.log.close()

    def __enter__(self) -> "KerasSheetCallback":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
