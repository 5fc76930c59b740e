"""Formulas as functions: what plain Python computes is what `formulas` does, and Excel."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine import ENGINE
from verifier import Engine
from verifier.computing.engine import Argument
from verifier.reading.parsing import parse
from verifier.reading.references import UnsupportedFormulaError
from verifier.values import ExcelError, Value

FORMULAS = (
    "A1*B1+C1*A1", "1/(1+EXP(-A1))", "0.5*(A1-B1)^2", "A1-B1*C1", "TANH(A1)", "MAX(0,A1)", "MIN(A1,B1)", "ABS(A1)",
    "IF(A1>0,1,0)", "IF(A1<=B1,A1,B1)", "POWER(A1,2)", "POWER(A1,3)/B1", "SQRT(A1*A1)", "LN(A1*A1+1)", "SUM(A1,B1)",
    "SUM(A1)", "PRODUCT(A1,B1)", "-A1^2", "-(A1^2)", "2^-A1", "A1^2^0.5", "+A1", "A1%", "--A1", "A1-B1-C1", "A1/B1/2",
    "(A1-B1)*A1*(1-A1)*C1", "1-A1^2", "A1=B1", "A1<>B1", "EXP(A1)/(1+EXP(A1))", "1E-3*A1", ".5*A1",
    "IF(AND(A1>0,B1>0),A1,C1)", "IF(OR(A1>B1,B1>C1),A1,C1)",
)  # fmt: skip
NUMBERS = st.floats(-3, 3)


def value(formula: str, *arguments: Argument) -> Value:
    return ENGINE.compile(parse(formula, 1, 9, {}))(in_order(formula, arguments))


def reference(formula: str, *arguments: Argument) -> Value:
    return ENGINE.compile(parse(formula, 1, 9, {})).reference(in_order(formula, arguments))


def in_order(formula: str, arguments: tuple[Argument, ...]) -> list[Argument]:
    """The arguments of A1, B1 and C1 in the order in which the formula's references first come."""
    return [arguments[9 + r.column.number - 1] for r in parse(formula, 1, 9, {}).references]


@pytest.mark.parametrize("formula", FORMULAS)
@given(numbers=st.tuples(NUMBERS, NUMBERS, NUMBERS))
def test_quick_value_is_that_of_formulas(formula: str, numbers: tuple[float, float, float]) -> None:
    """Called again and again on numbers, a compiled formula gives what `formulas` gives."""
    quick, slow = value(formula, *numbers), reference(formula, *numbers)
    if isinstance(slow, float):
        assert quick == pytest.approx(slow, rel=1e-14, abs=1e-300)
    else:
        assert quick == slow


@pytest.mark.parametrize(
    ("formula", "arguments", "expected"),
    [
        ("A1/B1", (1.0, 0.0), "#DIV/0!"),
        ("EXP(A1)", (710.0,), "#NUM!"),
        ("A1*B1", (1e200, 1e200), "#NUM!"),
        ("SQRT(A1)", (-1.0,), "#NUM!"),
        ("LN(A1)", (0.0,), "#NUM!"),
        ("A1^B1", (-8.0, 1 / 3), "#NUM!"),
        ("A1+B1", (ExcelError("#N/A"), 1.0), "#N/A"),
        ("A1*2", (ExcelError("#REF!"),), "#REF!"),
        ("MAX(0,A1)", (ExcelError("#DIV/0!"),), "#DIV/0!"),
        ("A1+1", ("text",), "#VALUE!"),
    ],
)
def test_errors_are_excels(formula: str, arguments: tuple[Value, ...], expected: str) -> None:
    """A result that Excel has no number for is its error, and an error in an operand is the result."""
    result = value(formula, *arguments)
    assert isinstance(result, ExcelError)
    assert result == expected


@pytest.mark.parametrize(
    ("formula", "arguments", "expected"),
    [
        ("SUMPRODUCT(--(A1:B2>1))", ([[1.0, 2.0], [3.0, 0.0]],), 2.0),
        ("5--A1", (2.0,), 7.0),
        ('"a--b"&A1', (2.0,), "a--b2"),
        ("A1+1", (None,), 1.0),
        ("A1*B1", (None, 5.0), 0.0),
        ("A1", (None,), 0.0),
        ("A1", ("text",), "text"),
        ("A1>1", (2.0,), True),
        ("A1+1", (True,), 2.0),
        ("0*A1", (-1.0,), 0.0),
        ("SUM(A1,B1)", (None, 2.0), 2.0),
        ('IF(A1>0,"yes","no")', (1.0,), "yes"),
        ("10^2", (), 100.0),
        ("-2^2", (), 4.0),
        ("2^3^2", (), 64.0),
        ("50%", (), 0.5),
    ],
)
def test_values_are_excels(formula: str, arguments: tuple[Value, ...], expected: Value) -> None:
    """Empty cells count as 0, signs bind tighter than powers, powers from the left, as in Excel."""
    result = value(formula, *arguments)
    assert result == expected
    assert type(result) is type(expected)


def test_there_is_no_negative_zero() -> None:
    """Excel knows one zero."""
    assert math.copysign(1.0, float(str(value("A1*B1", -1.0, 0.0)))) == 1.0


@pytest.mark.parametrize(
    "formula", ["A1+1", "1/(1+EXP(-A1))", "IF(A1>0,1,0)", "SUM(A1,B1)", "MAX(A1,B1)", "A1%", "A1=1"]
)
@pytest.mark.parametrize("odd", [None, True, "text", "2", ExcelError("#N/A"), 1e308, -1e308, 0.0])
def test_odd_operands_go_through_formulas(formula: str, odd: Value) -> None:
    """For a text, an empty cell, a logical value, an error or a huge number the value is that of `formulas` itself."""
    for _ in range(3):  # before and after the quick way has been proven
        value(formula, 1.5, 2.5)
        assert value(formula, odd, 2.5) == reference(formula, odd, 2.5)


def test_ranges_come_as_rows() -> None:
    """A range's values come by rows, whatever stands in the cells."""
    pattern = parse("SUM(A1:B2)", 5, 9, {})
    assert ENGINE.compile(pattern)([[[1.0, 2.0], [None, 4.0]]]) == 7.0
    product = parse("SUMPRODUCT(A1:B1,C1:D1)", 5, 9, {})
    assert ENGINE.compile(product)([[[1.0, 2.0]], [[3.0, 4.0]]]) == 11.0
    index = parse("INDEX($A$1:$A$3,B1+1)", 1, 9, {})
    assert ENGINE.compile(index)([[[5.0], [6.0], [7.0]], 1.0]) == 6.0


def test_each_distinct_formula_is_compiled_once() -> None:
    """Filled down a column, a formula is the same function."""
    engine = Engine()
    assert engine.compile(parse("A1+$G$1", 1, 9, {})) is engine.compile(parse("A7+$G$1", 7, 9, {}))


@pytest.mark.parametrize("formula", ["FROBNICATE(A1)", "1+*2", "(1", '"abc', "LAMBDA(x,x)(1)"])
def test_formula_that_formulas_cannot_read_says_so(formula: str) -> None:
    """What `formulas` cannot compute is refused with a reason, at once or when it is first called."""
    with pytest.raises(UnsupportedFormulaError) as error:
        value(formula, 1.0, 2.0)
    assert str(error.value)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("SUM(A1:A4)", 7.0), ("AVERAGE(A1:A4)", 7 / 3), ("MAX(A1:A4)", 4.0), ("MIN(A1:A4)", 1.0), ("COUNT(A1:A4)", 3.0),
        ("SUMSQ(A1:A4)", 21.0), ("STDEV(A1:A4)", 1.5275252316519465), ("SUMPRODUCT(A1:A4,A1:A4)", 21.0),
        ('SUMIF(A1:A4,">0")', 7.0), ("SUMPRODUCT(A1:A4*A1:A4)", 30.0),
    ],
)  # fmt: skip
def test_texts_in_a_range_are_no_numbers(formula: str, expected: float) -> None:
    """A text that looks like a number does not count, as LibreOffice has it too, unless an operator takes it."""
    assert value(formula, [[1.0], ["3"], [2.0], [4.0]]) == pytest.approx(expected, rel=1e-15)


def test_text_that_an_operator_takes_is_a_number() -> None:
    """A text of digits is a number in arithmetic and in a formula itself, and none in a cell that SUM reads."""
    assert (value("A1+1", "5"), value('SUM("5",A1)', 1.0), value("SUM(A1,B1)", "5", 1.0)) == (6.0, 6.0, 1.0)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [("A1=1", True), ("A1<1", False), ("A1>=1", True), ("A1<>1", False), ("SUMPRODUCT(--(A1:A20=1))", 19.0)],
)
def test_numbers_are_compared_by_fifteen_digits(formula: str, expected: Value) -> None:
    """0.1 ten times is 1 to Excel and LibreOffice, and 0.9999999999999999 in doubles; more is a difference."""
    tenths = sum([0.1] * 10)
    column: list[list[Value]] = [[tenths]] * 19 + [[1 - 1e-13]]
    assert value(formula, column if ":" in formula else tenths) == expected
