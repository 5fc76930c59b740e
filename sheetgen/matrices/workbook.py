"""Write a dense network as a workbook with one sheet of matrices at right angles."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from opc.files import EPOCH, whole_file
from sheetgen.generation import QuickWorkbook
from sheetgen.layout import LimitError
from sheetgen.matrices.net import Net
from sheetgen.matrices.passes import passes_of
from sheetgen.matrices.sheet import write_matrices_sheet
from sheetgen.style import Styles


def write_matrices(net: Net, output: Path) -> None:
    """Write the workbook to `output`, in the place of what is there, whole or not at all.

    Raises LimitError, OSError.
    """
    passes = passes_of(net)
    if not all(np.isfinite(matrix.values).all() for one in passes.written for matrix in one.matrices):
        raise LimitError(f"{net.name} gives numbers that are too large for a cell: take smaller inputs or weights")
    with whole_file(output) as file:
        workbook = QuickWorkbook(file, {"in_memory": True})
        created = datetime(*EPOCH, tzinfo=UTC)  # not now: equal input gives an equal file
        workbook.set_properties({"title": f"{net.name} as matrices", "created": created})
        write_matrices_sheet(workbook, Styles(workbook), net, passes)
        workbook.close()
