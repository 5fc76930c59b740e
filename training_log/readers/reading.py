"""Which kind of log a file is, told by its content, and its reader."""

import json
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from pathlib import Path

from training_log.lines import whole_lines
from training_log.log import Log, LogError
from training_log.readers.events import is_events, read_events
from training_log.readers.histories import read_history, read_trainer_state
from training_log.readers.notebook import printed_text
from training_log.readers.printed import read_printed
from training_log.readers.source import Source
from training_log.readers.tables import read_csv, read_rows
from training_log.record import FORMAT_KEY, read_record

RECORD = "record.jsonl"
IN_A_FOLDER = (RECORD, "metrics.csv", "trainer_state.json", "*.tfevents.*", "history.json", "*.jsonl", "*.csv", "*.log")
KINDS = (
    "a record of SheetLogger, Lightning's metrics.csv, Keras' CSVLogger or History as JSON, Hugging Face's "
    "trainer_state.json, TensorBoard events, a CSV or JSON lines with a column 'epoch' or 'step', or what PyTorch's "
    "MNIST example or Keras prints"
)


def read_log(path: str | Path) -> Log:
    """Read a log from its file, or its folder. Raises LogError, which says the line, and what was expected."""
    source = Source(log_file(Path(path)))
    log = read_events(source) if is_events(source.content) else _read_text(source)
    if not log.columns:
        raise LogError(f"{path} contains no numbers: nothing has been logged yet")
    return log


def _read_text(source: Source) -> Log:
    path = source.path
    if b"\0" in source.content[:1000] and not source.content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        raise LogError(f"{path} is not a training log: it is binary; expected {KINDS}")
    start = source.text.lstrip()[:1]
    if not start:
        raise LogError(f"{path} is empty; expected {KINDS}")
    log = _read_json(source) if start in "{[" else None
    log = log or read_printed(source, source.text) or read_csv(source)
    if log is None:
        raise LogError(f"{path} is not understood, from line 1 on; expected {KINDS}")
    return log


def log_file(path: Path) -> Path:
    """The file of a log: the one that is given, or the best known one in a folder. Raises LogError."""
    if not path.is_dir():
        return path
    for pattern in IN_A_FOLDER:
        found = sorted(path.glob(pattern))
        if len(found) > 1:
            raise LogError(f"{path} has several logs ({found[0].name}, {found[1].name}, …): name one of them")
        if found:
            return found[0]
    raise LogError(f"{path} is a folder without a log in it; expected a file such as {', '.join(IN_A_FOLDER[:3])}")


def _read_json(source: Source) -> Log | None:
    """A log in JSON: one object, a list of them, or one a line; None where it is no JSON at all."""
    lines = whole_lines(source.content) or [source.content]
    try:
        first = json.loads(lines[0])
    except (ValueError, RecursionError):
        first = None
    if isinstance(first, dict) and FORMAT_KEY in first:
        return read_record(source)
    try:
        whole = json.loads(source.text)
    except (ValueError, RecursionError):
        return read_rows(source, None) if isinstance(first, dict) else None
    if isinstance(whole, list):
        return read_rows(source, whole)
    if not isinstance(whole, dict):
        return None
    if isinstance(whole.get("log_history"), list):
        return read_trainer_state(source, whole)
    if isinstance(whole.get("cells"), list):
        return read_printed(source, printed_text(whole))
    return read_history(source, whole) or read_rows(source, [whole])
