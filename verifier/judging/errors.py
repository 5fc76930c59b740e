"""Error values outside of what is judged: where they come from, a line for each kind.

A training does not show them, and a formula that gives the error which is in the file is not stale. What only reads
such a cell is not named, it follows; nor is `=NA()`, which somebody put there to leave a gap in a chart.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from verifier.computing.recompute import Cell, Formulas
from verifier.judging.table_verdict import Judged
from verifier.ranges import ranges_of
from verifier.reading.references import UnsupportedFormulaError, quoted
from verifier.values import ExcelError, Value

_MEANT = re.compile(r"\bNA\(\)", re.IGNORECASE)


@dataclass(frozen=True)
class Errors:
    """The cells that are an error by themselves, by its name, and how many formulas outside the tables give one."""

    first: Mapping[str, Sequence[Cell]]
    formulas: int

    def notes(self, formulas: Formulas) -> Iterator[str]:
        """What is to be said of them, a kind a line, as the rest of a sentence on the workbook."""
        for name, cells in self.first.items():
            many = f"{len(cells):,} cells: " if len(cells) > 1 else ""
            yield f"has the error {name} in {many}{_places(formulas, cells)}"


def errors_outside(formulas: Formulas, chain: Mapping[Cell, Value], tables: Sequence[Judged]) -> Errors:
    """The errors among the values of all cells, but for those in columns that are judged, or blamed already."""
    areas = [_Area(judged) for judged in tables]
    found = [cell for cell, value in chain.items() if isinstance(value, ExcelError) and _is_shown(formulas, cell)]
    first: dict[str, list[Cell]] = {}
    for cell in sorted(cell for cell in found if not any(area.judges(cell) for area in areas)):
        if not _follows(formulas, chain, cell) and not _is_meant(formulas, cell):
            first.setdefault(str(chain[cell]), []).append(cell)
    outside = [cell for cell in found if cell in formulas and not any(area.holds(cell) for area in areas)]
    return Errors(first, len(outside))


class _Area:
    """Where a table stands, with the columns that are judged, those that are not, and the cells that are blamed."""

    def __init__(self, judged: Judged) -> None:
        table = judged.table
        self._sheet, self._rows = table.sheet, table.rows
        self._judged = frozenset(table.columns.values()) if judged.case is not None else frozenset()
        self._columns = {*table.columns.values(), *table.repeated, *table.unnamed} if judged.result.formulas else set()
        self._blamed = {place for fault in judged.result.findings for place in fault.places}

    def judges(self, cell: Cell) -> bool:
        """Whether it is for the verdict on the table to say that a cell is an error."""
        sheet, row, column = cell
        return sheet == self._sheet and ((row in self._rows and column in self._judged) or cell[1:] in self._blamed)

    def holds(self, cell: Cell) -> bool:
        """Whether a cell is counted among those of the table."""
        return cell[0] == self._sheet and cell[1] in self._rows and cell[2] in self._columns


def _follows(formulas: Formulas, chain: Mapping[Cell, Value], cell: Cell) -> bool:
    """Whether a formula reads an error."""
    try:
        return cell in formulas and any(isinstance(chain.get(p), ExcelError) for p in formulas.precedents(cell))
    except UnsupportedFormulaError:  # it is told that it cannot be computed
        return True


def _is_meant(formulas: Formulas, cell: Cell) -> bool:
    return _MEANT.search(formulas.workbook.sheets[cell[0]].formula_text(cell[1:]) or "") is not None


def _is_shown(formulas: Formulas, cell: Cell) -> bool:
    """Whether the file has the error too, or no value that was computed; else it is for the old values to say."""
    cached = formulas.cached(cell)
    return cached in (None, 0.0) or isinstance(cached, ExcelError)


def _places(formulas: Formulas, cells: Sequence[Cell]) -> str:
    """The cells as ranges, sheet by sheet."""
    sheets: dict[int, list[tuple[int, int]]] = {}
    for number, row, column in cells:
        sheets.setdefault(number, []).append((row, column))
    names = {number: quoted(formulas.workbook.sheets[number].name) for number in sheets}
    return ", ".join(f"{names[number]}!{ranges_of(places)}" for number, places in sheets.items())
