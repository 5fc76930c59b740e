"""How fast `backprop verify` grades a class: on two cores beside one, and a foreign workbook beside one of ours.

    python -m benchmarks.grade [--quick] [--runs N]

Whole processes. A class is copies of the default workbook; one of a tenth of the size is graded too, so that the line
through both tells what a workbook takes from what the start of the command and of its workers takes.
"""

import argparse
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.foreign import write_foreign
from benchmarks.measure import MEGABYTE, Command, Series, Target, alternate, compared_runs, print_table, run
from benchmarks.workbooks import formula_count, generating

FASTER_TWO = 1.7  # times the throughput of one job
MOST_GROWTH = 1.1  # of the peak memory of a worker, for ten times the workbooks
MOST_FOREIGN = 2.0  # times the time of one of ours of the same size

CLASS, QUICK_CLASS = 100, 10  # workbooks
ITERATIONS, QUICK_ITERATIONS = 100, 2
FOREIGN_ROWS, SAME_SIZE = 100, 83  # rows of each foreign table; iterations of ours that make as many formulas


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.grade", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small workbooks, under a minute in all; no targets")
    parser.add_argument("--runs", type=int, default=5, help="of each command [default: %(default)s]")
    options = parser.parse_args()
    runs = 1 if options.quick else options.runs
    with TemporaryDirectory() as name:
        a_class(Path(name), runs, options.quick)
        a_foreign_workbook(Path(name), runs, options.quick)


def a_class(folder: Path, runs: int, quick: bool) -> None:
    """Many workbooks, with one job and with two."""
    workbooks = QUICK_CLASS if quick else CLASS
    run(generating(folder / "one.xlsx", QUICK_ITERATIONS if quick else ITERATIONS))
    whole, part = (copies(folder, count) for count in (workbooks, workbooks // 10))
    run(grading(part, 2))  # byte code is cached from here on
    two, one, few_two, few_one = alternate(
        *((grading(which, jobs), runs) for which in (whole, part) for jobs in (2, 1))
    )
    print_table(
        f"A class of {workbooks} workbooks, of {formula_count(folder / 'one.xlsx'):,} formulas each",
        (f"median (min–max) of {runs}", "backprop verify --jobs 2", "--jobs 1", "ratio", "target"),
        _throughput(two, one, judged=not quick),
    )
    lines = [Line.through(workbooks // 10, few, workbooks, many) for few, many in ((few_two, two), (few_one, one))]
    print_table(
        f"The line through {workbooks // 10} and {workbooks} workbooks",
        ("", "--jobs 2", "--jobs 1", ""),
        [
            ("CPU seconds a workbook", *(f"{line.cpu:.3f}" for line in lines), ""),
            ("wall seconds a workbook", *(f"{line.wall:.3f}" for line in lines), ""),
            ("CPU seconds for the start", *(f"{line.cpu_start:.2f}" for line in lines), ""),
            ("wall seconds for the start", *(f"{line.wall_start:.2f}" for line in lines), ""),
        ],
    )
    growth = two.peak.median / few_two.peak.median
    target = "" if quick else f"; target: {Target(f'{MOST_GROWTH:g} or less', growth <= MOST_GROWTH)}"
    print(f"  peak memory of a process for all, relative to that for a tenth: {growth:.2f}{target}")


def copies(folder: Path, count: int) -> Path:
    """A folder with so many copies of the one workbook."""
    path = folder / f"class of {count}"
    path.mkdir()
    for number in range(count):
        shutil.copy(folder / "one.xlsx", path / f"{number}.xlsx")
    return path


def grading(folder: Path, jobs: int) -> Command:
    """`backprop verify` on a folder."""
    return Command.module("backprop", "verify", folder, "--jobs", jobs, "--format", "csv")


def _throughput(two: Series, one: Series, judged: bool) -> list[Sequence[str]]:
    """The target is for the wall alone: two jobs do the same work, and CPU seconds are what it takes."""
    rows = [list(row) for row in compared_runs(two, one)]
    ratio = one.wall.median / two.wall.median
    rows[1][-1] = str(Target(f"{FASTER_TWO:g} or more", ratio >= FASTER_TWO)) if judged else ""
    return list(map(tuple, rows))


@dataclass(frozen=True)
class Line:
    """Seconds over the number of workbooks: those of each, and those of a start with none."""

    cpu: float
    wall: float
    cpu_start: float
    wall_start: float

    @classmethod
    def through(cls, few: int, low: Series, many: int, high: Series) -> "Line":
        """The straight line through the medians for few and for many workbooks."""
        cpu, wall = (
            (after - before) / (many - few)
            for before, after in ((low.cpu.median, high.cpu.median), (low.wall.median, high.wall.median))
        )
        return cls(cpu, wall, low.cpu.median - few * cpu, low.wall.median - few * wall)


def a_foreign_workbook(folder: Path, runs: int, quick: bool) -> None:
    """A workbook in another layout and spelling, and one of ours."""
    ours, foreign = folder / "ours.xlsx", folder / "foreign.xlsx"
    run(generating(ours, QUICK_ITERATIONS if quick else SAME_SIZE))
    write_foreign(foreign, QUICK_ITERATIONS + 1 if quick else FOREIGN_ROWS)
    (theirs, own) = alternate((verifying(foreign), runs), (verifying(ours), runs))
    rows = []
    for name, their, our in (("CPU seconds", theirs.cpu, own.cpu), ("wall seconds", theirs.wall, own.wall)):
        ratio = their.median / our.median
        target = "" if quick else str(Target(f"under {MOST_FOREIGN:g}", ratio < MOST_FOREIGN))
        rows.append((name, their.text(), our.text(), f"{ratio:.2f}", target))
    rows.append(("peak memory, MB", theirs.peak.text(MEGABYTE), own.peak.text(MEGABYTE), "", ""))
    print_table(
        f"A foreign workbook of {formula_count(foreign):,} formulas beside one of ours of {formula_count(ours):,}",
        (f"median (min–max) of {runs}", "foreign", "ours", "ratio", "target"),
        rows,
    )


def verifying(workbook: Path) -> Command:
    """`backprop verify` on one workbook."""
    return Command.module("backprop", "verify", workbook)


if __name__ == "__main__":
    main()
