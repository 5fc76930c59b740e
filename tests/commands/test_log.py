"""`backprop log`: training logs, whatever wrote them, as sheets of anybody's workbook."""

from pathlib import Path

import pytest
import xlsxwriter

from tests.commands.command import Outcome, backprop, complaint, in_process
from tests.commands.test_train_from import put
from tests.commands.training import epoch_column, tabs
from tests.sheetgen.packages import parts
from tests.torch_models.run_records import trained
from training_log import SheetLogger

CSV = "epoch,loss,val_loss,val_accuracy\n0,0.9,0.8,0.7\n1,0.5,0.6,0.85\n2,0.3,0.7,0.8\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a workbook and some logs."""
    with xlsxwriter.Workbook(tmp_path / "thesis.xlsx") as book:
        book.add_worksheet("Mine").write("A1", "my text")
    (tmp_path / "one.csv").write_text(CSV)
    (tmp_path / "two.csv").write_text(CSV.replace("0.85", "0.9"))
    (tmp_path / "training.log").write_text("Test set: Average loss: 0.0182, Accuracy: 9943/10000 (99.43%)\n")
    put(tmp_path / "first run", trained("first run", 3))
    put(tmp_path / "second run", trained("second run", 4))
    return tmp_path


def here(folder: Path, *arguments: str) -> Outcome:
    """Run `backprop log` in a folder."""
    return in_process(folder, "log", *arguments)


def test_a_log_gets_a_sheet_and_nothing_else_in_the_workbook_changes(folder: Path) -> None:
    before = parts(folder / "thesis.xlsx")
    outcome = here(folder, "one.csv", "--workbook", "thesis.xlsx")
    assert (outcome.status, outcome.errors) == (0, "")
    assert outcome.output == "one: 3 epochs, best 1 with val accuracy 0.85\nSheet 'one' of thesis.xlsx\n"
    assert tabs(folder / "thesis.xlsx") == ["Mine", "one"]
    assert epoch_column(folder / "thesis.xlsx", "one", "val loss") == [0.8, 0.6, 0.7]
    after = parts(folder / "thesis.xlsx")
    assert after["xl/worksheets/sheet1.xml"] == before["xl/worksheets/sheet1.xml"]


def test_several_logs_get_a_sheet_each_and_one_that_compares_them(folder: Path) -> None:
    outcome = here(folder, "one.csv", "two.csv", "training.log", "--workbook", "thesis.xlsx")
    assert outcome.output.endswith("\nSheets 'one', 'two', 'training', 'Runs compared' of thesis.xlsx\n")
    assert tabs(folder / "thesis.xlsx") == ["Mine", "one", "two", "training", "Runs compared"]


def test_a_workbook_that_is_not_there_is_made(folder: Path) -> None:
    assert here(folder, "one.csv").output.endswith("Sheet 'one' of report.xlsx\n")
    assert tabs(folder / "report.xlsx") == ["one"]


def test_a_target_is_asked_and_answered(folder: Path) -> None:
    outcome = here(folder, "one.csv", "--target", "80")
    assert outcome.output.startswith(
        "one: 3 epochs, best 1 with val accuracy 0.85, target of 0.8 for val accuracy first reached in epoch 1\n"
    )
    assert epoch_column(folder / "report.xlsx", "one", "meets the target") == ["–", "✓", "✓"]
    assert "target of 0.9 for val accuracy not reached" in here(folder, "one.csv", "--target", "90%").output


@pytest.mark.parametrize(("target", "epoch"), [("2.5", 2), ("2", 3), ("0.5", None)])
def test_a_target_of_a_log_without_an_accuracy_is_a_loss(folder: Path, target: str, epoch: int | None) -> None:
    (folder / "losses.csv").write_text("epoch,val_loss\n1,3\n2,2.5\n3,2\n")
    reached = "not reached" if epoch is None else f"first reached in epoch {epoch}"
    output = here(folder, "losses.csv", "--target", target).output
    assert f"target of {target} for val loss {reached}" in output


def test_a_run_of_our_own_has_its_confusion_matrix_too_and_is_asked_for_nothing(folder: Path) -> None:
    outcome = here(folder, "first run", "second run")
    assert outcome.output.endswith("Sheets 'reference seed 1', 'reference seed 1 2', 'Runs compared' of report.xlsx\n")
    labels = backprop(folder, "train", "--from", "first run", "--workbook", "report.xlsx")
    assert "Sheet 'reference seed 1' of report.xlsx shows the run" in labels.output


def test_a_record_of_a_script_gets_the_sheet_that_the_script_would_have_made(folder: Path) -> None:
    log = SheetLogger(folder / "thesis.xlsx", sheet="Run 7", target=0.9, record=folder / "run.jsonl")
    log.epoch(correct=9, total=10)
    here(folder, "run.jsonl", "--workbook", "thesis.xlsx")
    assert log.write() == "Run 7"
    assert tabs(folder / "thesis.xlsx") == ["Mine", "Run 7"]
    assert epoch_column(folder / "thesis.xlsx", "Run 7", "meets the target") == ["✓"]


def test_the_sheet_of_one_log_can_be_named(folder: Path) -> None:
    assert here(folder, "one.csv", "--sheet", "My run").output.endswith("Sheet 'My run' of report.xlsx\n")
    outcome = here(folder, "one.csv", "two.csv", "--sheet", "My run")
    assert complaint(outcome) == "Error: --sheet needs a single log; the sheets of several are named after their files"


def test_what_is_odd_in_a_log_is_noted_and_the_sheet_is_there(folder: Path) -> None:
    (folder / "odd.csv").write_text("epoch,loss\n1,nan\n2,inf\n1,2\n")
    outcome = here(folder, "odd.csv")
    assert outcome.status == 0
    assert outcome.errors.splitlines() == [
        "note: odd: epoch 1 logged more than once, as in a resumed run: the later lines count.",
        "note: odd: loss is inf in epoch 2: these cells are empty.",
    ]


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["missing.csv"], 2, "Path 'missing.csv' does not exist"),
        ([], 2, "Missing argument 'FILE...'"),
        (["thesis.xlsx"], 1, "thesis.xlsx is not a training log: it is binary; expected a record of SheetLogger"),
        (["one.csv", "./one.csv"], 1, "one.csv is the log of the run one.csv"),
        (["one.csv", "--workbook", "one.csv"], 1, "one.csv: not a workbook"),
        (
            ["one.csv", "--workbook", "new.xls"],
            1,
            "new.xls does not exist; a new workbook must end in .xlsx",
        ),
        (["one.csv", "--sheet", "a/b"], 1, "cannot be the name of a sheet: it has a '/'"),
        (["one.csv", "--target", "much"], 2, "'much' is not a number"),
    ],
)
def test_what_cannot_be_shown_is_said_in_one_line_and_nothing_changes(
    folder: Path, arguments: list[str], status: int, words: str
) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    outcome = here(folder, *arguments)
    assert outcome.status == status
    assert words in complaint(outcome)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_workbook_that_is_open_is_said_before_anything_is_done(folder: Path) -> None:
    (folder / "~$thesis.xlsx").touch()
    said = complaint(here(folder, "one.csv", "--workbook", "thesis.xlsx"))
    assert said.startswith("Error: thesis.xlsx: it is open in Excel: close it there")


def test_the_command_runs_as_installed(folder: Path) -> None:
    outcome = backprop(folder, "log", "one.csv")
    assert (outcome.status, outcome.errors) == (0, "")
