"""What the columns of a log are, told by their names and numbers: of which data, and what belongs on one chart.

The names are those that PyTorch's examples, Lightning, Keras and Hugging Face write, and what people make of them:
`train_loss`, `val_acc`, `eval_loss`, `lr-Adam`, `test/accuracy`.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from training_log.log import Log, Numbers


class Split(Enum):
    """The data that a number is about."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"
    REFERENCE = "reference"  # another run's, that this one is compared with
    NONE = ""


class Kind(Enum):
    """What a number measures, and so what it shares a chart with."""

    LOSS = auto()  # the lower the better
    ACCURACY = auto()  # a part of a whole, from 0 to 1, the higher the better
    PERCENT = auto()  # the same from 0 to 100
    RATE = auto()  # a learning rate
    COUNT = auto()
    SECONDS = auto()
    SPEED = auto()  # so many of something a second
    OTHER = auto()


CHARTED = (Kind.LOSS, Kind.ACCURACY, Kind.PERCENT, Kind.RATE, Kind.OTHER)
SPLITS = {
    **dict.fromkeys(("train", "training", "trn"), Split.TRAIN),
    **dict.fromkeys(("val", "valid", "validation", "dev", "eval"), Split.VALIDATION),
    "test": Split.TEST,
    **dict.fromkeys(("published", "reference", "baseline"), Split.REFERENCE),
}
LOSSES = {"loss", "losses", "nll", "crossentropy"}
PARTS = {"accuracy", "acc", "precision", "recall", "f1", "auc", "auroc", "iou", "dice", "top1", "top5"}
COUNTS = {"correct", "total", "step", "steps", "iteration", "samples", "num", "tokens", "flos"}
SECONDS = {"seconds", "time", "runtime", "duration", "elapsed"}
RATES = {"lr"}

_NO_WORD = re.compile(r"[^a-z0-9]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True)
class Measure:
    """What one column is: its name in the log, its label on the sheet, and what follows from them."""

    name: str
    label: str
    split: Split
    kind: Kind
    base: str  # the name without the data that it is about: what shares a chart, where the kind is OTHER
    numbers: Numbers
    counts: tuple[str, str] | None = (
        None  # the labels of the counts that it is the quotient of, which a formula divides
    )

    @property
    def lower_is_better(self) -> bool:
        """Whether the best is the lowest."""
        return self.kind is Kind.LOSS

    @property
    def best(self) -> int:
        """The place of the first of its best numbers."""
        known = [number for number in self.numbers if number is not None]
        return self.numbers.index(min(known) if self.lower_is_better else max(known))


def measures(log: Log) -> list[Measure]:
    """What the columns of a log are, in their order, with an accuracy behind each pair of counts that gives one."""
    found = [
        _measure(name, numbers, label) for (name, numbers), label in zip(log.columns.items(), _labels(log), strict=True)
    ]
    plain = _plain_split({(measure.split, measure.base) for measure in found})
    settled = [
        _with_split(measure, Split.TRAIN)
        if measure.split is Split.NONE and measure.kind is not Kind.COUNT and measure.base in plain
        else measure
        for measure in found
    ]
    return list(_with_accuracies(settled))


def _measure(name: str, numbers: Numbers, label: str) -> Measure:
    words = _words(name)
    split = next((SPLITS[word] for word in words if word in SPLITS), Split.NONE)
    base = [word for word in words if word not in SPLITS]
    return Measure(name, label, split, _kind(words, numbers), " ".join(base) or name, numbers)


def _words(name: str) -> list[str]:
    return [word for word in _NO_WORD.split(_CAMEL.sub(" ", name).lower()) if word]


def _kind(words: Sequence[str], numbers: Numbers) -> Kind:
    known = [number for number in numbers if number is not None]
    said = set(words)
    if said & RATES or {"learning", "rate"} <= said:
        return Kind.RATE
    if said & {"second", "s"} and said & {"per", "images", "samples", "steps", "tokens", "it"}:
        return Kind.SPEED
    if said & SECONDS:
        return Kind.SECONDS
    if said & LOSSES:
        return Kind.LOSS
    if said & PARTS and all(0 <= number <= 1 for number in known):
        return Kind.ACCURACY
    if said & PARTS and all(0 <= number <= 100 for number in known):
        return Kind.PERCENT
    if said & COUNTS and all(number == int(number) for number in known):
        return Kind.COUNT
    return Kind.OTHER


def _plain_split(there: Collection[tuple[Split, str]]) -> set[str]:
    """The bases whose plain name is that of the training data: Keras writes `loss` beside `val_loss`."""
    validated = {base for split, base in there if split is Split.VALIDATION}
    trained = {base for split, base in there if split is Split.TRAIN}
    return validated - trained


def _with_split(measure: Measure, split: Split) -> Measure:
    return Measure(measure.name, measure.label, split, measure.kind, measure.base, measure.numbers)


def _with_accuracies(found: Sequence[Measure]) -> Iterator[Measure]:
    """The measures and, behind the second of `correct` and `total`, their quotient."""
    taken = {measure.label.lower() for measure in found}
    halves: dict[str, Measure] = {}  # by what stands before the word
    for measure in found:
        yield measure
        before, _, last = measure.label.rpartition(" ")
        if last not in ("correct", "total"):
            continue
        other = halves.setdefault(before, measure)
        label = f"{before} accuracy".strip()
        if other is measure or label in taken:
            continue
        correct, total = (measure, other) if last == "correct" else (other, measure)
        if any(n is not None and m is not None and not 0 <= n <= m > 0
               for n, m in zip(correct.numbers, total.numbers, strict=True)):  # fmt: skip
            continue
        numbers = [
            None if n is None or m is None else n / m for n, m in zip(correct.numbers, total.numbers, strict=True)
        ]
        yield Measure(label, label, measure.split, Kind.ACCURACY, "accuracy", numbers, (correct.label, total.label))


def _labels(log: Log) -> list[str]:
    """The labels of the columns: their names with spaces, where that leaves them apart, as Excel tells them apart."""
    taken, labels = {log.axis}, list[str]()
    for name in log.columns:
        spaced = " ".join(name.replace("_", " ").split())
        label, number = spaced if spaced and spaced.lower() not in taken else name, 1
        while label.lower() in taken:
            number += 1
            label = f"{spaced} {number}"
        taken.add(label.lower())
        labels.append(label)
    return labels


PREFERRED = [  # to choose the best epoch by: data that nobody trained on, and what people look at first
    (Kind.ACCURACY, Split.VALIDATION), (Kind.PERCENT, Split.VALIDATION),
    (Kind.ACCURACY, Split.TEST), (Kind.PERCENT, Split.TEST),
    (Kind.ACCURACY, Split.NONE), (Kind.PERCENT, Split.NONE),
    (Kind.LOSS, Split.VALIDATION), (Kind.LOSS, Split.TEST), (Kind.LOSS, Split.NONE),
    (Kind.ACCURACY, Split.TRAIN), (Kind.PERCENT, Split.TRAIN), (Kind.LOSS, Split.TRAIN),
]  # fmt: skip
JUDGES = [  # of what a run reached: the test images first, which the best epoch need not be chosen by
    (Kind.ACCURACY, Split.TEST), (Kind.PERCENT, Split.TEST), (Kind.ACCURACY, Split.NONE), (Kind.PERCENT, Split.NONE),
    *PREFERRED,
]  # fmt: skip


def chooser(found: Sequence[Measure]) -> Measure | None:
    """The measure that the best epoch is chosen by; None where there is neither a loss nor an accuracy."""
    return _first(found, PREFERRED)


def judge(found: Sequence[Measure]) -> Measure | None:
    """The measure that a target is for."""
    return _first(found, JUDGES)


def _first(found: Sequence[Measure], wanted: Sequence[tuple[Kind, Split]]) -> Measure | None:
    return next((one for kind, split in wanted for one in found if (one.kind, one.split) == (kind, split)), None)
