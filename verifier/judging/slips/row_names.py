"""What the references of a formula are called in a table, by the labels over its columns."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from templates import LEARNING_RATE
from verifier.judging.slips.names import Names, Role, Spot
from verifier.judging.slips.slip_names import SlipName
from verifier.reading.references import Axis, Reference

_ROLES = (
    (re.compile(r"[ho]\d+"), Role.NET),
    (re.compile(r"a_[ho]\d+"), Role.ACTIVATION),
    (re.compile(r"E\d+"), Role.LOSS),
    (re.compile(r"δ_.+"), Role.DELTA),
    (re.compile(r"∂E_t/∂.+"), Role.GRADIENT),
)


@dataclass(frozen=True)
class Labels:
    """The labels of a table with the numbers of their `columns`, in the `rows` of its iterations.

    `order` are those that are computed, in the order in which they can be; `given` says what the others hold, and the
    parameters. `rate` is the cell of the learning rate as it is referred to; None where no cell holds it.
    """

    rows: range
    columns: Mapping[str, int]
    order: Mapping[str, int]
    given: Mapping[str, Role]
    rate: Reference | None

    def role(self, label: str | None) -> Role | None:
        """What the column of a name holds; None where its name does not say."""
        if label is None or label in self.given:
            return self.given.get(label or "")
        return next((role for pattern, role in _ROLES if pattern.fullmatch(label)), None)


class RowNames(Names):
    """The names of the cells that the formula in one cell of a table refers to."""

    def __init__(self, labels: Labels, name: str, row: int) -> None:
        self.labels = labels
        self._label_of = {column: label for label, column in labels.columns.items()}
        super().__init__(name, row, labels.columns[name], is_update=labels.role(name) is Role.PARAMETER)
        self.rate = labels.rate
        self._own_shift = -1 if self.is_update else 0  # from the formula to what it reads: an update, the row before

    @cached_property
    def readable(self) -> Sequence[Reference]:
        """In its iteration what is computed before it, in an update the row before; and η."""
        order = self.labels.order
        return [
            *(
                Reference(None, Axis(self._own_shift, False), Axis(column - self.column, False))
                for label, column in self.labels.columns.items()
                if (label in order and (self.is_update or order[label] < order[self.name]))
                or (self.is_update and self.labels.role(label) is Role.PARAMETER)
            ),
            *([] if self.rate is None else [self.rate]),
        ]

    def like(self, reference: Reference, _: Reference) -> Sequence[Reference]:
        return (reference,)

    def spot(self, reference: Reference) -> Spot:
        row, column = reference.row.at(self.row), reference.column.at(self.column)
        if self._is_rate(reference, row, column):
            return Spot(LEARNING_RATE, Role.RATE)
        if reference.sheet is not None or reference.is_range or row not in self.labels.rows:
            return Spot(None, None)
        label = self._label_of.get(column)
        return Spot(label, self.labels.role(label))

    def _is_rate(self, reference: Reference, row: int, column: int) -> bool:
        anchored = reference.row.anchored and reference.column.anchored
        rate = self.rate
        return anchored and rate is not None and (row, column) == (rate.row.number, rate.column.number)

    def _shift(self, reference: Reference) -> int | None:
        """How many rows below the formula's own a cell of the table is; None where it is anchored, or none."""
        return None if self.spot(reference).label is None or reference.row.anchored else reference.row.number

    def word(self, reference: Reference) -> str:
        """A reference in the words of the table: `a_h1`, `w5 of the row below`, `η`, or its address."""
        spot, shift = self.spot(reference), self._shift(reference)
        if spot.label is None:
            return self.cell(reference)
        if spot.role is Role.RATE or shift == self._own_shift:
            return spot.label
        below = {1: "the row below", -1: "the row above", 0: "its own row"}
        where = None if shift is None else below.get(shift)
        return f"{spot.label} of {where or f'row {reference.row.at(self.row)}'}"

    def right_word(self, reference: Reference) -> str:
        return f"{self.word(reference)} of the {'row before' if self.is_update else 'same row'}"

    def is_same(self, old: Reference, new: Reference) -> bool:
        return old.sheet == new.sheet and old.column.at(self.column) == new.column.at(self.column)

    def is_too_late(self, old: Reference, new: Reference) -> bool:
        is_parameter = self.spot(old).role is Role.PARAMETER and not self.is_update
        return is_parameter and self.is_same(old, new) and (self._shift(old) or 0) > 0

    def is_activation(self, one: Reference, net: Reference) -> bool:
        return self.spot(one).label == f"a_{self.spot(net).label}"

    def elsewhere(self, _old: Reference, _new: Reference) -> SlipName:
        return SlipName.OTHER_COLUMN
