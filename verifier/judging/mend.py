"""Proposing the formula that would be right, in the workbook's own cells.

The one module of the verifier that asks `sheetgen` for a formula; what it says is computed on the same random states
as every other formula before anybody sees it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

import numpy as np

from sheetgen.mathematics.expression import Column, Expression, excel
from sheetgen.mathematics.training_step import table_columns
from templates import LEARNING_RATE, Deltas, delta_of
from verifier.computing.recompute import Cell
from verifier.findings import Repair
from verifier.judging.case import Case, Verdicts
from verifier.judging.siblings import sibling_formulas
from verifier.reading.parsing import parse
from verifier.reading.references import Axis, Pattern, Reference, UnsupportedFormulaError, address, column_name


class Mender:
    """Proposes formulas for one table. `verdicts` says which of its own formulas are right."""

    def __init__(self, case: Case, verdicts: Verdicts) -> None:
        self._case = case
        self._verdicts = verdicts
        layers = case.network.layers if case.network is not None else ()
        shown = any(delta_of(net) in case.table.columns for layer in layers for net in layer.nets)
        deltas = Deltas.COLUMNS if shown else Deltas.INLINE
        columns = table_columns(case.network, deltas) if case.network is not None else ()
        self._expressions: dict[str, Expression] = {column.label: column.then for column in columns}
        self._patterns: dict[str, Pattern | None] = {}

    def mend(self, name: str, row: int) -> str | None:
        """A right formula for a column's cell, as Excel shows it; None where there is none to give, or a number."""
        starts = name in self._case.model.parameters and row == self._case.table.first_row
        if starts or (self._is_given(name) and self._case.usual(self._case.table.columns[name]) is None):
            return None
        pattern = self._pattern(name, row)
        return None if pattern is None else pattern.text(row, self._case.table.columns[name])

    def learn(self, name: str, row: int, formula: str) -> None:
        """Take over a formula that undoes a slip in a column, if it is right; one that the column has itself stays.

        It is in its writer's own style, more than any that is made for the column.
        """
        if any(self._own(name)):
            return
        try:
            pattern = parse(formula.removeprefix("="), row, self._case.table.columns[name], {})
        except UnsupportedFormulaError:
            return
        if self._is_right(name, row, pattern):
            self._patterns[name] = pattern

    def usual(self, column: int, row: int) -> str | None:
        """The formula of most cells of a column, as it would be in this row."""
        formula = self._case.usual(column)
        return formula.pattern.text(row, column) if formula is not None else None

    def repairs(self, name: str | None, column: int, rows: Iterable[int]) -> tuple[Repair, ...]:
        """What mends cells of a column, `name` being None where it has none; empty where one cannot be mended."""
        contents = {row: self.usual(column, row) if name is None else self._content(name, row) for row in rows}
        if None in contents.values():
            return ()
        sheet = self._case.table.sheet
        return tuple(Repair(sheet, row, column, content) for row, content in contents.items() if content is not None)

    def row_repairs(self, rows: Iterable[int]) -> tuple[Repair, ...]:
        """What fills empty rows again, columns without a name too where they have formulas; empty where it cannot."""
        found: list[Repair] = []
        for row in sorted(rows):
            for name, column in self._case.table.columns.items():
                repairs = self.repairs(name if name in self._case.order else None, column, [row])
                if not repairs and name in self._case.order:
                    return ()
                found += repairs
            for column in (*self._case.table.repeated, *self._case.table.unnamed):
                found += self.repairs(None, column, [row])
        return tuple(found)

    def _content(self, name: str, row: int) -> str | float | None:
        """What a cell should hold: of what is given the rest of its column's formula or number, else a formula."""
        case = self._case
        is_given = self._is_given(name)
        formula = self._taken_over(name, row) if is_given else self.mend(name, row)
        if formula is not None:
            return formula
        is_constant = name in case.model.parameters and name not in case.model.trained and row > case.table.first_row
        if is_given or is_constant:
            number = float(case.expected[name][case.iteration(row)])
            return None if np.isnan(number) else number
        return None

    def _is_given(self, name: str) -> bool:
        return name in (*self._case.model.inputs, *self._case.model.targets)

    def _taken_over(self, name: str, row: int) -> str | None:
        """The formula by which a given column repeats its number below the start; None where it holds numbers."""
        formula, cell = self._case.usual(self._case.table.columns[name]), self._case.cell(name, row)
        if formula is None or row == self._case.table.first_row:
            return None
        expected = self._case.expected[name][self._case.iteration(row)]
        try:
            is_right = self._case.formulas.compute(cell, self._case.seeded, formula) == expected
        except UnsupportedFormulaError:
            return None
        return self.usual(cell[2], row) if is_right else self.mend(name, row)

    def _pattern(self, name: str, row: int) -> Pattern | None:
        """A formula for a column that is right in a row of it, and so in all."""
        if name not in self._patterns:
            candidates = self._candidates(name, row)
            self._patterns[name] = next((c for c in candidates if self._is_right(name, row, c)), None)
        return self._patterns[name]

    def _candidates(self, name: str, row: int) -> Iterator[Pattern]:
        """The column's own right formulas, the most common first, those that its siblings have, and the generator's."""
        column = self._case.table.columns[name]
        yield from self._own(name)
        if self._case.network is not None:
            yield from sibling_formulas(self._case, self._case.network, name)
        written = self._written(name, row)
        if written is not None:
            yield parse(written.removeprefix("="), row, column, {})

    def _own(self, name: str) -> Iterator[Pattern]:
        """The right formulas that a column has, the most common first."""
        for formula, _ in Counter(self._case.column(self._case.table.columns[name])).most_common():
            if formula is not None and self._verdicts.get((name, formula)) and formula.pattern.element is None:
                yield formula.pattern

    def _written(self, name: str, row: int) -> str | None:
        """The generator's formula with this workbook's addresses; None where it needs a column that is not there."""
        case = self._case
        rate = case.given.rate

        def column(reference: Column) -> str:
            if reference.label in case.table.fixed:
                return self._anchored(case.table.fixed[reference.label])
            if reference.label in case.table.columns:
                return f"{column_name(case.table.columns[reference.label])}{row + reference.rows}"
            if reference.rows:
                raise KeyError(reference.label)
            return f"({excel(self._expressions[reference.label], column, setting).removeprefix('=')})"

        def setting(label: str) -> str:
            if label != LEARNING_RATE or rate is None:
                raise KeyError(label)
            if rate.by_row:  # each row has its own
                return self._relative(rate.by_row[row], row)
            return repr(rate.value) if rate.cell is None else self._anchored(rate.cell)

        try:
            return excel(self._expressions[name], column, setting)
        except KeyError:
            return None

    def _anchored(self, cell: Cell) -> str:
        _, row, column = cell
        return address(Reference(self._sheet_name(cell), Axis(row, True), Axis(column, True)), row, column)

    def _relative(self, cell: Cell, row: int) -> str:
        """The address of a cell in a formula of a row, to be filled down with it."""
        return address(Reference(self._sheet_name(cell), Axis(cell[1] - row, False), Axis(cell[2], False)), row, 0)

    def _sheet_name(self, cell: Cell) -> str | None:
        """The sheet of a cell as a formula of the table has to name it; None for its own."""
        return None if cell[0] == self._case.table.sheet else self._case.formulas.workbook.sheets[cell[0]].name

    def _is_right(self, name: str, row: int, pattern: Pattern) -> bool:
        """Whether a proposed formula is right in all random states."""
        cell = self._case.cell(name, row)
        try:
            sample = (name, self._case.formulas.compile(pattern, cell[0]))
            return self._case.right_in_random_states({sample: cell})[sample]
        except UnsupportedFormulaError:
            return False
