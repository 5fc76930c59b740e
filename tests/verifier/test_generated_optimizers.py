"""Workbooks that are generated with an optimizer are proven, and the verdict names it."""

from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from sheetgen import generate
from sheetgen.practice import exercise_of, write_answers
from templates import Training, load_template, parse_template
from templates.shipped import shipped_text
from templates.training import Adam, AdamW, Cosine, GradientDescent, Momentum, Nesterov, RMSProp, WarmUp
from verifier import Engine, Status, verify
from verifier.findings import Grade

NAMES = [
    (Training(GradientDescent(0.01)), "gradient descent with weight decay"),
    (Training(Momentum(), Cosine(20)), "momentum"),
    (Training(Momentum(weight_decay=0.01)), "momentum with weight decay"),
    (Training(Nesterov(), WarmUp(4)), "Nesterov momentum"),
    (Training(RMSProp()), "RMSProp"),
    (Training(RMSProp(weight_decay=0.01)), "RMSProp with weight decay"),
    (Training(Adam()), "Adam"),
    (Training(Adam(weight_decay=0.01)), "Adam with weight decay"),
    (Training(AdamW()), "AdamW"),
]


@pytest.mark.parametrize(("training", "name"), NAMES)
def test_a_generated_workbook_is_proven(training: Training, name: str, engine: Engine, tmp_path: Path) -> None:
    """No fault is found, the optimizer is named, and the learning rate is the one of the tab, also under a schedule."""
    template = replace(load_template("backprop"), training=training, iterations=8, learning_rates=(0.1,))
    generate(template, tmp_path / "net.xlsx")
    result = verify(tmp_path / "net.xlsx", engine)
    assert (result.status, result.faults) == (Status.RIGHT, ())
    assert [(t.network, t.learning_rate) for t in result.tables] == [(f"2-2-2 sigmoid, trained with {name}", 0.1)]


def test_a_schedule_alone_is_gradient_descent(engine: Engine, tmp_path: Path) -> None:
    """The oracle trains with the rate of each row, and the tab keeps its name."""
    template = replace(load_template("backprop"), training=Training(schedule=WarmUp(4)), iterations=8)
    generate(template, tmp_path / "net.xlsx")
    result = verify(tmp_path / "net.xlsx", engine)
    assert (result.status, result.faults) == (Status.RIGHT, ())
    assert [t.learning_rate for t in result.tables] == list(template.learning_rates)


@pytest.mark.parametrize("training", [Training(Momentum()), Training(Nesterov()), Training(Adam(), Cosine(9))])
def test_the_answers_of_an_exercise_are_right(training: Training, engine: Engine, tmp_path: Path) -> None:
    """Updates may be blank under an optimizer, and what was given counts as unchanged."""
    exercise = exercise_of(replace(load_template("backprop"), training=training), ["w1", "w6", "∂E_t/∂w5"])
    write_answers(exercise, tmp_path / "answers.xlsx")
    result = verify(tmp_path / "answers.xlsx", engine)
    assert result.status == Status.RIGHT
    assert result.practice is not None
    assert not result.practice.changed
    assert {blank.grade for blank in result.practice.blanks} == {Grade.RIGHT}


def test_units_that_are_off_are_proven_and_what_reads_another_state_is_not(engine: Engine, tmp_path: Path) -> None:
    """Dropped units have no gradient, one at the edge of its ReLU has one in some states: they are right by their rule.

    An update by the mean square of another parameter is left open: near these numbers nothing tells what it should be.
    """
    text = shipped_text("dropout").replace("tanh", "relu").replace("[0.4, -0.3]", "[0.2, 0.3]")
    text = text.replace("[0.1, 0.0,", "[0.001, 0.0,").replace("iterations = 50", "iterations = 3")
    text = text.replace("learning_rates = [0.1, 0.5, 1.0]", "learning_rates = [0.1]")
    adam = parse_template(text + '[training.optimizer]\nkind = "adam"\n', name="off", source="off.toml")
    generate(adam, tmp_path / "net.xlsx")
    result = verify(tmp_path / "net.xlsx", engine)
    assert (result.status, result.faults, result.unchecked) == (Status.RIGHT, (), ())
    book = openpyxl.load_workbook(tmp_path / "net.xlsx")
    sheet = book["eta 0.1"]
    columns = {
        str(cell.value): cell.column_letter for row in sheet for cell in row if cell.value in ("w1", "v_w1", "v_w2")
    }
    (row,) = (cell.row + 2 for line in sheet for cell in line if cell.value == "v_w1" and cell.row > 1)
    cell = sheet[f"{columns['w1']}{row}"]
    read = f"{columns['v_w1']}{row - 1}"
    assert read in str(cell.value)
    cell.value = str(cell.value).replace(read, f"{columns['v_w2']}{row - 1}")
    book.save(tmp_path / "wrong.xlsx")
    wrong = verify(tmp_path / "wrong.xlsx", engine)
    assert wrong.status is not Status.RIGHT
    assert not [fault for fault in wrong.faults if fault.label != "w1"]
