"""What a fault does: the largest error of a gradient, and the last loss, against a training written out in NumPy."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from tests.verifier.foreign import GRADIENTS, WEIGHTS, Layout, write_workbook
from verifier import Engine, Finding, verify
from verifier.findings import Effect

ROWS = 12
RATE = 0.5
INPUTS, TARGETS = np.array([0.05, 0.1]), np.array([0.01, 0.99])
START = np.array([0.15, 0.2, 0.25, 0.3, 0.4, 0.45, 0.5, 0.55])  # w1 … w8
Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Forward = dict[str, Array]


def sigmoid(net: Array) -> Array:
    return 1 / (1 + np.exp(-net))


def forward(weights: Array) -> Forward:
    """The activations and the total loss of the right network for eight weights."""
    hidden = sigmoid(weights[:4].reshape(2, 2) @ INPUTS)
    outputs = sigmoid(weights[4:].reshape(2, 2) @ hidden)
    return {"hidden": hidden, "outputs": outputs, "loss": 0.5 * np.sum((TARGETS - outputs) ** 2)}


def gradients(weights: Array, state: Forward, hidden_slope: Array | None = None) -> Array:
    """∂E_t/∂w1 … ∂E_t/∂w8; `hidden_slope` is a wrong derivative of the hidden units."""
    hidden, outputs = state["hidden"], state["outputs"]
    slope = hidden * (1 - hidden) if hidden_slope is None else hidden_slope
    deltas = (outputs - TARGETS) * outputs * (1 - outputs)
    back = (weights[4:].reshape(2, 2).T @ deltas) * slope
    return np.concatenate([np.outer(back, INPUTS).ravel(), np.outer(deltas, hidden).ravel()])


Step = Callable[[Array], Array]  # the weights after an iteration


def trained(step: Step) -> list[Array]:
    """The weights of all rows."""
    rows = [START]
    while len(rows) < ROWS:
        rows.append(step(rows[-1]))
    return rows


def right_step(weights: Array) -> Array:
    return weights - RATE * gradients(weights, forward(weights))


RIGHT = trained(right_step)
RIGHT_LOSS = float(forward(RIGHT[-1])["loss"])
RIGHT_GRADIENTS = np.array([gradients(weights, forward(weights)) for weights in RIGHT])  # (rows, 8)
SCALES = np.abs(RIGHT_GRADIENTS).max(axis=0)


def faults_of(
    path: Path,
    engine: Engine,
    formulas: Mapping[str, str] | None = None,
    cells: Mapping[str, float | str] | None = None,
) -> Sequence[Finding]:
    write_workbook(path, Layout(formulas=formulas or {}, rows=ROWS, rate_place=(8, 40)))
    workbook = openpyxl.load_workbook(path)
    for address, content in (cells or {}).items():
        workbook.worksheets[0][address] = content
    workbook.save(path)
    return verify(path, engine).faults


def effect_of(fault: Finding) -> Effect:
    assert fault.effect is not None
    return fault.effect


def assert_effect(effect: Effect, errors: Array, final: float) -> None:
    """The effect is that of gradients which are off by so much, (rows, 8), and of that loss at the end."""
    relative = np.abs(errors).max(axis=0) / SCALES
    worst = int(np.argmax(relative))
    assert effect.gradient_label == GRADIENTS[WEIGHTS[worst]]
    assert effect.gradient_absolute == pytest.approx(np.abs(errors[:, worst]).max(), rel=1e-6)
    assert effect.gradient_relative == pytest.approx(relative[worst], rel=1e-6)
    assert effect.final_loss == pytest.approx(final, rel=1e-12)
    assert effect.right_loss == pytest.approx(RIGHT_LOSS, rel=1e-12)
    assert effect.final_loss != effect.right_loss


def with_slope_of_first_unit(weights: Array, index: int) -> Array:
    """The right gradients but for one of the second hidden unit, made with the derivative of the first one."""
    state = forward(weights)
    slope = np.repeat(state["hidden"][0] * (1 - state["hidden"][0]), 2)
    found = gradients(weights, state)
    found[index] = gradients(weights, state, slope)[index]
    return found


WRONG_SLOPE = {
    name: f"((({{a_o1}}-{{t1}})*{{a_o1}}*(1-{{a_o1}}))*{{w6}}+(({{a_o2}}-{{t2}})*{{a_o2}}*(1-{{a_o2}}))*{{w8}})"
    f"*{{a_h1}}*(1-{{a_h1}})*{source}"
    for name, source in ((GRADIENTS["w3"], "{i1}"), (GRADIENTS["w4"], "{i2}"))
}


def test_wrong_gradient_is_off_by_its_own_error(engine: Engine, tmp_path: Path) -> None:
    """A wrong gradient's error is measured on the right weights; the loss at the end is that of training with it."""
    name = GRADIENTS["w3"]
    (fault,) = faults_of(tmp_path / "book.xlsx", engine, {name: WRONG_SLOPE[name]})
    errors = np.array([with_slope_of_first_unit(weights, 2) for weights in RIGHT]) - RIGHT_GRADIENTS
    rows = trained(lambda weights: weights - RATE * with_slope_of_first_unit(weights, 2))
    assert_effect(effect_of(fault), errors, float(forward(rows[-1])["loss"]))


def test_each_of_two_faults_is_taken_alone(engine: Engine, tmp_path: Path) -> None:
    """Two wrong gradients have the effects that they have in workbooks of their own, and not that of both."""
    both = faults_of(tmp_path / "both.xlsx", engine, WRONG_SLOPE)
    assert [fault.label for fault in both] == list(WRONG_SLOPE)
    for name, fault in zip(WRONG_SLOPE, both, strict=True):
        (alone,) = faults_of(tmp_path / "alone.xlsx", engine, {name: WRONG_SLOPE[name]})
        assert effect_of(fault) == effect_of(alone)


def test_wrong_update_shows_in_the_gradients_of_the_next_iteration(engine: Engine, tmp_path: Path) -> None:
    """An update with a neighbour's gradient: how far off it makes a gradient one step on, and the loss at the end."""

    def step(weights: Array) -> Array:
        after = right_step(weights)
        after[2] = weights[2] - RATE * gradients(weights, forward(weights))[0]  # w3 with ∂E_t/∂w1
        return after

    cells = {f"H{row}": f"=H{row - 1}-$AO$8*Y{row - 1}" for row in range(12, 23)}
    (fault,) = faults_of(tmp_path / "book.xlsx", engine, cells=cells)
    stepped = [START, *(step(weights) for weights in RIGHT[:-1])]
    for weights, right in zip(stepped, RIGHT, strict=True):
        weights[[0, 1, 3, 4, 5, 6, 7]] = right[[0, 1, 3, 4, 5, 6, 7]]
    errors = np.array([gradients(weights, forward(weights)) for weights in stepped]) - RIGHT_GRADIENTS
    assert_effect(effect_of(fault), errors, float(forward(trained(step)[-1])["loss"]))


def test_wrong_forward_formula_shows_in_all_gradients_behind_it(engine: Engine, tmp_path: Path) -> None:
    """A net input without one of its terms makes other gradients wrong; the one that is the furthest off is named."""

    def state_of(weights: Array) -> Forward:
        hidden = forward(weights)["hidden"]
        outputs = sigmoid(np.array([weights[4] * hidden[0], weights[6:] @ hidden]))  # o1 without w6·a_h2
        return {"hidden": hidden, "outputs": outputs, "loss": 0.5 * np.sum((TARGETS - outputs) ** 2)}

    (fault,) = faults_of(tmp_path / "book.xlsx", engine, {"o1": "{w5}*{a_h1}"})
    errors = np.array([gradients(weights, state_of(weights)) for weights in RIGHT]) - RIGHT_GRADIENTS
    rows = trained(lambda weights: weights - RATE * gradients(weights, state_of(weights)))
    assert_effect(effect_of(fault), errors, float(state_of(rows[-1])["loss"]))


def test_typed_number_has_the_effect_of_its_one_row(engine: Engine, tmp_path: Path) -> None:
    """A number typed over a gradient in one row is off by what it is off there, and the training goes on from it."""
    (fault,) = faults_of(tmp_path / "book.xlsx", engine, cells={"AC15": 0.25})
    errors = np.zeros_like(RIGHT_GRADIENTS)
    errors[4, 4] = 0.25 - RIGHT_GRADIENTS[4, 4]
    rows = list(RIGHT[:5])
    found = gradients(rows[4], forward(rows[4]))
    found[4] = 0.25
    rows.append(rows[4] - RATE * found)
    while len(rows) < ROWS:
        rows.append(right_step(rows[-1]))
    assert_effect(effect_of(fault), errors, float(forward(rows[-1])["loss"]))


def test_wrong_loss_leaves_the_gradients_right(engine: Engine, tmp_path: Path) -> None:
    """A loss that no gradient reads changes none of them, and ends as the wrong formula has it."""
    (fault,) = faults_of(tmp_path / "book.xlsx", engine, {"E1": "0.4*({t1}-{a_o1})^2"})
    effect = effect_of(fault)
    error = (TARGETS[0] - forward(RIGHT[-1])["outputs"][0]) ** 2
    assert (effect.gradient_label, effect.gradient_absolute, effect.gradient_relative) == (None, None, None)
    assert effect.final_loss == pytest.approx(RIGHT_LOSS - 0.1 * error, rel=1e-12)


def test_harmless_fault_has_no_effect(engine: Engine, tmp_path: Path) -> None:
    """A formula that breaks its column's pattern and gives the right number leaves gradients and loss as they are."""
    (fault,) = faults_of(tmp_path / "book.xlsx", engine, cells={"F15": "=F14-AO$8*Y14"})
    effect = effect_of(fault)
    assert (effect.gradient_label, effect.gradient_absolute, effect.gradient_relative) == (None, None, None)
    assert effect.final_loss == effect.right_loss == pytest.approx(RIGHT_LOSS, rel=1e-12)


def test_fault_that_ends_in_an_error_has_no_final_loss(engine: Engine, tmp_path: Path) -> None:
    """Where the training runs into an error value there is no number for the loss at the end."""
    (fault,) = faults_of(tmp_path / "book.xlsx", engine, cells={"AC15": "=1/0"})
    assert effect_of(fault).final_loss is None
    assert effect_of(fault).right_loss == pytest.approx(RIGHT_LOSS, rel=1e-12)


def test_effects_are_left_out_where_they_take_too_long(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of many faults in a large table only the first have effects, as many as there is time for."""
    monkeypatch.setattr("verifier.judging.effect.MOST_CELLS", 2 * ROWS * 31 + 50)
    first, second = faults_of(tmp_path / "book.xlsx", engine, WRONG_SLOPE)
    assert first.effect is not None
    assert second.effect is None
