"""What the references of a formula are called in the words of its training table."""

import re
from collections.abc import Sequence
from functools import cached_property

from templates import LEARNING_RATE
from verifier.judging.case import Case
from verifier.judging.slips.chain_rule import ChainRule
from verifier.judging.slips.names import Names, Role, Spot
from verifier.judging.slips.slip_names import SlipName
from verifier.judging.slips.tree import Node, bare
from verifier.reading.references import Axis, Reference

_LONGEST = 60  # characters of a formula that is told in words
_ROLES = (
    (re.compile(r"[ho]\d+"), Role.NET),
    (re.compile(r"a_[ho]\d+"), Role.ACTIVATION),
    (re.compile(r"E\d+"), Role.LOSS),
    (re.compile(r"δ_[ho]\d+"), Role.DELTA),
    (re.compile(r"∂E_t/∂.+"), Role.GRADIENT),
)


class TableNames(Names):
    """The names of the cells that the formula in one cell of a table refers to."""

    def __init__(self, case: Case, name: str, row: int) -> None:
        self._case, self._table = case, case.table
        self._labels = {column: label for label, column in case.table.columns.items()}
        self._given = dict.fromkeys(case.model.inputs, Role.INPUT) | dict.fromkeys(case.model.targets, Role.TARGET)
        self._given |= dict.fromkeys(case.model.parameters, Role.PARAMETER)
        is_update = self.role(name) is Role.PARAMETER
        super().__init__(name, row, case.table.columns[name], is_update=is_update)
        rate = case.given.rate
        self._rate = None if rate is None or rate.cell is None else rate.cell
        self.rate = None if self._rate is None else self._anchored(self._rate)
        self._own_shift = -1 if is_update else 0  # from the formula to what it reads: an update, the row before
        self._mathematics = ChainRule(case.network, case.expected) if case.network is not None else None

    def _anchored(self, cell: tuple[int, int, int]) -> Reference:
        sheet = None if cell[0] == self._table.sheet else self._case.formulas.workbook.sheets[cell[0]].name
        return Reference(sheet, Axis(cell[1], True), Axis(cell[2], True))

    def role(self, label: str | None) -> Role | None:
        """What the column of a name holds; None where its name does not say."""
        if label is None or label in self._given:
            return self._given.get(label or "")
        return next((role for pattern, role in _ROLES if pattern.fullmatch(label)), None)

    @cached_property
    def readable(self) -> Sequence[Reference]:
        """In its iteration what is computed before it, in an update the row before; and η."""
        order = self._case.order
        return [
            *(
                Reference(None, Axis(self._own_shift, False), Axis(column - self.column, False))
                for label, column in self._table.columns.items()
                if (label in order and (self.is_update or order[label] < order[self.name]))
                or (self.is_update and self.role(label) is Role.PARAMETER)
            ),
            *([] if self.rate is None else [self.rate]),
        ]

    def like(self, reference: Reference, _: Reference) -> Sequence[Reference]:
        return (reference,)

    def spot(self, reference: Reference) -> Spot:
        row, column = reference.row.at(self.row), reference.column.at(self.column)
        if self._is_rate(reference, row, column):
            return Spot(LEARNING_RATE, Role.RATE)
        if reference.sheet is not None or reference.is_range or row not in self._table.rows:
            return Spot(None, None)
        label = self._labels.get(column)
        return Spot(label, self.role(label))

    def _is_rate(self, reference: Reference, row: int, column: int) -> bool:
        anchored = reference.row.anchored and reference.column.anchored
        return anchored and self._rate is not None and (row, column) == self._rate[1:]

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

    def reason(self, reference: Reference) -> str | None:
        label = self.spot(reference).label
        return self._mathematics.reason(self.name, label) if self._mathematics is not None and label else None

    def rule(self, right: Node) -> str | None:
        told = self._mathematics.activation(self.name) if self._mathematics is not None else None
        words = self.words(bare(right))
        is_short = len(words) <= _LONGEST and self.role(self.name) not in (Role.ACTIVATION, Role.GRADIENT, Role.DELTA)
        return told or (f"{self.name} {'becomes' if self.is_update else 'is'} {words}" if is_short else None)
