"""Workbooks whose steps take several samples, a block of rows each, are proven; what is wrong in a block is named."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from sheetgen import generate
from templates import Order, Reduction, Template, Training, load_template, parse_template
from templates.training import Adam
from tests.engine import ENGINE
from tests.verifier.book import Book, Cell, read_book
from verifier import Kind, Status, verify

TAB = "eta 0.05"
PICTURES = """
input_shape = [1, 3, 3]
inputs = [
    [[0.9, 0.2, 0.1], [0.8, 0.3, 0.0], [0.7, 0.1, 0.2]],
    [[0.1, 0.3, 0.8], [0.2, 0.1, 0.9], [0.0, 0.2, 0.6]],
    [[0.3, 0.9, 0.2], [0.1, 0.7, 0.3], [0.2, 0.8, 0.1]],
    [[0.6, 0.5, 0.4], [0.1, 0.2, 0.3], [0.9, 0.8, 0.7]],
]
targets = [[1], [0], [1], [0]]
[[layers]]
kind = "conv2d"
kernels = [[[0.4, -0.2], [0.3, 0.1]]]
biases = [0.1]
activation = "relu"
[[layers]]
kind = "flatten"
[[layers]]
weights = [[0.3, -0.2, 0.1, 0.4]]
biases = [0.1]
[training]
learning_rates = [0.05]
iterations = 3
batch_size = 2
"""


def xor(**changes: object) -> Template:
    """XOR with few steps on one tab."""
    return replace(load_template("xor"), iterations=6, learning_rates=(0.05,), **changes)


def flowers(order: Order = Order.SHUFFLED, batch: int = 3) -> Template:
    """Every twelfth flower of Iris, trained with Adam."""
    template = load_template("iris")
    assert template.samples is not None
    samples = replace(template.samples, rows=template.samples.rows[::12][:12], batch=batch, order=order)
    return replace(template, samples=samples, iterations=5, learning_rates=(0.05,))


def summed() -> Template:
    """Half of XOR's samples a step, whose loss is the sum of theirs."""
    template = xor()
    assert template.samples is not None
    return replace(template, samples=replace(template.samples, batch=2, reduction=Reduction.SUM))


TEMPLATES = {
    "XOR": xor,
    "XOR with Adam": lambda: xor(training=Training(Adam())),
    "a sum of two samples": summed,
    "flowers in shuffled batches": flowers,
    "all flowers in each step": lambda: flowers(Order.GIVEN, batch=12),
    "units at the end of their range": lambda: replace(flowers(batch=12), learning_rates=(0.5,), iterations=12),
    "pictures": lambda: parse_template(PICTURES, name="pictures", source="pictures"),
}


def written(template: Template, folder: Path) -> Path:
    generate(template, folder / "batches.xlsx")
    return folder / "batches.xlsx"


def book(template: Template, folder: Path) -> Book:
    """The workbook without cached values, so that none is stale once a formula is another one."""
    whole = read_book(written(template, folder).read_bytes())
    computed = {address: cell for address, cell in whole.cells.items() if cell.formula is not None}
    return whole.changed({address: replace(cell, value=None) for address, cell in computed.items()})


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_update_of_a_generated_batch_is_proven(name: str, tmp_path: Path) -> None:
    """All parameters in each step, and nothing in the blocks of rows is accused."""
    template = TEMPLATES[name]()
    result = verify(written(template, tmp_path), ENGINE)
    assert (result.status, result.faults, result.unchecked) == (Status.RIGHT, (), ())
    (table,) = result.tables
    count = len(template.network.trained)
    assert table.rows == template.iterations
    assert table.network.startswith(f"{count} parameters, ")
    assert table.training is not None
    assert table.training.proven == template.iterations * count


# In the last block but one or before: the column by its label, the row in its block, and what becomes of the formula,
# a number in the place of it or a part of it that is another one.
WRONG = [
    ("∂E_t/∂w2", 0, r"D(\d+):D(\d+)", r"C\1:C\2", Kind.WRONG_GRADIENT),
    ("∂E_t/∂w4", 0, ".*", "0.25", Kind.CONSTANT),
    ("w1", 0, "-", "+", Kind.WRONG_UPDATE),
    ("w2", 0, ".*", "0.25", Kind.CONSTANT),
    ("δ_h1", 2, r"L(\d+)", r"N\1", Kind.WRONG_GRADIENT),
    ("δ_h1", 3, ".*", "0.25", Kind.CONSTANT),
    ("δ_o1", 1, r"\((S\d+)-(B\d+)\)", r"(\2-\1)", Kind.BROKEN_PATTERN),
    ("h1", 2, r"C(\d+)", r"D\1", Kind.BROKEN_PATTERN),
    ("E", 1, r"(T\d+)", r"2*\1", Kind.BROKEN_PATTERN),
    ("E_total", 0, r"U(\d+):U\d+", r"U\1:U\1", Kind.BROKEN_PATTERN),
]


@pytest.mark.parametrize(("label", "row", "old", "new", "kind"), WRONG)
def test_a_wrong_cell_in_a_late_block_is_named(
    label: str, row: int, old: str, new: str, kind: Kind, tmp_path: Path
) -> None:
    """It alone, and not what is computed from it."""
    assert_named(book(xor(), tmp_path), label, 4 * 4 + row, (old, new), kind, tmp_path)


@pytest.mark.parametrize(("times", "status"), [("1.1", Status.UNCHECKED), ("2", Status.RIGHT)])
def test_gradients_that_are_all_too_large_are_open_but_for_a_whole_number(
    times: str, status: Status, tmp_path: Path
) -> None:
    """Twice the derivatives are those of a loss that is not halved; 1.1 times them is a fault somewhere."""
    whole = book(xor(), tmp_path)
    deltas = {a: cell for a, cell in whole.cells.items() if a[0] == TAB and re.match(r"\(S\d+-B", cell.formula or "")}
    assert len(deltas) == 4 * 7
    changed = whole.changed({a: Cell(f"({cell.formula})*{times}") for a, cell in deltas.items()})
    result = verify(changed.write(tmp_path / "larger.xlsx"), ENGINE)
    assert (result.status, result.faults) == (status, ())
    assert [doubt.reason[:30] for doubt in result.unchecked] == ["it is 1.1 times the derivative"] * (times == "1.1")


# Of Adam: the mean of a gradient, the mean of its squares, the count of its steps, and an update.
WRONG_STATES = [
    ("m_w2", r"\(1-", "(2-", Kind.WRONG_UPDATE),
    ("v_w3", r"\^2", "^3", Kind.WRONG_UPDATE),
    ("v_w3", ".*", "0.125", Kind.CONSTANT),
    ("iteration", r"\+1", "+2", Kind.BROKEN_PATTERN),
    ("w1", "-", "+", Kind.WRONG_UPDATE),
]


@pytest.mark.parametrize(("label", "old", "new", "kind"), WRONG_STATES)
def test_a_wrong_state_of_an_optimizer_is_named_in_shuffled_batches(
    label: str, old: str, new: str, kind: Kind, tmp_path: Path
) -> None:
    """In the block of a later step."""
    assert_named(book(flowers(), tmp_path), label, 3 * 3, (old, new), kind, tmp_path)


def assert_named(whole: Book, label: str, row: int, change: tuple[str, str], kind: Kind, folder: Path) -> None:
    """The cell so many rows below the first one under a label is found, and nothing else, once it is changed."""
    header = next(a for a, cell in whole.cells.items() if a[0] == TAB and cell.value == label and _is_header(whole, a))
    match = re.fullmatch(r"([A-Z]+)(\d+)", header[1])
    assert match is not None
    address = f"{match[1]}{int(match[2]) + 1 + row}"
    before = whole.cells[TAB, address].formula
    assert before is not None
    text = re.sub(*change, before, count=1)
    assert text != before
    wrong = Cell(None, float(text)) if kind is Kind.CONSTANT else Cell(text)
    result = verify(whole.changed({(TAB, address): wrong}).write(folder / "wrong.xlsx"), ENGINE)
    assert [(fault.sheet, fault.cells, fault.kind) for fault in result.faults] == [(TAB, address, kind)]


def _is_header(whole: Book, address: tuple[str, str]) -> bool:
    """Whether a cell stands in the row of labels."""
    row = re.sub("[A-Z]+", "", address[1])
    return whole.cells.get((address[0], f"A{row}"), Cell()).value == "sample"
