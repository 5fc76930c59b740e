"""How fast `backprop verify` is: beside `formulas.ExcelModel`, and beside engines that only recalculate.

These are LibreOffice, formualizer and ironcalc, each where it is installed.

    python -m benchmarks.verify [--quick] [--model-runs N]

Whole processes. ExcelModel takes about a minute and more than a gigabyte for the default workbook, so it runs once;
for the large workbook, which it does not finish in any patience, its time is extrapolated: a straight line through the
time for a tiny workbook (nearly all start-up) and that for the default one, over the number of formulas.
"""

import argparse
import json
import shutil
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.engine_recalculation import NAMES as ENGINES
from benchmarks.measure import (
    MEGABYTE,
    REPOSITORY,
    Cells,
    Command,
    Series,
    Spread,
    Target,
    alternate,
    compared,
    compared_runs,
    print_table,
    run,
)
from benchmarks.workbooks import formula_count, generating

FASTER_DEFAULT, FASTER_LARGE = 25.0, 150.0  # times as fast as ExcelModel
FASTER_OFFICE = 2.0  # times as fast as LibreOffice
FASTER_ENGINE = 1.0  # times as fast as an engine that only recalculates
MOST_MEMORY = 1_000 * MEGABYTE

DEFAULT_ITERATIONS, LARGE_ITERATIONS = 100, 1_000
QUICK_ITERATIONS, QUICK_LARGE_ITERATIONS = 2, 100
SYSTEM_PYTHON = "/usr/bin/python3"  # the one that Debian's LibreOffice has its bridge for


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.verify", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small workbooks, under a minute in all; no targets")
    parser.add_argument("--runs", type=int, default=5, help="of verify and LibreOffice [default: %(default)s]")
    parser.add_argument("--model-runs", type=int, default=1, help="of ExcelModel, 0 for none [default: %(default)s]")
    options = parser.parse_args()
    runs = 2 if options.quick else options.runs
    with TemporaryDirectory() as name:
        folder = Path(name)
        smaller = made(folder, "smaller.xlsx", QUICK_ITERATIONS if options.quick else DEFAULT_ITERATIONS)
        large = made(folder, "large.xlsx", QUICK_LARGE_ITERATIONS if options.quick else LARGE_ITERATIONS)
        tiny = made(folder, "tiny.xlsx", 1, "0.5")
        run(verifying(tiny))  # byte code is cached from here on
        line = beside_model(smaller, tiny, runs, options.model_runs, judged=not options.quick)
        verified = beside_office(folder, large, tiny, runs, judged=not options.quick)
        beside_engines(large, runs, judged=not options.quick)
        large_workbook(large, verified, line, judged=not options.quick)


def made(folder: Path, name: str, iterations: int, rates: str | None = None) -> Path:
    """Generate a workbook to verify."""
    run(generating(folder / name, iterations, rates))
    return folder / name


def verifying(workbook: Path) -> Command:
    """`backprop verify`."""
    return Command.module("backprop", "verify", workbook)


def modelling(workbook: Path) -> Command:
    """ExcelModel, loading, finishing and calculating."""
    return Command.module("benchmarks.excel_model", workbook)


@dataclass(frozen=True)
class Effort:
    """What ExcelModel takes for so many formulas, in seconds."""

    formulas: int
    cpu: float
    wall: float

    def __str__(self) -> str:
        return f"{self.formulas:,} formulas in {self.cpu:.1f} CPU and {self.wall:.1f} wall seconds"


@dataclass(frozen=True)
class Line:
    """A straight line through two efforts, over the number of formulas."""

    low: Effort
    high: Effort

    def at(self, formulas: int) -> Effort:
        """The effort for another number of formulas."""
        share = (formulas - self.low.formulas) / (self.high.formulas - self.low.formulas)
        cpu = self.low.cpu + share * (self.high.cpu - self.low.cpu)
        wall = self.low.wall + share * (self.high.wall - self.low.wall)
        return Effort(formulas, cpu, wall)


def beside_model(workbook: Path, tiny: Path, runs: int, model_runs: int, judged: bool) -> Line | None:
    """The smaller workbook against ExcelModel; returns what ExcelModel's time is extrapolated by."""
    if model_runs == 0:
        print("ExcelModel is left out, as --model-runs 0 asks")
        return None
    run(modelling(tiny))  # byte code is cached from here on
    start = run(modelling(tiny))
    verified, modelled = alternate((verifying(workbook), runs), (modelling(workbook), model_runs))
    count = formula_count(workbook)
    print_table(
        f"A workbook of {count:,} formulas{', the default one' if judged else ''}",
        (f"median (min–max) of {runs} and {model_runs}", "backprop verify", "formulas.ExcelModel", "ratio", "target"),
        compared_runs(verified, modelled, FASTER_DEFAULT if judged else None),
    )
    return Line(
        Effort(formula_count(tiny), start.cpu, start.wall), Effort(count, modelled.cpu.median, modelled.wall.median)
    )


def beside_office(folder: Path, workbook: Path, tiny: Path, runs: int, judged: bool) -> Series:
    """The large workbook against LibreOffice where it is installed; returns the runs of verify."""
    verify = verifying(workbook)
    if not office_is_there():
        print(f"\nLibreOffice is left out: no soffice, or {SYSTEM_PYTHON} has no bridge to it (Debian: python3-uno)")
        return alternate((verify, runs))[0]
    script, profile = REPOSITORY / "benchmarks" / "office_recalculation.py", folder / "profile"
    command, warm_up = (
        Command("LibreOffice", (SYSTEM_PYTHON, str(script), str(path), str(profile))) for path in (workbook, tiny)
    )
    run(warm_up)
    verified, office = alternate((verify, runs), (command, runs))
    inside = [json.loads(done.output) for done in office.runs]
    target = FASTER_OFFICE if judged else None
    work = Spread(tuple(times["load"] + times["recalculate"] for times in inside))
    print_table(
        f"A workbook of {formula_count(workbook):,} formulas; LibreOffice loads it and recalculates hard",
        (f"median (min–max) of {runs}", "backprop verify", "LibreOffice", "ratio", "target"),
        [*compared_runs(verified, office, target), compared("wall s, its start left out", verified.wall, work, target)],
    )
    load, recalculate = (median(times[step] for times in inside) for step in ("load", "recalculate"))
    print(f"  Of LibreOffice's wall seconds, {load:.2f} are for loading and {recalculate:.2f} for recalculating.")
    return verified


def beside_engines(workbook: Path, runs: int, judged: bool) -> None:
    """The large workbook against engines in Rust, each where it is installed."""
    for name in ENGINES:
        if find_spec(name) is None:
            print(f"\n{name} is left out: it is not installed")
            continue
        verify, engine = verifying(workbook), Command.module("benchmarks.engine_recalculation", name, workbook)
        verified, recalculated = alternate((verify, runs), (engine, runs))
        print_table(
            f"A workbook of {formula_count(workbook):,} formulas; {name} loads it and recalculates",
            (f"median (min–max) of {runs}", "backprop verify", name, "ratio", "target"),
            compared_runs(verified, recalculated, FASTER_ENGINE if judged else None),
        )


def office_is_there() -> bool:
    """Whether LibreOffice and its bridge for the system's Python are installed."""
    if shutil.which("soffice") is None or not Path(SYSTEM_PYTHON).exists():
        return False
    return subprocess.run([SYSTEM_PYTHON, "-c", "import uno"], capture_output=True, check=False).returncode == 0


def large_workbook(workbook: Path, verified: Series, line: Line | None, judged: bool) -> None:
    """The large workbook against ExcelModel's extrapolated time, and the memory it takes."""
    count, rows = formula_count(workbook), list[Cells]()
    if line is not None:
        target, model = FASTER_LARGE if judged else None, line.at(count)
        rows.append(compared("CPU seconds", verified.cpu, Spread((model.cpu,)), target))
        rows.append(compared("wall seconds", verified.wall, Spread((model.wall,)), target))
    limit = str(Target("under 1,000", verified.peak.median < MOST_MEMORY)) if judged else ""
    rows.append(("peak memory, MB", verified.peak.text(MEGABYTE), "", "", limit))
    print_table(
        f"The same workbook of {count:,} formulas{'' if line is None else ' beside ExcelModel'}",
        (f"median (min–max) of {len(verified.runs)}", "backprop verify", "ExcelModel, extrapolated", "ratio", "target"),
        rows,
    )
    if line is not None:
        print(f"  Extrapolated by the line through {line.low}, and {line.high}.")


if __name__ == "__main__":
    main()
