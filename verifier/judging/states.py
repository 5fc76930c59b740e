"""Random states of a network, laid over a table's cells: what a right formula must give in all of them.

A number that is right by coincidence, a constant typed over a formula, or a_h1 in the place of a_h2 where the two are
nearly equal, does not pass on states that have nothing to do with the table's own.
"""

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

import numpy as np

from verifier.computing.recompute import Cell
from verifier.judging.model import Model
from verifier.judging.oracle import Array, Start
from verifier.judging.tables import Table
from verifier.ranges import runs_of
from verifier.values import ExcelError, Value

STATES = 16  # enough that every ReLU unit is active in some, with some margin
_SEED = 20240229  # the same states in every run, so that a verdict never changes


Draw = Callable[[float], float]  # a random number in the place of one that the table starts from


def random_states(
    table: Table, model: Model, rows: Iterable[int], rate_cells: Collection[Cell], own: Start
) -> Iterator[dict[Cell, Value]]:
    """Yield up to `STATES` states, each with values of all the table's cells in the given rows and those next to them.

    Rows that follow each other are iterations of one training, others are of unrelated ones; inputs, targets and the
    learning rate are the same in all. The learning rate is random where cells hold it. Numbers are drawn from a wide
    range; where the model has none for them, as the logarithm of a negative activation, from near the table's `own`.
    """
    generator = np.random.default_rng(_SEED)

    def wide(_: float) -> float:
        return float(generator.uniform(-1.75, 1.75))

    def near(number: float) -> float:
        return float(number + generator.uniform(-0.2, 0.2) * (abs(number) + 0.1))

    wanted = {row + k for row in rows for k in (-1, 0, 1) if row + k in table.rows}
    runs = runs_of(sorted(wanted))
    for _ in range(STATES):
        steps = (float(generator.uniform(0.1, 1.5)) if rate_cells else float(own.rates[0]) for _ in _TRIES)
        tries = (
            _trained(model, own, table.fixed, step, runs, near if k else wide)
            for k, step in zip(_TRIES, steps, strict=True)
        )
        found = next((trained for trained in tries if trained is not None), None)
        if found is not None:
            step, series = found
            state: dict[Cell, Value] = dict.fromkeys(rate_cells, step)
            for run, values in zip(runs, series, strict=True):
                state |= on_cells(table, values, run)
            yield state


_TRIES = (False, False, True, True, True)  # to find numbers that the model has values for; whether near the table's own


def _trained(
    model: Model, own: Start, fixed: Collection[str], step: float, runs: Sequence[Sequence[int]], draw: Draw
) -> tuple[float, list[dict[str, Array]]] | None:
    """Trainings of the model over runs of rows, with the rate; None where a quantity is no number.

    Parameters that are `fixed` are the same in all of them.
    """
    once = {name: draw(own.parameters[name]) for name in fixed if name in own.parameters}
    inputs = [draw(number) for number in own.inputs[0]]
    targets = _targets(own, draw)
    trainings = []
    for run in runs:
        start = Start(
            parameters={name: once[name] if name in once else draw(own.parameters[name]) for name in model.parameters},
            inputs=np.tile(inputs, (len(run), 1)),
            targets=np.tile(targets, (len(run), 1)),
            rates=np.full(len(run), step),
        )
        series = model.train(start)
        if not all(np.isfinite(values).all() for values in series.values()):
            return None
        trainings.append(series)
    return step, trainings


def _targets(own: Start, draw: Draw) -> list[float]:
    """Random targets; where the table's own are probabilities, which add up to 1 in every row, so do these.

    The derivatives of a softmax with cross-entropy are a − t for such targets alone.
    """
    targets = [draw(number) for number in own.targets[0]]
    if len(targets) > 1 and np.allclose(own.targets.sum(axis=1), 1.0, rtol=0.0, atol=1e-12):
        targets[-1] = 1.0 - sum(targets[:-1])
    return targets


def on_cells(table: Table, series: Mapping[str, Array], rows: Iterable[int]) -> dict[Cell, Value]:
    """Series of values, (rows,) each, as values of the table's cells in these rows; NaN becomes Excel's #NUM!."""
    numbers = list(rows)
    state: dict[Cell, Value] = {}
    for name, cell in table.fixed.items():
        if name in series:
            state[cell] = float(series[name][0])
    for name, column in table.columns.items():
        if name in series:
            for row, value in zip(numbers, series[name].tolist(), strict=True):
                state[(table.sheet, row, column)] = ExcelError("#NUM!") if math.isnan(value) else value
    return state
