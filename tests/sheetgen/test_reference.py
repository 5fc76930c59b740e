"""The default workbook against the exercise's published one, place by place; its values are those Excel computed."""

from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl.formula.translate import Translator

from tests.sheetgen.workbooks import HEADER_ROW, RATE_CELL, formulas_of, tables_of, values_of

START, LAST = HEADER_ROW + 1, HEADER_ROW + 101
TABS = {"eta 0.1": 0.1, "eta 0.2": 0.2, "eta 0.5": 0.5, "eta 0.8": 0.8, "eta 1.0": 1.0, "eta 2.0": 2.0}
LABELS = (
    "t1 t2 i1 i2 w1 w2 w3 w4 h1 a_h1 h2 a_h2 w5 w6 w7 w8 o1 a_o1 o2 a_o2 E1 E2 E_total "
    "∂E_t/∂w1 ∂E_t/∂w2 ∂E_t/∂w3 ∂E_t/∂w4 ∂E_t/∂w5 ∂E_t/∂w6 ∂E_t/∂w7 ∂E_t/∂w8"
)
STARTS = {
    "A": 0.01, "B": 0.99, "C": 0.05, "D": 0.10, "E": 0.15, "F": 0.20, "G": 0.25, "H": 0.30,
    "M": 0.40, "N": 0.45, "O": 0.50, "P": 0.55,
}  # fmt: skip
FORWARD_AND_BACKWARD = {
    "I": "=E33*C33+F33*D33",
    "J": "=1/(1+EXP(-I33))",
    "K": "=G33*C33+H33*D33",
    "L": "=1/(1+EXP(-K33))",
    "Q": "=M33*J33+N33*L33",
    "R": "=1/(1+EXP(-Q33))",
    "S": "=O33*J33+P33*L33",
    "T": "=1/(1+EXP(-S33))",
    "U": "=0.5*(A33-R33)^2",
    "V": "=0.5*(B33-T33)^2",
    "W": "=U33+V33",
    "X": "=((R33-A33)*R33*(1-R33)*M33+(T33-B33)*T33*(1-T33)*O33)*(J33*(1-J33))*C33",
    "Y": "=((R33-A33)*R33*(1-R33)*M33+(T33-B33)*T33*(1-T33)*O33)*(J33*(1-J33))*D33",
    "Z": "=((R33-A33)*R33*(1-R33)*N33+(T33-B33)*T33*(1-T33)*P33)*(L33*(1-L33))*C33",
    "AA": "=((R33-A33)*R33*(1-R33)*N33+(T33-B33)*T33*(1-T33)*P33)*(L33*(1-L33))*D33",
    "AB": "=(R33-A33)*R33*(1-R33)*J33",
    "AC": "=(R33-A33)*R33*(1-R33)*L33",
    "AD": "=(T33-B33)*T33*(1-T33)*J33",
    "AE": "=(T33-B33)*T33*(1-T33)*L33",
}
UPDATES = {
    "A": "=A33", "B": "=B33", "C": "=C33", "D": "=D33",
    "E": "=E33-$G$31*X33", "F": "=F33-$G$31*Y33", "G": "=G33-$G$31*Z33", "H": "=H33-$G$31*AA33",
    "M": "=M33-$G$31*AB33", "N": "=N33-$G$31*AC33", "O": "=O33-$G$31*AD33", "P": "=P33-$G$31*AE33",
}  # fmt: skip
LOSS_AT_THE_START = 0.24251985734837728
LOSS_AT_THE_END = {
    "eta 0.1": 0.13351060733462522,
    "eta 0.2": 0.07916642312214675,
    "eta 0.5": 0.029166680235883584,
    "eta 0.8": 0.0163866284770309,
    "eta 1.0": 0.012395124175369723,
    "eta 2.0": 0.005160108602350808,
}

Shipped = Callable[[str], Path]


def test_there_is_one_tab_for_each_learning_rate_in_the_published_order(shipped_workbook: Shipped) -> None:
    names = formulas_of(shipped_workbook("backprop")).sheetnames
    assert [name for name in names if name.startswith("eta")] == list(TABS)


@pytest.mark.parametrize(("tab", "rate"), TABS.items())
def test_the_learning_rate_stands_where_it_stood(shipped_workbook: Shipped, tab: str, rate: float) -> None:
    sheet = formulas_of(shipped_workbook("backprop"))[tab]
    assert sheet[RATE_CELL].value == rate
    assert "η" in sheet["F31"].value


def test_the_labels_stand_in_row_32_and_the_iterations_in_rows_33_to_133(shipped_workbook: Shipped) -> None:
    book = formulas_of(shipped_workbook("backprop"))
    for tab in TABS:
        sheet = book[tab]
        assert [sheet.cell(HEADER_ROW, column).value for column in range(1, 32)] == LABELS.split()
        assert sheet.max_row == LAST


def test_every_formula_of_every_row_is_the_published_one(shipped_workbook: Shipped) -> None:
    """Rows 33 and 34 as written here; every other row is row 34 moved down, as Excel's own fill would do it."""
    book = formulas_of(shipped_workbook("backprop"))
    for tab in TABS:
        sheet = book[tab]
        for column, formula in FORWARD_AND_BACKWARD.items():
            for row in range(START, LAST + 1):
                moved = Translator(formula, f"{column}{START}").translate_formula(f"{column}{row}")
                assert sheet[f"{column}{row}"].value == moved, f"{tab}!{column}{row}"
        for column, formula in UPDATES.items():
            for row in range(START + 1, LAST + 1):
                moved = Translator(formula, f"{column}{START + 1}").translate_formula(f"{column}{row}")
                assert sheet[f"{column}{row}"].value == moved, f"{tab}!{column}{row}"


def test_the_start_of_every_tab_is_read_from_one_place(shipped_workbook: Shipped) -> None:
    """Inputs, targets and first weights stand on the start sheet as numbers, and each tab refers to the same cell."""
    book = formulas_of(shipped_workbook("backprop"))
    start = book["Start"]
    for column, number in STARTS.items():
        formulas = {book[tab][f"{column}{START}"].value for tab in TABS}
        assert len(formulas) == 1
        sheet, address = formulas.pop().removeprefix("=").split("!")
        assert sheet == "Start"
        assert start[address].value == number


def test_the_losses_are_those_that_were_published(shipped_workbook: Shipped) -> None:
    book = values_of(shipped_workbook("backprop"))
    for tab, loss in LOSS_AT_THE_END.items():
        assert book[tab][f"W{START}"].value == pytest.approx(LOSS_AT_THE_START, rel=1e-15)
        assert book[tab][f"W{LAST}"].value == pytest.approx(loss, rel=1e-13)


def test_the_iteration_is_counted_to_the_right_of_the_published_columns(shipped_workbook: Shipped) -> None:
    book = values_of(shipped_workbook("backprop"))
    for tab in TABS:
        assert book[tab]["AF32"].value == "iteration"
        assert [book[tab][f"AF{row}"].value for row in range(START, LAST + 1)] == list(range(101))


def test_the_worked_example_gives_the_numbers_that_its_author_published(shipped_workbook: Shipped) -> None:
    """Matt Mazur, "A Step by Step Backpropagation Example": the first update at a learning rate of 0.5.

    The error that he prints after it, 0.291027924, is right to six digits only.
    """
    before, after, *_ = tables_of(shipped_workbook("mazur"))["eta 0.5"]
    assert before["E_total"] == pytest.approx(0.298371109, abs=5e-10)
    assert before["a_h1"] == pytest.approx(0.593269992, abs=5e-10)
    assert before["a_h2"] == pytest.approx(0.596884378, abs=5e-10)
    assert before["a_o1"] == pytest.approx(0.75136507, abs=5e-9)
    assert before["a_o2"] == pytest.approx(0.772928465, abs=5e-10)
    assert before["∂E_t/∂w5"] == pytest.approx(0.082167041, abs=5e-10)
    assert before["∂E_t/∂w1"] == pytest.approx(0.000438568, abs=5e-10)
    weights = {
        "w1": 0.149780716, "w2": 0.19956143, "w3": 0.24975114, "w4": 0.29950229,
        "w5": 0.35891648, "w6": 0.408666186, "w7": 0.511301270, "w8": 0.561370121,
    }  # fmt: skip
    for label, published in weights.items():
        digits = 9 if label in {"w1", "w6", "w7", "w8"} else 8
        assert after[label] == pytest.approx(published, abs=0.6 * 10**-digits), label
    assert after["E_total"] == pytest.approx(0.291027924, abs=5e-7)
    assert after["E_total"] == pytest.approx(0.2910277737, abs=5e-11)
    assert (after["b1"], after["b2"]) == (0.35, 0.60)
