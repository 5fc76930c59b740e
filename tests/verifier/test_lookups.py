"""Formulas that look something up: which of them show what others compute, and what they take from a sheet of data."""

from pathlib import Path

import openpyxl
import pytest

from tests.engine import ENGINE
from verifier.claims.lookups import looked_up, placed
from verifier.computing.graph import Graph
from verifier.computing.recompute import Cell, Formulas, recompute
from verifier.reading.workbook import read_workbook
from verifier.values import Value

DATA = {f"{column}{row}": 10.0 * k + row for k, column in enumerate("AB", 1) for row in range(1, 5)}
COMPUTED = {"A1": "=Data!A1*2", "A2": "=Data!A2*2", "A3": "=Data!A3*2"}


def computed(folder: Path, **cells: str | float) -> tuple[Formulas, dict[Cell, Value]]:
    """A sheet with some cells, and three that are computed in its column A, beside a sheet of data."""
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.worksheets[0])
    for title, contents in {"Data": DATA, "Tab": {**COMPUTED, **cells}}.items():
        sheet = workbook.create_sheet(title)
        for address, content in contents.items():
            sheet[address] = content
    workbook.save(folder / "lookups.xlsx")
    formulas = Formulas(read_workbook(folder / "lookups.xlsx"), ENGINE)
    chain = formulas.constants()
    recompute(formulas, iter(formulas), chain)
    return formulas, chain


C1, D1 = (1, 1, 3), (1, 1, 4)


@pytest.mark.parametrize("formula", ["=INDEX(A1:A3,2)", "=VLOOKUP(22,A1:A3,1)", "=2*INDEX(A1:A3,Data!A1-9)"])
def test_a_lookup_among_computed_cells_shows_them_and_so_does_what_reads_it(formula: str, tmp_path: Path) -> None:
    """Whatever number says where."""
    assert looked_up(*computed(tmp_path, C1=formula, D1="=C1+1", E1="=A1+1")) == {C1, D1}


@pytest.mark.parametrize(
    "formula",
    ["=INDEX(Data!A1:B4,2,1)", "=INDEX(Data!A1:A4,A1-9)", "=CHOOSE(2,A1,A2)", "=SUM(A1:A3)", "=MATCH(12,Data!A1:A4)"],
)
def test_what_takes_samples_from_data_shows_nothing(formula: str, tmp_path: Path) -> None:
    """Nor does what chooses between single cells, or adds up computed ones."""
    assert looked_up(*computed(tmp_path, C1=formula, D1="=C1+1")) == set()


def test_an_exact_place_is_fixed_with_all_that_depends_on_it(tmp_path: Path) -> None:
    """Also where it is looked for among data; a place between two numbers is not."""
    exact = computed(tmp_path, C1="=MATCH(12,Data!A1:A4,0)", D1="=INDEX(Data!B1:B4,C1)", E1="=INDEX(A1:A3,2)")
    assert placed(*exact) == {C1, D1}
    assert looked_up(*exact) == {C1, D1, (1, 1, 5)}
    assert placed(*computed(tmp_path, C1="=MATCH(12,Data!A1:A4)", D1="=C1+1")) == set()


@pytest.mark.parametrize(("place", "row"), [(1.0, 1), (3.0, 3)])
def test_a_sample_changes_as_the_cell_of_the_data_that_it_is_taken_from(place: float, row: int, tmp_path: Path) -> None:
    """Its derivative is 1 by that cell, and 0 by the others and by its number."""
    formulas, chain = computed(tmp_path, B1=place, C1="=INDEX(Data!$B$1:$B$4,B1)")
    assert chain[C1] == 20.0 + row
    graph = Graph(formulas, chain)
    slopes = graph.slopes(chain)[C1]
    assert slopes == {(0, k, 2): float(k == row) for k in range(1, 5)} | {(1, 1, 2): 0.0}
