"""Trainings that no labels tell: what is proven of them, and the cells that are wrong."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine import ENGINE
from tests.verifier.foreign import Layout, write_workbook
from tests.verifier.foreign_layouts import layouts
from verifier import Kind, Status, verify
from verifier.computing.recompute import Formulas, recompute
from verifier.findings import Finding
from verifier.fixing import write_fixed
from verifier.judging.descent_verdict import DescentVerdict, judge_descent
from verifier.reading.workbook import read_workbook

FEW, MANY = 15, 2_000
LAYOUTS = layouts(5)

Cells = Mapping[str, float | str]


def write(path: Path, sheets: Mapping[str, Cells]) -> Path:
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.worksheets[0])
    for title, cells in sheets.items():
        sheet = workbook.create_sheet(title)
        for address, content in cells.items():
            sheet[address] = content
    workbook.save(path)
    return path


def descent(path: Path) -> DescentVerdict:
    """What is found without a label, the judgement of labelled tables left out."""
    formulas = Formulas(read_workbook(path), ENGINE)
    chain = formulas.constants()
    recompute(formulas, iter(formulas), chain)
    return judge_descent(formulas, chain)


def findings_of(verdict: DescentVerdict) -> list[Finding]:
    return [finding for training in verdict.trainings for finding in training.findings]


def nameless(layout: Layout) -> Layout:
    """The table with labels that mean nothing."""
    return replace(layout, labels={name: f"col {k}x" for k, name in enumerate(layout.names)}, rate_label=None)


# --- a row an iteration, in any layout ----------------------------------------------------------------------------


def assert_right(layout: Layout, folder: Path) -> None:
    verdict = descent(write_workbook(folder / "book.xlsx", nameless(layout)))
    assert (findings_of(verdict), verdict.undecided) == ([], ())
    (training,) = verdict.trainings
    assert training.network == f"{len(layout.net.parameters)} parameters, gradient descent"
    assert training.rows == layout.rows - 1
    assert training.learning_rate == pytest.approx(layout.rate if isinstance(layout.rate, float) else 0.5, rel=1e-9)


@settings(max_examples=FEW)
@given(layout=LAYOUTS)
def test_right_training_in_any_layout_is_proven(layout: Layout, tmp_path_factory: pytest.TempPathFactory) -> None:
    """All its parameters and steps, with the learning rate, whatever its network and the order of its columns."""
    assert_right(layout, tmp_path_factory.mktemp("descent"))


@pytest.mark.slow
@settings(max_examples=MANY)
@given(layout=LAYOUTS)
def test_right_training_in_many_layouts_is_not_accused(
    layout: Layout, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Where gradients are next to nothing, a step may not be told; but nothing is called wrong."""
    verdict = descent(write_workbook(tmp_path_factory.mktemp("descent") / "book.xlsx", nameless(layout)))
    assert findings_of(verdict) == []
    assert verdict.trainings


def assert_wrong_is_found(layout: Layout, data: st.DataObject, folder: Path) -> None:
    """One reference of one gradient leads to another quantity of the forward pass."""
    gradients = [name for name in layout.names if name.startswith("∂E_t/∂")]
    label = data.draw(st.sampled_from(gradients), label="gradient")
    form = layout.form(label) or ""
    old = data.draw(st.sampled_from(sorted(set(re.findall(r"\{([^}]+)\}", form)))), label="old")
    forward = [name for name in layout.names if re.match(r"(a_)?[ho]\d", name) and name != old]
    new = data.draw(st.sampled_from(forward), label="new")
    wrong = replace(layout, formulas={**layout.formulas, label: form.replace(f"{{{old}}}", f"{{{new}}}")})
    found = findings_of(descent(write_workbook(folder / "book.xlsx", nameless(wrong))))
    blamed = {cell for finding in found for cell in finding.cells.split(", ")}
    assert f"{layout.cell(label, 0)}:{layout.cell(label, layout.rows - 1)}" in blamed
    assert {finding.kind for finding in found} == {Kind.WRONG_GRADIENT}


@settings(max_examples=FEW)
@given(layout=LAYOUTS.filter(lambda layout: len(layout.net.parameters) > 3), data=st.data())
def test_wrong_gradient_in_any_layout_is_named(
    layout: Layout, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert_wrong_is_found(layout, data, tmp_path_factory.mktemp("descent"))


@pytest.mark.parametrize(
    ("label", "row", "wrong", "kind"),
    [
        ("∂E_t/∂w6", 3, "={a_o1}", Kind.WRONG_GRADIENT),
        ("w6", 3, "={w6'}-$E$8*{∂E_t/∂w5'}", Kind.WRONG_UPDATE),
        ("w6", 3, "={w6'}+$E$8*{∂E_t/∂w6'}", Kind.WRONG_UPDATE),
    ],
    ids=["gradient", "update", "sign"],
)
def test_one_wrong_cell_in_a_column_is_not_passed_over(
    label: str, row: int, wrong: str, kind: Kind, tmp_path: Path
) -> None:
    layout = nameless(Layout(rate_place=(8, 4)))
    path = write_workbook(tmp_path / "book.xlsx", layout)
    book = openpyxl.load_workbook(path)
    cells = re.sub(r"{([^}']+)('?)}", lambda match: layout.cell(match[1], row - (match[2] == "'")), wrong)
    book.worksheets[0][layout.cell(label, row)] = cells
    book.save(path)
    verdict = descent(path)
    named = {(finding.kind, finding.cells) for finding in findings_of(verdict)}
    assert (named, verdict.undecided) == ({(kind, layout.cell(label, row))}, ())


# --- a sheet an iteration -----------------------------------------------------------------------------------------

STEP: Cells = {
    "A2": "x1", "B2": 0.4, "A3": "x2", "B3": 0.7, "A4": "target", "B4": 0.2, "D2": "speed", "E2": 0.6,
    "A10": "net", "B10": "=B6*B2+B7*B3", "A11": "out h", "B11": "=TANH(B10)", "A12": "out", "B12": "=B8*B11",
    "A13": "error", "B13": "=(B12-B4)^2/2", "A18": "dE/dw1", "B18": "=(B12-B4)*B8*(1-B11^2)*B2",
    "A19": "dE/dw2", "B19": "=(B12-B4)*B8*(1-B11^2)*B3", "A20": "dE/dw3", "B20": "=(B12-B4)*B11",
    **{f"D{18 + k}": f"new w{k + 1}" for k in range(3)},
    **{f"E{18 + k}": f"=B{6 + k}-$E$2*B{18 + k}" for k in range(3)},
    **{f"A{6 + k}": f"w{k + 1}" for k in range(3)},
}  # fmt: skip


def steps(changes: Mapping[int, Cells] | None = None, count: int = 3) -> dict[str, Cells]:
    """Sheets of which each takes its weights from the one before; `changes` are other contents, by the sheet from 1."""
    sheets = {}
    for n in range(1, count + 1):
        weights = {f"B{6 + k}": f"='step {n - 1}'!E{18 + k}" for k in range(3)}
        start = {"B6": 0.3, "B7": -0.4, "B8": 0.8}
        sheets[f"step {n}"] = {**STEP, **(start if n == 1 else weights), **(changes or {}).get(n, {})}
    return sheets


def test_a_sheet_an_iteration_is_proven(tmp_path: Path) -> None:
    result = verify(write(tmp_path / "book.xlsx", steps()), ENGINE)
    assert result.status is Status.RIGHT
    (training,) = result.tables
    assert (training.rows, training.learning_rate) == (3, 0.6)


@pytest.mark.parametrize(
    ("cell", "wrong", "right", "kind"),
    [
        ("B19", "=(B12-B4)*B8*(1-B10^2)*B3", "=(B12-B4)*B8*(1-B11^2)*B3", Kind.WRONG_GRADIENT),
        ("B20", "=(B12-B4)*B10", "=(B12-B4)*B11", Kind.WRONG_GRADIENT),
        ("E19", "=B7-$E$2*B18", "=B7-$E$2*B19", Kind.WRONG_UPDATE),
    ],
)
def test_one_wrong_cell_of_one_sheet_is_named_and_mended(
    cell: str, wrong: str, right: str, kind: Kind, tmp_path: Path
) -> None:
    path = write(tmp_path / "book.xlsx", steps({2: {cell: wrong}}))
    result = verify(path, ENGINE)
    (fault,) = result.faults
    assert (fault.kind, fault.sheet, fault.cells, fault.mend) == (kind, "step 2", cell, right)
    fixed = write_fixed(path, result, tmp_path / "mended.xlsx", ENGINE)
    assert fixed.verdict is not None
    assert fixed.verdict.status is Status.RIGHT


def test_what_is_changed_in_another_way_is_open(tmp_path: Path) -> None:
    """A weight that decays is not proven; that the others are does not make the training right."""
    changes = {n: {"E20": "=0.9*B8-$E$2*B20"} for n in (1, 2, 3)}
    result = verify(write(tmp_path / "book.xlsx", steps(changes)), ENGINE)
    assert (result.status, result.faults) == (Status.UNCHECKED, ())
    assert [(one.sheet, one.cells) for one in result.unchecked] == [("step 2", "B13"), ("step 3", "B13")]


def test_a_forward_pass_alone_is_not_checked(tmp_path: Path) -> None:
    """Where nothing is updated there is no training."""
    forward = {address: content for address, content in STEP.items() if address[0] in "AB" and int(address[1:]) < 14}
    start = {"B6": 0.3, "B7": -0.4, "B8": 0.8}
    result = verify(write(tmp_path / "book.xlsx", {"net": {**forward, **start}}), ENGINE)
    assert (result.status, result.tables) == (Status.UNCHECKED, ())


def test_momentum_that_begins_with_a_typed_number_is_named(tmp_path: Path) -> None:
    """Its gradients are proven; it is not plain descent, and has no learning rate that one could name."""
    changes: dict[int, Cells] = {}
    for n in (1, 2, 3):
        before = "0" if n == 1 else "'step {m}'!F{r}"
        cells = {}
        for k in range(3):
            state = before.format(m=n - 1, r=18 + k)
            cells[f"F{18 + k}"] = f"=0.9*{state}+B{18 + k}"
            cells[f"E{18 + k}"] = f"=B{6 + k}-$E$2*F{18 + k}"
        changes[n] = cells
    result = verify(write(tmp_path / "book.xlsx", steps(changes)), ENGINE)
    (training,) = result.tables
    assert (result.status, training.network) == (Status.RIGHT, "3 parameters, momentum")


# --- blocks of samples --------------------------------------------------------------------------------------------


def blocks(count: int, other: str = "P") -> Cells:
    """XOR, a block of four samples a step, with mean gradients; `other` is the unit whose slope b_2 to w_4 take."""
    cells: dict[str, float | str] = {"A2": "speed", "C2": 3.0}
    start = dict(zip("ABCDEFGHI", (0.15, 0.8, -0.55, -0.3, 0.45, 0.95, 0.1, -0.7, 0.6), strict=True))
    gradients = dict(zip("ABCDEFGHI", ("S", "T", "U", "V", "W", "X", "Y", "Z", "AA"), strict=True))
    for block in range(count):
        top = 6 + 7 * block
        for column, number in start.items():
            cells[f"{column}{top}"] = f"={column}{top - 7}-$C$2*{gradients[column]}{top - 3}" if block else number
        for k, (x1, x2, y) in enumerate(((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0))):
            r, delta = top + k, f"2*(R{top + k}-L{top + k})*R{top + k}*(1-R{top + k})"
            cells |= {
                f"J{r}": x1, f"K{r}": x2, f"L{r}": y,
                f"M{r}": f"=B${top}*J{r}+C${top}*K{r}+A${top}", f"N{r}": f"=1/(1+EXP(-M{r}))",
                f"O{r}": f"=E${top}*J{r}+F${top}*K{r}+D${top}", f"P{r}": f"=1/(1+EXP(-O{r}))",
                f"Q{r}": f"=H${top}*N{r}+I${top}*P{r}+G${top}", f"R{r}": f"=1/(1+EXP(-Q{r}))",
                f"S{r}": f"={delta}*H${top}*N{r}*(1-N{r})", f"T{r}": f"=S{r}*J{r}", f"U{r}": f"=S{r}*K{r}",
                f"V{r}": f"={delta}*I${top}*{other}{r}*(1-{other}{r})", f"W{r}": f"=V{r}*J{r}", f"X{r}": f"=V{r}*K{r}",
                f"Y{r}": f"={delta}", f"Z{r}": f"={delta}*N{r}", f"AA{r}": f"={delta}*P{r}",
                f"AB{r}": f"=(L{r}-R{r})^2",
            }  # fmt: skip
        for column in (*gradients.values(), "AB"):
            cells[f"{column}{top + 4}"] = f"=AVERAGE({column}{top}:{column}{top + 3})"
    return cells


def test_blocks_of_samples_are_proven_with_the_mean_loss(tmp_path: Path) -> None:
    verdict = descent(write(tmp_path / "book.xlsx", {"S": blocks(4)}))
    (training,) = verdict.trainings
    assert (training.network, training.rows, training.learning_rate) == ("9 parameters, gradient descent", 3, 3.0)
    assert (training.findings, training.cells, verdict.undecided) == ((), "AB10", ())


def test_slope_of_the_other_unit_is_one_fault_that_makes_three_gradients_wrong(tmp_path: Path) -> None:
    """It is named in the rows of the samples, not in the means below, nor in what is computed from it."""
    (found,) = findings_of(descent(write(tmp_path / "book.xlsx", {"S": blocks(4, other="N")})))
    assert (found.kind, found.cells) == (Kind.WRONG_GRADIENT, "V6:V9, V13:V16, V20:V23")
    assert found.mend == "=2*(R6-L6)*R6*(1-R6)*I$6*P6*(1-P6)"
