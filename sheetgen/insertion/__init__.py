"""Sheets put into a workbook that somebody has worked in, with all else left as it is.

from sheetgen.insertion import insert_sheet

insert_sheet("homework.xlsx", lambda workbook, sheet: sheet.write("A1", "Well done"), "Remarks")
"""

from sheetgen.insertion.insert import check_insertable, insert_sheet, insert_sheets, put_sheets, sheets_there
from sheetgen.insertion.package import InsertionError

__all__ = ["InsertionError", "check_insertable", "insert_sheet", "insert_sheets", "put_sheets", "sheets_there"]
