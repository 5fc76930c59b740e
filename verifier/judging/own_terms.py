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
from verifier.judging.case import Case
from verifier.judging.families import families
from verifier.judging.forward import ForwardPass, Node
from verifier.judging.inference import other_readings
from verifier.judging.labels import partial_of
from verifier.judging.model import Model, NetworkModel
from verifier.judging.oracle import Array, Start
from verifier.judging.own_columns import names_of_columns, own_node
from verifier.judging.table_check import Faults

DELTA = "δ"  # what the name of a delta begins with


@dataclass(frozen=True)
class OwnTerms:
    """A training whose forward pass is given as functions; gradients are derivatives of its loss, updates w − η·∂E/∂w.

    `partials` are other derivatives that the table shows, by their names: ∂of/∂x as (of, x). Deltas come with
    `delta_sign`: many write δ = (t − a)·f'(net), that is −∂E/∂net, and add what an update otherwise subtracts.
    """

    network: Network
    inputs: tuple[str, ...]
    targets: tuple[str, ...]
    parameters: tuple[str, ...]
    trained: tuple[str, ...]
    passes: ForwardPass
    partials: Mapping[str, tuple[str, str]]
    usual: bool  # whether all of it is as the vocabulary has it
    delta_sign: float = 1.0

    @cached_property
    def order(self) -> Sequence[str]:
        """All names in the order in which an iteration computes them."""
        gradients = [gradient_of(name) for name in self.trained]
        return [*self.targets, *self.inputs, *self.parameters, *self.passes.nodes, *self.partials, *gradients]

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
        with np.errstate(all="ignore"):
            values = self.passes.run(given)
            found = {of: self.passes.derivatives(of, values) for of in {TOTAL_LOSS, *dict(self.partials.values())}}
        shown = {name: values[name] for name in (*given, *self.passes.nodes)}
        shown |= {name: self._sign(name) * found[of].get(by, 0.0) for name, (of, by) in self.partials.items()}
        return shown | {gradient_of(name): found[TOTAL_LOSS].get(name, 0.0) for name in self.trained}

    def _sign(self, partial: str) -> float:
        return self.delta_sign if partial[0] == DELTA else 1.0

    def describe(self) -> str:
        """One phrase for people."""
        return self.network.describe() if self.usual else f"{self.network.describe()}, its own forward pass"


def own_models(case: Case, network: Network) -> Iterator[OwnTerms]:
    """The readings of a table's forward pass, the most usual first."""
    for choice in itertools.product(
        *([(k, family) for k, family in enumerate(ways)] for ways in families(case, network))
    ):
        nodes = {name: node for _, family in choice for name, node in family.items()}
        passes = _complete(case, nodes)
        if passes is not None:
            names = {*passes.nodes, *network.inputs, *network.targets, *network.parameters}
            partials = _partials(case, names)
            for sign in (1.0, -1.0) if any(name[0] == DELTA for name in partials) else (1.0,):
                yield OwnTerms(
                    network, network.inputs, network.targets, network.parameters, network.trained, passes,
                    partials, usual=not any(k for k, _ in choice), delta_sign=sign,
                )  # fmt: skip


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


def _complete(case: Case, nodes: Mapping[str, Node]) -> ForwardPass | None:
    """The chosen columns with all that they read, each after what it reads; None where that goes round in a circle."""
    given = {*case.model.inputs, *case.model.targets, *case.model.parameters}
    ordered: dict[str, Node] = {}
    open_names: list[str] = []

    def add(name: str) -> bool:
        if name in ordered or name in given:
            return True
        node = nodes.get(name) or (own_node(case, name) if name in known else None)
        if node is None or name in open_names:
            return False
        open_names.append(name)
        if not all(add(read) for read in node.reads):
            return False
        open_names.pop()
        ordered[name] = node
        return True

    known = set(names_of_columns(case.table.columns, case.table.unnamed).values())
    return ForwardPass(ordered) if TOTAL_LOSS in nodes and all(add(name) for name in nodes) else None


def _partials(case: Case, names: set[str]) -> dict[str, tuple[str, str]]:
    """The derivatives that the table shows besides its gradients: deltas, and factors of the chain rule."""
    found = {delta_of(name): (TOTAL_LOSS, name) for name in names}
    found |= {partial_of(of, by): (of, by) for of in names for by in names if of != by}
    gradients = {gradient_of(name) for name in case.model.parameters}
    return {name: found[name] for name in case.table.columns if name in found and name not in gradients}
