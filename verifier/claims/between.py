"""What lies between an objective and what may be its updates: their gradients stand there."""

from collections.abc import Iterable, Sequence
from functools import cached_property

from verifier.computing.graph import Graph
from verifier.computing.reach import Behind
from verifier.computing.recompute import Cell


class Between:
    """The formulas that some updates depend on, and their objective does not.

    What leads to which update, and what depends on which parameter, is found at once for all `pairs` of them, with a
    bit for each. `behind` is what the objective depends on.
    """

    def __init__(self, graph: Graph, behind: Behind, pairs: Sequence[tuple[Cell, Cell]]) -> None:
        self.behind = behind
        self._graph = graph
        self._updates = _bits(update for update, _ in pairs)
        self._parameters = _bits(parameter for _, parameter in pairs)

    @cached_property
    def _led(self) -> dict[Cell, int]:
        return self._graph.each_past(list(self._updates), until=self.behind)

    @cached_property
    def _followed(self) -> dict[Cell, int]:
        return self._graph.each_followed(list(self._parameters), self._updates)

    def of(self, update: Cell) -> tuple[Cell, ...]:
        """Those that one update depends on, readers first."""
        return tuple(cell for cell in self._led if self.leads(cell, update))

    def leads(self, cell: Cell, update: Cell) -> bool:
        """Whether a cell is one of those that an update depends on."""
        return cell != update and bool(self._led.get(cell, 0) & self._updates[update])

    def follows(self, cell: Cell, parameter: Cell) -> bool:
        """Whether a cell, in it or behind the objective, depends on a parameter."""
        return bool(self._followed.get(cell, 0) & self._parameters[parameter])


def _bits(cells: Iterable[Cell]) -> dict[Cell, int]:
    return {cell: 1 << bit for bit, cell in enumerate(dict.fromkeys(cells))}
