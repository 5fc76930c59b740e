"""Updates that are none of plain gradient descent, and yet right: momentum, weight decay, adaptive steps.

Which optimizer a table uses, its own updates tell: where most parameters are updated in one way, each by its own
gradient, that is the optimizer, and a parameter that is updated in another way is wrong. A way to update is an
optimizer if it goes down the gradient, keeps a parameter or shrinks it where the gradient vanishes, and either has a
state from row to row, as a velocity is, or decays the weight. Where this does not hold, what all updates do alike is a
slip in all of them: another step, another sign.

Momentum is as in Polyak, "Some methods of speeding up the convergence of iteration methods" (1964); adaptive steps are
as in Kingma and Ba, "Adam" (2015).
"""

from collections import Counter
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import isclose, isfinite

import numpy as np

from templates import Network, gradient_of
from verifier.computing.recompute import Cell
from verifier.findings import Kind
from verifier.judging.case import Case
from verifier.judging.model import Model
from verifier.judging.oracle import Array, Start
from verifier.judging.rate import Rate
from verifier.judging.table_check import Fault, Faults, find_faults
from verifier.reading.references import UnsupportedFormulaError
from verifier.values import Value

Shape = tuple[object, ...]  # how an update is computed, with its own columns by what they are to it

_DEEPEST = 12  # columns between an update and what it is made of
_PROBE = 0.7  # the parameter on which updates are tried


@dataclass(frozen=True)
class OptimizedModel:
    """A training whose parameters follow the table's own optimizer: to what follows from them they are given."""

    base: Model
    optimizer: str

    @property
    def network(self) -> Network:
        return self.base.network

    @property
    def inputs(self) -> tuple[str, ...]:
        """The inputs, and the parameters, which an own optimizer has a number for in every row."""
        return (*self.base.inputs, *self.base.parameters)

    @property
    def targets(self) -> tuple[str, ...]:
        return self.base.targets

    @property
    def parameters(self) -> tuple[str, ...]:
        return ()

    @property
    def trained(self) -> tuple[str, ...]:
        return self.base.trained

    @property
    def order(self) -> Sequence[str]:
        return self.base.order

    def train(self, start: Start) -> dict[str, Array]:
        """Every quantity by its name, (rows,) each; each row by itself, as its parameters are given."""
        rows = [self._row(start, row) for row in range(len(start.rates))]
        return {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}

    def _row(self, start: Start, row: int) -> dict[str, Array]:
        count, here = len(self.base.inputs), slice(row, row + 1)
        parameters = dict(zip(self.base.parameters, start.inputs[row, count:].tolist(), strict=True))
        inputs, targets = start.inputs[here, :count], start.targets[here]
        return self.base.train(Start(parameters, inputs, targets, start.rates[here]))

    def describe(self) -> str:
        """One phrase for people."""
        return f"{self.base.describe()}, trained with {self.optimizer}"


def settle_optimizer(case: Case, faults: Faults) -> tuple[Case, Faults]:
    """The case under the optimizer that most of its updates share, and its faults; as it was where there is none."""
    trained = [name for name in case.model.trained if name in case.table.columns]
    wrong = {fault.name for fault in faults.cells if fault.kind is Kind.WRONG_UPDATE} & set(trained)
    if len(wrong) < 2 or len(wrong) * 2 <= len(trained) or case.given.rate is None:
        return case, faults
    updates = {name: update for name in trained if (update := _read(case, name)) is not None}
    counts = Counter(update.shape for update in updates.values())
    shape, count = counts.most_common(1)[0] if counts else ((), 0)
    alike = {name: update for name, update in updates.items() if update.shape == shape}
    optimizer = _optimizer(case, next(iter(alike.values()))) if count * 2 > len(trained) and count > 1 else None
    if optimizer is None:
        return case, faults
    return _under(case, optimizer, trained, alike)


def _under(case: Case, optimizer: str, trained: Sequence[str], alike: Mapping[str, "_Update"]) -> tuple[Case, Faults]:
    """The case and its faults where its parameters are those that the optimizer gives; those not `alike` are wrong."""
    model = OptimizedModel(case.model, optimizer)
    rate = _labelled_rate(case, next(iter(alike.values())))
    start = replace(
        case.given.start, inputs=np.column_stack([case.given.start.inputs, _parameters(case)]), parameters={}
    )
    settled = replace(case, model=model, given=replace(case.given, start=start, rate=rate))
    found = find_faults(settled)
    cells = [
        replace(fault, kind=Kind.CONSTANT)
        if fault.kind is Kind.CHANGED_INPUT and fault.name in case.model.parameters
        else fault
        for fault in found.cells
        if fault.name not in trained or fault.name in alike
    ]
    others = [fault for name in trained if name not in alike for fault in _wrong_updates(settled, name)]
    return settled, replace(found, cells=(*cells, *others))


def _wrong_updates(case: Case, name: str) -> Iterator[Fault]:
    column = case.table.columns[name]
    for row, formula in zip(case.table.rows[1:], case.column(column)[1:], strict=True):
        value = case.chain.get((case.table.sheet, row, column))
        yield Fault(Kind.CONSTANT if formula is None else Kind.WRONG_UPDATE, name, row, column, value, formula)


def _parameters(case: Case) -> Array:
    """What the parameters are where every gradient is right, (rows, parameters), each by its column's usual update."""
    model, start, table = case.model, case.given.start, case.table
    values: dict[Cell, Value] = {}
    parameters, series = dict(start.parameters), []
    for k, row in enumerate(table.rows):
        here = slice(k, k + 1)
        step = model.train(Start(parameters, start.inputs[here], start.targets[here], start.rates[here]))
        for name, numbers in step.items():
            if name in table.columns:
                number = float(numbers[0])
                values[case.cell(name, row)] = number
        series.append([parameters[name] for name in model.parameters])
        if row < table.last_row:
            parameters |= {name: _next(case, name, row + 1, values) for name in model.trained if name in table.columns}
    return np.array(series)


def _next(case: Case, name: str, row: int, values: MutableMapping[Cell, Value]) -> float:
    """A parameter after the update of a row; NaN where that is no number."""
    cell = case.cell(name, row)
    formula = case.usual(cell[2]) or case.formulas.get(cell)
    if formula is None:
        return float("nan")
    try:
        value = case.formulas.compute(cell, values, formula)
    except UnsupportedFormulaError:
        return float("nan")
    return value if isinstance(value, float) else float("nan")


def _labelled_rate(case: Case, update: "_Update") -> Rate | None:
    """The learning rate: the labelled one where the updates read it; a decay has much of a rate too."""
    rate = case.given.rate
    if rate is None or rate.labelled is None or rate.labelled.cell not in update.fixed:
        return rate
    return Rate(rate.labelled.value, rate.labelled.cell, rate.labelled, {})


# --- reading an update --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Update:
    """An update in the last row, through the columns without a name: its shape, and the cells that it is made of."""

    cell: Cell
    shape: Shape
    parameters: frozenset[Cell]
    gradients: frozenset[Cell]
    states: frozenset[Cell]  # of a velocity, say, in the row before
    fixed: frozenset[Cell]  # outside the table

    @cached_property
    def is_own(self) -> bool:
        """Whether it reads the parameter as it was, and its gradient."""
        before = (self.cell[0], self.cell[1] - 1, self.cell[2])
        return self.parameters == {before} and bool(self.gradients)


def _read(case: Case, name: str) -> _Update | None:
    """The update of a parameter; None where it reads a range, or a column of something else."""
    reader = _Reader(case, name)
    try:
        shape = reader.shape(case.cell(name, case.table.last_row), ())
    except (_OtherError, UnsupportedFormulaError):
        return None
    cells = {kind: frozenset(c for k, c in reader.leaves if k == kind) for kind in ("w", "g", "s", "f")}
    update = _Update(case.cell(name, case.table.last_row), shape, cells["w"], cells["g"], cells["s"], cells["f"])
    return update if update.is_own else None


class _OtherError(Exception):
    """An update reads what no optimizer does."""


class _Reader:
    """Reads how an update is computed; `leaves` are the cells that it comes down to, with what they are to it."""

    def __init__(self, case: Case, name: str) -> None:
        self._case = case
        self._own = {case.table.columns[name]: "w"}
        if gradient_of(name) in case.table.columns:
            self._own[case.table.columns[gradient_of(name)]] = "g"
        self._named = {column for other, column in case.table.columns.items() if other in case.order}
        self.leaves: set[tuple[str, Cell]] = set()

    def shape(self, cell: Cell, path: tuple[int, ...]) -> Shape:
        """The formula in a cell, with the shapes of what it reads; `path` are the columns that lead to it."""
        formula = self._case.formulas.get(cell)
        if formula is None:
            return self._leaf("f" if cell[1] not in self._case.table.rows else "s", cell, cell[2])
        if len(path) > _DEEPEST or any(reference.is_range for reference in formula.pattern.references):
            raise _OtherError
        read = self._case.formulas.precedents(cell)
        return (formula.pattern.skeleton, *(self._part(place, cell, (*path, cell[2])) for place in read))

    def _part(self, place: Cell, reader: Cell, path: tuple[int, ...]) -> Shape:
        sheet, row, column = place
        distance = row - reader[1]
        if sheet != self._case.table.sheet or row not in self._case.table.rows:
            return self._leaf("f", place, place)
        if column in self._own:
            return self._leaf(self._own[column], place, distance)
        if column in self._named:
            raise _OtherError
        if column in path:
            return self._leaf("s", place, (path.index(column), distance))
        return (distance, self.shape(place, path))

    def _leaf(self, kind: str, cell: Cell, mark: object) -> Shape:
        self.leaves.add((kind, cell))
        return kind, mark


# --- which optimizer ----------------------------------------------------------------------------------------------


def _optimizer(case: Case, update: _Update) -> str | None:
    """What people call an optimizer with such updates; None where it is none."""
    numbers = [_tried(case, update, gradient) for gradient in (-1.0, 0.0, 1.0, 2.0)]
    if not all(map(isfinite, numbers)):
        return None
    up, still, down, further = numbers
    descends = down < still < up and isclose(still - down, up - still)
    if not descends or not 0 < still <= _PROBE:
        return None
    if not update.states:
        return "weight decay" if still < _PROBE else None
    return "momentum" if isclose(still - further, 2 * (still - down)) else "an optimizer of its own"


def _tried(case: Case, update: _Update, gradient: float) -> float:
    """What an update gives for a gradient and no state; NaN where that is no number."""
    values: dict[Cell, Value] = dict.fromkeys(update.parameters, _PROBE)
    values |= dict.fromkeys(update.gradients, gradient) | dict.fromkeys(update.states, 0.0)
    values |= {cell: case.chain.get(cell, case.formulas.cached(cell)) for cell in update.fixed}
    value = case.formulas.compute(update.cell, values)
    return value if isinstance(value, float) else float("nan")
