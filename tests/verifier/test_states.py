"""Random states let identities be told: their units are not at the end of their range, and words are let pass."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from sheetgen import generate
from templates import load_template, parse_template
from tests.engine import ENGINE
from verifier import Kind, Status, verify
from verifier.claims.descent import State
from verifier.claims.states import random_state
from verifier.computing.graph import Graph
from verifier.computing.recompute import Formulas, recompute
from verifier.reading.workbook import read_workbook


def state_of(cells: Mapping[str, float | str], path: Path) -> State | None:
    """A random state of a sheet with some contents."""
    book = openpyxl.Workbook()
    for address, content in cells.items():
        book.worksheets[0][address] = content
    book.save(path)
    formulas = Formulas(read_workbook(path), ENGINE)
    chain = formulas.constants()
    recompute(formulas, iter(formulas), chain)
    return random_state(Graph(formulas, chain), chain, 1)


@pytest.mark.parametrize("net", [60.0, -25.0, 400.0])
@pytest.mark.parametrize("unit", ["1/(1+EXP(-A1))", "1-1/(1+EXP(A1))"])
def test_units_at_the_end_of_their_range_are_brought_back(net: float, unit: str, tmp_path: Path) -> None:
    """What a sigmoid near 1 depends on is hidden by rounding: 1 − a has no digits left."""
    state = state_of({"A1": net, "B1": f"={unit}", "C1": "=B1*(1-B1)"}, tmp_path / "book.xlsx")
    assert state is not None
    activation, derivative = state.number((0, 1, 2)), state.number((0, 1, 3))
    assert activation is not None
    assert 1 - activation > 1e-9
    assert state.slopes[0, 1, 2][0, 1, 1] == pytest.approx(derivative, rel=1e-6)


def test_word_in_the_place_of_a_number_is_let_pass_where_nothing_reads_it(tmp_path: Path) -> None:
    """As a check shows it, of other numbers; what is computed from it would have no number either."""
    cells: dict[str, float | str] = {"A1": 2.0, "B1": "=A1^2", "C1": '=IF(A1=2,1,"none")'}
    assert state_of(cells, tmp_path / "book.xlsx") is not None
    assert state_of({**cells, "D1": "=C1+B1"}, tmp_path / "read.xlsx") is None


@pytest.mark.parametrize("name", ["cnn", "embedding"])
def test_right_workbook_whose_units_saturate_is_proven(name: str, tmp_path: Path) -> None:
    """At a rate that is far too large: from the second iteration on its activations are 1 or 0 but for rounding."""
    generate(replace(load_template(name), learning_rates=(40.0,), iterations=3), tmp_path / "net.xlsx")
    result = verify(tmp_path / "net.xlsx", ENGINE)
    assert (result.status, result.faults, result.unchecked) == (Status.RIGHT, (), ())


DIVERGES = """
title = "Far"
inputs = [3000.0]
targets = [0.0]
loss = "mean squared error"
[[layers]]
activation = "softplus"
weights = [[-1.0], [-3.0]]
biases = [0.0, -2.0]
[[layers]]
activation = "linear"
weights = [[3.0, 2.0]]
biases = [1.0]
[training]
learning_rates = [30]
iterations = 5
"""


def test_errors_of_numbers_that_are_too_large_have_no_mend(tmp_path: Path) -> None:
    """From the first row on EXP(3000) is an error: no number is left that tells which loss is meant."""
    generate(parse_template(DIVERGES, name="far", source="far.toml"), tmp_path / "net.xlsx")
    faults = verify(tmp_path / "net.xlsx", ENGINE).faults
    assert {fault.kind for fault in faults} == {Kind.ERROR}
    assert all(fault.mend is None and fault.slip is None and not fault.repairs for fault in faults)
