"""Put a dense network into a workbook as one sheet of matrices at right angles."""

from pathlib import Path

import numpy as np
from xlsxwriter.workbook import Workbook

from sheetgen.generation import QuickWorkbook
from sheetgen.insertion import put_sheets
from sheetgen.layout import LimitError
from sheetgen.matrices.net import Net
from sheetgen.matrices.passes import passes_of
from sheetgen.matrices.sheet import write_matrices_sheet
from sheetgen.style import Styles


def write_matrices(net: Net, workbook: Path, key: str | None = None) -> list[str]:
    """Put the sheet into a workbook, or write a new one where there is none; the name that it has there.

    A sheet of the same `key`, or without one of a network of the same name, is replaced. Raises LimitError,
    InsertionError, OSError.
    """
    passes = passes_of(net)
    if not all(np.isfinite(matrix.values).all() for one in passes.written for matrix in one.matrices):
        raise LimitError(f"{net.name} gives numbers that are too large for a cell: take smaller inputs or weights")

    def write(book: Workbook) -> None:
        write_matrices_sheet(book, Styles(book), net, passes)

    return put_sheets(workbook, write, key or f"live {net.name}", f"{net.name} as matrices", QuickWorkbook)
