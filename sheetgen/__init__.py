"""Template in, workbook out: gradient descent as live formulas.

from pathlib import Path
from sheetgen import generate
from templates import load_template

generate(load_template("backprop"), Path("backprop.xlsx"))
"""

from sheetgen.generation import generate, row_count
from sheetgen.layout import LimitError

__all__ = ["LimitError", "generate", "row_count"]
