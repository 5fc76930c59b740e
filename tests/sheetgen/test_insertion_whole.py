"""However inserting a sheet ends, the workbook is whole: what it was, or complete; and it is still the same file."""

import json
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from sheetgen.insertion import insert_sheet
from tests.sheetgen.insertion_targets import by_openpyxl, package
from tests.sheetgen.insertions import numbers
from tests.sheetgen.packages import sheet_names, sound
from tests.sheetgen.workbooks import parts

# Starts many processes, each of which inserts sheets without end, and kills each at another moment, every other one
# after its first sheet; says what was then in the workbook: its sheets, and whether every part can be unpacked.
KILL = """
import json, os, random, signal, sys, time
from pathlib import Path
from xml.etree import ElementTree
from zipfile import ZipFile
from sheetgen.insertion import insert_sheet

path = Path(sys.argv[1])
begin = time.perf_counter()
insert_sheet(sys.argv[2], lambda _, sheet: sheet.write("A1", 1), "Copy", "a copy")
moment = time.perf_counter() - begin
found = []
for k in range(30):
    written = path.stat().st_mtime_ns
    child = os.fork()
    if child == 0:
        number = 0
        while True:
            number += 1
            insert_sheet(path, lambda _, sheet: sheet.write_row("A1", [number] * 300), f"run {k}", f"run {k}")
    while k % 2 and path.stat().st_mtime_ns == written:
        time.sleep(0.001)
    time.sleep(random.uniform(0, 2 * moment))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with ZipFile(path) as file:
        sheets = ElementTree.fromstring(file.read("xl/workbook.xml")).iter()
        found.append([[sheet.get("name") for sheet in sheets if sheet.get("sheetId")], file.testzip()])
print(json.dumps(found))
"""

# Kills itself at one moment: when all is written but not yet in its place.
KILL_BEFORE_THE_END = """
import os, signal, sys
from sheetgen.insertion import insert_sheet
os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
insert_sheet(sys.argv[1], lambda _, sheet: sheet.write("A1", 1), "New", "a run")
"""


def test_a_process_that_is_killed_leaves_the_old_workbook_or_the_new_one(tmp_path: Path) -> None:
    path = by_openpyxl(tmp_path / "book.xlsx")
    copy = by_openpyxl(tmp_path / "copy.xlsx")
    outcome = subprocess.run([sys.executable, "-c", KILL, str(path), str(copy)], capture_output=True, check=True)
    before: list[str] = ["Data", "Empty"]
    for number, (names, damaged) in enumerate(json.loads(outcome.stdout)):
        assert damaged is None
        assert names in (before, [*before, f"run {number}"])
        before = names
    assert len(before) >= 2 + 15  # those that were let get that far
    sound(path)


def test_a_process_that_is_killed_at_the_last_moment_leaves_the_old_workbook_to_be_tried_again(tmp_path: Path) -> None:
    path = by_openpyxl(tmp_path / "book.xlsx")
    before = path.read_bytes()
    outcome = subprocess.run([sys.executable, "-c", KILL_BEFORE_THE_END, str(path)], check=False)
    assert outcome.returncode == -9
    assert path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 2
    insert_sheet(path, numbers, "New", "a run")
    assert sheet_names(path) == ["Data", "Empty", "New"]


@pytest.mark.parametrize(
    "error", [RuntimeError("a mistake"), KeyboardInterrupt(), OSError(28, "No space left on device")]
)
def test_an_error_while_the_sheet_is_written_leaves_the_workbook_as_it_was(
    tmp_path: Path, error: BaseException
) -> None:
    path = by_openpyxl(tmp_path / "book.xlsx")
    before = path.read_bytes()

    def fail(_: Any, sheet: Any) -> None:
        numbers(_, sheet)
        raise error

    with pytest.raises(type(error)):
        insert_sheet(path, fail, "New", "a run")
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_leaves_the_workbook_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = by_openpyxl(tmp_path / "book.xlsx")
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        insert_sheet(path, numbers, "New", "a run")
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
def test_who_may_read_the_workbook_stays_as_it_was(tmp_path: Path, mode: int) -> None:
    path = by_openpyxl(tmp_path / "book.xlsx")
    path.chmod(mode)
    insert_sheet(path, numbers, "New", "a run")
    assert path.stat().st_mode & 0o777 == mode


def test_a_link_stays_a_link_to_the_workbook(tmp_path: Path) -> None:
    path, link = by_openpyxl(tmp_path / "book.xlsx"), tmp_path / "link.xlsx"
    link.symlink_to(path.name)
    insert_sheet(link, numbers, "New", "a run")
    assert link.is_symlink()
    assert sheet_names(path) == ["Data", "Empty", "New"]


def test_a_workbook_is_found_beside_the_caller_by_its_name_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_openpyxl(tmp_path / "book.xlsx")
    monkeypatch.chdir(tmp_path)
    assert insert_sheet("book.xlsx", numbers, "New", "a run") == "New"
    assert sheet_names(tmp_path / "book.xlsx")[-1] == "New"


def test_memory_does_not_grow_with_the_parts_that_stay(tmp_path: Path) -> None:
    path = by_openpyxl(tmp_path / "book.xlsx")
    content = parts(path)
    package(path, content | {"xl/worksheets/sheet2.xml": content["xl/worksheets/sheet2.xml"] + b" " * (1 << 24)})
    insert_sheet(path, numbers, "New", "a run")  # what is imported is not counted
    tracemalloc.start()
    try:
        insert_sheet(path, numbers, "New", "a run")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1 << 22
