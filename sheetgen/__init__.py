"""Template in, workbook out: gradient descent as live formulas.

from sheetgen import generate
from templates import load_template

generate(load_template("backprop"), "backprop.xlsx")

`sheetgen.insertion` puts a sheet into a workbook that is there already.
"""

from sheetgen.generation import generate, row_count
from sheetgen.layout import LimitError

__all__ = ["LimitError", "generate", "row_count"]
