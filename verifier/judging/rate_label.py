"""What the labels of a sheet say that a table's learning rate is, whatever its updates use."""

from collections.abc import Mapping
from dataclasses import dataclass

from verifier.computing.recompute import Cell, Formulas
from verifier.judging.labels import rate_in
from verifier.judging.tables import Table
from verifier.reading.sheets import Place
from verifier.values import Value


@dataclass(frozen=True)
class Labelled:
    """A cell that says what the learning rate is: a number beside its label, or the label itself, as `η = 0.5`."""

    cell: Cell
    value: float


def find_labelled(table: Table, formulas: Formulas, values: Mapping[Cell, Value]) -> Labelled | None:
    """What the nearest label of a learning rate above the table says, or the nearest on its sheet."""
    sheet = formulas.workbook.sheets[table.sheet]
    left, right = min(table.columns.values()), max(table.columns.values())
    labels = []
    for (row, column), text in sheet.values.items():
        rate = rate_in(text) if isinstance(text, str) else None
        if rate is not None and not (isinstance(rate, float) and _is_heading(table, (row, column), formulas, values)):
            below, aside = row > table.header_row, max(left - column, column - right, 0)
            labels.append((below, abs(table.header_row - row), aside, row, column, rate))
    for _, _, _, row, column, rate in sorted(labels, key=lambda label: label[:5]):
        cell = (table.sheet, row, column)
        found = Labelled(cell, rate) if isinstance(rate, float) else _beside(cell, formulas, values)
        if found is not None:
            return found
    return None


def _is_heading(table: Table, place: Place, formulas: Formulas, values: Mapping[Cell, Value]) -> bool:
    """Whether a text in the table's header stands over numbers: it tells of them, as `η = 0.1` over a pasted curve."""
    below = (table.sheet, table.first_row, place[1])
    return place[0] == table.header_row and number_of(formulas, values, below) is not None


def _beside(label: Cell, formulas: Formulas, values: Mapping[Cell, Value]) -> Labelled | None:
    """The number right of a label, below it or left of it; None where several follow each other, as in a list."""
    sheet, row, column = label
    for places in (
        [(row, column + k) for k in (1, 2, 3, 4)],
        [(row + k, column) for k in (1, 2)],
        [(row, column - k) for k in (1, 2)],
    ):
        cells = [(sheet, *place) for place in places]
        numbers = [number_of(formulas, values, cell) for cell in cells]
        first = next((k for k, number in enumerate(numbers[:3]) if number is not None), None)
        if first is None:
            continue
        listed = first + 1 < len(numbers) and numbers[first + 1] is not None
        return None if listed else Labelled(cells[first], numbers[first] or 0.0)
    return None


def number_of(formulas: Formulas, values: Mapping[Cell, Value], cell: Cell) -> float | None:
    """The number in a cell, recomputed where it has a formula; None where it holds none."""
    value = values[cell] if cell in values else formulas.cached(cell)
    return value if isinstance(value, float) else None
