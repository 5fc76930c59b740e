"""What came of a run: its best epoch, and the first that meets the target. The sheet's formulas say the same."""

from collections.abc import Sequence
from dataclasses import dataclass

from torch_models.record import Epoch, Record

DECIMALS = 9  # of an accuracy that count: 99.4 % typed into a cell need not be the same double as 0.994


@dataclass(frozen=True)
class Outcome:
    """The epochs of a run, and what they are measured by."""

    epochs: Sequence[Epoch]
    target: float  # of the accuracy, at least

    @property
    def held_out(self) -> bool:
        """Whether the best epoch is chosen by images that were held out, as all epochs have them."""
        return bool(self.epochs) and all(epoch.validation_total for epoch in self.epochs)

    @property
    def best(self) -> Epoch | None:
        """The first of the epochs with the highest accuracy, on held-out images or else on the test images."""
        return max(self.epochs, key=lambda e: e.merit if self.held_out else e.accuracy, default=None)

    @property
    def first(self) -> Epoch | None:
        """The first epoch that meets the target; None where none does."""
        return next((epoch for epoch in self.epochs if meets(epoch, self.target)), None)


def outcome_of(record: Record, target: float) -> Outcome:
    """What came of a run, for a target between 0 and 1."""
    return Outcome(record.epochs, target)


def meets(epoch: Epoch, target: float) -> bool:
    """Whether an epoch's accuracy on the test images is at least the target."""
    return round(epoch.accuracy - target, DECIMALS) >= 0
