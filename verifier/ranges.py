"""Numbers that follow each other, and cells as the ranges that they form."""

from collections.abc import Iterable

from verifier.reading.references import column_name


def runs_of(numbers: Iterable[int]) -> list[list[int]]:
    """Numbers in ascending order, those together that follow each other: `[1, 2], [5]`."""
    runs: list[list[int]] = []
    for number in numbers:
        if not runs or number != runs[-1][-1] + 1:
            runs.append([])
        runs[-1].append(number)
    return runs


def ranges_of(cells: Iterable[tuple[int, int]]) -> str:
    """Cells, given as rows and columns from 1, as the ranges they form down their columns: `Z33:Z100, AA33`."""
    by_column: dict[int, list[int]] = {}
    for row, column in sorted(set(cells), key=lambda cell: (cell[1], cell[0])):
        by_column.setdefault(column, []).append(row)
    return ", ".join(_text(column_name(column), run) for column, rows in by_column.items() for run in runs_of(rows))


def _text(letters: str, rows: list[int]) -> str:
    return f"{letters}{rows[0]}" if len(rows) == 1 else f"{letters}{rows[0]}:{letters}{rows[-1]}"
