"""Printed logs: of PyTorch's MNIST example, and of Keras' progress bars, among anything else.

PyTorch's example prints `Train Epoch: 1 [0/60000 (0%)]  Loss: 2.300039` some times an epoch, and after it
`Test set: Average loss: 0.0182, Accuracy: 9943/10000 (99.43%)`. Keras prints `Epoch 1/5` and, in one line that is
written over itself, `1875/1875 ━━━━ 3s 1ms/step - accuracy: 0.8789 - loss: 0.4321 - val_loss: 0.14`.
"""

import re
from collections.abc import Iterator

from training_log.log import Log, LogError, Setting
from training_log.readers.source import Source
from training_log.rows import Rows

_NUMBER = r"[^\s,]{1,40}"
_TORCH = re.compile(
    rf"""Train\ Epoch:\s*(?P<epoch>[0-9]{{1,9}})\ \[[^\]\n]{{1,60}}\]\s*Loss:\s*(?P<loss>{_NUMBER})
    | Test\ set:\s*Average\ loss:\s*(?P<test>{_NUMBER}),\s*
      Accuracy:\s*(?P<correct>[0-9]{{1,16}})/(?P<total>[0-9]{{1,16}})(?![0-9])""",
    re.VERBOSE,
)
_PARAMETERS = re.compile(r"Total params:\s*([0-9][0-9,]{0,14})(?![0-9,])")  # as torchsummary and torchinfo print it
_KERAS_EPOCH = re.compile(r"^Epoch ([0-9]{1,9})(?:/[0-9]{1,9})?[ \t]*(?:\r?\n|\r)", re.MULTILINE)
_OVERWRITTEN = re.compile(r"[\r\n\x08]+")
_PAIR = re.compile(r" - ([A-Za-z_][\w./@-]{0,60}): ([-+]?(?:[0-9][0-9.]{0,30}(?:e[-+]?[0-9]{1,4})?|nan|inf))(?![\w.])")
PARAMETERS = "parameters"


def read_printed(source: Source, text: str) -> Log | None:
    """The log that a text prints; None where no line of it is an epoch's. Raises LogError."""
    rows = Rows(str(source.path), "epoch")
    if not (_add_torch(rows, text, source) or _add_keras(rows, text)):
        return None
    summary = _PARAMETERS.search(text)
    settings: dict[str, Setting] = {PARAMETERS: int(summary[1].replace(",", ""))} if summary else {}
    return rows.log(source.run, source.name, {"Settings": settings} if settings else {})


def _add_torch(rows: Rows, text: str, source: Source) -> bool:
    """Add the epochs that PyTorch's example prints: those of its test lines, by the lines before them."""
    counted, said, found = 0, 0, False
    line, place = 1, 0
    for match in _TORCH.finditer(text):
        line, place = line + text.count("\n", place, match.start()), match.start()
        if match["epoch"]:
            said = int(match["epoch"])
            rows.add(said, {"train batch loss": match["loss"]}, line)
            continue
        found, counted = True, counted + 1
        correct, total = int(match["correct"]), int(match["total"])
        if not correct <= total > 0:
            raise LogError(f"{source.path}, line {line}: {correct} of {total} images cannot be right")
        rows.add(said or counted, {"test loss": match["test"], "correct": correct, "total": total}, line)
    return found


def _add_keras(rows: Rows, text: str) -> bool:
    """Add the epochs that Keras prints: of each the last state of its bar."""
    found = False
    line, place = 1, 0
    for match, block in _keras_blocks(text):
        line, place = line + text.count("\n", place, match.start()), match.start()
        states = [pairs for part in _OVERWRITTEN.split(block) if (pairs := _PAIR.findall(part))]
        if states:
            rows.add(int(match[1]), dict(states[-1]), line)
            found = True
    return found


def _keras_blocks(text: str) -> Iterator[tuple[re.Match[str], str]]:
    """Each line that begins an epoch, with the text up to the next."""
    matches = list(_KERAS_EPOCH.finditer(text))
    ends = [*(match.start() for match in matches[1:]), len(text)]
    for match, end in zip(matches, ends, strict=False):
        yield match, text[match.end() : end]
