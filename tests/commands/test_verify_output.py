"""Where `backprop verify` writes its verdicts: the terminal, a file, GitHub Actions."""

import os
import re
import sys
from pathlib import Path

import pytest

from backprop.verify import ENGINES, FORMATS
from sheetgen import generate
from tests.commands.command import SCRIPT, backprop, complaint, environment
from tests.commands.verified import WRONG_CELL, copy, data, write_prices, write_right, write_wrong
from tests.verifier.networks import template
from verifier import Limits, Status
from verifier.engines import NAMES
from verifier.reports import FORMATS as REPORTS

ACTIONS = {"GITHUB_ACTIONS": "true"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a right workbook and a wrong one; what tests write goes elsewhere."""
    folder = tmp_path_factory.mktemp("output")
    write_right(folder / "right.xlsx")
    write_wrong(folder / "wrong.xlsx")
    return folder


def test_the_options_name_what_the_verifier_has() -> None:
    """They are listed once more, so that help need not load it."""
    assert set(FORMATS) == set(REPORTS)
    assert set(ENGINES) == set(NAMES)


def test_what_trains_nothing_is_passed_over_with_a_line_where_that_is_asked_for(tmp_path: Path) -> None:
    """It is not checked, status 3, otherwise; a file that is no workbook stays so, as it could be anything."""
    write_right(tmp_path / "right.xlsx")
    write_prices(tmp_path / "prices.xlsx")
    assert backprop(tmp_path, "verify", ".").status == 3
    outcome = backprop(tmp_path, "verify", ".", "--skip-unrelated")
    assert outcome.status == 0
    assert outcome.errors == "Note: prices.xlsx is skipped: it contains no training\n"
    assert "prices" not in outcome.output
    assert outcome.output.startswith("right.xlsx: all right")
    alone = backprop(tmp_path, "verify", "prices.xlsx", "--skip-unrelated", "-q")
    assert (alone.status, alone.output, alone.errors) == (0, "", "")
    (tmp_path / "broken.xlsx").write_text("no workbook")
    assert backprop(tmp_path, "verify", ".", "--skip-unrelated").status == 3


def test_quiet_prints_only_what_is_wrong(folder: Path) -> None:
    right = backprop(folder, "verify", "right.xlsx", "-q")
    assert (right.status, right.output, right.errors) == (0, "", "")
    both = backprop(folder, "verify", "right.xlsx", "wrong.xlsx", "missing.xlsx", "--quiet")
    assert both.status == 1
    assert WRONG_CELL in both.output
    assert "missing.xlsx" in both.output
    assert "right.xlsx" not in both.output


def test_differences_by_rounding_are_printed_where_one_asks_for_them(folder: Path) -> None:
    plain, verbose = (backprop(folder, "verify", "right.xlsx", *more).output for more in ((), ("-v",)))
    assert "largest difference" not in plain
    assert "e-1" not in plain
    assert "largest difference of each column from the oracle" in verbose


@pytest.mark.parametrize("options", [("-q", "-v"), ("-q", "--format", "json"), ("-v", "--format", "csv"), ("--qiet",)])
def test_a_call_that_cannot_be_followed_has_a_status_that_no_verdict_has(
    folder: Path, options: tuple[str, ...]
) -> None:
    outcome = backprop(folder, "verify", "right.xlsx", *options)
    assert "--" in complaint(outcome)
    assert outcome.status == 2
    assert 2 not in {int(status) for status in Status}


@pytest.mark.parametrize("form", FORMATS)
def test_a_file_gets_what_would_be_printed(folder: Path, tmp_path: Path, form: str) -> None:
    path = tmp_path / "verdicts"
    outcome = backprop(folder, "verify", "missing.xlsx", "--format", form, "-o", str(path))
    assert (outcome.status, outcome.output, outcome.errors) == (3, "", "")
    printed = backprop(folder, "verify", "missing.xlsx", "--format", form).output
    written = path.read_text(encoding="utf-8").removeprefix("\ufeff" if form == "csv" else "nothing")
    assert "missing.xlsx" in written
    assert timeless(written) == timeless(printed)


def test_a_file_for_a_grade_book_says_its_encoding(folder: Path, tmp_path: Path) -> None:
    """Excel on Windows reads a CSV without a byte order mark in another one, and ∂ and ü come out as others."""
    backprop(folder, "verify", "wrong.xlsx", "-o", str(tmp_path / "grades.csv"))
    assert (tmp_path / "grades.csv").read_bytes().startswith(b"\xef\xbb\xbffile,verdict,")
    assert "∂E_t/∂w3" in (tmp_path / "grades.csv").read_text(encoding="utf-8-sig")


def timeless(text: str) -> str:
    """A report without its times, and without the digest of it all that keeps GitHub's commands apart."""
    return re.sub(r"[0-9a-f]{64}|[0-9]+\.[0-9]+(e-[0-9]+)?", "", text)


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("a.json", "{"),
        ("a.xml", "<?xml"),
        ("a.csv", "file,"),
        ("a.html", "<!doctype html>"),
        ("a.HTM", "<!doctype html>"),
        ("a.txt", "missing.xlsx: "),
        ("a", "missing.xlsx: "),
    ],
)
def test_the_ending_of_the_file_says_the_format(folder: Path, tmp_path: Path, name: str, begins: str) -> None:
    backprop(folder, "verify", "missing.xlsx", "-o", str(tmp_path / name))
    assert (tmp_path / name).read_text(encoding="utf-8").lstrip("\ufeff").startswith(begins)


def test_a_format_that_is_asked_for_goes_before_the_ending(folder: Path, tmp_path: Path) -> None:
    backprop(folder, "verify", "missing.xlsx", "--format", "json", "-o", str(tmp_path / "a.txt"))
    assert data((tmp_path / "a.txt").read_text(encoding="utf-8"))["status"] == "unchecked"


def test_a_format_that_contradicts_the_ending_is_refused_before_any_work(folder: Path, tmp_path: Path) -> None:
    outcome = backprop(folder, "verify", "right.xlsx", "--format", "json", "-o", str(tmp_path / "a.html"))
    assert "stands for html" in complaint(outcome)
    assert outcome.status == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_dash_in_the_place_of_a_file_prints_the_verdicts(folder: Path, form: str) -> None:
    printed, dashed = (
        backprop(folder, "verify", "missing.xlsx", "--format", form, *dash) for dash in ((), ("-o", "-"))
    )
    assert timeless(dashed.output) == timeless(printed.output) != ""
    assert not (folder / "-").exists()


@pytest.mark.parametrize("option", ["-o", "--fix"])
def test_a_folder_that_is_not_there_is_made(folder: Path, tmp_path: Path, option: str) -> None:
    """In the same way for the verdicts and for a mended copy."""
    path = tmp_path / "new" / "folder" / "a.xlsx"
    outcome = backprop(folder, "verify", "wrong.xlsx", option, str(path))
    assert (outcome.status, path.is_file()) == (1, True)


@pytest.mark.parametrize("option", ["-o", "--fix"])
def test_a_folder_that_cannot_be_made_is_said_before_any_work(folder: Path, option: str) -> None:
    outcome = backprop(folder, "verify", "wrong.xlsx", option, "right.xlsx/new/a.xlsx")
    assert complaint(outcome) == f"Error: {option} right.xlsx/new/a.xlsx: right.xlsx/new is not a folder"
    assert outcome.status == 2


def test_a_report_that_is_there_is_replaced(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("the report of yesterday, " * 10_000)
    backprop(folder, "verify", "missing.xlsx", "-o", str(path))
    assert data(path.read_text(encoding="utf-8"))["exit_status"] == 3
    assert os.listdir(tmp_path) == ["a.json"]  # noqa: PTH208  names are all that is asked for


@pytest.mark.parametrize(
    ("output", "says"),
    [
        (".", "folder"),
        ("right.xlsx/a.json", "right.xlsx is not a folder"),
        ("right.xlsx", "one of the workbooks"),
        (os.devnull, "not a regular file"),
    ],
)
def test_an_output_that_cannot_be_is_refused_before_any_work(folder: Path, output: str, says: str) -> None:
    before = (folder / "right.xlsx").read_bytes()
    outcome = backprop(folder, "verify", "right.xlsx", "-o", output)
    assert says in complaint(outcome)
    assert outcome.status == 2  # 1 would say that there are faults
    assert (folder / "right.xlsx").read_bytes() == before


def on_a_terminal(folder: Path, *arguments: str) -> tuple[int, str]:
    """The status and the output of the command on a terminal of its own."""
    pty, termios = (pytest.importorskip(name, reason="Windows has no such terminals") for name in ("pty", "termios"))
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(folder)
        termios.tcsetwinsize(0, (24, 100))  # on one of no size no bar is shown
        os.execve(SCRIPT, [str(SCRIPT), *arguments], environment())  # noqa: S606
    printed = bytearray()
    try:
        while chunk := os.read(terminal, 65536):
            printed += chunk
    except OSError:  # of Linux, where the other end is closed
        pass
    _, status = os.waitpid(process, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), printed.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such terminals")
def test_html_is_refused_to_a_terminal_and_says_what_to_do(folder: Path) -> None:
    status, printed = on_a_terminal(folder, "verify", "right.xlsx", "--format", "html")
    assert status == 2
    assert printed.strip() == "Error: html is a page for a browser: write it to a file with -o report.html"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there are no such terminals")
def test_a_terminal_sees_how_far_it_is_and_nothing_of_it_afterwards(folder: Path, tmp_path: Path) -> None:
    """The verdicts so far are counted; the report begins on a clean line."""
    generate(template("backprop", iterations=800), tmp_path / "0.xlsx")
    copy(tmp_path / "0.xlsx", *(tmp_path / f"{k}.xlsx" for k in range(2, 12)))
    copy(folder / "wrong.xlsx", tmp_path / "1.xlsx")
    _, printed = on_a_terminal(tmp_path, "verify", ".", "--jobs", "1")
    bars, report = printed.split("0.xlsx: all right", 1)
    assert "Verifying: " in bars
    assert re.search(r"[0-9]+ right, 1 faults", bars)
    assert bars.rpartition("\r")[2].strip(" \x1b[K") == ""
    assert "Verifying" not in report


def test_a_pipe_sees_the_report_alone(folder: Path) -> None:
    outcome = backprop(folder, "verify", "right.xlsx", "wrong.xlsx")
    assert outcome.errors == ""


def test_inside_github_actions_faults_become_annotations_by_themselves(folder: Path) -> None:
    outcome = backprop(folder, "verify", "wrong.xlsx", variables=ACTIONS)
    assert outcome.status == 1
    (annotation,) = [line for line in outcome.output.splitlines() if line.startswith("::error ")]
    assert WRONG_CELL in annotation
    assert "wrong.xlsx" in annotation


def test_inside_github_actions_the_summary_is_added_to_the_page_of_the_step(folder: Path, tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("what another command said\n", encoding="utf-8")
    backprop(folder, "verify", "wrong.xlsx", variables={**ACTIONS, "GITHUB_STEP_SUMMARY": str(summary)})
    before, *added = summary.read_text(encoding="utf-8").splitlines()
    assert before == "what another command said"
    assert any("wrong" in line for line in added)
    assert any(WRONG_CELL in line for line in added)


def test_a_summary_that_cannot_be_written_is_a_note_and_the_verdict_stays(folder: Path, tmp_path: Path) -> None:
    gone = tmp_path / "gone" / "summary.md"
    outcome = backprop(folder, "verify", "right.xlsx", variables={**ACTIONS, "GITHUB_STEP_SUMMARY": str(gone)})
    assert outcome.status == 0
    assert outcome.errors.startswith(f"Note: the summary could not be added to {gone}: ")


@pytest.mark.parametrize("arguments", [["--format", "text"], ["-o", "OUTPUT"]])
def test_inside_github_actions_what_is_asked_for_is_written(folder: Path, tmp_path: Path, arguments: list[str]) -> None:
    words = [str(tmp_path / "a.txt") if word == "OUTPUT" else word for word in arguments]
    summary = tmp_path / "summary.md"
    variables = {**ACTIONS, "GITHUB_STEP_SUMMARY": str(summary)}
    outcome = backprop(folder, "verify", "wrong.xlsx", *words, variables=variables)
    assert "::error" not in outcome.output
    assert not summary.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--time-limit", "0"], ["--time-limit", "-1"], ["--time-limit", "soon"], ["--time-limit", "nan"],
        ["--memory-limit", "4"], ["--memory-limit", "much"], ["--memory-limit", "4 XB"], ["--memory-limit", "-4GB"],
        ["--jobs", "0"], ["--format", "xml"], ["--engine", "excel"],
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_is_said_with_its_option(folder: Path, arguments: list[str]) -> None:
    outcome = backprop(folder, "verify", "right.xlsx", *arguments)
    assert arguments[0] in complaint(outcome)
    assert outcome.status == 2


def test_a_workbook_that_meets_a_limit_is_one_line_and_the_others_are_checked(folder: Path) -> None:
    outcome = backprop(folder, "verify", "right.xlsx", "--time-limit", "0.001")
    assert outcome.status == 3
    assert outcome.output == "right.xlsx: not checked: it took longer than 0.001 s (--time-limit)\n"


@pytest.mark.parametrize("limits", [["none", "none"], ["1000", "8GB"], ["60 s", "1.5 GiB"], ["90s", "900m"]])
def test_limits_are_given_as_people_write_them(folder: Path, limits: list[str]) -> None:
    outcome = backprop(folder, "verify", "right.xlsx", "--time-limit", limits[0], "--memory-limit", limits[1])
    assert outcome.status == 0


def test_the_help_says_the_limits_that_the_library_has(folder: Path) -> None:
    printed = " ".join(backprop(folder, "verify", "--help").output.split())
    assert f"[default: {Limits().seconds:g}]" in printed
    assert f"[default: {(Limits().memory or 0) / 1e9:g}GB]" in printed
