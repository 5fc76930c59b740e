"""Formulas with the numbers put in: what the text says, and what Excel allows."""

import re

import formulas
import pytest

from sheetgen.explore.number_text import MAX_LITERAL, cached_text, cached_with_numbers, text_of, with_numbers
from sheetgen.mathematics.expression import Column, Expression, Number, Setting, exp, relu, step, tanh, total
from sheetgen.mathematics.notation import mathematics

X, Y = Column("x"), Column("y")
TEXTS = {"x": "(−0.500000)", "y": "2.000000", "η": "0.100000"}
CELLS = {"x": "$B$1", "y": "$B$2", "η": "$B$3"}


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (X * Y + Y, "= (−0.500000)·2.000000 + 2.000000"),
        (Number(0.5) * (Y - X) ** Number(2), "= ½·(2.000000 − (−0.500000))²"),
        (X ** Number(2), "= (−0.500000)²"),
        (Y - Setting("η") * X, "= 2.000000 − 0.100000·(−0.500000)"),
        (exp(-X), "= exp(−(−0.500000))"),
        (X, "= −0.500000"),
        (tanh(X), "= tanh(−0.500000)"),
        (relu(X), "= max(0, −0.500000)"),
        (step(X), "= [−0.500000 > 0]"),
    ],
)
def test_a_negative_number_has_parentheses_unless_it_stands_alone(expression: Expression, text: str) -> None:
    assert cached_with_numbers(expression, TEXTS.__getitem__) == text


def test_the_formula_joins_the_texts_of_cells_with_what_stands_between() -> None:
    assert with_numbers(X * Y + Y, CELLS.__getitem__) == '="= "&$B$1&"·"&$B$2&" + "&$B$2'
    assert with_numbers(tanh(X), CELLS.__getitem__) == '="= tanh("&SUBSTITUTE(SUBSTITUTE($B$1,"(",""),")","")&")"'


def test_no_text_within_a_formula_is_longer_than_excel_allows() -> None:
    constants = total([Number(123456789.0)] * 100) * X
    formula = with_numbers(constants, CELLS.__getitem__)
    assert formula is not None
    pieces = re.findall(r'"([^"]*)"', formula)
    assert max(map(len, pieces)) == MAX_LITERAL
    assert "".join(pieces) == f"= {mathematics(constants).removesuffix('x')}"


def test_a_formula_longer_than_excel_allows_is_none() -> None:
    assert with_numbers(total([X * Y * X * Y] * 150), CELLS.__getitem__) is not None
    assert with_numbers(total([X * Y * X * Y] * 220), CELLS.__getitem__) is None


def test_an_error_in_a_number_is_the_text() -> None:
    assert cached_text("#NUM!") == "#NUM!"
    assert cached_with_numbers(X + Y, {"x": "1.000000", "y": "#NUM!"}.__getitem__) == "#NUM!"


def test_a_number_is_shown_with_its_first_digits() -> None:
    """Six at most and no zeros after them, as one writes by hand; small ones and large ones as powers of ten."""
    shown = {
        0.15: "0.15", -0.15: "(−0.15)", 0.0: "0", 2.0: "2", 0.506874568: "0.506875", 0.0425: "0.0425",
        0.00018825556: "(1.88256·10^−4)", -1.9e-7: "(−1.9·10^−7)", 123456.7: "123457", 1234567.0: "1234570",
        0.99999999: "1", 1e12: "10^12", -1e200: "(−10^200)",
    }  # fmt: skip
    assert {value: cached_text(value) for value in shown} == shown
    for value, text in shown.items():
        assert str(formulas.Parser().ast(text_of("A1"))[1].compile()(value)) == text
