"""Several runs are compared on a sheet of formulas over their own: what they reached, how they differ, and spread."""

import statistics
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from tests.office import Office
from tests.sheetgen.workbooks import CHART, xml_parts
from tests.training_log.logs import classification, log_of, parts_of_epochs, regression, seeds
from tests.training_log.sheets_read import sheet_of, texts
from tests.training_log.test_sheet import same_as_cached
from training_log.log import Log
from training_log.sheet import Page
from training_log.sheets import COMPARISON, add_logs
from verifier import verify


def compared(path: Path, logs: list[Log]) -> Path:
    add_logs(path, [Page(log, 0.88) for log in logs], [log.name for log in logs])
    return path


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compared(tmp_path_factory.mktemp("runs") / "runs.xlsx", seeds())


def rows_below(sheet: Worksheet, text: str, count: int) -> list[list[object]]:
    """The rows below the one whose second cell says something, without the empty cells."""
    (row,) = (cell.row for cell in sheet["B"] if cell.value == text)
    lines = sheet.iter_rows(min_row=row + 1, max_row=row + count, min_col=2, values_only=True)
    return [[value for value in line if value is not None] for line in lines]


def expected_rows() -> list[list[object]]:
    """What the table says of each run, from the numbers of the logs; those with the same batch stand together."""
    made = []
    for log in sorted(seeds(), key=lambda log: (log.compared_settings["batch"], log.compared_settings["seed"])):
        accuracies, losses = log.columns["val_accuracy"], log.columns["train_loss"]
        best = max(n for n in accuracies if n is not None)
        meeting = [at for at, n in zip(log.at, accuracies, strict=True) if n is not None and n >= 0.88]
        made.append([
            log.name, best, log.at[list(accuracies).index(best)], accuracies[-1],
            min(n for n in losses if n is not None), losses[-1], meeting[0] if meeting else "not reached",
            len(log.at), log.compared_settings["batch"], log.compared_settings["seed"],
        ])  # fmt: skip
    return made


def same(found: list[list[object]], expected: list[list[object]]) -> None:
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert one == [pytest.approx(value, rel=1e-14) if isinstance(value, float) else value for value in other]


def test_each_run_has_a_row_with_what_it_reached_and_in_what_it_differs(workbook: Path) -> None:
    sheet = sheet_of(workbook, COMPARISON)
    same(rows_below(sheet, "run", 6), expected_rows())
    labels = [cell.value for cell in sheet[next(cell.row for cell in sheet["B"] if cell.value == "run")] if cell.value]
    assert labels == [
        "run", "best val accuracy", "in epoch", "last val accuracy", "best train loss", "last train loss",
        "meets the target in", "epochs", "batch", "seed",
    ]  # fmt: skip
    assert "Their settings differ in batch, seed." in texts(sheet)


@pytest.mark.parametrize(
    ("title", "runs"),
    [("3 runs with batch 64", slice(0, 3)), ("3 runs with batch 128", slice(3, 6)), ("all 6 runs", slice(0, 6))],
)
def test_median_and_spread_are_those_of_the_runs_with_the_same_settings(
    workbook: Path, title: str, runs: slice
) -> None:
    """Of the best and the last numbers, over the seeds; as Python's own statistics have them."""
    columns = [
        [float(value) for value in column]  # type: ignore[arg-type]
        for column in list(zip(*expected_rows()[runs], strict=True))[1:6]
    ]
    expected: list[list[object]] = [
        ["median", *map(statistics.median, columns)],
        ["lowest", *map(min, columns)],
        ["highest", *map(max, columns)],
        ["spread", *(max(column) - min(column) for column in columns)],
    ]
    found = rows_below(sheet_of(workbook, COMPARISON), title, 4)
    for one, other in zip(found, expected, strict=True):
        assert one == [other[0], *(pytest.approx(value, abs=1e-14) for value in other[1:])]


def test_every_number_is_a_formula(workbook: Path) -> None:
    sheet = openpyxl.load_workbook(workbook)[COMPARISON]
    numbers = [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.data_type == "n" and cell.value]
    assert numbers == []


def test_the_curves_of_all_runs_are_on_one_chart_and_live_on_their_sheets(workbook: Path) -> None:
    names = [row[0] for row in expected_rows()]
    found = []
    for chart in xml_parts(workbook, "xl/charts/chart").values():
        series = list(chart.iter(f"{CHART}ser"))
        if len(series) == 6:
            found.append([one.findtext(f"{CHART}tx//{CHART}v") for one in series])
            sheets = [one.findtext(f"{CHART}yVal//{CHART}f", "").partition("!")[0].strip("'") for one in series]
            assert sheets == names
    assert found == [names, names]


def test_the_names_lead_to_the_sheets(workbook: Path) -> None:
    sheet = openpyxl.load_workbook(workbook)[COMPARISON]
    links = {cell.value: cell.hyperlink.location for cell in sheet["B"] if cell.hyperlink}
    assert links == {log.name: f"'{log.name}'!A1" for log in seeds()}


def test_runs_that_say_nothing_of_their_settings_are_summed_up_all_together(tmp_path: Path) -> None:
    logs = [log_of(f"log {k}", {1: {"loss": k}, 2: {"loss": k / 2}}) for k in (1, 2, 4)]
    sheet = sheet_of(compared(tmp_path / "a.xlsx", logs), COMPARISON)
    assert "Their logs contain no settings." in texts(sheet)
    assert rows_below(sheet, "all 3 runs", 1) == [["median", 1, 2, 1]]


def test_runs_that_have_nothing_in_common_are_said_to_have_nothing(tmp_path: Path) -> None:
    logs = [log_of("a", {1: {"mae": 1}}), log_of("b", {1: {"loss": 1}})]
    assert any("no loss and no accuracy in common" in said for said in texts(
        sheet_of(compared(tmp_path / "a.xlsx", logs), COMPARISON)
    ))  # fmt: skip


def test_runs_of_other_libraries_are_compared_by_what_they_all_have(tmp_path: Path) -> None:
    """The loss on validation data, whatever it is called."""
    path = compared(tmp_path / "a.xlsx", [regression(), classification(), parts_of_epochs()])
    rows = rows_below(sheet_of(path, COMPARISON), "run", 3)
    assert [row[:2] for row in rows] == [
        ["regression", 1], ["classification", pytest.approx(0.2 + 1 / 19)], ["parts", pytest.approx(1 / 3)],
    ]  # fmt: skip


def test_the_same_runs_compared_again_replace_their_sheets_and_their_comparison(tmp_path: Path) -> None:
    path = compared(tmp_path / "a.xlsx", seeds())
    before = openpyxl.load_workbook(path).sheetnames
    compared(path, seeds())
    assert openpyxl.load_workbook(path).sheetnames == before
    compared(path, seeds()[:2])
    assert openpyxl.load_workbook(path).sheetnames == [*before, f"{COMPARISON} 2"]


def test_a_run_that_was_renamed_is_called_by_its_new_name(tmp_path: Path) -> None:
    """Formulas and links follow the sheet that the run has by now."""
    path = compared(tmp_path / "a.xlsx", seeds()[:2])
    book = openpyxl.load_workbook(path)
    book["batch 64 seed 1"].title = "My best"
    book.save(path)
    compared(path, seeds()[:2])
    book = openpyxl.load_workbook(path)
    assert "My best" in book.sheetnames
    formulas = [str(cell.value) for row in book[COMPARISON].iter_rows() for cell in row if cell.data_type == "f"]
    assert any("'My best'!" in formula for formula in formulas)
    assert not any("batch 64 seed 1" in formula for formula in formulas)


def test_verify_recomputes_every_formula_to_its_cached_value(workbook: Path) -> None:
    result = verify(workbook)
    assert (result.faults, result.unchecked) == ((), ())


@pytest.mark.office
def test_a_hard_recalculation_gives_the_cached_values(workbook: Path, office: Office) -> None:
    same_as_cached(workbook, office)
