"""An expression is printed as an Excel formula, as mathematics and as Python: all of them mean the tree it is."""

import math
from collections.abc import Callable, Mapping
from functools import cache

import formulas
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sheetgen.mathematics.expression import (
    Applied,
    Column,
    Expression,
    Number,
    Operation,
    Setting,
    added,
    columns_used,
    exp,
    ln,
    maximum,
    minus,
    negative,
    over,
    power,
    product,
    relu,
    step,
    tanh,
    times,
    total,
)
from sheetgen.mathematics.notation import excel, mathematics, plain_number
from sheetgen.mathematics.training_step import Group, TableColumn
from sheetgen.mathematics.values import Value, training_rows

CELLS = {"x": "A1", "y": "B1", "z": "C1"}
x, y, z = (Column(label) for label in CELLS)

OPERATORS: Mapping[Operation, Callable[[float, float], float]] = {
    added: lambda left, right: left + right,
    minus: lambda left, right: left - right,
    times: lambda left, right: left * right,
    over: lambda left, right: left / right,
    power: lambda left, right: left**right,
    maximum: lambda left, right: left if left > right else right,
}
FUNCTIONS: Mapping[Operation, Callable[[float], float]] = {
    negative: lambda argument: -argument,
    exp: math.exp,
    ln: math.log,
    tanh: math.tanh,
    relu: lambda argument: argument if argument > 0 else 0.0,
    step: lambda argument: 1.0 if argument > 0 else 0.0,
}


class Meaning:
    """What a tree is, computed by walking it; nothing is printed on the way, so no parentheses can be lost."""

    def __init__(self, numbers: Mapping[str, float]) -> None:
        self.numbers = numbers
        self.largest = 1.0  # of all numbers on the way
        self.nearest_step = math.inf  # the argument of a function with a step or a kink that is closest to it

    def of(self, expression: Expression) -> float:
        value = self._of(expression)
        self.largest = max(self.largest, abs(value))
        return value

    def _of(self, expression: Expression) -> float:
        match expression:
            case Number(value):
                return value
            case Column(label) | Setting(label):
                return self.numbers[label]
            case Applied(operation, (first, *others)):
                value = self.of(first)
                if operation in (relu, step):
                    self.nearest_step = min(self.nearest_step, abs(value))
                if operation is ln:
                    self.of(Number(1 / value))  # which an error in the argument grows by
                if operation in FUNCTIONS:
                    return FUNCTIONS[operation](value)
                for other in others:
                    value = self.of(Number(OPERATORS[operation](value, self.of(other))))
                return value
        raise TypeError(expression)


@cache
def _compiled(formula: str) -> Callable[..., object]:
    return formulas.Parser().ast(formula)[1].compile()


def excel_value(expression: Expression, numbers: Mapping[str, float]) -> float:
    """What the `formulas` package makes of the Excel text."""
    function = _compiled(excel(expression, lambda column: CELLS[column.label], lambda label: f"${label}$1"))
    labels = {cell: label for label, cell in CELLS.items()}
    result = function(*(numbers[labels[cell]] for cell in function.inputs))
    return float(getattr(result, "item", lambda: result)())


def mathematics_value(expression: Expression, numbers: Mapping[str, float]) -> float:
    """What a reader makes of the mathematics, its signs replaced by Python's."""
    text = mathematics(expression)
    for sign, python in (("·", "*"), ("−", "-"), ("²", "**2"), ("^", "**"), ("½", "0.5"), ("[", "float("), ("]", ")")):
        text = text.replace(sign, python)
    return float(eval(text, {"exp": math.exp, "tanh": math.tanh, "max": max, "ln": math.log, **numbers}))  # noqa: S307  our own text


def cached_value(expression: Expression, numbers: Mapping[str, float]) -> Value:
    """What a cell of the expression caches, beside a column for each number."""
    columns = [TableColumn(label, Group.DATA, Setting(label), Setting(label)) for label in numbers]
    columns.append(TableColumn("result", Group.FORWARD, expression, expression))
    (row,) = training_rows(columns, numbers, 0)
    return row[-1]


_EXPONENTS = st.sampled_from(
    [Number(1), Number(2), Number(3), Number(1) + Number(1), Number(2) ** Number(2), -Number(2)]
)
_LEAVES = st.sampled_from([x, y, z, Number(1), Number(2), Number(0.5), Number(0.1), Number(1e-7)])
_EXPRESSIONS = st.recursive(
    _LEAVES,
    lambda inner: (
        st.builds(
            lambda operator, left, right: operator(left, right),
            st.sampled_from([added, minus, times, over, maximum]),
            inner,
            inner,
        )
        | st.builds(power, inner, _EXPONENTS)
        | st.builds(total, st.lists(inner, min_size=2, max_size=3))
        | st.builds(lambda function, argument: function(argument), st.sampled_from(list(FUNCTIONS)), inner)
    ),
    max_leaves=8,
)
_NUMBERS = st.fixed_dictionaries(dict.fromkeys(CELLS, st.integers(-30, 30).map(lambda tenths: tenths / 10)))


@given(_EXPRESSIONS, _NUMBERS)
def test_all_ways_to_read_an_expression_agree(expression: Expression, numbers: dict[str, float]) -> None:
    meaning = Meaning(numbers)
    try:
        value = meaning.of(expression)
    except (OverflowError, ZeroDivisionError, ValueError):
        assume(False)
    # Where rounding alone would decide between two values, there is nothing to compare.
    assume(meaning.largest < 1e6)
    assume(meaning.nearest_step > 1e-6)
    near = pytest.approx(value, rel=1e-9, abs=1e-9 * meaning.largest)
    assert cached_value(expression, numbers) == near
    assert excel_value(expression, numbers) == near
    assert mathematics_value(expression, numbers) == near


@pytest.mark.parametrize(
    ("expression", "formula", "text"),
    [
        (x - (y - z), "=A1-(B1-C1)", "x − (y − z)"),
        ((x - y) - z, "=A1-B1-C1", "x − y − z"),
        (x * (y * z), "=A1*(B1*C1)", "x·(y·z)"),
        (x * y * z, "=A1*B1*C1", "x·y·z"),
        (x / (y * z), "=A1/(B1*C1)", "x/(y·z)"),
        ((x + y) * z, "=(A1+B1)*C1", "(x + y)·z"),
        (x + y * z, "=A1+B1*C1", "x + y·z"),
        ((x**y) ** z, "=(A1^B1)^C1", "(x^y)^z"),
        (x ** (y**z), "=A1^(B1^C1)", "x^(y^z)"),
        ((-x) ** Number(2), "=(-A1)^2", "(−x)²"),
        (-(x ** Number(2)), "=-(A1^2)", "−(x²)"),
        (-(x + y), "=-(A1+B1)", "−(x + y)"),
        (x - -y, "=A1-(-B1)", "x − (−y)"),
        (exp(-x), "=EXP(-A1)", "exp(−x)"),
        (ln(x + 1), "=LN(A1+1)", "ln(x + 1)"),
        (1 - 2 * x / (1 + y), "=1-2*A1/(1+B1)", "1 − 2·x/(1 + y)"),
        (tanh(x + y), "=TANH(A1+B1)", "tanh(x + y)"),
        (relu(x), "=MAX(0,A1)", "max(0, x)"),
        (maximum(x, y + z), "=MAX(A1,B1+C1)", "max(x, y + z)"),
        (step(x), "=IF(A1>0,1,0)", "[x > 0]"),
        (Number(0.5) * (x - y) ** Number(2), "=0.5*(A1-B1)^2", "½·(x − y)²"),
        (total([x, y, z]), "=A1+B1+C1", "x + y + z"),
        (product([x, y + z]), "=A1*(B1+C1)", "x·(y + z)"),
        (x - Setting("η") * y, "=A1-$η$1*B1", "x − η·y"),
    ],
)
def test_an_expression_is_printed_with_the_parentheses_of_its_tree_and_no_others(
    expression: Expression, formula: str, text: str
) -> None:
    assert excel(expression, lambda column: CELLS[column.label], "${}$1".format) == formula
    assert mathematics(expression) == text


def test_only_the_exponent_two_is_written_as_a_square() -> None:
    assert [mathematics(x ** Number(exponent)) for exponent in (2, 2.5, 20)] == ["x²", "x^2.5", "x^20"]


def test_the_mathematics_of_the_row_above_says_so() -> None:
    assert mathematics(Column("w1", -1) - Setting("η") * Column("g", -1)) == "w1(n−1) − η·g(n−1)"


def test_a_number_is_written_so_that_it_reads_back_the_same() -> None:
    assert plain_number(1.0) == "1"
    assert plain_number(0.1) == "0.1"
    for number in (0.1 + 0.2, 1e-7, 123456789.125, 2.0**53):
        assert float(plain_number(number)) == number


def test_columns_used_are_all_that_an_expression_reads_as_often_as_it_does() -> None:
    before = Column("x", -1)
    assert sorted(columns_used(x * (before - exp(x)) + Setting("η")), key=lambda c: c.rows) == [before, x, x]


def test_what_is_no_expression_is_refused() -> None:
    with pytest.raises(TypeError, match="not an expression"):
        mathematics(3)  # type: ignore[arg-type]
