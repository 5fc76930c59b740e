"""Defined names: what each stands for on each sheet, and what is no cell, range or constant is said to be none."""

from pathlib import Path

import pytest

from tests.verifier.hostile import formula_cell
from tests.verifier.reading import computed_cells, number_cell, read_cells
from verifier import Engine
from verifier.values import Value

CELLS = "".join(number_cell(f"B{row}", float(row)) for row in (1, 2, 3))
NAMES = (
    '<definedName name="eta">0.5</definedName>'
    '<definedName name="half">=1/2</definedName>'
    '<definedName name="minus">-2</definedName>'
    '<definedName name="tiny">1E-3</definedName>'
    '<definedName name="percent">25%</definedName>'
    '<definedName name="word">"a ""b"""</definedName>'
    '<definedName name="yes">TRUE</definedName>'
    "<definedName name=\"cell\">'my sheet'!$B$2</definedName>"
    "<definedName name=\"column\">'my sheet'!$B$1:$B$3</definedName>"
    "<definedName name=\"whole\">'my sheet'!$B:$B</definedName>"
    "<definedName name=\"row\">'my sheet'!$2:$2</definedName>"
    "<definedName name=\"relative\">'my sheet'!B2</definedName>"
    "<definedName name=\"half_relative\">'my sheet'!$B2</definedName>"
    "<definedName name=\"broken\">#REF!</definedName>"
    "<definedName name=\"call\">OFFSET('my sheet'!$B$1,1,0)</definedName>"
    '<definedName name="column_of_table">Tab[w1]</definedName>'
    '<definedName name="rate">1</definedName>'
    '<definedName name="rate" localSheetId="1">2</definedName>'
    '<definedName name="own" localSheetId="0">$B$3</definedName>'
    '<definedName name="nobody" localSheetId="99">3</definedName>'
    '<definedName name="nonsense" localSheetId="x">3</definedName>'
)  # fmt: skip


def value_of(formula: str, folder: Path, engine: Engine, sheet: str = "my sheet", row: int = 5) -> Value | str:
    """What a formula in column D of a sheet gives, or why it cannot be computed."""
    cells = {"my sheet": CELLS, "other": ""}
    cells[sheet] += formula_cell(f"D{row}", formula)
    values, failed = computed_cells(folder, engine, cells, NAMES)
    return failed[f"{sheet}!D{row}"] if failed else values[f"{sheet}!D{row}"]


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("ETA*4", 2.0),
        ("3^minus*9", 1.0),
        ("5-minus", 7.0),
        ("-minus^2", 4.0),
        ("tiny*1000", 1.0),
        ("percent*4", 1.0),
        ("word&1", 'a "b"1'),
        ("IF(yes,1,2)", 1.0),
        ("cell*10", 20.0),
        ("SUM(column)", 6.0),
        ("SUM(whole)", 6.0),
        ("SUM(row)", 2.0),
        ("rate", 1.0),
        ("other!rate", 2.0),
        ("own", 3.0),
        ("'my sheet'!own+1", 4.0),
    ],
)
def test_name_has_its_value(formula: str, expected: Value, engine: Engine, tmp_path: Path) -> None:
    """Constants, cells, ranges, whole columns and rows; names of one sheet by themselves there, elsewhere with it."""
    assert value_of(formula, tmp_path, engine) == expected


@pytest.mark.parametrize(("formula", "expected"), [("rate", 2.0), ("'my sheet'!own", "own"), ("eta", 0.5)])
def test_name_of_another_sheet_is_its_own_there(formula: str, expected: object, engine: Engine, tmp_path: Path) -> None:
    """On the sheet that has its own name it goes before that of all."""
    found = value_of(formula, tmp_path, engine, "other")
    assert found == expected if isinstance(expected, float) else found == 0.0  # $B$3 of the sheet that reads it


def test_name_of_a_range_is_the_cell_beside_where_one_value_is_meant(engine: Engine, tmp_path: Path) -> None:
    """A name for a column of numbers, used as if it were one of them, is that in the formula's row."""
    assert value_of("column*10", tmp_path, engine, row=2) == 20.0


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        ("half", "the name half stands for 1/2"),
        ("relative", "another cell in every cell"),
        ("half_relative", "another cell in every cell"),
        ("broken", "the name broken stands for #REF!"),
        ("call", "stands for OFFSET"),
        ("column_of_table", "stands for Tab[w1]"),
        ("nobody", "does not stand for"),
        ("nonsense", "does not stand for"),
        ("nothing", "does not stand for"),
        ("other!own", "does not stand for"),
    ],
)
def test_name_that_is_none_of_these_says_what_it_is(formula: str, reason: str, engine: Engine, tmp_path: Path) -> None:
    """A formula, a relative reference, an error or nothing: unsupported, with what the name stands for."""
    assert reason in str(value_of(formula, tmp_path, engine))


def test_formula_with_a_name_is_shown_as_written(tmp_path: Path) -> None:
    """The report shows the name; filled down it is one pattern, that of the cell or number that it stands for."""
    cells = CELLS + "".join(formula_cell(f"D{row}", f"B{row}*eta") for row in (1, 2)) + formula_cell("D3", "B3*cell")
    (sheet,) = read_cells(tmp_path, {"my sheet": cells}, NAMES).sheets
    assert sheet.formulas[1, 4] is sheet.formulas[2, 4]
    assert [sheet.formula_text((row, 4)) for row in (2, 3)] == ["=B2*eta", "=B3*cell"]
