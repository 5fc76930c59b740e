"""A real spreadsheet application recalculates a run's sheet to the values that it has cached, and follows edits."""

from collections.abc import Mapping
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from PIL import Image

from tests.office import Cells, Office
from tests.torch_models.run_records import RECORDS, all_runs, sheet_alone
from torch_models.record import Record

pytestmark = pytest.mark.office


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return all_runs(tmp_path_factory.getbasetemp())


def differences(recalculated: Cells, sheet: Worksheet) -> list[str]:
    """The cells that have another value than is cached in a sheet."""
    found = []
    for row in sheet.iter_rows():
        for cell in row:
            cells = recalculated[cell.row - 1] if cell.row <= len(recalculated) else []
            value = cells[cell.column - 1] if cell.column <= len(cells) else ""
            expected = "" if cell.value is None else cell.value
            same = value == (expected if isinstance(expected, str) else pytest.approx(expected, rel=1e-12))
            if not same:
                found.append(f"{cell.coordinate}: {value!r} instead of {expected!r}")
    return found


def test_a_hard_recalculation_gives_the_cached_values(workbook: Path, office: Office) -> None:
    recalculated = office.values(workbook)
    book = openpyxl.load_workbook(workbook, data_only=True)
    assert {kind: differences(recalculated[kind], book[kind]) for kind in RECORDS} == {kind: [] for kind in RECORDS}


@pytest.mark.parametrize("target", [0.99, 1.0])
@pytest.mark.parametrize("kind", ["twenty epochs", "validation images"])
def test_all_follows_the_target(tmp_path: Path, office: Office, kind: str, target: float) -> None:
    """A target typed in gives the sheet that is written for that target."""
    before = sheet_alone(tmp_path / "before.xlsx", RECORDS[kind], kind)
    after = sheet_alone(tmp_path / "after.xlsx", RECORDS[kind], kind, target)
    recalculated = office.values(tmp_path / "before.xlsx", {f"{kind}!E8": target})[kind]
    assert differences(recalculated, after.sheet) == []
    assert len(differences(recalculated, before.sheet)) > 12


def answers(recalculated: Mapping[str, Cells], kind: str) -> list[float | str]:
    """The three answers, and all of them together."""
    return [recalculated[kind][row][6] for row in (7, 8, 9)] + [recalculated[kind][10][1]]


def test_the_answers_follow_what_is_asked(tmp_path: Path, office: Office) -> None:
    kind, workbook = "twenty epochs", tmp_path / "alone.xlsx"
    sheet_alone(workbook, RECORDS[kind], kind)
    first = RECORDS[kind].first_to_meet(0.994)
    assert first is not None
    yes, no, all_met, not_all_met = "✓ yes", "✗ no", "✓ all three are met", "✗ not all three are met"
    for cell, number, expected in (
        ("E9", 19_898, [yes, no, yes, not_all_met]),
        ("E9", 19_899, [yes, yes, yes, all_met]),
        ("E10", first.epoch, [yes, yes, no, not_all_met]),
        ("E10", first.epoch + 1, [yes, yes, yes, all_met]),
    ):
        assert answers(office.values(workbook, {f"{kind}!{cell}": number}), kind) == expected, (cell, number)


def test_the_parameters_of_a_printed_log_can_be_typed_in(tmp_path: Path, office: Office) -> None:
    kind, yes, workbook = "printed log", "✓ yes", tmp_path / "alone.xlsx"
    sheet_alone(workbook, RECORDS[kind], kind)
    assert answers(office.values(workbook), kind) == [yes, "?", yes, "? not all three can be told"]
    assert answers(office.values(workbook, {f"{kind}!F9": 19_898}), kind) == [yes, yes, yes, "✓ all three are met"]
    assert answers(office.values(workbook, {f"{kind}!F9": 20_000}), kind)[1] == "✗ no"


def test_what_follows_from_a_count_follows_it(tmp_path: Path, office: Office) -> None:
    """With another number of images right in epoch 1, its accuracy, its marks and the best epoch are others."""
    kind, workbook = "twenty epochs", tmp_path / "alone.xlsx"
    sheet_alone(workbook, RECORDS[kind], kind)
    cells = office.values(workbook, {f"{kind}!G26": 9_999})[kind]
    assert cells[25][8] == 0.9999
    meets, best = (cells[24].index(label) for label in ("meets the target", "best epoch"))
    assert (cells[25][meets], cells[25][best]) == ("✓", "★ best")
    assert [row[best] for row in cells].count("★ best") == 1
    assert cells[14][5] == 1
    assert cells[7][5] == 0.9999


def test_the_first_page_prints_in_colour(tmp_path: Path, office: Office) -> None:
    path = tmp_path / "alone.xlsx"
    sheet_alone(path, Record(RECORDS["twenty epochs"].header, RECORDS["twenty epochs"].epochs))
    (page,) = office.pictures(path, tmp_path).values()
    with Image.open(page) as picture:
        assert picture.width > picture.height
        assert max(high - low for low, high in picture.convert("HSV").getextrema()[1:2]) > 100
