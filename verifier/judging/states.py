"""Random states of a network, laid over a table's cells: what a right formula must give in all of them.

A number that is right by coincidence, a constant typed over a formula, or a_h1 in the place of a_h2 where the two are
nearly equal, does not pass on states that have nothing to do with the table's own.
"""

import math
from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from templates import Network
from verifier.computing.recompute import Cell
from verifier.judging.oracle import Array, Start, train
from verifier.judging.tables import Table
from verifier.values import ExcelError, Value

STATES = 16  # enough that every ReLU unit is active in some, with some margin
_SEED = 20240229  # the same states in every run, so that a verdict never changes


def random_states(
    table: Table, network: Network, rows: Iterable[int], rate_cell: Cell | None, rate: float
) -> Iterator[dict[Cell, Value]]:
    """Yield states, each with values of all the table's cells in the given rows and those next to them.

    Rows that follow each other are iterations of one training, others are of unrelated ones; inputs, targets and the
    learning rate are the same in all. The learning rate is random where a cell holds it.
    """
    generator = np.random.default_rng(_SEED)
    wanted = {near for row in rows for near in (row - 1, row, row + 1) if near in table.rows}
    runs = _runs(sorted(wanted))
    for _ in range(STATES):
        inputs = generator.uniform(-2, 2, network.input_count)
        targets = generator.uniform(-2, 2, len(network.targets))
        step = generator.uniform(0.1, 1.5) if rate_cell is not None else rate
        state: dict[Cell, Value] = {} if rate_cell is None else {rate_cell: float(step)}
        for run in runs:
            start = Start(
                parameters={name: generator.uniform(-1.5, 1.5) for name in network.parameters},
                inputs=np.tile(inputs, (len(run), 1)),
                targets=np.tile(targets, (len(run), 1)),
                rates=np.full(len(run), step),
            )
            state |= on_cells(table, train(network, start), run)
        yield state


def on_cells(table: Table, series: Mapping[str, Array], rows: Iterable[int]) -> dict[Cell, Value]:
    """Series of values, (rows,) each, as values of the table's cells in these rows; NaN becomes Excel's #NUM!."""
    numbers = list(rows)
    state: dict[Cell, Value] = {}
    for name, column in table.columns.items():
        if name in series:
            for row, value in zip(numbers, series[name].tolist(), strict=True):
                state[(table.sheet, row, column)] = ExcelError("#NUM!") if math.isnan(value) else value
    return state


def _runs(rows: list[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for row in rows:
        if not runs or row != runs[-1][-1] + 1:
            runs.append([])
        runs[-1].append(row)
    return runs
