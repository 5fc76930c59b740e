"""An exercise: two rows of a training table, some of its quantities blank, and how each cell of these is checked."""

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice

from sheetgen.layout import LimitError
from sheetgen.mathematics.expression import Applied, Column, Expression, Number, columns_used
from sheetgen.mathematics.training_step import ITERATION, Group, TableColumn, table_columns
from sheetgen.mathematics.values import Settings, Value, training_rows
from sheetgen.practice.blanks import Blank, Choice, Wanted
from sheetgen.practice.fingerprint import Fingerprint, fingerprint
from templates import LEARNING_RATE, Template

Place = tuple[str, int]  # a column's label, and the row: 0 is the start, 1 the row after the first update
ROWS = (0, 1)
MOST_MISSES = 300  # slips that the check of a cell is tried on


@dataclass(frozen=True)
class Exercise:
    """What a practice sheet asks: `right` are both rows' numbers by label, and `seed` draws the keys of the checks.

    `student` is whom it is for, where it is for one.
    """

    template: Template
    columns: tuple[TableColumn, ...]
    blanks: tuple[Blank, ...]
    right: Sequence[Mapping[str, Value]]
    seed: int
    student: str = ""

    @property
    def rate(self) -> float:
        """The learning rate: the template's first."""
        return self.template.learning_rates[0]

    @property
    def settings(self) -> Mapping[str, float]:
        """All numbers that are given."""
        return {**self.template.numbers, LEARNING_RATE: self.rate}

    @cached_property
    def column_of(self) -> Mapping[str, TableColumn]:
        """The columns by their labels."""
        return {column.label: column for column in self.columns}

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """All blank cells, in the order in which they can be computed."""
        return tuple(
            (column.label, row) for row in ROWS for column in self.columns if row in self._rows.get(column.label, ())
        )

    @cached_property
    def _rows(self) -> Mapping[str, tuple[int, ...]]:
        return {blank.label: blank.rows for blank in self.blanks}

    def formula(self, place: Place) -> Expression:
        """What is computed in a cell."""
        label, row = place
        return self.column_of[label].then if row else self.column_of[label].first

    def values_without(self, empty: Sequence[Place]) -> Sequence[Mapping[str, Value]]:
        """The numbers of both rows where some cells are empty, which count as 0 in a formula."""
        gone = set(empty)
        columns = [
            replace(
                column,
                first=Number(0) if (column.label, 0) in gone else column.first,
                then=Number(0) if (column.label, 1) in gone else column.then,
            )
            for column in self.columns
        ]
        return two_rows(columns, self.settings)

    @cached_property
    def before(self) -> Mapping[Place, tuple[Place, ...]]:
        """For each cell, the blank cells that its number depends on, nearest or not."""
        blank, upstream = set(self.places), dict[Place, frozenset[Place]]()
        for row in ROWS:
            for column in self.columns:
                place = (column.label, row)
                read = [(used.label, row + used.rows) for used in columns_used(self.formula(place))]
                own = frozenset(cell for cell in read if cell in blank)
                upstream[place] = own.union(*(upstream[cell] for cell in set(read)))
        return {place: tuple(cell for cell in self.places if cell in found) for place, found in upstream.items()}

    @cached_property
    def fingerprints(self) -> Mapping[Place, Fingerprint]:
        """The check of each blank cell, which the usual slips fail."""
        draw = random.Random(self.seed)  # noqa: S311  nothing secret
        slips = {place: list(islice(_slips(self.formula(place), self.columns), MOST_MISSES)) for place in self.places}
        misses = self.values_of(slips, self.settings)
        return {
            (label, row): fingerprint(float(self.right[row][label]), misses[label, row], draw)
            for label, row in self.places
        }

    def values_of(
        self, others: Mapping[Place, Sequence[Expression]], settings: Settings
    ) -> Mapping[Place, Sequence[float]]:
        """What other expressions give in a cell where all else is right, NaN where that is no number."""
        extra = [
            TableColumn(_label(place, k), Group.COUNT, *((Number(0), other) if place[1] else (other, Number(0))))
            for place, found in others.items()
            for k, other in enumerate(found)
        ]
        rows = two_rows([*self.columns, *extra], settings)
        return {
            place: [_number(rows[place[1]].get(_label(place, k))) for k in range(len(found))]
            for place, found in others.items()
        }


def _label(place: Place, number: int) -> str:
    return f"{number} in the place of {place}"


def _number(value: Value | None) -> float:
    return value if isinstance(value, float) else math.nan


def exercise_of(template: Template, wanted: Wanted = None, seed: int = 1) -> Exercise:
    """The exercise of a template, the same for the same seed. Raises BlanksError and LimitError."""
    template = template.first_sample
    network = template.network
    if network.mixes_samples:
        raise LimitError(
            f"an exercise has one sample, and what {network.describe()} makes of one depends on the others"
        )
    *columns, iteration = table_columns(network, template.deltas, template.training)
    if any(used.label == ITERATION for column in columns for used in columns_used(column.then)):
        columns.insert(0, iteration)
    right = two_rows(columns, template.settings(template.learning_rates[0]))
    blanks = Choice(network, columns, right).blanks(wanted, seed)
    return Exercise(template, tuple(columns), blanks, right, seed)


def two_rows(columns: Sequence[TableColumn], settings: Settings) -> Sequence[Mapping[str, Value]]:
    """The numbers of the start and of the row after one update, by their labels."""
    labels = [column.label for column in columns]
    rows = training_rows(columns, settings, 1)
    return [{label: value for label, value in zip(labels, row, strict=True) if value is not None} for row in rows]


def _slips(right: Expression, columns: Sequence[TableColumn]) -> Iterator[Expression]:
    """The expression with one of its columns replaced by another of the same kind, in one place or in all."""
    kinds: dict[str, list[str]] = {}
    for column in columns:
        kinds.setdefault(_kind(column.label), []).append(column.label)
    used = list(columns_used(right))
    for read in dict.fromkeys(used):
        others = [label for label in kinds[_kind(read.label)] if label != read.label]
        where = [k for k, other in enumerate(used) if other == read]
        for label in others:
            yield _replaced(right, set(where), replace(read, label=label))
            if len(where) > 1:
                yield from (_replaced(right, {k}, replace(read, label=label)) for k in where)
    if any(read.rows for read in used):
        yield used[0]  # an update that changes nothing


def with_more(right: Expression, most: int, draw: random.Random) -> Sequence[Expression]:
    """The expression with 1 more in one of the places where it reads a column, in each of them but for `most`."""
    used = list(columns_used(right))
    return [_replaced(right, {k}, used[k] + 1) for k in draw.sample(range(len(used)), min(most, len(used)))]


def _kind(label: str) -> str:
    return label.rstrip("0123456789")


def _replaced(expression: Expression, where: set[int], by: Expression) -> Expression:
    """The expression with something else in the places where it reads one that are given, counted from 0."""
    counter = iter(range(1 << 30))

    def walk(part: Expression) -> Expression:
        if isinstance(part, Column):
            return by if next(counter) in where else part
        return Applied(part.operation, tuple(map(walk, part.parts))) if isinstance(part, Applied) else part

    return walk(expression)
