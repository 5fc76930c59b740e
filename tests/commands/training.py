"""`backprop train` in tests: on scikit-learn's digits, with the smallest model, in a workbook that is soon written."""

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest import mock

import openpyxl

from sheetgen import generate
from templates import load_template
from tests.commands.command import SECONDS, Outcome, begun, environment, in_process

QUICK = ("--dataset", "digits", "--model", "tiny", "--threads", "1")
EPOCH_LINE = re.compile(r"^Test set: Average loss: (\d+\.\d{4}), Accuracy: (\d+)/(\d+) \((\d+\.\d\d)%\)$", re.MULTILINE)
BOOK = "backprop.xlsx"
ROOT = Path(__file__).parents[2]


def small_workbook(path: Path) -> Path:
    """Generate a workbook with one short training table."""
    generate(replace(load_template("backprop"), iterations=2, learning_rates=(0.5,)), path)
    return path


def tabs(path: Path) -> list[str]:
    """The names of a workbook's sheets."""
    book = openpyxl.load_workbook(path, read_only=True)
    names = list(book.sheetnames)
    book.close()
    return names


def cells(path: Path, sheet: str) -> list[object]:
    """All that the cells of a sheet show, row by row."""
    rows = openpyxl.load_workbook(path, data_only=True)[sheet].iter_rows(values_only=True)
    return [value for row in rows for value in row if value is not None]


def epoch_column(path: Path, sheet: str, label: str) -> list[object]:
    """A column of the table of the epochs on a sheet."""
    found = openpyxl.load_workbook(path, data_only=True)[sheet]
    (table,) = found.tables.values()
    labels, *rows = found[table.ref]
    place = [cell.value for cell in labels].index(label)
    return [row[place].value for row in rows]


def only_run(folder: Path, runs: str = "runs") -> Path:
    """The folder of the one run that was begun."""
    (run,) = (folder / runs).iterdir()
    return run


def here(folder: Path, *arguments: str) -> Outcome:
    """Run `backprop train` in a folder, within the tests' own process: PyTorch is then imported once for all.

    How that process gets its memory stays as it is: the command has the C library give nothing back.
    """
    memory_as_it_is = mock.patch("torch_models.memory.keep_freed_memory")
    with mock.patch.dict(os.environ), memory_as_it_is:
        return in_process(folder, "train", *arguments)


# The command, but after some epochs it waits as soon as the last of them is on record, to be stopped there.
_WAITING = """\
import sys, time
from backprop.cli import main
from torch_models import run

append_epoch, count = run.append_epoch, int(sys.argv.pop(1))

def append_and_wait(folder, epoch):
    append_epoch(folder, epoch)
    while epoch.epoch == count:
        time.sleep(0.01)

run.append_epoch = append_and_wait
main(prog_name="backprop")
"""


@contextlib.contextmanager
def waiting(folder: Path, epochs: int, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """`backprop train` in a process of its own that waits when so many epochs are on record, and hears Ctrl-C.

    It is ended at the latest with the block.
    """
    process = begun([sys.executable, "-c", _WAITING, str(epochs), "train", *arguments], folder)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def torchrun(folder: Path, *arguments: str, processes: int = 2) -> Outcome:
    """Run a module or a script with its arguments in several processes on this machine alone."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    done = subprocess.run(
        [*command, *arguments], cwd=folder, env=environment(PYTHONPATH=str(ROOT)), capture_output=True,
        encoding="utf-8", timeout=SECONDS, check=False,
    )  # fmt: skip
    return Outcome(done.returncode, done.stdout, done.stderr)
