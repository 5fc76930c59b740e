"""`backprop generate`, as a user runs it."""

import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from templates import load_template, template_names
from tests.commands.command import backprop, complaint, environment

TEMPLATE = """\
inputs = [1.0]
targets = [0.5]
[[layers]]
weights = [[0.3]]
[training]
learning_rates = [0.5]
iterations = 2
"""


def tabs(path: Path) -> list[str]:
    return openpyxl.load_workbook(path, read_only=True).sheetnames


def test_without_arguments_it_writes_the_default_workbook_and_says_so(tmp_path: Path) -> None:
    outcome = backprop(tmp_path, "generate")
    assert (outcome.status, outcome.errors) == (0, "")
    assert outcome.output.startswith("Wrote backprop.xlsx: 2-2-2 sigmoid, 100 iterations")
    assert [path.name for path in tmp_path.iterdir()] == ["backprop.xlsx"]
    rates = [f"eta {rate}" for rate in ("0.1", "0.2", "0.5", "0.8", "1.0", "2.0")]
    assert tabs(tmp_path / "backprop.xlsx") == ["Start", "Explore", "Steps", "Check", *rates, "Compare"]


def test_options_choose_the_file_the_iterations_and_the_learning_rates(tmp_path: Path) -> None:
    outcome = backprop(
        tmp_path, "generate", "mazur", "-o", "here.xlsx", "--iterations", "7", "--learning-rates", "0.25,3"
    )
    assert outcome.status == 0
    assert tabs(tmp_path / "here.xlsx")[4:-1] == ["eta 0.25", "eta 3.0"]
    sheet = openpyxl.load_workbook(tmp_path / "here.xlsx", data_only=True)["eta 3.0"]
    assert sheet.cell(sheet.max_row, sheet.max_column).value == 7


def test_a_file_of_ones_own_is_a_template_and_names_the_workbook(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(TEMPLATE, encoding="utf-8")
    outcome = backprop(tmp_path, "generate", "mine.toml")
    assert outcome.status == 0
    assert outcome.output.startswith("Wrote mine.xlsx: 1-1 sigmoid, 2 iterations")
    assert (tmp_path / "mine.xlsx").exists()


def test_what_is_there_is_replaced_only_when_told_to(tmp_path: Path) -> None:
    path = tmp_path / "backprop.xlsx"
    path.write_bytes(b"a person's work")
    refusal = backprop(tmp_path, "generate", "--iterations", "2")
    assert refusal.status == 1
    assert "backprop.xlsx already exists" in complaint(refusal)
    assert "--force" in complaint(refusal)
    assert path.read_bytes() == b"a person's work"
    assert backprop(tmp_path, "generate", "--iterations", "2", "--force").status == 0
    assert tabs(path)[0] == "Start"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["bakprop"], ["no template is called 'bakprop'", "mazur"]),
        (["missing.toml"], ["missing.toml", "no such file"]),
        (["wrong.toml"], ["wrong.toml: training.iterations is missing"]),
        (["folder"], ["no template is called 'folder'"]),
        (["folder/"], ["folder"]),
        (["-o", "wrong.toml/book.xlsx"], ["wrong.toml is not a folder"]),
        (["-o", "folder.xlsx"], ["folder.xlsx is a folder"]),
        (["-o", "book.xls"], ["book.xls does not end in .xlsx"]),
        (["-o", ""], [".xlsx"]),
        (["-o", "b" * 300 + ".xlsx"], ["File name too long"]),
        (["--iterations", "1048576"], ["1,048,576 iterations do not fit", "1,048,543"]),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(tmp_path: Path, arguments: list[str], words: list[str]) -> None:
    (tmp_path / "folder.xlsx").mkdir()
    (tmp_path / "folder").mkdir()
    (tmp_path / "wrong.toml").write_text(TEMPLATE.replace("iterations = 2\n", ""), encoding="utf-8")
    before = sorted(tmp_path.rglob("*"))
    outcome = backprop(tmp_path, "generate", *arguments)
    assert outcome.status == 1
    for word in words:
        assert word in complaint(outcome)
    assert len(outcome.errors.splitlines()) == 1
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--learning-rates", "0.1;0.5"], ["--learning-rates", "0.1;0.5"]),
        (["--learning-rates", "0.1,,0.5"], ["--learning-rates", "not a number"]),
        (["--learning-rates", ""], ["--learning-rates", "not a number"]),
        (["--learning-rates", "0"], ["--learning-rates", "0 is not a positive number"]),
        (["--learning-rates=-0.5"], ["--learning-rates", "-0.5 is not a positive number"]),
        (["--learning-rates", "nan"], ["--learning-rates", "nan is not a positive number"]),
        (["--learning-rates", "1e999"], ["--learning-rates", "1e999 is not a positive number"]),
        (["--learning-rates", "0.1,0.10"], ["--learning-rates", "0.1,0.10 repeats a rate"]),
        (["--iterations", "0"], ["--iterations", "0 is not in the range"]),
        (["--iterations", "ten"], ["--iterations", "'ten' is not a valid integer"]),
        (["--iteration", "3", "--colour"], ["No such option"]),
        (["backprop", "mazur"], ["unexpected extra argument"]),
    ],
)
def test_a_wrong_call_names_the_option_and_the_value(tmp_path: Path, arguments: list[str], words: list[str]) -> None:
    outcome = backprop(tmp_path, "generate", *arguments)
    assert outcome.status == 2
    for word in words:
        assert word in complaint(outcome)
    assert list(tmp_path.iterdir()) == []


def test_templates_lists_every_template_with_what_it_is(tmp_path: Path) -> None:
    outcome = backprop(tmp_path, "templates")
    assert outcome.status == 0
    names = [line.split()[0] for line in outcome.output.splitlines() if not line.startswith(" ")]
    assert names == list(template_names())
    assert "2-2-2 sigmoid" in outcome.output
    assert "Matt Mazur" in outcome.output


def test_templates_has_one_line_a_template_with_its_title_and_its_network(tmp_path: Path) -> None:
    lines = backprop(tmp_path, "templates").output.splitlines()
    assert len(lines) == len(template_names())
    for line, template in zip(lines, map(load_template, template_names()), strict=True):
        assert [part for part in line.split("  ") if part][1].strip() == template.title
        assert line.endswith(f"  {template.describe()}")


@pytest.mark.parametrize("name", ["deep", "iris"])
def test_templates_prints_one_to_start_from_and_the_samples_that_it_reads(tmp_path: Path, name: str) -> None:
    """What is printed goes into files, and those are a template that does the same."""
    (tmp_path / "mine.toml").write_text(backprop(tmp_path, "templates", name).output, encoding="utf-8")
    (tmp_path / "iris.csv").write_text(backprop(tmp_path, "templates", "iris.csv").output, encoding="utf-8")
    assert replace(load_template(tmp_path / "mine.toml"), name=name) == load_template(name)


def test_templates_says_the_nearest_of_an_unknown_name(tmp_path: Path) -> None:
    assert "no template is called 'momentun'; the nearest is momentum," in complaint(
        backprop(tmp_path, "templates", "momentun")
    )


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such terminals")
@pytest.mark.parametrize(
    ("patience", "on_terminal", "shown"), [("0", True, True), ("1e9", True, False), ("0", False, False)]
)
def test_progress_is_shown_on_a_terminal_for_long_work_only(
    tmp_path: Path, patience: str, on_terminal: bool, shown: bool
) -> None:
    """How long is too long is the module's own number; here all work is, or none. A log gets nothing of it."""
    code = (
        "import sys, backprop.progress; from backprop.cli import main\n"
        "backprop.progress.PATIENCE = float(sys.argv.pop(1)); main()"
    )
    ours, theirs = os.openpty() if on_terminal else os.pipe()
    done = subprocess.run(
        [sys.executable, "-c", code, patience, "generate", "--iterations", "600"], cwd=tmp_path, env=environment(),
        stdout=subprocess.PIPE, stderr=theirs, check=False, text=True,
    )  # fmt: skip
    os.close(theirs)
    said = b""
    with suppress(OSError):  # at the end of a terminal
        while part := os.read(ours, 65_536):
            said += part
    os.close(ours)
    assert done.returncode == 0
    assert (b"Writing rows" in said) is shown
    assert shown or said == b""
    assert len(done.stdout.splitlines()) == 1
