"""Cached values that their own formulas do not give.

A cell is stale where its value in the file differs both from what the workbook recomputes to and from what its formula
gives for the values in the file that it reads: the first, because a change upstream makes everything below it old
but only the first cell is inconsistent; the second, because rounding can grow along a training that is not stable.

The values in the file are rounded, and a difference of near numbers, or a comparison of two, makes much of that. So the
formula is also computed for values that round to those in the file: what lies among its results is not stale.
"""

from collections.abc import Collection, Iterator, Mapping, Set
from contextlib import suppress
from functools import lru_cache
from random import Random

from verifier.computing.engine import Computable
from verifier.computing.plain import NOTHING_NEGLIGIBLE, Plain, plain_function
from verifier.computing.recompute import Cell, Formulas
from verifier.findings import Finding, Kind
from verifier.judging.rounding import Rounding, rounding_of
from verifier.ranges import ranges_of
from verifier.reading.references import UnsupportedFormulaError
from verifier.values import Value, in_words

_SAMPLES = 16  # values that round to those in the file
_FEW_RESULTS = 4  # of a formula that chooses between some, so that nothing lies between them
NO_VALUES = "has no cached values, so a viewer that does not calculate shows it empty"
NO_VALUE_BUT_0 = (
    "has no cached values other than 0, as if never calculated, so a viewer that does not calculate shows zeros"
)


def has_cached_values(formulas: Formulas, chain: Mapping[Cell, Value]) -> bool:
    """Whether the file has what its formulas give; one that a program wrote which does not calculate has nothing or 0.

    `chain` has the values that the workbook recomputes to.
    """
    if not all(_is_blank(formulas.cached(cell)) for cell in formulas):  # nearly always the first
        return True
    has_some = any(formulas.cached(cell) is not None for cell in formulas)
    return has_some and all(_is_blank(chain[cell]) for cell in formulas)


def _is_blank(value: Value) -> bool:
    return value in (None, "", 0.0) and not isinstance(value, bool)


def without_values(formulas: Formulas) -> str:
    """What is to be known of a file that has no cached values, as the rest of a sentence on the workbook."""
    return NO_VALUES if all(formulas.cached(cell) is None for cell in formulas) else NO_VALUE_BUT_0


def stale_findings(formulas: Formulas, chain: Mapping[Cell, Value], spared: Set[Cell]) -> list[Finding]:
    """The stale cells, those of one column together; not those that could not be computed, or are blamed already."""
    groups: dict[tuple[int, int], list[Cell]] = {}
    cells = [cell for cell in outdated(formulas, chain) if cell not in spared]
    rounding = rounding_of(_cached_numbers(formulas)) if cells else None
    for cell in cells:
        if rounding is not None and not _is_given(formulas, cell, rounding):
            groups.setdefault((cell[0], cell[2]), []).append(cell)
    return [_finding(formulas, group, chain) for group in groups.values()]


def outdated(formulas: Formulas, chain: Mapping[Cell, Value]) -> list[Cell]:
    """The cells whose cached values are not what they recompute to, be it their own doing or that of one upstream."""
    suspects = [cell for cell in formulas if formulas.cached(cell) != chain[cell]]
    if not suspects:
        return []
    rounding = rounding_of(_cached_numbers(formulas))
    return [cell for cell in suspects if rounding.tells_apart(formulas.cached(cell), chain[cell])]


def dependents(formulas: Formulas, chain: Mapping[Cell, Value], cells: Collection[Cell]) -> set[Cell]:
    """The formulas that read some cells, directly or through others; `chain` has them in the order of computing."""
    found = set(cells)
    for cell in chain if found else ():
        if cell in formulas and cell not in found and _reads_any(formulas, cell, found):
            found.add(cell)
    return found - set(cells)


def _reads_any(formulas: Formulas, cell: Cell, cells: Set[Cell]) -> bool:
    try:
        return any(place in cells for place in formulas.precedents(cell))
    except UnsupportedFormulaError:  # a range that is too large, so that nobody knows
        return True


def _cached_numbers(formulas: Formulas) -> list[float]:
    return [value for value in map(formulas.cached, formulas) if isinstance(value, float)]


def _is_given(formulas: Formulas, cell: Cell, rounding: Rounding) -> bool:
    """Whether the formula in a cell gives its cached value for the cached values that it reads, as far as one can say.

    It does where they are rounded numbers and it gives that value, or larger ones and smaller ones, for numbers that
    they may be.
    """
    cached = formulas.cached(cell)
    results: list[Value] = []
    try:
        for values in _readings(formulas, cell, rounding):
            for result in _results(formulas, cell, values):
                if not rounding.tells_apart(cached, result):  # nearly always the first
                    return True
                results.append(result)
    except UnsupportedFormulaError:
        return True
    numbers = [result for result in results if isinstance(result, float)]
    if not numbers or not isinstance(cached, float):
        return False
    least, most = min(numbers), max(numbers)
    margin = most - least  # the samples hardly ever have the worst case among them
    return len(set(numbers)) > _FEW_RESULTS and least - margin <= cached <= most + margin


def _results(formulas: Formulas, cell: Cell, values: dict[Cell, Value]) -> Iterator[Value]:
    """What the formula in a cell gives for values of what it reads, then to programs to which a negligible sum is 0."""
    yield formulas.compute(cell, values)
    formula = formulas.get(cell)
    rounded = None if formula is None else _rounded_function(formula.function)
    if formula is not None and rounded is not None:
        with suppress(TypeError, ArithmeticError, ValueError):  # of what is no number
            yield rounded(*formula.take(values, *cell[1:]))


@lru_cache(64)
def _rounded_function(formula: Computable) -> Plain | None:
    return plain_function(formula.tokens, formula.addresses, NOTHING_NEGLIGIBLE)


def _readings(formulas: Formulas, cell: Cell, rounding: Rounding) -> Iterator[dict[Cell, Value]]:
    """The cached values of the cells that a formula reads, then others that round to them."""
    read = {place: formulas.cached(place) for place in formulas.precedents(cell)}
    yield read
    chance = Random(len(read))  # noqa: S311  the same samples in every run
    errors = {place: _error(formulas, place, value, rounding) for place, value in read.items()}
    moved = {place: (value, errors[place]) for place, value in read.items() if isinstance(value, float)}
    for _ in range(_SAMPLES if any(errors.values()) else 0):
        yield read | {place: value + chance.uniform(-1, 1) * error for place, (value, error) in moved.items()}


def _error(formulas: Formulas, place: Cell, value: Value, rounding: Rounding) -> float:
    """How far a cached value may be from that which the writer's formulas read."""
    if not isinstance(value, float):
        return 0.0
    if place in formulas or place in formulas.unsupported:
        return rounding.of_result(value)
    return 0.0 if value.is_integer() else rounding.of_typed(value)


def _finding(formulas: Formulas, cells: list[Cell], chain: Mapping[Cell, Value]) -> Finding:
    number, row, column = first = cells[0]
    sheet = formulas.workbook.sheets[number]
    found, expected = formulas.cached(first), chain[first]
    return Finding(
        kind=Kind.STALE,
        sheet=sheet.name,
        cells=ranges_of((r, c) for _, r, c in cells),
        count=len(cells),
        message=f"in the file {in_words(found)}; the formula gives {in_words(expected)}: "
        "the workbook was not recalculated, or edited",
        formula=sheet.formula_text((row, column)),
        value=found,
        expected=expected,
    )
