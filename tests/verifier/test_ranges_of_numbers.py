"""An operator between ranges gives what `formulas`' own operator gives, for numbers and for all else."""

import numpy as np
import pytest
import schedula
from formulas.functions import Error
from formulas.functions.operators import OPERATORS
from hypothesis import given
from hypothesis import strategies as st

from verifier.computing.ranges_of_numbers import OperatorToken

SIZE = 20  # more than from which on it is NumPy that computes
NUMBERS = st.sampled_from([0.0, -0.0, 1.0, -2.5, 1e-300, 1e300, 0.1]) | st.floats(-1e3, 1e3)
OTHERS = st.sampled_from(["", "text", "12", True, False, schedula.EMPTY, Error.errors["#N/A"]])


@st.composite
def ranges(draw: st.DrawFn) -> np.ndarray:
    """A column of numbers, one in three of them with something else in it."""
    values: list[object] = list(draw(st.lists(NUMBERS, min_size=SIZE, max_size=SIZE)))
    if draw(st.integers(0, 2)) == 0:
        values[draw(st.integers(0, SIZE - 1))] = draw(OTHERS)
    return np.array(values, dtype=object).reshape(-1, 1)


@pytest.mark.parametrize("name", ["+", "-", "*", "/", "<", ">", "<=", ">=", "=", "<>"])
@given(left=ranges(), right=ranges() | NUMBERS)
def test_an_operator_is_the_original(name: str, left: np.ndarray, right: np.ndarray | float) -> None:
    """Value by value, and of the same type: a truth value is none of the numbers."""
    token = OperatorToken(name)
    found, expected = (function(left, right) for function in (token.compile(), OPERATORS[name]))
    assert found.shape == expected.shape
    for one, other in zip(found.ravel().tolist(), expected.ravel().tolist(), strict=True):
        assert (type(one), one) == (type(other), other)
