"""A column of a table as a function of the columns that it reads, by the formula that most of its cells have."""

from collections.abc import Mapping
from functools import partial

from verifier.computing.recompute import Cell
from verifier.judging.case import Case
from verifier.judging.forward import Node, own_formula
from verifier.reading.references import UnsupportedFormulaError, column_name


def own_node(case: Case, name: str) -> Node | None:
    """The function that most cells of a column have, of the columns that it reads; None where there is none such."""
    column = _column_of(case, name)
    formula = case.usual(column) or next((f for f in reversed(case.column(column)) if f is not None), None)
    if formula is None:
        return None
    row = case.table.first_row + max(k for k, f in enumerate(case.column(column)) if f is formula)
    try:
        node = own_formula(
            formula, (case.table.sheet, row, column), case.formulas, partial(_name_in_row, case, row), case.chain
        )
    except (UnsupportedFormulaError, _OtherRowError):
        return None
    return node if name not in node.reads else None


class _OtherRowError(Exception):
    """A formula of the forward pass reads another iteration."""


def _name_in_row(case: Case, row: int, cell: Cell) -> str | None:
    """The name of a cell that is read in a row; None of one outside the table. What is given may stand in any row."""
    sheet, number, column = cell
    fixed = next((name for name, place in case.table.fixed.items() if place == cell), None)
    if fixed is not None:
        return fixed
    name = names_of_columns(case.table.columns, case.table.unnamed).get(column)
    if sheet != case.table.sheet or name is None or number not in case.table.rows:
        return None
    if number != row and name not in (*case.model.inputs, *case.model.targets):
        raise _OtherRowError
    return name


def names_of_columns(columns: Mapping[str, int], unnamed: Mapping[int, str]) -> dict[int, str]:
    """The names of all columns; one that the vocabulary has none for goes by its letters."""
    return {column: column_name(column) for column in unnamed} | {column: name for name, column in columns.items()}


def _column_of(case: Case, name: str) -> int:
    by_name = {other: column for column, other in names_of_columns(case.table.columns, case.table.unnamed).items()}
    return by_name[name]
