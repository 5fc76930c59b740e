"""The sheet of a run: `add_run` puts it into a workbook, `write_run_sheet` writes it with XlsxWriter.

`page_of` says what the sheet of a run or of any other training log shows.
"""

from torch_models.run_sheet.pages import exercise_record, page_of
from torch_models.run_sheet.sheet import add_run, write_run_sheet

__all__ = ["add_run", "exercise_record", "page_of", "write_run_sheet"]
