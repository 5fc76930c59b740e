"""Finding the training tables in a sheet, wherever they stand, by the labels of their columns."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from templates import TOTAL_LOSS
from verifier.judging.labels import meaning_of
from verifier.reading.references import column_name
from verifier.reading.workbook import Place, Sheet
from verifier.values import is_text

FEWEST_LABELS = 6  # in one row, for it to be a header; less is a legend or a note


@dataclass(frozen=True)
class Table:
    """A training table: a header row of labels over one row per iteration.

    `columns` maps a name of the vocabulary to its column. `repeated` are the columns whose label says the same again,
    `unnamed` those whose header says nothing of the vocabulary; each with the text of its header.
    """

    sheet: int
    header_row: int
    first_row: int
    last_row: int
    columns: Mapping[str, int]
    repeated: Mapping[int, str]
    unnamed: Mapping[int, str]

    @property
    def rows(self) -> range:
        """The rows of the iterations, the start first."""
        return range(self.first_row, self.last_row + 1)

    @property
    def range(self) -> str:
        """Where the table stands, from its first label to its last cell."""
        columns = [*self.columns.values(), *self.repeated]
        return f"{column_name(min(columns))}{self.header_row}:{column_name(max(columns))}{self.last_row}"


def find_tables(sheet: Sheet, number: int) -> list[Table]:
    """All training tables of a sheet, from top to bottom and left to right."""
    rows: dict[int, list[tuple[int, str]]] = {}
    for (row, column), value in sheet.values.items():
        if isinstance(value, str) and value.strip():
            rows.setdefault(row, []).append((column, value))
    tables = []
    for row in sorted(rows):
        labels = [(column, text) for column, text in sorted(rows[row]) if meaning_of(text)]
        if len(labels) >= FEWEST_LABELS:
            tables += [table for header in _headers(labels) if (table := _table(sheet, number, row, header))]
    return tables


def _headers(labels: list[tuple[int, str]]) -> Iterator[list[tuple[int, str]]]:
    """The labels of a row, parted into headers at a wide gap, or a narrow one before labels that come again."""
    header: list[tuple[int, str]] = []
    for position, (column, text) in enumerate(labels):
        if header:
            gap = column - header[-1][0] - 1
            following = {meaning_of(later) for _, later in labels[position:]}
            again = any(meaning_of(before) in following for _, before in header)
            if gap > MOST_UNNAMED or (gap > 0 and again and _starts_anew(header, labels[position:])):
                yield header
                header = []
        header.append((column, text))
    yield header


MOST_UNNAMED = 12  # columns side by side in a table that say nothing of the vocabulary


def _starts_anew(header: list[tuple[int, str]], rest: list[tuple[int, str]]) -> bool:
    """Whether the rest repeats so much of the header that it is a table of its own, or all of a short header."""
    names = {meaning_of(text) for _, text in header}
    later = {meaning_of(text) for _, text in rest}
    return len(names & later) * 2 > len(names)


def _table(sheet: Sheet, number: int, row: int, header: list[tuple[int, str]]) -> Table | None:
    columns: dict[str, int] = {}
    repeated: dict[int, str] = {}
    for column, text in header:
        name = meaning_of(text)
        if name is None or name in columns:
            repeated[column] = text
        else:
            columns[name] = column
    if not _looks_like_training(columns):
        return None
    rows = _rows_below(sheet, row, [*columns.values()])
    if rows is None:
        return None
    first, last = rows
    between = range(min(columns.values()) - 1, max(columns.values()) + 2)
    unnamed = {
        column: str(sheet.values.get((row, column)) or "")
        for column in between
        if column not in columns.values() and column not in repeated and _has_numbers(sheet, first, last, column)
    }
    return Table(number, row, first, last, columns, repeated, unnamed)


def _looks_like_training(columns: Mapping[str, int]) -> bool:
    kinds = Counter(_kind(name) for name in columns)
    return len(columns) >= FEWEST_LABELS and kinds["w"] > 0 and (kinds["∂"] > 0 or TOTAL_LOSS in columns)


def _kind(name: str) -> str:
    return "E" if name == TOTAL_LOSS else name[0]


def _rows_below(sheet: Sheet, header_row: int, columns: list[int]) -> tuple[int, int] | None:
    """The first and the last row of the table; rows that are empty count where more iterations follow."""
    filled = sorted({row for row, column in _cells_of(sheet, columns) if row > header_row})
    if not filled or filled[0] > header_row + 2:
        return None
    last = filled[0]
    for row in filled:
        if _is_row(sheet, row, columns):
            last = row
        elif sum(is_text(sheet.values.get((row, column))) for column in columns) * 2 > len(columns):
            break  # the header of the next table
    return filled[0], last


def _is_row(sheet: Sheet, row: int, columns: list[int]) -> bool:
    """Whether a third of the columns has a value there, as an iteration has and a note below the table has not."""
    filled = (
        column
        for column in columns
        if (row, column) in sheet.formulas or isinstance(sheet.values.get((row, column)), float)
    )
    third = -(-len(columns) // 3)
    return next(islice(filled, third - 1, None), None) is not None


def _cells_of(sheet: Sheet, columns: list[int]) -> Iterator[Place]:
    wanted = set(columns)
    for place, value in sheet.values.items():
        if place[1] in wanted and (value is not None or place in sheet.formulas):
            yield place


def _has_numbers(sheet: Sheet, first: int, last: int, column: int) -> bool:
    return any(
        (row, column) in sheet.formulas or isinstance(sheet.values.get((row, column)), float)
        for row in (first, min(first + 1, last), last)
    )
