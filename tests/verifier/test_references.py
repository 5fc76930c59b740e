"""Formulas made relative: what is the same when filled down, and that nothing is lost on the way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.verifier.calculator import column_of, letters_of
from verifier.reading.parsing import PatternReader, parse
from verifier.reading.references import MAX_COLUMN, MAX_ROW, UnsupportedFormulaError, column_name, column_number

FORMULAS = (
    "E33*C33+F33*D33",
    "1/(1+EXP(-I33))",
    "0.5*(A33-R33)^2",
    "E33-$G$31*X33",
    "E$33+$F33+$G$33",
    "SUM(A1:B20)+MAX($A1:B$20)",
    "'eta 0.1'!$W$33",
    "'it''s'!A33*2",
    "SUM(Sheet2!A33:B40)",
    'IF(A33>0,"A33 is ""A34""",1E-3)',
    "1.5E+3*A33+2.5",
    "LOG10(A33)+ATAN2(B33,C33)",
    "INDEX('eta 0.5'!$W$33:$W$133,$A33+1)",
    "TRUE+A33",
    "A33%",
    "#REF!+A33",
)


@pytest.mark.parametrize("formula", FORMULAS)
def test_pattern_gives_the_formula_back(formula: str) -> None:
    """Made relative and written again in its own cell, a formula is what it was."""
    assert parse(formula, 33, 5, {}).text(33, 5) == f"={formula}"


def test_filling_down_and_right_moves_what_is_relative() -> None:
    """In another cell the same pattern reads as a spreadsheet would fill it."""
    pattern = parse("E33-$G$31*X33+E$33+$E33+SUM(A33:$B$40)", 34, 5, {})
    assert pattern.text(35, 5) == "=E34-$G$31*X34+E$33+$E34+SUM(A34:$B$40)"
    assert pattern.text(34, 7) == "=G33-$G$31*Z33+G$33+$E33+SUM(C33:$B$40)"


@given(st.integers(2, 1000), st.integers(1, 100), st.integers(2, 1000), st.integers(1, 100))
def test_filled_formulas_have_equal_patterns(row: int, column: int, other_row: int, other_column: int) -> None:
    """Two cells have equal patterns if filling one gives the other, wherever they are."""
    reader = PatternReader({})
    pattern = reader.read(f"{letters_of(column)}{row - 1}*$G$31+{letters_of(column + 2)}{row}", row, column)
    filled = pattern.text(other_row, other_column).removeprefix("=")
    assert filled == f"{letters_of(other_column)}{other_row - 1}*$G$31+{letters_of(other_column + 2)}{other_row}"
    assert reader.read(filled, other_row, other_column) is pattern


@pytest.mark.parametrize("other", ["E34-$G$31*X32", "E33-G$31*X33", "E$33-$G$31*X33", "E33+$G$31*X33", "F33-$G$31*X33"])
def test_other_formulas_have_other_patterns(other: str) -> None:
    """A shifted, frozen or loosened reference, a sign or a column make another pattern."""
    reader = PatternReader({})
    assert reader.read(other, 34, 5) is not reader.read("E33-$G$31*X33", 34, 5)
    assert reader.read("E34-$G$31*X34", 35, 5) is reader.read("E33-$G$31*X33", 34, 5)


@given(st.integers(1, MAX_COLUMN))
def test_columns_have_names_and_numbers(column: int) -> None:
    """Letters and numbers of a column are each other's."""
    assert column_name(column) == letters_of(column)
    assert column_number(column_name(column)) == column == column_of(column_name(column))
    assert column_number(column_name(column).lower()) == column


def test_last_column_is_xfd() -> None:
    """The names of the first, the 27th and the last column are those of Excel."""
    assert [column_name(k) for k in (1, 26, 27, 702, 703, MAX_COLUMN)] == ["A", "Z", "AA", "ZZ", "AAA", "XFD"]


def test_reader_keeps_one_pattern_of_a_column() -> None:
    """Formulas filled down a column are one object, and one that differs in a single row is another."""
    reader = PatternReader({})
    patterns = [reader.read(f"E{row}*C{row}", row, 9) for row in range(33, 40)]
    assert len({id(pattern) for pattern in patterns}) == 1
    assert reader.read("E39*C40", 40, 9) is not patterns[0]
    assert reader.read("E41*C41", 41, 9) is patterns[0]


@pytest.mark.parametrize("column", ["A", "E"])
def test_reader_tells_a_text_that_only_looks_filled(column: str) -> None:
    """Text and names in a formula do not count with the rows."""
    reader = PatternReader({})
    first = reader.read(f'IF({column}1>0,"row 1",1)', 1, 9)
    assert reader.read(f'IF({column}2>0,"row 2",1)', 2, 9) is not first
    assert reader.read(f'IF({column}3>0,"row 1",1)', 3, 9) is first


@pytest.mark.parametrize(
    ("formula", "rows", "columns"),
    [("SUM(A:A)", (1, MAX_ROW), (1, 1)), ("SUM($B:$D)", (1, MAX_ROW), (2, 4)), ("SUM(3:4)", (3, 4), (1, MAX_COLUMN))],
)
def test_whole_columns_and_rows_are_ranges(formula: str, rows: tuple[int, int], columns: tuple[int, int]) -> None:
    """`A:A` reaches from the first row to the last, `3:4` from the first column to the last."""
    (reference,) = parse(formula, 5, 6, {}).references
    assert reference.is_range
    assert reference.last_row is not None
    assert reference.last_column is not None
    assert (reference.row.at(5), reference.last_row.at(5)) == rows
    assert (reference.column.at(6), reference.last_column.at(6)) == columns


def test_defined_names_are_the_cells_they_stand_for() -> None:
    """A name of a cell or a range reads as that, whatever its capitals; filled down it stays."""
    names = {"ETA": "Sheet1!$G$31", "ALL": "$A$1:$B$2"}
    pattern = parse("E33-eta*X33+SUM(All)", 34, 5, names)
    assert pattern.text(50, 5) == "=E49-Sheet1!$G$31*X49+SUM($A$1:$B$2)"


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        ("no_such*2", "no_such"),
        ("Loop+1", "Loop"),
        ("[1]Sheet1!A1", "another workbook"),
        ("'C:\\[x.xlsx]S'!A1", "another workbook"),
        ("Table1[w1]", "table by name"),
        ("cmd|'/C calc'!A0", "DDE"),
        ("WEBSERVICE(A1)", "outside"),
        ("_xlfn.WEBSERVICE(A1)", "outside"),
        ("webservice(A1)", "outside"),
        ("RAND()", "every calculation"),
        ("INDIRECT(A1)", "where cells are"),
        ("SUM({1,2})", "array constant"),
        ("A1048577", "outside a sheet"),
        ("XFE1", "outside a sheet"),
        ("A0", "outside a sheet"),
        ("(" * 129 + "1" + ")" * 129, "nested"),
        ("1+" * 5000 + "1", "characters"),
    ],
)
def test_formula_that_cannot_be_recomputed_says_why(formula: str, reason: str) -> None:
    """What reaches outside, has no fixed value or is past Excel's limits is refused with a phrase that says so."""
    with pytest.raises(UnsupportedFormulaError, match=reason):
        parse(formula, 1, 1, {"LOOP": "Loop"})


def test_function_that_looks_like_a_cell_is_a_function() -> None:
    """`LOG10(` is a call, and `ATAN2(` too."""
    assert parse("LOG10(A1)+ATAN2(B1,C1)", 1, 4, {}).skeleton.startswith("LOG10(")
    assert len(parse("LOG10(A1)+ATAN2(B1,C1)", 1, 4, {}).references) == 3


def test_equal_references_are_one() -> None:
    """A reference that comes again is the same argument."""
    assert len(parse("(R33-A33)*R33*(1-R33)*J33", 33, 28, {}).references) == 3
