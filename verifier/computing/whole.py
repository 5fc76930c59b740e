"""All formulas of a workbook, recomputed: one after the other, or those of a level at once where they read wide ranges.

What is computed at once is proven to be what `formulas` gives, as one formula is (`batches.py`).
"""

from collections import Counter
from collections.abc import MutableMapping

from verifier.computing.graph import Graph
from verifier.computing.recompute import MAX_RANGES, Cell, Formulas, recompute
from verifier.values import Value

_WIDE = 16  # cells in ranges that a formula reads, on average, for it to be worth while to number all cells first


def recompute_all(formulas: Formulas, values: MutableMapping[Cell, Value]) -> dict[Cell, str]:
    """Compute all formulas into `values`, in which is what else they read.

    Returns the cells whose formulas cannot be computed, each with its reason; they count with their cached values.
    """
    graph = Graph(formulas, formulas if _are_wide(formulas) else ())
    if graph.size > MAX_RANGES or (ordered := graph.sorted()) is None:
        return recompute(formulas, iter(formulas), values)
    return ordered.compute(values) | recompute(formulas, iter(formulas), values)


def _are_wide(formulas: Formulas) -> bool:
    """Whether most of what formulas read are cells of wide ranges, as one of each kind does."""
    counts = Counter(formulas.get(cell) for cell in formulas)
    samples = {formulas.get(cell): cell for cell in formulas}
    return sum(count * _width(formulas, samples[formula]) for formula, count in counts.items()) > _WIDE * len(formulas)


def _width(formulas: Formulas, cell: Cell) -> int:
    """How many cells a formula reads in ranges; 0 where these are too many."""
    areas = formulas.bounded_areas(cell) or ()
    return sum(len(rows) * len(columns) for _, rows, columns in areas if len(rows) * len(columns) > 1)
