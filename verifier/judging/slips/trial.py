"""Trying what an edited formula gives: first on samples of numbers, then, as proof, wherever it is to stand.

The first is NumPy's arithmetic on a few samples at once, some microseconds for each edit. Only an edit that gives what
is wanted there goes through `formulas` on random states, as every formula of the workbook does; that is the verdict.
"""

from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence

import numpy as np

from verifier.computing.recompute import Cell, Formulas
from verifier.judging.oracle import Array
from verifier.judging.slips.tree import Form, Node
from verifier.reading.references import MAX_COLUMN, MAX_ROW, Pattern, Reference, UnsupportedFormulaError
from verifier.values import Value

MOST_PROOFS = 20  # of edits of one formula: few edits that are right on the samples are not right in all states
_RANGE = 3  # dimensions of a range's values
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
        """Whether values, (samples,), are the same; without samples nothing is known to be."""
        difference = np.abs(found - values)
        return (
            difference.ndim == 1
            and difference.size > 0
            and bool(np.all(difference <= _SAME * np.abs(values) + _ROUNDING))
        )

    def of(self, reference: Reference) -> Array:
        """The values of a reference, (samples,), or (cells, 1, samples) of a range; NaN where they are no numbers."""
        if reference not in self._by_reference:
            found = [self._cells(reference, *place) for place in self._places]
            numbers = np.array(found).T if found else np.zeros((1, 0))  # (cells, samples)
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


class Trial:
    """A formula on trial: its tree, the numbers on which edits are tried, and what proves a formula."""

    def __init__(self, tree: Node, samples: Samples, proves: Callable[[Pattern], bool]) -> None:
        self.tree = tree
        self._samples, self._proves = samples, proves
        self._parents = {part: node for node in tree.walk() for part in node.parts}
        self._values: dict[Node, Array] = {}
        self._proofs = 0

    @property
    def can_tell(self) -> bool:
        """Whether there is anything to check an edit against, and a proof left."""
        return bool(self._samples.count) and self._proofs < MOST_PROOFS

    def proves(self, tree: Node) -> bool:
        """Whether a formula is right wherever it is to stand."""
        self._proofs += 1
        return self._proves(tree.pattern())

    def fits(self, values: Array) -> bool:
        """Whether values, (samples,), are what is wanted."""
        return values.ndim == 1 and bool(self._fits(values))

    def equals(self, values: Array) -> bool:
        """Whether the formula as it stands gives these values, (samples,)."""
        return self._samples.are_equal(self.value(self.tree), values)

    @property
    def ratio(self) -> float | None:
        """By what the formula has to be multiplied, the same in all samples; None where nothing does."""
        with np.errstate(all="ignore"):
            ratios = np.ravel(self._samples.wanted / self.value(self.tree))
        first = float(ratios[0]) if ratios.size and np.isfinite(ratios[0]) else 0.0
        return first if first and self.fits(first * self.value(self.tree)) else None

    def fits_with(self, changes: Mapping[Node, Node]) -> bool:
        """Whether the formula is right on the samples with other nodes in the place of some."""
        return self.fits(self._changed(self.tree, {old: self.value(new) for old, new in changes.items()}))

    def fits_each(self, nodes: Sequence[Node], values: Array) -> list[int]:
        """Which values, (candidates, samples), make the formula right on the samples in the place of those of nodes."""
        results = self._changed(self.tree, dict.fromkeys(nodes, values))
        if results.ndim == _RANGE:
            return []
        fits = self._fits(results)
        return np.flatnonzero(np.broadcast_to(fits, (len(values),))).tolist()

    def values(self, nodes: Sequence[Node]) -> Array:
        """What nodes give on the samples, (nodes, samples); NaN for a range."""
        unknown = np.full(self._samples.count, np.nan)
        rows = [self.value(node) for node in nodes]
        return np.array([row if row.ndim == 1 else unknown for row in rows]).reshape(len(nodes), self._samples.count)

    def _fits(self, values: Array) -> Array:
        with np.errstate(invalid="ignore"):
            return np.asarray(np.all(np.abs(values - self._samples.wanted) <= self._samples.tolerance, axis=-1))

    def _changed(self, node: Node, values: Mapping[Node, Array]) -> Array:
        """What a node gives with values, (…, samples), in the place of those of some others."""
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
        """What a node gives on the samples, (samples,), or (cells, 1, samples) of a range; NaN where it is unknown."""
        if node not in self._values:
            if node.reference is not None:
                values = self._samples.of(node.reference)
            else:
                values = _compute(node, [self.value(part) for part in node.parts])
            self._values[node] = np.broadcast_to(values, (self._samples.count,)) if values.ndim == 0 else values
        return self._values[node]


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
    """The values of each cell of a range, (samples,); those of a single cell."""
    return (cell[0] for cell in operand) if operand.ndim == _RANGE else iter([operand])


def _sum_of_products(*operands: Array) -> Array:
    product = np.prod(np.broadcast_arrays(*operands), axis=0)
    return np.asarray(np.sum([*_cells_of(product)], axis=0))


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
