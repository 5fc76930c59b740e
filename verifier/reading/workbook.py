"""Reading a workbook, whatever program wrote it: the content of the file decides how, not its name."""

from pathlib import Path

from verifier.reading.ods import is_opendocument, read_opendocument
from verifier.reading.package import Package
from verifier.reading.sheets import Area, Place, Sheet, Unsupported, Workbook
from verifier.reading.spreadsheetml import read_spreadsheetml

__all__ = ["Area", "Place", "Sheet", "Unsupported", "Workbook", "read_workbook"]


def read_workbook(path: Path) -> Workbook:
    """Read a workbook. Raises WorkbookError."""
    with Package(path) as package:
        return read_opendocument(package) if is_opendocument(package) else read_spreadsheetml(package)
