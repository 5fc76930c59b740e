"""Proposing the formula that would be right, in the workbook's own cells.

The one module of the verifier that asks `sheetgen` for a formula. What is proposed has been computed in each cell that
is to hold it, on the sheet's own numbers and on random states, before anybody sees it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from sheetgen.mathematics.expression import Column, Expression
from sheetgen.mathematics.notation import excel
from sheetgen.mathematics.training_step import table_columns
from templates import LEARNING_RATE, Deltas, delta_of
from verifier.computing.recompute import Cell
from verifier.findings import Repair
from verifier.judging.case import Case, Verdicts
from verifier.judging.siblings import sibling_formulas
from verifier.judging.standing import Proposed, Standing
from verifier.reading.parsing import parse
from verifier.reading.references import Axis, Pattern, Reference, UnsupportedFormulaError, address, column_name

Rows = tuple[int, ...]  # of a table, from top to bottom


class Mender:
    """Proposes formulas for one table. `verdicts` says which of its own formulas are right."""

    def __init__(self, case: Case, verdicts: Verdicts) -> None:
        self._case = case
        self._verdicts = verdicts
        shown = any(delta_of(net) in case.table.columns for layer in case.network.layers for net in layer.nets)
        deltas = Deltas.COLUMNS if shown else Deltas.INLINE
        columns = table_columns(case.network, deltas)
        self._expressions: dict[str, Expression] = {column.label: column.then for column in columns}
        self._learned: dict[str, Pattern] = {}
        self._found: dict[tuple[str, Rows], Pattern | None] = {}

    def mend(self, name: str, rows: Rows) -> str | None:
        """A formula that is right in these rows of a column, as Excel shows it in the first of them.

        None where there is none to give, or a number.
        """
        pattern = self._pattern(name, rows)
        starts = rows[0] == self._start(name)
        return None if starts or pattern is None else pattern.text(rows[0], self._case.table.columns[name])

    def learn(self, name: str, rows: Rows, formula: str) -> bool:
        """Whether a formula for the first of some rows is right in all of them, filled down.

        It undoes a slip, and is in its writer's own style, more than any that is made for the column: so it is taken
        over; but a right one that the column has itself stays.
        """
        try:
            pattern = parse(formula.removeprefix("="), rows[0], self._case.table.columns[name], {})
        except UnsupportedFormulaError:
            return False
        holds = self._holds(name, rows, pattern)
        if holds and not any(self._own(name)):
            self._learned[name] = pattern
            self._found.clear()
        return holds

    def usual(self, column: int, row: int) -> str | None:
        """The formula of most cells of a column, as it would be in this row."""
        formula = self._case.usual(column)
        return formula.pattern.text(row, column) if formula is not None else None

    def repairs(self, name: str | None, column: int, rows: Rows) -> tuple[Repair, ...]:
        """What mends cells of a column, `name` being None where it has none; empty where one cannot be mended."""
        contents = self._usual_contents(column, rows) if name is None else self._contents(name, rows)
        if None in contents.values():
            return ()
        sheet = self._case.table.sheet
        return tuple(Repair(sheet, row, column, content) for row, content in contents.items() if content is not None)

    def row_repairs(self, rows: Iterable[int]) -> tuple[Repair, ...]:
        """What fills empty rows again, columns without a name too where they have formulas; empty where it cannot."""
        found: list[Repair] = []
        wanted = tuple(sorted(rows))
        for name, column in self._case.table.columns.items():
            repairs = self.repairs(name if name in self._case.order else None, column, wanted)
            if not repairs and name in self._case.order:
                return ()
            found += repairs
        for column in (*self._case.table.repeated, *self._case.table.unnamed):
            found += self.repairs(None, column, wanted)
        return tuple(sorted(found, key=lambda repair: repair.row))

    def _usual_contents(self, column: int, rows: Rows) -> dict[int, str | None]:
        """The formula of most cells of a column in these rows, unless it is an error in one of them."""
        formula = self._case.usual(column)
        cells = [(self._case.table.sheet, row, column) for row in rows]
        if formula is None or Standing.ERROR in self._standings(dict.fromkeys(cells, formula)):
            return dict.fromkeys(rows)
        return {row: formula.pattern.text(row, column) for row in rows}

    def _contents(self, name: str, rows: Rows) -> dict[int, str | float | None]:
        """What cells should hold: of what is given the rest of its column's formula or number, else a formula."""
        pattern, column = self._pattern(name, rows), self._case.table.columns[name]
        contents: dict[int, str | float | None] = {}
        for row in rows:
            if self._is_given(name):
                contents[row] = self._taken_over(name, row, pattern) or self._number(name, row)
            elif pattern is not None and row != self._start(name):
                contents[row] = pattern.text(row, column)
            else:
                is_constant = name in self._case.model.parameters and name not in self._case.model.trained
                contents[row] = self._number(name, row) if is_constant and row != self._start(name) else None
        return contents

    def _number(self, name: str, row: int) -> float | None:
        """The right number of a cell; None where it is beyond Excel's."""
        number = float(self._case.expected[name][self._case.iteration(row)])
        return None if np.isnan(number) else number

    def _start(self, name: str) -> int | None:
        """The row in which a column holds a number to start from; None where it is computed in all."""
        return self._case.table.first_row if name in self._case.model.parameters else None

    def _is_given(self, name: str) -> bool:
        return name in (*self._case.model.inputs, *self._case.model.targets)

    def _taken_over(self, name: str, row: int, pattern: Pattern | None) -> str | None:
        """The formula by which a given column repeats its number below the start; None where it holds numbers.

        It is the column's own where that is right, else a pattern that is.
        """
        column, cell = self._case.table.columns[name], self._case.cell(name, row)
        formula = self._case.usual(column)
        if formula is None or row == self._case.table.first_row:
            return None
        expected = self._case.expected[name][self._case.iteration(row)]
        try:
            is_right = self._case.formulas.compute(cell, self._case.seeded, formula) == expected
        except UnsupportedFormulaError:
            return None
        chosen = formula.pattern if is_right else pattern
        return None if chosen is None else chosen.text(row, column)

    def _pattern(self, name: str, rows: Rows) -> Pattern | None:
        """A formula for a column that is right in all these rows, but for a number to start from."""
        if self._is_given(name) and self._case.usual(self._case.table.columns[name]) is None:
            return None
        key = name, rows
        if key not in self._found:
            candidates = self._candidates(name, rows[0])
            forms = (form for candidate in candidates for form in self._forms(candidate, name, rows[0]))
            self._found[key] = next((form for form in forms if self._holds(name, rows, form)), None)
        return self._found[key]

    def _forms(self, pattern: Pattern, name: str, row: int) -> Iterator[Pattern]:
        """A formula as it is, and if it reads cells outside the table, with `$` before their rows as of this one."""
        yield pattern
        columns, rows = self._case.table.columns.values(), self._case.table.rows
        own = self._case.table.columns[name]

        def held(reference: Reference) -> Reference:
            number = reference.row.at(row)
            inside = reference.sheet is None and reference.column.at(own) in columns and number in rows
            return reference if inside or reference.is_range else replace(reference, row=Axis(number, True))

        references = tuple(map(held, pattern.references))
        if references != pattern.references:
            yield Pattern(pattern.skeleton, references)

    def _candidates(self, name: str, row: int) -> Iterator[Pattern]:
        """One that undoes a slip, the column's own right ones, those that its siblings have, and the generator's."""
        column = self._case.table.columns[name]
        if name in self._learned:
            yield self._learned[name]
        yield from self._own(name)
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

    def _holds(self, name: str, rows: Rows, pattern: Pattern) -> bool:
        """Whether a proposed formula is right in each of these rows where it stands, but for a number to start from."""
        cells = [self._case.cell(name, row) for row in rows if row != self._start(name)]
        try:
            formula = self._case.formulas.compile(pattern, self._case.table.sheet)
        except UnsupportedFormulaError:
            return False
        return self._standings(dict.fromkeys(cells, formula)) <= {Standing.RIGHT}

    def _standings(self, proposed: Proposed) -> set[Standing]:
        try:
            return set(self._case.standings(proposed).values())
        except UnsupportedFormulaError:
            return {Standing.UNKNOWN}
