"""The numbers on which an edited formula is tried: some cells that are to hold it, each in some state of the sheet."""

from collections.abc import MutableMapping, Sequence

import numpy as np

from verifier.computing.recompute import Cell, Formulas
from verifier.judging.oracle import Array
from verifier.reading.references import MAX_COLUMN, MAX_ROW, Reference, UnsupportedFormulaError
from verifier.values import Value

RANGE = 3  # dimensions of a range's values
_LARGEST_RANGE = 64  # cells of a range that is looked into
_SAME = 1e-9  # relative: two values that agree so far are equal
_ROUNDING = 1e-14

State = MutableMapping[Cell, Value]


class Samples:
    """Cells, each in a state; `wanted` is what the formula should give there, (samples,), within a tolerance."""

    def __init__(
        self, formulas: Formulas, places: Sequence[tuple[Cell, State]], wanted: Array, tolerance: Array
    ) -> None:
        self._formulas, self._places = formulas, places
        self.wanted, self.tolerance = wanted, tolerance
        self._sheets = {sheet.name.casefold(): number for number, sheet in enumerate(formulas.workbook.sheets)}
        self._by_reference: dict[Reference, Array] = {}

    @property
    def count(self) -> int:
        """How many samples there are."""
        return len(self._places)

    @staticmethod
    def are_equal(found: Array, values: Array) -> bool:
        """Whether values, (samples,), are the same."""
        difference = np.abs(found - values)
        return difference.ndim == 1 and bool(np.all(difference <= _SAME * np.abs(values) + _ROUNDING))

    def of(self, reference: Reference) -> Array:
        """The values of a reference, (samples,), or (cells, 1, samples) of a range; NaN where they are no numbers."""
        if reference not in self._by_reference:
            numbers = np.array([self._cells(reference, *place) for place in self._places]).T  # (cells, samples)
            self._by_reference[reference] = numbers[:, np.newaxis] if reference.is_range else numbers[0]
        return self._by_reference[reference]

    def _cells(self, reference: Reference, cell: Cell, state: State) -> list[float]:
        """The numbers of the cells that a reference of a formula in a cell means."""
        top, left = reference.row.at(cell[1]), reference.column.at(cell[2])
        bottom = top if reference.last_row is None else reference.last_row.at(cell[1])
        right = left if reference.last_column is None else reference.last_column.at(cell[2])
        sheet = cell[0] if reference.sheet is None else self._sheets.get(reference.sheet.casefold())
        if sheet is None or not _is_small(top, bottom, left, right):
            return [np.nan]
        cells = [(sheet, r, c) for r in range(top, bottom + 1) for c in range(left, right + 1)]
        return [_as_number(self._value_of(cell, state)) for cell in cells]

    def _value_of(self, cell: Cell, state: State) -> Value:
        if cell in state or not (1 <= cell[1] <= MAX_ROW and 1 <= cell[2] <= MAX_COLUMN):
            return state.get(cell)
        if cell not in self._formulas:
            return self._formulas.cached(cell)
        try:
            return self._formulas.compute(cell, state)
        except UnsupportedFormulaError:
            return None


def _is_small(top: int, bottom: int, left: int, right: int) -> bool:
    return bottom >= top and right >= left and (bottom - top + 1) * (right - left + 1) <= _LARGEST_RANGE


def _as_number(value: Value) -> float:
    """An empty cell counts 0, as in Excel's arithmetic."""
    return 0.0 if value is None else float(value) if isinstance(value, float | bool) else float("nan")
