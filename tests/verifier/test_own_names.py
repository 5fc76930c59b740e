"""Headers with names of their writer's own, and tables that train something else than their labels tell."""

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

import openpyxl
import pytest

from tests.verifier.foreign import ORDER, Layout, write_workbook
from tests.verifier.own_tables import Columns, write_table
from verifier import Engine, Kind, Status, verify

OWN_NAMES: Mapping[str, Mapping[str, str]] = {
    "losses L1 L2": {"E1": "L1", "E2": "L2", "E_total": "L_total"},
    "losses J": {"E1": "J1", "E2": "J2", "E_total": "J"},
    "activations": {"a_h1": "squash1", "a_h2": "squash2", "a_o1": "final1", "a_o2": "final2"},
    "gradients": {f"∂E_t/∂w{k}": f"slope {k}" for k in range(1, 9)},
    "Portuguese": {"E1": "Erro 1", "E2": "Erro 2", "E_total": "Erro total"},
    "German": {"E_total": "Gesamtfehler"},
    "a note in brackets in brackets": {"E_total": "Total Loss (½Σ(t−a)²)"},
}  # fmt: skip


@pytest.mark.parametrize("name", OWN_NAMES)
def test_labels_that_are_a_writers_own_are_no_fault(name: str, engine: Engine, tmp_path: Path) -> None:
    """Columns of one kind that are all called by another name are found by their numbers, and nothing is wrong."""
    result = verify(write_workbook(tmp_path / "book.xlsx", Layout(labels=OWN_NAMES[name])), engine)
    assert (result.status, result.faults) == (Status.RIGHT, ())
    assert result.tables[0].network == "2-2-2 sigmoid"


@pytest.mark.parametrize("label", ["E1", "a_h2", "∂E_t/∂w5"])
@pytest.mark.parametrize("text", ["banana 1", None])
def test_a_label_unlike_its_siblings_is_wrong(label: str, text: str | None, engine: Engine, tmp_path: Path) -> None:
    """A text that means nothing, or none at all, is a fault where the others of its kind are labelled as usual."""
    path = write_workbook(tmp_path / "book.xlsx", Layout(labels={label: text or ""}))
    (fault,) = verify(path, engine).faults
    assert (fault.kind, fault.label) == (Kind.LABEL, label)


def test_a_wrong_formula_under_an_own_name_is_found(engine: Engine, tmp_path: Path) -> None:
    """A loss that goes by another name is checked against what it should be, as any other."""
    wrong = {"E2": "0.5*({t1}-{a_o2})^2"}
    path = write_workbook(tmp_path / "book.xlsx", Layout(labels=OWN_NAMES["losses L1 L2"], formulas=wrong))
    assert verify(path, engine).faults


DELTAS = {
    "δ_o1": "({t1}-{a_o1})*{a_o1}*(1-{a_o1})",
    "δ_o2": "({t2}-{a_o2})*{a_o2}*(1-{a_o2})",
    "δ_h1": "({δ_o1}*{w5}+{δ_o2}*{w7})*{a_h1}*(1-{a_h1})",
    "δ_h2": "({δ_o1}*{w6}+{δ_o2}*{w8})*{a_h2}*(1-{a_h2})",
}
SOURCES = {
    "w1": ("h1", "i1"), "w2": ("h1", "i2"), "w3": ("h2", "i1"), "w4": ("h2", "i2"),
    "w5": ("o1", "a_h1"), "w6": ("o1", "a_h2"), "w7": ("o2", "a_h1"), "w8": ("o2", "a_h2"),
}  # fmt: skip


def delta_rule(**wrong: str) -> Layout:
    """A table without gradients, whose deltas are t − a and whose updates add."""
    updates = {w: f"{{{w}'}}+$E$8*{{δ_{net}'}}*{{{source}'}}" for w, (net, source) in SOURCES.items()}
    order = tuple(name for name in ORDER if name[0] != "∂")
    return Layout(order=order, formulas={**updates, **wrong}, extra={**DELTAS, **wrong} if "δ_h2" in wrong else DELTAS)


def test_the_delta_rule_is_right(engine: Engine, tmp_path: Path) -> None:
    """Deltas with the sign of t − a, and updates that add them, are backpropagation too."""
    result = verify(write_workbook(tmp_path / "book.xlsx", delta_rule()), engine)
    assert (result.status, result.faults) == (Status.RIGHT, ())
    assert result.tables[0].network == "2-2-2 sigmoid"


def test_a_wrong_delta_of_the_delta_rule_is_found(engine: Engine, tmp_path: Path) -> None:
    """One delta with another unit's activation is wrong, whatever the sign of all of them."""
    wrong = {"δ_h2": "({δ_o1}*{w6}+{δ_o2}*{w8})*{a_h1}*(1-{a_h1})"}
    (fault,) = verify(write_workbook(tmp_path / "book.xlsx", delta_rule(**wrong)), engine).faults
    assert (fault.kind, fault.label) == (Kind.WRONG_GRADIENT, "δ_h2")


def test_softmax_with_probabilities_as_targets_is_right(engine: Engine, tmp_path: Path) -> None:
    """a − t is the delta of a softmax with cross-entropy where the targets add up to 1, as they do here."""
    delta = {net: f"({{a_{net}}}-{{t{net[1]}}})" for net in ("o1", "o2")}
    hidden = {
        f"h{k}": f"({delta['o1']}*{{w{4 + k}}}+{delta['o2']}*{{w{6 + k}}})*{{a_h{k}}}*(1-{{a_h{k}}})" for k in (1, 2)
    }
    arriving = {**delta, **hidden}
    formulas = {f"∂E_t/∂{w}": f"{arriving[net]}*{{{source}}}" for w, (net, source) in SOURCES.items()}
    formulas |= {f"a_{o}": f"EXP({{{o}}})/(EXP({{o1}})+EXP({{o2}}))" for o in ("o1", "o2")}
    formulas |= {f"E{k}": f"-{{t{k}}}*LN({{a_o{k}}})" for k in (1, 2)}
    result = verify(write_workbook(tmp_path / "book.xlsx", Layout(formulas=formulas)), engine)
    assert (result.status, result.faults) == (Status.RIGHT, ())


# --- other tables than their labels tell --------------------------------------------------------------------------

BIAS_AS_WEIGHT: Columns = {
    "x0": 1.0, "x1": 0.5, "x2": -0.3, "t": 0.9,
    "w0": (0.1, "{w0'}-$B$1*{dE/dw0'}"), "w1": (0.2, "{w1'}-$B$1*{dE/dw1'}"), "w2": (-0.3, "{w2'}-$B$1*{dE/dw2'}"),
    "z": "{w0}*{x0}+{w1}*{x1}+{w2}*{x2}", "a": "1/(1+EXP(-{z}))", "E": "0.5*({t}-{a})^2",
    **{f"dE/dw{k}": f"({{a}}-{{t}})*{{a}}*(1-{{a}})*{{x{k}}}" for k in range(3)},
}  # fmt: skip
SAMPLES = ((0.0, 0.2), (0.7, 0.9), (1.0, 0.4))
SIDE_BY_SIDE: Columns = {
    "w1": (0.2, "{w1'}-$B$1*{∂E/∂w1'}"), "b1": (0.1, "{b1'}-$B$1*{∂E/∂b1'}"),
    **{f"i1 (s{k})": x for k, (x, _) in enumerate(SAMPLES)}, **{f"t1 (s{k})": t for k, (_, t) in enumerate(SAMPLES)},
    **{f"o1 (s{k})": f"{{w1}}*{{i1 (s{k})}}+{{b1}}" for k in range(3)},
    **{f"a_o1 (s{k})": f"1/(1+EXP(-{{o1 (s{k})}}))" for k in range(3)},
    "E_total": "+".join(f"0.5*({{t1 (s{k})}}-{{a_o1 (s{k})}})^2" for k in range(3)),
    "∂E/∂w1": "+".join(
        f"({{a_o1 (s{k})}}-{{t1 (s{k})}})*{{a_o1 (s{k})}}*(1-{{a_o1 (s{k})}})*{{i1 (s{k})}}" for k in range(3)
    ),
    "∂E/∂b1": "+".join(f"({{a_o1 (s{k})}}-{{t1 (s{k})}})*{{a_o1 (s{k})}}*(1-{{a_o1 (s{k})}})" for k in range(3)),
}  # fmt: skip


def write(path: Path, columns: Columns) -> Path:
    return write_table(path, columns, ("η", 0.5), rows=12)


@pytest.mark.parametrize("columns", [BIAS_AS_WEIGHT, SIDE_BY_SIDE], ids=["a bias as a weight", "samples side by side"])
def test_table_that_trains_more_than_its_labels_tell_is_right(columns: Columns, engine: Engine, tmp_path: Path) -> None:
    """An input of 1 whose weight is the bias, and several samples in a row, are judged by what the formulas do."""
    result = verify(write(tmp_path / "book.xlsx", columns), engine)
    assert (result.status, result.faults) == (Status.RIGHT, ())
    assert result.tables[0].learning_rate == 0.5


@pytest.mark.parametrize("columns", [BIAS_AS_WEIGHT, SIDE_BY_SIDE], ids=["a bias as a weight", "samples side by side"])
def test_wrong_gradient_of_such_a_table_is_found(columns: Columns, engine: Engine, tmp_path: Path) -> None:
    """The fallback excuses nothing: with one gradient that is not that of the loss the table is wrong."""
    gradient = next(name for name in columns if name.endswith("w1") and name != "w1")
    wrong = {**columns, gradient: f"{columns[gradient]}*1.01"}
    assert verify(write(tmp_path / "book.xlsx", wrong), engine).status is Status.FAULTS


def test_samples_that_rows_repeat_from_above_are_right(engine: Engine, tmp_path: Path) -> None:
    """Three samples typed below each other, and taken over from three rows above from then on."""
    path = write_workbook(tmp_path / "book.xlsx", Layout())
    workbook = openpyxl.load_workbook(path)
    layout = Layout()
    for name, numbers in {"i1": (0.1, 0.9, 0.4), "t2": (0.99, 0.2, 0.5)}.items():
        for row in range(layout.rows):
            above = f"={layout.cell(name, row - 3)}"
            workbook.worksheets[0][layout.cell(name, row)] = numbers[row] if row < 3 else above
    workbook.save(path)
    result = verify(path, engine)
    assert (result.status, result.faults) == (Status.RIGHT, ())


def test_start_that_is_drawn_at_random_is_taken_as_saved(engine: Engine, tmp_path: Path) -> None:
    """`=RAND()` where a training starts gives the number that was saved, and the verdict says so."""
    layout = Layout()
    written = write_workbook(tmp_path / "written.xlsx", layout)
    cell = layout.cell("w1", 0)
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(tmp_path / "book.xlsx", "w") as package:
        for name in source.namelist():
            start = rf'(<c r="{cell}"[^>]*>)(<v>)'.encode()
            package.writestr(name, re.sub(start, rb"\1<f>RAND()</f>\2", source.read(name)))
    result = verify(tmp_path / "book.xlsx", engine)
    assert (result.status, result.faults) == (Status.RIGHT, ())
    assert any("RAND" in note for note in result.notes)


def test_row_inserted_without_its_references_leaves_the_network_as_labelled(engine: Engine, tmp_path: Path) -> None:
    """Where the formulas read the rows beside their own, the labels alone tell the network."""
    path = write_workbook(tmp_path / "book.xlsx", Layout(rows=5))
    workbook = openpyxl.load_workbook(path)
    workbook.worksheets[0].insert_rows(3)  # openpyxl leaves the formulas as they are
    workbook.save(path)
    result = verify(path, engine)
    assert result.status is Status.FAULTS
    assert result.tables[0].network == "2-2-2 sigmoid"
