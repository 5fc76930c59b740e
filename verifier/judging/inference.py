"""Which network a training table trains, read from its labels and its forward formulas.

The labels tell how many units and weights there are, the formulas of the net inputs how they are parted into layers
and who has which bias, and the formulas of the activations of which kind the units are. One wrong label or formula
changes no more than one vote among many, so that it is found as wrong later, checked against the network of the others.
"""

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from templates import TOTAL_LOSS, Activation, Bias, Layer, LayerSize, Loss, Network, delta_of, gradient_of
from verifier.computing.recompute import Cell, Formula, Formulas
from verifier.judging.oracle import Array, activate, losses_of
from verifier.judging.tables import Table
from verifier.judging.typed_networks import nearest_network
from verifier.reading.references import UnsupportedFormulaError

UNNAMED = ""  # the name of a column whose label says nothing, or what another one says already
_MOST_COMPOSED_UNITS = 8  # up to here every way to part the hidden units into layers is looked at
_MOST_LAYERS = 3  # beyond it, those with at most so many hidden layers
_SLACK = 2  # labels too many or too few, over all kinds, that still leave a network in question
_KINDS = sorted(Activation, key=lambda kind: kind is Activation.RELU)  # the last where others do as well
_POINTS = (-1.3, -0.4, 0.7, 2.1)  # net inputs on which the kinds of units differ
_LOSS_OF = {Activation.SIGMOID: Loss.BINARY_CROSS_ENTROPY, Activation.SOFTMAX: Loss.CATEGORICAL_CROSS_ENTROPY}
# Target, output and net input of a sigmoid unit; a loss without a number where 1 − a has no digits is not the oracle's.
_LOSS_POINTS = [(t, 1 / (1 + math.exp(-net)), net) for t, net in ((0.2, -40.0), (0.7, -1.3), (0.9, 0.7), (0.4, 40.0))]


def infer_network(table: Table, formulas: Formulas) -> Network | None:
    """The network that fits the table best; None where no network has labels anything like these."""
    present = {*table.columns, *table.fixed}
    evidence = _sources(table, formulas)
    least = len(present) // 2
    best: list[Network] = []
    for network in _candidates(present):
        cost = len(names_of(network) ^ (present - _optional(network))) + _contradictions(network, evidence)
        if cost < least or (cost == least and not best):
            least, best = cost, [network]
        elif cost == least:
            best.append(network)
    return _with_details(nearest_network(best, "ho", table, formulas), table, formulas) if best else None


def names_of(network: Network) -> set[str]:
    """Every label that a table of the network has, but for the deltas, which it may or may not show."""
    names = {*network.inputs, *network.targets, *network.parameters, *network.losses, TOTAL_LOSS}
    for layer in network.layers:
        names |= {*layer.nets, *layer.outputs, *(gradient_of(name) for name in layer.trained)}
    return names


def _optional(network: Network) -> set[str]:
    names = {delta_of(net) for layer in network.layers for net in layer.nets}
    return names | {gradient_of(bias) for layer in network.layers for bias in layer.bias_names}


def _candidates(present: set[str]) -> Iterator[Network]:
    """Networks whose counts come near those of the labels; at first with sigmoid units and untrained biases."""
    activations = {name[2:] for name in present if name.startswith("a_")}
    inputs, weights, biases = ([_count(present, letter)] for letter in "iwb")
    outputs = [_count(present, letter) for letter in "toE"] + [_count(activations, "o")]
    hidden = [_count(present, "h"), _count(activations, "h")]
    for i, o, h in itertools.product(_near(inputs, 1), _near(outputs, 1), _near(hidden, 0)):
        off = _off(i, inputs) + _off(o, outputs) + _off(h, hidden)
        for layers in _compositions(h) if off <= _SLACK else ():
            units = (*layers, o)
            off_weights = off + _off(sum(a * b for a, b in itertools.pairwise((i, *units))), weights)
            for kinds in itertools.product(Bias, repeat=len(units)) if off_weights <= _SLACK else ():
                if off_weights + _off(_bias_count(kinds, units), biases) <= _SLACK:
                    sizes = (LayerSize(u, Activation.SIGMOID, k, False) for u, k in zip(units, kinds, strict=True))
                    yield Network(i, tuple(sizes))


def _count(names: Iterable[str], letter: str) -> int:
    """How many names are a letter and a number."""
    return sum(name[0] == letter and name[1:].isdecimal() for name in names)


def _near(counts: Iterable[int], least: int) -> set[int]:
    """The counts that may be meant: a label that is wrong is one too few of its kind, or one too many."""
    return {near for count in counts for near in (count - 1, count, count + 1) if near >= least}


def _off(number: int, counts: Iterable[int]) -> int:
    """How far a number is from the nearest of the counts."""
    return min(abs(number - count) for count in counts)


def _bias_count(kinds: Iterable[Bias], units: Iterable[int]) -> int:
    return sum({Bias.NONE: 0, Bias.SHARED: 1, Bias.PER_UNIT: u}[kind] for kind, u in zip(kinds, units, strict=True))


def _compositions(units: int) -> Iterator[tuple[int, ...]]:
    """The ways to part so many hidden units into layers."""
    most = units if units <= _MOST_COMPOSED_UNITS else _MOST_LAYERS
    for parts in range(0 if units == 0 else 1, most + 1):
        for cuts in itertools.combinations(range(1, units), max(parts - 1, 0)):
            edges = (0, *cuts, units)
            yield tuple(b - a for a, b in itertools.pairwise(edges)) if units else ()


def _sources(table: Table, formulas: Formulas) -> dict[str, Counter[str]]:
    """For each net input, the columns that most of its formulas read in their row, `UNNAMED` where one has no name.

    A formula that reads nothing of its row, as all below a row that was inserted, tells nothing of the network.
    """
    names = {column: name for name, column in table.columns.items()}
    names |= dict.fromkeys((*table.repeated, *table.unnamed), UNNAMED)
    fixed = {cell: name for name, cell in table.fixed.items()}
    found: dict[str, Counter[str]] = {}
    for net, column in table.columns.items():
        if net[0] not in "ho":
            continue
        votes: Counter[tuple[str, ...]] = Counter()
        for row in _sample(table.rows):
            cell = (table.sheet, row, column)
            if cell in formulas:
                reads = formulas.precedents(cell)
                own = sorted({c for sheet, r, c in reads if (sheet, r) == cell[:2] and c in names})
                votes[(*(names[c] for c in own), *(fixed[read] for read in reads if read in fixed))] += 1
        del votes[()]
        if votes:
            found[net] = Counter(votes.most_common(1)[0][0])
    return found


def _contradictions(network: Network, evidence: dict[str, Counter[str]]) -> int:
    """How many columns the units read that they should not, or should and do not; an unnamed one may be any."""
    count = 0
    for layer in network.layers:
        for unit, net in enumerate(layer.nets):
            if net in evidence:
                expected = {*layer.weights[unit], *layer.sources[unit], *layer.biases[unit : unit + 1]}
                read, unnamed = set(evidence[net]) - {UNNAMED}, evidence[net][UNNAMED]
                count += len(read - expected) + abs(len(expected - read) - unnamed)
    return count


def _with_details(network: Network, table: Table, formulas: Formulas) -> Network:
    """The network with the kinds of its units, and with those biases trained that have a gradient."""
    for number, layer in enumerate(network.layers):
        votes = _votes(layer, table, formulas)
        trained = any(_is_trained(bias, table, formulas) for bias in layer.bias_names)
        kinds = [votes.most_common(1)[0][0]] if votes else _KINDS
        readings = [_with_layer(network, number, activation=kind, trained_bias=trained) for kind in kinds]
        network = nearest_network(readings, "a", table, formulas)
    return replace(network, loss=_loss(network, table, formulas))


def _with_layer(network: Network, number: int, **changes: Any) -> Network:
    sizes = network.sizes
    size = sizes[number]
    assert isinstance(size, LayerSize)  # noqa: S101  no other layers are told by labels
    return replace(network, sizes=(*sizes[:number], replace(size, **changes), *sizes[number + 1 :]))


def other_readings(network: Network, table: Table, formulas: Formulas) -> Iterator[Network]:
    """The network with a layer of another kind, for each kind that some of the layer's units are of."""
    for number, layer in enumerate(network.layers):
        for kind in _votes(layer, table, formulas):
            if kind is not layer.activation:
                yield _with_layer(network, number, activation=kind)


def _votes(layer: Layer, table: Table, formulas: Formulas) -> Counter[Activation]:
    """How often the units of a layer are of each kind."""
    votes: Counter[Activation] = Counter()
    for unit in range(len(layer.nets)):
        votes.update(_kinds(layer, unit, table, formulas))
    return votes


def _is_trained(bias: str, table: Table, formulas: Formulas) -> bool:
    """Whether a bias has a gradient, or an update that reads more than the bias itself."""
    if gradient_of(bias) in table.columns:
        return True
    column = table.columns.get(bias, 0)
    cells = [(table.sheet, row, column) for row in _sample(table.rows[1:])]
    updates = [len(set(formulas.precedents(cell))) > 1 for cell in cells if cell in formulas]
    return sum(updates) * 2 > len(updates)


def _kinds(layer: Layer, unit: int, table: Table, formulas: Formulas) -> Iterator[Activation]:
    """The kind of a unit as each of a sample of its rows has it, where it is one that is known."""
    output, places = layer.outputs[unit], [table.columns.get(net) for net in layer.nets]
    if places[unit] is None or output not in table.columns:
        return
    known: dict[Formula, Activation | None] = {}
    for row in _sample(table.rows):
        cell = (table.sheet, row, table.columns[output])
        formula = formulas.get(cell)
        if formula is None:
            continue
        if formula not in known:
            nets = [None if column is None else (table.sheet, row, column) for column in places]
            known[formula] = _kind(cell, unit, nets, formulas)
        if (kind := known[formula]) is not None:
            yield kind


def _kind(cell: Cell, unit: int, nets: Sequence[Cell | None], formulas: Formulas) -> Activation | None:
    """The kind whose numbers a formula gives for some net inputs of its layer."""
    points = np.array([[_POINTS[(k + 2 * j) % len(_POINTS)] - 0.1 * j for j in range(len(nets))] for k in range(4)])
    computed = [_computed(cell, dict(zip(nets, row, strict=True)), formulas) for row in points.tolist()]
    matching = (kind for kind in Activation if _same(computed, activate(kind, points)[:, unit]))
    return next(matching, None)


def _loss(network: Network, table: Table, formulas: Formulas) -> Loss:
    """The loss that goes with the units of the output layer, where most of the formulas are it, or the usual one."""
    last, votes = network.layers[-1], Counter[bool]()
    loss = _LOSS_OF.get(last.activation)
    for names in zip(network.losses, network.targets, last.outputs, last.nets, strict=True) if loss else ():
        row = table.last_whole
        cell, *read = (table.fixed.get(n) or (table.sheet, row, table.columns.get(n, -1)) for n in names)
        if loss is not None and cell in formulas:
            found = [_computed(cell, dict(zip(read, point, strict=True)), formulas) for point in _LOSS_POINTS]
            targets, outputs, nets = (
                np.array([[number] for number in column]) for column in zip(*_LOSS_POINTS, strict=True)
            )
            votes[_same(found, losses_of(loss, targets, outputs, nets)[:, 0])] += 1
    return loss if loss is not None and votes[True] >= max(1, votes[False]) else Loss.HALF_SQUARED_ERROR


def _same(found: Sequence[float], expected: Array) -> bool:
    return np.allclose(found, expected, rtol=1e-9, atol=0)


def _computed(cell: Cell, values: Mapping[Cell | None, float], formulas: Formulas) -> float:
    """What a formula gives for the values of some cells; NaN where that is no number."""
    try:
        value = formulas.compute(cell, {read: number for read, number in values.items() if read is not None})
    except UnsupportedFormulaError:
        return math.nan
    return value if isinstance(value, float) else math.nan


def _sample(rows: range, most: int = 25) -> range:
    """Rows from the whole table, evenly apart."""
    return rows[:: max(1, len(rows) // most)]
