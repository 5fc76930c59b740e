"""The functions that count are those of `formulas`' own module of statistics, which is too slow to import."""

import subprocess
import sys

import numpy as np
import pytest
import schedula
from formulas.functions import Error, XlError
from formulas.functions.stat import FUNCTIONS
from hypothesis import given
from hypothesis import strategies as st

from verifier.computing.counting import COUNTING

VALUES = st.one_of(
    st.floats(-1e9, 1e9),
    st.sampled_from(["", "text", "12", "✓ yes", True, False, schedula.EMPTY, *Error.errors.values()]),
)
RANGES = st.lists(VALUES, min_size=1, max_size=6).map(lambda values: np.array([values], dtype=object).view(np.ndarray))
CONDITIONS = st.sampled_from(["✓ yes", "text", 12.0, "<=3", ">0", "<>text", "12"])


def same(name: str, *arguments: object) -> bool:
    found, expected = (np.ravel(function(*arguments))[0] for function in (COUNTING[name], FUNCTIONS[name]))
    return bool(found == expected) and isinstance(found, XlError) == isinstance(expected, XlError)


@pytest.mark.parametrize("name", ["AVERAGE", "COUNT", "MAX", "MIN"])
@given(arguments=st.lists(RANGES | VALUES, min_size=1, max_size=3))
def test_numbers_are_counted_and_chosen_as_the_original_does(name: str, arguments: list[object]) -> None:
    assert same(name, *arguments)


@pytest.mark.parametrize("name", ["LARGE", "SMALL"])
@given(cells=RANGES | VALUES, place=st.sampled_from([1.0, 2.0, 2.5, 0.0, 7.0, "2", "text", schedula.EMPTY]) | VALUES)
def test_number_at_a_place_is_that_of_the_original(name: str, cells: object, place: object) -> None:
    assert same(name, cells, place)


@given(cells=RANGES, condition=CONDITIONS)
def test_cells_that_meet_a_condition_are_counted_as_the_original_does(cells: object, condition: object) -> None:
    assert same("COUNTIF", cells, condition)


def test_nothing_of_scipy_is_imported_for_them() -> None:
    """It takes longer than the check of a whole workbook."""
    code = (
        "import sys; from verifier.computing.counting import COUNTING; COUNTING['MAX'](1.0, 2.0); "
        "print([name for name in sys.modules if name.startswith('scipy')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
