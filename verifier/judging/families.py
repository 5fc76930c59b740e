"""The families of a forward pass, and the ways in which each may be read: as the vocabulary has it, or as it stands.

What all units of a layer, or all losses, have in common is taken for meant; one that differs from its siblings is
wrong. Coupled units, as those of a softmax, are taken as they are, and so are losses over the net inputs.
"""

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from templates import TOTAL_LOSS, Activation, Layer, Network
from verifier.computing.recompute import Cell, Formula
from verifier.judging.case import Case
from verifier.reading.parsing import parse
from verifier.reading.references import Axis, Pattern, Reference, UnsupportedFormulaError, address
from verifier.values import Value

Family = Mapping[Cell, Formula]  # formulas in the place of those that stand there, chosen together
Kind = tuple[tuple[bool, ...], tuple[float, ...]]  # of a function: what of that it reads is a target, and what it gives

_KINDS = {
    Activation.SIGMOID: "1/(1+EXP(-{}))",
    Activation.TANH: "TANH({})",
    Activation.RELU: "MAX(0,{})",
    Activation.LINEAR: "{}*1",
    Activation.LEAKY_RELU: "MAX({0},0.01*{0})",
    Activation.SOFTPLUS: "LN(1+EXP({}))",
    Activation.SILU: "{0}/(1+EXP(-{0}))",
    Activation.GELU: "0.5*{0}*(1+TANH(SQRT(2/PI())*({0}+0.044715*{0}^3)))",
}
_HALF = "0.5*({}-{})^2"
_POINTS = (-20.0, -1.3, -0.4, 0.0, 0.7, 2.1, 20.0)
_SAMPLES = 6
_SAME = 1e-9
_BESIDE = 16_384  # the column in which a total stands that the table does not show: the last one that a sheet has


class ForwardRow:
    """One row of a table, and the formulas that its forward pass has there."""

    def __init__(self, case: Case, network: Network) -> None:
        self.case, self._network = case, network
        self._row = case.table.last_whole
        self._given = {*network.inputs, *network.targets, *network.parameters}
        self._shown = {*network.inputs, *network.targets}

    def cell(self, name: str) -> Cell:
        """Where a name stands."""
        table = self.case.table
        return table.fixed.get(name) or (table.sheet, self._row, table.columns.get(name, _BESIDE))

    def own(self, cell: Cell) -> Formula | None:
        """The formula that most cells of a column have, or the last one."""
        case = self.case
        if cell[2] == _BESIDE:
            return None
        return case.usual(cell[2]) or next((f for f in reversed(case.column(cell[2])) if f is not None), None)

    def given(self, cell: Cell) -> str | None:
        """The name of a cell that holds what a row is given; inputs and targets may stand in any row."""
        name = self.names.get(cell)
        if name is None and cell[0] == self.case.table.sheet and cell[1] in self.case.table.rows:
            name = self._by_column.get(cell[2])
            return name if name in self._shown else None
        return name if name in self._given else None

    @cached_property
    def names(self) -> dict[Cell, str]:
        """The names of cells."""
        return {self.cell(name): name for name in (TOTAL_LOSS, *self.case.table.columns, *self.case.table.fixed)}

    @cached_property
    def _by_column(self) -> dict[int, str]:
        return {column: name for name, column in self.case.table.columns.items()}

    def is_computed(self, cell: Cell) -> bool:
        """Whether a cell belongs to the columns of the table, of whatever row, and is not given."""
        table = self.case.table
        is_inside = cell[0] == table.sheet and cell[1] in table.rows and (
            cell[2] in self._by_column or cell[2] in table.unnamed
        )  # fmt: skip
        return is_inside and self.given(cell) is None

    def is_here(self, cell: Cell) -> bool:
        """Whether a cell is in the row."""
        return cell[1] == self._row

    def constant(self, cell: Cell) -> Value:
        """What a cell holds that belongs to no column."""
        return self.case.chain.get(cell, self.case.formulas.cached(cell))

    # --- families -------------------------------------------------------------------------------------------------

    def families(self) -> list[list[Family]]:
        """For each family of columns the ways to read it, the most usual first; without a formula it stays."""
        activations = [self._activations(layer) for layer in self._network.layers]
        return [self._nets(), *activations, self._losses(), self._total()]

    def _nets(self) -> list[Family]:
        """The net inputs: weighted sums, or as they are where most of them are something else."""
        usual: dict[Cell, Formula] = {}
        shown = 0
        for layer in self._network.layers:
            for k, net in enumerate(layer.nets):
                terms = [*zip(layer.weights[k], layer.sources[k], strict=True), *zip(layer.biases[k : k + 1])]
                if net in self.case.table.columns and not self._is_sum(self.cell(net), terms):
                    usual[self.cell(net)] = self._written(net, ["*".join(map(self._at, term)) for term in terms])
                shown += net in self.case.table.columns
        return [usual] if 2 * len(usual) <= shown else [usual, {}]

    def _activations(self, layer: Layer) -> list[Family]:
        """The activations of a layer: of the kind that was inferred, or as most of its units are."""
        columns = self.case.table.columns
        shown = {o: (net,) for net, o in zip(layer.nets, layer.outputs, strict=True) if o in columns}
        if layer.activation is Activation.SOFTMAX or not all(net in columns for (net,) in shown.values()):
            return [{}]
        return self._ways(shown, _KINDS[layer.activation], is_open=False)

    def _losses(self) -> list[Family]:
        """The losses of the outputs: half squared errors, or as most of them are."""
        pairs = zip(self._network.targets, self._network.layers[-1].outputs, self._network.losses, strict=True)
        shown = {loss: (target, output) for target, output, loss in pairs if loss in self.case.table.columns}
        ways = self._ways(shown, _HALF, is_open=True)
        nets = {*map(self.cell, self._network.layers[-1].nets)}
        own = [(cell, formula) for loss in shown if (formula := self.own(cell := self.cell(loss))) is not None]
        over_nets = sum(not nets.isdisjoint(self._named(*one)) for one in own)
        return [ways[0], {}] if 2 * over_nets > len(shown) else ways

    def _total(self) -> list[Family]:
        """The total: the sum of the losses, or as it is; half the squared errors where the table shows neither."""
        cell = self.cell(TOTAL_LOSS)
        parts = [loss for loss in self._network.losses if loss in self.case.table.columns]
        is_shown = self.own(cell) is not None
        if (is_shown and not parts) or (parts and self._is_sum(cell, [*zip(parts)])):
            return [{}]
        pairs = zip(self._network.targets, self._network.layers[-1].outputs, strict=True)
        terms = map(self._at, parts) if parts else (_HALF.format(*map(self._at, pair)) for pair in pairs)
        usual = {cell: self._written(TOTAL_LOSS, terms)}
        return [usual, {}] if is_shown else [usual]

    def _ways(self, reads: Mapping[str, tuple[str, ...]], form: str, is_open: bool) -> list[Family]:
        """The ways to read columns that are functions of others: the usual form, or what most of them are.

        Where they have nothing in common they may be meant as they stand if that `is_open`, or all read more.
        """
        usual = {self.cell(name): self._written(name, [form.format(*map(self._at, of))]) for name, of in reads.items()}
        own = [(cell, formula) for cell in usual if (formula := self.own(cell)) is not None]
        usual_kind = next((self._kind(*one) for one in usual.items()), None)
        kinds = [(self._kind(*one), one) for one in own if _is_movable(one[1])]
        alike = [kind for kind, _ in kinds if kind and usual_kind and kind[0] == usual_kind[0]]
        if not alike:
            is_coupled = all(len(self._named(*one)) > 1 for one in own)
            return [usual, {}] if own and (is_open or is_coupled) else [usual]
        common = max(alike, key=alike.count)
        if common == usual_kind:
            return [usual]
        return [usual, {self.cell(name): self._moved(*dict(kinds)[common], of) for name, of in reads.items()}]

    # --- formulas -------------------------------------------------------------------------------------------------

    def _at(self, name: str) -> str:
        return address(self._reference(self.cell(name)), 0, 0)

    def _reference(self, cell: Cell) -> Reference:
        sheet = None if cell[0] == self.case.table.sheet else self.case.formulas.workbook.sheets[cell[0]].name
        return Reference(sheet, Axis(cell[1], True), Axis(cell[2], True))

    def _written(self, name: str, terms: Iterable[str]) -> Formula:
        """A sum of terms as a formula in the cell of a name."""
        sheet, row, column = self.cell(name)
        return self.case.formulas.compile(parse("+".join(terms), row, column, {}), sheet)

    def _named(self, cell: Cell, formula: Formula) -> list[Cell]:
        """The cells of the table that a formula reads, targets first."""
        try:
            read = dict.fromkeys(self.case.formulas.precedents(cell, formula))
        except UnsupportedFormulaError:
            return []
        named = (place for place in read if self.given(place) or self.is_computed(place))
        return sorted(named, key=lambda place: (self.given(place) not in self._network.targets, place))

    def _kind(self, cell: Cell, formula: Formula) -> Kind | None:
        """Which function a formula is: what it gives of some numbers; None where it is none of all numbers."""
        read = self._named(cell, formula)
        values = [self._value(cell, formula, dict(zip(read, point, strict=True))) for point in _points(len(read))]
        if not all(map(math.isfinite, values)):
            return None
        return tuple(self.given(place) in self._network.targets for place in read), tuple(
            round(v, 9) + 0.0 for v in values
        )

    def _moved(self, cell: Cell, formula: Formula, to: Sequence[str]) -> Formula:
        """A formula of a cell with other cells in the place of those with names that it reads."""
        others = dict(zip(self._named(cell, formula), map(self.cell, to), strict=True))
        read = self.case.formulas.precedents(cell, formula)
        references = tuple(self._reference(others.get(place, place)) for place in read)
        return self.case.formulas.compile(Pattern(formula.pattern.skeleton, references), cell[0])

    def _is_sum(self, cell: Cell, terms: Sequence[tuple[str, ...]]) -> bool:
        """Whether the formula of a cell is a sum of products."""
        own, places = self.own(cell), [tuple(map(self.cell, term)) for term in terms]
        if own is None or {*self._named(cell, own)} != {place for term in places for place in term}:
            return False
        read = self._named(cell, own)
        numbers = [dict(zip(read, point, strict=True)) for point in _points(len(read))]
        wanted = [math.fsum(math.prod(map(known.__getitem__, term)) for term in places) for known in numbers]
        return all(
            math.isclose(self._value(cell, own, known), number, rel_tol=_SAME)
            for known, number in zip(numbers, wanted, strict=True)
        )

    def _value(self, cell: Cell, formula: Formula, numbers: Mapping[Cell, float]) -> float:
        try:
            values = {place: self.constant(place) for place in self.case.formulas.precedents(cell, formula)}
            value = self.case.formulas.compute(cell, {**values, **numbers}, formula)
        except UnsupportedFormulaError:
            return math.nan
        return value if isinstance(value, float) else math.nan


def _is_movable(formula: Formula) -> bool:
    return not any(reference.is_range for reference in formula.pattern.references)


def _points(count: int) -> list[list[float]]:
    """Numbers on which functions of as many differ; an activation has a value for all numbers."""
    if count == 1:
        return [[point] for point in _POINTS]
    generator = random.Random(1)  # noqa: S311  the same samples in every run
    return [[generator.uniform(0.1, 0.9) for _ in range(count)] for _ in range(_SAMPLES)]
