"""Values of cells from other cells: chains in any order, ranges, circles, other sheets."""

import math
from pathlib import Path

import pytest

from tests.verifier.hostile import formula_cell, parts_of, write_package
from verifier import Engine
from verifier.computing.recompute import Cell, Formulas, differs, recompute
from verifier.computing.whole import recompute_all
from verifier.reading.workbook import read_workbook
from verifier.values import ExcelError, Value


def recomputed(path: Path, engine: Engine, cells: str, names: str = "") -> tuple[dict[Cell, Value], dict[Cell, str]]:
    """The values of all formulas of a sheet with these cells, and the reasons of those that have none."""
    formulas = Formulas(read_workbook(write_package(path / "b.xlsx", parts_of(cells, names))), engine)
    values: dict[Cell, Value] = {}
    failed = formulas.unsupported | recompute(formulas, iter(formulas), values)
    return values, failed


def number(address: str, value: float) -> str:
    return f'<c r="{address}"><v>{value!r}</v></c>'


def test_formulas_are_computed_after_what_they_read(engine: Engine, tmp_path: Path) -> None:
    """The order of the cells in the file makes no difference, and cached values are not believed."""
    cells = formula_cell("A1", "A2*2", "99") + formula_cell("A2", "A3+1", "98") + number("A3", 4.0)
    values, failed = recomputed(tmp_path, engine, cells)
    assert (values[0, 1, 1], values[0, 2, 1], failed) == (10.0, 5.0, {})


@pytest.mark.parametrize("count", [10, 5_000])
@pytest.mark.parametrize("downward", [True, False])
def test_long_chains_are_computed_in_either_direction(
    count: int, downward: bool, engine: Engine, tmp_path: Path
) -> None:
    """A chain of any length is computed, from its start to its end, or the other way round in the file."""
    step = -1 if downward else 1
    rows = range(2, count + 1)
    start = number("A1" if downward else f"A{count + 1}", 0.0)
    cells = "".join(formula_cell(f"A{row}", f"A{row + step}+1") for row in rows)
    values, failed = recomputed(tmp_path, engine, cells + start)
    assert values[0, count if downward else 2, 1] == count - 1.0
    assert failed == {}


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("SUM(B1:B3)", 6.0),
        ("SUM(B1:C2)", 8.0),
        ("SUM(B3:B1)", 6.0),
        ("SUM($B$1:$B$2)", 3.0),
        ("SUM(B:B)", 6.0),
        ("SUM(2:2)", 7.0),
        ("MAX(B:C)", 5.0),
        ("INDEX($B$1:$B$3,C2-3)", 2.0),
        ("SUMPRODUCT(B1:B2,C1:C2)", 10.0),
        ("SUM(B1:B1000000)", 6.0),
        ("SUMPRODUCT(B1:B9,$B$20:$B$28)+SUMPRODUCT(B1:B4,B1:B4)", 14.0),
        ("S!B1+'S'!B2", 3.0),
        ("s!B1", 1.0),
        ("D1+1", 1.0),
        ("rate*2", 4.0),
        ("SUM(rates)", 3.0),
    ],
)
def test_references_of_all_kinds_are_read(formula: str, expected: float, engine: Engine, tmp_path: Path) -> None:
    """Cells, ranges in any direction, whole columns and rows, other sheets, empty cells and names have their values."""
    cells = "".join(number(f"B{k}", float(k)) for k in (1, 2, 3)) + number("C2", 5.0)
    names = '<definedName name="Rate">S!$B$2</definedName><definedName name="rates">S!$B$1:$B$2</definedName>'
    values, failed = recomputed(tmp_path, engine, cells + formula_cell("F9", formula), names)
    assert (values.get((0, 9, 6)), failed) == (expected, {})


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("ROW()", 9.0), ("ROW( )-4", 5.0), ("column()*10+row()", 69.0), ("SUM(B1:B2)*ROW()", 27.0), ("B1+ROW()", 10.0),
        ('"ROW()"', "ROW()"), ("IF(ROW()>8,B2,B1)", 2.0), ("POW(B2,3)", 8.0), ("pow(B2,ROW()-8)", 2.0),
    ],
)  # fmt: skip
def test_numbers_of_the_own_cell_are_known(formula: str, expected: Value, engine: Engine, tmp_path: Path) -> None:
    """ROW and COLUMN without an argument are fixed by the cell, and POW is another name of POWER."""
    cells = number("B1", 1.0) + number("B2", 2.0) + formula_cell("F9", formula)
    values, failed = recomputed(tmp_path, engine, cells)
    assert (values.get((0, 9, 6)), failed) == (expected, {})


def test_row_of_another_cell_is_not_known(engine: Engine, tmp_path: Path) -> None:
    """With an argument they depend on where other cells are."""
    values, failed = recomputed(tmp_path, engine, formula_cell("F9", "ROW(B1)") + formula_cell("F8", "ROWS(B1:B2)"))
    assert (len(values), len(failed)) == (0, 2)


def test_count_by_rows_is_one_formula_down_its_column(engine: Engine, tmp_path: Path) -> None:
    """It is computed in each cell, and compiled once."""
    cells = "".join(formula_cell(f"A{row}", "ROW()-1") for row in range(2, 50))
    formulas = Formulas(read_workbook(write_package(tmp_path / "b.xlsx", parts_of(cells))), engine)
    values: dict[Cell, Value] = {}
    assert recompute(formulas, iter(formulas), values) == {}
    assert list(values.values()) == [float(row - 1) for row in range(2, 50)]
    assert len({id(formulas.get(cell)) for cell in formulas}) == 1


def test_circle_leaves_the_rest_computed(engine: Engine, tmp_path: Path) -> None:
    """The cells of a circle are named, count with their cached values, and what stands beside them is computed."""
    cells = formula_cell("A1", "B1+1", "7") + formula_cell("B1", "A1+1", "8") + formula_cell("C1", "2*3")
    values, failed = recomputed(tmp_path, engine, cells)
    assert set(failed) == {(0, 1, 1), (0, 1, 2)}
    assert all("circular" in reason for reason in failed.values())
    assert values[0, 1, 3] == 6.0
    assert {values[0, 1, 1], values[0, 1, 2]} == {7.0, 8.0}


def test_every_cell_of_a_circle_is_named(engine: Engine, tmp_path: Path) -> None:
    """A circle of more cells than two is named whole."""
    cells = "".join(formula_cell(f"A{k}", f"A{k % 5 + 1}+1") for k in range(1, 6))
    assert set(recomputed(tmp_path, engine, cells)[1]) == {(0, k, 1) for k in range(1, 6)}


def test_reader_of_what_cannot_be_computed_counts_with_its_cache(engine: Engine, tmp_path: Path) -> None:
    """A formula that is not supported counts as what the file says it gives, and is listed with the reason."""
    values, failed = recomputed(tmp_path, engine, formula_cell("A1", "NOW()", "41.5") + formula_cell("B1", "A1*2"))
    assert values[0, 1, 2] == 83.0
    assert list(failed) == [(0, 1, 1)]


def test_shared_formulas_are_those_of_their_first_cell(engine: Engine, tmp_path: Path) -> None:
    """Excel writes a formula that is filled down once; its other cells read it relative to themselves."""
    cells = number("A1", 1.0) + '<c r="A2"><f t="shared" ref="A2:A4" si="0">A1*2</f><v>2</v></c>'
    cells += "".join(f'<c r="A{row}"><f t="shared" si="0"/><v>0</v></c>' for row in (3, 4))
    values, failed = recomputed(tmp_path, engine, cells)
    assert ([values[0, row, 1] for row in (2, 3, 4)], failed) == ([2.0, 4.0, 8.0], {})


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (1.0, 1.0 + 1e-12, False),
        (1.0, 1.0 + 1e-8, True),
        (0.0, 1e-13, False),
        (ExcelError("#NUM!"), ExcelError("#NUM!"), False),
        (ExcelError("#NUM!"), 1.0, True),
        (1.0, None, True),
        ("a", "a", False),
        ("a", "b", True),
        (True, False, True),
    ],
)
def test_values_differ_beyond_rounding(left: Value, right: Value, expected: bool) -> None:
    """Numbers may differ by rounding; an error, a text or nothing differs from every number."""
    assert differs(left, right, 1e-12, 1e-9) is expected
    assert differs(right, left, 1e-12, 1e-9) is expected


def both_ways(folder: Path, engine: Engine, cells: str) -> tuple[dict[Cell, Value], dict[Cell, Value], dict[Cell, str]]:
    """All values of a sheet, formula by formula and at once, and what cannot be computed either way."""
    formulas = Formulas(read_workbook(write_package(folder / "b.xlsx", parts_of(cells))), engine)
    one_by_one, at_once = formulas.constants(), formulas.constants()
    failed = recompute(formulas, iter(formulas), one_by_one)
    assert recompute_all(formulas, at_once) == failed
    return one_by_one, at_once, failed


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_an_empty_cell_is_no_zero_for_the_largest_and_the_smallest(sign: float, engine: Engine, tmp_path: Path) -> None:
    """In each of many rows: formulas that are called again and again are computed by NumPy, and many rows at once."""
    rows = {k: [sign * (100 * k + column) for column in range(1, 20)] for k in range(1, 101)}
    cells = "".join(
        "".join(number(f"{letter}{k}", value) for letter, value in zip("ABCDEFGHIJKLMNOPQRS", row, strict=True))
        + formula_cell(f"V{k}", f"MAX(A{k}:T{k})")  # T is empty
        + formula_cell(f"W{k}", f"MIN(A{k}:T{k})")
        for k, row in rows.items()
    )
    one_by_one, at_once, failed = both_ways(tmp_path, engine, cells)
    assert failed == {}
    for k, row in rows.items():
        for found in (one_by_one, at_once):
            assert (found[0, k, 22], found[0, k, 23]) == (max(row), min(row))


@pytest.mark.parametrize("circle", ["", formula_cell("J1", "J2+1") + formula_cell("J2", "J1")])
def test_wide_formulas_are_computed_at_once_as_one_by_one(circle: str, engine: Engine, tmp_path: Path) -> None:
    """Also where a formula stands before what it reads; those in a circle are named, and the rest is computed."""
    wide = "".join(
        formula_cell(f"A{k}", f"SUMPRODUCT(C{k}:D{k + 15},C$1:D$16)")
        + number(f"C{k}", 1 / k)
        + formula_cell(f"D{k}", f"EXP(-C{k})")
        for k in range(1, 41)
    )
    one_by_one, at_once, failed = both_ways(tmp_path, engine, wide + circle)
    assert len(failed) == (2 if circle else 0)
    assert at_once.keys() == one_by_one.keys()
    assert at_once[0, 1, 1] == pytest.approx(sum(k**-2 + math.exp(-2 / k) for k in range(1, 17)), rel=1e-14)
    for cell, value in one_by_one.items():
        assert at_once[cell] == pytest.approx(value, rel=1e-14)


def test_all_of_a_long_range_counts_also_where_its_beginning_proves_a_formula(engine: Engine, tmp_path: Path) -> None:
    """Each of some formulas over 1,300 cells, the last of which is the largest."""
    column = "".join(number(f"A{k}", k) for k in range(1, 1_301))
    wide = "".join(
        formula_cell(f"C{k}", f"SUM(A$1:A$1300)+{k}") + formula_cell(f"D{k}", f"MAX(A$1:A$1300)-MIN(A${k}:A$1300)")
        + formula_cell(f"E{k}", f"INDEX(A$1:A$1300,A{1_300 - k})")
        for k in range(1, 21)
    )  # fmt: skip
    one_by_one, at_once, failed = both_ways(tmp_path, engine, column + wide)
    assert failed == {}
    for found in (one_by_one, at_once):
        for k in range(1, 21):
            assert (found[0, k, 3], found[0, k, 4], found[0, k, 5]) == (650 * 1_301 + k, 1_300 - k, 1_300 - k)
