"""Logs put into a workbook: a sheet each and, of several, one that compares them."""

import shlex
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from xlsxwriter.workbook import Workbook

from sheetgen.generation import QuickWorkbook
from sheetgen.insertion import put_sheets
from sheetgen.insertion.sheet_names import free_sheet_name
from sheetgen.style import Styles
from training_log.comparison import write_comparison
from training_log.sheet import Page, write_page

COMPARISON = "Runs compared"


def add_logs(workbook: str | Path, pages: Sequence[Page], names: Sequence[str]) -> list[str]:
    """Put the sheets of logs into a workbook, which is made where it is not there. Returns the names that they have.

    `names` are those that the sheets get where they are free. The sheet of a run that is there already is replaced
    where it is. Of several runs a last sheet compares them; it is replaced where the same runs are compared again.
    Nothing else in the workbook changes. Raises InsertionError and OSError.
    """
    wanted = list[str]()
    for name in [*names, *([COMPARISON] if len(pages) > 1 else [])]:
        wanted.append(free_sheet_name(name, wanted))
    runs = [page.log.run for page in pages]
    keys = dict(zip(wanted, [*runs, comparison_key(runs)], strict=False))

    def write(book: Workbook) -> None:
        styles = Styles(book)
        written = [
            write_page(book, book.add_worksheet(name), page, styles) for name, page in zip(wanted, pages, strict=False)
        ]
        if len(pages) > 1:
            write_comparison(book, book.add_worksheet(wanted[-1]), written, styles)

    return put_sheets(workbook, write, keys.__getitem__, "Training logs", QuickWorkbook)


def comparison_key(runs: Sequence[str]) -> str:
    """What stands for the comparison of these runs, in whatever order."""
    return f"comparison {sha256(chr(10).join(sorted(runs)).encode()).hexdigest()[:16]}"


def later(record: str | Path, workbook: str | Path, *options: str) -> str:
    """The command that writes a sheet from a record."""
    return shlex.join(["backprop", "log", str(record), "--workbook", str(workbook), *options])
