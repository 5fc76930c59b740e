"""Which cells of an exercise are blank: some of the forward pass, some gradients, states of an optimizer, some updates.

A blank is a whole column, as its formula in one row would give that of the other away; of an updated parameter it is
the cell after the update, and so it is of an optimizer's state. What another column simply repeats cannot be blank.
"""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from sheetgen.mathematics.expression import Column
from sheetgen.mathematics.training_step import Group, TableColumn
from sheetgen.mathematics.values import Value
from templates import TOTAL_LOSS, Network, gradient_of
from templates.practice import MOST_BLANKS, Part
from templates.training import SCHEDULED_RATE

SMALLEST, LARGEST = 1e-9, 1e9  # of the numbers that a learner is asked for, unless they are asked for by name


class BlanksError(ValueError):
    """Blanks that cannot be: says what was asked, the rule, and what would do."""


@dataclass(frozen=True)
class Blank:
    """A quantity to fill in, in one row of the table or in both; rows count from 0, the start."""

    label: str
    part: Part
    rows: tuple[int, ...]


Wanted = Mapping[Part, int] | Sequence[str] | int | None  # counts, names, how many in all, or the usual ones
USUAL: Mapping[Part, int] = {Part.FORWARD: 2, Part.GRADIENT: 3, Part.UPDATE: 1}  # states are for whoever asks


_PART_OF = {Group.PARAMETERS: Part.UPDATE, Group.STATE: Part.STATE, Group.BACKWARD: Part.GRADIENT}


def parse_wanted(text: str) -> Wanted:
    """What a user asks for: `6`, `forward=2,gradient=3,update=1`, or `a_h1,∂E_t/∂w5,w3`. Raises BlanksError."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not words:
        raise BlanksError("no blanks are named; give a number, counts such as gradient=3, or names such as a_h1,w3")
    if len(words) == 1 and words[0].isdecimal():
        return int(words[0][:9])
    if not any("=" in word for word in words):
        return [_spelled(word) for word in words]
    counts: dict[Part, int] = {}
    for word in words:
        name, _, number = (piece.strip() for piece in word.partition("="))
        if name not in set(Part) or not number.isdecimal():
            raise BlanksError(f"'{word}' is not a count of blanks; give counts such as forward=2,gradient=3,update=1")
        if Part(name) in counts:
            raise BlanksError(f"{name} is given twice")
        counts[Part(name)] = int(number[:9])
    return counts


def _spelled(word: str) -> str:
    """A name in the vocabulary's spelling: `dE/dw5`, which is easier to type, is `∂E_t/∂w5`."""
    for ending in ("dE_t/d", "dE/d", "∂E/∂"):
        if word.startswith(ending):
            return gradient_of(word.removeprefix(ending))
    return word


@dataclass(frozen=True)
class Choice:
    """From which the blanks are chosen: the columns of a table, and their right values in its two rows."""

    network: Network
    columns: Sequence[TableColumn]
    right: Sequence[Mapping[str, Value]]

    def blanks(self, wanted: Wanted, seed: int) -> tuple[Blank, ...]:
        """The blanks in the order in which they are computed, the same for the same seed. Raises BlanksError."""
        asked = self._named(wanted) if isinstance(wanted, Sequence) else self._drawn(wanted, random.Random(seed))  # noqa: S311  nothing secret
        if not asked:
            raise BlanksError("an exercise needs at least one blank")
        most = self.most
        if len(asked) > most:
            raise BlanksError(f"{len(asked)} blanks are too many: this table has room for {most}")
        place = {column.label: k for k, column in enumerate(self.columns)}
        return tuple(sorted(asked, key=lambda blank: (blank.rows[0], place[blank.label])))

    @property
    def most(self) -> int:
        """How many blanks a table can have: with more than half of its columns it could not be read any more."""
        return min(MOST_BLANKS, len(self.columns) // 2, sum(self._room[part] for part in USUAL))

    @cached_property
    def _room(self) -> Mapping[Part, int]:
        """How many blanks of each part a table can have at once."""
        parts = [blank.part for blank in self._possible()]
        return {part: parts.count(part) for part in Part}

    def _named(self, names: Sequence[str]) -> list[Blank]:
        possible = {blank.label: blank for blank in self._possible()}
        for name, times in Counter(names).items():
            if times > 1:
                raise BlanksError(f"{name} is named twice")
            if name not in possible:
                why = self._refusal(name) if name in self._column_of else "there is no such quantity"
                raise BlanksError(f"{name} cannot be blank: {why}; these can: {', '.join(_first(possible))}")
        return [possible[name] for name in names]

    def _drawn(self, wanted: Mapping[Part, int] | int | None, draw: random.Random) -> list[Blank]:
        if wanted is None:
            return [blank for part, count in self._fitting(USUAL).items() for blank in self._some(part, count, draw)]
        if isinstance(wanted, int):
            if wanted > self.most:
                raise BlanksError(f"{wanted} blanks are too many: this table has room for {self.most}")
            wanted = self._shared_out(wanted)
        chosen = []
        for part, count in wanted.items():
            found = self._some(part, count, draw)
            if len(found) < count:
                raise BlanksError(f"{part.value}={count} is too many: at most {len(found)} of this table can be blank")
            chosen += found
        return chosen

    def _shared_out(self, count: int) -> Mapping[Part, int]:
        """So many blanks over the parts, in the proportion of the usual ones as far as each part has room."""
        forward, update = round(count / 3), count // 6
        wished = {Part.FORWARD: forward, Part.GRADIENT: count - forward - update, Part.UPDATE: update}
        shares = {part: min(share, self._room[part]) for part, share in wished.items()}
        for part in shares:
            shares[part] += min(count - sum(shares.values()), self._room[part] - shares[part])
        return shares

    def _fitting(self, counts: Mapping[Part, int]) -> Mapping[Part, int]:
        """The counts, made smaller where a small network has no room for all."""
        fitting = dict(counts)
        while sum(fitting.values()) > self.most:
            largest = max(fitting, key=lambda part: fitting[part])
            fitting[largest] -= 1
        return fitting

    def _some(self, part: Part, count: int, draw: random.Random) -> list[Blank]:
        """At most so many blanks of a part, in an order drawn by lot.

        First come those whose numbers stand nowhere else, and last the losses, which are the same in all networks.
        """
        losses = {TOTAL_LOSS, *self.network.losses}
        drawn = sorted((blank for blank in self._possible() if blank.part is part), key=lambda _: draw.random())
        drawn.sort(key=lambda blank: (blank.label in losses, not self._is_telling(blank)))
        return drawn[:count]

    def _possible(self) -> Iterator[Blank]:
        for column in self.columns:
            if self._refusal(column.label) is None:
                part = _part(column)
                yield Blank(column.label, part, (1,) if part in (Part.UPDATE, Part.STATE) else (0, 1))

    def _refusal(self, label: str) -> str | None:
        """Why a column cannot be blank; None where it can."""
        column = self._column_of[label]
        if column.group in (Group.DATA, Group.COUNT) or (
            column.group is Group.PARAMETERS and label not in self.network.trained
        ):
            return "it is given, not computed"
        if label == SCHEDULED_RATE:
            return "it follows from the schedule alone"
        if isinstance(column.then, Column):
            return f"it is {column.then.label} itself, so there is nothing to compute"
        if not all(isinstance(row[label], float) and abs(row[label]) < LARGEST for row in self.right):  # type: ignore[arg-type]
            return "its number is too large"
        return None

    def _is_telling(self, blank: Blank) -> bool:
        """Whether the blank's numbers stand nowhere else on the sheet, and are of a size that one can type."""
        own = Counter(_five_digits(self.right[row][blank.label]) for row in blank.rows)
        sizes = [abs(float(self.right[row][blank.label])) for row in blank.rows]
        return all(self._times[text] == times for text, times in own.items()) and all(
            SMALLEST < size < LARGEST for size in sizes
        )

    @cached_property
    def _column_of(self) -> Mapping[str, TableColumn]:
        return {column.label: column for column in self.columns}

    @cached_property
    def _times(self) -> Counter[str]:
        """How often each number stands in the table."""
        return Counter(_five_digits(value) for row in self.right for value in row.values())


def _part(column: TableColumn) -> Part:
    return _PART_OF.get(column.group, Part.FORWARD)


def _five_digits(value: Value) -> str:
    return value if isinstance(value, str) else f"{abs(value):.4e}"


def _first(names: Mapping[str, Blank], most: int = 12) -> list[str]:
    listed = list(names)
    return listed if len(listed) <= most else [*listed[: most - 1], "…"]
