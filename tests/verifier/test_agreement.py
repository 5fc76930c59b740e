"""Why a wrong formula gives the right number: what is equal, or 0 or 1, in the workbook at hand."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from tests.verifier.chain_rule import EXERCISE
from tests.verifier.foreign import FORMULAS, Layout, write_workbook
from verifier import Engine, Finding, Kind, verify

UNIT_2 = FORMULAS["∂E_t/∂w7"]
OTHER_TARGET = {"∂E_t/∂w7": UNIT_2.replace("{t2}", "{t1}")}
NO_INPUT = {"∂E_t/∂w3": FORMULAS["∂E_t/∂w3"].removesuffix("*{i1}")}
OTHER_UNIT = {"∂E_t/∂w5": FORMULAS["∂E_t/∂w5"].replace("{a_h1}", "{a_h2}")}
SAME_UNITS = {"w1": 0.2, "w2": 0.3, "w3": 0.2, "w4": 0.3}


def fault_of(
    path: Path, engine: Engine, formulas: Mapping[str, str], start: Mapping[str, float], rate: float = 0.5
) -> Finding:
    net = replace(EXERCISE, start={**EXERCISE.start, **start})
    path = write_workbook(path, Layout(net=net, formulas=formulas, rate=rate, rate_place=(8, 4)))
    return next(fault for fault in verify(path, engine).faults if fault.kind is not Kind.CONSTANT)


@pytest.mark.parametrize(
    ("formulas", "start", "rate", "agreement"),
    [
        (OTHER_TARGET, {"t1": 0.6, "t2": 0.6}, 0.5, "the numbers agree today because t1 and t2 are equal"),
        (NO_INPUT, {"i1": 1.0}, 0.5, "the numbers agree today because i1 is 1"),
        (OTHER_UNIT, SAME_UNITS, 0.5,
         "the numbers agree in iteration 0 because w1 and w3 start equal, and w2 and w4 start equal"),
        ({"w5": "{w5'}-{∂E_t/∂w5'}"}, {}, 1.0, "the numbers agree today because η is 1"),
        (OTHER_TARGET, {"t1": 0.6, "t2": 0.7}, 0.5, None),
    ],
    ids=["targets", "input of 1", "units", "rate of 1", "numbers differ"],
)  # fmt: skip
def test_what_hides_a_fault_is_said(
    formulas: Mapping[str, str],
    start: Mapping[str, float],
    rate: float,
    agreement: str | None,
    engine: Engine,
    tmp_path: Path,
) -> None:
    """Numbers that are equal, or a factor that is 1, are named where a wrong formula gives the right number."""
    assert fault_of(tmp_path / "book.xlsx", engine, formulas, start, rate).agreement == agreement


def test_a_right_formula_among_wrong_ones_is_not_blamed(engine: Engine, tmp_path: Path) -> None:
    """Where a reference drifts from the third update on, the first two updates are right: one fault, without them."""
    layout = Layout(rate_place=(1, 1), first_column=10)
    path = write_workbook(tmp_path / "book.xlsx", layout)
    workbook = openpyxl.load_workbook(path)
    sheet = workbook.worksheets[0]
    for k in range(3, layout.rows):
        cell = sheet[layout.cell("w2", k)]
        cell.value = cell.value.replace("$B$1", f"$B{k - 1}")
        sheet[f"B{k - 1}"] = 0.1 * k
    workbook.save(path)
    (fault,) = verify(path, engine).faults
    letters = layout.column("w2")
    assert (fault.kind, fault.cells) == (Kind.WRONG_UPDATE, f"{letters}14:{letters}22")


def test_faults_that_there_is_no_time_to_explain_are_counted(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where explaining would take too long, a note on the table says for how many faults it was left out."""
    monkeypatch.setattr("verifier.judging.slips.search.MOST_FORMULAS", 1)
    monkeypatch.setattr("verifier.judging.agreement.MOST_ITERATIONS", 0)
    monkeypatch.setattr("verifier.judging.effect.MOST_CELLS", 1000)
    net = replace(EXERCISE, start={**EXERCISE.start, "t1": 0.6, "t2": 0.6})
    layout = Layout(net=net, formulas={**OTHER_TARGET, **OTHER_UNIT}, rate_place=(8, 40))
    (table,) = verify(write_workbook(tmp_path / "book.xlsx", layout), engine).tables
    assert table.notes == (
        "has more faults than there is time to explain: no slip was looked for in 1 of them, what hides 1 of them was "
        "not looked for, the effect of 1 of them was not computed",
    )
