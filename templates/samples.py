"""The samples that a network is trained on, and which of them each step takes."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice


class Order(StrEnum):
    """In which order an epoch goes through the samples."""

    GIVEN = "given"
    SHUFFLED = "shuffled"  # drawn anew for each epoch


class Reduction(StrEnum):
    """What E_total is of the losses of a step's samples."""

    MEAN = "mean"
    SUM = "sum"


@dataclass(frozen=True)
class Samples:
    """The samples, numbered from 1: `rows` are the inputs and then the targets of each.

    A step takes the next `batch` of them; that many divide all, so that an epoch is a whole number of steps.
    """

    rows: tuple[tuple[float, ...], ...]
    batch: int
    order: Order = Order.GIVEN
    seed: int = 1
    reduction: Reduction = Reduction.MEAN

    def steps(self) -> Iterator[tuple[int, ...]]:
        """The numbers of the samples of each step, without end."""
        numbers = self._numbers()
        while True:
            yield tuple(islice(numbers, self.batch))

    def describe(self) -> str:
        """One phrase for people: `150 samples, 15 a step`."""
        if self.batch == len(self.rows):
            return f"{len(self.rows)} samples, all in each step"
        return f"{len(self.rows)} samples, " + ("one a step" if self.batch == 1 else f"{self.batch} a step")

    def _numbers(self) -> Iterator[int]:
        draw = random.Random(self.seed)  # noqa: S311  nothing secret
        while True:
            epoch = list(range(1, len(self.rows) + 1))
            if self.order is Order.SHUFFLED:
                draw.shuffle(epoch)
            yield from epoch
