"""A workbook loaded and recalculated by an engine that only recalculates, and checks nothing.

python -m benchmarks.engine_recalculation formualizer|ironcalc WORKBOOK
"""

import importlib
import sys

NAMES = ("formualizer", "ironcalc")


def main(name: str, workbook: str) -> None:
    """Load and recalculate."""
    engine = importlib.import_module(name)
    if name == "formualizer":
        engine.Workbook.from_path(workbook).evaluate_all()
    else:
        engine.load_from_xlsx(workbook, "en", "UTC").evaluate()


if __name__ == "__main__":
    main(*sys.argv[1:])
