"""What stands around the labels of a training table: bands, formulas as comments, and the row of the smallest loss."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl.worksheet.worksheet import Worksheet

from sheetgen import generate
from sheetgen.mathematics.notation import mathematics
from sheetgen.mathematics.training_step import Group, table_columns
from sheetgen.table_head import MOST_COMMENTS
from templates import load_template
from tests.office import Office
from tests.sheetgen.workbooks import formulas_of, tables_of, values_of
from tests.shipped import every_template

Shipped = Callable[[str], Path]


def tabs_of(path: Path) -> list[Worksheet]:
    return [sheet for sheet in formulas_of(path) if sheet.title.startswith("eta")]


def header_row(tab: Worksheet) -> int:
    return max(cell.row for column in tab["A:B"] for cell in column if cell.value == "t1")


def band_colours(tab: Worksheet, row: int) -> list[tuple[str, str]]:
    """The colours of each label and of the cell above it, the learning rate's two cells and the iteration left out."""
    merged = {cell: area for area in tab.merged_cells.ranges for line in area.rows for cell in line}
    found = []
    for label in tab[row]:
        if label.column_letter in "FG" or label.value == "iteration":
            continue
        area = merged.get((row - 1, label.column))
        above = tab.cell(row - 1, area.min_col if area else label.column)
        found.append((label.fill.fgColor.rgb, above.fill.fgColor.rgb))
    return found


@every_template
def test_every_label_has_a_band_of_its_colour_above_it(shipped_workbook: Shipped, name: str) -> None:
    for tab in tabs_of(shipped_workbook(name)):
        for label, band in band_colours(tab, header_row(tab)):
            assert label == band


@every_template
def test_the_labels_stay_on_the_screen(shipped_workbook: Shipped, name: str) -> None:
    """Each stands above its column once more, in the last of the rows that do not scroll, a few at the top."""
    path = shipped_workbook(name)
    for tab in tabs_of(path):
        frozen = tab.freeze_panes
        assert frozen == "A5"
        shown = [cell.value for cell in values_of(path)[tab.title][4]]
        assert shown == [cell.value for cell in tab[header_row(tab)]]
        links = [cell.hyperlink.location for cell in tab[3] if cell.hyperlink]
        assert links == ["Start!A1", f"'{tab.title}'!$A${header_row(tab) + 1}"]


@every_template
def test_the_picture_and_the_chart_are_on_the_first_screen(shipped_workbook: Shipped, name: str) -> None:
    """One of 1366 by 768 pixels shows some 1,320 by 480 of cells."""
    for tab in tabs_of(shipped_workbook(name)):
        (picture,), (chart,) = tab._images, tab._charts
        for drawing in (picture, chart):
            first, last = drawing.anchor._from, drawing.anchor.to
            assert (first.row, last.row) <= (5, 20)
            assert last.row <= 20
        width = sum(pixels(tab, column) for column in range(chart.anchor.to.col))
        assert width + chart.anchor.to.colOff / 9525 <= 1_330


def pixels(tab: Worksheet, column: int) -> int:
    """How wide a column is, counted from 0, in Calibri 11."""
    widths = [d.width for d in tab.column_dimensions.values() if d.min <= column + 1 <= d.max]
    return round(widths[0] * 7) if widths else 64


@every_template
def test_a_comment_says_the_formula_of_every_calculated_column(shipped_workbook: Shipped, name: str) -> None:
    """What is given has none: a comment there would teach nothing."""
    template = load_template(name)
    columns = table_columns(template.network, template.deltas, template.training, template.samples)
    formulas = {column.label: mathematics(column.then) for column in columns}
    calculated = [column.label for column in columns if column.group not in (Group.DATA, Group.COUNT)]
    told = set(calculated[:MOST_COMMENTS])  # more would open slowly
    for tab in tabs_of(shipped_workbook(name)):
        for cell in tab[header_row(tab)]:
            assert (cell.comment is not None) == (cell.value in told), cell.value
            if cell.comment is not None:
                assert cell.comment.text.endswith(f" = {formulas[cell.value]}")
                assert cell.comment.text.startswith(cell.value)


@every_template
def test_the_row_of_the_smallest_loss_is_named_and_marked_by_a_sign(shipped_workbook: Shipped, name: str) -> None:
    path = shipped_workbook(name)
    for tab in tabs_of(path):
        losses = [row["E_total"] for row in tables_of(path)[tab.title][:: load_template(name).batch]]
        row = header_row(tab)
        last = next(cell.column for cell in tab[row] if cell.value == "iteration")
        assert values_of(path)[tab.title].cell(row - 1, last).value == losses.index(min(losses))
        formats = [
            rule.dxf for rules in tab.conditional_formatting for rule in rules.rules if rule.type == "expression"
        ]
        assert len(formats) == 2
        assert any(dxf.numFmt is not None and "▼" in dxf.numFmt.formatCode for dxf in formats)


def test_a_tab_that_diverges_has_no_smallest_loss(tmp_path: Path) -> None:
    template = replace(load_template("deep"), learning_rates=(1e300,), iterations=5)
    generate(template, tmp_path / "diverging.xlsx")
    (tab,) = [sheet for sheet in values_of(tmp_path / "diverging.xlsx") if sheet.title.startswith("eta")]
    assert "#NUM!" in [cell.value for row in tab.iter_rows() for cell in row]
    assert tab.cell(header_row(tab) - 1, tab.max_column).value == "–"


@pytest.mark.office
def test_the_mark_moves_with_the_learning_rate(tmp_path: Path, office: Office) -> None:
    template = replace(load_template("backprop"), learning_rates=(0.5,), iterations=20)
    generate(template, tmp_path / "book.xlsx")
    sheets = office.values(tmp_path / "book.xlsx", {"eta 0.5!W40": -1.0})
    assert sheets["eta 0.5"][30][31] == 7.0


@every_template
def test_every_sheet_leads_back_to_the_start_in_the_same_place(shipped_workbook: Shipped, name: str) -> None:
    for sheet in formulas_of(shipped_workbook(name)).worksheets[1:]:
        assert sheet["A3"].value == "← Start", sheet.title
        assert sheet["A3"].hyperlink.location == "Start!A1"


@every_template
def test_the_start_leads_to_every_sheet(shipped_workbook: Shipped, name: str) -> None:
    book = formulas_of(shipped_workbook(name))
    links = {cell.hyperlink.location for row in book["Start"].iter_rows() for cell in row if cell.hyperlink}
    assert {link.rpartition("!")[0].strip("'") for link in links} == set(book.sheetnames) - {"Start"}
