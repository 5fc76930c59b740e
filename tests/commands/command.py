"""The `backprop` command, run as a user runs it: the installed script, in a process and a folder of its own."""

import contextlib
import os
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from backprop.cli import main

SCRIPT = Path(sysconfig.get_path("scripts"), "backprop")
SECONDS = 600  # until a command is taken to hang: a busy machine may take minutes for what a quiet one does at once

# Begins a command as a shell does on a terminal. What a shell begins in the background ignores Ctrl-C, and so does all
# that it begins, tests and their children included (POSIX, Shell Command Language, 2.11).
_IN_THE_FOREGROUND = """\
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])
"""


@dataclass(frozen=True)
class Outcome:
    """What a command left behind: its exit status, and what it printed."""

    status: int
    output: str
    errors: str


def environment(**variables: str) -> dict[str, str]:
    """The surroundings of a command: those of the tests, on a terminal 100 columns wide, and what is given."""
    return {**os.environ, "COLUMNS": "100", "PYTHONUTF8": "1", **variables}


def begun(command: Sequence[str | Path], folder: Path, **options: Any) -> subprocess.Popen[str]:
    """A command that has begun in a folder and hears Ctrl-C, whatever the tests themselves do with signals."""
    return subprocess.Popen(
        [sys.executable, "-c", _IN_THE_FOREGROUND, *map(str, command)], cwd=folder, env=environment(),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8", **options,
    )  # fmt: skip


def backprop(folder: Path, *arguments: str, variables: Mapping[str, str] | None = None) -> Outcome:
    """Run the command in a folder."""
    return _run([str(SCRIPT), *arguments], folder, environment(**(variables or {})))


def in_process(folder: Path, *arguments: str) -> Outcome:
    """Run the command in a folder, within the tests' own process: what it imports is then imported once for all."""
    with contextlib.chdir(folder):
        result = CliRunner().invoke(main, arguments, catch_exceptions=False, prog_name="backprop")
    return Outcome(result.exit_code, result.stdout, result.stderr)


def python(folder: Path, code: str, *arguments: str) -> Outcome:
    """Run some lines of Python in a folder."""
    return _run([sys.executable, "-c", code, *arguments], folder, environment())


def _run(command: list[str], folder: Path, variables: Mapping[str, str]) -> Outcome:
    done = subprocess.run(
        command, cwd=folder, env=variables, capture_output=True, timeout=SECONDS, check=False,
        encoding="utf-8", errors="replace",
    )  # fmt: skip
    return Outcome(done.returncode, done.stdout, done.stderr)


def complaint(outcome: Outcome) -> str:
    """The one line in which a command says what is wrong; it prints no trace of its own insides, and no result."""
    assert outcome.status != 0
    assert outcome.output == ""
    assert "Traceback" not in outcome.errors
    *usage, last = outcome.errors.splitlines()
    assert last.startswith("Error: ")
    # A wrong call is also shown how to call; anything else is that one line.
    assert usage == [] or (usage[0].startswith("Usage: backprop") and outcome.status == 2)
    return last
