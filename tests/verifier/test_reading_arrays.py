"""Array formulas, and ranges in formulas of one cell: every cell has the value that a spreadsheet shows in it."""

from pathlib import Path

import numpy as np
import pytest

from tests.office import Office
from tests.verifier.hostile import formula_cell, write_package
from tests.verifier.reading import array_cells, book_parts, computed_cells, number_cell, read_cells
from verifier import Engine
from verifier.values import ExcelError

A, B = np.array([1.0, 2.0, 3.0, 4.0]), np.array([10.0, 20.0, 30.0, 40.0])
# A2:A5 and B2:B5; D1:G1 are a row; G9 is a number.
NUMBERS = "".join(
    number_cell(f"{letter}{row}", value)
    for letter, column in (("A", A), ("B", B))
    for row, value in enumerate(column.tolist(), 2)
) + "".join(number_cell(f"{letter}1", value) for letter, value in zip("DEFG", (5.0, 6.0, 7.0, 8.0), strict=True))
NUMBERS += number_cell("G9", 0.5)

REGIONS = [
    ("K2:K5", "A2:A5*B2:B5", A * B),
    ("K2:K5", "$A$2:$A$5*G9", A * 0.5),
    ("K2:K5", "EXP(-A2:A5)", np.exp(-A)),
    ("K2:K5", "1/(1+EXP(-(A2:A5-$G$9)))", 1 / (1 + np.exp(-(A - 0.5)))),
    ("K2:K5", "IF(A2:A5>2,A2:A5,-B2:B5)", np.where(A > 2, A, -B)),
    ("K2:K5", "A2:A5/SUM(A2:A5)", A / 10),
    ("K2:K5", "EXP(A2:A5)/SUM(EXP(A2:A5))", np.exp(A) / np.exp(A).sum()),
    ("K2:K5", "A2:A5-MAX(A2:A5,B2:B3)", A - 20),
    ("K2:K4", "A2:A5*2", (A * 2)[:3]),
    ("K2:K5", "G9", np.full(4, 0.5)),
    ("K2:N2", "D1:G1*2", np.array([[10.0, 12.0, 14.0, 16.0]])),
    ("K2:N5", "A2:A5*D1:G1", np.outer(A, [5, 6, 7, 8])),
    ("K2:K5", "A:A+1", [np.nan]),  # from row 1 on: see below
    ("K2:N2", "TRANSPOSE(A2:A5)", A[None]),
    ("K2:L3", "MMULT(A2:B3,A4:B5)", np.array([[1, 10], [2, 20]]) @ np.array([[3, 30], [4, 40]])),
    ("K2:K3", "MMULT(A2:B3,TRANSPOSE(A2:B2))", np.array([[1, 10], [2, 20]]) @ np.array([1, 10])),
    ("K2", "SUM(A2:A5*B2:B5)", [300.0]),
    ("K2", "SUM(IF(A2:A5>2,B2:B5,0))", [70.0]),
    ("K2", "INDEX(B2:B5,MATCH(1,(A2:A5>1)*(B2:B5>20),0))", [30.0]),
    ("K2", "MAX(ABS(A2:A5-B2:B5))", [36.0]),
    ("K2:K5", "_xlfn.SINGLE($G$9:$G$9)*A2:A5", None),
]  # fmt: skip


@pytest.mark.parametrize(("region", "formula", "expected"), [case for case in REGIONS if case[2] is not None])
@pytest.mark.parametrize("attributes", ["", ' cm="1"'])
def test_array_formula_gives_each_cell_its_element(
    region: str, formula: str, expected: object, attributes: str, engine: Engine, tmp_path: Path
) -> None:
    """An array formula, entered as one or spilling, gives in each of its cells what NumPy gives there."""
    values, failed = computed_cells(tmp_path, engine, {"S": NUMBERS + array_cells(region, formula, "", attributes)})
    found = np.array(list(values.values()), dtype=object)
    assert not failed
    if formula == "A:A+1":
        assert found.tolist() == [1.0, 2.0, 3.0, 4.0]  # A1 is empty
    else:
        np.testing.assert_allclose(found.astype(float), np.ravel(expected), rtol=1e-15)


@pytest.mark.office
def test_array_formulas_give_what_libreoffice_gives(office: Office, engine: Engine, tmp_path: Path) -> None:
    """So do all of them at once, on sheets of their own, in LibreOffice."""
    cases = [case for case in REGIONS if case[2] is not None]
    sheets = {f"S{k}": NUMBERS + array_cells(region, formula) for k, (region, formula, _) in enumerate(cases)}
    values, failed = computed_cells(tmp_path, engine, sheets)
    shown = office.values(write_package(tmp_path / "b.xlsx", book_parts(sheets)))
    assert not failed
    for place, value in values.items():
        sheet, _, address = place.partition("!")
        assert shown[sheet][int(address[1:]) - 1][ord(address[0]) - 65] == pytest.approx(value, rel=1e-14), place


def test_array_larger_than_its_formula_shows_what_is_not_there(engine: Engine, tmp_path: Path) -> None:
    """Cells past the end of an array are #N/A; an array of one column is the same in all columns."""
    values, _ = computed_cells(tmp_path, engine, {"S": NUMBERS + array_cells("K2:L6", "MMULT(A2:B5,B2:B3)")})
    assert values["S!L6"] == ExcelError("#N/A")
    assert values["S!K3"] == values["S!L3"] == 2 * 10 + 20 * 20


@pytest.mark.parametrize(
    ("region", "formula", "reason"),
    [
        ("K2:K6", "A2:A4*2", "over more cells than a range in it has"),
        ("K2:K2000", "MMULT(A2:B5,B2:B3)", "more than 1,000 cells"),
        ("A1:XFD1048576", "A2:A4*2", "over more than 100,000 cells"),
        ("K3:K6", "NOW()+A2:A5", "another value at every calculation"),
        ("K2:K5", "_xlfn.SINGLE(A2:A5)*A2:A5", "single value of a range for many cells"),
        ("K2:K5", "SUM({1,2}*A2:A5)", "array constant"),
        ("K2:K5", "A2:A5*Nowhere[w1]", "Nowhere"),
    ],
)
def test_array_formula_that_cannot_be_computed_says_why(
    region: str, formula: str, reason: str, engine: Engine, tmp_path: Path
) -> None:
    """Too many cells, too few elements, or what no formula may do: its first cell is listed with the reason."""
    _, failed = computed_cells(tmp_path, engine, {"S": NUMBERS + array_cells(region, formula)})
    first = f"S!{region.partition(':')[0]}"
    assert reason in failed[first]


@pytest.mark.parametrize("ref", ["K3:K5", "K5:K2", "rubbish", "K2:", "K2:K5:K6", "K0:K9", "K2:XFE2"])
def test_region_that_makes_no_sense_is_unsupported(ref: str, engine: Engine, tmp_path: Path) -> None:
    """An array formula over cells that are none, or that it does not begin in, is listed and computed nowhere."""
    cell = f'<c r="K2"><f t="array" ref="{ref}">A2:A5*2</f><v>2</v></c>'
    values, failed = computed_cells(tmp_path, engine, {"S": NUMBERS + cell})
    assert (set(values), set(failed)) == (set(), {"S!K2"})


def test_array_formulas_that_lie_over_each_other_end(engine: Engine, tmp_path: Path) -> None:
    """Thousands of them over the same cells are bounded together, and a cell's own formula goes before."""
    arrays = "".join(f'<c r="K{row}"><f t="array" ref="K{row}:K9000">$A$2*2</f><v>2</v></c>' for row in range(2, 2000))
    values, failed = computed_cells(tmp_path, engine, {"S": NUMBERS + arrays + formula_cell("K9000", "7")})
    assert values["S!K9000"] == 7.0
    assert "100,000" in failed["S!K1999"]


def test_cells_of_an_array_formula_are_one_pattern_and_show_it(tmp_path: Path) -> None:
    """An element-by-element one is the same as the ordinary formula filled down; its region and text are kept."""
    others = "".join(number_cell(f"K{row}", 0.0) for row in (3, 4, 5))
    cells = NUMBERS + array_cells("K2:K5", "A2:A5*$G$9", others) + formula_cell("L2", "A2*$G$9")
    cells += array_cells("M2:M3", "A2:A3*2", "", ' cm="1"') + array_cells("N2", "SUM(A2:A5*B2:B5)")
    (sheet,) = read_cells(tmp_path, {"S": cells}).sheets
    assert len({sheet.formulas[row, 11] for row in (2, 3, 4, 5)}) == 1
    assert sheet.formulas[5, 11].text(5, 11) == "=A5*$G$9"
    assert sheet.formula_text((4, 11)) == "={A2:A5*$G$9}"
    assert sheet.array_regions[4, 11] == ((2, 11), (5, 11))
    assert (sheet.formula_text((3, 13)), sheet.array_regions[3, 13]) == ("=A2:A3*2", ((2, 13), (3, 13)))
    assert sheet.formula_text((2, 14)) == "={SUM(A2:A5*B2:B5)}"
    assert not {(2, 12), (2, 14)} & sheet.array_regions.keys()


def test_array_formula_of_each_row_is_one_pattern_down_the_table(tmp_path: Path) -> None:
    """Row by row the same array formula is the same in each of its columns, element by element or as a whole."""
    cells = NUMBERS + "".join(
        array_cells(f"K{row}:L{row}", f"A{row}:B{row}*$G$9")
        + array_cells(f"M{row}:N{row}", f"MMULT(A{row}:B{row},$A$2:$B$3)")
        for row in (2, 3, 4)
    )
    (sheet,) = read_cells(tmp_path, {"S": cells}).sheets
    for column in (11, 12, 13, 14):
        assert len({sheet.formulas[row, column] for row in (2, 3, 4)}) == 1


# --- ranges in formulas of one cell ---------------------------------------------------------------------------------

CELLS = [
    ("K4", "A2:A5*2", 6.0),
    ("K4", "$A$2:$A$5*2", 6.0),
    ("K4", "A:A*2", 6.0),
    ("K4", "-A2:A5", -3.0),
    ("K4", "A2:A5", 3.0),
    ("K4", "EXP(A2:A5)", float(np.exp(3))),
    ("K4", "SUM(A2:A5*B2:B5)", 90.0),
    ("K4", "SUM(A2:A5)*A2:A5", 30.0),
    ("K4", "SUM((A2:A5))", 10.0),
    ("K4", "SUM( A2:A5 , 1)", 11.0),
    ("K4", "SUMPRODUCT(A2:A5*B2:B5)", 300.0),
    ("K4", "SUMPRODUCT((A2:A5>2)*(B2:B5))", 70.0),
    ("K4", "SUMPRODUCT(EXP(A2:A5)*1)", float(np.exp(A).sum())),
    ("K4", "MATCH(A2:A5,A2:A5,0)", 3.0),
    ("K4", "INDEX(B2:B5,A2:A5)", 30.0),
    ("K4", "IF(A2:A5>2,B2:B5,0)", 30.0),
    ("K4", "_xlfn.SINGLE(A2:A5)+1", 4.0),
    ("K4", "SUM(_xlfn.SINGLE(A2:A5),1)", 4.0),
    ("E3", "D1:G1*2", 12.0),
    ("K9", "A2:A5*2", ExcelError("#VALUE!")),
    ("K4", "A2:B5*2", ExcelError("#VALUE!")),
    ("K4", "SUM(A2:A5)+SUM(B2:B5)", 110.0),
]  # fmt: skip


@pytest.mark.parametrize(("place", "formula", "expected"), CELLS)
def test_range_in_a_formula_of_one_cell_means_the_cell_beside_it(
    place: str, formula: str, expected: object, engine: Engine, tmp_path: Path
) -> None:
    """Where one value is meant, a range is its cell in the formula's own row or column; arguments that take it do."""
    values, failed = computed_cells(tmp_path, engine, {"S": NUMBERS + formula_cell(place, formula)})
    assert not failed
    assert values[f"S!{place}"] == (pytest.approx(expected, rel=1e-15) if isinstance(expected, float) else expected)


@pytest.mark.office
def test_ranges_in_formulas_of_one_cell_give_what_libreoffice_gives(
    office: Office, engine: Engine, tmp_path: Path
) -> None:
    """So they are in LibreOffice, each on a sheet of its own; an error is no number there."""
    cases = [case for case in CELLS if "SINGLE" not in case[1]]
    sheets = {f"S{k}": NUMBERS + formula_cell(place, formula) for k, (place, formula, _) in enumerate(cases)}
    values, _ = computed_cells(tmp_path, engine, sheets)
    shown = office.values(write_package(tmp_path / "b.xlsx", book_parts(sheets)))
    for k, (place, formula, _) in enumerate(cases):
        value, other = values[f"S{k}!{place}"], shown[f"S{k}"][int(place[1:]) - 1][ord(place[0]) - 65]
        assert (other == pytest.approx(value)) if isinstance(value, float) else not isinstance(other, float), formula


@pytest.mark.parametrize("kind", ["own", "shared"])
def test_range_that_ends_is_an_error_below_its_end(kind: str, engine: Engine, tmp_path: Path) -> None:
    """The same formula filled down is right beside the range and an error below it, shared or in each cell."""
    rows = (4, 5, 6)
    if kind == "own":
        cells = "".join(formula_cell(f"K{row}", "$A$2:$A$5*2") for row in rows)
    else:
        cells = '<c r="K4"><f t="shared" ref="K4:K6" si="0">$A$2:$A$5*2</f><v>0</v></c>'
        cells += "".join(f'<c r="K{row}"><f t="shared" si="0"/><v>0</v></c>' for row in (5, 6))
    values, _ = computed_cells(tmp_path, engine, {"S": NUMBERS + cells})
    assert [values[f"S!K{row}"] for row in rows] == [6.0, 8.0, ExcelError("#VALUE!")]


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        ("SUM(IF(A2:A5>2,B2:B5,0))", "is chosen by a condition"),
        ("TRANSPOSE(A2:A5)", "a whole array"),
        ("INDEX(A2:B5,0,1)", "whole row or column by INDEX"),
        ("SUM(index(A2:B5,2,))", "whole row or column by INDEX"),
        ("_xlfn.SINGLE(A2:A5*2)", "a single value of something"),
    ],
)
def test_range_whose_meaning_depends_on_the_program_is_not_computed(
    formula: str, reason: str, engine: Engine, tmp_path: Path
) -> None:
    """Where versions of Excel differ, or an array would be in one cell, nothing is said to be right or wrong."""
    _, failed = computed_cells(tmp_path, engine, {"S": NUMBERS + formula_cell("K4", formula)})
    assert reason in failed["S!K4"]
