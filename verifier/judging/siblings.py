"""The formula of a column, read off a sibling's: a layer's units are interchangeable, and so are what they read.

Exchanging two units of a layer, with all their weights, leaves a network as it was; the formula of one's gradient then
becomes the formula of the other's, in the style of the one who wrote it.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from templates import Network, delta_of, gradient_of
from verifier.computing.recompute import Formula
from verifier.judging.case import Case
from verifier.reading.references import Axis, Pattern, Reference

Exchange = Mapping[str, str]  # names that take each other's place


_WIDEST = 24  # units of a layer, or inputs, that are exchanged
_MOST_EXCHANGES = 2_000  # that are looked at, for one column
_MOST_SIBLINGS = 12  # whose formulas are proposed


def sibling_formulas(case: Case, network: Network, name: str) -> Iterator[Pattern]:
    """What the column of a name would hold if it were filled in as some of its siblings are, a pattern for each."""
    found = (_as_sibling(case, name, *pair) for pair in itertools.islice(_exchanges(network), _MOST_EXCHANGES))
    return itertools.islice((pattern for pattern in found if pattern is not None), _MOST_SIBLINGS)


def _as_sibling(case: Case, name: str, first: Exchange, second: Exchange) -> Pattern | None:
    """The formula of the column that takes the place of a name's in two exchanges, with all that it reads exchanged."""

    def exchanged(read: str) -> str:
        once = first.get(read, read)
        return second.get(once, once)

    other = exchanged(name)
    if other == name or other not in case.table.columns:
        return None
    formula = case.usual(case.table.columns[other])
    return None if formula is None else _moved(case, formula, other, name, exchanged)


def _exchanges(network: Network) -> Iterator[tuple[Exchange, Exchange]]:
    """Every exchange of two units, of two inputs, and of two of each side of a layer."""
    places = [_inputs(network, a, b) for a in range(min(network.input_count, _WIDEST)) for b in range(a)]
    by_layer: list[list[Exchange]] = [[{}, *places]]
    for number, layer in enumerate(network.layers):
        units = range(min(len(layer.nets), _WIDEST))
        by_layer.append([{}, *(_units(network, number, a, b) for a in units for b in units if b < a)])
    for before, after in itertools.pairwise(by_layer):
        yield from ((one, other) for one in before for other in after if one or other)


def _inputs(network: Network, a: int, b: int) -> Exchange:
    first, second = network.inputs[a], network.inputs[b]
    pairs = [(first, second), *((row[a], row[b]) for row in network.layers[0].weights)]
    return _both_ways(pairs)


def _units(network: Network, number: int, a: int, b: int) -> Exchange:
    """Two units of a layer, with all that leads to them and from them."""
    layer, last = network.layers[number], number == len(network.layers) - 1
    pairs = [(names[a], names[b]) for names in (layer.nets, layer.outputs)]
    pairs += zip(layer.weights[a], layer.weights[b], strict=True)
    if len(layer.bias_names) == len(layer.nets):
        pairs.append((layer.biases[a], layer.biases[b]))
    if last:
        pairs += [(names[a], names[b]) for names in (network.targets, network.losses)]
    else:
        pairs += [(row[a], row[b]) for row in network.layers[number + 1].weights]
    return _both_ways(pairs)


def _both_ways(pairs: list[tuple[str, str]]) -> Exchange:
    pairs += [(gradient_of(a), gradient_of(b)) for a, b in pairs if a[0] in "wb"]
    pairs += [(delta_of(a), delta_of(b)) for a, b in pairs if a[0] in "ho"]
    return dict(pairs) | {b: a for a, b in pairs}


def _moved(case: Case, formula: Formula, source: str, target: str, exchanged: Callable[[str], str]) -> Pattern | None:
    """A formula of one column with every column that it reads exchanged; None where one of them has no name."""
    names = {column: name for name, column in case.table.columns.items()}
    own, new = case.table.columns[source], case.table.columns[target]
    references = []
    for reference, sheet in zip(formula.pattern.references, formula.sheets, strict=True):
        column = reference.column.at(own)
        inside = sheet == case.table.sheet and not reference.is_range and column in names
        if not inside and not reference.column.anchored:
            return None
        read = exchanged(names[column]) if inside else ""
        references.append(_to_column(reference, case.table.columns.get(read, column), new))
    return Pattern(formula.pattern.skeleton, tuple(references))


def _to_column(reference: Reference, column: int, own: int) -> Reference:
    axis = reference.column
    return replace(reference, column=Axis(column if axis.anchored else column - own, axis.anchored))
