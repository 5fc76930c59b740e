"""Which network typed numbers are those of, where no formula tells how its layers are connected, and of what kind."""

from collections.abc import Mapping, Sequence

import numpy as np

from templates import Activation, Layer, Network
from verifier.computing.recompute import Formulas
from verifier.judging.oracle import Array, activate, own_rows
from verifier.judging.tables import Table

_MOST_NETWORKS = 100  # that are tried on the numbers


def fitting_numbers(networks: Sequence[Network], table: Table, formulas: Formulas) -> Network:
    """Of networks that fit the labels alike the one whose net inputs were typed; the first where none were."""
    nets = [name for name in table.columns if name[0] in "ho" and _is_typed(table, name, formulas)]
    if len(networks) == 1 or not nets:
        return networks[0]
    shown = _shown(table, formulas)
    rates = np.full(len(table.rows), np.nan)
    given = [own_rows(network, shown, rates) for network in networks[:_MOST_NETWORKS]]
    off = [sum(_distance(step.get(net), shown[net]) for net in nets) for step in given]
    return networks[int(np.argmin(off))]


def kind_by_numbers(layer: Layer, table: Table, formulas: Formulas) -> Activation:
    """The kind of a layer's units whose typed activations are the nearest; sigmoid where there are none.

    A net input that is not shown is the sum that its layer makes.
    """
    shown = _shown(table, formulas)
    pairs = [
        (shown.get(net, _net_input(layer, k, shown)), shown[output])
        for k, (net, output) in enumerate(zip(layer.nets, layer.outputs, strict=True))
        if _is_typed(table, output, formulas)
    ]
    if not pairs:
        return Activation.SIGMOID
    kinds = sorted(Activation, key=lambda kind: kind is Activation.RELU)  # the last where others do as well
    with np.errstate(all="ignore"):
        off = [sum(_distance(activate(kind, net), output) for net, output in pairs) for kind in kinds]
    return kinds[int(np.argmin(off))]


def _shown(table: Table, formulas: Formulas) -> dict[str, Array]:
    """The numbers that stand in a table, (rows,) for each name."""
    fixed = {name: np.full(len(table.rows), _number(formulas, cell)) for name, cell in table.fixed.items()}
    return fixed | {name: _numbers(table, name, formulas) for name in table.columns}


def _net_input(layer: Layer, unit: int, shown: Mapping[str, Array]) -> Array:
    """The weighted sum of a unit, NaN where it is made of something that is not shown."""
    nothing = np.array(np.nan)
    terms = [
        shown.get(weight, nothing) * shown.get(source, nothing)
        for weight, source in zip(layer.weights[unit], layer.sources, strict=True)
    ]
    return sum((shown.get(bias, nothing) for bias in layer.biases[unit : unit + 1]), sum(terms, np.array(0.0)))


def _is_typed(table: Table, name: str, formulas: Formulas) -> bool:
    """Whether a column has numbers and no formula."""
    if name not in table.columns:
        return False
    cells = [(table.sheet, row, table.columns[name]) for row in table.rows]
    has_numbers = any(isinstance(formulas.cached(cell), float) for cell in cells)
    return has_numbers and not any(cell in formulas for cell in cells)


def _numbers(table: Table, name: str, formulas: Formulas) -> Array:
    return np.array([_number(formulas, (table.sheet, row, table.columns[name])) for row in table.rows])


def _number(formulas: Formulas, cell: tuple[int, int, int]) -> float:
    value = formulas.cached(cell)
    return value if isinstance(value, float) else float("nan")


def _distance(one: Array | None, other: Array) -> float:
    """How far two columns are apart; infinite where they cannot be compared."""
    if one is None:
        return float("inf")
    off = (one - other) ** 2
    known = off[np.isfinite(off)]
    return float(np.mean(known)) if len(known) else float("inf")
