"""The rows of the training tables, put into the workbook that XlsxWriter wrote.

XlsxWriter writes a table's first two rows with formulas that name no rows but `ROW` and `BEFORE`. Their text,
formats and all, is the pattern: each row of the table is the pattern with its row numbers and values filled in,
which is many times faster than writing the cells one by one, and needs memory for one row only.
"""

import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from sheetgen.values import Value

ROW, BEFORE = "⟨row⟩", "⟨before⟩"  # stand for the numbers of a row and of the one before it
CHUNK = 256  # rows written at once
EPOCH = (1980, 1, 1, 0, 0, 0)  # the time of every part, as XlsxWriter sets it: equal input gives an equal file


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
    first_row: int,
    row_written: Callable[[int], None],
) -> None:
    """Copy the workbook `scaffold` to `output`, with all rows of each table in the place of the two that it has.

    `tables` maps the name of a sheet's part to the values of its table's rows, of which the first is in row
    `first_row`, counted from 1. `row_written` is told how many rows have just been written.
    """
    with ZipFile(scaffold) as source, ZipFile(output, "w", ZIP_DEFLATED, compresslevel=6) as target:
        for part in source.namelist():
            info = ZipInfo(part, EPOCH)
            info.compress_type = ZIP_DEFLATED
            if part not in tables:
                with source.open(part) as before, target.open(info, "w") as after:
                    shutil.copyfileobj(before, after)
                continue
            xml = source.read(part).decode("utf-8")
            with target.open(info, "w") as after:
                for text, count in _with_rows(xml, tables[part], first_row):
                    after.write(text.encode("utf-8"))
                    row_written(count)


def _with_rows(xml: str, rows: Iterator[Sequence[Value]], first_row: int) -> Iterator[tuple[str, int]]:
    """The sheet's text in pieces, each with the number of table rows in it."""
    start, then = _row_xml(xml, first_row), _row_xml(xml, first_row + 1)
    head, _, rest = xml.partition(start)
    _, _, tail = rest.partition(then)
    yield head, 0
    yield RowPattern(start, first_row).fill(first_row, next(rows)), 1
    pattern, chunk = RowPattern(then, first_row + 1), []
    for number, values in enumerate(rows, first_row + 1):
        chunk.append(pattern.fill(number, values))
        if len(chunk) == CHUNK:
            yield "".join(chunk), len(chunk)
            chunk = []
    yield "".join(chunk), len(chunk)
    yield tail, 0


def _row_xml(xml: str, row: int) -> str:
    match = re.search(rf'<row r="{row}"[^>]*>.*?</row>', xml, re.DOTALL)
    if match is None:
        raise ValueError(f"the sheet has no row {row}")
    return match.group()
