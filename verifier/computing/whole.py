"""All formulas of a workbook, recomputed: one after the other, or those of a level at once where they read wide ranges.

What is computed at once is proven to be what `formulas` gives, as one formula is (`batches.py`).
"""

from collections import Counter
from collections.abc import Iterator, MutableMapping, Sequence

from verifier.computing.graph import Graph
from verifier.computing.recompute import MAX_RANGES, Cell, Formulas, recompute
from verifier.reading.references import UnsupportedFormulaError
from verifier.values import Value

_WIDE = 16  # cells in ranges that a formula reads, on average, for it to be worth while to number all cells first


def recompute_all(formulas: Formulas, values: MutableMapping[Cell, Value]) -> dict[Cell, str]:
    """Compute all formulas into `values`, in which is what else they read.

    Returns the cells whose formulas cannot be computed, each with its reason; they count with their cached values.
    """
    left = list(_after_narrow(formulas, values))
    graph = Graph(formulas, left if _are_wide(formulas, left) else ())
    if graph.size > MAX_RANGES or (ordered := graph.sorted()) is None:
        return recompute(formulas, iter(left), values)
    return ordered.compute(values) | recompute(formulas, iter(left), values)


def _after_narrow(formulas: Formulas, values: MutableMapping[Cell, Value]) -> Iterator[Cell]:
    """Compute the formulas that read single cells alone, in order; gives those that wait for what is not there yet."""
    for cell in formulas:
        formula = formulas.get(cell)
        try:
            if formula is None or formula.places is None:
                yield cell
            else:
                values[cell] = formula.function(formula.take(values, cell[1], cell[2]))
        except (KeyError, UnsupportedFormulaError):
            yield cell


def _are_wide(formulas: Formulas, cells: Sequence[Cell]) -> bool:
    """Whether most of what some formulas read are cells of wide ranges, as one of each kind does."""
    counts = Counter(map(formulas.get, cells))
    samples = {formulas.get(cell): cell for cell in cells}
    return sum(count * _width(formulas, samples[formula]) for formula, count in counts.items()) > _WIDE * len(cells)


def _width(formulas: Formulas, cell: Cell) -> int:
    """How many cells a formula reads in ranges; 0 where these are too many."""
    areas = formulas.bounded_areas(cell) or ()
    return sum(len(rows) * len(columns) for _, rows, columns in areas if len(rows) * len(columns) > 1)
