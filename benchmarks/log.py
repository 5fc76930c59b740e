"""How long it takes to log many epochs, and to write their sheet: into a new workbook, and again into the same.

python -m benchmarks.log [EPOCHS]
"""

import math
import sys
import tempfile
import time
from pathlib import Path

from training_log import SheetLogger

EPOCHS = 10_000


def main(epochs: int = EPOCHS) -> None:
    """Print a line a step."""
    with tempfile.TemporaryDirectory() as folder:
        log = SheetLogger(Path(folder, "report.xlsx"), sheet="Run", target=0.99)
        begin = time.perf_counter()
        for k in range(epochs):
            log.epoch(train_loss=math.exp(-k / 2000), test_loss=1 + 1 / (k + 1), correct=9_000 + k % 1000, total=10_000)
        print(f"{epochs:,} epochs on record: {time.perf_counter() - begin:.1f} s")
        for what in ("a new workbook", "the workbook that is there"):
            begin = time.perf_counter()
            log.write()
            print(f"the sheet into {what}: {time.perf_counter() - begin:.1f} s, {_most_memory()}")


def _most_memory() -> str:
    """How much memory the process has taken at most, where the system says it."""
    status = Path("/proc/self/status")
    if not status.exists():
        return "memory unknown"
    peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return f"{int(peak.split()[1]) / 1000:.0f} MB at most"


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
