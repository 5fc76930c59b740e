"""The sheet of a run: `add_run` puts it into a workbook, `write_run_sheet` writes it with XlsxWriter."""

from torch_models.run_sheet.sheet import add_run, write_run_sheet

__all__ = ["add_run", "write_run_sheet"]
