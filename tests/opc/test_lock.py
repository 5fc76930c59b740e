"""A file is held by one process at a time, and let go of however its holder ends."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from opc.lock import held

HOLD = """
import sys, time
from pathlib import Path
from opc.lock import held
with held(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""
ROOT = Path(__file__).parents[2]


def test_a_file_that_another_process_holds_is_waited_for_and_let_go_of_by_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(TimeoutError, match=r"another process holds .*report.xlsx"), held(path, patience=0.1):
            pass
        with held(tmp_path / "another.xlsx", patience=0):
            pass
        process.kill()
        process.wait()
        with held(path):
            pass


def test_a_file_is_the_same_by_whatever_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    begin = time.monotonic()
    with held(tmp_path / "a.xlsx"), pytest.raises(TimeoutError), held(Path("a.xlsx"), patience=0):
        pass
    assert time.monotonic() >= begin
    assert list(tmp_path.iterdir()) == []
