"""Rows of named values, as they stand in a log, made into its columns of numbers.

Rows of the same epoch that follow each other are one: Lightning writes a line for the training and one for the
validation. An epoch that comes again later is that of a run that was resumed from before it, so its later rows count.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from training_log.log import Log, LogError, Settings

MOST_ROWS = 100_000  # of a sheet that anybody wants to look at
MOST_COLUMNS = 100
EMPTY = ("", None)

Values = Mapping[str, object]


@dataclass
class Rows:
    """Collects the rows of a log in their order. Raises LogError for what is no log, with its line."""

    place: str  # what the rows are from, for what is said of them
    axis: str
    torn: int | None = None  # a last line that was cut off, as its writer was killed
    _rows: dict[float, dict[str, float]] = field(default_factory=dict)
    _names: dict[str, None] = field(default_factory=dict)  # of all columns, in their order
    _texts: dict[str, dict[str, int]] = field(default_factory=dict)  # by column: each text, and the line it is first in
    _not_finite: dict[str, list[tuple[float, float]]] = field(default_factory=dict)  # by column: where, and what
    _again: set[float] = field(default_factory=set)
    _last: float | None = None

    def add(self, at: object, values: Values, line: int) -> None:
        """Add what stands in a line, from 1, for an epoch."""
        epoch = self._epoch(at, line)
        if epoch != self._last and epoch in self._rows:
            self._again.add(epoch)
            self._rows[epoch] = {}
        self._last = epoch
        row = self._rows.setdefault(epoch, {})
        if len(self._rows) > MOST_ROWS:
            raise LogError(f"{self.place}, line {line}: more than {MOST_ROWS:,} {self.axis}s; log fewer of them")
        for name, value in values.items():
            self._put(row, epoch, name, value, line)

    def _epoch(self, at: object, line: int) -> float:
        number = as_number(at)
        if number is None or not math.isfinite(number) or number < 0:
            raise LogError(f"{self.place}, line {line}: the {self.axis} is {at!r}; expected a number, 0 or more")
        return number

    def _put(self, row: dict[str, float], epoch: float, name: str, value: object, line: int) -> None:
        if name not in self._names and len(self._names) >= MOST_COLUMNS:
            raise LogError(f"{self.place}, line {line}: more than {MOST_COLUMNS} columns; {name!r} is one too many")
        self._names[name] = None
        if value in EMPTY:
            return
        number = as_number(value)
        if number is None:
            self._texts.setdefault(name, {}).setdefault(str(value), line)
            row.pop(name, None)
        elif math.isfinite(number):
            row[name] = number
        else:
            self._not_finite.setdefault(name, []).append((epoch, number))
            row.pop(name, None)

    def log(self, run: str, name: str, settings: Mapping[str, Settings], target: float | None = None) -> Log:
        """The log that all rows together are."""
        at = sorted(self._rows)
        columns = {column: [self._rows[epoch].get(column) for epoch in at] for column in self._names}
        filled = {column: numbers for column, numbers in columns.items() if any(n is not None for n in numbers)}
        constant = {
            column: next(iter(texts)) for column, texts in self._texts.items()
            if column not in filled and len(texts) == 1
        }  # fmt: skip
        said = {title: dict(part) for title, part in settings.items()}
        if constant:
            said["Settings"] = {**said.get("Settings", {}), **constant}
        notes = tuple(self._notes(constant))
        return Log(run, name, self.axis, at, filled, said, target, notes)

    def _notes(self, constant: Mapping[str, str]) -> Iterable[str]:
        if self.torn is not None:
            yield f"Line {self.torn} is cut off and left out."
        if self._again:
            epochs = listed(sorted(self._again))
            yield f"{self.axis} {epochs} logged more than once, as in a resumed run: the later lines count."
        for name, logged in self._not_finite.items():
            places = [(epoch, number) for epoch, number in logged if name not in self._rows[epoch]]
            if not places:  # all of them were logged again
                continue
            what = listed_words(sorted({str(number) for _, number in places}))
            yield f"{name} is {what} in {self.axis} {listed([epoch for epoch, _ in places])}: these cells are empty."
        for name, texts in self._texts.items():
            if name not in constant:
                text, line = next(iter(texts.items()))
                others = f" (and {len(texts) - 1} other texts)" if len(texts) > 1 else ""
                yield f"{name} in line {line} is {text[:40]!r}{others}, not a number: such cells are empty."


def as_number(value: object) -> float | None:
    """The number that a value is or spells, infinite and NaN too; None for anything else."""
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return None
    return None


def listed(numbers: Sequence[float], most: int = 4) -> str:
    """Numbers as one says them: `3, 4 and 5`, and of many only the first."""
    words = [f"{number:g}" for number in numbers[:most]]
    if len(numbers) > most:
        return f"{', '.join(words)} and {len(numbers) - most} more"
    return listed_words(words)


def listed_words(words: Sequence[str]) -> str:
    """Words as one says them: `a, b and c`."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
