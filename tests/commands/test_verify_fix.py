"""`backprop verify --fix`: where the mended copies are written, and what is said of them."""

from pathlib import Path

import pytest

from tests.commands.command import backprop, complaint
from tests.commands.verified import WRONG_CELL, copy, data, write_right, write_wrong


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a right workbook, and two wrong ones of the same name in folders of their own."""
    write_right(tmp_path / "class" / "right.xlsx")
    wrong = write_wrong(tmp_path / "class" / "ada" / "hw.xlsx")
    copy(wrong, tmp_path / "class" / "bob" / "hw.xlsx", tmp_path / "hw.xlsx")
    return tmp_path


def status(folder: Path, name: str) -> int:
    """The verdict on a workbook."""
    return backprop(folder, "verify", name).status


def test_the_copy_of_a_wrong_workbook_verifies(folder: Path) -> None:
    """The verdict stays that on the workbook itself, which nobody touches."""
    before = (folder / "hw.xlsx").read_bytes()
    outcome = backprop(folder, "verify", "hw.xlsx", "--fix", "mended.xlsx")
    assert outcome.status == 1
    assert WRONG_CELL in outcome.output
    assert outcome.errors.startswith("hw.xlsx: wrote mended.xlsx: ")
    assert status(folder, "mended.xlsx") == 0
    assert (folder / "hw.xlsx").read_bytes() == before


def test_the_verdicts_stay_readable_for_programs(folder: Path) -> None:
    """What came of the copies is said apart from them."""
    outcome = backprop(folder, "verify", "hw.xlsx", "--fix", "mended.xlsx", "--format", "json")
    assert data(outcome.output)["status"] == "faults"


def test_a_right_workbook_needs_no_copy(folder: Path) -> None:
    outcome = backprop(folder, "verify", "class/right.xlsx", "--fix", "mended.xlsx")
    assert (outcome.status, outcome.errors) == (0, "class/right.xlsx: no copy is written: nothing is wrong\n")
    assert not (folder / "mended.xlsx").exists()


def test_a_copy_that_is_there_is_kept_unless_forced(folder: Path) -> None:
    (folder / "mended.xlsx").write_text("a person's work")
    outcome = backprop(folder, "verify", "hw.xlsx", "--fix", "mended.xlsx")
    assert "--force" in outcome.errors
    assert (folder / "mended.xlsx").read_text() == "a person's work"
    backprop(folder, "verify", "hw.xlsx", "--fix", "mended.xlsx", "--force")
    assert status(folder, "mended.xlsx") == 0


def test_a_workbook_is_never_its_own_copy(folder: Path) -> None:
    before = (folder / "hw.xlsx").read_bytes()
    outcome = backprop(folder, "verify", "hw.xlsx", "--fix", "hw.xlsx", "--force")
    assert outcome.errors.startswith("hw.xlsx: no copy is written: ")
    assert (folder / "hw.xlsx").read_bytes() == before


def test_the_copies_of_a_folder_stand_in_another_as_their_workbooks_do(folder: Path) -> None:
    outcome = backprop(folder, "verify", "class", "--fix", "mended", "--jobs", "1")
    assert outcome.status == 1
    made = {path.relative_to(folder / "mended").as_posix() for path in (folder / "mended").rglob("*.xlsx")}
    assert made == {"ada/hw.xlsx", "bob/hw.xlsx"}
    assert status(folder, "mended") == 0


def test_two_copies_that_would_be_one_file_are_refused_before_any_work(folder: Path) -> None:
    outcome = backprop(folder, "verify", "class/ada/hw.xlsx", "class/bob/hw.xlsx", "--fix", "mended")
    assert "would both be written to" in complaint(outcome)
    assert outcome.status == 2
    assert not (folder / "mended").exists()


def test_several_workbooks_have_no_single_copy(folder: Path) -> None:
    outcome = backprop(folder, "verify", "hw.xlsx", "class/right.xlsx", "--fix", "mended.xlsx")
    assert "it must be a folder" in complaint(outcome)
    assert outcome.status == 2


def test_what_cannot_be_checked_has_no_copy_and_says_why(folder: Path) -> None:
    (folder / "text.xlsx").write_text("no workbook")
    outcome = backprop(folder, "verify", "text.xlsx", "--fix", "mended.xlsx")
    assert outcome.status == 3
    assert outcome.errors.startswith("text.xlsx: no copy is written: ")
