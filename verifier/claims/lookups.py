"""Formulas that look something up: a sheet that shows one iteration of a training takes its numbers from tables so."""

import re
from collections.abc import Iterable

from verifier.computing.recompute import Cell, Formula, Formulas
from verifier.reading.references import UnsupportedFormulaError

_LOOKS_UP = re.compile(r"\b(?:CHOOSE|HLOOKUP|INDEX|LOOKUP|MATCH|OFFSET|VLOOKUP)\(")


def looks_up(formula: Formula) -> bool:
    """Whether a formula has a function that takes one cell of many."""
    return bool(_LOOKS_UP.search(formula.pattern.skeleton))


def looked_up(formulas: Formulas, order: Iterable[Cell]) -> set[Cell]:
    """The formulas that look up what formulas compute, and all that depends on them; `order` has precedents first."""
    views: set[Cell] = set()
    for cell in order:
        formula = formulas.get(cell)
        if formula is None:
            continue
        try:
            read = formulas.precedents(cell)
        except UnsupportedFormulaError:
            continue
        is_lookup = looks_up(formula) and any(reference.is_range for reference in formula.pattern.references)
        if (is_lookup and any(other in formulas for other in read)) or not views.isdisjoint(read):
            views.add(cell)
    return views
