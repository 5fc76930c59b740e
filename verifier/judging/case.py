"""One training table with all that is needed to check it: its network, what it is given, and what the oracle says."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from operator import itemgetter

import numpy as np

from templates import TOTAL_LOSS, Network, delta_of, gradient_of
from verifier.computing.recompute import Cell, Formula, Formulas
from verifier.findings import Kind
from verifier.judging.given import MAJORITY, Given
from verifier.judging.oracle import Array, train
from verifier.judging.states import on_cells, random_states
from verifier.judging.tables import Table
from verifier.reading.references import UnsupportedFormulaError
from verifier.values import ExcelError, Value

# A formula's rounding is some 1e-16 of its largest operand. These leave room for that, and none for a wrong formula.
RELATIVE = 1e-9
ABSOLUTE = 1e-12  # of the largest number in the column
ROUNDING = 1e-14  # of 1, the size of what is subtracted in a gradient that vanishes


Verdicts = dict[tuple[str, Formula], bool]  # whether a formula is right in the column of a name


@dataclass(frozen=True)
class Case:
    """A table to be checked; `chain` holds the values of all formulas of the workbook, recomputed."""

    table: Table
    network: Network
    given: Given
    formulas: Formulas
    chain: Mapping[Cell, Value]

    @cached_property
    def expected(self) -> dict[str, Array]:
        """What the oracle says, (rows,) for each name of the vocabulary."""
        return train(self.network, self.given.start)

    @cached_property
    def seeded(self) -> dict[Cell, Value]:
        """The oracle's values in the table's cells, and the learning rate in its cell."""
        values = on_cells(self.table, self.expected, self.table.rows)
        if self.given.rate is not None and self.given.rate.cell is not None:
            values[self.given.rate.cell] = self.given.rate.value
        return values

    @cached_property
    def scales(self) -> dict[str, float]:
        """The size of the largest number of each column."""
        return {
            name: float(np.max(np.abs(series[np.isfinite(series)]), initial=0.0))
            for name, series in self.expected.items()
        }

    @cached_property
    def order(self) -> dict[str, int]:
        """The place of each name in the order in which an iteration computes them."""
        network = self.network
        names = [*network.targets, *network.inputs, *network.parameters]
        for layer in network.layers:
            names += [name for pair in zip(layer.nets, layer.outputs, strict=True) for name in pair]
        names += [*network.losses, TOTAL_LOSS]
        for layer in reversed(network.layers):
            names += [delta_of(net) for net in layer.nets]
        names += [gradient_of(name) for name in network.trained]
        return {name: place for place, name in enumerate(names)}

    def cell(self, name: str, row: int) -> Cell:
        """The cell of a column in a row."""
        return self.table.sheet, row, self.table.columns[name]

    def column(self, column: int) -> list[Formula | None]:
        """The formulas of a column's cells, one for each row."""
        if column not in self._columns:
            sheet, get = self.table.sheet, self.formulas.get
            self._columns[column] = [get((sheet, row, column)) for row in self.table.rows]
        return self._columns[column]

    @cached_property
    def _columns(self) -> dict[int, list[Formula | None]]:
        return {}

    def usual(self, column: int) -> Formula | None:
        """The formula that nearly all cells of a column have below the start and the first update; None without one."""
        below = self.column(column)[2:]
        formula, count = Counter(below).most_common(1)[0] if below else (None, 0)
        return formula if count > 2 and count >= MAJORITY * len(below) else None

    def wrong_kind(self, name: str) -> Kind:
        """What a wrong formula in the column of a name is called, by the step of the training that it belongs to."""
        if name in self.network.parameters:
            return Kind.WRONG_UPDATE
        return Kind.WRONG_GRADIENT if name[0] in "∂δ" else Kind.WRONG_FORWARD

    def iteration(self, row: int) -> int:
        """The iteration of a row, the start being 0."""
        return row - self.table.first_row

    def computed(self, name: str) -> list[Value]:
        """What each cell of a column gives on the oracle's values of what it reads, or holds.

        None where it is empty, or its formula cannot be computed.
        """
        column = self.table.columns[name]
        values: list[Value] = []
        for formula, run in groupby(zip(self.column(column), self.table.rows, strict=True), key=itemgetter(0)):
            rows = [row for _, row in run]
            cells = [(self.table.sheet, row, column) for row in rows]
            if formula is None:
                values += map(self.formulas.cached, cells)
                continue
            values += self._at_once(formula, rows, column) or [self._local(cell, formula) for cell in cells]
        return values

    def _at_once(self, formula: Formula, rows: Sequence[int], column: int) -> list[Value]:
        """A formula down its rows, all of them at once; nothing where that cannot be done."""
        operands = [self._operand(formula, k, rows, column) for k in range(len(formula.sheets))]
        known = [operand for operand in operands if operand is not None]
        if not operands or len(known) < len(operands):
            return []
        try:
            return list(map(formula.function, zip(*known, strict=True)))
        except UnsupportedFormulaError:
            return []

    def _operand(self, formula: Formula, k: int, rows: Sequence[int], column: int) -> Sequence[Value] | None:
        """The oracle's values of a formula's k-th reference down its rows; None where it reads outside the table."""
        sheet, reference = formula.sheets[k], formula.pattern.references[k]
        cell = (sheet, reference.row.at(rows[0]), reference.column.at(column))
        if reference.is_range or cell not in self.seeded:
            return None
        if reference.row.anchored:
            return [self.seeded[cell]] * len(rows)
        first = cell[1] - self.table.first_row
        series = self._series.get(cell[2], ()) if sheet == self.table.sheet else ()
        return series[first : first + len(rows)] if 0 <= first <= len(series) - len(rows) else None

    @cached_property
    def _series(self) -> dict[int, list[Value]]:
        """The oracle's values by column."""
        table = self.table
        return {
            column: [self.seeded[table.sheet, row, column] for row in table.rows]
            for name, column in table.columns.items()
            if name in self.expected
        }

    def _local(self, cell: Cell, formula: Formula) -> Value:
        try:
            return self.formulas.compute(cell, self.seeded, formula)
        except UnsupportedFormulaError:
            return None

    def disagreeing(self, name: str, values: Sequence[Value]) -> list[bool]:
        """Where the values of a column, one a row, are not the oracle's up to rounding.

        Where the oracle's is beyond Excel's numbers nothing can be said, and nothing is.
        """
        expected = self.expected[name]
        tolerance = RELATIVE * np.abs(expected) + ABSOLUTE * self.scales[name] + ROUNDING
        with np.errstate(invalid="ignore"):
            agrees = np.abs(numbers_of(values) - expected) <= tolerance
        wrong: list[bool] = (~agrees & ~np.isnan(expected)).tolist()
        return wrong

    def right_in_random_states(self, samples: Mapping[tuple[str, Formula], Cell]) -> Verdicts:
        """Whether formulas give what the oracle expects in all random states, each in the cell given for it."""
        verdicts = dict.fromkeys(samples, True)
        rate = self.given.rate
        rate_cell, value = (rate.cell, rate.value) if rate is not None else (None, 1.0)
        for state in random_states(self.table, self.network, self._rows_read(samples), rate_cell, value):
            for sample, cell in samples.items():
                if verdicts[sample]:
                    verdicts[sample] = self._right_in(state, cell, sample[1])
        return verdicts

    def _right_in(self, state: dict[Cell, Value], cell: Cell, formula: Formula) -> bool:
        expected = state[cell]
        try:
            value = self.formulas.compute(cell, state, formula)
        except UnsupportedFormulaError:
            return True  # reported as unchecked, not as wrong
        if not isinstance(expected, float):
            return True
        return isinstance(value, float) and abs(value - expected) <= RELATIVE * max(abs(expected), 1.0)

    def _rows_read(self, samples: Mapping[tuple[str, Formula], Cell]) -> set[int]:
        """The rows of the cells, and those rows of the table that their formulas read."""
        rows = set()
        for (_, formula), cell in samples.items():
            read = self.formulas.precedents(cell, formula)
            rows |= {cell[1], *(row for sheet, row, _ in read if sheet == self.table.sheet)}
        return rows & set(self.table.rows)


def is_error(value: Value) -> bool:
    """Whether a value is an Excel error."""
    return isinstance(value, ExcelError)


def numbers_of(values: Sequence[Value]) -> Array:
    """The values as an array, NaN for what is no number."""
    return np.array([value if isinstance(value, float) else np.nan for value in values])
