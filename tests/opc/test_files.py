"""A file appears whole or not at all: what was there stays until all of the new one is on disk."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from opc.files import whole_file
from sheetgen import generate
from templates import load_template

GENERATE_FOR_LONG = """
import sys
from dataclasses import replace
from pathlib import Path
from sheetgen import generate
from templates import load_template
generate(replace(load_template("backprop"), iterations=60_000, learning_rates=(0.5,)), Path(sys.argv[1]))
"""
PATIENCE = 600.0  # seconds, busy as the machine may be, until a process that was started must have begun to write


def test_a_file_that_is_written_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "file.xlsx"
    path.write_bytes(b"old")
    with whole_file(path) as file:
        file.write(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def write_half(path: Path, error: BaseException) -> None:
    """Begin to write a file, and fail."""
    with whole_file(path) as file:
        file.write(b"half")
        raise error


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt(), SystemExit(1)])
def test_an_error_in_the_middle_leaves_the_old_file_and_nothing_else(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "file.xlsx"
    path.write_bytes(b"old")
    with pytest.raises(type(error)):
        write_half(path, error)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_in_the_middle_leaves_no_file_where_there_was_none(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        write_half(tmp_path / "file.xlsx", RuntimeError())
    assert list(tmp_path.iterdir()) == []


def test_a_link_stays_a_link_to_the_file_that_is_replaced(tmp_path: Path) -> None:
    target, link = tmp_path / "target.xlsx", tmp_path / "link.xlsx"
    target.write_bytes(b"old")
    link.symlink_to(target)
    with whole_file(link) as file:
        file.write(b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_generating_stops_whole_where_the_progress_is_interrupted(tmp_path: Path) -> None:
    """An error in the caller's own function is as good as one while writing."""
    path = tmp_path / "backprop.xlsx"
    path.write_bytes(b"old")

    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate(load_template("backprop"), path, interrupt)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_an_oserror(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        generate(load_template("backprop"), tmp_path / "missing" / "backprop.xlsx")


def test_a_killed_process_leaves_the_old_file_byte_for_byte(tmp_path: Path) -> None:
    path = tmp_path / "backprop.xlsx"
    generate(load_template("backprop"), path)
    before = path.read_bytes()
    process = subprocess.Popen([sys.executable, "-c", GENERATE_FOR_LONG, str(path)])
    try:
        give_up = time.monotonic() + PATIENCE
        while not begun(tmp_path, path) and process.poll() is None and time.monotonic() < give_up:
            time.sleep(0.01)
        assert begun(tmp_path, path)
        assert process.poll() is None
    finally:
        process.kill()
        assert process.wait() == -signal.SIGKILL
    assert path.read_bytes() == before


def begun(folder: Path, path: Path) -> bool:
    """Whether the new file stands beside the old one, with something in it."""
    return any(file.stat().st_size for file in folder.iterdir() if file != path)
