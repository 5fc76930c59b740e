"""The record of a run that `SheetLogger` logs: JSON lines, a header and then each epoch, at once.

The header has the run's name, the sheet's, the target and the settings. What JSON has no number for, NaN and the
infinities, is written as a text.
"""

import math
from collections.abc import Mapping
from pathlib import Path

import msgspec

from training_log.lines import append_line, start_lines, whole_lines
from training_log.log import MACHINE, Log, LogError, Setting, Settings, whole
from training_log.readers.source import Source
from training_log.rows import Rows

FORMAT_KEY, FORMAT = "training_log", 1
MAX_RUN = 255  # characters of a run's name


class Header(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one run is called and made with."""

    training_log: int = msgspec.field(default=FORMAT)
    run: str  # no other run's
    sheet: str
    target: float | None = None
    settings: Mapping[str, Setting] = {}
    start: str = ""  # date and time with its zone, ISO 8601

    def parts(self) -> dict[str, Settings]:
        """The settings by the titles of their parts."""
        run: dict[str, Setting] = {"run": self.run, **({"begun": self.start} if self.start else {})}
        return ({"Settings": self.settings} if self.settings else {}) | {MACHINE: run}


def start_record(path: Path, header: Header) -> None:
    """Begin a record. Raises FileExistsError and OSError."""
    start_lines(path, msgspec.to_builtins(header) | {FORMAT_KEY: FORMAT})


def append_epoch(path: Path, epoch: float, values: Mapping[str, float]) -> None:
    """Add an epoch to a record: when this returns, a kill does not lose it. Raises OSError."""
    append_line(path, {"epoch": whole(epoch)} | {name: spelled(value) for name, value in values.items()})


def spelled(number: float) -> float | str:
    """A number, or its name where JSON has none for it."""
    return number if math.isfinite(number) else str(number)


def read_header(path: Path) -> Header:
    """The header of a record. Raises LogError."""
    with_lines = whole_lines(Source(path).content)
    if not with_lines:
        raise LogError(f"{path}, line 1: the line has no end; a record's header is a whole line")
    return _header(path, with_lines[0])


def _header(path: Path, line: bytes) -> Header:
    try:
        header = msgspec.json.decode(line, type=Header)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise LogError(f"{path}, line 1: not the header of a training log: {error}") from None
    if not header.run.isprintable() or not 0 < len(header.run) <= MAX_RUN:
        raise LogError(f"{path}, line 1: the run's name must have 1 to {MAX_RUN} printable characters")
    return header


def read_record(source: Source) -> Log:
    """Read a record as a log. Raises LogError."""
    header, *lines = whole_lines(source.content)
    head = _header(source.path, header)
    rows = Rows(str(source.path), "epoch")
    for number, line in enumerate(lines, 2):
        try:
            values = msgspec.json.decode(line, type=dict[str, float | str | None])
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise LogError(f"{source.path}, line {number}: not an epoch of a training log: {error}") from None
        if "epoch" not in values:
            raise LogError(f'{source.path}, line {number}: no epoch in it; expected {{"epoch": 1, …}}')
        rows.add(values.pop("epoch"), values, number)
    rows.torn = None if source.content.endswith(b"\n") else len(lines) + 2
    return rows.log(head.run, head.sheet, head.parts(), target=head.target)
