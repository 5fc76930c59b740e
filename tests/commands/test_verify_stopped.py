"""Ctrl-C while many workbooks are checked."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from sheetgen import generate
from tests.commands.command import SCRIPT, SECONDS, begun
from tests.commands.verified import copy
from tests.verifier.networks import template

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="there are no groups of processes"),
]


@pytest.mark.parametrize(("jobs", "after"), [(1, 2.0), (1, 4.0), (2, 0.0), (2, 0.1), (2, 0.3), (2, 2.0)])
def test_an_interrupt_ends_all_processes_with_one_line_and_writes_no_report(
    tmp_path: Path, jobs: int, after: float
) -> None:
    """Half of a class's verdicts could be taken for all of them. As from a terminal, every process gets the signal."""
    generate(template("backprop", iterations=3_000), tmp_path / "0.xlsx")
    copy(tmp_path / "0.xlsx", *(tmp_path / f"{k}.xlsx" for k in range(1, 30)))
    process = begun([SCRIPT, "verify", ".", "-o", "report.txt", "--jobs", str(jobs)], tmp_path, start_new_session=True)
    wait_until_work_begins(process, jobs)
    time.sleep(after)
    os.killpg(process.pid, signal.SIGINT)
    output, errors = process.communicate(timeout=SECONDS)
    assert (process.returncode, output) == (130, "")
    (line,) = errors.splitlines()
    assert line.startswith("Error: stopped when ")
    assert line.endswith(" of 30 workbooks were checked; no verdicts are written")
    assert not (tmp_path / "report.txt").exists()
    give_up = time.monotonic() + SECONDS
    while left := members(process.pid):
        assert time.monotonic() < give_up, left
        time.sleep(0.05)


def wait_until_work_begins(process: subprocess.Popen[str], jobs: int) -> None:
    """Wait for the processes of a pool, or, where there is none, for the SciPy that the check itself loads."""
    give_up = time.monotonic() + SECONDS
    while True:
        assert process.poll() is None
        assert time.monotonic() < give_up
        begun = members(process.pid)
        if jobs > 1 and len(begun) > 1:
            return
        if jobs == 1 and any("scipy" in part.path for one in begun for part in one.memory_maps()):
            return
        time.sleep(0.01)


def members(group: int) -> list[psutil.Process]:
    """The processes of a group that have not ended; nobody may ask after those that have."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, ProcessLookupError):
            if os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found
