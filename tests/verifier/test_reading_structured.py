"""Structured references: each means the cells that Excel takes it for, and what a table does not have is said."""

from pathlib import Path

import pytest

from tests.verifier.hostile import MAIN, formula_cell
from tests.verifier.reading import computed_cells, number_cell, read_cells
from verifier import Engine

COLUMNS = ("w1", "dE/dw1", "a [b]", "it's #1")
# Labels in B3:E3, data in B4:E6, totals in row 7: 1 2 3 / 10 20 30 / 100 200 300 / 1000 2000 3000 down the columns.
NUMBERS = {f"{letter}{row}": float((row - 3) * 10**power) for power, letter in enumerate("BCDE") for row in (4, 5, 6)}
DATA = "".join(number_cell(address, value) for address, value in NUMBERS.items())
LABELS = "".join(
    f'<c r="{letter}3" t="inlineStr"><is><t>{label}</t></is></c>' for letter, label in zip("BCDE", COLUMNS, strict=True)
)
TOTALS = number_cell("B7", 1e6)
TABLE = (
    f'<table xmlns="{MAIN}" id="1" name="x" displayName="Tab" ref="B3:E7" totalsRowCount="1"><tableColumns count="4">'
    + "".join(f'<tableColumn id="{k}" name="{name}"/>' for k, name in enumerate(COLUMNS, 1))
    + "</tableColumns></table>"
)


def value_of(formula: str, place: str, folder: Path, engine: Engine, sheet: str = "S") -> object:
    """What a formula in a cell of the sheet `S`, which has the table, or of another gives."""
    cells = {"S": LABELS + DATA + TOTALS, "other sheet": ""}
    cells[sheet] += formula_cell(place, formula)
    values, failed = computed_cells(folder, engine, cells, tables=TABLE)
    return failed or values[f"{sheet}!{place}"]


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("Tab[[#This Row],[w1]]*2", 4.0),
        ("Tab[@w1]*2", 4.0),
        ("tab[@W1]*2", 4.0),
        ("Tab[@[dE/dw1]]", 20.0),
        ("[@w1]+1", 3.0),
        ("Tab[[#This Row],[a '[b']]]", 200.0),
        ("Tab[@[a '[b']]]", 200.0),
        ("Tab[@[it''s '#1]]", 2000.0),
        ("SUM(Tab[@])", 2222.0),
        ("SUM(Tab[@[w1]:[a '[b']]])", 222.0),
        ("SUM(Tab[w1])", 6.0),
        ("SUM(Tab[dE/dw1])", 60.0),
        ("SUM(Tab[])", 6666.0),
        ("SUM(Tab)", 6666.0),
        ("SUM(Tab[[#Data],[w1]:[dE/dw1]])", 66.0),
        ("SUM(Tab[[w1]:[dE/dw1]])", 66.0),
        ("SUM(Tab[[#All],[w1]])", 1_000_006.0),
        ("SUM(Tab[[#Data],[#Totals],[w1]])", 1_000_006.0),
        ("COUNTA(Tab[#Headers])", 4.0),
        ("COUNTA(Tab[[#Headers],[#Data],[w1]])", 4.0),
        ("Tab[[#Totals],[w1]]+1", 1_000_001.0),
        ("Tab[[#Headers],[w1]]&\"!\"", "w1!"),
        ('IF(TRUE,"Tab[w1]",Tab[@w1])', "Tab[w1]"),
        ("Tab[w1]*2", 4.0),
        ("SUMPRODUCT(Tab[w1]*Tab[dE/dw1])", 140.0),
        ("AVERAGE(Tab[w1])/COUNT( Tab[w1] )", 2 / 3),
    ],
)  # fmt: skip
def test_structured_reference_means_its_cells(formula: str, expected: object, engine: Engine, tmp_path: Path) -> None:
    """In row 5, of the second data row, each form of a reference to the table has the value of what it stands for."""
    expected_here = pytest.approx(expected) if isinstance(expected, float) else expected
    assert value_of(formula, "H5" if "[@w1]+" not in formula else "E5", tmp_path, engine) == expected_here


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("SUM(Tab[w1])", 6.0), ("Tab[[#Totals],[w1]]", 1e6), ("Tab[[#This Row],[w1]]", 2.0), ("SUM(Tab[@])", 2222.0),
    ],
)  # fmt: skip
def test_table_is_known_on_other_sheets(formula: str, expected: float, engine: Engine, tmp_path: Path) -> None:
    """A reference to a table means the same on every sheet, and its row there is the one with the same number."""
    assert value_of(formula, "A5", tmp_path, engine, "other sheet") == expected


@pytest.mark.parametrize(
    ("formula", "place", "sheet", "reason"),
    [
        ("SUM(Nowhere[w1])", "H5", "S", "the table Nowhere, which is not there"),
        ("SUM(Tab[w9])", "H5", "S", "the column w9 of the table Tab, which is not there"),
        ("Tab[@w1]", "H9", "S", "stands in none of it"),
        ("Tab[@w1]", "H3", "S", "stands in none of it"),
        ("Tab[@w1]", "H9", "other sheet", "stands in none of it"),
        ("[@w1]", "H5", "S", "stands in none"),
        ("SUM(Tab[[#Everything],[w1]])", "H5", "S", "no part of one"),
        ("SUM([1]Sheet1!A1,Tab[w1])", "H5", "S", "another workbook"),
        ("SUM('[Tab.xlsx]S'!A1)", "H5", "S", "another workbook"),
    ],
)
def test_reference_that_no_table_has_says_so(
    formula: str, place: str, sheet: str, reason: str, engine: Engine, tmp_path: Path
) -> None:
    """What refers to no table, column, row or part that is there is unsupported, and the reason names it."""
    found = value_of(formula, place, tmp_path, engine, sheet)
    assert isinstance(found, dict)
    assert reason in found[f"{sheet}!{place}"]


def test_structured_formulas_are_one_down_a_column_and_shown_as_written(tmp_path: Path) -> None:
    """Filled down it is one pattern, the same as that of ordinary references, and the report shows the file's text."""
    cells = "".join(formula_cell(f"H{row}", "Tab[[#This Row],[w1]]*$A$1") for row in (4, 5))
    cells += formula_cell("H6", "B6*$A$1")
    (sheet,) = read_cells(tmp_path, {"S": LABELS + DATA + cells}, tables=TABLE).sheets
    assert len({sheet.formulas[row, 8] for row in (4, 5, 6)}) == 1
    assert sheet.formula_text((4, 8)) == "=Tab[[#This Row],[w1]]*$A$1"
    assert sheet.formula_text((6, 8)) == "=B6*$A$1"


@pytest.mark.parametrize("ref", ["", "B3", "B3:", "B3:E7:F9", "rubbish", "E7:B3", "B3:XFE99999999"])
def test_table_with_a_damaged_range_harms_no_other_formula(ref: str, engine: Engine, tmp_path: Path) -> None:
    """A table whose range makes no sense is unsupported where it is referred to, and nothing else."""
    cells = DATA + formula_cell("H5", "SUM(Tab[w1])") + formula_cell("I5", "B5*2")
    values, _ = computed_cells(tmp_path, engine, {"S": cells}, tables=TABLE.replace("B3:E7", ref))
    assert values["S!I5"] == 4.0
