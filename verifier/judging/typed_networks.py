"""Which network typed numbers are those of, where no formula tells how its layers are connected, and of what kind."""

from collections.abc import Sequence

import numpy as np

from templates import Network
from verifier.computing.recompute import Cell, Formulas
from verifier.judging.case import numbers_of
from verifier.judging.oracle import Array, own_rows
from verifier.judging.tables import Table

_MOST_NETWORKS = 100  # that are tried on the numbers


def nearest_network(networks: Sequence[Network], kind: str, table: Table, formulas: Formulas) -> Network:
    """The network whose rows give the nearest numbers to those that were typed; the first where none were.

    Compared are the columns whose names begin with one of the letters of `kind`.
    """
    typed = [name for name in table.columns if name[0] in kind and _is_typed(_cells(table, name), formulas)]
    if len(networks) == 1 or not typed:
        return networks[0]
    shown = {name: np.full(len(table.rows), _numbers([cell], formulas)) for name, cell in table.fixed.items()}
    shown |= {name: _numbers(_cells(table, name), formulas) for name in table.columns}
    rates = np.full(len(table.rows), np.nan)
    given = [own_rows(network, shown, rates) for network in networks[:_MOST_NETWORKS]]
    off = [_distance([step[name] - shown[name] for name in typed if name in step]) for step in given]
    return networks[off.index(min(off))]


def _cells(table: Table, name: str) -> list[Cell]:
    return [(table.sheet, row, table.columns[name]) for row in table.rows]


def _is_typed(cells: Sequence[Cell], formulas: Formulas) -> bool:
    """Whether a column has numbers and no formula."""
    has_numbers = any(isinstance(formulas.cached(cell), float) for cell in cells)
    return has_numbers and not any(cell in formulas for cell in cells)


def _numbers(cells: Sequence[Cell], formulas: Formulas) -> Array:
    return numbers_of([formulas.cached(cell) for cell in cells])


def _distance(off: Sequence[Array]) -> tuple[int, float]:
    """How far columns are from others: minus the count of those that can be compared, and the mean squares of these."""
    known = [part for numbers in off if len(part := numbers[np.isfinite(numbers)])]
    return -len(known), sum(float(np.mean(part**2)) for part in known)
