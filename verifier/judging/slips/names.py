"""What slips are called, and what the references of a formula are called in the words of its table."""

import re
from dataclasses import dataclass
from enum import StrEnum

from templates import LEARNING_RATE
from verifier.judging.case import Case
from verifier.judging.slips.tree import Form, Node, bare
from verifier.reading.references import Axis, Reference, address


class SlipName(StrEnum):
    """The typical slips, each by a short phrase."""

    OTHER_UNIT = "another unit's activation"
    NET_FOR_ACTIVATION = "net input instead of activation"
    ACTIVATION_FOR_NET = "activation instead of net input"
    OTHER_NET = "another unit's net input"
    OTHER_WEIGHT = "another weight"
    OTHER_INPUT = "another input"
    OTHER_TARGET = "another target"
    OTHER_LOSS = "another output's loss"
    OTHER_DELTA = "another unit's delta"
    OTHER_GRADIENT = "a neighbour's gradient in the update"
    OTHER_UPDATED = "a neighbour's weight in the update"
    OTHER_COLUMN = "another column's value"
    OTHER_ROW = "another row's value"
    TOO_EARLY = "weight updated too early"
    FROZEN = "frozen reference"
    DELETED = "reference to a deleted cell"
    LOOSE_RATE = "learning rate without its $"
    OTHER_RATE = "another cell for the learning rate"
    TYPED_RATE = "learning rate typed into the formula"
    TRANSPOSED = "transposed weights"
    EXCHANGED = "two references exchanged"
    SEVERAL = "several references to other cells"
    ASCENT = "gradient ascent"
    SIGN = "flipped sign"
    OPERATOR = "wrong operator"
    NO_PARENTHESES = "missing parentheses"
    EXTRA_PARENTHESES = "superfluous parentheses"
    NO_FACTOR = "missing factor"
    NO_TERM = "missing term"
    NO_EXPONENT = "missing exponent"
    EXTRA_FACTOR = "superfluous factor"
    EXTRA_TERM = "superfluous term"
    EXTRA_EXPONENT = "superfluous exponent"
    EXTRA_FUNCTION = "superfluous function"
    CONSTANT = "wrong constant"
    EXPONENT = "wrong exponent"
    ROUNDING = "rounding"
    OTHER_FORMULA = "another column's formula"
    SIDEWAYS = "formula copied from another column"
    OTHER_ACTIVATION = "another activation function"
    ONE_PART = "one part of the formula"
    DIVISION = "division by zero"
    TEXT = "text instead of a number"
    PASTED_ERROR = "error pasted as a value"
    PASTED = "pasted values"
    EDITED = "typed number"
    NOT_FILLED = "not filled to the end"
    EMPTY_COLUMN = "empty column"
    EMPTY_CELL = "empty cell"


class Role(StrEnum):
    """What a column of a training table holds."""

    INPUT = "input"
    TARGET = "target"
    PARAMETER = "parameter"
    NET = "net input"
    ACTIVATION = "activation"
    LOSS = "loss"
    DELTA = "delta"
    GRADIENT = "gradient"


_ROLES = (
    (re.compile(r"[ho]\d+"), Role.NET),
    (re.compile(r"a_[ho]\d+"), Role.ACTIVATION),
    (re.compile(r"E\d+"), Role.LOSS),
    (re.compile(r"δ_[ho]\d+"), Role.DELTA),
    (re.compile(r"∂E_t/∂.+"), Role.GRADIENT),
)


@dataclass(frozen=True)
class Spot:
    """What a reference means in a formula: a column of the table by its name, or the learning rate; else None.

    `shift` is how many rows below the formula's own the cell is, None where it is anchored or outside the table.
    """

    label: str | None
    shift: int | None


class Names:
    """The names of the cells that the formula in one cell refers to."""

    def __init__(self, case: Case, name: str, row: int) -> None:
        self.name = name
        self.row = row
        self.column = case.table.columns[name]
        self._table = case.table
        self._labels = {column: label for label, column in case.table.columns.items()}
        rate = case.given.rate
        self._rate = None if rate is None or rate.cell is None else rate.cell
        rate_sheet = None if self._rate is None else case.formulas.workbook.sheets[self._rate[0]].name
        self._rate_sheet = None if self._rate is None or self._rate[0] == case.table.sheet else rate_sheet
        self._given = dict.fromkeys(case.model.inputs, Role.INPUT) | dict.fromkeys(case.model.targets, Role.TARGET)
        self._given |= dict.fromkeys(case.model.parameters, Role.PARAMETER)
        self.is_update = self.role(name) is Role.PARAMETER
        self.own_shift = -1 if self.is_update else 0  # from the formula to what it reads: an update, the row before

    def role(self, label: str | None) -> Role | None:
        """What the column of a name holds; None where its name does not say."""
        if label is None or label in self._given:
            return self._given.get(label or "")
        return next((role for pattern, role in _ROLES if pattern.fullmatch(label)), None)

    @property
    def rate(self) -> Reference | None:
        """The learning rate's cell as it is referred to, with both `$`; None where no cell holds it."""
        if self._rate is None:
            return None
        return Reference(self._rate_sheet, Axis(self._rate[1], True), Axis(self._rate[2], True))

    def spot(self, reference: Reference) -> Spot:
        """What a reference means here."""
        row, column = reference.row.at(self.row), reference.column.at(self.column)
        if self._is_rate(reference, row, column):
            return Spot(LEARNING_RATE, None)
        if reference.sheet is not None or reference.is_range or row not in self._table.rows:
            return Spot(None, None)
        return Spot(self._labels.get(column), None if reference.row.anchored else row - self.row)

    def _is_rate(self, reference: Reference, row: int, column: int) -> bool:
        anchored = reference.row.anchored and reference.column.anchored
        return anchored and self._rate is not None and (row, column) == self._rate[1:]

    def cell(self, reference: Reference) -> str:
        """The address of a reference, as it is typed."""
        return address(reference, self.row, self.column)

    def word(self, reference: Reference) -> str:
        """A reference in the words of the table: `a_h1`, `w5 of the row below`, `η`, or its address."""
        spot = self.spot(reference)
        if spot.label is None:
            return self.cell(reference)
        if spot.label == LEARNING_RATE or spot.shift == self.own_shift:
            return spot.label
        below = {1: "the row below", -1: "the row above", 0: "its own row"}
        where = None if spot.shift is None else below.get(spot.shift)
        return f"{spot.label} of {where or f'row {reference.row.at(self.row)}'}"

    def words(self, node: Node) -> str:
        """A part of a formula in the words of the table, as in `a_h1·(1−a_h1)`."""
        if node.reference is not None:
            return self.word(node.reference)
        parts = [self.words(_without_needless_parentheses(part, node)) for part in node.parts]
        if node.form is Form.BINARY and node.name == "^" and parts[1] == "2":
            return f"{parts[0]}²"
        if node.form is Form.BINARY:
            return {"*": "·", "-": "−"}.get(node.name, node.name).join(parts)
        if node.form is Form.GROUP:
            return parts[0] if bare(node).form is Form.REFERENCE else f"({parts[0]})"
        if node.form is Form.CALL:
            return f"{node.name}({', '.join(parts)})"
        if node.form is Form.PERCENT:
            return f"{parts[0]}%"
        return f"{'−' if node.name == '-' else node.name}{''.join(parts)}"

    def typed(self, node: Node) -> str:
        """A part of a formula as it is typed in the cell."""
        return node.text(self.cell).strip()


def _without_needless_parentheses(part: Node, around: Node) -> Node:
    """A product that stands in parentheses within a product or a sum, without them."""
    inner = bare(part)
    is_product = inner.form is Form.BINARY and inner.name == "*"
    return inner if is_product and around.form is Form.BINARY and around.name in "*+-" else part
