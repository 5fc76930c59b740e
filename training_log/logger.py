"""`SheetLogger`: what a training script logs, on record at once, and a sheet of a workbook at the end."""

import math
import os
import sys
import uuid
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self, SupportsFloat, runtime_checkable

from training_log.readers.source import Source, sheet_name
from training_log.record import Header, append_epoch, read_header, read_record, start_record


@runtime_checkable
class Item(Protocol):
    """A tensor or an array of one number."""

    def item(self) -> SupportsFloat:
        """The number."""


Number = SupportsFloat | Item
WORKBOOKS = (".xlsx", ".xlsm")
Plain = str | int | float | None


class SheetLogger:
    """Logs a run: each epoch goes to a record at once, and the record becomes a sheet of a workbook at the end.

        with SheetLogger("report.xlsx", sheet="Run 7", target=0.994, settings={"batch": 64, "seed": 1}) as log:
            for epoch in range(20):
                log.epoch(train_loss=…, test_loss=…, correct=…, total=…)

    The sheet is written when the block ends: after the last epoch, on Ctrl-C and on an exception. Where that is not
    possible, because the workbook is open in Excel say, one line on standard error says why, and how to write the
    sheet later: from the record, with `backprop log`. A script that is killed loses the current epoch at most.

    `record` is the file of the record; one that is there already is gone on with, under its own name for the run. By
    default it is a new file beside the workbook, named after both. `target` is the accuracy to reach, 0.994 or 99.4,
    or the loss, of a run that logs no accuracy. `settings` are texts and numbers, other values are kept as texts: runs
    that differ in their seed alone (`seed`) are summed up where runs are compared.

    Raises FileNotFoundError and other OSErrors where the record cannot be begun, LogError where the file that
    `record` names is none, and ValueError for a name that is no workbook's.
    """

    def __init__(
        self,
        workbook: str | Path,
        *,
        sheet: str = "Run",
        target: float | None = None,
        settings: Mapping[str, object] | None = None,
        record: str | Path | None = None,
    ) -> None:
        self.workbook = Path(workbook)
        if self.workbook.suffix.lower() not in WORKBOOKS:
            raise ValueError(f"{workbook} does not end in .xlsx or .xlsm, so no sheet can be added to it")
        name = sheet_name(sheet)
        start = datetime.now().astimezone().replace(microsecond=0)
        header = Header(
            run=f"{name} {start:%Y-%m-%d %H:%M:%S} {uuid.uuid4().hex[:8]}", sheet=name, target=target,
            settings={name: one if isinstance(one, Plain) else str(one) for name, one in (settings or {}).items()},
            start=start.isoformat(),
        )  # fmt: skip
        self.record = _new_record(self.workbook, header) if record is None else _record(Path(record), header)
        self._next = 1 if record is None else _after_last(self.record)
        self._process = os.getpid()

    def epoch(self, epoch: Number | None = None, **values: Number) -> None:
        """Put an epoch on record: any named numbers, also tensors and arrays of one number, and NaN.

        The epoch is by default 1 more than the last one. One that comes again, as in a run that goes on from a
        checkpoint, takes the place of the earlier one. Raises TypeError for what is no number, ValueError for an epoch
        that cannot be, and OSError.
        """
        numbers = {name: as_float(name, value) for name, value in values.items()}
        at = self._next if epoch is None else as_float("epoch", epoch)
        if not (math.isfinite(at) and at >= 0):
            raise ValueError(f"the epoch is {epoch!r}; expected a number, 0 or more")
        append_epoch(self.record, at, numbers)
        self._next = int(at) + 1

    def write(self) -> str:
        """Write the sheet as the record is now. Returns its name. Raises LogError, InsertionError and OSError."""
        from training_log.readers import read_log  # what only the sheet needs is imported when it is written
        from training_log.sheet import Page
        from training_log.sheets import add_logs

        log = read_log(self.record)
        (name,) = add_logs(self.workbook, [Page(log, log.target)], [log.name])
        return name

    def close(self) -> None:
        """Write the sheet; where that is not possible, say so in one line, with the command that writes it later."""
        from sheetgen.insertion import InsertionError
        from training_log.log import LogError
        from training_log.sheets import later

        if os.getpid() != self._process:  # a process that was forked meanwhile, by a loader of data say
            return
        try:
            self.write()
        except LogError as error:
            why = str(error)
        except (InsertionError, OSError) as error:
            why = f"{self.workbook}: {getattr(error, 'strerror', None) or error}"
        else:
            return
        command = later(self.record, self.workbook)
        print(f"The sheet is not written: {why}. The run is on record; later: {command}", file=sys.stderr)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def as_float(name: str, value: Number) -> float:
    """A number, or a tensor or an array of one, as a float. Raises TypeError for anything else."""
    try:
        return float(value.item() if isinstance(value, Item) else value)
    except (TypeError, ValueError, RuntimeError):
        what = f"{value!r}"[:60]
        raise TypeError(f"{name} is {what}, not a single number; log the mean of a larger tensor, say") from None


def _new_record(workbook: Path, header: Header) -> Path:
    """Begin a record beside the workbook, under a name that no other has."""
    number = 1
    while True:
        last = "" if number == 1 else f" {number}"
        path = workbook.with_name(f"{workbook.stem} {header.sheet}{last}.jsonl")
        try:
            start_record(path, header)
        except FileExistsError:
            number += 1
        else:
            return path


def _record(path: Path, header: Header) -> Path:
    """Begin a record where it is asked for, or see that the one that is there can be gone on with."""
    try:
        start_record(path, header)
    except FileExistsError:
        read_header(path)
    return path


def _after_last(path: Path) -> int:
    """The epoch after the last one on record."""
    at = read_record(Source(path)).at
    return int(at[-1]) + 1 if at else 1
