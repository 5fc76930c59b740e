"""Finding the training tables in a sheet, wherever they stand, by the labels of their columns."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import islice, pairwise

from templates import TOTAL_LOSS, gradient_of
from verifier.computing.recompute import Cell
from verifier.judging.header import is_gradient_group, names_in
from verifier.judging.labels import meaning_of, quantity_of
from verifier.ranges import runs_of
from verifier.reading.references import column_name
from verifier.reading.workbook import Place, Sheet
from verifier.values import is_text

FEWEST_LABELS = 6  # in one row, for it to be a header; less is a legend or a note
MOST_UNNAMED = 12  # columns side by side in a table that say nothing of the vocabulary
_MOST_BETWEEN = 4  # rows between a header and its first iteration: empty ones, units, formulas in words
_MOST_EMPTY = 10  # rows in a row that are empty within a table; what follows more is something else


@dataclass(frozen=True)
class Table:
    """A training table: a header row of labels over one row per iteration.

    `columns` maps a name of the vocabulary to its column. `repeated` are the columns whose label says the same again,
    `unnamed` those whose header says nothing of the vocabulary; each with the text of its header. `told` is what the
    header says of each of its columns, read as a whole. `fixed` are the cells of what is given once for all rows,
    `unfilled` the columns that the last row leaves out because the training ends there, as with its last weights.
    """

    sheet: int
    header_row: int
    first_row: int
    last_row: int
    columns: Mapping[str, int]
    repeated: Mapping[int, str]
    unnamed: Mapping[int, str]
    told: Mapping[int, str]
    fixed: Mapping[str, Cell] = field(default_factory=dict)
    unfilled: frozenset[int] = frozenset()

    @property
    def rows(self) -> range:
        """The rows of the iterations, the start first."""
        return range(self.first_row, self.last_row + 1)

    @property
    def last_whole(self) -> int:
        """The last row that has all of an iteration."""
        return self.last_row - 1 if self.unfilled else self.last_row

    @property
    def range(self) -> str:
        """Where the table stands, from its first label to its last cell."""
        columns = [*self.columns.values(), *self.repeated]
        return f"{column_name(min(columns))}{self.header_row}:{column_name(max(columns))}{self.last_row}"


@dataclass(frozen=True)
class _Label:
    """A text over a column, and its meaning where it has one by itself."""

    column: int
    text: str
    meaning: str | None


Texts = Mapping[int, Mapping[int, str]]  # by row and column


def find_tables(sheet: Sheet, number: int) -> list[Table]:
    """All training tables of a sheet, from top to bottom and left to right."""
    texts = _texts(sheet)
    labels = {row: _labels(texts, row) for row in sorted(texts)}
    candidates = {row: found for row, found in labels.items() if _is_header(found)}
    tables = []
    for row, found in candidates.items():
        for header in _headers(found):
            table = _table(sheet, number, texts, row, header, candidates.keys()) if _is_header(header) else None
            tables += [] if table is None else [table]
    return tables


def _texts(sheet: Sheet) -> Texts:
    texts: dict[int, dict[int, str]] = {}
    for (row, column), value in sheet.values.items():
        if isinstance(value, str) and value.strip():
            texts.setdefault(row, {})[column] = value
    return texts


def _labels(texts: Texts, row: int) -> list[_Label]:
    """What may be a label in a row, from left to right."""
    found = (_Label(column, text, meaning_of(text)) for column, text in sorted(texts[row].items()))
    return [label for label in found if label.meaning is not None or quantity_of(label.text) is not None]


def _is_header(labels: Sequence[_Label]) -> bool:
    return sum(label.meaning is not None for label in labels) >= FEWEST_LABELS


def _headers(labels: list[_Label]) -> Iterator[list[_Label]]:
    """The labels of a row, parted into headers at a wide gap, or a narrow one before labels that come again."""
    by_column = {label.column: k for k, label in enumerate(labels)}
    header: list[_Label] = []
    for run in runs_of([*by_column]):
        begin, end = by_column[run[0]], by_column[run[-1]] + 1
        block, following = labels[begin:end], labels[begin : begin + len(header)]
        far = bool(header) and run[0] - header[-1].column > MOST_UNNAMED + 1
        # A label that stands alone says too little; those that follow it must come again as well.
        if far or (_comes_again(header, block) and (len(block) > 1 or _comes_again(header, following))):
            yield header
            header = []
        header += block
    yield header


def _comes_again(header: list[_Label], block: list[_Label]) -> bool:
    """Whether most labels of a block are in the header already, or the other way round: they belong to two tables."""
    names = {label.meaning for label in header}
    return sum(label.meaning in names for label in block) * 2 > min(len(header), len(block))


def _table(
    sheet: Sheet, number: int, texts: Texts, row: int, header: list[_Label], headers: Iterable[int]
) -> Table | None:
    """The table under a header; None where what is there is none. `headers` are all rows that may be one."""
    told = _told(texts, row, header)
    if not _looks_like_training(set(told.values())):
        return None
    rows = _rows_below(sheet, row, [*told], set(headers))
    if rows is None:
        return None
    first, last = rows
    labels = {column: texts[row].get(column) or name for column, name in told.items()}
    columns = _chosen(told)
    parameters = {column for name, column in columns.items() if name[0] in "wb"}
    end = last
    while any(sheet.computes((end + 1, column)) for column in told):  # rows with fewer cells than those of a table
        end += 1
    if any(row > first + 1 and _is_batch(sheet, first, row, parameters) for row in {last, end}):
        return None
    unnamed = {
        column: str(sheet.values.get((row, column)) or "")
        for column in _span(sheet, last, told)
        if column not in told and _has_numbers(sheet, first, last, column)
    }
    repeated = {column: labels[column] for column in told if column not in columns.values()}
    return Table(number, row, first, last, columns, repeated, unnamed, told)


def _told(texts: Texts, row: int, header: list[_Label]) -> dict[int, str]:
    """What a header says of its columns, together with the row above it: labels over empty cells, and groups' names."""
    above = texts.get(row - 1, {})
    left, right = header[0].column, header[-1].column
    meanings = {label.meaning for label in header}
    near = range(left - MOST_UNNAMED, right + MOST_UNNAMED + 1)
    labels = {c: text for c, text in above.items() if c in near and c not in texts[row] and _adds(text, meanings)}
    labels |= {label.column: label.text for label in header}
    ordered = sorted(labels)
    names = dict(zip(ordered, names_in([labels[column] for column in ordered]), strict=True))
    told = {column: name for column, name in names.items() if name is not None}
    times = Counter(told.values())
    for column, name in told.items():
        group = next((above[c] for c in range(column, left - 1, -1) if c in above), "")
        if times[name] > 1 and name[0] in "wb" and is_gradient_group(group):
            told[column] = gradient_of(name)
    return told


def _span(sheet: Sheet, last_row: int, told: Iterable[int]) -> range:
    """The columns from the first to the last label, one more on each side, and those with formulas next to these."""
    left, right = min(told) - 1, max(told) + 1
    while sheet.computes((last_row, left - 1)) and sheet.computes((last_row, left)):
        left -= 1
    while sheet.computes((last_row, right + 1)) and sheet.computes((last_row, right)):
        right += 1
    return range(left, right + 1)


def _adds(text: str, meanings: set[str | None]) -> bool:
    """Whether a text over an empty cell of a header, as in one of two rows, is a label that the header lacks."""
    meaning = meaning_of(text)
    return meaning is not None and meaning not in meanings


def _chosen(told: Mapping[int, str]) -> dict[str, int]:
    """A column for each name: of those that say the same, one that stands with the most others."""
    side = {column: len(run) for run in runs_of(sorted(told)) for column in run}
    chosen: dict[str, int] = {}
    for column, name in told.items():
        if name not in chosen or side[column] > side[chosen[name]]:
            chosen[name] = column
    return dict(sorted(chosen.items(), key=lambda item: item[1]))


def _looks_like_training(names: set[str]) -> bool:
    kinds = Counter(name[0] for name in names if name != TOTAL_LOSS)
    return len(names) >= FEWEST_LABELS and kinds["w"] > 0 and (kinds["∂"] > 0 or TOTAL_LOSS in names)


def _is_batch(sheet: Sheet, first: int, last: int, parameters: Set[int]) -> bool:
    """Whether the rows are the samples of one step, or of one step after the other.

    The first row of each step has parameters; those below it have none, and use that one's.
    """
    steps = [
        row
        for row in range(first, last + 1)
        if any(sheet.computes((row, column)) or sheet.values.get((row, column)) is not None for column in parameters)
    ]
    if steps[:1] != [first] or last in steps or len({after - row for row, after in pairwise(steps)}) > 1:
        return False
    read = {
        reference.row.at(last)
        for (row, column), formula in sheet.formulas.items()
        if row == last
        for reference in formula.references
        if not reference.is_range and reference.sheet is None and reference.column.at(column) in parameters
    }
    return read == {steps[-1]}


def _rows_below(sheet: Sheet, header_row: int, columns: list[int], headers: set[int]) -> tuple[int, int] | None:
    """The first and the last row of the table; rows that are empty count where more iterations follow."""
    rows = sorted({row for row, column in _cells_of(sheet, columns) if row > header_row})
    first = last = next((row for row in rows if _is_row(sheet, row, columns) or row in headers), None)
    if first is None or last is None or first in headers or first > header_row + 1 + _MOST_BETWEEN:
        return None
    for row in rows:
        if row <= first:
            continue
        if row > last + 1 + _MOST_EMPTY or _is_summary(sheet, row, columns):
            break
        if _is_row(sheet, row, columns):
            last = row
        elif sum(is_text(sheet.values.get((row, column))) for column in columns) * 2 > len(columns):
            break  # the header of the next table
    return first, last


def _is_row(sheet: Sheet, row: int, columns: list[int]) -> bool:
    """Whether a third of the columns has a value there, as an iteration has and a note below the table has not."""
    filled = (
        column
        for column in columns
        if (row, column) in sheet.formulas or isinstance(sheet.values.get((row, column)), float)
    )
    third = -(-len(columns) // 3)
    return next(islice(filled, third - 1, None), None) is not None


def _is_summary(sheet: Sheet, row: int, columns: list[int]) -> bool:
    """Whether most formulas of a row read several rows of their own column, as a mean or a minimum below a table."""
    formulas = [(sheet.formulas[row, column], column) for column in columns if (row, column) in sheet.formulas]
    down = [
        any(
            r.last_row is not None and r.column.at(column) == column and r.row.at(row) != r.last_row.at(row)
            for r in formula.references
        )
        for formula, column in formulas
    ]
    return bool(down) and sum(down) * 2 > len(down)


def _cells_of(sheet: Sheet, columns: list[int]) -> Iterator[Place]:
    wanted = set(columns)
    for place, value in sheet.values.items():
        if place[1] in wanted and (value is not None or place in sheet.formulas):
            yield place


def _has_numbers(sheet: Sheet, first: int, last: int, column: int) -> bool:
    return any(
        sheet.computes((row, column)) or isinstance(sheet.values.get((row, column)), float)
        for row in (first, min(first + 1, last), last)
    )
