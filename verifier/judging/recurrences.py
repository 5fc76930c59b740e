"""Finding training tables by what their formulas do, where no label says so.

What is trained steps from row to row: its cell reads its own column in the row above, and more than that. The table is
the rows of such columns, with every column that they read and every column that reads them there.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from verifier.computing.recompute import Formulas
from verifier.judging.tables import Table
from verifier.ranges import runs_of
from verifier.reading.references import Axis, Pattern, Reference, column_name
from verifier.reading.workbook import Sheet
from verifier.values import is_text

FEWEST_STEPS = 2  # rows that step, for a column to be one that is trained
_LABEL_ROWS = 5  # above the first row in which its labels are looked for


def recurrent_tables(number: int, formulas: Formulas, taken: Collection[Table]) -> Iterator[Table]:
    """The tables of a sheet, given by its number, that share no cell with those that are taken."""
    sheet = formulas.workbook.sheets[number]
    spans: dict[tuple[int, int], list[int]] = {}
    for column, rows in _stepping_columns(sheet).items():
        if not any(table.sheet == number and set(table.rows) & set(rows) for table in taken):
            spans.setdefault((rows[0], rows[-1]), []).append(column)
    for (first, last), columns in sorted(spans.items()):
        yield _table(number, sheet, formulas, range(first - 1, last + 1), columns)


def _stepping_columns(sheet: Sheet) -> dict[int, list[int]]:
    """The columns with cells that read the cell above them and others, with the rows of the longest run of them."""
    stepping: dict[int, list[int]] = {}
    known: dict[Pattern, bool] = {}
    for (row, column), pattern in sheet.formulas.items():
        steps = known.get(pattern)
        if steps is None:
            steps = known[pattern] = _steps(pattern)
        if steps:
            stepping.setdefault(column, []).append(row)
    runs = {column: max(runs_of(sorted(rows)), key=len) for column, rows in stepping.items()}
    return {column: run for column, run in runs.items() if len(run) >= FEWEST_STEPS}


def _steps(pattern: Pattern) -> bool:
    """Whether a formula reads the cell above its own, and more than that."""
    above = Reference(None, Axis(-1, False), Axis(0, False))
    return above in pattern.references and len(pattern.references) > 1


def _table(number: int, sheet: Sheet, formulas: Formulas, rows: range, stepping: Sequence[int]) -> Table:
    """A table over rows, with the columns that belong together with those that step."""
    read_by = _readers(number, sheet, formulas, rows[-2]) | _readers(number, sheet, formulas, rows[-1])
    columns = set(stepping)
    while True:
        more = {c for column in columns for c in read_by.get(column, ()) if _is_filled(sheet, rows[:-1], c)}
        more |= {column for column, read in read_by.items() if read & columns}
        if more <= columns:
            break
        columns |= more
    header = _header_row(sheet, rows[0], columns)
    labels = {column: _label(sheet, header, column) for column in sorted(columns)}
    return Table(number, header, rows[0], rows[-1], {}, {}, labels, labels)


def _readers(number: int, sheet: Sheet, formulas: Formulas, row: int) -> dict[int, set[int]]:
    """The columns with a formula in a row, each with those that it reads there and in the row above."""
    return {
        column: {c for s, r, c in formulas.precedents((number, row, column)) if s == number and r in (row - 1, row)}
        for r, column in sheet.formulas
        if r == row and (number, row, column) in formulas
    }


def _is_filled(sheet: Sheet, rows: range, column: int) -> bool:
    """Whether a column has numbers in all of the rows."""
    return all(isinstance(sheet.values.get((row, column)), float) or (row, column) in sheet.formulas for row in rows)


def _header_row(sheet: Sheet, first: int, columns: Collection[int]) -> int:
    """The row above the first with the most texts over the columns; the nearest of them."""
    rows = range(max(first - _LABEL_ROWS, 1), first)
    counts = Counter({row: sum(is_text(sheet.values.get((row, c))) for c in columns) for row in reversed(rows)})
    return max(counts, key=lambda row: counts[row], default=max(first - 1, 1))


def _label(sheet: Sheet, header: int, column: int) -> str:
    text = sheet.values.get((header, column))
    return str(text).strip() if is_text(text) and str(text).strip() else column_name(column)
