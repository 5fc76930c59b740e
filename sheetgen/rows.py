"""The rows of the training tables, put into the workbook that XlsxWriter wrote.

XlsxWriter writes a table's first two rows with formulas that name no rows but `ROW` and `BEFORE`. Their text,
formats and all, is the pattern: each row of the table is the pattern with its row numbers and values filled in,
which is many times faster than writing the cells one by one, and needs memory for one row only.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from opc.files import EPOCH
from sheetgen.layout import LimitError
from sheetgen.mathematics.values import Value

ROW, BEFORE = "⟨row⟩", "⟨before⟩"  # stand for the numbers of a row and of the one before it
MAX_PART = (1 << 31) - 1  # bytes of a sheet; a longer one needs a kind of zip that Excel offers to repair
CHUNK = 256  # rows written at once


class RowPattern:
    """One row of a sheet part, ready to be filled with the numbers of the row and the one before, and its values."""

    def __init__(self, xml: str, row: int) -> None:
        # XlsxWriter wrote this row's own number into its addresses; the formulas have `ROW` already.
        text = re.sub(rf'r="([A-Z]*){row}"', rf'r="\g<1>{ROW}"', xml.replace("%", "%%"))
        self._text = re.sub(r"<v>0</v>", "<v>%r</v>", text)

    def fill(self, row: int, values: Sequence[Value]) -> str:
        """The row's XML; `row` counts from 1, and an Excel error among the values makes its cell an error."""
        text = self._text.replace(ROW, str(row)).replace(BEFORE, str(row - 1)) % tuple(values)
        return _ERROR.sub(r'<c \1 t="e">\2<v>\3</v></c>', text) if "'#" in text else text


# A cell whose value came out as the Python text of an error: <v>'#NUM!'</v>.
_ERROR = re.compile(r"<c ([^>]*)>((?:<f>[^<]*</f>)?)<v>'(#[^']*)'</v></c>")


def fill_tables(
    scaffold: IO[bytes],
    output: IO[bytes],
    tables: Mapping[str, Iterator[Sequence[Value]]],
    rows: range,
    row_written: Callable[[int], None],
) -> None:
    """Copy the workbook `scaffold` to `output`, with all rows of each table in the place of the two that it has.

    `tables` maps the name of a sheet's part to the values of its table's rows, which stand in `rows`, counted from 1.
    `row_written` is told how many rows have just been written.
    """
    with ZipFile(scaffold) as source, ZipFile(output, "w", ZIP_DEFLATED, compresslevel=6) as target:
        for part in source.namelist():
            content = source.read(part)
            info = ZipInfo(part, EPOCH)
            info.compress_type = ZIP_DEFLATED
            with target.open(info, "w") as file:
                if part in tables:
                    for text, count in _with_rows(content.decode("utf-8"), tables[part], rows):
                        file.write(text.encode("utf-8"))
                        row_written(count)
                elif part.startswith("xl/tables/"):
                    file.write(_ending_in(rows, content.decode("utf-8")).encode("utf-8"))
                else:
                    file.write(content)


def _with_rows(xml: str, values: Iterator[Sequence[Value]], rows: range) -> Iterator[tuple[str, int]]:
    """The sheet's text in pieces, each with the number of table rows in it."""
    start, then = _row_xml(xml, rows[0]), _row_xml(xml, rows[1])
    head, _, rest = xml.partition(start)
    _, _, tail = rest.partition(then)
    yield _ending_in(rows, head), 0
    yield RowPattern(start, rows[0]).fill(rows[0], next(values)), 1
    pattern = RowPattern(then, rows[1])
    most = MAX_PART // (len(then) + 12 * then.count("<v>"))  # a value takes some 12 characters more than its pattern's
    if len(rows) > most:
        raise LimitError(f"{len(rows):,} rows make a sheet too large for Excel's files; about {most:,} fit")
    for k in range(1, len(rows), CHUNK):
        chunk = rows[k : k + CHUNK]
        yield "".join(pattern.fill(row, next(values)) for row in chunk), len(chunk)
    yield tail, 0


def _ending_in(rows: range, xml: str) -> str:
    """The text with the range of the sheet, or of its table, down to the last row in the place of the second."""
    return re.sub(rf' ref="([A-Z]+[0-9]+:[A-Z]+){rows[1]}"', rf' ref="\g<1>{rows[-1]}"', xml)


def _row_xml(xml: str, row: int) -> str:
    match = re.search(rf'<row r="{row}"[^>]*>.*?</row>', xml, re.DOTALL)
    if match is None:
        raise ValueError(f"the sheet has no row {row}")
    return match.group()
