"""Which workbooks `backprop verify` means: files, folders, patterns, and names of all kinds."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from backprop.cli import main
from backprop.workbook_files import NO_WORKBOOK, find_workbooks
from sheetgen import generate
from tests.commands.command import backprop
from tests.commands.verified import copy, verdicts, write_right, write_wrong
from tests.verifier.networks import template

ODD_NAMES = [
    "with blanks.xlsx", "-leading dash.xlsx", "naïve Ünïcödé 神经网络.xlsx", "quote's & \"double\".xlsx", "100%.xlsx",
    "[1].xlsx", "hash#.xlsx", "new\nline.xlsx", "a;b$(c)`d`.xlsx", ".xlsx.xlsx", "CAPITALS.XLSX",
]  # fmt: skip
UNIX = pytest.mark.skipif(sys.platform == "win32", reason="a matter of Unix's file systems")


def found(*places: Path) -> list[Path]:
    """The workbooks that are meant."""
    return [one.path for one in find_workbooks(places).found if one.problem is None]


def touch(folder: Path, *names: str) -> list[Path]:
    """Make empty files in a folder, and the folders that they are in."""
    paths = [folder / name for name in names]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return paths


def test_a_folder_is_searched_for_the_kinds_of_workbooks_that_are_read(tmp_path: Path) -> None:
    wanted = touch(tmp_path, "a.xlsx", "b.XLSM", "c.ods", "deep/down/d.xlsx")
    touch(tmp_path, "notes.txt", "xlsx", "a.xlsx.bak", "picture.png")
    assert sorted(found(tmp_path)) == sorted(wanted)


def test_what_is_no_workbook_of_a_person_is_left_out(tmp_path: Path) -> None:
    """Excel's lock files, what systems hide, and what is no file at all."""
    touch(tmp_path, "~$open.xlsx", "._mac.xlsx", ".hidden/a.xlsx", ".git/b.xlsx")
    (tmp_path / "folder.xlsx").mkdir()
    if sys.platform != "win32":
        os.mkfifo(tmp_path / "pipe.xlsx")
    assert found(tmp_path) == []


def test_the_order_is_that_of_people(tmp_path: Path) -> None:
    names = ["hw1.xlsx", "HW2.xlsx", "hw10.xlsx", "zoe/1.xlsx", "Zoe2/1.xlsx", "zoe10/1.xlsx"]
    touch(tmp_path, *reversed(names))
    assert found(tmp_path) == [tmp_path / name for name in names]


def test_a_file_that_is_given_twice_is_found_once(tmp_path: Path) -> None:
    (path,) = touch(tmp_path, "a.xlsx")
    assert found(path, tmp_path / "." / "a.xlsx", tmp_path, tmp_path / "sub" / ".." / "a.xlsx", path) == [path]


@UNIX
def test_a_link_to_a_folder_is_not_followed_and_one_to_a_file_is(tmp_path: Path) -> None:
    """So a loop of links comes to an end, and what was handed in does not lead out of its folder."""
    (path,) = touch(tmp_path, "class/a.xlsx")
    touch(tmp_path, "elsewhere/b.xlsx")
    (tmp_path / "class" / "loop").symlink_to(tmp_path / "class")
    (tmp_path / "class" / "out").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "class" / "same.xlsx").symlink_to(path)
    assert found(tmp_path / "class") == [path]


@UNIX
def test_a_link_to_a_folder_that_is_given_itself_is_searched(tmp_path: Path) -> None:
    touch(tmp_path, "class/a.xlsx")
    (tmp_path / "link").symlink_to(tmp_path / "class")
    assert found(tmp_path / "link") == [tmp_path / "link" / "a.xlsx"]


def test_a_pattern_that_the_shell_left_is_expanded(tmp_path: Path) -> None:
    """As cmd.exe leaves it."""
    touch(tmp_path, "hw10.xlsx", "hw2.xlsx", "other.xlsx", "deep/hw3.xlsx")
    assert found(tmp_path / "hw*.xlsx") == [tmp_path / "hw2.xlsx", tmp_path / "hw10.xlsx"]
    assert tmp_path / "deep" / "hw3.xlsx" in found(tmp_path / "**" / "hw*.xlsx")


def test_a_name_that_looks_like_a_pattern_is_a_name_where_there_is_such_a_file(tmp_path: Path) -> None:
    path, other = touch(tmp_path, "hw[1].xlsx", "hw1.xlsx")
    assert found(path) == [path]
    path.unlink()
    assert found(path) == [other]


def test_a_pattern_for_nothing_is_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert found(tmp_path / "*.xlsx") == [tmp_path / "*.xlsx"]


def test_a_folder_without_a_workbook_is_said_and_the_others_are_searched(tmp_path: Path) -> None:
    (path,) = touch(tmp_path, "full/a.xlsx")
    touch(tmp_path, "none/notes.txt")
    full, none = find_workbooks([tmp_path / "full", tmp_path / "none"]).found
    assert (full.path, full.problem) == (path, None)
    assert (none.path, none.problem) == (tmp_path / "none", NO_WORKBOOK)


@UNIX
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may look into every folder")
def test_a_folder_that_may_not_be_looked_into_is_said(tmp_path: Path) -> None:
    touch(tmp_path, "closed/a.xlsx", "b.xlsx")
    (tmp_path / "closed").chmod(0)
    try:
        problems = [one for one in find_workbooks([tmp_path]).found if one.problem is not None]
    finally:
        (tmp_path / "closed").chmod(0o700)
    assert [one.path for one in problems] == [tmp_path / "closed"]


def test_spreadsheets_that_are_not_read_are_told_of(tmp_path: Path) -> None:
    """A homework handed in as .xls must not just be missing from the grade book."""
    write_right(tmp_path / "a.xlsx")
    touch(tmp_path, "b.xls", "c.xlsb")
    outcome = backprop(tmp_path, "verify", ".", "--format", "json")
    assert verdicts(outcome) == [("a.xlsx", "right")]
    assert outcome.errors == (
        "Note: 2 files were skipped, in a format that is not read: b.xls, c.xlsb; save as .xlsx\n"
    )


def test_an_empty_folder_is_one_line_and_status_3(tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    outcome = backprop(tmp_path, "verify", "none")
    assert (outcome.status, outcome.errors) == (3, "")
    assert outcome.output == f"none: not checked: {NO_WORKBOOK}\n"


def test_a_class_is_graded_in_one_call(tmp_path: Path) -> None:
    """Every workbook in a folder and in those below it, good or bad, in their order."""
    right = write_right(tmp_path / "class" / "ada" / "hw.xlsx")
    copy(right, tmp_path / "class" / "eve10" / "hw.xlsx", tmp_path / "class" / "eve9" / "hw.xlsx")
    write_wrong(tmp_path / "class" / "bob" / "hw.xlsx")
    (tmp_path / "class" / "dan.xlsx").write_text("no workbook")
    outcome = backprop(tmp_path, "verify", "class", "--format", "json", "--jobs", "2")
    assert (outcome.status, outcome.errors) == (1, "")
    assert [(str(Path(path).as_posix()), status) for path, status in verdicts(outcome)] == [
        ("class/dan.xlsx", "unchecked"),
        ("class/ada/hw.xlsx", "right"),
        ("class/bob/hw.xlsx", "faults"),
        ("class/eve9/hw.xlsx", "right"),
        ("class/eve10/hw.xlsx", "right"),
    ]


@UNIX
def test_names_of_all_kinds_are_files_like_others(tmp_path: Path) -> None:
    right = write_right(tmp_path / "right.xlsx")
    copy(right, *(tmp_path / "odd" / name for name in ODD_NAMES))
    right.unlink()
    outcome = backprop(tmp_path, "verify", "odd", "--format", "json", "--jobs", "1")
    assert {Path(path).name: status for path, status in verdicts(outcome)} == dict.fromkeys(
        (name for name in ODD_NAMES if not name.startswith(".")), "right"
    )
    assert outcome.status == 0


@UNIX
@pytest.mark.parametrize("form", ["text", "json", "csv", "junit", "github", "html"])
def test_a_name_that_is_no_text_is_printed_all_the_same(tmp_path: Path, form: str) -> None:
    """Bytes of another time's encoding, as unpacked archives have them."""
    try:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.xlsx")).write_bytes(b"no workbook")
    except OSError:
        pytest.skip("the file system takes no such name")
    outcome = backprop(tmp_path, "verify", ".", "--format", form)
    assert outcome.status == 3
    assert "Traceback" not in outcome.errors
    assert "caf" in outcome.output


def test_a_file_that_may_not_be_read_is_one_line_and_the_others_are_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who runs the tests may read everything, so the system's answers are put into its mouth."""
    for name in ("closed.xlsx", "open.xlsx"):
        generate(template("backprop", iterations=2), tmp_path / name)
    closed, opened = tmp_path / "closed.xlsx", Path.open

    def open_or_refuse(path: Path, *arguments: Any, **options: Any) -> Any:
        if path == closed:
            raise PermissionError(13, "Permission denied")
        return opened(path, *arguments, **options)

    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != closed or mode == os.F_OK)
    monkeypatch.setattr(Path, "open", open_or_refuse)
    result = CliRunner().invoke(main, ["verify", "--jobs", "1", str(closed), str(tmp_path / "open.xlsx")])
    assert f"{closed}: not checked: it cannot be read: Permission denied" in result.stdout
    assert f"{tmp_path / 'open.xlsx'}: all right" in result.stdout
    assert (result.exit_code, result.stderr) == (3, "")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_pipe_that_nobody_writes_to_is_one_line(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.xlsx")
    outcome = backprop(tmp_path, "verify", "pipe.xlsx")
    assert outcome.output.startswith("pipe.xlsx: not checked: not a regular file")
    assert (outcome.status, outcome.errors) == (3, "")
