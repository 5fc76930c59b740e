"""What is wrong in trainings that no labels tell is mended, and told as the slip that it is."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.verifier import trainings
from tests.verifier.test_descent import descent, findings_of, steps, write
from verifier import Finding
from verifier.findings import Slip
from verifier.reading.references import column_name

Sheets = Mapping[str, Mapping[str, float | str]]


def changed(sheets: Sheets, title: str, formula: str, *cells: str) -> Sheets:
    """The workbook with a formula in some cells of one column; `{r}` is the row of each."""
    texts = {cell: formula.format(r=cell.strip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) for cell in cells}
    return {**sheets, title: {**sheets[title], **texts}}


def rows(column: str, first: int, last: int) -> list[str]:
    return [f"{column}{row}" for row in range(first, last + 1)]


@dataclass(frozen=True)
class Fault:
    """A workbook that is right but for some cells; the mend of the first, and how the slip is told."""

    sheets: Sheets
    mend: str
    name: str
    words: str
    advice: str


LINE, UNIT, NET = trainings.regression("momentum"), trainings.one_step(), steps()
BATCH = trainings.logistic_batch()
FAULTS = {
    "another column": Fault(
        changed(LINE, "points", "=F{r}*B{r}", *rows("G", 5, 12)), "=F5*A5",
        "another column's value", "de/da uses y; x belongs there", "replace B5 with A5, then fill G5 down to G12",
    ),
    "another row": Fault(
        changed(BATCH, "logit", "=F17*A16", "G16"), "=F16*A16",
        "another row's value", "uses diff (F17); diff of the same row belongs there", "replace F17 with F16",
    ),
    "another input": Fault(
        changed(UNIT, "step", "=(B9-B4)*B3", "E12"), "=(B9-B4)*B2",
        "another input", "slope 2 uses x3; x2 belongs there", "replace B3 with B2",
    ),
    "net input": Fault(
        changed(NET, "step 2", "=(B12-B4)*B8*(1-B10^2)*B3", "B19"), "=(B12-B4)*B8*(1-B11^2)*B3",
        "net input instead of activation", "dE/dw2 uses net; out h belongs there", "replace B10 with B11",
    ),
    "another update's gradient": Fault(
        changed(NET, "step 2", "=B7-$E$2*B18", "E19"), "=B7-$E$2*B19",
        "a neighbour's gradient in the update", "new w2 uses dE/dw1", "replace B18 with B19",
    ),
    "sign": Fault(
        changed(UNIT, "step", "=(B9+B4)*B2", "E12"), "=(B9-B4)*B2",
        "flipped sign", "slope 2 has p+y where p−y belongs", "write B9-B4 instead of B9+B4",
    ),
    "exponent": Fault(
        changed(NET, "step 3", "=(B12-B4)*B8*(1-B11)*B3", "B19"), "=(B12-B4)*B8*(1-B11^2)*B3",
        "missing exponent", "dE/dw2 has out h where out h² belongs", "write B11^2 instead of B11",
    ),
    "derivative of the unit": Fault(
        changed(NET, "step 3", "=(B12-B4)*B8*B3", "B19"), "=(B12-B4)*B8*(1-B11^2)*B3",
        "missing factor", "dE/dw2 lacks the factor 1−out h²", "write (B12-B4)*B8*(1-B11^2) instead of (B12-B4)*B8",
    ),
    "error and weight": Fault(
        changed(steps(count=1), "step 1", "=(1-B11^2)*B2", "B18"), "=(1-B11^2)*B2*((B12-B4)*B8)",
        "missing factor", "dE/dw1 lacks the factor (out−target)·w3", "multiply the formula by ((B12-B4)*B8)",
    ),
}  # fmt: skip


def fault_of(sheets: Sheets, folder: Path) -> Finding:
    (finding,) = findings_of(descent(write(folder / "book.xlsx", sheets)))
    return finding


@pytest.mark.parametrize("name", FAULTS)
def test_slip_is_named_and_undone(name: str, tmp_path: Path) -> None:
    """Its formula is right in all cells that are wrong: with it, the workbook is."""
    fault = FAULTS[name]
    found = fault_of(fault.sheets, tmp_path)
    assert found.slip is not None
    assert (found.mend, found.slip.formula) == (fault.mend, fault.mend)
    assert (found.slip.name, found.slip.advice) == (fault.name, fault.advice)
    assert fault.words in found.slip.explanation
    titles = list(fault.sheets)
    cells = {title: dict(contents) for title, contents in fault.sheets.items()}
    for repair in found.repairs:
        cells[titles[repair.sheet]][f"{column_name(repair.column)}{repair.row}"] = repair.content
    verdict = descent(write(tmp_path / "mended.xlsx", cells))
    assert (findings_of(verdict), verdict.undecided) == ([], ())


def test_mask_that_a_relu_lacks_is_put_into_all_cells_of_a_matrix(tmp_path: Path) -> None:
    """Also where the unit is on today, and the number is the right one without it."""
    found = fault_of(trainings.matrices(updates=True, masked=False), tmp_path)
    assert found.cells == "B43:B45, C43:C45"
    assert {repair.content for repair in found.repairs} == {
        f"=IF({column}{row}>0,{column}{row + 29},0)" for column in "BC" for row in (10, 11, 12)
    }
    assert found.slip == Slip(
        "missing mask of a ReLU",
        "dZ1 lacks the mask of a ReLU: where Z1 is below 0, nothing comes back through it",
        "write =IF(B10>0,B39,0), in all the cells",
        "=IF(B10>0,B39,0)",
    )


def test_numbers_that_are_equal_today_hide_a_fault(tmp_path: Path) -> None:
    """Both inputs are 0.7: the numbers are right, and the formula is not."""
    equal = {title: {**cells, "B2": 0.7} for title, cells in NET.items()}
    found = fault_of(changed(equal, "step 2", "=(B12-B4)*B8*(1-B11^2)*B2", "B19"), tmp_path)
    assert found.agreement == "the numbers agree today because x1 and x2 are equal"
    assert found.value == pytest.approx(found.expected, rel=1e-12)
    assert found.effect is not None
    assert found.effect.gradient_label is None
    assert found.effect.final_loss == found.effect.right_loss


def losses(wrong: int | None) -> list[float]:
    """The loss of each step of `steps`; in the step `wrong` the second weight follows the first one's gradient."""
    found, (v1, v2, v3) = [], (0.3, -0.4, 0.8)
    for step in (1, 2, 3):
        h = math.tanh(v1 * 0.4 + v2 * 0.7)
        error = v3 * h - 0.2
        found.append(error**2 / 2)
        slopes = [error * v3 * (1 - h * h) * x for x in (0.4, 0.4 if step == wrong else 0.7)]
        v1, v2, v3 = v1 - 0.6 * slopes[0], v2 - 0.6 * slopes[1], v3 - 0.6 * error * h
    return found


def test_effect_is_that_of_the_training_computed_again(tmp_path: Path) -> None:
    """The gradient is off by 3/7 in one step; the last loss is another one from there on."""
    found = fault_of(changed(NET, "step 1", "=(B12-B4)*B8*(1-B11^2)*B2", "B19"), tmp_path)
    assert found.effect is not None
    assert (found.effect.gradient_label, found.effect.loss_label) == ("dE/dw2", "error")
    assert found.effect.gradient_relative == pytest.approx(3 / 7, rel=1e-9)
    assert found.effect.final_loss == pytest.approx(losses(wrong=1)[-1], rel=1e-9)
    assert found.effect.right_loss == pytest.approx(losses(wrong=None)[-1], rel=1e-9)


def test_without_a_mend_the_finding_says_that_the_number_is_right_by_chance(tmp_path: Path) -> None:
    """The second input, 0.7, is typed twice: no single edit is right, and today the number is."""
    cells = {**steps(count=1)["step 1"], "B19": "=EXP(B2-0.4)*(0.7*(B12-B4))*B8-(B12-B4)*B8*B11^2*0.7"}
    found = fault_of({"step 1": cells}, tmp_path)
    assert found.mend is None
    assert found.agreement == "the numbers agree today, and would not with other numbers to start from"
