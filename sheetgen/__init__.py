"""Template in, workbook out: gradient descent as live formulas. And a sheet into a workbook that is there already.

from sheetgen import generate
from templates import load_template

generate(load_template("backprop"), "backprop.xlsx")
"""

from typing import TYPE_CHECKING

from sheetgen.generation import generate, row_count
from sheetgen.layout import LimitError

if TYPE_CHECKING:
    from sheetgen.insertion import InsertionError, check_insertable, insert_sheet

__all__ = ["InsertionError", "LimitError", "check_insertable", "generate", "insert_sheet", "row_count"]


def __getattr__(name: str) -> object:
    """Import what reads other people's workbooks when it is first used: to generate one nobody waits for lxml."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from sheetgen import insertion

    return getattr(insertion, name)
