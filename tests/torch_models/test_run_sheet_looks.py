"""What one sees of a run: its charts, its colours, the pictures of its mistakes, and how it prints."""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
from openpyxl.utils import range_boundaries
from openpyxl.worksheet.worksheet import Worksheet
from PIL import Image, ImageOps

from tests.sheetgen.workbooks import CHART, xml_parts
from tests.torch_models.run_records import (
    RECORDS,
    Show,
    all_runs,
    epochs,
    header,
    mistake,
    sheet_alone,
    shown_in,
)
from torch_models.record import Epoch, Record
from torch_models.run_sheet.mistakes import picture
from torch_models.run_sheet.run_log import run_log
from training_log.sheet.charts import PENS, Curve, accuracy_axis, groups, loss_axis, nice_step
from training_log.sheet.outcome import Outcome

DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
Series = ElementTree.Element

with_epochs = pytest.mark.parametrize("kind", [kind for kind, record in RECORDS.items() if record.epochs])


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return all_runs(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="module")
def sheets(workbook: Path) -> Show:
    return shown_in(workbook, data_only=False)


@pytest.fixture(scope="module")
def values(workbook: Path) -> Show:
    return shown_in(workbook)


def series_of_runs(workbook: Path) -> Iterator[Series]:
    """Every curve of every chart of a run's sheet."""
    for chart in xml_parts(workbook, "xl/charts/chart").values():
        if "epoch" in "".join(chart.itertext()):
            yield from chart.iter(f"{CHART}ser")


def referred(series: Series, axis: str) -> tuple[str, str, list[float | None]]:
    """The sheet and the cells that a curve's axis refers to, and the points that it has cached."""
    (reference,) = (series.find(f"{CHART}{axis}/{CHART}{kind}Ref") for kind in ("str" if axis == "tx" else "num",))
    assert reference is not None
    sheet, _, cells = reference.findtext(f"{CHART}f", "").rpartition("!")
    count = next(reference.iter(f"{CHART}ptCount")).attrib["val"]
    points: list[float | None] = [None] * int(count)
    if axis != "tx":
        for point in reference.iter(f"{CHART}pt"):
            points[int(point.attrib["idx"])] = float(point.findtext(f"{CHART}v", ""))
    return sheet.strip("'"), cells.replace("$", ""), points


def test_charts_carry_the_points_of_the_cells_that_they_are_live_on(workbook: Path, values: Show) -> None:
    checked = 0
    for series in series_of_runs(workbook):
        for axis in ("xVal", "yVal"):
            sheet, cells, points = referred(series, axis)
            column, row, _, _ = range_boundaries(cells)
            assert points == [pytest.approx(cell.value) for (cell,) in values(sheet).sheet[cells]]
        label_sheet, label_cell, _ = referred(series, "tx")
        label = values(label_sheet).sheet[label_cell].value
        assert (label_sheet, label) == (sheet, values(sheet).sheet.cell(row - 1, column).value)
        assert label == "".join(point.text or "" for point in series.iterfind(f"{CHART}tx//{CHART}v"))
        checked += 1
    assert checked > 50


@with_epochs
def test_a_run_has_two_charts_with_a_curve_for_each_column_that_has_numbers(
    workbook: Path, values: Show, kind: str
) -> None:
    charts = [
        {values(kind).sheet[referred(series, "tx")[1]].value for series in chart.iter(f"{CHART}ser")}
        for chart in xml_parts(workbook, "xl/charts/chart").values()
        if any(referred(series, "tx")[0] == kind for series in chart.iter(f"{CHART}ser") if series.find(f"{CHART}xVal"))
    ]
    there = set(values(kind).labels())
    losses = {"test loss", "train loss", "validation loss", "published test loss"}
    accuracies = {"accuracy", "train accuracy", "validation accuracy", "published accuracy", "target"}
    assert charts == [losses & there, accuracies & there]


def test_curves_of_a_chart_are_told_apart_by_colour_and_without_it(workbook: Path) -> None:
    """By their dash alone too, and by their marker alone."""
    charts = [
        [series for series in chart.iter(f"{CHART}ser") if referred(series, "tx")[0] == "validation images"]
        for chart in xml_parts(workbook, "xl/charts/chart").values() if next(chart.iter(f"{CHART}xVal"), None)
    ]  # fmt: skip
    charts = [chart for chart in charts if chart]
    assert [len(chart) for chart in charts] == [4, 5]
    for chart in charts:
        for told in ("srgbClr", "prstDash"):
            found = [line.attrib["val"] for series in chart for line in [next(series.iter(f"{DRAWING}{told}"), None)]
                     if line is not None]  # fmt: skip
            assert len(set(found)) == len(found) >= len(chart) - 1  # a solid line is not said to be one


def curves_of(record: Record) -> tuple[list[Curve], list[Curve]]:
    """The losses and the accuracies of a record as the curves of a chart, without a place on a sheet."""
    outcome = Outcome(run_log(record), 0.994)
    loss, accuracy = (
        [Curve(one.label, "", "", "", outcome.log.at, one.numbers, PENS[0]) for one in group.measures]
        for group in groups(outcome)
    )
    return loss, accuracy


@pytest.mark.parametrize(("correct", "low", "step"), [
    ((9_850, 9_940), 0.97, 0.005),
    ((9_694, 9_940), 0.965, 0.005),
    ((8_800, 9_900), 0.88, 0.02),
    ((1_135, 9_800), 0.0, 0.2),
    ((0, 0), 0.0, 0.2),
])  # fmt: skip
def test_the_axis_of_the_accuracies_holds_every_test_accuracy(
    correct: tuple[int, ...], low: float, step: float
) -> None:
    made = tuple(Epoch(epoch=k, test_loss=0.1, correct=c, total=10_000) for k, c in enumerate(correct, 1))
    axis = accuracy_axis(curves_of(Record(header("a", dataset="fashion-mnist"), made))[1])
    assert (axis.low, axis.high, axis.step) == (low, 1, step)


@pytest.mark.parametrize("highest", [0.0, 1e-12, 0.004, 0.018, 0.1038, 1.0, 2.3, 1e4, 1e300])
def test_the_axis_of_the_losses_holds_every_test_loss(highest: float) -> None:
    made = (Epoch(epoch=1, test_loss=highest, correct=1, total=1), Epoch(epoch=2, test_loss=0.0, correct=1, total=1))
    axis = loss_axis(curves_of(Record(header("a", dataset="fashion-mnist"), made))[0])
    assert axis.high is not None
    assert axis.step is not None
    assert axis.high >= highest
    assert axis.low == 0
    assert 1 <= axis.high / axis.step <= 7


@pytest.mark.parametrize(("least", "step"), [(0.9, 1), (1, 1), (1.01, 2), (4, 5), (6, 10), (0.02, 0.02), (0.03, 0.05)])
def test_a_step_is_a_round_number(least: float, step: float) -> None:
    assert nice_step(least) == step


def test_the_pictures_of_the_mistakes_are_the_images_with_dark_ink_and_crisp(workbook: Path) -> None:
    """Each pixel of the test image is a square of one grey, 255 minus its own."""
    drawn = mistake(3)
    with Image.open(BytesIO(picture(drawn))) as image:
        grey = image.convert("L")
        side = grey.width // 28
        inside = ImageOps.crop(grey, (grey.width - 28 * side) // 2)
    assert inside.size == (28 * side, 28 * side)
    assert side >= 4
    inks = bytes(255 - inside.getpixel((side * x, side * y)) for y in range(28) for x in range(28))
    assert inks == drawn.pixels
    squares = Image.frombytes("L", (28, 28), bytes(255 - ink for ink in drawn.pixels))
    assert inside.tobytes() == squares.resize(inside.size, Image.Resampling.NEAREST).tobytes()
    with ZipFile(workbook) as package:
        parts = {package.read(name) for name in package.namelist() if name.startswith("xl/media/")}
    assert {picture(mistake(k)) for k in range(20)} <= parts


@pytest.mark.parametrize(("kind", "count"), [("twenty epochs", 20), ("one epoch", 3), ("no mistake", 0)])
def test_every_mistake_has_its_picture_and_what_is_said_of_it(
    sheets: Show, values: Show, kind: str, count: int
) -> None:
    sheet = sheets(kind).sheet
    places = {(image.anchor._from.row + 1, image.anchor._from.col + 1) for image in pictures(sheet)}
    assert len(places) == count
    shown = values(kind).sheet
    assert {(shown.cell(row + 1, column).value, shown.cell(row + 2, column).value) for row, column in places} == {
        (f"label {made.label}, taken for {made.predicted}", f"{100 * made.probability:.1f} %, image {made.index}")
        for made in map(mistake, range(count))
    }


def pictures(sheet: Worksheet) -> list[Image.Image]:
    return sheet._images  # type: ignore[attr-defined,no-any-return]


@with_epochs
def test_marks_and_answers_are_coloured_and_the_matrix_is_shaded_in_two_ways(sheets: Show, kind: str) -> None:
    sheet = sheets(kind).sheet
    rules = [(str(area.sqref), rule) for area in sheet.conditional_formatting for rule in area.rules]
    marks = [(rule.formula[0], area) for area, rule in rules if rule.type == "expression"]
    assert [formula.partition("=")[2] for formula, _ in marks] == ['"★ best"', '"✓"']
    answers = [area for area, rule in rules if rule.type == "beginsWith"]
    assert "G8:G10" in answers
    shaded = {area for area, rule in rules if rule.type == "colorScale"}
    if RECORDS[kind].predictions:
        cells = [{(c, r) for part in area.split() for c, r, _, _ in [range_boundaries(part)]} for area in shaded]
        assert sorted(map(len, cells)) == [10, 90]
        assert len(cells[0] | cells[1]) == 100


@pytest.mark.parametrize("kind", RECORDS)
def test_only_the_cells_that_are_there_to_be_changed_are_yellow_and_guarded(sheets: Show, kind: str) -> None:
    sheet, yellow = sheets(kind).sheet, sheets("Start").sheet["C14"].fill.fgColor.rgb
    cells = {
        cell.coordinate for row in sheet.iter_rows() for cell in row if cell.fill.fgColor.rgb == yellow
    }  # fmt: skip
    expected = {"E8", "E9", "E10"} | ({"F9"} if kind == "printed log" else set()) if RECORDS[kind].epochs else set()
    assert cells == expected
    guarded = {c.coord for rule in sheet.data_validations.dataValidation for c in rule.sqref.ranges}
    assert guarded == expected


@pytest.mark.parametrize("kind", RECORDS)
def test_it_prints_across_and_no_page_ends_inside_a_block(sheets: Show, values: Show, kind: str) -> None:
    sheet = sheets(kind).sheet
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.print_area.startswith(f"'{kind}'!$A$1:$U$" if " " in kind else f"{kind}!$A$1:$U$")
    shown = values(kind)
    headings = {
        row[1].row for row in sheet.iter_rows() if row[1].font.sz == 12 and row[1].font.b and row[1].row > 20
    }  # fmt: skip
    breaks = [mark.id + 1 for mark in sheet.row_breaks.brk]
    inside = [row for row in breaks if row not in headings]
    if kind == "a hundred epochs":
        first, *_ = shown.place("epoch")
        assert all(first < row <= first + 100 for row in inside)
    else:
        assert inside == []


def test_a_sheet_whose_name_needs_quotes_is_called_so(tmp_path: Path) -> None:
    path = tmp_path / "quoted.xlsx"
    sheet_alone(path, Record(header("a"), epochs(3)), name="Ann's MNIST 2")
    with ZipFile(path) as package:
        charts = [package.read(name).decode() for name in package.namelist() if name.startswith("xl/charts/chart")]
        sheet = package.read("xl/worksheets/sheet1.xml").decode()
    called = [reference for chart in charts for reference in re.findall("<c:f>(.*?)</c:f>", chart)]
    links = re.findall('location="(.*?)"', sheet)
    assert len(called) > 10
    assert len(links) == 4
    assert all(reference.startswith("'Ann''s MNIST 2'!") for reference in called + links)


@pytest.mark.parametrize("kind", RECORDS)
def test_the_links_lead_to_the_headings(sheets: Show, kind: str) -> None:
    sheet = sheets(kind).sheet
    led = [sheet[cell.hyperlink.location.rpartition("!")[2]].value for cell in sheet[4] if cell.hyperlink]
    assert [str(heading).split()[:3] for heading in led] in (
        [["The", "epochs"], ["The", "model"], ["The", "worst", "mistakes"], ["The", "run's", "settings"]],
        [
            ["The", "epochs"],
            ["The", "model", "“reference”"],
            ["The", "worst", "mistakes"],
            ["The", "run's", "settings"],
        ],
    )
