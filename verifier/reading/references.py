"""Formulas with their references made relative, so that one filled down a column is one and the same everywhere.

Rows and columns count from 1 as in Excel. A reference's row and column are numbers where it anchors them with `$`,
and distances from the formula's own cell where it does not, as in R1C1 notation. The grammar of references is that of
ECMA-376 part 1, section 18.17.2.
"""

import re
from dataclasses import dataclass

MAX_ROW, MAX_COLUMN = 1_048_576, 16_384
MAX_LENGTH = 8_192  # characters of a formula in Excel

CELL = re.compile(r"(\$?)([A-Za-z]{1,3})(\$?)([0-9]{1,7})")  # of its groups the first and third are the anchors


class UnsupportedFormulaError(Exception):
    """A formula that cannot be recomputed here: says why, in a phrase of one line whatever texts it quotes."""

    def __init__(self, reason: str) -> None:
        super().__init__(" ".join(reason.split()))


@dataclass(frozen=True, slots=True)
class Axis:
    """A row or a column of a reference: anchored at a number, or at a distance from the formula's cell."""

    number: int
    anchored: bool

    def at(self, own: int) -> int:
        """The row or column that is meant in a formula of the row or column `own`."""
        return self.number if self.anchored else own + self.number


@dataclass(frozen=True, slots=True)
class Reference:
    """A cell, or with `last_row` and `last_column` a range, on another sheet where `sheet` names it."""

    sheet: str | None
    row: Axis
    column: Axis
    last_row: Axis | None = None
    last_column: Axis | None = None

    @property
    def is_range(self) -> bool:
        """Whether it is a range; one of a single cell counts."""
        return self.last_row is not None


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """A formula without its place: its text with a `placeholder` for each reference, and the references.

    Two cells of a sheet have the same pattern, one and the same object, if and only if copying one gives the other.
    In a cell of an array formula that gives a whole array, `element` is the row and the column of the array, from 0,
    that the cell shows.
    """

    skeleton: str
    references: tuple[Reference, ...]
    element: tuple[int, int] | None = None

    def text(self, row: int, column: int) -> str:
        """The formula as Excel shows it in a cell, with its `=`."""
        pieces = PLACEHOLDER.split(self.skeleton)
        marks = PLACEHOLDER.findall(self.skeleton)
        addresses = [address(self.references[ord(mark) - _FIRST_PLACEHOLDER], row, column) for mark in marks]
        return "=" + "".join(piece for pair in zip(pieces, [*addresses, ""], strict=True) for piece in pair)


_FIRST_PLACEHOLDER, _LAST_PLACEHOLDER = 0xE000, 0xF8FF  # the private use area, which formulas have no use for
PLACEHOLDER = re.compile(f"[{chr(_FIRST_PLACEHOLDER)}-{chr(_LAST_PLACEHOLDER)}]")


def placeholder(k: int) -> str:
    """What stands in a skeleton for the reference number `k`, counted from 0."""
    return chr(_FIRST_PLACEHOLDER + k)


def column_name(column: int) -> str:
    """`A` of 1, `AE` of 31."""
    name = ""
    while column > 0:
        column, digit = divmod(column - 1, 26)
        name = chr(65 + digit) + name
    return name


def column_number(name: str) -> int:
    """1 of `A`, 31 of `ae`."""
    number = 0
    for letter in name.upper():
        number = number * 26 + ord(letter) - 64
    return number


def address(reference: Reference, row: int, column: int) -> str:
    """A reference as it is written in a cell: `E33`, `$G$31`, `'eta 0.1'!$W$33:$W$133`."""
    sheet = "" if reference.sheet is None else quoted(reference.sheet) + "!"
    if reference.last_row is None or reference.last_column is None:
        return sheet + _corner(reference.row, reference.column, row, column)
    if (reference.row, reference.last_row) == (Axis(1, True), Axis(MAX_ROW, True)):
        ends = [_letters(axis, column) for axis in (reference.column, reference.last_column)]
    elif (reference.column, reference.last_column) == (Axis(1, True), Axis(MAX_COLUMN, True)):
        ends = [_digits(axis, row) for axis in (reference.row, reference.last_row)]
    else:
        ends = [
            _corner(reference.row, reference.column, row, column),
            _corner(reference.last_row, reference.last_column, row, column),
        ]
    return sheet + ":".join(ends)


def _corner(row_axis: Axis, column_axis: Axis, row: int, column: int) -> str:
    return _letters(column_axis, column) + _digits(row_axis, row)


def _letters(axis: Axis, column: int) -> str:
    return "$" * axis.anchored + column_name(axis.at(column))


def _digits(axis: Axis, row: int) -> str:
    return "$" * axis.anchored + str(axis.at(row))


def quoted(sheet: str) -> str:
    """A sheet's name as it is written before a reference."""
    plain = re.fullmatch(r"[^\W\d][\w.]*", sheet) and not CELL.fullmatch(sheet)
    return sheet if plain else "'" + sheet.replace("'", "''") + "'"


def unquoted(sheet: str) -> str:
    """The name of the sheet that is written before a reference, with its `!` or without."""
    name = sheet.removesuffix("!")
    return name[1:-1].replace("''", "'") if name.startswith("'") else name
