"""How long it takes to log many epochs, and to write their sheet: into a new workbook, and into the exercise's.

Each sheet is written by a process of its own, `backprop log`, measured from its start to its end.

    python -m benchmarks.log [EPOCHS]
"""

import math
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.measure import MEGABYTE, Command, run
from benchmarks.workbooks import generating
from training_log import SheetLogger

EPOCHS = 10_000


def main(epochs: int = EPOCHS) -> None:
    """Print a line a step."""
    with tempfile.TemporaryDirectory() as folder:
        new, exercise = Path(folder, "new.xlsx"), Path(folder, "backprop.xlsx")
        run(generating(exercise, 100))
        log = SheetLogger(new, sheet="Run", target=0.99)
        begin = time.perf_counter()
        for k in range(epochs):
            log.epoch(train_loss=math.exp(-k / 2000), test_loss=1 + 1 / (k + 1), correct=9_000 + k % 1000, total=10_000)
        print(f"{epochs:,} epochs on record: {time.perf_counter() - begin:.1f} s")
        for what, workbook in (("a new workbook", new), ("the exercise's workbook", exercise)):
            done = run(Command.module("backprop", "log", log.record, "--workbook", workbook))
            print(f"the sheet into {what}: {done.wall:.1f} s, {done.peak / MEGABYTE:.0f} MB at most")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
