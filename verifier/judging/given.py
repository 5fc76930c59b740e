"""What a training table is given: its inputs, targets and initial parameters, and its learning rate.

The numbers are the table's own, so that an edited workbook is held against its own start. The learning rate is the
cell that most of the update formulas use, wherever it stands and whatever it is called.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from templates import Network, gradient_of
from verifier.computing.recompute import Cell, Formulas
from verifier.judging.labels import is_learning_rate
from verifier.judging.oracle import Array, Start
from verifier.judging.tables import Table
from verifier.reading.references import UnsupportedFormulaError
from verifier.values import Value, is_text

MAJORITY = 0.8  # of a column's rows that must agree, in a number or a formula, for the others to be exceptions


@dataclass(frozen=True)
class Rate:
    """The learning rate: its value, the cell that the updates read it from, and the cell labelled so, if any."""

    value: float
    cell: Cell | None
    labelled: Cell | None


@dataclass(frozen=True)
class Given:
    """The numbers that the table starts from.

    `missing` are the names of those that are no numbers.
    """

    start: Start
    rate: Rate | None
    missing: tuple[str, ...]


def read_given(table: Table, network: Network, formulas: Formulas, values: Mapping[Cell, Value]) -> Given:
    """Read what the table is given; `values` are those of all formulas, recomputed."""
    missing: list[str] = []
    rate = find_rate(table, network, formulas, values)
    rows = len(table.rows)

    def series(name: str) -> Array:
        """One number for each row; NaN, and noted, where there is none to start from."""
        numbers = _own_numbers(table, name, formulas, values)
        if all(number is None for number in numbers):
            missing.append(name)
            return np.full(rows, np.nan)
        return _filled(numbers)

    parameters = {}
    for name in network.parameters:
        number = _number(formulas, values, (table.sheet, table.first_row, table.columns.get(name, 0)))
        if number is None:
            missing.append(name)
        parameters[name] = np.nan if number is None else number
    start = Start(
        parameters=parameters,
        inputs=np.stack([series(name) for name in network.inputs], axis=1),
        targets=np.stack([series(name) for name in network.targets], axis=1),
        rates=np.full(rows, np.nan if rate is None else rate.value),
    )
    return Given(start, rate, tuple(missing))


def _own_numbers(table: Table, name: str, formulas: Formulas, values: Mapping[Cell, Value]) -> list[float | None]:
    """The numbers of an input or target, row by row; None where a row takes it over from another one, or has none."""
    cells = [(table.sheet, row, table.columns.get(name, 0)) for row in table.rows]
    return [None if _is_taken_over(cell, table, formulas) else _number(formulas, values, cell) for cell in cells]


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


def find_rate(table: Table, network: Network, formulas: Formulas, values: Mapping[Cell, Value]) -> Rate | None:
    """The learning rate: the cell that most updates read besides the parameter and a gradient, or a number in them."""
    labelled = _labelled_rate(table, formulas, values)
    votes: Counter[Cell] = Counter()
    numbers: Counter[float] = Counter()
    for name, cell in _updates(table, network, formulas):
        own = {table.columns[n] for n in table.columns}
        other = [
            p for p in formulas.precedents(cell) if p[0] != table.sheet or p[2] not in own or p[1] not in table.rows
        ]
        candidates = [p for p in other if _number(formulas, values, p) is not None]
        votes.update(candidates[:1])
        if not other:
            number = _number_in_update(name, cell, table, formulas)
            if number is not None:
                numbers[number] += 1
    total = sum(votes.values()) + sum(numbers.values())
    if votes and votes.most_common(1)[0][1] * 2 > total:
        cell = votes.most_common(1)[0][0]
        return Rate(_number(formulas, values, cell) or 0.0, cell, labelled)
    if numbers and numbers.most_common(1)[0][1] * 2 > total:
        return Rate(numbers.most_common(1)[0][0], None, labelled)
    if labelled is not None:
        return Rate(_number(formulas, values, labelled) or 0.0, labelled, labelled)
    return None


def _updates(table: Table, network: Network, formulas: Formulas) -> Iterator[tuple[str, Cell]]:
    """The update formulas of a sample of rows."""
    rows = table.rows[1:]
    for name in network.trained:
        for row in rows[:: max(1, len(rows) // 25)]:
            cell = (table.sheet, row, table.columns.get(name, 0))
            if cell in formulas:
                yield name, cell


def _number_in_update(name: str, cell: Cell, table: Table, formulas: Formulas) -> float | None:
    """The learning rate that is written out in an update: what it takes off 0 for a gradient of 1."""
    _, row, column = cell
    values: dict[Cell, Value] = {
        (table.sheet, row - 1, column): 0.0,
        (table.sheet, row - 1, table.columns.get(gradient_of(name), 0)): 1.0,
    }
    if any(precedent not in values for precedent in formulas.precedents(cell)):
        return None
    try:
        result = formulas.compute(cell, values)
    except UnsupportedFormulaError:
        return None
    return -result if isinstance(result, float) and result < 0 else None


def _labelled_rate(table: Table, formulas: Formulas, values: Mapping[Cell, Value]) -> Cell | None:
    """The number beside or below the nearest label of a learning rate that stands above the table."""
    sheet = formulas.workbook.sheets[table.sheet]
    left, right = min(table.columns.values()), max(table.columns.values())
    labels = [
        (table.header_row - row, max(left - column, column - right, 0), row, column)
        for (row, column), text in sheet.values.items()
        if row <= table.header_row and is_text(text) and is_learning_rate(str(text))
    ]
    for _, _, row, column in sorted(labels):
        for place in ((row, column + 1), (row, column + 2), (row, column + 3), (row + 1, column)):
            cell = (table.sheet, *place)
            if _number(formulas, values, cell) is not None:
                return cell
    return None


def _number(formulas: Formulas, values: Mapping[Cell, Value], cell: Cell) -> float | None:
    value = values[cell] if cell in values else formulas.cached(cell)
    return value if isinstance(value, float) else None
