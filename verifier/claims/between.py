"""What lies between an objective and what may be its updates: their gradients stand there."""

from collections.abc import Collection, Iterable, Sequence
from functools import cached_property

from verifier.computing.graph import Graph
from verifier.computing.reach import Numbers
from verifier.computing.recompute import Cell

_HUBS = 32  # formulas nearest to an objective, of which some depend on most that it does
_MANY = 256  # parameters, for which it is worth while to look what these formulas depend on


class Between:
    """The formulas that some updates depend on, and their objective does not.

    `pairs` are the updates with their parameters, `behind` is what the objective depends on. What depends on the end of
    a forward pass, as derivatives do, depends on what that does: on most parameters. On which of them any formula
    depends is found, where that is not enough, with a bit for each of them.
    """

    def __init__(self, graph: Graph, objective: Sequence[Cell], pairs: Sequence[tuple[Cell, Cell]]) -> None:
        self.behind = graph.behind(*objective)
        self._graph, self._objective = graph, objective
        self._updates = _bits(update for update, _ in pairs)
        self._parameters = _bits(parameter for _, parameter in pairs)

    def of(self, update: Cell) -> tuple[Cell, ...]:
        """Those that one update depends on, readers first."""
        own = self._updates[update]
        return tuple(cell for cell, bits in self._led.items() if bits & own and cell != update)

    def leads(self, cell: Cell, update: Cell) -> bool:
        """Whether a cell is one of those that an update depends on."""
        return cell not in self.behind and self._graph.depends(update, cell, until=self.behind)

    def any_follows(self, cells: Collection[Cell], parameter: Cell) -> bool:
        """Whether one of some cells, in it or behind the objective, depends on a parameter."""
        if self._around_hubs is not None:
            number, (below, above) = self._graph.number, self._around_hubs
            if any(below[number[parameter]] & above[number[cell]] for cell in cells):
                return True
        return any(self._followed.get(cell, 0) & self._parameters[parameter] for cell in cells)

    @cached_property
    def _led(self) -> dict[Cell, int]:
        return self._graph.each_past(list(self._updates), until=self.behind)

    @cached_property
    def _followed(self) -> dict[Cell, int]:
        return self._graph.each_followed(list(self._parameters), self._updates)

    @cached_property
    def _around_hubs(self) -> tuple[Numbers, Numbers] | None:
        """What some formulas of the objective depend on, and what depends on them, where there are many parameters."""
        if len(self._parameters) < _MANY:
            return None
        return self._graph.around(self._graph.nearest(self._objective[0], (), _HUBS))


def _bits(cells: Iterable[Cell]) -> dict[Cell, int]:
    return {cell: 1 << bit for bit, cell in enumerate(dict.fromkeys(cells))}
