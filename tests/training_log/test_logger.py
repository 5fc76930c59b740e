"""`SheetLogger`: each epoch is on record at once, and the sheet is written however the script ends."""

import json
import math
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openpyxl
import pytest
import xlsxwriter

from tests.sheetgen.packages import parts
from tests.training_log.scripts import ROOT, run, start
from tests.training_log.sheets_read import beside, sheet_of, table_of, texts
from training_log import LogError, SheetLogger, read_log

THREE = """
with SheetLogger("report.xlsx", sheet="Run 7", target=0.994, settings={"batch": 64, "seed": 1}) as log:
    for k in range(3):
        log.epoch(train_loss=1 / (k + 1), test_loss=2 / (k + 1), correct=9_900 + 30 * k, total=10_000)
"""
# Logs two epochs, says so, and waits; what happens then comes from outside, or is raised.
WAITING = """
import sys, time
with SheetLogger("report.xlsx", sheet="Run 7") as log:
    log.epoch(loss=2.0)
    log.epoch(loss=1.0)
    print("logged", flush=True)
    time.sleep(600)
"""


def record_in(folder: Path) -> Path:
    (path,) = folder.glob("*.jsonl")
    return path


def test_a_block_makes_a_record_and_a_sheet_in_a_new_workbook(tmp_path: Path) -> None:
    done = run(tmp_path, THREE)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report Run 7.jsonl", "report.xlsx"]
    table = table_of(tmp_path / "report.xlsx", "Run 7")
    assert list(table) == [
        "epoch", "train loss", "test loss", "correct", "total", "accuracy", "target", "meets the target", "best epoch",
    ]  # fmt: skip
    assert table["epoch"] == [1, 2, 3]
    assert table["accuracy"] == [0.99, 0.993, 0.996]
    assert table["meets the target"] == ["–", "–", "✓"]
    sheet = sheet_of(tmp_path / "report.xlsx", "Run 7")
    assert beside(sheet, "accuracy, at least") == [0.994, 0.996, "✓ yes"]
    assert (beside(sheet, "batch")[0], beside(sheet, "seed")[0]) == (64, 1)


def test_nothing_else_in_a_workbook_changes(tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Mine").write("A1", "my text")
    before = parts(path)
    run(tmp_path, THREE)
    after = parts(path)
    listing = {
        "[Content_Types].xml",
        "xl/workbook.xml",
        "xl/_rels/workbook.xml.rels",
        "xl/styles.xml",
        "docProps/app.xml",
    }
    assert {name for name in before if after[name] != before[name]} <= listing
    assert openpyxl.load_workbook(path).sheetnames == ["Mine", "Run 7"]


def test_an_epoch_is_on_record_when_the_call_returns(tmp_path: Path) -> None:
    log = SheetLogger(tmp_path / "report.xlsx", record=tmp_path / "run.jsonl")
    for count in (1, 2):
        log.epoch(loss=1 / count)
        assert len((tmp_path / "run.jsonl").read_text().splitlines()) == 1 + count
    assert json.loads((tmp_path / "run.jsonl").read_text().splitlines()[2]) == {"epoch": 2, "loss": 0.5}
    assert not (tmp_path / "report.xlsx").exists()


def test_tensors_and_arrays_of_one_number_are_taken_as_it(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    log = SheetLogger(tmp_path / "report.xlsx", record=tmp_path / "run.jsonl")
    log.epoch(
        a=torch.tensor(0.5, requires_grad=True), b=torch.tensor([2.0]), c=np.float32(0.25), d=np.array([3]), e=True,
    )  # fmt: skip
    assert read_log(log.record).columns == {"a": [0.5], "b": [2], "c": [0.25], "d": [3], "e": [1]}


@pytest.mark.parametrize("value", ["much", None, [1, 2], np.array([1, 2]), object()])
def test_what_is_no_number_is_refused_by_its_name_and_not_on_record(tmp_path: Path, value: object) -> None:
    log = SheetLogger(tmp_path / "report.xlsx", record=tmp_path / "run.jsonl")
    with pytest.raises(TypeError, match=r"^loss is .*, not a single number"):
        log.epoch(loss=value)  # type: ignore[arg-type]
    assert len((tmp_path / "run.jsonl").read_text().splitlines()) == 1


def test_an_epoch_that_cannot_be_is_refused_and_one_in_a_tensor_is_taken(tmp_path: Path) -> None:
    log = SheetLogger(tmp_path / "report.xlsx", record=tmp_path / "run.jsonl")
    for wrong in (-1, math.nan, math.inf):
        with pytest.raises(ValueError, match="expected a number, 0 or more"):
            log.epoch(wrong, loss=1)
    log.epoch(np.array([3]), loss=2)
    log.epoch(loss=1)
    assert (read_log(log.record).at, read_log(log.record).columns) == ([3, 4], {"loss": [2, 1]})


def test_settings_of_any_kind_are_kept(tmp_path: Path) -> None:
    settings = {"lr": 0.1, "path": Path("a"), "sizes": [1, 2], "on": True, "none": None}
    log = SheetLogger(tmp_path / "report.xlsx", record=tmp_path / "run.jsonl", settings=settings)
    log.epoch(loss=2)
    assert read_log(log.record).compared_settings == {
        "lr": 0.1, "path": "a", "sizes": "[1, 2]", "on": True, "none": None,
    }  # fmt: skip


def test_nan_and_infinities_are_on_record_and_told_on_the_sheet(tmp_path: Path) -> None:
    with SheetLogger(tmp_path / "report.xlsx", record=tmp_path / "run.jsonl") as log:
        for loss in (1.0, math.nan, math.inf, 0.5):
            log.epoch(loss=loss)
    assert table_of(tmp_path / "report.xlsx", "Run")["loss"] == [1, None, None, 0.5]
    assert "loss is inf and nan in epoch 2 and 3: these cells are empty." in texts(
        sheet_of(tmp_path / "report.xlsx", "Run")
    )
    assert '"nan"' in log.record.read_text()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="a kill is another thing here")
def test_a_script_that_is_killed_between_epochs_keeps_all_of_them(tmp_path: Path) -> None:
    """And its sheet is written by the command that the docs name."""
    with start(tmp_path, WAITING) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "logged\n"
        process.kill()
    assert [path.name for path in tmp_path.iterdir()] == ["report Run 7.jsonl"]
    assert read_log(record_in(tmp_path)).columns == {"loss": [2, 1]}


def test_ctrl_c_writes_the_sheet(tmp_path: Path) -> None:
    with start(tmp_path, WAITING) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "logged\n"
        process.send_signal(signal.SIGINT)
        assert process.wait() != 0
    assert table_of(tmp_path / "report.xlsx", "Run 7")["loss"] == [2, 1]


def test_an_exception_writes_the_sheet_and_goes_on(tmp_path: Path) -> None:
    done = run(tmp_path, WAITING.replace("time.sleep(600)", "raise RuntimeError('out of memory')"))
    assert done.returncode == 1
    assert done.stderr.endswith("RuntimeError: out of memory\n")
    assert table_of(tmp_path / "report.xlsx", "Run 7")["loss"] == [2, 1]


def test_a_workbook_that_is_open_costs_one_line_with_the_command_that_writes_the_sheet_later(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "report.xlsx") as book:
        book.add_worksheet()
    lock = tmp_path / "~$report.xlsx"
    lock.touch()
    done = run(tmp_path, THREE)
    assert done.returncode == 0
    (said,) = done.stderr.splitlines()
    assert "report.xlsx: it is open in Excel: close it there" in said
    lock.unlink()
    command = shlex.split(said.partition("later: ")[2])
    assert command[:2] == ["backprop", "log"]
    subprocess.run(
        [sys.executable, "-m", *command], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True
    )
    assert table_of(tmp_path / "report.xlsx", "Run 7")["epoch"] == [1, 2, 3]


def test_without_an_epoch_the_sheet_is_not_written_and_a_line_says_why(tmp_path: Path) -> None:
    done = run(tmp_path, 'with SheetLogger("report.xlsx") as log:\n    pass')
    (said,) = done.stderr.splitlines()
    assert "contains no numbers: nothing has been logged yet" in said
    assert not (tmp_path / "report.xlsx").exists()


def test_a_run_that_goes_on_has_one_record_and_one_sheet(tmp_path: Path) -> None:
    """From a checkpoint of epoch 1: epoch 2 comes again, and counts."""
    code = """
with SheetLogger("report.xlsx", sheet="Run 7", record="run.jsonl") as log:
    for k in range(int(sys.argv[1]), int(sys.argv[2]) + 1):
        log.epoch(k, loss=float(sys.argv[3]) / k)
    log.epoch(loss=0)
"""
    for arguments in (("1", "2", "1"), ("2", "3", "6")):
        assert run(tmp_path, code, *arguments).stderr == ""
    assert openpyxl.load_workbook(tmp_path / "report.xlsx").sheetnames == ["Run 7"]
    assert table_of(tmp_path / "report.xlsx", "Run 7")["loss"] == [1, 3, 2, 0]


def test_a_torn_line_is_cut_off_before_the_next(tmp_path: Path) -> None:
    first = SheetLogger(tmp_path / "report.xlsx", record=tmp_path / "run.jsonl")
    first.epoch(loss=2)
    with (tmp_path / "run.jsonl").open("a") as file:
        file.write('{"epoch": 2, "lo')
    second = SheetLogger(tmp_path / "report.xlsx", record=tmp_path / "run.jsonl")
    second.epoch(loss=1)
    assert read_log(second.record).columns == {"loss": [2, 1]}
    assert read_log(second.record).notes == ()


def test_runs_have_records_and_sheets_of_their_own(tmp_path: Path) -> None:
    for _ in range(2):
        run(tmp_path, THREE)
    assert sorted(path.name for path in tmp_path.glob("*.jsonl")) == ["report Run 7 2.jsonl", "report Run 7.jsonl"]
    assert openpyxl.load_workbook(tmp_path / "report.xlsx").sheetnames == ["Run 7", "Run 7 2"]


def test_processes_that_log_into_one_workbook_at_once_each_get_their_sheet(tmp_path: Path) -> None:
    code = THREE.replace('sheet="Run 7"', "sheet=sys.argv[1]")
    processes = [start(tmp_path, code, f"Run {k}") for k in range(4)]
    said = [process.communicate() for process in processes]
    assert said == [("", "")] * 4
    assert sorted(openpyxl.load_workbook(tmp_path / "report.xlsx").sheetnames) == [f"Run {k}" for k in range(4)]
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".jsonl"] * 4 + [".xlsx"]


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"workbook": "report.txt"}, ValueError, "report.txt does not end in .xlsx or .xlsm"),
        ({"workbook": "missing/report.xlsx"}, FileNotFoundError, "No such file"),
        ({"workbook": "report.xlsx", "record": "notes.txt"}, LogError, "notes.txt, line 1: not the header"),
    ],
)
def test_what_cannot_be_logged_to_is_refused_before_the_first_epoch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: dict[str, str], error: type[Exception], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("notes.txt").write_text("my notes\n")
    with pytest.raises(error, match=words):
        SheetLogger(**arguments)


def test_a_script_logs_without_pytorch_and_numpy(tmp_path: Path) -> None:
    code = THREE.replace("with Sheet", "sys.modules['torch'] = None\nwith Sheet").replace(
        "log.epoch(", "assert 'numpy' not in sys.modules; log.epoch("
    )
    assert run(tmp_path, code).stderr == ""


@pytest.mark.parametrize("there", [False, True], ids=["new", "exercise"])
def test_ten_thousand_epochs_take_less_than_a_hundred_megabytes(
    tmp_path: Path, shipped_workbook: Callable[[str], Path], there: bool
) -> None:
    """Of the whole process, for a new workbook and for the exercise's."""
    if not Path("/proc/self/status").exists():
        pytest.skip("the system does not say how much memory a process took")
    if there:
        shutil.copy(shipped_workbook("backprop"), tmp_path / "report.xlsx")
    done = run(
        tmp_path,
        r"""
import re
with SheetLogger("report.xlsx", target=0.99) as log:
    for k in range(10_000):
        log.epoch(train_loss=1 / (k + 1), test_loss=2 / (k + 1), correct=9_000 + k // 10, total=10_000, seconds=3)
print(re.search(r"VmHWM:\s*(\d+) kB", open("/proc/self/status").read())[1])
""",
    )
    assert done.stderr == ""
    assert int(done.stdout) < 100_000
    assert len(table_of(tmp_path / "report.xlsx", "Run")["epoch"]) == 10_000
