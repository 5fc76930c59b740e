"""Formulas that are computed without the dispatcher of `formulas` give what it gives."""

import formulas
import numpy as np
import pytest

from verifier.computing.compiling import compiled

FORMULAS = [
    "A1*2+C1^2", "-A1%", "IF(A1>C1,A1,\"no\")&\"!\"", "IFERROR(A1/0,C1)", "SUM(E1:F2)*A1", "SUMPRODUCT(E1:F2,E1:F2)",
    "INDEX(E1:F2,2,1)", "ROUND(EXP(A1)/(1+EXP(A1)),3)", "AND(A1>0,C1<>A1)", "MMULT(E1:F2,E1:F2)", "SQRT(-1)", "7",
]  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
def test_the_values_are_those_of_the_package_itself(text: str) -> None:
    """As its documentation computes a formula: parsed, compiled, and called with what it reads."""
    cells = {
        "A1": np.array([[1.5]], dtype=object),
        "C1": np.array([[-0.25]], dtype=object),
        "E1:F2": np.array([[1.0, 2.0], [3.0, 4.0]], dtype=object),
    }
    function, _ = compiled(text, list(cells))
    whole = formulas.Parser().ast(f"={text}")[1].compile()
    expected = whole(*(cells[name] for name in whole.inputs))
    assert np.array_equal(np.atleast_2d(function(*cells.values())), np.atleast_2d(expected))
