"""Every mutant is mended by the copy that is written: it verifies, and is the right workbook again."""

import math
from pathlib import Path

import pytest

from tests.verifier.book import Book, read_book
from tests.verifier.conftest import Books
from tests.verifier.copies import difference
from tests.verifier.mutants import GROUPS, ITERATION, Mutant
from tests.verifier.networks import NAMES
from tests.verifier.test_mutants import MANY, mutated, table_of
from verifier import Engine, Status, verify
from verifier.fixing import write_fixed
from verifier.values import Value

QUICK = ("backprop", "relu", "single")  # networks that are mended in every run; all are in the slow one
ONE = 1  # mutant of each kind and network in every run; `MANY` in the slow one
RELATIVE = 1e-9  # what is recomputed by another engine, after a hundred steps


def complaints(books: Books, engine: Engine, folder: Path, name: str, group: str, count: int) -> list[str]:
    table = table_of(books, name)
    counted = {table.address(ITERATION, row) for row in table.rows}
    found = []
    for mutant in GROUPS[group](table, count):
        path, output = folder / "mutant.xlsx", folder / "mended.xlsx"
        mutated(table.book, mutant).write(path)
        fixed = write_fixed(path, verify(path, engine), output, engine, force=True)
        if fixed.verdict is None or fixed.verdict.status is not Status.RIGHT:
            found.append(f"{mutant.name}: {fixed.summary}")
        elif complaint := other_cells(table.book, mutant, path, output) or wrong_cells(table.book, output, counted):
            found.append(f"{mutant.name}: {complaint}")
    return found


def other_cells(book: Book, mutant: Mutant, path: Path, output: Path) -> str | None:
    """What has changed besides the mutant's own cells, and values that follow from them."""
    parts = {(book.sheet_parts[sheet], cell) for sheet, cell in mutant.changes}
    changed = difference(path, output)
    beside = {part for part in changed.parts if "/worksheets/" not in part}
    return f"changed {changed.contents - parts} {beside}" if changed.contents - parts or beside else None


def wrong_cells(book: Book, output: Path, counted: set[tuple[str, str]]) -> str | None:
    """The cells that are not as in the right workbook: another formula, value or format."""
    mended = read_book(output.read_bytes())
    for address, right in book.cells.items():
        cell = mended.cells[address]
        if (cell.formula, cell.style) != (right.formula, right.style) or not _same(cell.value, right.value):
            return f"{address} is {cell}, not {right}"
    assert counted <= mended.cells.keys()
    return None


def _same(one: Value, other: Value) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=RELATIVE, abs_tol=1e-12)
    return one == other


@pytest.mark.parametrize("name", QUICK)
@pytest.mark.parametrize("group", GROUPS)
def test_every_mutant_is_mended(tables: Books, engine: Engine, tmp_path: Path, name: str, group: str) -> None:
    """The copy verifies, has every formula, value and format of the right workbook, and no other byte has changed."""
    assert complaints(tables, engine, tmp_path, name, group, ONE) == []


@pytest.mark.parametrize("group", ["other_unit", "values"])
def test_a_mutant_among_all_sheets_is_mended(generated: Books, engine: Engine, tmp_path: Path, group: str) -> None:
    """The numbers of the sheets that read the table are mended with it."""
    assert complaints(generated, engine, tmp_path, "backprop", group, ONE) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("group", GROUPS)
def test_every_mutant_of_a_larger_sample_is_mended(
    tables: Books, engine: Engine, tmp_path: Path, name: str, group: str
) -> None:
    """The same of many more changes."""
    assert complaints(tables, engine, tmp_path, name, group, MANY) == []
