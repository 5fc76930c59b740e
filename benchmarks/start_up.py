"""How soon the command answers: `backprop --help` beside Python itself and the imports that it leaves for later.

    python -m benchmarks.start_up [--runs N]

Whole processes. There is no target: what counts is that help costs little more than Python's own start, and less than
any import that only the work itself needs.
"""

import argparse

from benchmarks.measure import PYTHON, Command, alternate, print_table, run

HELP = Command.module("backprop", "--help")
OTHERS = {
    "python -c 'pass'": "pass",
    "import xlsxwriter": "import xlsxwriter",
    "import numpy": "import numpy",
    "import formulas' ExcelModel": "from formulas import ExcelModel",
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.start_up", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--runs", type=int, default=11, help="of each command [default: %(default)s]")
    runs = parser.parse_args().runs
    commands = [HELP, *(Command(name, (PYTHON, "-c", code)) for name, code in OTHERS.items())]
    for command in commands:
        run(command)  # byte code is cached from here on
    series = alternate(*((command, runs) for command in commands))
    ours = series[0].cpu.median
    names = ["backprop --help", *OTHERS]
    rows = [
        (name, one.cpu.text(0.001), one.wall.text(0.001), f"{one.cpu.median / ours:.2f}")
        for name, one in zip(names, series, strict=True)
    ]
    header = (f"median (min–max) of {runs}", "CPU ms", "wall ms", "CPU time relative to ours")
    print_table("Start-up", header, rows)


if __name__ == "__main__":
    main()
