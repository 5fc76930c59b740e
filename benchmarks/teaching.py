"""What the teaching sheets cost: `backprop generate` beside the same tabs without Explore, Steps, Check and Compare.

    python -m benchmarks.teaching [--quick]

Whole processes, and the sizes of the files. The sheets show one step and the whole of each column, so what they add is
the same in a workbook of ten times as many iterations.
"""

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measure import Command, Series, Target, alternate, print_table, run
from benchmarks.workbooks import generating

ADDED = 0.20  # of the time, and of the size, of the default workbook without them, at most
ITERATIONS, MORE_ITERATIONS = 100, 1_000
GROWTH = 1.5  # bytes added with more iterations, relative to those added with fewer: the same, but for longer numbers
KILOBYTE = 1_000  # bytes


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.teaching", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one run of each; no targets")
    parser.add_argument("--runs", type=int, default=9, help="of each command [default: %(default)s]")
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        runs = 1 if options.quick else options.runs
        few = with_and_without(Path(folder), ITERATIONS, runs, judged=not options.quick)
        many = with_and_without(Path(folder), MORE_ITERATIONS, runs, judged=False)
    growth = many / few
    verdict = "" if options.quick else f"; target: {Target(f'{GROWTH} or less', growth <= GROWTH)}"
    print(f"  Bytes added at {MORE_ITERATIONS:,} iterations, relative to those at {ITERATIONS}: {growth:.2f}{verdict}")


def with_and_without(folder: Path, iterations: int, runs: int, judged: bool) -> int:
    """Write both workbooks, print what the sheets add, and return the bytes of it."""
    whole, tables = folder / "whole.xlsx", folder / "tables.xlsx"
    alone = Command.module("benchmarks.tables_alone", tables, iterations)
    run(generating(whole, 1))  # byte code is cached from here on
    run(alone)
    with_sheets, without = alternate((generating(whole, iterations), runs), (alone, runs))
    sizes = whole.stat().st_size, tables.stat().st_size
    print_table(
        f"Six tabs of {iterations:,} iterations, with the teaching sheets and without",
        (f"median (min–max) of {runs}", "with", "without", "more", "target"),
        [
            _line("CPU seconds", with_sheets, without, judged),
            (
                "size, kB",
                f"{sizes[0] / KILOBYTE:.0f}",
                f"{sizes[1] / KILOBYTE:.0f}",
                *_more(sizes[0] / sizes[1] - 1, judged),
            ),
        ],
    )
    return sizes[0] - sizes[1]


def _line(what: str, with_sheets: Series, without: Series, judged: bool) -> tuple[str, ...]:
    added = with_sheets.cpu.median / without.cpu.median - 1
    return what, with_sheets.cpu.text(), without.cpu.text(), *_more(added, judged)


def _more(added: float, judged: bool) -> tuple[str, str]:
    return f"{added:.0%}", str(Target(f"under {ADDED:.0%}", added < ADDED)) if judged else ""


if __name__ == "__main__":
    main()
