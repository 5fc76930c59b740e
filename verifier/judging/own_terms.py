"""Judging a table on its own terms: the forward pass is the workbook's, the gradients are the derivatives of its loss.

A legitimate forward pass may have another activation or loss than those of the vocabulary. Where a family of columns
as a whole is unusual, it is tried as it stands and as the vocabulary has it, and the reading that leaves the fewest
wrong columns is the one that the table is checked against.
"""

import itertools
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from templates import TOTAL_LOSS, Network, delta_of, gradient_of
from verifier.computing.graph import Graph, Slopes
from verifier.computing.recompute import Cell, Formula
from verifier.judging.case import Case
from verifier.judging.families import Family, ForwardRow
from verifier.judging.inference import other_readings
from verifier.judging.labels import partial_of
from verifier.judging.model import Model, NetworkModel
from verifier.judging.oracle import Array, Start
from verifier.judging.table_check import Faults
from verifier.reading.references import UnsupportedFormulaError
from verifier.values import Value

DELTA = "δ"  # what the name of a delta begins with


@dataclass(frozen=True)
class OwnTerms(Model):
    """A training whose forward pass are formulas of a row; gradients are derivatives of its loss, updates w − η·∂E/∂w.

    `cells` are the cells of what the row computes, `given` the names of the cells that it reads, and `constants` the
    values of others. `partials` are other derivatives that the table shows, by their names: ∂of/∂x as (of, x). Deltas
    come with `delta_sign`: many write δ = (t − a)·f'(net), that is −∂E/∂net, and add what an update else subtracts.
    """

    graph: Graph
    cells: Mapping[str, Cell]
    given: Mapping[Cell, str]
    constants: Mapping[Cell, Value]
    partials: Mapping[str, tuple[str, str]]
    usual: bool  # whether all of it is as the vocabulary has it
    delta_sign: float = 1.0

    @cached_property
    def order(self) -> Sequence[str]:
        """All names in the order in which an iteration computes them."""
        gradients = [gradient_of(name) for name in self.trained]
        return [*self.targets, *self.inputs, *self.parameters, *self.cells, *self.partials, *gradients]

    def train(self, start: Start) -> dict[str, Array]:
        """Every quantity by its name, (rows,) each; NaN from the first row with anything that is no number."""
        rows = len(start.rates)
        series = {name: np.full(rows, np.nan) for name in self.order}
        parameters = dict(start.parameters)
        for row in range(rows):
            given = dict(zip(self.inputs, start.inputs[row].tolist(), strict=True))
            given |= dict(zip(self.targets, start.targets[row].tolist(), strict=True))
            values = self._iteration(given | parameters)
            if not all(map(math.isfinite, values.values())):
                break
            for name in self.order:
                series[name][row] = values[name]
            rate = float(start.rates[row])
            parameters |= {name: parameters[name] - rate * values[gradient_of(name)] for name in self.trained}
        return series

    def _iteration(self, given: Mapping[str, float]) -> dict[str, float]:
        values: dict[Cell, Value] = {**self.constants, **{cell: given[name] for cell, name in self.given.items()}}
        self.graph.compute(values)
        slopes = self.graph.slopes(values)
        ends = {TOTAL_LOSS, *(of for of, _ in self.partials.values())}
        found = {of: self._derivatives(of, slopes) for of in ends}
        computed = {name: _number(values[cell]) for name, cell in self.cells.items()}
        partials = {name: self._sign(name) * found[of].get(by, 0.0) for name, (of, by) in self.partials.items()}
        gradients = {gradient_of(name): found[TOTAL_LOSS].get(name, 0.0) for name in self.trained}
        return {**given, **computed, **partials, **gradients}

    def _derivatives(self, of: str, slopes: Slopes) -> dict[str, float]:
        """The derivatives of a quantity by all others, by their names; NaN where a formula on the way has none."""
        if of not in self.cells:
            return {of: 1.0}
        past = self.graph.past(self.cells[of])
        if any(self.graph.reads[cell] and cell not in slopes for cell in past):
            return dict.fromkeys([*self.cells, *self.given.values()], math.nan)
        by_cell = self.graph.gradient(past, slopes, {self.cells[of]: 1.0})
        found = {name: by_cell.get(cell, 0.0) for name, cell in self.cells.items()}
        for cell, name in self.given.items():
            found[name] = found.get(name, 0.0) + by_cell.get(cell, 0.0)
        return found

    def _sign(self, partial: str) -> float:
        return self.delta_sign if partial[0] == DELTA else 1.0

    def describe(self) -> str:
        """One phrase for people."""
        return self.network.describe() if self.usual else f"{self.network.describe()}, its own forward pass"


def own_models(case: Case, network: Network) -> Iterator[OwnTerms]:
    """The readings of a table's forward pass, the most usual first; without that of the vocabulary, which it has."""
    row = ForwardRow(case, network)
    for choice in itertools.product(*map(enumerate, row.families())):
        changes = {cell: formula for _, family in choice for cell, formula in family.items()}
        usual = not any(k for k, _ in choice)
        model = _model(case, network, row, changes, usual)
        if model is not None:
            if not (usual and _is_known(model, case)):
                yield model
            if any(name[0] == DELTA for name in model.partials):
                yield replace(model, delta_sign=-1.0)


def _is_known(model: OwnTerms, case: Case) -> bool:
    """Whether the table shows all units and losses of the vocabulary, and nothing else: the oracle knows them."""
    forward = {name for name in case.order if name[0] in "hoaE"}
    is_whole = forward <= model.cells.keys() and model.partials.keys() <= case.order.keys()
    return is_whole and model.network == case.network


def settle_terms(case: Case, network: Network) -> Case:
    """The case under the reading of its forward pass that leaves the fewest wrong columns, the most usual of those."""
    known: Iterator[Model] = map(NetworkModel, other_readings(network, case.table, case.formulas))
    readings = itertools.chain(() if _only_own(case) else known, own_models(case, network))
    trials = (trial for model in readings if (trial := replace(case, model=model)).can_be_sampled())
    best, fewest = case, math.inf if _only_own(case) else wrong_columns(case)
    for trial in trials:
        if fewest == 0:
            break
        wrong = wrong_columns(trial)
        if wrong < fewest:
            best, fewest = trial, wrong
    return best


def needs_own_terms(case: Case, faults: Faults) -> bool:
    """Whether the table has something that the oracle calls wrong all the way, or does not know."""
    return bool(_only_own(case) or faults.wrong_throughout(len(case.table.rows)))


def wrong_columns(case: Case) -> int:
    """How many columns have a formula, in most of their cells, that is not right."""
    verdicts = case.right_in_random_states(case.samples())
    columns = {name: Counter(case.column(column)[1:]) for name, column in case.table.columns.items()}
    return sum(
        not verdicts.get((name, counts.most_common(1)[0][0]), True)  # type: ignore[arg-type]  # a constant has no verdict
        for name, counts in columns.items()
        if counts
    )


def _only_own(case: Case) -> set[str]:
    """The factors of the chain rule that the table shows, which the oracle has no numbers for."""
    return {name for name in case.table.columns if name.startswith("∂") and name not in case.order}


def _model(case: Case, network: Network, row: ForwardRow, changes: Family, usual: bool) -> OwnTerms | None:
    """A reading, each formula after what it reads; None where that goes round in a circle, or leaves the row."""
    formulas: dict[Cell, Formula] = {}
    given: dict[Cell, str] = {}
    constants: dict[Cell, Value] = {}
    waiting: set[Cell] = set()

    def add(cell: Cell) -> bool:
        if (name := row.given(cell)) is not None:
            given[cell] = name
        elif not row.is_computed(cell) and cell not in changes:
            constants[cell] = row.constant(cell)
        elif cell not in formulas:
            formula = changes.get(cell) or row.own(cell)
            if formula is None or cell in waiting or not row.is_here(cell):
                return False
            waiting.add(cell)
            if not all(map(add, case.formulas.precedents(cell, formula))):
                return False
            formulas[cell] = formula
        return True

    units = [name for layer in network.layers for pair in zip(layer.nets, layer.outputs, strict=True) for name in pair]
    shown = {name: row.cell(name) for name in (*units, *network.losses) if name in case.table.columns}
    ends = [cell for cell in shown.values() if cell in changes or row.own(cell) is not None]
    try:
        if not all(map(add, [*ends, row.cell(TOTAL_LOSS)])):
            return None
    except UnsupportedFormulaError:
        return None
    cells = {row.names[cell]: cell for cell in formulas if cell in row.names}
    partials = _partials(case, {*cells, *network.inputs, *network.targets, *network.parameters})
    graph = Graph(case.formulas.with_changes(formulas), formulas)
    return OwnTerms(network, graph, cells, given, constants, partials, usual)


def _number(value: Value) -> float:
    return value if isinstance(value, float) else math.nan


def _partials(case: Case, names: set[str]) -> dict[str, tuple[str, str]]:
    """The derivatives that the table shows besides its gradients: deltas, and factors of the chain rule."""
    found = {delta_of(name): (TOTAL_LOSS, name) for name in names}
    found |= {partial_of(of, by): (of, by) for of in names for by in names if of != by}
    gradients = {gradient_of(name) for name in case.model.parameters}
    return {name: found[name] for name in case.table.columns if name in found and name not in gradients}
