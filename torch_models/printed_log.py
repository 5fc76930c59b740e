"""What the exercise prints while it trains, read back: one line an epoch, among anything else.

A line is: `Test set: Average loss: 0.0182, Accuracy: 9943/10000 (99.43%)`
"""

import math
import os
import re
from hashlib import sha256
from pathlib import Path

from torch_models.record import Epoch, Header, Record

_EPOCH = re.compile(r"Test set:\s*Average loss:\s*([^\s,]{1,40}),\s*Accuracy:\s*([0-9]{1,16})/([0-9]{1,16})(?![0-9])")
_PARAMETERS = re.compile(r"Total params:\s*([0-9][0-9,]{0,14})(?![0-9,])")  # as torchsummary and torchinfo print it
NAME_LENGTH = 100  # of a file's name that is in its run's


def parse_log(text: str, path: Path) -> Record | None:
    """The run that a log tells of; None where no line of it is an epoch's. The path names the run.

    Raises ValueError for a line with numbers that no epoch has: says which line.
    """
    epochs = []
    for number, line in enumerate(_EPOCH.finditer(text), 1):
        try:
            epochs.append(_epoch(number, line))
        except ValueError as error:
            raise ValueError(f"line {text.count(chr(10), 0, line.start()) + 1}: {error}") from None
    if not epochs:
        return None
    summary = _PARAMETERS.search(text)
    parameters = int(summary.group(1).replace(",", "")) if summary else None
    return Record(Header(run=_run(path), parameters=parameters), tuple(epochs))


def _epoch(number: int, line: re.Match[str]) -> Epoch:
    loss, correct, total = float(line[1]), int(line[2]), int(line[3])
    if not (math.isfinite(loss) and loss >= 0):
        raise ValueError(f"the average loss is {line[1]}, so this is no epoch to show")
    if not correct <= total > 0:
        raise ValueError(f"{correct} of {total} images cannot be right")
    return Epoch(epoch=number, test_loss=loss, correct=correct, total=total)


def _run(path: Path) -> str:
    """A name for the run: the same file is the same run."""
    name = "".join(character if character.isprintable() else "_" for character in path.name)[:NAME_LENGTH]
    return f"{name} {sha256(os.fsencode(path.resolve())).hexdigest()[:8]}"
