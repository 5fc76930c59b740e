"""One training table with all that is needed to check it: its network, what it is given, and what the oracle says."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from templates import Network
from verifier.computing.recompute import Cell, Formula, Formulas
from verifier.findings import Kind
from verifier.judging.given import MAJORITY, Given
from verifier.judging.model import Model
from verifier.judging.oracle import Array
from verifier.judging.standing import RELATIVE, Block, Proposed, Standing, standing, standings
from verifier.judging.states import STATES, on_cells, random_states
from verifier.judging.tables import Table
from verifier.reading.references import UnsupportedFormulaError
from verifier.values import ExcelError, Value

# A formula's rounding is some 1e-16 of its largest operand. These leave room for that, and none for a wrong formula.
ABSOLUTE = 1e-12  # of the largest number in the column
ROUNDING = 1e-14  # of 1, the size of what is subtracted in a gradient that vanishes

FEW_ROWS, MOST_DRAWN = 8, 16  # of which random states are kept, and for how many sets of rows

Verdicts = dict[tuple[str, Formula], bool]  # whether a formula is right in the column of a name


@dataclass(frozen=True)
class Case:
    """A table to be checked; `chain` holds the values of all formulas of the workbook, recomputed."""

    table: Table
    model: Model
    given: Given
    formulas: Formulas
    chain: Mapping[Cell, Value]

    @cached_property
    def expected(self) -> dict[str, Array]:
        """What is right, (rows,) for each name."""
        return self.model.train(self.given.start)

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
        return {name: place for place, name in enumerate(self.model.order)}

    @property
    def network(self) -> Network:
        """The network that the table's labels tell."""
        return self.model.network

    def is_computed(self, name: str) -> bool:
        """Whether a column holds what the training computes: no inputs, no targets, no parameter that stays."""
        model = self.model
        given = name in model.inputs or name in model.targets
        return name in self.order and not given and (name not in model.parameters or name in model.trained)

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

    @property
    def free_cells(self) -> Iterator[Cell]:
        """The cells that may hold any number: what the training is given, and the columns that nothing is known of."""
        yield from self.table.fixed.values()
        for name in (*self.model.inputs, *self.model.targets, *self.model.parameters):
            shown = name not in self.model.parameters and name not in self.model.trained
            if name in self.table.columns:
                yield from (self.cell(name, row) for row in (self.table.rows if shown else self.table.rows[:1]))
        for column in self.table.unnamed:
            yield from ((self.table.sheet, row, column) for row in self.table.rows)

    def reads(self, name: str) -> Sequence[Cell]:
        """What a column's formula reads in the table's last whole row; nothing where it is none, or reads too much."""
        return self.formulas.reads(self.cell(name, self.table.last_whole))

    def usual(self, column: int) -> Formula | None:
        """The formula that nearly all cells of a column have below the start and the first update; None without one."""
        below = self.column(column)[2:]
        formula, count = Counter(below).most_common(1)[0] if below else (None, 0)
        few_others = len(below) - count <= 1 or count >= MAJORITY * len(below)  # one in a table of a few rows
        return formula if count > 2 and few_others else None

    def wrong_kind(self, name: str) -> Kind:
        """What a wrong formula in the column of a name is called, by the step of the training that it belongs to."""
        if name in (*self.model.inputs, *self.model.targets):
            return Kind.CHANGED_INPUT
        if name in self.model.parameters:
            return Kind.WRONG_UPDATE
        return Kind.WRONG_GRADIENT if name[0] in "∂δ" else Kind.WRONG_FORWARD

    def iteration(self, row: int) -> int:
        """The iteration of a row, the start being 0."""
        return row - self.table.first_row

    def computed(self, name: str) -> list[Value]:
        """What each cell of a column gives on the oracle's values of what it reads, or holds.

        None where it is empty, or its formula cannot be computed.
        """
        formulas = self.column(self.table.columns[name])
        cells = [self.cell(name, row) for row in self.table.rows]
        return [
            self.formulas.cached(cell) if formula is None else self.local(cell, formula)
            for cell, formula in zip(cells, formulas, strict=True)
        ]

    def local(self, cell: Cell, formula: Formula) -> Value:
        """What a formula gives in a cell on the oracle's values of what it reads; None where that is not known."""
        try:
            return self.formulas.compute(cell, self.seeded, formula)
        except UnsupportedFormulaError:
            return None

    def disagreeing(self, name: str, values: Sequence[Value]) -> list[bool]:
        """Where the values of a column, one a row, are not the oracle's up to rounding.

        Where the oracle's is beyond Excel's numbers nothing can be said, and nothing is.
        """
        expected = self.expected[name]
        with np.errstate(invalid="ignore"):
            agrees = np.abs(numbers_of(values) - expected) <= self.tolerances[name]
        wrong: list[bool] = (~agrees & ~np.isnan(expected)).tolist()
        return wrong

    def agrees(self, name: str, row: int, value: Value) -> bool:
        """Whether a value is the oracle's of a cell, up to rounding."""
        place = self.iteration(row)
        return isinstance(value, float) and bool(
            abs(value - self.expected[name][place]) <= self.tolerances[name][place]
        )

    @cached_property
    def tolerances(self) -> dict[str, Array]:
        """How far the numbers of each column may be from the oracle's for rounding, (rows,)."""
        return {
            name: RELATIVE * np.abs(series) + ABSOLUTE * self.scales[name] + ROUNDING
            for name, series in self.expected.items()
        }

    def right_in_random_states(self, samples: Mapping[tuple[str, Formula], Cell]) -> Verdicts:
        """Whether formulas give what the oracle expects in all random states, each in the cell given for it.

        One that cannot be computed is reported as unchecked, not as wrong.
        """
        verdicts = dict.fromkeys(samples, True)
        for state in self._states(self._rows_read((cell, formula) for (_, formula), cell in samples.items())):
            for sample, cell in samples.items():
                if verdicts[sample]:
                    verdicts[sample] = standing(self.formulas, cell, sample[1], state) <= Standing.RIGHT
        return verdicts

    def _states(self, rows: Iterable[int]) -> Iterator[dict[Cell, Value]]:
        """Random states for some rows, a copy of each: whoever computes with one computes into it."""
        wanted = frozenset(rows)
        drawn = self._drawn.get(wanted)
        if drawn is None:
            rate_cells = self.given.rate.cells if self.given.rate is not None else ()
            drawn = list(random_states(self.table, self.model, wanted, rate_cells, self.given.start))
            if len(wanted) <= FEW_ROWS and len(self._drawn) < MOST_DRAWN:
                self._drawn[wanted] = drawn
        return map(dict, drawn)

    @cached_property
    def _drawn(self) -> dict[frozenset[int], list[dict[Cell, Value]]]:
        """States that were drawn before: what is asked for again and again is the same few rows."""
        return {}

    def can_be_sampled(self) -> bool:
        """Whether there are random states enough to tell a right formula from a wrong one."""
        return sum(1 for _ in self._states(self.table.rows[:2])) * 2 > STATES

    def samples(self) -> dict[tuple[str, Formula], Cell]:
        """A cell for each name and each formula in its column: the second of the first run, amid a training."""
        samples: dict[tuple[str, Formula], Cell] = {}
        for name, column in self.table.columns.items():
            if name not in self.order or name in self.model.inputs or name in self.model.targets:
                continue
            below = self.column(column)
            start = 1 if name in self.model.parameters else 0
            for formula in dict.fromkeys(formula for formula in below[start:] if formula is not None):
                first = below.index(formula, start)
                again = first + 1 if below[first + 1 : first + 2] == [formula] else first
                samples[name, formula] = self.cell(name, self.table.first_row + again)
        return samples

    def standings(self, proposed: Proposed) -> dict[Cell, Standing]:
        """How cells of the table would stand with other formulas, on the oracle's numbers and in random states.

        Raises UnsupportedFormulaError.
        """
        known = {column for name, column in self.table.columns.items() if name in self.order}
        rates = self.given.rate.by_row.values() if self.given.rate is not None else ()
        block = Block(self.table.sheet, self.table.rows, frozenset(known | {column for _, _, column in rates}))
        return standings(
            self.formulas, proposed, block, self.seeded, lambda few: self._states(self._rows_read(few.items()))
        )

    def _rows_read(self, proposed: Iterable[tuple[Cell, Formula]]) -> set[int]:
        """The rows of the cells, and those rows of the table that their formulas read."""
        rows = set()
        for cell, formula in proposed:
            read = self.formulas.precedents(cell, formula)
            rows |= {cell[1], *(row for sheet, row, _ in read if sheet == self.table.sheet)}
        return rows & set(self.table.rows)


def is_error(value: Value) -> bool:
    """Whether a value is an Excel error."""
    return isinstance(value, ExcelError)


def numbers_of(values: Sequence[Value]) -> Array:
    """The values as an array, NaN for what is no number."""
    return np.array([value if isinstance(value, float) else np.nan for value in values])
