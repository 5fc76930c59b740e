"""What the cells of a step of training hold: told by what reads them, and by derivatives."""

from functools import cached_property
from math import isclose

from verifier.claims.descent import SAME, State, Step
from verifier.computing.graph import Graph
from verifier.computing.recompute import Cell
from verifier.judging.slips.names import Role


class Roles:
    """What each cell of a step holds; `state` is the first one of those of its updates."""

    def __init__(self, step: Step, graph: Graph, state: State) -> None:
        self._step, self._graph, self._state = step, graph, state
        self.updates = {update.cell: update.parameter for update in step.updates}
        self._parameters = {*self.updates.values(), *(gradient.of for gradient in step.gradients)}
        self._gradients = {update.gradient for update in step.updates} | {g.cell for g in step.gradients}

    @cached_property
    def rate(self) -> Cell | None:
        """The number that all updates read; None where there is not one."""
        reads = [set(self._graph.reads[cell]) - {parameter} for cell, parameter in self.updates.items()]
        shared = [cell for cell in set.intersection(*reads) if cell not in self._graph.reads] if reads[1:] else []
        return shared[0] if len(shared) == 1 else None

    def of(self, cell: Cell) -> Role | None:
        """What a cell holds; None where nothing tells it."""
        if cell in self._parameters:
            return Role.PARAMETER
        if cell in self._gradients or self._holds_derivative(cell):
            return Role.GRADIENT
        return self._forward.get(cell, Role.RATE if cell == self.rate else None)

    def _holds_derivative(self, cell: Cell) -> bool:
        """Whether a cell that nothing updates by holds the derivative by a parameter, times the factor of others."""
        number, reads = self._state.number(cell), cell in self._graph.reads
        return bool(number) and reads and any(_same(number, derivative) for derivative in self._derivatives)

    @cached_property
    def _derivatives(self) -> list[float]:
        factors = {update.factor for update in self._step.updates if update.factor is not None}
        slopes = {update.derivatives[0] for update in self._step.updates}
        return [factor * slope for factor in factors for slope in slopes if slope]

    def is_activation(self, cell: Cell, net: Cell) -> bool:
        """Whether a cell is a function of a net input alone."""
        return self._net(cell) == net

    def _net(self, cell: Cell) -> Cell | None:
        """The only cell that a formula of the forward pass reads; None where it only repeats it."""
        formula, reads = self._graph.formulas.get(cell), set(self._graph.reads.get(cell, ()))
        is_function = formula is not None and len(formula.pattern.skeleton) > 1 and len(reads) == 1
        return reads.pop() if is_function else None

    @cached_property
    def _forward(self) -> dict[Cell, Role]:
        roles: dict[Cell, Role] = {}
        past = self._graph.past(*self._step.objective.cells)
        for cell in past:
            net = self._net(cell)
            if net in past:
                roles |= {cell: Role.ACTIVATION, net: Role.NET}
            for place in self._graph.reads[cell]:
                if place not in self._graph.reads and (role := self._given(cell, place)) is not None:
                    roles.setdefault(place, role)
        return roles

    def _given(self, reader: Cell, leaf: Cell) -> Role | None:
        """A number that is multiplied by a parameter is an input; one from which something is subtracted, a target."""
        slopes = self._state.slopes.get(reader, {})
        number = self._state.number(leaf)
        if number and any(_same(slopes.get(cell), number) for cell in self._parameters if cell in slopes):
            return Role.INPUT
        others = [cell for cell in slopes if cell in self._graph.reads]
        is_target = bool(slopes.get(leaf)) and any(_same(slopes[cell], -slopes[leaf]) for cell in others)
        return Role.TARGET if is_target else None


def _same(one: float | None, other: float) -> bool:
    return one is not None and isclose(one, other, rel_tol=SAME)
