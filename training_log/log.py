"""A training log, whatever wrote it: named numbers against the epoch, the settings of the run, and what is odd in it.

Nothing here needs PyTorch or NumPy.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Setting = str | int | float | bool | None
Settings = Mapping[str, Setting]
Numbers = Sequence[float | None]  # one for each row of a log; None where it has none

MACHINE = "Run and machine"  # the part of the settings that makes no difference between runs that are to be compared
SEED = "seed"
DECIMALS = 9  # of what is compared with a target: 99.4 % typed into a cell need not be the same double as 0.994


class LogError(Exception):
    """What cannot be read as a training log: says the file, the line where there is one, and what was expected."""


@dataclass(frozen=True)
class Log:
    """What one run logged. `at` ascends, and every column has as many numbers as it."""

    run: str  # the run's name, no other run's: a workbook knows the run's sheet by it
    name: str  # what its sheet is called where nobody says otherwise
    axis: str  # what the rows count: "epoch", or "step" and the like
    at: Sequence[float]
    columns: Mapping[str, Numbers]
    settings: Mapping[str, Settings] = field(default_factory=dict)  # by the title of their part
    target: float | None = None  # of the accuracy or, without one, of the loss
    notes: tuple[str, ...] = ()  # what a reader should know of the numbers, a sentence each

    @property
    def rows(self) -> str:
        """What the rows are called, together: epochs, where each is a whole one."""
        return f"{self.axis}s" if all(at == int(at) for at in self.at) else "lines"

    @property
    def compared_settings(self) -> dict[str, Setting]:
        """The settings that runs may differ in, by name."""
        parts = (settings for title, settings in self.settings.items() if title != MACHINE)
        return {name: value for settings in parts for name, value in settings.items()}


def whole(number: float) -> float:
    """The number, as an integer where it is one."""
    return int(number) if number == int(number) else number
