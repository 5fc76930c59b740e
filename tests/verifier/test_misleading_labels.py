"""Labels that are not the vocabulary's, or mean something else there, accuse nobody and hide nothing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import openpyxl
import pytest

from tests.verifier.own_tables import Columns, write_table
from verifier import Engine, Kind, Status, verify

DELTA = "({a}-{t})*{a}*(1-{a})"
UNIT: Columns = {  # one sigmoid unit, half a square, plain descent
    "x1": 0.6, "x2": -0.35, "t": 0.9, "w1": (0.3, "{w1'}-$B$1*{g1'}"), "w2": (-0.2, "{w2'}-$B$1*{g2'}"),
    "z": "{w1}*{x1}+{w2}*{x2}", "a": "1/(1+EXP(-{z}))", "E": "0.5*({t}-{a})^2", "g1": "{δ}*{x1}", "g2": "{δ}*{x2}",
}  # fmt: skip
NAMES = ("i1", "i2", "t1", "w1", "w2", "o1", "a_o1", "E_total", "∂E_t/∂w1", "∂E_t/∂w2")
VOCABULARY = dict(zip(UNIT, NAMES, strict=True))


@dataclass(frozen=True)
class Case:
    """A training: other labels, other columns, `delta` before each gradient, cells beside, the name of the tab."""

    labels: Mapping[str, str] = field(default_factory=dict)
    columns: Columns = field(default_factory=dict)
    delta: str = DELTA
    beside: Mapping[str, float | str] = field(default_factory=dict)
    tab: str = "Sheet"


MOMENTUM: Columns = {
    "w1": (0.3, "{w1'}-$B$1*{v1'}"), "w2": (-0.2, "{w2'}-$B$1*{v2'}"),
    "v1": (0.0, "0.9*{v1'}+{g1}"), "v2": (0.0, "0.9*{v2'}+{g2}"),
}  # fmt: skip
CURVES: Mapping[str, float | str] = {"K4": "η = 0.1", "L4": "η = 0.9", "M4": "LR1"} | {
    f"{column}{5 + k}": 0.5 / (k + n) for n, column in enumerate("KLM", 1) for k in range(10)
}
SAMPLES = {f"{c}{5 + k}": round(0.1 + (k * 3 + n * 7) % 10 * 0.08, 2) for n, c in enumerate("ABC") for k in range(10)}
CASES = {
    "a letter for the loss": Case({"E": "C"}),
    "a letter for the net input": Case({"z": "C"}),
    "LR1 for a net input": Case({"z": "LR1"}),
    "a tab called LR1": Case(tab="LR1"),
    "pasted curves": Case(beside=CURVES),
    "another letter in gradients": Case({"g1": "Әw1", "g2": "Әw2"}),
    "gradients in words": Case({"g1": "derivative w1", "g2": "derivative w2"}),
    "whole formulas": Case({
        "z": "h1 = w1*i1 + w2*i2", "a": "a_o1 = σ(h1)", "E": "E_total = ½(t1-a_o1)²",
        "g1": "∂E/∂w1 = (a_o1-t1)*a_o1*(1-a_o1)*i1", "g2": "∂E/∂w2 = (a_o1-t1)*a_o1*(1-a_o1)*i2",
    }),
    "textbook": Case({"x1": "x1", "x2": "x2", "t": "y", "z": "z", "a": "ŷ", "E": "L", "g1": "dw1", "g2": "dw2"}),
    "weights numbered the other way": Case({"w1": "w2", "w2": "w1", "g1": "∂E_t/∂w2", "g2": "∂E_t/∂w1"}),
    "a square": Case(columns={"E": "({t}-{a})^2"}, delta=f"2*{DELTA}"),
    "cross-entropy": Case(columns={"E": "-({t}*LN({a})+(1-{t})*LN(1-{a}))"}, delta="({a}-{t})"),
    "tanh": Case(columns={"a": "TANH({z})"}, delta="({a}-{t})*(1-{a}^2)"),
    "momentum": Case(columns=MOMENTUM),
    "a sample a row": Case(beside=SAMPLES),
    "a list of final weights": Case(beside={"L4": "w1", "L5": 0.2, "L6": 0.3, "M4": "w2", "M5": 0.1, "M6": 0.4}),
}  # fmt: skip


def write(path: Path, case: Case, changes: Columns | None = None) -> Path:
    """The training in A4:J14, its rate in B1; `changes` are other columns still."""
    columns = {**UNIT, **case.columns, **(changes or {})}
    labels = {name: {**VOCABULARY, **case.labels}.get(name, name) for name in columns}

    def labelled(form: str) -> str:
        text = form.replace("{δ}", case.delta)
        return re.sub(r"\{(\w+)('?)\}", lambda match: f"{{{labels[match[1]]}{match[2]}}}", text)

    def content(column: float | str | tuple[float, str]) -> float | str | tuple[float, str]:
        if isinstance(column, tuple):
            return column[0], labelled(column[1])
        return labelled(column) if isinstance(column, str) else column

    write_table(path, {labels[name]: content(column) for name, column in columns.items()}, ("η", 0.4))
    book = openpyxl.load_workbook(path)
    for address, value in case.beside.items():
        book.worksheets[0][address] = value
    book.worksheets[0].title = case.tab
    book.save(path)
    return path


@pytest.mark.parametrize("name", CASES)
def test_right_training_under_misleading_labels_is_right(name: str, engine: Engine, tmp_path: Path) -> None:
    result = verify(write(tmp_path / "book.xlsx", CASES[name]), engine)
    assert (result.status, result.faults, len(result.tables)) == (Status.RIGHT, (), 1)


@pytest.mark.parametrize("name", CASES)
def test_wrong_gradient_under_misleading_labels_is_named(name: str, engine: Engine, tmp_path: Path) -> None:
    """The other weight's input in a gradient is named in all rows, and what it should be."""
    path = write(tmp_path / "book.xlsx", CASES[name], {"g2": "{δ}*{x1}"})
    (fault,) = verify(path, engine).faults
    assert (fault.kind, fault.cells) == (Kind.WRONG_GRADIENT, "J5:J14")
    assert fault.mend is not None
    assert fault.mend.endswith("*B5")
