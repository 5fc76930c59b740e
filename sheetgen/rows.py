"""The rows of the training tables, put into the workbook that XlsxWriter wrote.

XlsxWriter writes a table's first iteration and the first row of the next with formulas that name no rows but those of
`PATTERN`. Their text, formats and all, is the pattern: each row of the table is the pattern with its row numbers and
values filled in, which is many times faster than writing the cells one by one, and needs memory for one row only.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import IO, NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from opc.files import EPOCH
from sheetgen.layout import LimitError, Rows
from sheetgen.mathematics.values import Row

PATTERN = Rows("⟨row⟩", "⟨first⟩", "⟨last⟩", "⟨before⟩")
PATTERN_OF_ONE = PATTERN._replace(first=PATTERN.own, last=PATTERN.own)  # where an iteration is one row
MAX_PART = (1 << 31) - 1  # bytes of a sheet; a longer one needs a kind of zip that Excel offers to repair
CHUNK = 256  # rows written at once


class Blocks(NamedTuple):
    """The rows of a table, counted from 1: so many iterations from the first row on, each a block of so many rows."""

    first: int
    iterations: int
    batch: int

    @property
    def then(self) -> int:
        """The first row of the second iteration, the last one of the pattern."""
        return self.first + self.batch

    @property
    def last(self) -> int:
        """The last row of all."""
        return self.first + self.iterations * self.batch - 1


class RowPattern:
    """One row of a sheet part, ready to be filled with the numbers of the rows that it names, and its values."""

    def __init__(self, xml: str, row: int) -> None:
        # XlsxWriter wrote this row's own number into its addresses; the formulas have that of the pattern already.
        text = re.sub(rf'r="([A-Z]*){row}"', rf'r="\g<1>{PATTERN.own}"', xml.replace("%", "%%"))
        self._text = re.sub(r"<v>0</v>", "<v>%r</v>", text)

    def fill(self, row: int, sample: int, batch: int, values: Row) -> str:
        """The row's XML; `row` counts from 1, and an Excel error among the values makes its cell an error.

        It is that of a sample, counted from 0, among the `batch` of its iteration.
        """
        first = row - sample
        text = self._text.replace(PATTERN.own, str(row)).replace(PATTERN.before, str(first - batch))
        if batch > 1:
            text = text.replace(PATTERN.first, str(first)).replace(PATTERN.last, str(first + batch - 1))
        text %= tuple(values) if sample == 0 else tuple(value for value in values if value is not None)
        return _ERROR.sub(r'<c \1 t="e">\2<v>\3</v></c>', text) if "'#" in text else text


# A cell whose value came out as the Python text of an error: <v>'#NUM!'</v>.
_ERROR = re.compile(r"<c ([^>]*)>((?:<f>[^<]*</f>)?)<v>'(#[^']*)'</v></c>")


def fill_tables(
    scaffold: IO[bytes],
    output: IO[bytes],
    tables: Mapping[str, Iterator[Row]],
    blocks: Blocks,
    row_written: Callable[[int], None],
) -> None:
    """Copy the workbook `scaffold` to `output`, with all rows of each table in the place of those that it has.

    `tables` maps the name of a sheet's part to the values of its table's rows, which stand in `blocks`.
    `row_written` is told how many rows have just been written.
    """
    with ZipFile(scaffold) as source, ZipFile(output, "w", ZIP_DEFLATED, compresslevel=6) as target:
        for part in source.namelist():
            content = source.read(part)
            info = ZipInfo(part, EPOCH)
            info.compress_type = ZIP_DEFLATED
            with target.open(info, "w") as file:
                if part in tables:
                    for text, count in _with_rows(content.decode("utf-8"), tables[part], blocks):
                        file.write(text.encode("utf-8"))
                        row_written(count)
                elif part.startswith("xl/tables/"):
                    file.write(_ending_in(blocks, content.decode("utf-8")).encode("utf-8"))
                else:
                    file.write(content)


def _with_rows(xml: str, values: Iterator[Row], blocks: Blocks) -> Iterator[tuple[str, int]]:
    """The sheet's text in pieces, each with the number of table rows in it."""
    start, then = _row_xml(xml, blocks.first), _row_xml(xml, blocks.then)
    head, _, rest = xml.partition(start)
    _, _, tail = rest.partition(then)
    yield _ending_in(blocks, head), 0
    # a value takes some 12 characters more than its pattern's
    most = blocks.batch * (MAX_PART // (len(rest) - len(tail) + 12 * (xml.count("<v>") - tail.count("<v>"))))
    rows = blocks.iterations * blocks.batch
    if rows > most:
        raise LimitError(f"{rows:,} rows make a sheet too large for Excel's files; about {most:,} fit")
    texts = _rows(xml, values, blocks)
    while chunk := list(islice(texts, CHUNK)):
        yield "".join(chunk), len(chunk)
    yield tail, 0


def _rows(xml: str, values: Iterator[Row], blocks: Blocks) -> Iterator[str]:
    first, *others = (RowPattern(_row_xml(xml, row), row) for row in range(blocks.first, blocks.then))
    then = RowPattern(_row_xml(xml, blocks.then), blocks.then)
    for row in range(blocks.first, blocks.last + 1, blocks.batch):
        for sample, pattern in enumerate((first, *others)):
            yield pattern.fill(row + sample, sample, blocks.batch, next(values))
        first = then


def _ending_in(blocks: Blocks, xml: str) -> str:
    """The text with the range of the sheet, or of its table, down to the last row in the place of the pattern's."""
    return re.sub(rf' ref="([A-Z]+[0-9]+:[A-Z]+){blocks.then}"', rf' ref="\g<1>{blocks.last}"', xml)


def _row_xml(xml: str, row: int) -> str:
    match = re.search(rf'<row r="{row}"[^>]*>.*?</row>', xml, re.DOTALL)
    if match is None:
        raise ValueError(f"the sheet has no row {row}")
    return match.group()
