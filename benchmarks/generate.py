"""How fast `backprop generate` is: beside plain XlsxWriter calls for the same cells, and as the table grows.

    python -m benchmarks.generate [--quick]

Whole processes: start of Python, imports, computing the values, writing the file. Both workbooks have all their sheets
and are compared cell by cell. The growth is that of one tab at one learning rate.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measure import (
    MEGABYTE,
    Cells,
    Command,
    Series,
    Target,
    alternate,
    compared_runs,
    print_table,
    run,
)
from benchmarks.workbooks import check_same_cells, formula_count, generating

FASTER = 5.0  # times as fast as plain XlsxWriter
STEEPER = 1.25  # the cost of a row in the largest table, of that in the middle one: linear, with room for noise
HEAVIER = 1.5  # peak memory of the largest table, of that of the smallest: flat or nearly

# With the iterations that make workbooks of a like size: six tabs of single samples, blocks of 4, of 15 and of 30.
TEMPLATES = {"backprop": 1_000, "xor": 850, "iris": 150, "plane": 115}
GROWING = (("backprop", "0.5", 1), ("xor", "0.5", 4))  # with a learning rate, and the rows of an iteration
GROWTH, QUICK_GROWTH = (1_000, 10_000, 100_000), (300, 1_000, 3_000)  # rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.generate", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small workbooks, some seconds in all; no targets")
    parser.add_argument("--runs", type=int, default=5, help="of each command [default: %(default)s]")
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        for template, iterations in TEMPLATES.items():
            if options.quick:
                beside_plain_calls(Path(folder), template, max(iterations // 10, 1), 2, None)
            else:
                beside_plain_calls(Path(folder), template, iterations, options.runs, FASTER)
        for template, rate, batch in GROWING:
            sizes = QUICK_GROWTH if options.quick else GROWTH
            steps = (sizes[0] // batch, sizes[1] // batch, sizes[2] // batch)
            runs = 1 if options.quick else max(1, options.runs // 2)
            growth(Path(folder), template, rate, steps, runs, judged=not options.quick)


def beside_plain_calls(folder: Path, template: str, iterations: int, runs: int, target: float | None) -> None:
    """Write the same tabs both ways."""
    ours, plain = folder / "ours.xlsx", folder / "plain.xlsx"
    generate = generating(ours, iterations, template=template)
    write_plainly = Command.module("benchmarks.plain_writer", plain, iterations, template)
    run(generating(ours, 1, template=template))  # byte code is cached from here on
    run(Command.module("benchmarks.plain_writer", plain, 1, template))
    generated, written = alternate((generate, runs), (write_plainly, runs))
    cells, formulas = check_same_cells(ours, plain), formula_count(ours)
    print_table(
        f"{template}, {iterations:,} iterations: {formulas:,} formulas; all {cells:,} cells are the same in both",
        (f"median (min–max) of {runs}", "backprop generate", "plain XlsxWriter", "ratio", "target"),
        compared_runs(generated, written, target),
    )


def growth(folder: Path, template: str, rate: str, sizes: tuple[int, int, int], runs: int, judged: bool) -> None:
    """Write one tab in three sizes."""
    commands = [generating(folder / "one.xlsx", size, rate, template) for size in sizes]
    series = alternate(*((command, runs) for command in commands))
    rows: list[Cells] = [
        (
            f"{size:,} iterations",
            measured.cpu.text(),
            measured.wall.text(),
            f"{measured.cpu.median / size * 1000:.3f}",
            measured.peak.text(MEGABYTE),
            "",
        )
        for size, measured in zip(sizes, series, strict=True)
    ]
    header = (f"median (min–max) of {runs}", "CPU s", "wall s", "CPU s per 1,000", "peak memory, MB", "")
    print_table(f"{template}, one tab as it grows", header, rows)
    for text, amount, limit in _judgements(sizes, series):
        verdict = f"; target: {Target(f'{limit} or less', amount <= limit)}" if judged else ""
        print(f"  {text}: {amount:.2f}{verdict}")


def _judgements(sizes: tuple[int, int, int], series: Sequence[Series]) -> list[tuple[str, float, float]]:
    """What is said of the growth, the amount, and the most that it should be."""
    small, middle, large = (measured.cpu.median for measured in series)
    early, late = (middle - small) / (sizes[1] - sizes[0]), (large - middle) / (sizes[2] - sizes[1])
    return [
        (f"CPU time of each iteration past {sizes[1]:,}, relative to that of one before", late / early, STEEPER),
        (
            f"peak memory at {sizes[2]:,}, relative to that at {sizes[0]:,}",
            series[2].peak.median / series[0].peak.median,
            HEAVIER,
        ),
    ]


if __name__ == "__main__":
    main()
