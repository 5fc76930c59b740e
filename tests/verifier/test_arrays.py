"""Formulas over arrays: their derivatives are PyTorch's and finite differences', their values those of `formulas`."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.engine import ENGINE
from verifier.computing.derivative import Derivative
from verifier.computing.engine import Computable
from verifier.computing.proven import Argument
from verifier.reading.parsing import parse
from verifier.reading.references import UnsupportedFormulaError

Tensor = torch.Tensor

# Each formula of A1:B3, D1:E3 and G1, with what PyTorch has for it.
RULES: dict[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "SUM(A1:B3,G1,D1:E3)": lambda a, b, g: a.sum() + g + b.sum(),
    "AVERAGE(A1:B3)*G1+SUM(D1:E3)": lambda a, b, g: a.mean() * g + b.sum(),
    "SUMPRODUCT(A1:B3,D1:E3)/G1": lambda a, b, g: (a * b).sum() / g,
    "SUMPRODUCT(A1:B3,D1:E3,A1:B3)-G1": lambda a, b, g: (a * b * a).sum() - g,
    "SUMPRODUCT((A1:B3-D1:E3)^2)*G1": lambda a, b, g: ((a - b) ** 2).sum() * g,
    "SUMPRODUCT(A1:B3*G1,D1:E3)": lambda a, b, g: (a * g * b).sum(),
    "SUMPRODUCT((A1:B3>D1:E3)*A1:B3*G1)": lambda a, b, g: ((a > b) * a * g).sum(),
    "SUMSQ(A1:B3,D1:E3,G1)": lambda a, b, g: (a**2).sum() + (b**2).sum() + g**2,
    "SUMXMY2(A1:B3,D1:E3)*G1": lambda a, b, g: ((a - b) ** 2).sum() * g,
    "SUMX2MY2(A1:B3,D1:E3)*G1": lambda a, b, g: (a**2 - b**2).sum() * g,
    "SUMX2PY2(A1:B3,D1:E3)*G1": lambda a, b, g: (a**2 + b**2).sum() * g,
    "DEVSQ(A1:B3)+SUM(D1:E3)*G1": lambda a, b, g: ((a - a.mean()) ** 2).sum() + b.sum() * g,
    "PRODUCT(A1:B3,G1)+SUM(D1:E3)": lambda a, b, g: a.prod() * g + b.sum(),
    "MAX(A1:B3,D1:E3,G1)+MIN(A1:B3,D1:E3)": lambda a, b, g: (
        torch.cat([a.ravel(), b.ravel(), g[None]]).max() + torch.cat([a.ravel(), b.ravel()]).min()
    ),
    "SUM(MMULT(A1:B3,TRANSPOSE(D1:E3)))*G1": lambda a, b, g: (a @ b.T).sum() * g,
    "SUMPRODUCT(MMULT(TRANSPOSE(A1:B3),D1:E3),MMULT(TRANSPOSE(D1:E3),D1:E3))+G1": lambda a, b, g: (
        ((a.T @ b) * (b.T @ b)).sum() + g
    ),
    "SUMPRODUCT(EXP(A1:B3)/(1+EXP(D1:E3)))^G1": lambda a, b, g: (torch.exp(a) / (1 + torch.exp(b))).sum() ** g,
    "-SUMPRODUCT(D1:E3,LN(A1:B3^2+1))+G1%": lambda a, b, g: -(b * torch.log(a**2 + 1)).sum() + g / 100,
    "SUMPRODUCT(A1:B3*G1*D1:E3*(A1:B3-G1))": lambda a, b, g: (a * g * b * (a - g)).sum(),
    "IF(G1>0,SUM(A1:B3),SUMSQ(D1:E3))*G1": lambda a, b, g: (a.sum() if g > 0 else (b**2).sum()) * g,
    "SUMPRODUCT((A1:B3>0)*A1:B3,D1:E3)*G1": lambda a, b, g: (torch.relu(a) * b).sum() * g,
}
# Functions of one number x.
ELEMENTWISE: dict[str, Callable[[Tensor], Tensor]] = {
    "EXP(A1)": torch.exp, "LN(A1)": torch.log, "LOG10(A1)": torch.log10, "LOG(A1)": torch.log10, "SQRT(A1)": torch.sqrt,
    "TANH(A1)": torch.tanh, "SINH(A1)": torch.sinh, "COSH(A1)": torch.cosh, "SIN(A1)": torch.sin, "COS(A1)": torch.cos,
    "TAN(A1)": torch.tan, "ATAN(A1)": torch.atan, "ASINH(A1)": torch.asinh, "ABS(A1-1)": lambda x: (x - 1).abs(),
    "A1^3": lambda x: x**3, "2^A1": lambda x: 2**x, "POWER(A1,A1)": lambda x: x**x, "(A1-3)^2": lambda x: (x - 3) ** 2,
    "-A1^2": lambda x: x**2, "5%*A1": lambda x: 0.05 * x, "PI()*A1": lambda x: math.pi * x, "+A1": lambda x: x,
    "MAX(0,A1-1)": lambda x: torch.relu(x - 1), "1/(1+EXP(-A1))": torch.sigmoid,
    "A1*SIGN(A1-1)": lambda x: x * (x - 1).sign(),
    "IF(AND(A1>0.5,A1<1),A1,A1^2)": lambda x: x if 0.5 < x < 1 else x**2,
    "IF(OR(NOT(A1>0.5),A1>=1),A1,A1^2)": lambda x: x if x <= 0.5 or x >= 1 else x**2,
    'IF(A1="","",A1^2)': lambda x: x**2, 'IF(A1<>"–",A1^2,A1)': lambda x: x**2, 'IFERROR(A1^2,"–")': lambda x: x**2,
}  # fmt: skip


def compiled(formula: str) -> Computable:
    return ENGINE.compile(parse(formula, 9, 9, {}))


def by_autograd(function: Callable[..., Tensor], *arguments: Argument) -> list[np.ndarray]:
    tensors = [torch.tensor(argument, dtype=torch.float64, requires_grad=True) for argument in arguments]
    function(*tensors).backward()
    return [np.zeros(t.shape) if t.grad is None else t.grad.numpy() for t in tensors]


def assert_derivatives(formula: str, function: Callable[..., Tensor], *arguments: Argument) -> None:
    """By the rules of the operations, not by differences."""
    computable = compiled(formula)
    found = Derivative(computable)(arguments)
    assert computable.arrays is not None
    assert computable.arrays.gives_slopes
    for one, expected in zip(found, by_autograd(function, *arguments), strict=True):
        np.testing.assert_allclose(one, expected.reshape(one.shape), rtol=1e-12, atol=1e-12)


NUMBERS = st.integers(-2_000, 2_000).map(lambda k: k / 1_000 + 0.00037)  # none at a kink


@pytest.mark.parametrize("formula", RULES)
@given(numbers=st.lists(NUMBERS, min_size=12, max_size=12, unique=True), number=st.floats(0.1, 2))
def test_every_rule_for_ranges_is_that_of_autograd(formula: str, numbers: list[float], number: float) -> None:
    """Each by each cell of the ranges, and by numbers beside them."""
    first, second = np.reshape(numbers, (2, 3, 2)).tolist()
    order = {reference.column.number: k for k, reference in enumerate(parse(formula, 9, 9, {}).references)}
    given = {-8: first, -5: second, -2: number}
    arguments = [given[column] for column in order]

    def reordered(*tensors: Tensor) -> Tensor:
        by_column = dict(zip(order, tensors, strict=True))
        rest = [by_column.get(column, torch.zeros(())) for column in (-8, -5, -2)]
        return RULES[formula](*rest)

    assert_derivatives(formula, reordered, *arguments)


@pytest.mark.parametrize("formula", ELEMENTWISE)
@given(number=st.floats(0.05, 1.9).filter(lambda x: min(abs(x - 0.5), abs(x - 1)) > 1e-6))
def test_every_rule_for_numbers_is_that_of_autograd(formula: str, number: float) -> None:
    assert_derivatives(formula, ELEMENTWISE[formula], number)


@pytest.mark.parametrize("place", [1.0, 2.0, 3.0])
def test_what_is_looked_up_by_a_number_changes_as_the_cell_that_it_stands_in(place: float) -> None:
    """And not with that number."""
    column = [[0.5], [-1.25], [2.0]]
    assert_derivatives("INDEX(A1:A3,C1)*2", lambda cells, number: cells[int(number) - 1, 0] * 2, column, place)
    cells = [number for [number] in column]
    assert_derivatives("CHOOSE(A1,B1,C1,D1)^2", lambda number, *of: of[int(number) - 1] ** 2, place, *cells)


@pytest.mark.parametrize(("formula", "number"), [('IF(A1>1,A1,"none")', 0.5), ('IFERROR(LN(-A1),"none")', 0.5)])
def test_where_a_formula_gives_a_text_no_rule_covers_it(formula: str, number: float) -> None:
    """Nor has it a derivative there."""
    computable = compiled(formula)
    assert computable.arrays is not None
    assert not computable.arrays.formula.run([np.full((1, 1, 1), number)])[1].any()
    with pytest.raises(UnsupportedFormulaError):
        Derivative(computable)([number])


def test_a_formula_that_makes_a_text_is_none_over_arrays() -> None:
    assert compiled('A1&" m"').arrays is None
    assert compiled('A1+LEN("m")').arrays is None
