"""Median and spread over the runs that have the same settings but for the seed, and over all runs."""

from collections.abc import Callable, Iterator, Sequence
from statistics import median
from typing import NamedTuple

from training_log.comparison.run_table import RunColumn, RunTable
from training_log.log import SEED
from training_log.sheet.canvas import FIRST_COLUMN, Canvas, Live


class Statistic(NamedTuple):
    """A row of the block: its name, its formula over a range, and the same in Python."""

    name: str
    formula: str
    value: Callable[[Sequence[float]], float]


STATISTICS = (
    Statistic("median", "=MEDIAN({0})", median),
    Statistic("lowest", "=MIN({0})", min),
    Statistic("highest", "=MAX({0})", max),
    Statistic("spread", "=MAX({0})-MIN({0})", lambda numbers: max(numbers) - min(numbers)),
)


def write_spread(canvas: Canvas, table: RunTable, row: int) -> int:
    """Write the block from a row on; the row after its last."""
    summed = [number for number, column in enumerate(table.columns) if column.summed]
    if not summed:
        return row
    canvas.heading(row, FIRST_COLUMN, "Median and spread", "Spread is the highest less the lowest.")
    row += 2
    for title, runs in _groups(table):
        canvas.write(row, FIRST_COLUMN, title, canvas.styles.label_text())
        for k, statistic in enumerate(STATISTICS, row + 1):
            canvas.write(k, FIRST_COLUMN, statistic.name, canvas.styles.quiet())
            for number in summed:
                column = table.columns[number]
                formula = statistic.formula.format(table.span(number, runs))
                live = Live(formula, statistic.value(_values(column, runs)))
                canvas.write(k, table.place(number), live, canvas.styles.result(column.form, "center"))
        row += len(STATISTICS) + 2
    return row


def _groups(table: RunTable) -> Iterator[tuple[str, range]]:
    """The runs that are summed up together, with what they have in common."""
    compared, everything = table.compared, range(len(table.compared.runs))
    for runs in compared.groups:
        if runs == everything:
            continue
        names = [name for name in compared.differing if name != SEED]
        first = compared.runs[runs.start]
        same = ", ".join(f"{name} {compared.setting(first, name)}" for name in names)
        yield f"{len(runs)} runs with {same}", runs
    seeds = ", which differ only in the seed" if everything in compared.groups else ""
    yield f"all {len(everything)} runs{seeds}", everything


def _values(column: RunColumn, runs: range) -> list[float]:
    return [float(cell.value) for cell in column.cells[runs.start : runs.stop] if isinstance(cell, Live)]
