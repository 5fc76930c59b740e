"""Tables that are trained with momentum, weight decay or adaptive steps: what most updates share is the optimizer."""

from collections.abc import Mapping
from pathlib import Path

import openpyxl
import pytest

from tests.engine import ENGINE
from tests.verifier import trainings
from tests.verifier.calculator import Address, Value, calculate
from tests.verifier.foreign import FORMULAS, Layout, write_workbook
from tests.verifier.test_descent import write
from verifier import Engine, Kind, Status, verify

ETA = "$E$8"
WEIGHTS = [f"w{number}" for number in range(1, 9)]


def velocities(form: str) -> dict[str, str]:
    """A column `v1 …` for each weight; {v'} is its own cell in the row above, {g} and {g'} its gradient's."""
    return {f"v{w[1:]}": _of(form, w) for w in WEIGHTS}


def updates(form: str) -> dict[str, str]:
    return {w: _of(form, w) for w in WEIGHTS}


def _of(form: str, weight: str) -> str:
    for letter, name in (("w", weight), ("g", f"∂E_t/∂{weight}"), ("v", f"v{weight[1:]}")):
        form = form.replace(f"{{{letter}}}", f"{{{name}}}").replace(f"{{{letter}'}}", f"{{{name}'}}")
    return form.replace("η", ETA)


Optimizer = tuple[str, Mapping[str, str], Mapping[str, str]]  # what it is called, updates, extra columns
OPTIMIZERS: Mapping[str, Optimizer] = {
    "momentum": ("momentum", updates("{w'}-η*{v}"), velocities("0.9*{v'}+{g'}")),
    "rate in the velocity": ("momentum", updates("{w'}-{v}"), velocities("0.9*{v'}+η*{g'}")),
    "moving average": ("momentum", updates("{w'}-η*{v'}"), velocities("0.9*{v'}+0.1*{g}")),
    "weight decay": ("gradient descent with weight decay", updates("{w'}-η*({g'}+0.001*{w'})"), {}),
    "RMSprop": (
        "RMSProp", updates("{w'}-η*{g'}/SQRT({v}+0.0001)"), velocities("0.9*{v'}+0.1*{g'}^2"),
    ),
}  # fmt: skip


def layout(name: str, **wrong: str) -> Layout:
    """A table with the optimizer; `wrong` are other formulas."""
    _, formulas, extra = OPTIMIZERS[name]
    return Layout(formulas={**formulas, **wrong}, extra={**extra, **{k: f for k, f in wrong.items() if k in extra}})


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_that_all_updates_share_is_right(name: str, engine: Engine, tmp_path: Path) -> None:
    """No update is wrong for not being that of plain gradient descent, and the verdict says what the optimizer is."""
    result = verify(write_workbook(tmp_path / "book.xlsx", layout(name)), engine)
    assert (result.status, result.faults) == (Status.RIGHT, ())
    (table,) = result.tables
    assert table.network == f"2-2-2 sigmoid, trained with {OPTIMIZERS[name][0]}"
    assert table.learning_rate == 0.5


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_wrong_gradient_is_found_under_another_optimizer(name: str, engine: Engine, tmp_path: Path) -> None:
    """A gradient is checked against the derivative of the loss, whatever the optimizer makes of it."""
    gradient = "∂E_t/∂w3"
    wrong = {gradient: FORMULAS[gradient].replace("{a_h2}", "{a_h1}")}
    assert wrong[gradient] != FORMULAS[gradient]
    (fault,) = verify(write_workbook(tmp_path / "book.xlsx", layout(name, **wrong)), engine).faults
    assert (fault.kind, fault.label) == (Kind.WRONG_GRADIENT, gradient)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_update_unlike_the_others_is_wrong(name: str, engine: Engine, tmp_path: Path) -> None:
    """One weight that is updated by plain descent, or with a neighbour's gradient, breaks the consensus."""
    for form in (f"{{w5'}}-{ETA}*{{∂E_t/∂w5'}}", OPTIMIZERS[name][1]["w5"].replace("w5", "w6").replace("v5", "v6")):
        faults = verify(write_workbook(tmp_path / "book.xlsx", layout(name, w5=form)), engine).faults
        assert [(fault.kind, fault.label) for fault in faults] == [(Kind.WRONG_UPDATE, "w5")]


def test_a_velocity_of_a_neighbours_gradient_is_a_wrong_update(engine: Engine, tmp_path: Path) -> None:
    """A weight is wrong where its velocity follows another weight's gradient."""
    path = write_workbook(tmp_path / "book.xlsx", layout("momentum", v5="0.9*{v5'}+{∂E_t/∂w6'}"))
    assert [(fault.kind, fault.label) for fault in verify(path, engine).faults] == [(Kind.WRONG_UPDATE, "w5")]


@pytest.mark.parametrize(
    "form",
    [
        "{w'}+η*{g'}",  # up the gradient
        "{w'}-{w'}*η*{g'}",
        "{w'}-η*{g'}*{E_total'}",
        "{w'}-2*η*{g'}",
        "1.1*{w'}-η*{g'}",
        "{w'}-η*{v}+0.01",
    ],
)
def test_a_slip_in_all_updates_is_no_optimizer(form: str, engine: Engine, tmp_path: Path) -> None:
    """Updates that are wrong alike are wrong all of them."""
    extra = velocities("0.9*{v'}+{g'}") if "{v}" in form else {}
    path = write_workbook(tmp_path / "book.xlsx", Layout(formulas=updates(form), extra=extra))
    faults = verify(path, engine).faults
    assert {fault.label for fault in faults if fault.kind is Kind.WRONG_UPDATE} == set(WEIGHTS)


@pytest.mark.parametrize("name", ["momentum", "RMSprop"])
def test_a_fault_besides_the_updates_is_found_alone(name: str, engine: Engine, tmp_path: Path) -> None:
    """A wrong loss, of which the gradients are not the derivatives, is one fault under another optimizer too."""
    wrong = {"E1": FORMULAS["E1"].replace("{t1}", "{t2}")}
    faults = verify(write_workbook(tmp_path / "book.xlsx", layout(name, **wrong)), engine).faults
    assert [(fault.kind, fault.label) for fault in faults] == [(Kind.WRONG_FORWARD, "E1")]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_typed_weight_is_mended_by_the_optimizer(name: str, engine: Engine, tmp_path: Path) -> None:
    """A number in the place of an update gives way to the update that its column has, with the number of that."""
    table = layout(name)
    path = write_workbook(tmp_path / "book.xlsx", table)
    cell = table.cell("w3", 6)
    workbook = openpyxl.load_workbook(path)
    formula = workbook.worksheets[0][cell].value
    workbook.worksheets[0][cell] = 0.123
    workbook.save(path)
    (fault,) = verify(path, engine).faults
    assert (fault.kind, fault.cells, fault.mend) == (Kind.CONSTANT, cell, formula)
    assert fault.expected == pytest.approx(_recalculated(tmp_path / "right.xlsx", table)["Sheet1", cell], rel=1e-9)


def _recalculated(path: Path, table: Layout) -> Mapping[Address, Value]:
    sheet = openpyxl.load_workbook(write_workbook(path, table)).worksheets[0]
    contents = {("Sheet1", cell.coordinate): cell.value for row in sheet for cell in row if cell.value is not None}
    formulas = {address: text[1:] for address, text in contents.items() if str(text).startswith("=")}
    return calculate(formulas, {address: value for address, value in contents.items() if address not in formulas})


OF_A_UNIT = {
    "decay of weights": "{w}*(1-$B$1*$B$2)-$B$1*{g}",
    "kept part first": "(1-$B$1*$B$2)*{w}-$B$1*{g}",
    "clipped gradients": "{w}-$B$1*MAX(-$B$2,MIN($B$2,{g}))",
    "clipped by the norm": "{w}-$B$1*{g}*MIN(1,$B$2/{norm})",
    "rate that falls": "{w}-$B$1/(1+$B$2*{k})*{g}",
    "rate with a step": "{w}-IF({k}>3,$B$2,$B$1)*{g}",
}


@pytest.mark.parametrize("name", OF_A_UNIT)
def test_update_of_a_unit_that_all_parameters_share_is_right(name: str, tmp_path: Path) -> None:
    """A decay, a clip or a schedule is meant; a gradient that takes the other input is the only fault beside it."""
    sheets = trainings.labelled_unit(OF_A_UNIT[name])
    result = verify(write(tmp_path / "right.xlsx", sheets), ENGINE)
    assert (result.status, result.faults) == (Status.RIGHT, ())
    wrong = {f"J{row}": f"=(H{row}-C{row})*H{row}*(1-H{row})*B{row}" for row in range(5, 13)}
    result = verify(write(tmp_path / "wrong.xlsx", {"unit": {**sheets["unit"], **wrong}}), ENGINE)
    assert [(fault.kind, fault.cells) for fault in result.faults] == [(Kind.WRONG_GRADIENT, "J5:J12")]
