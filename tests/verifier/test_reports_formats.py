"""JUnit XML and CSV, each read back by a parser of its own; and what holds for every format."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from tests.verifier.findings import (
    ESCAPES,
    EVERY,
    FOUND,
    GOOD,
    GRADIENT,
    HARM,
    NOT_COMPUTED,
    PARTLY,
    RIGHT,
    TABLE,
    UNREADABLE,
    WRONG,
    hostile,
    with_faults,
)
from verifier import WorkbookResult
from verifier.reports import FORMATS, report, wording
from verifier.reports.csv import HEADINGS

# The attributes that Jenkins' junit-10.xsd, to which pytest keeps too, has for each element.
JUNIT = {
    "testsuites": {"name", "tests", "failures", "errors", "time"},
    "testsuite": {"name", "tests", "failures", "errors", "time", "file"},
    "testcase": {"name", "classname", "time"},
    "failure": {"type", "message"},
    "error": {"type", "message"},
    "system-out": set(),
}


def junit(results: list[WorkbookResult]) -> etree._Element:
    return etree.fromstring(report("junit", results).encode())


def rows(results: list[WorkbookResult]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(report("csv", results), newline=""), strict=True))


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("show_all", [False, True])
def test_every_format_prints_every_kind_of_result(form: str, show_all: bool) -> None:
    """Each format names each workbook, whatever was found of it, and prints in UTF-8."""
    text = report(form, [*EVERY, hostile(HARM), hostile(ESCAPES)], show_all)
    assert all(result.path.name in text for result in EVERY)
    assert text.encode()


@pytest.mark.parametrize("form", ["text", "junit", "csv", "html", "github"])
def test_no_character_acts_on_a_terminal(form: str) -> None:
    """Lines hold what can be printed and nothing else: no escape sequence, no bell, no turned writing."""
    assert all(line.isprintable() for line in report(form, [hostile(ESCAPES)]).replace("\r\n", "\n").split("\n"))


def test_junit_has_a_suite_a_workbook_and_a_case_a_table() -> None:
    """Tables, what is outside them, and what could not be checked are cases; faults fail, the unchecked are errors."""
    root = junit(list(EVERY))
    assert [suite.get("name") for suite in root] == [str(result.path) for result in EVERY]
    outcomes = [[(case.get("name"), next((e.tag for e in case), None)) for case in suite] for suite in root]
    assert outcomes == [
        [("eta 0.1!A32:AE100", None), ("outside the tables", None)],
        [("eta 0.1!A32:AE100", None), ("eta 0.5!A32:AE100", "failure"), ("outside the tables", "failure")],
        [("the file", "error")],
        [("eta 0.1!A32:AE100", None), ("outside the tables", None), ("every formula", "error")],
    ]


def test_junit_keeps_to_the_schema_and_its_counts() -> None:
    """No attribute but those of the schema, a case has one outcome, and each count is that of the elements."""
    root = junit([*EVERY, hostile(HARM), hostile(ESCAPES)])
    for element in root.iter():
        assert set(element.attrib) == JUNIT[element.tag]
    for counted in (root, *root):
        assert int(counted.get("tests", "")) == len(list(counted.iter("testcase")))
        assert int(counted.get("failures", "")) == len(list(counted.iter("failure")))
        assert int(counted.get("errors", "")) == len(list(counted.iter("error")))
    assert all(len(case) <= 1 for case in root.iter("testcase"))


def test_junit_failure_holds_all_that_one_needs() -> None:
    """Its message is the first fault's title and how many follow; its body has every fault with formula and mend."""
    (failure,) = junit([WRONG]).xpath("//testcase[@name='eta 0.5!A32:AE100']/failure")
    assert failure.get("message") == f"{wording.title(wording.faults_of(WRONG)[0])} and 1 more fault"
    assert failure.get("type") == "wrong gradient"
    assert all(
        piece in failure.text for piece in (FOUND, RIGHT, "Replace J33 with L33.", "2. eta 0.5: wrong update w3")
    )


def test_junit_error_says_why() -> None:
    (file,), (formulas,) = (junit([result]).xpath("//error") for result in (UNREADABLE, PARTLY))
    assert (file.get("message"), file.text) == ("no such file", "no such file")
    assert formulas.get("message") == "3 formulas could not be checked"
    assert all(piece in formulas.text for piece in ("S!A1:A3", "=NOW()", NOT_COMPUTED.reason))


def test_csv_has_a_row_a_workbook() -> None:
    """The columns of a grade book: counts as bare numbers, and the first fault with its explanation."""
    good, wrong, unreadable, partly = rows(list(EVERY))
    assert tuple(good) == HEADINGS
    assert list(good.values()) == ["right.xlsx", "right", "0", "0", "1", "1831", "0.1", *[""] * 5]
    assert list(wrong.values())[:8] == [
        "class/wrong.xlsx", "with faults", "3", "0", "2", "3665", "0.1 0.5", "eta 0.5!Z33:Z100",
    ]  # fmt: skip
    assert wrong["explanation"].endswith("Replace J33 with L33.")
    assert (unreadable["verdict"], unreadable["explanation"]) == ("not checked", "no such file")
    assert (partly["unchecked"], partly["explanation"]) == ("3", NOT_COMPUTED.reason)


def test_csv_lines_end_as_rfc_4180_has_it() -> None:
    text = report("csv", [GOOD])
    assert text.endswith("\r\n")
    assert text.count("\n") == text.count("\r\n") == 2


@pytest.mark.parametrize("start", list("=+-@\t\r\n＝＋－＠"))
def test_no_field_is_taken_for_a_formula(start: str) -> None:
    """A field that begins like a formula gets an apostrophe before it, by which applications take it for a text."""
    (row,) = rows([hostile(f'{start}HYPERLINK("x")')])
    assert not any(field.startswith(start) for field in row.values())
    assert row["file"].startswith(f"'{start}" if start.isprintable() else "'\\")
    (problem,) = rows([replace(UNREADABLE, path=Path("a.xlsx"), problem=f"{start}1")])
    assert problem["explanation"].startswith("'")


@pytest.mark.parametrize(("form", "piece"), [("text", "fault number {}."), ("html", "Fault number {}.")])
def test_faults_are_capped_unless_all_are_asked_for(form: str, piece: str) -> None:
    """Text and page show twenty faults of a workbook and say how many more there are."""
    capped, whole = (report(form, [with_faults(25)], show_all).lower() for show_all in (False, True))
    shown = [[piece.format(k).lower() in text for k in range(1, 26)] for text in (capped, whole)]
    assert shown == [[True] * 20 + [False] * 5, [True] * 25]
    assert "5 more" in capped
    assert "5 more" not in whole


def test_junit_fails_each_table_that_shares_a_fault() -> None:
    """A fault that two tabs share is in the test cases of both tables."""
    other = replace(TABLE, sheet="eta 2.0", findings=(replace(GRADIENT, sheet="eta 2.0"),))
    root = junit([replace(WRONG, tables=(TABLE, other))])
    assert [len(case.findall("failure")) for case in root.findall(".//testcase")[:2]] == [1, 1]
