"""Sheets of logs, read back by openpyxl."""

from pathlib import Path

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet


def sheet_of(path: Path, name: str, data_only: bool = True) -> Worksheet:
    """A sheet, with its cached values or else its formulas."""
    return openpyxl.load_workbook(path, data_only=data_only)[name]


def table_of(path: Path, name: str, data_only: bool = True) -> dict[str, list[object]]:
    """The table of the epochs on a sheet, column by column."""
    sheet = sheet_of(path, name, data_only)
    (table,) = sheet.tables.values()
    labels, *rows = sheet[table.ref]
    return {str(label.value): [row[k].value for row in rows] for k, label in enumerate(labels)}


def beside(sheet: Worksheet, text: str) -> list[object]:
    """What stands to the right of a text, without the empty cells; of the first cell that has it."""
    for row in sheet.iter_rows(values_only=True):
        if text in row:
            return [value for value in row[row.index(text) + 1 :] if value is not None]
    raise AssertionError(f"no cell says {text!r}")


def texts(sheet: Worksheet) -> set[str]:
    """Every text."""
    return {value for row in sheet.iter_rows(values_only=True) for value in row if isinstance(value, str)}
