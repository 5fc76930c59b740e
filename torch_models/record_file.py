"""A run's folder: its record in plain files, written so that a kill at any moment loses at most the epoch in hand.

`record.jsonl` has one JSON object a line: the header, then each epoch, appended and on disk before anything else is
done with it. `predictions.json` says what the model of the best epoch makes of the test images; it is replaced whole.
"""

from pathlib import Path
from typing import TypeVar

import msgspec

from opc.files import TooLargeError, content_of, whole_file
from torch_models.record import Epoch, Header, Predictions, Record
from training_log.lines import append_line_to_disk, start_lines, whole_lines
from training_log.log import LogError
from training_log.record import FORMAT_KEY

RECORD_FILE, PREDICTIONS_FILE = "record.jsonl", "predictions.json"
MAX_BYTES = 1 << 26  # of a file that is read: an epoch takes some three hundred
MAX_RUN = 255  # characters of a run's name: a workbook knows the run's sheet by it
_Part = TypeVar("_Part", Header, Epoch, Predictions)


class RecordError(LogError):
    """What cannot be read as a run's record: says the file, the place in it, and what was expected."""


def start_record(folder: Path, header: Header) -> None:
    """Begin a run's record. Raises FileExistsError where the folder has one."""
    start_lines(folder / RECORD_FILE, header)


def append_epoch(folder: Path, epoch: Epoch) -> None:
    """Add an epoch to a run's record; it is on disk when this returns."""
    append_line_to_disk(folder / RECORD_FILE, epoch)


def cut_record(folder: Path, epochs: int) -> None:
    """Keep the header and the first epochs: what a run does that goes on from a checkpoint older than its record."""
    path = folder / RECORD_FILE
    lines = whole_lines(path.read_bytes())
    with whole_file(path) as file:
        file.writelines(line + b"\n" for line in lines[: 1 + epochs])


def write_predictions(folder: Path, predictions: Predictions) -> None:
    """Put the predictions in the place of an earlier epoch's."""
    with whole_file(folder / PREDICTIONS_FILE) as file:
        file.write(msgspec.json.encode(predictions))


def is_record(source: Path) -> bool:
    """Whether this is a run's folder, or its record, by its first line. Raises RecordError where it cannot be read."""
    path = source / RECORD_FILE if source.is_dir() else source
    if source.is_dir() and not path.exists():
        return False
    first = _read(path).partition(b"\n")[0]
    return first.startswith(b'{"') and b'"run":' in first and FORMAT_KEY.encode() not in first


def read_record(source: str | Path) -> Record:
    """Read a run's folder, or its `record.jsonl`. Raises RecordError."""
    path = Path(source)
    path = path / RECORD_FILE if path.is_dir() else path
    lines = whole_lines(_read(path))
    if not lines:
        raise RecordError(f"{path}, line 1: the line has no end; a run's header is a whole line")
    header = _decode(lines[0], Header, path, 1)
    if not header.run.isprintable() or not 0 < len(header.run) <= MAX_RUN:
        raise RecordError(f"{path}, line 1: the run's name must have 1 to {MAX_RUN} printable characters")
    epochs = tuple(_decode(line, Epoch, path, number) for number, line in enumerate(lines[1:], 2))
    for number, epoch in enumerate(epochs, 1):
        _check(epoch, number, path)
    beside = path.with_name(PREDICTIONS_FILE)  # of the same run where the record has the name that a run gives it
    return Record(header, epochs, _read_predictions(beside) if path.name == RECORD_FILE else None)


def _check(epoch: Epoch, number: int, path: Path) -> None:
    if epoch.epoch != number:
        raise RecordError(f"{path}, line {number + 1}: expected epoch {number}, found epoch {epoch.epoch}")
    if epoch.correct > epoch.total or (epoch.validation_correct or 0) > (epoch.validation_total or 0):
        raise RecordError(f"{path}, line {number + 1}: more images are right than there are")


def _read_predictions(path: Path) -> Predictions | None:
    if not path.exists():
        return None
    predictions = _decode(_read(path), Predictions, path, 1)
    if [len(row) for row in predictions.confusion] != [10] * 10:
        raise RecordError(f"{path}: the confusion matrix is not one of ten by ten digits")
    if any(len(mistake.pixels) != 28 * 28 for mistake in predictions.mistakes):
        raise RecordError(f"{path}: an image does not have 28 by 28 pixels")
    return predictions


def _read(path: Path) -> bytes:
    try:
        return content_of(path, MAX_BYTES)
    except TooLargeError as error:
        raise RecordError(f"{path} is not the record of a run: {error}") from None
    except OSError as error:
        raise RecordError(f"{path} cannot be read: {error.strerror}") from None


def _decode(content: bytes, kind: type[_Part], path: Path, line: int) -> _Part:
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RecordError(f"{path}, line {line}: not the {kind.__name__.lower()} of a run: {error}") from None
