"""The graph of a workbook's cells: batches compute what cells do one by one, and derivatives are differences."""

from pathlib import Path

import openpyxl
import pytest

from tests.engine import ENGINE
from verifier.claims.states import random_state
from verifier.computing.graph import Graph
from verifier.computing.recompute import Cell, Formulas, recompute
from verifier.reading.workbook import read_workbook
from verifier.values import Value

COUNT = 40  # cells of a column: more than are computed one after the other
CELLS: dict[str, float | str] = {
    **{f"A{k}": k / COUNT for k in range(1, COUNT + 1)},
    **{f"B{k}": 1 - 2 / k for k in range(1, COUNT + 1) if k % 7},  # some are empty
    **{f"C{k}": f"=TANH(A{k}*B{k}-$A$3)" for k in range(1, COUNT + 1)},
    **{f"D{k}": f"=SUMPRODUCT(C{k}:C{k + 2},B{k}:B{k + 2})+$A$2" for k in range(1, COUNT + 1)},  # beyond the end too
    **{f"E{k}": f"=AVERAGE(B{k}:D{k})" for k in range(1, COUNT + 1)},  # in which an empty cell is none
    **{f"F{k}": f"=SUM(E$1:E{k})/ROW()" for k in range(1, COUNT + 1)},
    **{f"G{k}": f"=IF(D{k}>E{k},D{k},E{k})*COUNTIF(A1:A2,\"<1\")" for k in range(1, COUNT + 1)},
    "I1": "text", "I2": "=I1", "I3": "=A1>0", "I4": "=INDEX(A1:A9,3)*A5+MEDIAN(C1:C3)", "I5": "=ROUND(A5,1)",
    "I6": "=1E308*10",
    "K1": "=SUMSQ(F1:F9,G1:G9)*I4+I5",
}  # fmt: skip


@pytest.fixture(scope="module")
def formulas(tmp_path_factory: pytest.TempPathFactory) -> Formulas:
    book = openpyxl.Workbook()
    for address, content in CELLS.items():
        book.worksheets[0][address] = content
    book.worksheets[0]["M1"] = openpyxl.worksheet.formula.ArrayFormula("M1:N2", "=MMULT(TRANSPOSE(C1:D3),D1:E3)")
    path = tmp_path_factory.mktemp("graph") / "book.xlsx"
    book.save(path)
    return Formulas(read_workbook(path), ENGINE)


def values_of(formulas: Formulas, changes: dict[Cell, Value] | None = None) -> dict[Cell, Value]:
    """What the cells hold, computed one by one."""
    values = {**formulas.constants(), **(changes or {})}
    assert recompute(formulas, iter(formulas), values) == {}
    return values


def test_batches_give_what_cells_do_one_by_one(formulas: Formulas) -> None:
    """Also texts, truth values and what is no function of NumPy, each of its own kind."""
    expected = values_of(formulas)
    graph = Graph(formulas, expected)
    found = formulas.constants()
    graph.compute(found)
    assert found.keys() == expected.keys()
    for cell, value in expected.items():
        assert type(found[cell]) is type(value), cell
        assert found[cell] == (pytest.approx(value, rel=1e-13, abs=1e-15) if isinstance(value, float) else value), cell


def test_random_state_is_consistent(formulas: Formulas) -> None:
    """Its formulas give in it what stands there."""
    chain = values_of(formulas)
    state = random_state(Graph(formulas, chain), chain, 1)
    assert state is not None
    again = values_of(formulas, {cell: value for cell, value in state.values.items() if cell not in formulas})
    assert all(again[c] == pytest.approx(v, rel=1e-12) for c, v in state.values.items() if isinstance(v, float))


@pytest.mark.parametrize(
    "end", [(0, 5, 6), (0, 40, 4), (0, 1, 11), (0, 2, 14), (0, 4, 9)], ids=["F5", "D40", "K1", "N2", "I4"]
)
def test_derivatives_of_a_cell_are_differences(end: Cell, formulas: Formulas) -> None:
    """By every number that it depends on, through batches, cells without rules, arrays and empty cells."""
    values = values_of(formulas)
    graph = Graph(formulas, values)
    found = graph.gradient(graph.past(end), graph.slopes(values), {end: 1.0})
    for k in (1, 3, 5):
        cell, step = (0, k, 1), 1e-4
        ends = [values_of(formulas, {cell: k / COUNT + by})[end] for by in (-step, step)]
        assert all(isinstance(value, float) for value in ends)
        assert found.get(cell, 0.0) == pytest.approx((ends[1] - ends[0]) / (2 * step), rel=1e-5, abs=1e-7), cell


def test_slopes_are_known_by_cell(formulas: Formulas) -> None:
    """Where a formula reads a cell twice they are added up; one that rounds has none."""
    values = values_of(formulas)
    graph = Graph(formulas, values)
    slopes = graph.slopes(values)
    c1 = values[0, 1, 3]
    assert isinstance(c1, float)
    assert slopes[0, 1, 3][0, 1, 1] == pytest.approx((1 - c1 * c1) * CELLS["B1"])
    assert slopes[0, 1, 3][0, 3, 1] == pytest.approx(c1 * c1 - 1)
    assert (0, 5, 9) not in slopes
    assert slopes.get((0, 5, 9), {}) == {}


def test_past_is_what_a_cell_depends_on(formulas: Formulas) -> None:
    """Readers before what they read, no further than where it is to end, and each cell once."""
    graph = Graph(formulas, values_of(formulas))
    past = graph.past((0, 1, 5), (0, 2, 5))
    assert set(past) == {(0, row, 3) for row in range(1, 5)} | {(0, row, c) for row in (1, 2) for c in (4, 5)}
    assert all(past.index(cell) < past.index(read) for cell in past for read in graph.reads[cell] if read in past)
    assert len(past) == len(set(past))
    assert set(graph.past((0, 1, 5), until={(0, 1, 4)})) == {(0, 1, 5), (0, 1, 3)}


def test_a_cell_depends_on_what_its_past_reads(formulas: Formulas) -> None:
    """Asked of many cells, one after the other, and of what is no formula."""
    graph = Graph(formulas, values_of(formulas))
    for cell in [*graph.order[::5], (0, 1, 1)]:
        read = {place for reader in graph.past(cell) for place in graph.reads[reader]}
        assert {other for other in graph.cells if graph.depends(cell, other)} == read
        assert set(graph.past((0, COUNT, 6), until=graph.behind(cell))).isdisjoint({cell, *graph.past(cell)})


def test_formulas_that_are_left_out_are_numbers(formulas: Formulas) -> None:
    """What reads them depends on them, and they on nothing."""
    values = values_of(formulas)
    graph = Graph(formulas, (cell for cell in values if cell[2] != 4))
    assert (0, 1, 4) not in graph.reads
    assert graph.depends((0, 1, 5), (0, 1, 4))
    assert not graph.depends((0, 1, 4), (0, 1, 3))
    assert graph.past((0, 1, 4)) == []


def test_what_many_cells_depend_on_is_found_at_once(formulas: Formulas) -> None:
    """The same as for one cell after the other, below what another one depends on and above it."""
    graph = Graph(formulas, values_of(formulas))
    ends, behind = [(0, k, 7) for k in range(20, COUNT, 4)], graph.behind((0, 12, 6))
    past = graph.each_past(ends, until=behind)
    assert list(past) == graph.past(*ends, until=behind)
    for bit, end in enumerate(ends):
        assert [cell for cell in past if past[cell] >> bit & 1] == graph.past(end, until=behind)
    starts = [(0, 3, 1), (0, 9, 3), (0, 22, 4)]
    followed = graph.each_followed(starts, ends)
    for bit, start in enumerate(starts):
        depending = {cell for cell in graph.past(*ends) if graph.depends(cell, start)}
        assert {cell for cell in followed if followed[cell] >> bit & 1} == depending


def test_cells_read_and_their_readers_are_found(formulas: Formulas) -> None:
    """Each formula with what it reads."""
    graph = Graph(formulas, values_of(formulas))
    some = [(0, 4, 4), (0, 9, 6)]
    assert graph.read_by(some) == {place for cell in some for place in graph.reads[cell]}
    assert set(graph.readers(some)) == {(cell, place) for cell in graph.order for place in graph.reads[cell]} & {
        (cell, place) for cell in graph.order for place in some
    }


def test_cells_in_a_circle_are_gone_through_once(tmp_path: Path) -> None:
    """Whichever of them comes first."""
    book = openpyxl.Workbook()
    for address, content in {"A1": "=B1+1", "B1": "=C1*2", "C1": "=A1", "D1": "=A1+C1"}.items():
        book.worksheets[0][address] = content
    book.save(tmp_path / "circle.xlsx")
    formulas = Formulas(read_workbook(tmp_path / "circle.xlsx"), ENGINE)
    for order in ([(0, 1, k) for k in (1, 2, 3, 4)], [(0, 1, k) for k in (4, 3, 2, 1)]):
        graph = Graph(formulas, order)
        assert set(graph.each_past([(0, 1, 4)], until=())) == set(order)
        assert set(graph.each_followed([(0, 1, 3)], [(0, 1, 4)])) <= set(order)
