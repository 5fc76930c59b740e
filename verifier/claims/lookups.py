"""Formulas that look something up: a sheet that shows one iteration of a training takes its numbers from tables so."""

import re
from collections.abc import Callable, Iterable

from verifier.computing.recompute import Cell, Formula, Formulas

_EXACT_PLACE = re.compile(r"\bMATCH\([^()]*,0\)")
_LOOKS_UP = re.compile(r"\b(?:CHOOSE|HLOOKUP|INDEX|LOOKUP|MATCH|OFFSET|VLOOKUP)\(")


def looks_up(formula: Formula) -> bool:
    """Whether a formula has a function that takes one cell of many."""
    return bool(_LOOKS_UP.search(formula.pattern.skeleton))


def looked_up(formulas: Formulas, order: Iterable[Cell]) -> set[Cell]:
    """The formulas that look up what formulas compute, or a place, and all that depends on them.

    `order` has precedents first.
    """

    def looks(formula: Formula, read: Iterable[Cell]) -> bool:
        is_table = looks_up(formula) and any(reference.is_range for reference in formula.pattern.references)
        return (is_table and any(cell in formulas for cell in read)) or _finds_place(formula, read)

    return _beginning_where(looks, formulas, order)


def placed(formulas: Formulas, order: Iterable[Cell]) -> set[Cell]:
    """The formulas that ask where exactly a number stands, and all that depends on them: another one has no place."""
    return _beginning_where(_finds_place, formulas, order)


def _finds_place(formula: Formula, _: Iterable[Cell]) -> bool:
    return bool(_EXACT_PLACE.search(formula.pattern.skeleton))


def _beginning_where(
    begins: Callable[[Formula, Iterable[Cell]], bool], formulas: Formulas, order: Iterable[Cell]
) -> set[Cell]:
    found: set[Cell] = set()
    for cell in order:
        formula, read = formulas.get(cell), formulas.reads(cell)
        if formula is not None and (begins(formula, read) or not found.isdisjoint(read)):
            found.add(cell)
    return found
