"""What a table is given once, and not in every row: inputs, targets and biases that stand in one cell.

People type them beside the table, or into its first row alone, and read them from there with `$`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from verifier.computing.recompute import Cell, Formulas
from verifier.judging.labels import meaning_of
from verifier.judging.tables import Table
from verifier.values import is_text

_GIVEN = "itb"  # the letters of what may stand once


def with_fixed(table: Table, formulas: Formulas) -> Table:
    """The table with those cells in its `fixed` that its formulas read in all rows, by their labels."""
    first_only = dict(_in_first_row(table, formulas))
    columns = {name: column for name, column in table.columns.items() if name not in first_only}
    outside = dict(_outside(table, formulas))
    return replace(table, columns=columns, fixed={**outside, **first_only})


def _in_first_row(table: Table, formulas: Formulas) -> Iterator[tuple[str, Cell]]:
    """Inputs and targets that only the first row has, where no formula reads the empty cells below."""
    for name, column in table.columns.items():
        cells = [(table.sheet, row, column) for row in table.rows]
        below = cells[1:]
        if name[0] not in _GIVEN or not below or any(map(formulas.is_filled, below)):
            continue
        if formulas.is_filled(cells[0]) and not _is_read(table, set(below), formulas):
            yield name, cells[0]


def _is_read(table: Table, cells: set[Cell], formulas: Formulas) -> bool:
    """Whether a formula in the table's last whole row reads one of the cells."""
    return any(cell in cells for _, cell in _reads(table, formulas))


def _reads(table: Table, formulas: Formulas) -> Iterator[tuple[str, Cell]]:
    """What each column's formula in the last whole row reads, in the order in which it is written."""
    for name, column in table.columns.items():
        yield from ((name, read) for read in formulas.reads((table.sheet, table.last_whole, column)))


def _outside(table: Table, formulas: Formulas) -> Iterator[tuple[str, Cell]]:
    """The cells beside the table that its formulas read, each with the name of the label left or above.

    Gradients count as well: the forward formula may be the one that is missing.
    """
    found: dict[str, Cell] = {}
    own = {*table.columns.values(), *table.repeated, *table.unnamed}
    for reader, cell in _reads(table, formulas):
        sheet, row, column = cell
        if reader[0] in "wb" or (sheet == table.sheet and row in table.rows and column in own):
            continue
        name = _label_of(cell, formulas)
        if name is not None and name not in table.columns and isinstance(formulas.cached(cell), float | None):
            found.setdefault(name, cell)
    yield from found.items()


def _label_of(cell: Cell, formulas: Formulas) -> str | None:
    """What a label left of a cell or above it says that it is given."""
    sheet, row, column = cell
    values: Mapping[tuple[int, int], object] = formulas.workbook.sheets[sheet].values
    for place in ((row, column - 1), (row - 1, column), (row, column - 2)):
        text = values.get(place)
        name = meaning_of(text) if isinstance(text, str) and is_text(text) else None
        if name is not None:
            return name if name[0] in _GIVEN and name[1:].isdecimal() else None
    return None
