"""Workbooks with one table of any columns, under any names, for tests of nets that the vocabulary does not have."""

from collections.abc import Mapping
from pathlib import Path

import openpyxl

from tests.verifier.calculator import letters_of

# {x} is the cell of x in the same row, {x'} that in the row before; a number is what the column starts from or holds.
Columns = Mapping[str, float | str | tuple[float, str]]


def write_table(path: Path, columns: Columns, rate: tuple[str, float], rows: int = 10, first_column: int = 1) -> Path:
    """A table with its labels in row 4; the learning rate's label is in A1, its number in B1."""
    workbook = openpyxl.Workbook()
    sheet = workbook.worksheets[0]
    sheet["A1"], sheet["B1"] = rate
    letters = {name: letters_of(number) for number, name in enumerate(columns, first_column)}
    for name, column in columns.items():
        sheet[f"{letters[name]}4"] = name
        for k in range(rows):
            first, then = column if isinstance(column, tuple) else (column, column)
            sheet[f"{letters[name]}{5 + k}"] = _content(first if k == 0 else then, letters, 5 + k)
    workbook.save(path)
    return path


def _content(form: float | str, letters: Mapping[str, str], row: int) -> float | str:
    if not isinstance(form, str):
        return form
    for name, column in letters.items():
        form = form.replace(f"{{{name}}}", f"{column}{row}").replace(f"{{{name}'}}", f"{column}{row - 1}")
    return f"={form}"
