"""What a training table is given: its inputs, targets and initial parameters, and its learning rate.

The numbers are the table's own, so that an edited workbook is checked against its own start. The learning rate is the
cell that most of the update formulas use, wherever it stands and whatever it is called.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from verifier.computing.recompute import Cell, Formulas
from verifier.judging.model import Model
from verifier.judging.oracle import Array, Start
from verifier.judging.rate import Rate, find_rate
from verifier.judging.rate_label import number_of
from verifier.judging.tables import Table
from verifier.values import Value

MAJORITY = 0.8  # of a column's rows that must agree, in a number or a formula, for the others to be exceptions


@dataclass(frozen=True)
class Given:
    """The numbers that the table starts from.

    `missing` are the names of those that are no numbers.
    """

    start: Start
    rate: Rate | None
    missing: tuple[str, ...]


def read_given(table: Table, model: Model, formulas: Formulas, values: Mapping[Cell, Value]) -> Given:
    """Read what the table is given; `values` are those of all formulas, recomputed."""
    missing: list[str] = []
    rate = find_rate(table, model, formulas, values)
    rows = len(table.rows)

    def first(name: str) -> float:
        """The number that a column starts from, or that stands once; NaN, and noted, where there is none."""
        own = (table.sheet, table.first_row, table.columns.get(name, 0))
        number = number_of(formulas, values, table.fixed.get(name, own))
        if number is None:
            missing.append(name)
        return np.nan if number is None else number

    def series(name: str) -> Array:
        """One number for each row; NaN, and noted, where there is none to start from."""
        if name in table.fixed:
            return np.full(rows, first(name))
        numbers = _own_numbers(table, name, formulas, values)
        if all(number is None for number in numbers):
            missing.append(name)
            return np.full(rows, np.nan)
        samples = _samples(table, name, numbers, formulas)
        return np.resize(samples, rows) if samples else _filled(numbers)

    start = Start(
        parameters={name: first(name) for name in model.parameters},
        inputs=np.array([series(name) for name in model.inputs]).reshape(-1, rows).T,
        targets=np.array([series(name) for name in model.targets]).reshape(-1, rows).T,
        rates=_rates(table, rate, formulas, values),
    )
    return Given(start, rate, tuple(missing))


def _rates(table: Table, rate: Rate | None, formulas: Formulas, values: Mapping[Cell, Value]) -> Array:
    """The learning rate of the step from each row to the next; NaN where there is none."""
    if rate is None or not rate.by_row:
        return np.full(len(table.rows), np.nan if rate is None else rate.value)
    own = [number_of(formulas, values, cell) for cell in rate.by_row.values()]
    return np.array([*own, own[-1]], dtype=np.float64)


def _own_numbers(table: Table, name: str, formulas: Formulas, values: Mapping[Cell, Value]) -> list[float | None]:
    """The numbers of an input or target, row by row; None where a row takes it over from another one, or has none."""
    cells = [(table.sheet, row, table.columns.get(name, 0)) for row in table.rows]
    return [None if _is_taken_over(cell, table, formulas) else number_of(formulas, values, cell) for cell in cells]


def _samples(table: Table, name: str, numbers: list[float | None], formulas: Formulas) -> list[float]:
    """The numbers of samples that are learned in turn, where rows repeat the one so many rows above; else empty."""
    cell = (table.sheet, table.last_whole, table.columns.get(name, 0))
    reads = formulas.precedents(cell) if cell in formulas else ()
    period = cell[1] - reads[0][1] if len(reads) == 1 and (reads[0][0], reads[0][2]) == (cell[0], cell[2]) else 0
    samples = [number for number in numbers[:period] if number is not None]
    return samples if len(samples) == period > 1 and period * 2 <= len(numbers) else []


def _is_taken_over(cell: Cell, table: Table, formulas: Formulas) -> bool:
    """Whether a cell's formula reads its own column."""
    if cell not in formulas:
        return False
    return any((sheet, c) == (cell[0], cell[2]) and r in table.rows for sheet, r, c in formulas.precedents(cell))


def _filled(numbers: list[float | None]) -> Array:
    """A number for each row: the same in all where most agree, so that the others are exceptions, else each its own."""
    known = Counter(number for number in numbers if number is not None)
    common, count = known.most_common(1)[0]
    if numbers[0] is not None and numbers.count(None) * 2 > len(numbers):
        return np.full(len(numbers), numbers[0])  # most rows take it over from the start
    if count >= MAJORITY * known.total():
        return np.full(len(numbers), common)
    filled, last = [], common  # several samples are learned in turn
    for number in numbers:
        last = last if number is None else number
        filled.append(last)
    return np.array(filled)
