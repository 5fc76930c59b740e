"""Proposing the formula that would be right, in the workbook's own cells.

The one module of the verifier that asks `sheetgen` for a formula; what it says is computed on the same random states
as every other formula before anybody sees it.
"""

from collections import Counter

from sheetgen.expression import Column, Expression, excel
from sheetgen.training_step import table_columns
from templates import LEARNING_RATE, Deltas, delta_of
from verifier.computing.recompute import Formula
from verifier.judging.case import Case, Verdicts
from verifier.reading.references import Axis, Reference, UnsupportedFormulaError, address, column_name, parse


class Mender:
    """Proposes formulas for one table. `verdicts` says which of its own formulas are right."""

    def __init__(self, case: Case, verdicts: Verdicts) -> None:
        self._case = case
        self._verdicts = verdicts
        shown = any(delta_of(net) in case.table.columns for layer in case.network.layers for net in layer.nets)
        columns = table_columns(case.network, Deltas.COLUMNS if shown else Deltas.INLINE)
        self._expressions: dict[str, Expression] = {column.label: column.then for column in columns}

    def mend(self, name: str, row: int) -> str | None:
        """A right formula for a column's cell, as Excel shows it; None where there is none to give."""
        column = self._case.table.columns[name]
        if name in self._case.network.parameters and row == self._case.table.first_row:
            return None
        own = self._usual_right(name)
        if own is not None:
            return own.pattern.text(row, column)
        proposal = self._written(name, row)
        return proposal if proposal is not None and self._is_right(name, row, proposal) else None

    def usual(self, column: int, row: int) -> str | None:
        """The formula of most cells of a column, as it would be in this row."""
        formula = self._case.usual(column)
        return formula.pattern.text(row, column) if formula is not None else None

    def _usual_right(self, name: str) -> Formula | None:
        """The right formula that most cells of the column have."""
        counts = Counter(self._case.column(self._case.table.columns[name]))
        right = (formula for formula, _ in counts.most_common() if formula and self._verdicts.get((name, formula)))
        return next(right, None)

    def _written(self, name: str, row: int) -> str | None:
        """The generator's formula with this workbook's addresses; None where it needs a column that is not there."""
        case = self._case
        rate = case.given.rate

        def column(reference: Column) -> str:
            return f"{column_name(case.table.columns[reference.label])}{row + reference.rows}"

        def setting(label: str) -> str:
            if label != LEARNING_RATE or rate is None:
                raise KeyError(label)
            return repr(rate.value) if rate.cell is None else self._rate_address(rate.cell)

        try:
            return excel(self._expressions[name], column, setting)
        except KeyError:
            return None

    def _rate_address(self, cell: tuple[int, int, int]) -> str:
        sheet, row, column = cell
        name = None if sheet == self._case.table.sheet else self._case.formulas.workbook.sheets[sheet].name
        return address(Reference(name, Axis(row, True), Axis(column, True)), row, column)

    def _is_right(self, name: str, row: int, proposal: str) -> bool:
        """Whether a proposed formula is right in all random states."""
        cell = self._case.cell(name, row)
        try:
            pattern = parse(proposal.removeprefix("="), cell[1], cell[2], {})
            sample = (name, self._case.formulas.compile(pattern, cell[0]))
            return self._case.right_in_random_states({sample: cell})[sample]
        except UnsupportedFormulaError:
            return False
