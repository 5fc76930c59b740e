"""A file without a training is not checked, whatever else is noticed in it."""

import csv
import io
import json
from pathlib import Path

import pytest

from tests.verifier.hostile import formula_cell, parts_of, write_package
from verifier import Engine, Kind, Status, WorkbookResult, overall_status, verify
from verifier.reports import FORMATS
from verifier.reports.github_summary import github_summary

OLD_VALUE = '<c r="A1"><v>0.5</v></c>' + formula_cell("B1", "A1/2", "0.3")


@pytest.fixture
def result(engine: Engine, tmp_path: Path) -> WorkbookResult:
    return verify(write_package(tmp_path / "book.xlsx", parts_of(OLD_VALUE)), engine)


def test_old_value_in_it_is_named_and_decides_nothing(result: WorkbookResult) -> None:
    """What is noticed is told, and the verdict, and with it the exit status 3, is that nothing could be checked."""
    assert [fault.kind for fault in result.faults] == [Kind.STALE]
    assert (result.status, int(overall_status([result]))) == (Status.UNCHECKED, 3)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_format_calls_it_not_checked(name: str, result: WorkbookResult) -> None:
    """No report says that it has faults, and each why there is nothing to check."""
    report = FORMATS[name]([result], False)
    assert "with faults" not in report
    assert "no training found" in report
    assert ('"unchecked"' if name == "json" else "not checked") in report


def test_programs_read_that_it_was_not_checked(result: WorkbookResult) -> None:
    """The verdict is in the column of CSV, the status of JSON, the errors of JUnit, and warnings of GitHub."""
    (row,) = csv.DictReader(io.StringIO(FORMATS["csv"]([result], False)))
    assert (row["verdict"], row["first fault"]) == ("not checked", "S!B1")
    data = json.loads(FORMATS["json"]([result], False))
    assert (data["exit_status"], data["workbooks"][0]["status"]) == (3, "unchecked")
    assert 'failures="0"' in FORMATS["junit"]([result], False)
    lines = FORMATS["github"]([result], False).splitlines()
    assert [line.split()[0] for line in lines if line.startswith("::") and "stale" in line] == ["::warning"]
    assert "1 not checked" in github_summary([result])
