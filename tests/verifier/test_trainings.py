"""Trainings in layouts of their own: right ones are proven, and a wrong formula is named where it stands."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from sheetgen import generate
from templates import load_template
from tests.engine import ENGINE
from tests.verifier import trainings
from tests.verifier.book import Cell, read_book
from tests.verifier.test_descent import descent, findings_of, write
from tests.verifier.trainings import Sheets
from verifier import Kind, Status, verify

RULES = {
    "plain": "gradient descent", "momentum": "momentum", "heavy ball": "momentum", "nesterov": "Nesterov momentum",
    "adagrad": "AdaGrad", "rmsprop": "RMSProp", "adam": "Adam", "weight decay": "gradient descent with weight decay",
    "decaying rate": "gradient descent",
}  # fmt: skip

LARGE = trainings.matrices(updates=True, sizes=(3, 4, 3), samples=3)
CONVOLUTION = trainings.convolution()
NET = trainings.samples_and_units(steps=4)
RIGHT = {
    **{rule: (trainings.regression(rule), f"2 parameters, {name}") for rule, name in RULES.items()},
    **{
        f"{rule} with a loss": (trainings.regression(rule, shows_loss=True), f"2 parameters, {name}")
        for rule, name in RULES.items()
    },
    "perceptron": (trainings.perceptron(), "3 parameters, gradient descent"),
    "logistic regression in blocks": (trainings.logistic_batch(), "3 parameters, gradient descent"),
    "logistic regression with SUMPRODUCT": (trainings.logistic_batch(inline=True), "3 parameters, gradient descent"),
    "updates in one formula": (trainings.online_inline(), "2 parameters, gradient descent"),
    "descent on a surface": (trainings.surface(), "2 parameters, gradient descent"),
    "descent on a surface in one formula": (trainings.surface(inline=True), "2 parameters, gradient descent"),
    "differences beside derivatives": (trainings.differences(), "2 parameters, gradient descent"),
    "two epochs": (trainings.epochs(), "3 parameters, gradient descent"),
    "a recurrent unit": (trainings.recurrent(), "3 parameters, gradient descent"),
    "a likelihood": (trainings.likelihood(), "4 parameters, gradient ascent"),
    "batches": (trainings.batches(), "2 parameters, gradient descent"),
    "batches of four": (trainings.batches(size=4), "2 parameters, gradient descent"),
    "epochs whose rows repeat the weights": (trainings.adaline(), "3 parameters, gradient descent"),
    "samples and units": (NET, "9 parameters, gradient descent"),
    "iterations in columns": (trainings.rightward(), "2 parameters, gradient descent"),
    "one step": (trainings.one_step(), "4 parameters, gradient descent"),
    "matrices": (trainings.matrices(updates=False), "24 gradients, no update"),
    "matrices with updates": (trainings.matrices(updates=True), "12 parameters, gradient descent"),
    "convolution": (CONVOLUTION, "82 gradients, no update"),
    "larger matrices": (LARGE, "24 parameters, gradient descent"),
}  # fmt: skip


def changed(sheets: Sheets, changes: Mapping[str, str | float]) -> Sheets:
    """The first sheet with other formulas in some cells, all of which have one already."""
    title, cells = next(iter(sheets.items()))
    assert changes.keys() <= cells.keys()
    return {**sheets, title: {**cells, **changes}}


@pytest.mark.parametrize("name", RIGHT)
def test_right_training_of_any_kind_is_proven(name: str, tmp_path: Path) -> None:
    """All of it, without a label of the vocabulary; the rule that its updates share is named."""
    sheets, network = RIGHT[name]
    verdict = descent(write(tmp_path / "book.xlsx", sheets))
    assert (findings_of(verdict), verdict.undecided) == ([], ())
    assert [training.network for training in verdict.trainings] == [network]


def down(sheets: Sheets, column: str, old: str, new: str) -> dict[str, str]:
    """The formulas of a column with a part replaced, `{r}` being the row of each."""
    cells = next(iter(sheets.values()))
    found = {}
    for cell, content in cells.items():
        row = cell.removeprefix(column)
        if row.isdigit() and isinstance(content, str) and old.format(r=row) in content:
            found[cell] = content.replace(old.format(r=row), new.format(r=row))
    assert found
    return found


REGRESSION = trainings.regression("momentum")
BATCH = trainings.logistic_batch()
MATRICES = trainings.matrices(updates=True)
UNMASKED = trainings.matrices(updates=False, masked=False)
WITHOUT_MASK = {
    cell: content for cell, content in next(iter(UNMASKED.values())).items() if re.fullmatch("[BC]4[345]", cell)
}

TURNED = {
    f"{'ABC'[j]}{i + 1}": f"=SUMPRODUCT(dF!$A$1:$D$4,in!{'ABC'[i]}{j + 1}:{'DEF'[i]}{j + 4})"
    for i in range(3)
    for j in range(3)
    if i != j
}

WRONG = {
    "gradient by the target": (REGRESSION, down(REGRESSION, "G", "*A{r}", "*B{r}"), Kind.WRONG_GRADIENT, "G5:G12"),
    "gradient by the other input": (
        BATCH, down(BATCH, "G", "*A{r}", "*B{r}"), Kind.WRONG_GRADIENT, "G5:G10, G15:G20, G25:G30, G35:G40",
    ),
    "one forward formula": (BATCH, {"D27": "=$J$25*A27+$K$25*B26+$L$25"}, Kind.BROKEN_PATTERN, "D27"),
    "one gradient": (BATCH, {"H27": "=F27*A27"}, Kind.WRONG_GRADIENT, "H27"),
    "one derivative by an output": (REGRESSION, {"F9": "=2*(E9+B9)"}, Kind.BROKEN_PATTERN, "F9"),
    "one reference": (REGRESSION, {"H9": "=$D$1*H8+(1-$D$1)*E9"}, Kind.BROKEN_PATTERN, "H9"),
    "one link to the step before": (REGRESSION, {"C11": "=L9"}, Kind.BROKEN_PATTERN, "C11"),
    "one cell of a matrix": (MATRICES, {"C40": "=C18*C33+B19*C34"}, Kind.BROKEN_PATTERN, "C40"),
    "mask of a matrix": (MATRICES, WITHOUT_MASK, Kind.WRONG_GRADIENT, "B43:B45, C43:C45"),
    "windows that are turned": (CONVOLUTION, TURNED, Kind.WRONG_GRADIENT, "A2:A3, B1, B3, C1:C2"),
    "one product in a batch": (trainings.batches(), {"H9": "=G9*C9"}, Kind.WRONG_GRADIENT, "H9"),
    "half of a batch": (
        trainings.batches(), {"J9": "=D9-$B$1*AVERAGE(H8)"}, Kind.WRONG_UPDATE, "J9",
    ),
    "one product in an epoch": (trainings.adaline(), {"L13": "=$B$1*I13*B13"}, Kind.BROKEN_PATTERN, "L13"),
    "one error in a column": (trainings.rightward(), {"D13": "=$B42-D9"}, Kind.BROKEN_PATTERN, "D13"),
    "one row of gradients": (
        trainings.rightward(), {f"{c}17": f"=SUM({c}11:{c}14)/4" for c in "BCDEFGHI"}, Kind.WRONG_GRADIENT,
        "B17, C17, D17, E17, F17, G17, H17, I17",
    ),
    "update by another gradient": (
        trainings.one_step(), {"F2": "=E2-$B$6*E13"}, Kind.WRONG_UPDATE, "F2",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_wrong_formula_is_named_where_it_stands(name: str, tmp_path: Path) -> None:
    """What is wrong only because of it is not."""
    sheets, changes, kind, cells = WRONG[name]
    found = findings_of(descent(write(tmp_path / "book.xlsx", changed(sheets, changes))))
    assert [(finding.kind, finding.cells) for finding in found] == [(kind, cells)]


@pytest.mark.parametrize(("cell", "formula"), [("W8", "=O8*G8*(1-M8^2)"), ("E9", "=E8+$B$1*V8")])
def test_labels_of_another_net_accuse_nothing_beside_the_fault(cell: str, formula: str, tmp_path: Path) -> None:
    """Where the updates prove what is meant, columns named as those of another net are not blamed for being none."""
    sheets = changed(trainings.hidden_units(), {cell: formula})
    result = verify(write(tmp_path / "book.xlsx", sheets), ENGINE)
    assert [finding.cells for finding in result.faults] == [cell]


def test_rows_that_share_weights_are_samples_of_one_step(tmp_path: Path) -> None:
    """Where labels are the vocabulary's: no row is an iteration of its own, and none lacks its weights."""
    names = ("i1", "i2", "t1", "o1", "a_o1", "δ_o1", "∂E/∂w1", "∂E/∂w2", "w1", "w2", "b1")
    labels = dict(zip("ABCDEFGHJKL", names, strict=True))
    headers = {f"{column}{top}": name for top in range(4, 54, 10) for column, name in labels.items()}
    sheets = changed(BATCH, headers | {"H27": "=F27*A27"})
    result = verify(write(tmp_path / "book.xlsx", sheets), ENGINE)
    assert [finding.cells for finding in result.faults] == ["H27"]


def test_deltas_of_a_whole_layer_are_blamed_for_most_of_the_updates(tmp_path: Path) -> None:
    """Few cells explain them, and the gradients that follow from these are not blamed."""
    changes = down(NET, "L", "^2", "") | down(NET, "M", "^2", "")
    found = findings_of(descent(write(tmp_path / "book.xlsx", changed(NET, changes))))
    assert {(finding.kind, finding.cells) for finding in found} == {
        (Kind.WRONG_GRADIENT, f"{c}6:{c}9, {c}18:{c}21, {c}30:{c}33") for c in "LM"
    }


@pytest.mark.parametrize("columns", ["BC", "AB", "ABC"])
def test_a_step_that_climbs_among_such_that_descend_is_wrong(columns: str, tmp_path: Path) -> None:
    """Also where most or all of its own updates do: what is meant is told by the other steps."""
    cells = {f"{c}{27 + k}": f"={c}{15 + k}+$B$1*{c}{22 + k}" for c in columns for k in range(3)}
    found = findings_of(descent(write(tmp_path / "book.xlsx", changed(NET, cells))))
    assert {(finding.kind, finding.cells) for finding in found} == {
        (Kind.WRONG_UPDATE, f"{c}27:{c}29") for c in columns
    }


def test_momentum_of_one_parameter_that_climbs_is_open(tmp_path: Path) -> None:
    """Of two updates that go two ways it cannot be said which one is meant."""
    changes = down(REGRESSION, "M", "-$B$1*", "+$B$1*")
    verdict = descent(write(tmp_path / "book.xlsx", changed(REGRESSION, changes)))
    assert findings_of(verdict) == []
    assert {one.cells for one in verdict.undecided} == {"L5:L12, M5:M12"}


def test_a_rate_that_is_left_out_in_one_of_two_updates_is_said(tmp_path: Path) -> None:
    """Nobody is blamed for it: one of two is no majority."""
    changes: dict[str, str | float] = {f"C{r}": f"=C{r - 1}-F{r - 1}" for r in range(5, 19)}
    verdict = descent(write(tmp_path / "book.xlsx", changed(trainings.surface(), changes)))
    assert findings_of(verdict) == []
    assert [(one.cells, one.reason) for one in verdict.undecided] == [
        (
            "C5:C18",
            "it subtracts the derivative of the loss, without a learning rate, unlike others in its step: it is "
            "unclear which of them is intended",
        )
    ]


@pytest.mark.parametrize("rate", [1e-3, 1e-4, 1e-6])
def test_a_small_rate_is_one_of_descent(rate: float, tmp_path: Path) -> None:
    """What is drawn for it has its sign: descent does not become ascent."""
    sheets = changed(trainings.surface(), {"B1": rate, "C1": 2 * rate})
    (training,) = descent(write(tmp_path / "book.xlsx", sheets)).trainings
    assert (training.network, training.findings) == ("2 parameters, gradient descent", ())


def test_a_rate_that_few_steps_use_is_said(tmp_path: Path) -> None:
    """Nobody is blamed: the rate may be meant, and the steps without it are the ones that were taken."""
    columns = [("B", "E"), ("C", "F")]
    changes: dict[str, str | float] = {f"{p}{r}": f"={p}{r - 1}-{g}{r - 1}" for r in range(6, 19) for p, g in columns}
    verdict = descent(write(tmp_path / "book.xlsx", changed(trainings.surface(), changes)))
    (training,) = verdict.trainings
    assert (findings_of(verdict), verdict.undecided) == ([], ())
    assert training.notes == ("uses its learning rate in 1 step, as in B5, and leaves it out in 13, as in B6",)


def softmax_step(loss: str) -> Sheets:
    """One step of three classes whose gradients begin with A − T, and a cell that is called the loss."""
    cells: dict[str, str | float] = {
        "A1": "x",
        "B1": 0.5,
        "C1": -0.3,
        "A2": "speed",
        "B2": 0.1,
        "H1": "loss",
        "I1": loss,
    }
    for k, (one, two) in enumerate([(0.1, 0.2), (0.3, -0.4), (0.25, 0.15)]):
        r = 5 + k
        cells |= {
            f"A{r}": one, f"B{r}": two,
            f"C{r}": f"=A{r}*$B$1+B{r}*$C$1", f"D{r}": f"=EXP(C{r})/SUMPRODUCT(EXP($C$5:$C$7))",
            f"E{r}": 1 if k == 1 else 0, f"F{r}": f"=D{r}-E{r}", f"G{r}": f"=F{r}*$B$1", f"H{r}": f"=F{r}*$C$1",
            f"I{r}": f"=A{r}-$B$2*G{r}", f"J{r}": f"=B{r}-$B$2*H{r}",
        }  # fmt: skip
    return {"step": cells}


@pytest.mark.parametrize("loss", ["=-SUMPRODUCT(E5:E7,LN(D5:D7))", "=-LN(SUMPRODUCT(E5:E7,D5:D7))"])
def test_a_loss_whose_derivatives_are_the_gradients_has_no_remark(loss: str, tmp_path: Path) -> None:
    """Be it only for targets of which one is 1, and the others 0."""
    (training,) = descent(write(tmp_path / "book.xlsx", softmax_step(loss))).trainings
    assert (training.findings, training.notes) == ((), ())


def test_a_loss_that_is_not_what_the_gradients_belong_to_is_a_remark(tmp_path: Path) -> None:
    """The gradients are right for another one, and nobody is blamed."""
    (training,) = descent(write(tmp_path / "book.xlsx", softmax_step("=SUMXMY2(D5:D7,E5:E7)/3"))).trainings
    assert training.findings == ()
    assert training.notes == (
        "shows loss in I1, but its gradients are the derivatives of another loss: the one whose derivatives by C5:C7 "
        "stand in F5:F7",
    )


def test_odd_momentum_among_several_is_named(tmp_path: Path) -> None:
    """Its state, not the update that follows it."""
    sheets = trainings.one_step()
    cells = next(iter(sheets.values()))
    for k in (1, 2, 3, 4):
        cells |= {f"G{k}": 0.1 * k, f"H{k}": f"=0.9*G{k}+E{10 + k}", f"F{k}": f"=E{k}-$B$6*H{k}"}
    right = descent(write(tmp_path / "right.xlsx", sheets))
    assert [training.network for training in right.trainings] == ["4 parameters, momentum"]
    wrong = descent(write(tmp_path / "wrong.xlsx", changed(sheets, {"H3": "=0.9*G3-E13"})))
    assert [(finding.kind, finding.cells) for finding in findings_of(wrong)] == [(Kind.WRONG_UPDATE, "H3")]


def test_updates_that_climb_a_loss_are_open(tmp_path: Path) -> None:
    """They add its derivatives: what is meant by them is not known."""
    sheets = trainings.one_step()
    changes = {f"F{k}": f"=E{k}+$B$6*E{10 + k}" for k in (1, 2, 3, 4)}
    verdict = descent(write(tmp_path / "book.xlsx", changed(sheets, changes)))
    assert findings_of(verdict) == []
    assert [one.cells for one in verdict.undecided] == ["F1:F4"]


@pytest.mark.parametrize("what", [trainings.ledger, trainings.spring, trainings.newton, trainings.controller])
def test_what_trains_nothing_is_no_training(what: Callable[[], Sheets], tmp_path: Path) -> None:
    assert descent(write(tmp_path / "book.xlsx", what())).trainings == ()


def test_directions_that_are_no_gradients_are_not_blamed(tmp_path: Path) -> None:
    """The first step of conjugate gradients goes down the gradient, the next ones go another way."""
    assert findings_of(descent(write(tmp_path / "book.xlsx", trainings.conjugate_gradients()))) == []


def test_sum_that_leaves_out_a_sample_is_named(tmp_path: Path) -> None:
    """Though the ways to the gradients of its step lead through ranges of unequal size."""
    sheets = trainings.logistic_batch()
    change = {"G31": "=AVERAGE(G25:G29)"}
    found = findings_of(descent(write(tmp_path / "book.xlsx", changed(sheets, change))))
    assert [(finding.kind, finding.cells) for finding in found] == [(Kind.WRONG_GRADIENT, "G31")]


def forward(units: int) -> dict[str, float | str]:
    """A layer of units, a row each: weights, net input and activation; nothing is trained."""
    cells: dict[str, float | str] = {"B1": 0.3, "C1": -0.8}
    for k in range(units):
        r = 3 + k
        cells |= {
            f"A{r}": 0.1 * k - 0.2,
            f"B{r}": 0.7 - 0.3 * k,
            f"D{r}": f"=A{r}*B$1+B{r}*C$1",
            f"E{r}": f"=1/(1+EXP(-D{r}))",
        }
    return cells


def test_unit_that_is_unlike_its_siblings_is_a_remark(tmp_path: Path) -> None:
    """Nothing is trained, so nothing is checked: it may be meant."""
    cells = forward(5) | {"E5": "=1/(1+EXP(D5))"}
    result = verify(write(tmp_path / "book.xlsx", {"net": cells}), ENGINE)
    assert (result.status, result.faults) == (Status.UNCHECKED, ())
    remark = "has in net!E5 =1/(1+EXP(D5)), where the formulas beside it, moved, would be =1/(1+EXP(-D5))"
    assert remark in result.notes


def test_layer_of_equal_units_has_no_remark(tmp_path: Path) -> None:
    result = verify(write(tmp_path / "book.xlsx", {"net": forward(5)}), ENGINE)
    assert (result.status, [note for note in result.notes if "beside" in note]) == (Status.UNCHECKED, [])


def test_states_in_a_circle_are_no_traceback(tmp_path: Path) -> None:
    """Found by the search: what is followed from an update to its gradient ends where it comes back to itself."""
    sheets = trainings.regression("nesterov")
    circle = {f"I{r}": f"=$D$1*I{r - 1}+I{r}" for r in range(5, 13)}
    result = verify(write(tmp_path / "book.xlsx", changed(sheets, circle)), ENGINE)
    assert (result.status, result.faults) == (Status.UNCHECKED, ())


@pytest.mark.parametrize("anchored", [False, True])
@pytest.mark.parametrize("last", [False, True])
def test_weights_copied_down_a_batch_are_one_parameter(last: bool, anchored: bool, tmp_path: Path) -> None:
    """Its derivative is that of all samples, whichever copy the update reads."""
    sheets = trainings.copied_weights(last=last, anchored=anchored)
    verdict = descent(write(tmp_path / "book.xlsx", sheets))
    assert (findings_of(verdict), verdict.undecided) == ([], ())
    assert [(t.network, t.learning_rate) for t in verdict.trainings] == [("3 parameters, gradient descent", 0.4)]
    wrong = down(sheets, "K", "*B{r}", "*A{r}")
    (finding,) = findings_of(descent(write(tmp_path / "wrong.xlsx", changed(sheets, wrong))))
    assert (finding.kind, finding.label) == (Kind.WRONG_GRADIENT, "K10")


def test_weights_that_start_from_one_number_are_several_parameters(tmp_path: Path) -> None:
    """Cells that repeat one number are no copies of one parameter where each has an update of its own."""
    sheets = trainings.copied_weights()
    sheets["logit"] |= {"C1": 0.3, "D4": "=$C$1", "E4": "=$C$1", "F4": "=$C$1", "E1": "=2*C1"}
    verdict = descent(write(tmp_path / "book.xlsx", sheets))
    assert (findings_of(verdict), verdict.undecided) == ([], ())
    assert [training.network for training in verdict.trainings] == ["3 parameters, gradient descent"]


ONE = trainings.one_parameter()
TYPED = {
    "gradient": (ONE, "C10", "=4*A10^3-4*A10+1"),
    "state": (REGRESSION, "H9", "=$D$1*H8+(1-$D$1)*F9"),
    "update": (REGRESSION, "L9", "=C9-$B$1*H9"),
}


@pytest.mark.parametrize("what", TYPED)
def test_number_typed_over_a_formula_does_not_split_a_training(what: str, tmp_path: Path) -> None:
    """It is named, and the formula of its neighbours is its mend."""
    sheets, cell, formula = TYPED[what]
    verdict = descent(write(tmp_path / "book.xlsx", changed(sheets, {cell: 0.31})))
    assert (len(verdict.trainings), verdict.undecided) == (1, ())
    (finding,) = findings_of(verdict)
    assert (finding.kind, finding.cells, finding.mend) == (Kind.CONSTANT, cell, formula)


def test_number_typed_over_the_only_parameter_is_open(tmp_path: Path) -> None:
    """It may be another start: nobody is blamed, and it is said."""
    verdict = descent(write(tmp_path / "book.xlsx", changed(ONE, {"A10": 0.31})))
    assert findings_of(verdict) == []
    assert [(one.cells, one.reason) for one in verdict.undecided] == [
        ("A10", "it is a number where its neighbours have a formula: it may be another starting value")
    ]


@pytest.mark.parametrize(("sheets", "changes"), [(ONE, {"D10": 0.02}), (REGRESSION, {"L9": 2.0, "M9": -1.0})])
def test_number_that_may_be_meant_is_not_blamed(
    sheets: Sheets, changes: dict[str, str | float], tmp_path: Path
) -> None:
    """As another rate from a row on, or another start of all parameters."""
    assert findings_of(descent(write(tmp_path / "book.xlsx", changed(sheets, changes)))) == []


def test_cell_that_breaks_a_repetition_is_not_said_to_change_no_loss(tmp_path: Path) -> None:
    """The loss is computed with the usual formula in its place: what it makes of that is not known."""
    (finding,) = findings_of(descent(write(tmp_path / "book.xlsx", changed(ONE, {"A10": "=A8-D9*C9"}))))
    assert (finding.kind, finding.cells, finding.effect) == (Kind.BROKEN_PATTERN, "A10", None)


@pytest.mark.parametrize("rule", ["rmsprop", "adagrad"])
def test_update_that_divides_by_the_squares_of_another_gradient_is_open(rule: str, tmp_path: Path) -> None:
    """Both go equally far along their derivatives then, as by a rate that both share: it is not said to be right."""
    sheets = trainings.regression(rule)
    wrong = down(sheets, "M", "K{r}", "J{r}")
    verdict = descent(write(tmp_path / "book.xlsx", changed(sheets, wrong)))
    assert findings_of(verdict) == []
    assert [one.cells for one in verdict.undecided] == ["M5:M12"]


@pytest.mark.parametrize(("label", "row"), [("h6", 0), ("a_h6", 0), ("E1", -1), ("∂E_t/∂w7", -1), ("w10", -1)])
def test_a_value_pasted_over_the_first_or_the_last_formula_is_named(tmp_path: Path, label: str, row: int) -> None:
    """It is what the formula of its column gives there; the numbers that a training starts from are not."""
    generate(replace(load_template("recurrent"), iterations=6, learning_rates=(0.1,)), tmp_path / "net.xlsx")
    book = read_book((tmp_path / "net.xlsx").read_bytes())
    found = (a for a, cell in book.cells.items() if a[0] == "eta 0.1" and cell.value == label and not cell.formula)
    (header,) = found
    place = re.fullmatch(r"([A-Z]+)(\d+)", header[1])
    assert place is not None
    address = ("eta 0.1", f"{place[1]}{int(place[2]) + 1 + row % 7}")
    wrong = book.changed({address: Cell(value=book.cells[address].value)})
    result = verify(wrong.write(tmp_path / "pasted.xlsx"), ENGINE)
    assert [(fault.kind, fault.cells) for fault in result.faults] == [(Kind.CONSTANT, address[1])]
