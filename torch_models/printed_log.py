"""What the exercise prints while it trains, read back: one line an epoch, among anything else.

A line is: `Test set: Average loss: 0.0182, Accuracy: 9943/10000 (99.43%)`
"""

import re
from hashlib import sha256
from pathlib import Path

from torch_models.record import Epoch, Header, Record

_EPOCH = re.compile(r"Test set:\s*Average loss:\s*([0-9]+\.?[0-9]*(?:e-?[0-9]+)?),\s*Accuracy:\s*([0-9]+)/([0-9]+)")
_PARAMETERS = re.compile(r"Total params:\s*([0-9][0-9,]*)")  # as torchsummary and torchinfo print it


def parse_log(text: str, path: Path) -> Record | None:
    """The run that a log tells of; None where no line of it is an epoch's. The path names the run."""
    found = [(float(loss), int(correct), int(total)) for loss, correct, total in _EPOCH.findall(text)]
    epochs = tuple(
        Epoch(epoch=k, test_loss=loss, correct=correct, total=total)
        for k, (loss, correct, total) in enumerate(found, 1)
        if 0 < total >= correct
    )
    if not epochs or len(epochs) < len(found):
        return None
    summary = _PARAMETERS.search(text)
    parameters = int(summary.group(1).replace(",", "")) if summary else None
    name = f"{path.name} {sha256(str(path.resolve()).encode()).hexdigest()[:8]}"  # the same file is the same run
    return Record(Header(run=name, parameters=parameters), epochs)
