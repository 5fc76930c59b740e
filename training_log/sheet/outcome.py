"""What a log's sheet shows of it: its measures, the best epoch, and whether a target is met."""

from dataclasses import dataclass
from functools import cached_property

from training_log.log import DECIMALS, Log, whole
from training_log.measures import Kind, Measure, chooser, judge, measures


@dataclass(frozen=True)
class Outcome:
    """A log, checked against a target or none. Places count its rows, from 0."""

    log: Log
    asked: float | None = None  # an accuracy, from 0 to 1 or in percent; of a log without one, a loss

    @cached_property
    def measures(self) -> list[Measure]:
        """What the columns are, with those that follow from them."""
        return measures(self.log)

    @cached_property
    def chooser(self) -> Measure | None:
        """The measure that the best epoch is chosen by."""
        return chooser(self.measures)

    @cached_property
    def judge(self) -> Measure | None:
        """The measure that the target is for."""
        return judge(self.measures)

    @cached_property
    def target(self) -> float | None:
        """The target as its measure has it, in percent or not; None without one, or where nothing measures it."""
        if self.asked is None or self.judge is None:
            return None
        if self.judge.kind is Kind.ACCURACY and self.asked > 1:
            return self.asked / 100
        return 100 * self.asked if self.judge.kind is Kind.PERCENT and self.asked <= 1 else self.asked

    @cached_property
    def best(self) -> int | None:
        """The place of the best epoch; None where nothing chooses one."""
        return None if self.chooser is None else self.chooser.best

    @cached_property
    def first(self) -> int | None:
        """The place of the first epoch that meets the target; None where none does."""
        return next((place for place in range(len(self.log.at)) if self.meets(place)), None)

    def meets(self, place: int) -> bool:
        """Whether an epoch meets the target; a difference beyond nine decimals is rounding."""
        if self.target is None or self.judge is None or (number := self.judge.numbers[place]) is None:
            return False
        above = number - self.target
        return round(-above if self.judge.lower_is_better else above, DECIMALS) >= 0

    def at(self, place: int) -> float:
        """The epoch in a place, whole where it is whole."""
        return whole(self.log.at[place])
