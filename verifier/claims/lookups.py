"""Formulas that look something up: a sheet that shows one iteration of a training takes its numbers from tables so."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from functools import lru_cache
from itertools import product

from verifier.computing.recompute import Cell, Formula, Formulas

_EXACT_PLACE = re.compile(r"\bMATCH\([^()]*,0\)")
_LOOKS_UP = re.compile(r"\b(?:CHOOSE|HLOOKUP|INDEX|LOOKUP|MATCH|OFFSET|VLOOKUP)\(")


def looks_up(formula: Formula) -> bool:
    """Whether a formula has a function that takes one cell of many."""
    return _has(_LOOKS_UP, formula.pattern.skeleton)


@lru_cache(10_000)  # the same few formulas stand in most cells
def _has(function: re.Pattern[str], skeleton: str) -> bool:
    return bool(function.search(skeleton))


def looked_up(formulas: Formulas, order: Iterable[Cell]) -> set[Cell]:
    """The formulas that look up what formulas compute, or a place, and all that depends on them.

    `order` has precedents first. What is looked up among numbers, as a sample is, is part of a training.
    """

    def looks(formula: Formula, cell: Cell) -> bool:
        return (looks_up(formula) and _ranges_have_formulas(formulas, cell)) or _finds_place(formula, cell)

    return _beginning_where(looks, formulas, order)


def placed(formulas: Formulas, order: Iterable[Cell]) -> set[Cell]:
    """The formulas that ask where exactly a number stands, and all that depends on them: another one has no place."""
    return _beginning_where(_finds_place, formulas, order)


def _ranges_have_formulas(formulas: Formulas, cell: Cell) -> bool:
    areas = formulas.bounded_areas(cell) or ()
    ranges = ((sheet, rows, columns) for sheet, rows, columns in areas if len(rows) * len(columns) > 1)
    return any((sheet, *place) in formulas for sheet, rows, columns in ranges for place in product(rows, columns))


def _finds_place(formula: Formula, _: Cell) -> bool:
    return _has(_EXACT_PLACE, formula.pattern.skeleton)


def _beginning_where(begins: Callable[[Formula, Cell], bool], formulas: Formulas, order: Iterable[Cell]) -> set[Cell]:
    found: set[Cell] = set()
    box: dict[int, list[int]] = {}  # around those that are found on each sheet: most formulas read nothing in it
    for cell in order:
        formula = formulas.get(cell)
        if formula is not None and (begins(formula, cell) or _reads_one(formulas, cell, formula, found, box)):
            found.add(cell)
            sheet, row, column = cell
            top, bottom, left, right = box.get(sheet, [row, row, column, column])
            box[sheet] = [min(top, row), max(bottom, row), min(left, column), max(right, column)]
    return found


def _reads_one(
    formulas: Formulas, cell: Cell, formula: Formula, found: Set[Cell], box: Mapping[int, Sequence[int]]
) -> bool:
    """Whether the formula in a cell reads one of the cells that are found."""
    if box.keys().isdisjoint(formula.sheets):
        return False
    if formula.places is not None:
        return not found.isdisjoint(formula.places(*cell[1:]))
    areas = formulas.bounded_areas(cell) or ()
    return any(_meets(area, box) for area in areas) and not found.isdisjoint(formulas.reads(cell))


def _meets(area: tuple[int, range, range], box: Mapping[int, Sequence[int]]) -> bool:
    sheet, rows, columns = area
    if sheet not in box:
        return False
    top, bottom, left, right = box[sheet]
    return rows[0] <= bottom and rows[-1] >= top and columns[0] <= right and columns[-1] >= left
