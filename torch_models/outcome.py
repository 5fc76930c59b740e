"""What came of a run: its best epoch, and the first that meets the target. The sheet's formulas say the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from torch_models.published import PUBLISHED_RUN
from torch_models.record import Epoch, Record

COMPARABLE = ("", "mnist")  # data sets of the published run; a log does not say its own
DECIMALS = 9  # of an accuracy that count: 99.4 % typed into a cell need not be the same double as 0.994


@dataclass(frozen=True)
class Outcome:
    """The epochs of a run, and what they are measured by."""

    epochs: Sequence[Epoch]
    published: Sequence[Epoch]  # of the published run, as many at most; none where it was trained on other images
    target: float  # of the accuracy, at least

    @cached_property
    def held_out(self) -> bool:
        """Whether the best epoch is chosen by images that were held out, as all epochs have them."""
        return bool(self.epochs) and all(validation_accuracy(epoch) is not None for epoch in self.epochs)

    @cached_property
    def best(self) -> Epoch | None:
        """The first of the epochs with the highest accuracy, on held-out images or else on the test images."""
        return max(self.epochs, key=lambda e: e.merit if self.held_out else e.accuracy, default=None)

    @cached_property
    def first(self) -> Epoch | None:
        """The first epoch that meets the target; None where none does."""
        return next((epoch for epoch in self.epochs if meets(epoch, self.target)), None)


def outcome_of(record: Record, target: float) -> Outcome:
    """What came of a run, for a target between 0 and 1."""
    comparable = record.header.dataset in COMPARABLE
    return Outcome(record.epochs, PUBLISHED_RUN[: len(record.epochs)] if comparable else (), target)


def validation_accuracy(epoch: Epoch) -> float | None:
    """The part of the held-out images that are right; None without them."""
    correct, total = epoch.validation_correct, epoch.validation_total
    return None if correct is None or total is None else correct / total


def meets(epoch: Epoch, target: float) -> bool:
    """Whether an epoch's accuracy on the test images is at least the target."""
    return round(epoch.accuracy - target, DECIMALS) >= 0
