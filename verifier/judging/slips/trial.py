"""Trying what an edited formula gives: first on numbers of the right training, then, as proof, on random states.

The first is NumPy's arithmetic on a few rows at once, some microseconds for each edit. Only an edit that gives the
right numbers there goes through `formulas` on the random states, as every formula of the workbook does; that is the
verdict.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from verifier.computing.recompute import Cell
from verifier.judging.case import ABSOLUTE, RELATIVE, ROUNDING, Case
from verifier.judging.oracle import Array
from verifier.judging.slips.tree import Form, Node
from verifier.reading.references import MAX_COLUMN, MAX_ROW, Reference, UnsupportedFormulaError
from verifier.values import Value

MOST_ROWS = 5  # of the training on which an edit is tried
MOST_PROOFS = 20  # of edits of one formula: few edits that are right on the training are not right in all states
_LARGEST_RANGE = 64  # cells of a range that is looked into


class Trial:
    """A formula in one column of a table, or in some of its cells, on trial.

    `cell` is one of those that it stands in; edits are proven there.
    """

    def __init__(self, case: Case, name: str, cell: Cell, tree: Node) -> None:
        self.name = name
        self.cell = cell
        self._case = case
        self.tree = tree
        self._parents = {part: node for node in tree.walk() for part in node.parts}
        self._values: dict[Node, Array] = {}
        self._by_reference: dict[Reference, Array] = {}
        self._rows = _rows(case, name, cell[1])
        self._picked = [row - case.table.first_row for row in self._rows]
        self._expected = case.expected[name][self._picked]
        self._tolerance = RELATIVE * np.abs(self._expected) + ABSOLUTE * case.scales[name] + ROUNDING
        self._proofs = 0

    @property
    def can_tell(self) -> bool:
        """Whether there is anything to check an edit against, and a proof left."""
        return bool(self._rows) and self._proofs < MOST_PROOFS

    def fits(self, values: Array) -> bool:
        """Whether values, (rows,), are the right ones of the training."""
        return values.ndim == 1 and bool(self._fits(values))

    def series(self, name: str) -> Array:
        """The right values of a quantity of the training, (rows,)."""
        return self._case.expected[name][self._picked]

    def equals(self, values: Array) -> bool:
        """Whether the formula as it stands gives these values, (rows,)."""
        difference = np.abs(self.value(self.tree) - values)
        return difference.ndim == 1 and bool(np.all(difference <= RELATIVE * np.abs(values) + ROUNDING))

    def gives(self, name: str) -> bool:
        """Whether the formula as it stands gives a quantity of the training."""
        return self.equals(self.series(name))

    def fits_with(self, changes: Mapping[Node, Node]) -> bool:
        """Whether the formula is right on the training with other nodes in the place of some."""
        return self.fits(self._changed(self.tree, {old: self.value(new) for old, new in changes.items()}))

    def fits_each(self, nodes: Sequence[Node], values: Array) -> list[int]:
        """Which values, (candidates, rows), make the formula right on the training in the place of those of nodes."""
        results = self._changed(self.tree, dict.fromkeys(nodes, values))
        if results.ndim == _RANGE:
            return []
        fits = self._fits(results)
        return np.flatnonzero(np.broadcast_to(fits, (len(values),))).tolist()

    def values(self, nodes: Sequence[Node]) -> Array:
        """What nodes give on the right training, (nodes, rows); NaN for a range."""
        unknown = np.full(len(self._rows), np.nan)
        rows = [self.value(node) for node in nodes]
        return np.array([row if row.ndim == 1 else unknown for row in rows]).reshape(len(nodes), len(self._rows))

    def _fits(self, values: Array) -> Array:
        with np.errstate(invalid="ignore"):
            return np.asarray(np.all(np.abs(values - self._expected) <= self._tolerance, axis=-1))

    def _changed(self, node: Node, values: Mapping[Node, Array]) -> Array:
        """What a node gives with values, (…, rows), in the place of those of some others."""
        above = {ancestor for changed in values for ancestor in self._ancestors(changed)}

        def value(node: Node) -> Array:
            if node in values:
                return values[node]
            return _compute(node, [value(part) for part in node.parts]) if node in above else self.value(node)

        return value(node)

    def _ancestors(self, node: Node) -> Iterator[Node]:
        while node in self._parents:
            node = self._parents[node]
            yield node

    def value(self, node: Node) -> Array:
        """What a node gives on the right training, (rows,), or (cells, 1, rows) of a range; NaN where it is unknown."""
        if node not in self._values:
            if node.reference is not None:
                values = self._referred(node.reference)
            else:
                values = _compute(node, [self.value(part) for part in node.parts])
            self._values[node] = np.broadcast_to(values, (len(self._rows),)) if values.ndim == 0 else values
        return self._values[node]

    def proves(self, tree: Node) -> bool:
        """Whether a formula is right in all random states."""
        self._proofs += 1
        try:
            formula = self._case.formulas.compile(tree.pattern(), self.cell[0])
        except UnsupportedFormulaError:
            return False
        sample = (self.name, formula)
        return self._case.right_in_random_states({sample: self.cell})[sample]

    def _referred(self, reference: Reference) -> Array:
        """The values of a reference, (rows,), or (cells, 1, rows) of a range."""
        if reference not in self._by_reference:
            numbers = np.array([self._cells(reference, row) for row in self._rows]).T  # (cells, rows)
            self._by_reference[reference] = numbers[:, np.newaxis] if reference.is_range else numbers[0]
        return self._by_reference[reference]

    def _cells(self, reference: Reference, row: int) -> list[float]:
        """The numbers of the cells that a reference means in a row of the formula's column."""
        top, left = reference.row.at(row), reference.column.at(self.cell[2])
        bottom = top if reference.last_row is None else reference.last_row.at(row)
        right = left if reference.last_column is None else reference.last_column.at(self.cell[2])
        sheet = self._sheet(reference)
        if sheet is None or not _is_small(top, bottom, left, right):
            return [np.nan]
        cells = [(sheet, r, c) for r in range(top, bottom + 1) for c in range(left, right + 1)]
        return [_as_number(self._value_of(cell)) for cell in cells]

    def _sheet(self, reference: Reference) -> int | None:
        if reference.sheet is None:
            return self.cell[0]
        sheets = self._case.formulas.workbook.sheets
        wanted = reference.sheet.casefold()
        return next((number for number, sheet in enumerate(sheets) if sheet.name.casefold() == wanted), None)

    def _value_of(self, cell: Cell) -> Value:
        case = self._case
        if cell in case.seeded or not (1 <= cell[1] <= MAX_ROW and 1 <= cell[2] <= MAX_COLUMN):
            return case.seeded.get(cell)
        if cell not in case.formulas:
            return case.formulas.cached(cell)
        try:
            return case.formulas.compute(cell, case.seeded)
        except UnsupportedFormulaError:
            return None


def _is_small(top: int, bottom: int, left: int, right: int) -> bool:
    return bottom >= top and right >= left and (bottom - top + 1) * (right - left + 1) <= _LARGEST_RANGE


def _as_number(value: Value) -> float:
    """An empty cell counts 0, as in Excel's arithmetic."""
    return 0.0 if value is None else float(value) if isinstance(value, float | bool) else float("nan")


def _rows(case: Case, name: str, own: int) -> list[int]:
    """The formula's own row, and others spread over the training, where the right number is known.

    The start has no row before it, and the last row none after it.
    """
    table = case.table
    inner = table.rows[1:-1] or table.rows[1:]
    spread = inner[:: max(1, len(inner) // (MOST_ROWS - 1))][: MOST_ROWS - 1]
    rows = dict.fromkeys([*spread, own])
    return [row for row in rows if np.isfinite(case.expected[name][row - table.first_row])]


def _over(operation: Callable[..., Array], initial: float) -> Callable[..., Array]:
    """A sum or product over operands, and over the cells of those that are ranges."""

    def result(*operands: Array) -> Array:
        total = np.array(initial)
        for operand in operands:
            for cell in _cells_of(operand):
                total = operation(total, cell)
        return total

    return result


def _cells_of(operand: Array) -> Iterator[Array]:
    """The values of each cell of a range, (rows,); those of a single cell."""
    return (cell[0] for cell in operand) if operand.ndim == _RANGE else iter([operand])


def _sum_of_products(*operands: Array) -> Array:
    product = np.prod(np.broadcast_arrays(*operands), axis=0)
    return np.asarray(np.sum([*_cells_of(product)], axis=0))


_RANGE = 3  # dimensions of a range's values
_OPERATORS: Mapping[str, Callable[..., Array]] = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "^": np.power,
    "<": np.less, ">": np.greater, "<=": np.less_equal, ">=": np.greater_equal, "=": np.equal, "<>": np.not_equal,
}  # fmt: skip
_FUNCTIONS: Mapping[str, Callable[..., Array]] = {
    "EXP": np.exp, "TANH": np.tanh, "SQRT": np.sqrt, "LN": np.log, "ABS": np.abs, "POWER": np.power,
    "IF": np.where, "SUM": _over(np.add, 0.0), "PRODUCT": _over(np.multiply, 1.0), "SUMPRODUCT": _sum_of_products,
    "MAX": np.maximum, "MIN": np.minimum,
}  # fmt: skip
_UNKNOWN = np.array(np.nan)


def _compute(node: Node, operands: Sequence[Array]) -> Array:
    """What a node gives for the values of its parts; NaN for what is not known here."""
    match node.form:
        case Form.NUMBER:
            return np.array(float(node.name))
        case Form.GROUP:
            return operands[0]
        case Form.SIGN:
            return -operands[0] if node.name == "-" else operands[0]
        case Form.PERCENT:
            return operands[0] / 100
    known = (_OPERATORS if node.form is Form.BINARY else _FUNCTIONS).get(node.name)
    try:
        with np.errstate(all="ignore"):
            return _UNKNOWN if known is None else np.asarray(known(*operands), dtype=float)
    except (TypeError, ValueError):  # not so many operands, or not of this shape
        return _UNKNOWN
