"""Where a table's last iteration ends: many end with the weights after the last step, without a forward pass for them.

That is as right as a whole iteration. It is told from columns that were not filled to the end: all that an iteration
computes after the updates, or after the forward pass, is left out, and nothing that is there reads it.
"""

from collections.abc import Iterator
from dataclasses import replace

from verifier.computing.recompute import Formulas
from verifier.judging.tables import Table

_FEWEST_ROWS = 3  # of a table, for its last but one to be the result of an update
_FEWEST_GRADIENTS = 2  # a single one that is missing may as well be forgotten


def with_ending(table: Table, formulas: Formulas) -> Table:
    """The table with the columns that its last row leaves out, where an iteration may end there."""
    return replace(table, unfilled=_left_out(table, formulas)) if len(table.rows) >= _FEWEST_ROWS else table


def _left_out(table: Table, formulas: Formulas) -> frozenset[int]:
    columns = {*table.columns.values(), *table.repeated, *table.unnamed}
    empty = {column for column in columns if not formulas.is_filled((table.sheet, table.last_row, column))}
    computed = {column for column in columns if (table.sheet, table.last_row - 1, column) in formulas}
    missing, filled = empty & computed, computed - empty
    if not missing or not filled or any(_steps(table, column, formulas) for column in missing):
        return frozenset()
    places = {place for column in filled for place in _read(table, table.last_row, column, formulas)}
    read = {column for row, column in places if row == table.last_row}
    if not read & computed:
        return frozenset(empty)  # weights alone
    gradients = {column for column, name in table.told.items() if name[0] in "∂δ"}
    is_forward = gradients <= missing <= gradients | table.unnamed.keys() and len(gradients) >= _FEWEST_GRADIENTS
    return frozenset(missing) if is_forward and not read & missing else frozenset()


def _steps(table: Table, column: int, formulas: Formulas) -> bool:
    """Whether a column steps from row to row: its formulas read the cell above and others."""
    row = table.last_row - 1
    read = set(_read(table, row, column, formulas))
    return (row - 1, column) in read and len(read) > 1


def _read(table: Table, row: int, column: int, formulas: Formulas) -> Iterator[tuple[int, int]]:
    """The rows and columns of what a formula reads on the table's sheet."""
    return ((r, c) for sheet, r, c in formulas.reads((table.sheet, row, column)) if sheet == table.sheet)
