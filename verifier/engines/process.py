"""A program run within a time, that leaves nothing running behind: it and all that it starts end together."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

_LONGEST = 2_000  # characters of what it says that are kept


class ProgramError(Exception):
    """A program that could not be started, took too long, or failed: says so, in a phrase that follows its name."""


def run_program(command: Sequence[str], seconds: float, folder: Path) -> str:
    """Run a program in a folder; returns the end of what it says.

    When the time is up, or anything else ends the wait, the program and all processes that it has started are killed.
    Raises ProgramError.
    """
    try:
        process = subprocess.Popen(  # noqa: S603  the program is the user's own, the arguments are ours
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        raise ProgramError(f"could not be started: {error.strerror or error}") from None
    with process:
        try:
            output, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            _kill(process)
            raise ProgramError(f"took more than {seconds:g} seconds and was ended") from None
        except BaseException:
            _kill(process)
            raise
    said = output.decode("utf-8", errors="replace").strip()[-_LONGEST:]
    if process.returncode != 0:
        raise ProgramError(f"failed with exit status {process.returncode}; it said: {said!r}")
    return said


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """Kill a process and all that it has started."""
    if sys.platform == "win32":
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True, check=False)  # noqa: S603, S607
    else:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
