"""`backprop verify`, as a user runs it: its verdict, its exit status, and both of its formats."""

import json
import shutil
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.commands.command import Outcome, backprop, complaint
from verifier.reports.json import SCHEMA_VERSION

# What the exercise's course template has in the place of a_h2 (column L): a_h1 (column J).
WRONG_CELL = "Z40"
RIGHT, WRONG = "(L40*(1-L40))", "(J40*(1-J40))"

TABLES = ("eta 0.1!A32:AE45", "eta 0.5!A32:AE45")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a right workbook, a wrong one, and files that are no workbooks with training tables."""
    folder = tmp_path_factory.mktemp("verify")
    made = backprop(folder, "generate", "-o", "right.xlsx", "--iterations", "12", "--learning-rates", "0.1,0.5")
    assert made.status == 0
    shutil.copy(folder / "right.xlsx", folder / "other.xlsx")
    book = openpyxl.load_workbook(folder / "right.xlsx")
    cell = book["eta 0.5"][WRONG_CELL]
    assert RIGHT in cell.value
    cell.value = cell.value.replace(RIGHT, WRONG)
    book.save(folder / "wrong.xlsx")
    openpyxl.Workbook().save(folder / "empty.xlsx")
    (folder / "text.xlsx").write_text("this is no workbook")
    (folder / "folder.xlsx").mkdir()
    return folder


def line_with(outcome: Outcome, text: str) -> str:
    """The one line of a report that has a text in it."""
    (line,) = [line for line in outcome.output.splitlines() if text in line]
    return line


def data(outcome: Outcome) -> dict[str, Any]:
    """The JSON that a command printed; NaN and Infinity, which are not JSON, are refused."""

    def refuse(name: str) -> float:
        raise ValueError(name)

    found: dict[str, Any] = json.loads(outcome.output, parse_constant=refuse)
    return found


def test_a_right_workbook_is_all_right(folder: Path) -> None:
    outcome = backprop(folder, "verify", "right.xlsx")
    assert (outcome.status, outcome.errors) == (0, "")
    first, *_ = outcome.output.splitlines()
    assert first.startswith("right.xlsx: all right; ")
    assert "formulas recomputed" in first
    for table in TABLES:
        assert line_with(outcome, table).endswith("right")


def test_a_wrong_formula_is_named_where_it_stands_with_the_right_one(folder: Path) -> None:
    outcome = backprop(folder, "verify", "wrong.xlsx")
    assert outcome.status == 1
    assert [line_with(outcome, table).endswith("right") for table in TABLES] == [True, False]
    assert f"({WRONG_CELL}, iteration 7)" in line_with(outcome, "  1. ")
    assert WRONG in line_with(outcome, " found  ")
    assert RIGHT in line_with(outcome, "right is")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing.xlsx", "no such file"),
        ("text.xlsx", "not a"),
        ("folder.xlsx", "folder"),
        ("empty.xlsx", "no training found"),
    ],
)
def test_what_cannot_be_checked_is_said_with_its_name_and_the_reason(folder: Path, name: str, reason: str) -> None:
    outcome = backprop(folder, "verify", name)
    assert outcome.status == 3
    assert "Traceback" not in outcome.errors
    (line,) = outcome.output.splitlines()
    assert line.startswith(f"{name}: ")
    assert reason in line


@pytest.mark.parametrize(
    ("names", "status"),
    [
        (["right.xlsx"], 0),
        (["wrong.xlsx"], 1),
        (["empty.xlsx"], 3),
        (["right.xlsx", "other.xlsx"], 0),
        (["right.xlsx", "wrong.xlsx"], 1),
        (["right.xlsx", "empty.xlsx"], 3),
        (["empty.xlsx", "wrong.xlsx"], 1),
    ],
)
def test_the_exit_status_says_the_worst_of_all_workbooks(folder: Path, names: list[str], status: int) -> None:
    """0 all right, 1 faults found, 3 no fault found but something could not be checked; as the JSON itself says."""
    outcome = backprop(folder, "verify", *names, "--format", "json")
    assert outcome.status == data(outcome)["exit_status"] == status
    assert [workbook["path"] for workbook in data(outcome)["workbooks"]] == names


def test_the_json_of_a_right_workbook_has_the_tables_and_the_differences_of_their_columns(folder: Path) -> None:
    found = data(backprop(folder, "verify", "right.xlsx", "--format", "json"))
    assert found["schema_version"] == SCHEMA_VERSION
    (workbook,) = found["workbooks"]
    assert [table["learning_rate"] for table in workbook["tables"]] == [0.1, 0.5]
    for table in workbook["tables"]:
        assert table["findings"] == []
        assert table["rows"] == 13
        columns = {column["label"]: column for column in table["columns"]}
        assert {"w1", "E_total", "∂E_t/∂w8"} <= set(columns)
        assert all(column["max_absolute"] < 1e-12 for column in columns.values())


def test_the_numbers_of_the_json_are_full_doubles(folder: Path) -> None:
    """The value that is expected in the wrong cell is the one that the right workbook caches there, to an ulp or so."""
    (workbook,) = data(backprop(folder, "verify", "wrong.xlsx", "--format", "json"))["workbooks"]
    (finding,) = [f for t in workbook["tables"] for f in t["findings"] if f["cells"] == WRONG_CELL]
    assert finding["sheet"] == "eta 0.5"
    assert finding["label"] == "∂E_t/∂w3"
    assert finding["iteration"] == 7
    cached = openpyxl.load_workbook(folder / "right.xlsx", data_only=True)["eta 0.5"][WRONG_CELL].value
    assert finding["expected"] == pytest.approx(cached, rel=1e-14, abs=0)
    assert finding["value"] != finding["expected"]
    assert len(f"{finding['expected']!r}".partition("e")[0]) > 15


def test_verify_without_a_workbook_asks_for_one(folder: Path) -> None:
    assert "WORKBOOK" in complaint(backprop(folder, "verify"))


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_report_prints_where_the_output_has_few_characters(folder: Path, form: str) -> None:
    """Redirected on Windows, output is in a code page without ∂ and η; a report must not break off there."""
    few = {"PYTHONUTF8": "0", "PYTHONIOENCODING": "cp1252"}
    outcome = backprop(folder, "verify", "right.xlsx", "--format", form, variables=few)
    assert (outcome.status, outcome.errors) == (0, "")
    assert "right.xlsx" in outcome.output
    if form == "json":
        assert [table["learning_rate"] for table in data(outcome)["workbooks"][0]["tables"]] == [0.1, 0.5]
