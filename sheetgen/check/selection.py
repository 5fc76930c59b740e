"""Which parameters are moved to check their gradients: few enough to read, and every unit and input among them.

A weight meets the units that it feeds and what it multiplies. Those that meet two that no earlier one has met come
first, as on the diagonal of a dense layer's matrix, then those that meet one; the rest is spread evenly.
"""

from collections.abc import Mapping

from templates import Network

FEWEST_LEFT_OUT = 100  # moves; with no more parameters than that all are moved
MOST_TO_MEET = 300  # moves; a network with more inputs or units than that has some without one


def parameters_to_move(network: Network, rows_of_a_move: int = 1) -> tuple[str, ...]:
    """The trained parameters to move, in their order; a move takes so many rows of the sheet."""
    most = max(1, FEWEST_LEFT_OUT // rows_of_a_move)
    if len(network.trained) <= most:
        return network.trained
    chosen = _meeting_all(network)[: max(1, MOST_TO_MEET // rows_of_a_move)]
    others = [name for name in network.trained if name not in set(chosen)]
    missing = max(0, most - len(chosen))
    spread = others[:: -(-len(others) // missing)] if missing else []
    moved = {*chosen, *spread}
    return tuple(name for name in network.trained if name in moved)


def _meeting_all(network: Network) -> list[str]:
    """Parameters that meet all units and inputs that parameters meet."""
    meets, met = _met_by(network), set[str]()
    chosen = dict[str, None]()
    for fewest in (2, 1):
        for name in network.trained:
            new = meets.get(name, set()) - met
            if len(new) >= fewest:
                chosen[name] = None
                met |= new
    return list(chosen)


def _met_by(network: Network) -> Mapping[str, set[str]]:
    """The units that each weight feeds, and what it multiplies."""
    found: dict[str, set[str]] = {}
    for layer in network.layers:
        for net, row, sources in zip(layer.nets, layer.weights, layer.sources, strict=False):
            for weight, source in zip(row, sources, strict=False):
                found.setdefault(weight, set()).update((net, source))
    return found
