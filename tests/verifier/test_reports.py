"""Reports print what a result says: text for people, JSON with full doubles for programs."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.verifier.book import Cell
from tests.verifier.conftest import Books, Verify
from tests.verifier.findings import GOOD, NOT_COMPUTED, TABLE, UNREADABLE, WRONG, with_faults
from tests.verifier.mutants import Table, find_table
from tests.verifier.networks import template
from verifier import Finding, Kind, Status, Unchecked, WorkbookResult, json_report, overall_status, text_report
from verifier.findings import ColumnResult, Effect, SecondOpinion
from verifier.ranges import ranges_of
from verifier.values import ExcelError

TAB = "eta 0.5"
NUMBERS = (0.1 + 0.2, 1 / 3, 5e-324, 1.7976931348623157e308, -0.00039244080915375895, 1e16 + 2)


@pytest.fixture
def table(generated: Books) -> Table:
    return find_table(generated("backprop"), template("backprop").network, TAB)


@pytest.fixture
def wrong(table: Table, verified: Verify) -> WorkbookResult:
    """The course template's fault: a_h1 where a_h2 belongs, in all of ∂E_t/∂w3."""
    changes = {
        table.address("∂E_t/∂w3", row): Cell(
            table.formula("∂E_t/∂w3", row).replace(f"(L{row}*(1-L{row}))", f"(J{row}*(1-J{row}))")
        )
        for row in table.rows
    }
    return verified(table.book.changed(changes).recalculated())


def test_fault_is_printed_with_all_that_one_needs(wrong: WorkbookResult) -> None:
    """The text names the sheet, the kind, the label, the cells, the iteration, both formulas and both values."""
    text = text_report([wrong])
    (fault,) = wrong.faults
    for piece in (
        TAB, "wrong gradient ∂E_t/∂w3 (Z33:Z42, all 10 rows)", "iteration 0",
        repr(fault.value), repr(fault.expected),
        "=((R33-A33)*R33*(1-R33)*N33+(T33-B33)*T33*(1-T33)*P33)*(J33*(1-J33))*C33",
        "=((R33-A33)*R33*(1-R33)*N33+(T33-B33)*T33*(1-T33)*P33)*(L33*(1-L33))*C33",
        "1 fault found",
    ):  # fmt: skip
        assert piece in text


def test_right_workbook_is_printed_as_right(generated: Books, verified: Verify) -> None:
    """The text says that all is right, the network, the learning rate, and how far each column is off."""
    text = text_report([verified(generated("backprop"))], with_differences=True)
    assert "all right" in text
    assert "2-2-2 sigmoid" in text
    assert "fault" not in text
    assert all(label in text for label in ("w1", "a_h2", "E_total", "∂E_t/∂w8"))


def test_problem_and_unchecked_formulas_are_printed() -> None:
    """What could not be checked is listed with its reason, never skipped."""
    assert text_report([UNREADABLE]) == "no.xlsx: not checked: no such file"
    unchecked = Unchecked("S", "A1:A3", 3, "=NOW()", "NOW gives another value at every calculation")
    text = text_report([WorkbookResult(Path("some.xlsx"), 0.1, unchecked=(unchecked,))])
    assert all(piece in text for piece in ("S!A1:A3", "3 formulas", "=NOW()", unchecked.reason))
    assert "all right" not in text


def test_several_workbooks_end_in_a_summary() -> None:
    """After several workbooks a line counts the right, the wrong and the unchecked ones."""
    text = text_report([GOOD, with_faults(1), UNREADABLE])
    lines = text.splitlines()
    assert lines[-1] == "3 workbooks: 1 right, 1 with faults, 1 not checked"
    rows = [line.split() for line in lines[-6:-2]]
    assert [row[0] for row in rows] == ["file", "right.xlsx", "many.xlsx", "no.xlsx"]
    assert [row[-1] for row in rows] == ["seconds", "0.2", "0.1", "0.0"]
    assert len({line.find("verdict") for line in lines if line.startswith("file ")}) == 1


def test_right_workbooks_among_several_take_a_line_each() -> None:
    """Of a class of two hundred one reads the wrong ones; `show_all`, or a workbook alone, prints its tables too."""
    assert "2-2-2 sigmoid" not in text_report([GOOD, GOOD])
    assert "2-2-2 sigmoid" in text_report([GOOD])
    assert text_report([GOOD, GOOD], show_all=True).count("2-2-2 sigmoid") == 2


@pytest.mark.parametrize(
    ("results", "status"),
    [
        ([], Status.RIGHT),
        ([GOOD, GOOD], Status.RIGHT),
        ([GOOD, UNREADABLE], Status.UNCHECKED),
        ([UNREADABLE, with_faults(1), GOOD], Status.FAULTS),
    ],
)
def test_status_of_several_is_the_weightiest(results: list[WorkbookResult], status: Status) -> None:
    """Faults weigh more than what could not be checked, that more than what is right; JSON says the same."""
    assert overall_status(results) is status
    data = json.loads(json_report(results))
    assert (data["status"], data["exit_status"]) == (status.name.lower(), int(status))


@pytest.mark.parametrize("number", NUMBERS)
def test_json_holds_full_doubles(number: float) -> None:
    """A number reads back from the JSON as the very double it was."""
    finding = Finding(Kind.WRONG_GRADIENT, "S", "A1", 1, "m", value=number, expected=-number)
    data = json.loads(json_report([WorkbookResult(Path("w.xlsx"), number, findings=(finding,))]))
    (workbook,) = data["workbooks"]
    assert workbook["seconds"] == number
    assert (workbook["findings"][0]["value"], workbook["findings"][0]["expected"]) == (number, -number)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), ExcelError("#NUM!"), 'text\n"', None, True])
def test_json_is_json_whatever_a_cell_holds(value: float | str | None) -> None:
    """No value of a cell makes the JSON unreadable: there is no NaN in it."""
    finding = Finding(Kind.ERROR, "S", "A1", 1, "m", value=value)

    def refuse(constant: str) -> float:
        raise AssertionError(constant)

    text = json_report([WorkbookResult(Path("w.xlsx"), 0.0, findings=(finding,))])
    (found,) = json.loads(text, parse_constant=refuse)["workbooks"][0]["findings"]
    assert found["value"] == (None if isinstance(value, float) and not isinstance(value, bool) else value)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_json_is_json_whatever_a_table_uses(number: float) -> None:
    """A learning rate beyond all numbers is null, and so is a loss that an effect cannot give."""
    faulty = replace(TABLE.findings[0], effect=Effect("∂E_t/∂w3", number, number, number, number))
    table = replace(TABLE, learning_rate=number, findings=(faulty,))
    (found,) = json.loads(json_report([WorkbookResult(Path("w.xlsx"), 0.0, tables=(table,))]))["workbooks"][0]["tables"]
    assert found["learning_rate"] is None
    assert set(found["findings"][0]["effect"].values()) == {"∂E_t/∂w3", "E_total", None}


def keys_of(data: object) -> set[str]:
    """The names of all fields, however deep."""
    if isinstance(data, dict):
        return set(data) | {name for value in data.values() for name in keys_of(value)}
    return {name for item in data for name in keys_of(item)} if isinstance(data, list) else set()


def test_documentation_of_the_json_names_all_that_is_in_it() -> None:
    """Its version, every field, and every kind of fault."""
    page = (Path(__file__).parents[2] / "docs" / "how_it_works.md").read_text(encoding="utf-8")
    section = page.partition("### The JSON report\n")[2].partition("\n## ")[0]
    asked = replace(WRONG, unchecked=(NOT_COMPUTED,), opinion=SecondOpinion("LibreOffice", 9, 1))
    columns = (ColumnResult("w1", "E33:E100", 68, 0.0, 0.0),)
    data = json.loads(json_report([replace(asked, tables=(replace(TABLE, columns=columns),))]))
    words = set(re.findall(r"[a-z_]+", "".join(re.findall(r"`[^`]+`", section))))
    assert keys_of(data) | {kind.name.lower() for kind in Kind} <= words
    assert f"| `schema_version` | {data['schema_version']} |" in section


def test_json_keeps_its_schema(wrong: WorkbookResult) -> None:
    """The keys of schema version 3, which programs rely on."""
    data = json.loads(json_report([wrong]))
    assert data["schema_version"] == 3
    assert set(data) == {"schema_version", "status", "exit_status", "workbooks"}
    (workbook,) = data["workbooks"]
    assert set(workbook) >= {
        "path", "status", "problem", "seconds", "formulas", "notes", "cached_values", "tables", "findings", "unchecked",
    }  # fmt: skip
    (table,) = workbook["tables"]
    assert set(table) >= {
        "sheet", "cells", "network", "learning_rate", "rows", "formulas", "distinct_formulas", "diverged_at", "notes",
        "seconds", "columns", "findings", "training",
    }  # fmt: skip
    assert set(table["columns"][0]) >= {"label", "cells", "formulas", "max_absolute", "max_relative"}
    (fault,) = table["findings"]
    assert set(fault) == {
        "kind", "message", "sheet", "cells", "count", "label", "iteration", "formula", "value", "expected", "mend",
        "agreement", "slip", "effect",
    }  # fmt: skip
    assert (fault["kind"], fault["cells"], fault["count"], fault["iteration"]) == ("wrong_gradient", "Z33:Z42", 10, 0)


def test_ranges_run_down_their_columns() -> None:
    """Cells are printed as the ranges that they form, column by column, each once."""
    cells = [(34, 26), (33, 26), (36, 26), (33, 27), (33, 26)]
    assert ranges_of(cells) == "Z33:Z34, Z36, AA33"
