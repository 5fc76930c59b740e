"""Commands run alternately as processes of their own, and what they took, printed side by side.

A process is measured by what the system accounts to it when it ends, its own children included (wait4(2)): CPU seconds
(user and system), wall seconds, and the largest resident memory of any one of its processes, which Linux never counts
as less than that of the process that started it, here some 16 MB. Nothing here fails by the clock: a target that is
missed is printed, and the exit status stays 0.
"""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryFile
from typing import IO

REPOSITORY = Path(__file__).resolve().parents[1]
PYTHON = sys.executable
MEGABYTE = 1_000_000  # bytes


class BrokenRunError(Exception):
    """A measured command that ended with an error: says which, its exit status, and the end of what it printed."""


@dataclass(frozen=True)
class Command:
    """What to run in the repository's root, and what to call it."""

    name: str
    arguments: tuple[str, ...]

    @classmethod
    def module(cls, module: str, *arguments: object) -> "Command":
        """`python -m` with the Python of this process."""
        words = tuple(str(argument) for argument in arguments)
        return cls(" ".join([module, *words[:1]]), (PYTHON, "-m", module, *words))


@dataclass(frozen=True)
class Run:
    """One run of a command: seconds, bytes, and what it printed on standard output."""

    cpu: float
    wall: float
    peak: float
    output: str = ""


@dataclass(frozen=True)
class Spread:
    """The same quantity over several runs."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return median(self.values)

    def text(self, unit: float = 1.0) -> str:
        """`median (min–max)` in multiples of `unit`, or the number alone where there is only one."""
        middle, least, most = (_digits(value / unit) for value in (self.median, min(self.values), max(self.values)))
        return f"{middle} ({least}–{most})" if len(self.values) > 1 else middle


@dataclass(frozen=True)
class Series:
    """The runs of one command."""

    runs: tuple[Run, ...]

    @property
    def cpu(self) -> Spread:
        return Spread(tuple(run.cpu for run in self.runs))

    @property
    def wall(self) -> Spread:
        return Spread(tuple(run.wall for run in self.runs))

    @property
    def peak(self) -> Spread:
        return Spread(tuple(run.peak for run in self.runs))


def run(command: Command) -> Run:
    """Run a command to its end. Raises BrokenRunError where its exit status is not 0."""
    print(f"  running {command.name} …", file=sys.stderr, flush=True)
    with TemporaryFile() as output, TemporaryFile() as errors:
        begin = time.perf_counter()
        process = subprocess.Popen(
            command.arguments, cwd=REPOSITORY, stdin=subprocess.DEVNULL, stdout=output, stderr=errors
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            printed = (_read(output) + _read(errors)).strip()[-2000:]
            raise BrokenRunError(f"{command.name} ended with exit status {process.returncode}:\n{printed}")
        scale = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss: bytes on macOS, kilobytes elsewhere
        return Run(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * scale, _read(output))


def _read(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")


def alternate(*wanted: tuple[Command, int]) -> list[Series]:
    """Run commands in turns, A B A B, each as often as wanted, so that a slow moment of the machine meets them all."""
    runs: list[list[Run]] = [[] for _ in wanted]
    for turn in range(max(times for _, times in wanted)):
        for (command, times), done in zip(wanted, runs, strict=True):
            if turn < times:
                done.append(run(command))
    return [Series(tuple(done)) for done in runs]


@dataclass(frozen=True)
class Target:
    """What a ratio or an amount should be, as text, and whether it is."""

    text: str
    met: bool

    def __str__(self) -> str:
        return f"{self.text}: {'met' if self.met else 'NOT met'}"


Cells = Sequence[str]


def compared(what: str, ours: Spread, other: Spread, at_least: float | None = None, unit: float = 1.0) -> Cells:
    """A line of a table: both amounts, how many times ours goes into the other's, and the target for that."""
    ratio = other.median / ours.median
    target = "" if at_least is None else str(Target(f"{at_least:g} or more", ratio >= at_least))
    return what, ours.text(unit), other.text(unit), _digits(ratio), target


def compared_runs(ours: Series, other: Series, at_least: float | None = None) -> list[Cells]:
    """Three lines of a table: CPU seconds, wall seconds and peak memory; the target is for both kinds of seconds."""
    return [
        compared("CPU seconds", ours.cpu, other.cpu, at_least),
        compared("wall seconds", ours.wall, other.wall, at_least),
        compared("peak memory, MB", ours.peak, other.peak, unit=MEGABYTE),
    ]


def print_table(title: str, header: Cells, rows: Sequence[Cells]) -> None:
    """Print a small table: its first column is text, the others are set right but for the last."""
    lines = [header, *rows]
    widths = [max(len(line[k]) for line in lines) for k in range(len(header))]
    print(f"\n{title}")
    for line in lines:
        first, *middle, last = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        aligned = [cell.strip().rjust(len(cell)) for cell in middle]
        print("  " + "   ".join([first, *aligned, last]).rstrip(), flush=True)


def _digits(value: float) -> str:
    """A number with three digits, or all of those before its point."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
