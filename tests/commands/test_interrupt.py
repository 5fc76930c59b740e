"""Ctrl-C and a kill while a workbook is written."""

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.commands.command import SCRIPT, SECONDS, begun

LONG = ("generate", "--iterations", "60000", "--learning-rates", "0.5", "--force")


@contextmanager
def writing(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A command that has begun to write a large workbook in a folder."""
    process = begun([SCRIPT, *LONG], folder)
    try:
        give_up = time.monotonic() + SECONDS
        while not list(folder.glob(".*.partial")) and process.poll() is None and time.monotonic() < give_up:
            time.sleep(0.01)
        assert process.poll() is None
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("old", [None, b"a person's work"])
def test_an_interrupt_leaves_what_was_there_and_says_no_more_than_that_it_stopped(
    tmp_path: Path, old: bytes | None
) -> None:
    path = tmp_path / "backprop.xlsx"
    if old is not None:
        path.write_bytes(old)
    with writing(tmp_path) as process:
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=SECONDS)
    assert (process.returncode, output) == (130, "")
    assert errors.splitlines()[-1] == "Error: stopped"
    assert "Traceback" not in errors
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == ({} if old is None else {path.name: old})


def test_a_kill_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "backprop.xlsx"
    path.write_bytes(b"a person's work")
    with writing(tmp_path) as process:
        process.kill()
        process.wait(SECONDS)
    assert path.read_bytes() == b"a person's work"
