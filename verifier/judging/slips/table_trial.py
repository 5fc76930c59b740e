"""A formula of a training table on trial: on rows of the right training, proven in random states of the table."""

import numpy as np

from verifier.computing.recompute import Cell
from verifier.judging.case import ABSOLUTE, ROUNDING, Case
from verifier.judging.oracle import Array
from verifier.judging.slips.tree import Node
from verifier.judging.slips.trial import Samples, Trial
from verifier.judging.standing import RELATIVE
from verifier.reading.references import Pattern, UnsupportedFormulaError

MOST_ROWS = 5  # of the training on which an edit is tried


class TableTrial(Trial):
    """A formula in one column of a table, or in some of its cells; edits are proven in `cell`, which is one of them."""

    def __init__(self, case: Case, name: str, cell: Cell, tree: Node) -> None:
        self._case, self._name, self._cell = case, name, cell
        rows = _rows(case, name, cell[1])
        self._picked = [row - case.table.first_row for row in rows]
        wanted = self.series(name)
        tolerance = RELATIVE * np.abs(wanted) + ABSOLUTE * case.scales[name] + ROUNDING
        places = [((cell[0], row, cell[2]), case.seeded) for row in rows]
        super().__init__(tree, Samples(case.formulas, places, wanted, tolerance), self._is_right)

    def series(self, name: str) -> Array:
        """The right values of a quantity of the training, (samples,)."""
        return self._case.expected[name][self._picked]

    def gives(self, name: str) -> bool:
        """Whether the formula as it stands gives a quantity of the training."""
        return self.equals(self.series(name))

    def _is_right(self, pattern: Pattern) -> bool:
        """Whether a formula is right in all random states."""
        try:
            formula = self._case.formulas.compile(pattern, self._cell[0])
        except UnsupportedFormulaError:
            return False
        sample = (self._name, formula)
        return self._case.right_in_random_states({sample: self._cell})[sample]


def _rows(case: Case, name: str, own: int) -> list[int]:
    """The formula's own row, and others spread over the training, where the right number is known.

    The start has no row before it, and the last row none after it.
    """
    table = case.table
    inner = table.rows[1:-1] or table.rows[1:]
    spread = inner[:: max(1, len(inner) // (MOST_ROWS - 1))][: MOST_ROWS - 1]
    rows = dict.fromkeys([*spread, own])
    return [row for row in rows if np.isfinite(case.expected[name][row - table.first_row])]
