"""What another engine gets to see of a workbook: numbers, texts, and the formulas that the verifier itself computes.

The workbook's file may have been made to do harm, so no other engine ever opens it. It gets a copy that is written
from what the verifier has understood: constants, and formulas made of functions that it knows, whose names and sheets
are resolved. A formula that it does not compute itself counts with its cached value. So nothing that reaches outside
the workbook is in the copy, and no name that somebody else chose.
"""

from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from verifier.computing.recompute import Cell, Formula, Formulas
from verifier.reading.later_functions import in_file
from verifier.reading.references import Pattern
from verifier.values import ERROR_NAMES, ExcelError, Value

if TYPE_CHECKING:
    import xlsxwriter

_ERRORS = frozenset(ERROR_NAMES) - {"#GETTING_DATA"}  # those that can be written as a formula


@dataclass(frozen=True)
class PlainBook:
    """The cells of a workbook of `sheets` sheets: constants, none of them empty, and formulas with their `=`.

    The formulas in `arrays` compute on ranges, as an array formula of a single cell does: where Excel would take one
    cell of a range, that is what they say.
    """

    sheets: int
    values: Mapping[Cell, float | bool | str]
    formulas: Mapping[Cell, str]
    arrays: Set[Cell] = frozenset()


def sheet_name(number: int) -> str:
    """The name of a sheet in the copy, counted from 0."""
    return f"Sheet{number + 1}"


def plain_book(formulas: Formulas, failed: Collection[Cell]) -> PlainBook:
    """All that another engine may see of a workbook; the formulas in `failed` stand there with their cached values."""
    constants = formulas.constants() | {cell: formulas.cached(cell) for cell in failed}
    values = {cell: _harmless(value) for cell, value in constants.items() if value is not None}
    patterns: dict[Formula, Pattern] = {}
    texts, arrays = {}, set()
    for cell in formulas:
        formula = formulas.get(cell)
        if formula is not None and cell not in failed:
            if formula not in patterns:
                patterns[formula] = _renamed(formula)
            texts[cell] = _text(patterns[formula], cell)
            if formula.places is None:  # where one of its references is a range
                arrays.add(cell)
    return PlainBook(len(formulas.workbook.sheets), values, texts, arrays)


def _renamed(formula: Formula) -> Pattern:
    """A formula's pattern with the copy's names of the sheets."""
    references = zip(formula.pattern.references, formula.sheets, strict=True)
    renamed = (ref if ref.sheet is None else replace(ref, sheet=sheet_name(number)) for ref, number in references)
    return replace(formula.pattern, references=tuple(renamed))


def _text(pattern: Pattern, cell: Cell) -> str:
    """The formula in a cell, with its `=`; of one that gives an array, the element that the cell shows."""
    text = pattern.text(*cell[1:])
    if pattern.element is None:
        return text
    row, column = pattern.element
    return f"=INDEX({text.removeprefix('=')},{row + 1},{column + 1})"


def _harmless(value: float | bool | str) -> float | bool | str:
    """The value, but an error's name only where it is one: it will be written as a formula."""
    return ExcelError("#VALUE!") if isinstance(value, ExcelError) and value not in _ERRORS else value


def write_copy(book: PlainBook, path: Path) -> None:
    """Write the cells as an .xlsx with nothing else in it, row by row, so that memory stays small."""
    import xlsxwriter

    options = {"constant_memory": True, "tmpdir": str(path.parent)}
    with xlsxwriter.Workbook(str(path), options) as workbook:
        sheets = [workbook.add_worksheet(sheet_name(number)) for number in range(book.sheets)]
        for cell in sorted(book.values.keys() | book.formulas.keys()):
            number, row, column = cell[0], cell[1] - 1, cell[2] - 1
            if cell in book.arrays:
                sheets[number].write_array_formula(row, column, row, column, in_file(book.formulas[cell]))
            elif cell in book.formulas:
                sheets[number].write_formula(row, column, in_file(book.formulas[cell]))
            else:
                _write_value(sheets[number], row, column, book.values[cell])


def _write_value(sheet: "xlsxwriter.worksheet.Worksheet", row: int, column: int, value: Value) -> None:
    """Write a constant into a cell whose row and column count from 0."""
    if isinstance(value, ExcelError):
        sheet.write_formula(row, column, f"={value}", None, value)
    elif isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, str):
        sheet.write_string(row, column, value)
    else:
        sheet.write_number(row, column, value)
