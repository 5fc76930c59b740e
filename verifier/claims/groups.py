"""Cells that are computed side by side: those of one sheet with one formula, whatever it reads, at one depth."""

from collections.abc import Iterable, Iterator

from verifier.claims.descent import repeated
from verifier.computing.graph import Graph
from verifier.computing.recompute import Cell

Group = tuple[Cell, ...]  # in reading order


class Groups:
    """The formula cells of a graph in groups: the units of a layer, the samples of a step, the cells of a matrix.

    A copy of a number is a step deeper than this, unless they are looked at `through_copies`.
    """

    def __init__(self, graph: Graph, *, through_copies: bool = False) -> None:
        self._graph = graph
        found: dict[tuple[int, str, int], list[Cell]] = {}
        copies = {cell for cell in graph.order if through_copies and repeated(cell, graph) is not None}
        for cell, depth in zip(graph.order, graph.levels_without(copies), strict=True):
            found.setdefault((cell[0], self.skeleton(cell), depth), []).append(cell)
        self._of: dict[Cell, Group] = {}
        for cells in found.values():
            group = tuple(sorted(cells))
            self._of |= dict.fromkeys(group, group)

    def skeleton(self, cell: Cell) -> str:
        """The formula of a cell without its references: what the groups of all steps have in common."""
        formula = self._graph.formulas.get(cell)
        assert formula is not None  # noqa: S101  it is asked for formula cells alone
        return formula.pattern.skeleton

    def with_skeleton(self, skeleton: str) -> list[Group]:
        """All groups with a formula, in the order in which they are computed."""
        return self.among(cell for cell in self._graph.order if self.skeleton(cell) == skeleton)

    def of(self, cell: Cell) -> Group:
        """The group of a formula cell."""
        return self._of[cell]

    def first_ones(self, most: int) -> Iterator[Group]:
        """The groups that come first with their formula, in as many sheets as there may be at most."""
        sheets: dict[str, set[int]] = {}
        for group in self.among(self._graph.order):
            seen = sheets.setdefault(self.skeleton(group[0]), set())
            if group[0][0] not in seen and len(seen) < most:
                seen.add(group[0][0])
                yield group

    def among(self, cells: Iterable[Cell]) -> list[Group]:
        """The groups that some formula cells belong to, in the order of the cells."""
        found = (self._of[cell] for cell in cells if cell in self._of)
        return list({id(group): group for group in found}.values())
