"""Tables whose columns hold typed numbers: each is checked against what its own row gives, to its digits."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from tests.verifier.book import read_book
from tests.verifier.chain_rule import OWN, SHARED, Net
from tests.verifier.foreign import FORMULAS, GRADIENTS, WEIGHTS, Layout, write_workbook
from tests.verifier.linear_net import COLUMNS, ROWS, write_net
from verifier import Engine, Finding, Kind, verify

Number = Callable[[float], float]
LAYOUT = Layout(rate_place=(8, 4))
COMPUTED = [name for name in LAYOUT.names if LAYOUT.form(name) is not None]
OTHER_SLOPE = FORMULAS["∂E_t/∂w3"].replace("{a_h2}*(1-{a_h2})", "{a_h1}*(1-{a_h1})")
WRONG_SIGN = f"-{FORMULAS['∂E_t/∂w7']}"
WRONG = Kind.WRONG_FORWARD, Kind.WRONG_GRADIENT, Kind.WRONG_UPDATE
MEAN_LOSS = {"E_total": "({E1}+{E2})/2"} | {name: f"({FORMULAS[name]})/2" for name in GRADIENTS.values()}
DOWNHILL = {name: f"-({FORMULAS[name]})" for name in GRADIENTS.values()} | {
    name: f"{{{name}'}}+$E$8*{{{gradient}'}}" for name, gradient in GRADIENTS.items()
}


def in_full(number: float) -> float:
    return number


def rounded(digits: int) -> Number:
    return lambda number: round(number, digits)


def cut(digits: int) -> Number:
    return lambda number: int(number * 10**digits) / 10**digits


def significant(digits: int) -> Number:
    return lambda number: float(f"{number:.{digits}g}")


def typed(
    path: Path,
    layout: Layout = LAYOUT,
    form: Number = in_full,
    names: Sequence[str] = (),
    rows: Sequence[int] = (),
    cells: Mapping[str, float | None] | None = None,
    rate: bool = True,
) -> Path:
    """A workbook with numbers instead of formulas; in all columns and rows, unless some are named."""
    write_workbook(path, layout)
    read_book(path.read_bytes()).recalculated().write(path)
    values = openpyxl.load_workbook(path, data_only=True).worksheets[0]
    workbook = openpyxl.load_workbook(path)
    sheet = workbook.worksheets[0]
    for address in (layout.cell(name, row) for name in names or layout.names for row in rows or range(layout.rows)):
        sheet[address] = form(values[address].value)
    for address, content in ({} if rate else {"D8": None, "E8": None}).items():
        sheet[address] = content
    for address, number in (cells or {}).items():
        sheet[address] = number
    workbook.save(path)
    return path


def faults_of(path: Path, engine: Engine) -> list[Finding]:
    """The faults but for a learning rate that is missing."""
    return [fault for fault in verify(path, engine).faults if fault.label != "η"]


@pytest.mark.parametrize("rate", [True, False], ids=["with a rate", "no rate"])
@pytest.mark.parametrize(
    "form", [in_full, rounded(4), rounded(7), cut(5), significant(5)], ids=["full", "4", "7", "cut", "significant"]
)
def test_a_typed_table_is_one_finding(form: Number, rate: bool, engine: Engine, tmp_path: Path) -> None:
    """Numbers that are what their own rows give, rounded or cut, are one finding that says that they are typed."""
    (fault,) = faults_of(typed(tmp_path / "book.xlsx", form=form, rate=rate), engine)
    assert (fault.kind, fault.label, fault.count) == (Kind.CONSTANT, None, 12 * 19 + 11 * 8)
    assert fault.message.endswith("Those numbers are what their own rows give, to the digits as typed")


@pytest.mark.parametrize("shape", [((2, 3, 2), (SHARED, SHARED)), ((2, 2, 2, 1), ()), ((3, 2, 1), (OWN, OWN))])
def test_typed_numbers_tell_the_network(
    shape: tuple[tuple[int, ...], tuple[str, ...]], engine: Engine, tmp_path: Path
) -> None:
    """Which units share a bias no label says; where there is no formula, the numbers do."""
    net = Net(*shape)
    names = [*net.targets, *net.inputs, *net.parameters, *(n for unit in net.units for n in (unit.net, unit.output))]
    layout = replace(LAYOUT, net=net, order=(*names, *net.losses, "E_total", *net.gradients.values()))
    (fault,) = faults_of(typed(tmp_path / "book.xlsx", layout, rounded(6)), engine)
    assert fault.message.endswith("to the digits as typed")


def test_typed_numbers_tell_a_unit_whose_net_input_is_not_shown(engine: Engine, tmp_path: Path) -> None:
    """The numbers of a linear unit, computed here, to five digits."""
    i, t, rate, weights, columns = (0.6, -0.35), 0.9, 0.4, [0.3, -0.2], list[list[float]]()
    for _ in range(ROWS):
        output = weights[0] * i[0] + weights[1] * i[1]
        gradients = [(output - t) * number for number in i]
        columns.append([*i, t, *weights, output, 0.5 * (t - output) ** 2, *gradients])
        weights = [weight - rate * gradient for weight, gradient in zip(weights, gradients, strict=True)]
    contents = {
        name: {k: str(round(row[place], 5)) for k, row in enumerate(columns)} for place, name in enumerate(COLUMNS)
    }
    (fault,) = verify(write_net(tmp_path / "net.xlsx", contents), engine).faults
    assert fault.message.endswith("to the digits as typed")


@pytest.mark.parametrize("rate", [True, False], ids=["with a rate", "no rate"])
def test_a_pasted_wrong_gradient_is_wrong(rate: bool, engine: Engine, tmp_path: Path) -> None:
    """Gradients that were wrong when they were pasted are wrong, and what follows from them is not."""
    layout = replace(LAYOUT, formulas={"∂E_t/∂w3": OTHER_SLOPE, "∂E_t/∂w7": WRONG_SIGN})
    faults = faults_of(typed(tmp_path / "book.xlsx", layout, rate=rate), engine)
    assert [(f.kind, f.label) for f in faults if f.kind in WRONG] == [
        (Kind.WRONG_GRADIENT, "∂E_t/∂w3"), (Kind.WRONG_GRADIENT, "∂E_t/∂w7"),
    ]  # fmt: skip
    assert len(faults) == 3
    assert (faults[1].value, faults[1].expected) == pytest.approx((0.0424552500926047, -0.0424552500926047), rel=1e-12)


def test_a_wrong_gradient_within_the_digits_is_not_seen(engine: Engine, tmp_path: Path) -> None:
    """A gradient that is wrong in its sixth decimal is right to three."""
    layout = replace(LAYOUT, formulas={"∂E_t/∂w3": OTHER_SLOPE})
    (fault,) = faults_of(typed(tmp_path / "book.xlsx", layout, rounded(3)), engine)
    assert fault.kind is Kind.CONSTANT


def test_one_wrong_number_is_blamed_alone(engine: Engine, tmp_path: Path) -> None:
    """The weight that was computed with the right gradient is not wrong because of a gradient that was mistyped."""
    cell = LAYOUT.cell("∂E_t/∂w5", 4)
    wrong, _ = faults_of(typed(tmp_path / "book.xlsx", form=rounded(6), cells={cell: 0.5}), engine)
    assert (wrong.kind, wrong.cells, wrong.value) == (Kind.WRONG_GRADIENT, cell, 0.5)


@pytest.mark.parametrize("formulas", [MEAN_LOSS, DOWNHILL], ids=["mean loss", "negative gradients"])
@pytest.mark.parametrize("form", [in_full, rounded(4)], ids=["full", "4"])
def test_what_another_definition_explains_is_not_wrong(
    formulas: Mapping[str, str], form: Number, engine: Engine, tmp_path: Path
) -> None:
    """Where all gradients are others than the vocabulary's, none is wrong: their definition is not known."""
    (fault,) = faults_of(typed(tmp_path / "book.xlsx", replace(LAYOUT, formulas=formulas), form), engine)
    assert fault.kind is Kind.CONSTANT
    assert fault.message.endswith("should hold is unclear without a formula")


@pytest.mark.parametrize("rate", [True, False], ids=["with a rate", "no rate"])
def test_last_rows_that_stand_still_are_said(rate: bool, engine: Engine, tmp_path: Path) -> None:
    """Typed rows that repeat the one above, whose gradients change the weights, are one wrong update."""
    path = typed(tmp_path / "book.xlsx", form=rounded(6), rate=rate)
    workbook = openpyxl.load_workbook(path)
    for name in LAYOUT.names:
        for row in (9, 10, 11):
            workbook.worksheets[0][LAYOUT.cell(name, row)] = workbook.worksheets[0][LAYOUT.cell(name, 8)].value
    workbook.save(path)
    still, _ = faults_of(path, engine)
    assert (still.kind, still.count) == (Kind.WRONG_UPDATE, 3 * len(WEIGHTS))
    assert still.message == "rows 20 to 22 repeat the weights of the row above, though the gradients there change them"


def test_last_rows_without_formulas_are_one_finding(engine: Engine, tmp_path: Path) -> None:
    """Formulas of the last rows that were turned into numbers are one fault, and its mend is in all cells of them."""
    (fault,) = faults_of(typed(tmp_path / "book.xlsx", names=COMPUTED, rows=range(9, 12)), engine)
    assert (fault.kind, fault.count, len(fault.repairs)) == (Kind.CONSTANT, 3 * len(COMPUTED), 3 * len(COMPUTED))
    assert fault.message.startswith("rows 20 to 22 hold numbers instead of formulas, in ")


def test_empty_columns_are_said_without_a_learning_rate(engine: Engine, tmp_path: Path) -> None:
    """Columns with a label and nothing below it are one finding, and a single typed column is named as well."""
    empty = {LAYOUT.cell(name, row): None for name in ("a_h1", "∂E_t/∂w1") for row in range(12)}
    updates = {LAYOUT.cell(name, row): None for name in WEIGHTS for row in range(1, 12)}
    path = typed(tmp_path / "book.xlsx", names=["h2"], cells=empty | updates, rate=False)
    missing, constant = faults_of(path, engine)
    assert (missing.kind, missing.count) == (Kind.MISSING, len(empty) + len(updates))
    assert (constant.kind, constant.label, constant.count) == (Kind.CONSTANT, "h2", 12)


def test_weights_that_stand_once_are_not_missing(engine: Engine, tmp_path: Path) -> None:
    """Where the rows are samples, and no formula reads weights below the first row, none is missed there."""
    below = {LAYOUT.cell(name, row): None for name in WEIGHTS for row in range(1, 12)}
    reading = ("h1", "h2", "o1", "o2", *GRADIENTS.values())
    layout = replace(LAYOUT, formulas={name: anchored(FORMULAS[name], WEIGHTS) for name in reading})
    path = write_workbook(tmp_path / "book.xlsx", layout)
    workbook = openpyxl.load_workbook(path)
    for address in (*below, "D8", "E8"):
        workbook.worksheets[0][address] = None
    workbook.save(path)
    assert not faults_of(path, engine)


def anchored(form: str, names: Sequence[str]) -> str:
    """A formula that reads some columns in the first row alone."""
    for name in names:
        form = form.replace(f"{{{name}}}", f"{{{name}$}}")
    return form


def test_last_rows_that_repeat_a_row_of_formulas_say_so(engine: Engine, tmp_path: Path) -> None:
    """Numbers in the place of the last formulas that repeat the row above them are one fault, which says so."""
    path = typed(tmp_path / "book.xlsx", names=COMPUTED, rows=range(9, 12))
    workbook = openpyxl.load_workbook(path)
    values = openpyxl.load_workbook(typed(tmp_path / "values.xlsx")).worksheets[0]
    for name in COMPUTED:
        for row in (9, 10, 11):
            workbook.worksheets[0][LAYOUT.cell(name, row)] = values[LAYOUT.cell(name, 8)].value
    workbook.save(path)
    (fault,) = faults_of(path, engine)
    assert (fault.kind, fault.count) == (Kind.CONSTANT, 3 * len(COMPUTED))
    assert fault.message.endswith(": they repeat row 19")


@pytest.mark.parametrize("form", [in_full, rounded(5)], ids=["full", "5"])
@pytest.mark.parametrize("wrong", [True, False], ids=["wrong", "right"])
def test_a_gradient_pasted_into_a_table_with_another_loss_is_checked(
    wrong: bool, form: Number, engine: Engine, tmp_path: Path
) -> None:
    """Where the loss is the workbook's own, a typed gradient is checked against the derivative of that loss."""
    sign = {"∂E_t/∂w7": f"-({MEAN_LOSS['∂E_t/∂w7']})"} if wrong else {}
    layout = replace(LAYOUT, formulas=MEAN_LOSS | sign)
    (fault,) = faults_of(typed(tmp_path / "book.xlsx", layout, form, ["∂E_t/∂w7"]), engine)
    assert (fault.kind, fault.label) == (Kind.WRONG_GRADIENT if wrong else Kind.CONSTANT, "∂E_t/∂w7")
