"""What a run's sheet shows of a record: its epochs, what they are measured by, and the published run beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from torch_models.published import PUBLISHED_RUN
from torch_models.record import Epoch, Record

COMPARABLE = ("", "mnist")  # data sets of the published run; a log does not say its own


@dataclass(frozen=True)
class Outcome:
    """A record, checked against a target."""

    record: Record
    target: float  # of the accuracy, between 0 and 1

    @property
    def epochs(self) -> Sequence[Epoch]:
        """The epochs on record."""
        return self.record.epochs

    @cached_property
    def published(self) -> Sequence[Epoch]:
        """The published run's epochs beside them; none where it was trained on other images."""
        return PUBLISHED_RUN[: len(self.epochs)] if self.record.header.dataset in COMPARABLE else ()

    @cached_property
    def held_out(self) -> bool:
        """Whether the best epoch is chosen by held-out images."""
        return self.record.held_out

    @cached_property
    def best(self) -> Epoch | None:
        """The best epoch; None before the first."""
        return self.record.best

    @cached_property
    def first(self) -> Epoch | None:
        """The first epoch that meets the target; None where none does."""
        return self.record.first_to_meet(self.target)
