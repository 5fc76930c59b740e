"""A workbook with some of its faults mended: what their cells hold then, to be computed again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from verifier.computing.recompute import Cell, Formula, Formulas
from verifier.findings import Repair
from verifier.reading.parsing import PatternReader
from verifier.reading.references import UnsupportedFormulaError
from verifier.values import Value


@dataclass(frozen=True)
class Repaired:
    """What the cells of a fault hold when it is mended: formulas, or numbers."""

    formulas: Mapping[Cell, Formula]
    numbers: Mapping[Cell, Value]


def repaired(formulas: Formulas, repairs: Iterable[Repair]) -> Repaired:
    """The repairs of a fault, ready to be computed; a formula that cannot be stays as it is."""
    reader = PatternReader({})
    found: dict[Cell, Formula] = {}
    numbers: dict[Cell, Value] = {}
    compiled: dict[object, Formula] = {}
    for repair in repairs:
        cell = repair.sheet, repair.row, repair.column
        if not isinstance(repair.content, str):
            numbers[cell] = repair.content
            continue
        try:
            pattern = reader.read(repair.content.removeprefix("="), repair.row, repair.column)
            if pattern not in compiled:
                compiled[pattern] = formulas.compile(pattern, repair.sheet)
            found[cell] = compiled[pattern]
        except UnsupportedFormulaError:
            continue
    return Repaired(found, numbers)
