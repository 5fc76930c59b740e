"""A loss that a workbook shows, and that is not the one whose derivatives its updates follow.

So is a squared error beside gradients that begin with A − T, as those of a cross-entropy do. Only labels tell that a
cell that nothing depends on is meant as the loss.
"""

from math import isclose

from verifier.claims.descent import State, Step
from verifier.claims.names import label_of
from verifier.computing.graph import Graph
from verifier.computing.recompute import Cell
from verifier.judging.labels import Role, quantity_of

_SHORTEST = 3  # characters of a label: one letter may mean anything
_SAME = 1e-3  # relative: at the sheet's own numbers other functions may come near


def other_loss(step: Step, graph: Graph, own: State) -> Cell | None:
    """A cell called the loss whose derivatives, at the sheet's `own` numbers, are not those by which a step goes.

    None where the step's objective is a loss itself, and where no cell is called one, or it has such derivatives.
    """
    if not step.objective.weights:
        return None
    meant = _slopes(step.objective.seeds(own), step, graph, own)
    after = graph.dependents(update.cell for update in step.updates)
    for cell in graph.order:
        if cell not in graph.read and cell not in after and _is_called_loss(cell, graph):
            shown = _slopes({cell: 1.0}, step, graph, own)
            if all(shown) and all(meant):
                return None if _are_in_proportion(shown, meant) else cell
    return None


def _slopes(seeds: dict[Cell, float], step: Step, graph: Graph, own: State) -> list[float]:
    slopes = graph.gradient(graph.past(*seeds), own.slopes, seeds)
    return [slopes.get(update.parameter, 0.0) for update in step.updates]


def _are_in_proportion(some: list[float], others: list[float]) -> bool:
    return all(isclose(a * others[0], b * some[0], rel_tol=_SAME) for a, b in zip(some, others, strict=True))


def _is_called_loss(cell: Cell, graph: Graph) -> bool:
    label = label_of(cell, graph.formulas.workbook.sheets[cell[0]])
    quantity = quantity_of(label) if label and len(label) >= _SHORTEST else None
    return quantity is not None and quantity.role is Role.TOTAL
