"""Cached values that their own formulas do not give.

A cell is stale where its value in the file differs both from what the workbook recomputes to and from what its formula
gives for the values in the file that it reads: the first, because a change upstream makes everything below it old
but only the first cell is inconsistent; the second, because rounding can grow along a training that is not stable.
"""

from collections.abc import Mapping, Set

from verifier.computing.recompute import Cell, Formulas, differs
from verifier.findings import Finding, Kind
from verifier.ranges import ranges_of
from verifier.reading.references import UnsupportedFormulaError
from verifier.values import Value

# Relative differences of cached values by writer: Excel 3e-16, WPS 3e-13, LibreOffice 6e-12, Google Sheets 9e-8.
EXACT, ROUNDED = 1e-9, 1e-6
FEW_DIGITS = 11  # of a writer that rounds what it caches
SMALLEST = 1e-12  # absolute: gradients near zero differ by a few 1e-16


def has_cached_values(formulas: Formulas) -> bool:
    """Whether the file has the value of any formula; one written by a program that does not calculate has none."""
    return any(formulas.cached(cell) is not None for cell in formulas)


def stale_findings(formulas: Formulas, chain: Mapping[Cell, Value], spared: Set[Cell]) -> list[Finding]:
    """The stale cells, those of one column together; not those that could not be computed, or are blamed already."""
    groups: dict[tuple[int, int], list[Cell]] = {}
    cells = [cell for cell in outdated(formulas, chain) if cell not in spared]
    relative = _precision(formulas) if cells else EXACT
    for cell in cells:
        if differs(formulas.cached(cell), _from_cache(formulas, cell), SMALLEST, relative):
            groups.setdefault((cell[0], cell[2]), []).append(cell)
    return [_finding(formulas, group, chain) for group in groups.values()]


def outdated(formulas: Formulas, chain: Mapping[Cell, Value]) -> list[Cell]:
    """The cells whose cached values are not what they recompute to, be it their own doing or that of one upstream."""
    suspects = [cell for cell in formulas if formulas.cached(cell) != chain[cell]]
    relative = _precision(formulas) if suspects else EXACT
    return [cell for cell in suspects if differs(formulas.cached(cell), chain[cell], SMALLEST, relative)]


def _from_cache(formulas: Formulas, cell: Cell) -> Value:
    """What the formula in a cell gives for the cached values of the cells that it reads."""
    try:
        return formulas.compute(cell, {place: formulas.cached(place) for place in formulas.precedents(cell)})
    except UnsupportedFormulaError:
        return formulas.cached(cell)


def _precision(formulas: Formulas) -> float:
    """How far cached values may be off, relative: the writer of the file may round them all to a few digits."""
    numbers = [value for value in map(formulas.cached, formulas) if isinstance(value, float)]
    rounds = len(numbers) > 20 and all(_digits(number) <= FEW_DIGITS for number in numbers)
    return ROUNDED if rounds else EXACT


def _digits(number: float) -> int:
    mantissa = repr(abs(number)).partition("e")[0]
    return len(mantissa.replace(".", "").strip("0"))


def _finding(formulas: Formulas, cells: list[Cell], chain: Mapping[Cell, Value]) -> Finding:
    number, row, column = first = cells[0]
    sheet = formulas.workbook.sheets[number]
    return Finding(
        kind=Kind.STALE,
        sheet=sheet.name,
        cells=ranges_of((r, c) for _, r, c in cells),
        count=len(cells),
        message="the value in the file is not what its formula gives: the workbook was not recalculated, or edited",
        formula=sheet.formula_text((row, column)),
        value=formulas.cached(first),
        expected=chain[first],
    )
