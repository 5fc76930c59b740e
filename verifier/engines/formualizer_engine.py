"""formualizer, a spreadsheet engine in Rust, asked through its Python package, in this process.

It is given cells, never a file. Its rows and columns count from 1; a date comes as its serial number where that is
asked for; an error comes as a dictionary that names its kind.
"""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from verifier.computing.recompute import Cell
from verifier.engines.calculator import EngineError
from verifier.engines.plain_book import PlainBook, sheet_name
from verifier.values import ExcelError, Value

MISSING = (
    "the engine formualizer is not installed; install it with `pip install '.[formualizer]'` in the project's folder, "
    "or choose another engine"
)
_ERRORS = {
    "Null": "#NULL!", "Div": "#DIV/0!", "Value": "#VALUE!", "Ref": "#REF!", "Name": "#NAME?", "Num": "#NUM!",
    "Na": "#N/A", "Spill": "#SPILL!", "Calc": "#CALC!", "Circ": "#CIRC!",
}  # fmt: skip


@dataclass(frozen=True)
class Formualizer:
    """Calculates by formualizer."""

    name: str = "formualizer"

    @classmethod
    def installed(cls) -> "Formualizer":
        """The engine, where it can be imported. Raises EngineError."""
        try:
            importlib.import_module("formualizer")
        except ImportError:
            raise EngineError(MISSING) from None
        return cls()

    def calculate(self, book: PlainBook) -> Mapping[Cell, Value]:
        """The values of all formulas. Raises EngineError."""
        workbook = importlib.import_module("formualizer").Workbook()
        workbook.set_temporal_egress("serial")
        for number in range(book.sheets):
            workbook.add_sheet(sheet_name(number))
        try:
            for cell, value in book.values.items():
                _set_value(workbook, cell, value)
            for (number, row, column), text in book.formulas.items():
                workbook.set_formula(sheet_name(number), row, column, text)
            workbook.evaluate_all()
        except Exception as error:  # the package has exceptions of many kinds, with no parent of their own
            raise EngineError(f"formualizer could not calculate it ({type(error).__name__}: {error})") from None
        return {cell: _value(workbook.get_value(sheet_name(cell[0]), *cell[1:])) for cell in book.formulas}


def _set_value(workbook: Any, cell: Cell, value: Value) -> None:
    number, row, column = cell
    if isinstance(value, ExcelError):
        workbook.set_formula(sheet_name(number), row, column, f"={value}")
    else:
        workbook.set_value(sheet_name(number), row, column, value)


def _value(value: Any) -> Value:
    """A value of formualizer's as the verifier has it."""
    if isinstance(value, dict):
        return ExcelError(_ERRORS.get(value.get("kind", ""), "#VALUE!"))
    if isinstance(value, list):  # an array that spills from the cell: its own value is the first
        return _value(value[0]) if value else None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) + 0.0  # Excel has no negative zero
    return value if isinstance(value, bool | str) else None
