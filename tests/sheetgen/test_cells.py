"""The cells of the generated workbook: formulas that every application knows, each with its exact value."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl.formula import Tokenizer
from openpyxl.utils import escape
from openpyxl.workbook.workbook import Workbook

from sheetgen import generate
from sheetgen.mathematics.training_step import table_columns
from sheetgen.mathematics.values import training_rows
from templates import load_template
from tests.sheetgen.workbooks import RATE_CELL, formulas_of, raw_cells, sheet_parts, tables_of, values_of
from tests.shipped import every_template

Shipped = Callable[[str], Path]
PLAIN_FUNCTIONS = set(
    """
    ABS AVERAGE CHOOSE COS COUNT COUNTIF EXP IF IFERROR INDEX INT ISNUMBER LEFT LN LOG10 MATCH MAX MIN OR PI ROUND SQRT
    SUBSTITUTE SUM SUMPRODUCT TANH
    """.split()  # noqa: SIM905  a list of quoted names would be three times as long
)
REFERENCE = re.compile(r"\$?[A-Z]{1,3}\$?\d+(:\$?[A-Z]{1,3}\$?\d+)?")


def distinct_formulas(book: Workbook) -> set[str]:
    """The formulas of a workbook, one of those that differ in their rows only."""
    cells = (cell for sheet in book for row in sheet.iter_rows() for cell in row)
    return set({re.sub(r"\d+", "", c.value): c.value for c in cells if c.data_type == "f"}.values())


@every_template
def test_every_formula_cell_has_a_cached_value(shipped_workbook: Shipped, name: str) -> None:
    """Every sheet has some, but that of the samples."""
    without = 0
    for part, sheet in sheet_parts(shipped_workbook(name)).items():
        formulas = [cell for cell in raw_cells(sheet) if cell.formula is not None]
        without += not formulas
        for cell in formulas:
            assert cell.value not in (None, ""), f"{part} {cell.address}"
    assert without == (load_template(name).samples is not None)


@every_template
def test_the_cached_values_are_exact_doubles(shipped_workbook: Shipped, name: str) -> None:
    """Read back, a table's values are bit for bit those that its expressions give."""
    template = load_template(name)
    columns = table_columns(template.network, template.deltas, template.training, template.samples)
    tables = tables_of(shipped_workbook(name))
    assert len(tables) == len(template.learning_rates)
    for rate, table in zip(template.learning_rates, tables.values(), strict=True):
        rows = training_rows(columns, template.settings(rate), template.iterations, template.samples)
        for found, row in zip(table, rows, strict=True):
            assert list(found.values()) == list(row)


def test_cached_values_start_from_the_numbers_that_one_edits(tmp_path: Path) -> None:
    """0.1 + 0.2 needs 17 digits and 16 are written: what is computed starts from those, and so does the name."""
    template = load_template("backprop")
    path = tmp_path / "odd.xlsx"
    generate(
        replace(template, start={**template.start, "w1": 0.1 + 0.2}, learning_rates=(0.1 + 0.2,), iterations=2), path
    )
    formulas, cached = formulas_of(path), values_of(path)
    sheet, address = formulas["eta 0.3"]["E33"].value.removeprefix("=").split("!")
    assert formulas[sheet][address].value == cached["eta 0.3"]["E33"].value == 0.3
    assert formulas["eta 0.3"][RATE_CELL].value == 0.3


@every_template
def test_formulas_use_plain_functions_and_plain_references_only(shipped_workbook: Shipped, name: str) -> None:
    """Every spreadsheet application knows these: no table references, no LET or LAMBDA, no names."""
    book = formulas_of(shipped_workbook(name))
    for formula in distinct_formulas(book):
        for token in Tokenizer(formula).items:
            if token.type == "FUNC" and token.subtype == "OPEN":
                assert token.value.removesuffix("(") in PLAIN_FUNCTIONS
            elif token.type == "OPERAND" and token.subtype == "RANGE":
                sheet, _, cells = token.value.rpartition("!")
                assert REFERENCE.fullmatch(cells), formula
                assert sheet == "" or sheet.strip("'") in book.sheetnames, formula


def test_the_comparison_follows_the_iterations_that_one_chooses(shipped_workbook: Shipped) -> None:
    """Each of its cells caches E_total of the chosen iteration at the learning rate above it."""
    values, tables = values_of(shipped_workbook("backprop"))["Compare"], tables_of(shipped_workbook("backprop"))
    chosen = {row: values.cell(row, 1).value for row in range(7, 14)}
    assert list(chosen.values()) == [0, 1, 2, 5, 10, 20, 50]
    assert values.cell(14, 1).value == "the end (100)"
    for column, (tab, table) in enumerate(tables.items(), 2):
        assert f"eta {values.cell(5, column).value!r}" == tab
        for row, iteration in chosen.items():
            assert values.cell(row, column).value == table[iteration]["E_total"]
        assert values.cell(14, column).value == table[-1]["E_total"]


def test_a_title_may_hold_any_character(tmp_path: Path) -> None:
    """What is special to XML, to formulas, or to the row pattern of the writer is text in a title."""
    title = "=1+1 <b>&amp; 100% ⟨row⟩ {} \x01 %s ‘ü’"
    path = tmp_path / "title.xlsx"
    generate(replace(load_template("backprop"), title=title, description=title, iterations=2), path)
    assert "Start" in formulas_of(path).sheetnames
    tab = values_of(path)["eta 0.1"]
    assert escape.unescape(tab["A1"].value) == title
    assert tab["A1"].data_type == "s"
    assert [tab.cell(row, 32).value for row in (33, 34, 35)] == [0, 1, 2]


@pytest.mark.parametrize("rate", [1e-7, 1e22, 123456.789])
def test_any_learning_rate_makes_a_tab_and_a_table(tmp_path: Path, rate: float) -> None:
    path = tmp_path / "rate.xlsx"
    generate(replace(load_template("backprop"), learning_rates=(rate, 0.5), iterations=2), path)
    book = formulas_of(path)
    assert book.sheetnames == ["Start", "Explore", "Steps", "Check", f"eta {rate!r}", "eta 0.5", "Compare"]
    assert book[f"eta {rate!r}"][RATE_CELL].value == rate
    (name,) = book[f"eta {rate!r}"].tables
    assert name.replace("_", "").isalnum()
