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


def blocks_of(cells: Iterable[tuple[int, int]]) -> str:
    """Cells as the rectangles that they form, columns side by side with the same rows together: `B33:C34, E33`."""
    by_column: dict[int, list[int]] = {}
    for row, column in sorted(set(cells)):
        by_column.setdefault(column, []).append(row)
    blocks: list[tuple[list[int], list[int]]] = []  # the columns of each, and its rows
    for column in sorted(by_column):
        for run in runs_of(by_column[column]):
            beside = next((block for block in blocks if block[0][-1] == column - 1 and block[1] == run), None)
            if beside is None:
                blocks.append(([column], run))
            else:
                beside[0].append(column)
    return ", ".join(_block(columns, rows) for columns, rows in blocks)


def _block(columns: list[int], rows: list[int]) -> str:
    first, last = f"{column_name(columns[0])}{rows[0]}", f"{column_name(columns[-1])}{rows[-1]}"
    return first if first == last else f"{first}:{last}"


def _text(letters: str, rows: list[int]) -> str:
    return f"{letters}{rows[0]}" if len(rows) == 1 else f"{letters}{rows[0]}:{letters}{rows[-1]}"
