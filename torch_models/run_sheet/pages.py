"""What the sheet of a run or of any training log shows, from its file."""

from pathlib import Path

from torch_models.record import Epoch, Header, Record
from torch_models.record_file import is_record, read_record
from torch_models.run_sheet.sheet import run_page
from training_log.log import Log
from training_log.readers import read_log
from training_log.readers.printed import PARAMETERS
from training_log.sheet import Page


def page_of(source: Path, target: float | None) -> Page:
    """The page of a run of ours or of any other log; its own target counts where none is given. Raises LogError."""
    if is_record(source):
        return run_page(read_record(source), target)
    log = read_log(source)
    return Page(log, log.target if target is None else target)


def exercise_record(source: Path) -> Record | None:
    """A run of ours, or what the exercise prints, as the record of a run; None for another log. Raises LogError."""
    return read_record(source) if is_record(source) else _printed_record(read_log(source))


def _printed_record(log: Log) -> Record | None:
    tested = [log.columns.get(name, ()) for name in ("test loss", "correct", "total")]
    lines = list(zip(log.at, *tested, strict=False))
    if [at for at, *_ in lines] != list(range(1, len(log.at) + 1)):
        return None
    epochs = []
    for at, loss, correct, total in lines:
        if loss is None or correct is None or total is None or loss < 0 or not 0 <= correct <= total > 0:
            return None
        epochs.append(Epoch(epoch=int(at), test_loss=loss, correct=int(correct), total=int(total)))
    parameters = log.compared_settings.get(PARAMETERS)
    return Record(Header(run=log.run, parameters=parameters if isinstance(parameters, int) else None), tuple(epochs))
