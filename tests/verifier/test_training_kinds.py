"""Trainings with kinks in the loss, penalties, clipped gradients and schedules: right ones are not called wrong."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.verifier.test_descent import descent, findings_of, write
from tests.verifier.trainings import POINTS, Cells
from verifier import Kind, Status, verify

SIGMOID = {"H": "1/(1+EXP(-G{r}))", "I": "0.5*(H{r}-C{r})^2", "J": "(H{r}-C{r})*H{r}*(1-H{r})"}
ERROR = {"H": "G{r}", "I": "ABS(H{r}-C{r})", "J": "SIGN(H{r}-C{r})"}
PENALTY = {
    **SIGMOID,
    "I": "0.5*(H{r}-C{r})^2+$B$2*(ABS(D{r})+ABS(E{r})+ABS(F{r}))",
    "K": "J{r}*A{r}+$B$2*SIGN(D{r})", "L": "J{r}*B{r}+$B$2*SIGN(E{r})", "M": "J{r}+$B$2*SIGN(F{r})",
}  # fmt: skip
LABELS = ("x1", "x2", "y", "w1", "w2", "b", "z", "a", "E", "delta", "gw1", "gw2", "gb")
DECAY = "{w}*(1-$B$1*$B$2)-$B$1*{g}"
CLIPPED = "{w}-$B$1*MAX(-$B$2,MIN($B$2,{g}))"
BY_NORM = "{w}-$B$1*{g}*MIN(1,$B$2/N{p})"
SCHEDULE = "{w}-$B$1/(1+0.1*{k})*{g}"
SWITCHED = "{w}-IF(P{p}>4,$B$2,$B$1)*{g}"


def unit(update: str, forms: Mapping[str, str], labels: tuple[str, ...] = LABELS, rows: int = 8) -> dict[str, Cells]:
    """One unit of two inputs, a sample a row; `update` has {w}, {g} and {p}, the row before; {k} counts the rows."""
    cells: Cells = {"A1": "eta", "B1": 0.1, "A2": "second", "B2": 0.05}
    cells |= {f"{column}3": name for column, name in zip("ABCDEFGHIJKLM", labels, strict=True)}
    usual = {
        "G": "D{r}*A{r}+E{r}*B{r}+F{r}", "K": "J{r}*A{r}", "L": "J{r}*B{r}", "M": "J{r}",
        "N": "SQRT(K{r}^2+L{r}^2+M{r}^2)",
    }  # fmt: skip
    for k in range(rows):
        r, p = 4 + k, 3 + k
        x1, x2, y = POINTS[k % len(POINTS)]
        cells |= {f"A{r}": x1, f"B{r}": x2, f"C{r}": y, f"P{r}": float(k)}
        for column, g, start in (("D", "K", 0.3), ("E", "L", -0.4), ("F", "M", 0.1)):
            text = update.format(w=f"{column}{p}", g=f"{g}{p}", p=p, k=k)
            cells[f"{column}{r}"] = f"={text}" if k else start
        cells |= {f"{column}{r}": "=" + form.format(r=r) for column, form in {**usual, **forms}.items()}
    return {"unit": cells}


NAMELESS = tuple(f"col {k}x" for k in range(len(LABELS)))
PLAIN = "{w}-$B$1*{g}"
KINDS = {
    "an absolute error": (PLAIN, ERROR, "gradient descent"),
    "a penalty on sizes": (PLAIN, PENALTY, "gradient descent"),
    "decay as a factor": (DECAY, SIGMOID, "gradient descent with weight decay"),
    "decay as a factor before": (
        "(1-$B$1*$B$2)*{w}-$B$1*{g}", SIGMOID, "gradient descent with weight decay",
    ),
    "clipped gradients": (CLIPPED, SIGMOID, "gradient descent with clipped gradients"),
    "gradients clipped by their norm": (BY_NORM, SIGMOID, "gradient descent"),
}  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_right_training_is_proven_without_labels(name: str, tmp_path: Path) -> None:
    """A product with a sign that is 1 adds nothing to a parameter, and what a decay keeps of it is the parameter's."""
    update, forms, rule = KINDS[name]
    verdict = descent(write(tmp_path / "book.xlsx", unit(update, forms, NAMELESS)))
    assert (findings_of(verdict), verdict.undecided) == ([], ())
    assert [training.network for training in verdict.trainings] == [f"3 parameters, {rule}"]


@pytest.mark.parametrize("update", [DECAY, CLIPPED, BY_NORM, SCHEDULE, SWITCHED])
def test_update_that_is_not_the_plain_one_is_right_in_a_table_with_labels(update: str, tmp_path: Path) -> None:
    """As all its updates go down their gradients, labels do not make them wrong."""
    result = verify(write(tmp_path / "book.xlsx", unit(update, SIGMOID)))
    assert (result.status, result.faults, result.unchecked) == (Status.RIGHT, (), ())


@pytest.mark.parametrize("update", [DECAY, CLIPPED, BY_NORM, SCHEDULE, SWITCHED])
def test_wrong_gradient_beside_such_updates_is_named(update: str, tmp_path: Path) -> None:
    """It alone, though other cells depend on it."""
    result = verify(write(tmp_path / "book.xlsx", unit(update, {**SIGMOID, "K": "J{r}*B{r}"})))
    assert [(fault.kind, fault.cells) for fault in result.faults] == [(Kind.WRONG_GRADIENT, "K4:K11")]


def test_a_step_that_grows_with_an_input_is_no_schedule(tmp_path: Path) -> None:
    """The updates have a factor that belongs to the gradients: they stay wrong."""
    result = verify(write(tmp_path / "book.xlsx", unit("{w}-$B$1*{g}*A{p}", SIGMOID)))
    assert {(fault.kind, fault.cells) for fault in result.faults} == {
        (Kind.WRONG_UPDATE, "D5:D11"), (Kind.WRONG_UPDATE, "E5:E11"), (Kind.WRONG_UPDATE, "F5:F11"),
    }  # fmt: skip


@pytest.mark.parametrize("update", [DECAY, CLIPPED, BY_NORM])
def test_updates_of_any_rule_that_climb_a_loss_are_open(update: str, tmp_path: Path) -> None:
    """All gradients have the other sign, and nothing says that this is meant."""
    forms = {**SIGMOID, "J": "(C{r}-H{r})*H{r}*(1-H{r})"}
    verdict = descent(write(tmp_path / "book.xlsx", unit(update, forms, NAMELESS)))
    assert findings_of(verdict) == []
    assert [one.cells for one in verdict.undecided] == ["D5:D11, E5:E11, F5:F11"]


def test_wrong_gradient_is_named_where_it_changes_the_norm(tmp_path: Path) -> None:
    """Not the update that follows it, though all updates read the norm of all gradients."""
    forms = {**SIGMOID, "K": "J{r}*B{r}"}
    found = findings_of(descent(write(tmp_path / "book.xlsx", unit(BY_NORM, forms, NAMELESS))))
    assert [(finding.kind, finding.cells) for finding in found] == [(Kind.WRONG_GRADIENT, "K4:K11")]


def test_update_whose_rate_is_its_own_state_is_not_blamed(tmp_path: Path) -> None:
    """Two updates share the state of one of them: the third, which has its own, is the right one."""
    states = {}
    for state, g in (("Q", "K"), ("R", "L"), ("S", "M")):
        states |= {f"{state}{r}": f"=0.9*{state}{r - 1}+0.1*{g}{r}^2" for r in range(4, 12)} | {f"{state}3": 0.01}
    sheets = unit(PLAIN, SIGMOID, NAMELESS)
    cells = sheets["unit"] | states
    for r in range(5, 12):
        for column, g, state in (("D", "K", "R"), ("E", "L", "R"), ("F", "M", "S")):
            cells[f"{column}{r}"] = f"={column}{r - 1}-$B$1*{g}{r - 1}/(SQRT({state}{r - 1})+0.001)"
    found = findings_of(descent(write(tmp_path / "book.xlsx", {"unit": cells})))
    assert all("F" not in finding.cells for finding in found)


def test_update_with_a_derivative_that_is_0_in_one_state_is_proven(tmp_path: Path) -> None:
    """Near where a ReLU turns on, some numbers nearby turn it off: there the update adds nothing, as it should."""
    x = {"B2": 0.7, "B3": -1.1}
    weights = {"D1": 0.505, "D2": 0.32, "D3": 0.6, "D4": 0.4, "D5": 0.8}  # the net input of the first unit is near 0
    sheet: Cells = {"B1": 0.1, **x, "B4": 2.0, **weights}
    sheet |= {
        "B6": "=D1*B2+D2*B3", "B7": "=MAX(0,B6)", "B8": "=D3*B2+0.1", "B9": "=D4*B7+D5*B8", "B10": "=0.5*(B9-B4)^2",
        "B12": "=B9-B4", "B13": "=B12*D4*IF(B6>0,1,0)", "B14": "=B12*D5",
        "E1": "=B13*B2", "E2": "=B13*B3", "E3": "=B14*B2", "E4": "=B12*B7", "E5": "=B12*B8",
        **{f"F{k}": f"=D{k}-$B$1*E{k}" for k in range(1, 6)},
    }  # fmt: skip
    verdict = descent(write(tmp_path / "book.xlsx", {"step": sheet}))
    assert (findings_of(verdict), verdict.undecided) == ([], ())
    assert [training.network for training in verdict.trainings] == ["5 parameters, gradient descent"]


def test_units_that_are_off_in_many_rows_are_proven(tmp_path: Path) -> None:
    """A ReLU that is off in a row changes none of its weights there, as it should: nothing is open for that."""
    cells: Cells = {"B1": 0.05}
    names = {"D": 0.3, "E": -0.4, "F": 0.2, "G": 0.5, "H": 0.7, "I": -0.6}
    for r in range(4, 24):
        x1, x2, y = POINTS[(r - 4) % len(POINTS)]
        cells |= {f"A{r}": x1, f"B{r}": x2, f"C{r}": y}
        for (column, start), g in zip(names.items(), "QRSTUV", strict=True):
            cells[f"{column}{r}"] = start if r == 4 else f"={column}{r - 1}-$B$1*{g}{r - 1}"
        cells |= {
            f"J{r}": f"=D{r}*A{r}+E{r}*B{r}", f"K{r}": f"=F{r}*A{r}+G{r}*B{r}", f"L{r}": f"=MAX(0,J{r})",
            f"M{r}": f"=MAX(0,K{r})", f"N{r}": f"=H{r}*L{r}+I{r}*M{r}-C{r}", f"P{r}": f"=0.5*N{r}^2",
            f"Q{r}": f"=N{r}*H{r}*IF(J{r}>0,1,0)*A{r}", f"R{r}": f"=N{r}*H{r}*IF(J{r}>0,1,0)*B{r}",
            f"S{r}": f"=N{r}*I{r}*IF(K{r}>0,1,0)*A{r}", f"T{r}": f"=N{r}*I{r}*IF(K{r}>0,1,0)*B{r}",
            f"U{r}": f"=N{r}*L{r}", f"V{r}": f"=N{r}*M{r}",
        }  # fmt: skip
    verdict = descent(write(tmp_path / "book.xlsx", {"units": cells}))
    assert (findings_of(verdict), verdict.undecided) == ([], ())
    assert {training.network for training in verdict.trainings} == {"6 parameters, gradient descent"}


def test_gradient_at_the_point_ahead_is_proven(tmp_path: Path) -> None:
    """Nesterov's momentum as he has it: the loss is that of the weights moved on along their velocities."""
    cells: Cells = {"B1": 0.05, "D1": 0.9}
    for r in range(4, 12):
        p = r - 1
        x1, _, y = POINTS[(r - 4) % len(POINTS)]
        first = r == 4
        cells |= {
            f"A{r}": x1, f"B{r}": y, f"C{r}": 0.3 if first else f"=C{p}+E{r}", f"D{r}": 0.1 if first else f"=D{p}+F{r}",
            f"E{r}": 0.0 if first else f"=$D$1*E{p}-$B$1*K{p}", f"F{r}": 0.0 if first else f"=$D$1*F{p}-$B$1*L{p}",
            f"G{r}": f"=C{r}+$D$1*E{r}", f"H{r}": f"=D{r}+$D$1*F{r}", f"I{r}": f"=G{r}*A{r}+H{r}",
            f"J{r}": f"=(I{r}-B{r})^2", f"K{r}": f"=2*(I{r}-B{r})*A{r}", f"L{r}": f"=2*(I{r}-B{r})",
        }  # fmt: skip
    verdict = descent(write(tmp_path / "book.xlsx", {"ahead": cells}))
    assert (findings_of(verdict), verdict.undecided) == ([], ())
    assert [training.network for training in verdict.trainings] == ["2 parameters, momentum"]
