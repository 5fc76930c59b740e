"""Write wrong_gradient.xlsx: the workbook of the exercise with the fault that half of the public ones carry.

    python docs/wrong_gradient.py && backprop verify wrong_gradient.xlsx

On the tab `eta 0.5`, ∂E/∂w3 and ∂E/∂w4 use a_h1·(1 − a_h1) in the place of a_h2·(1 − a_h2).
"""

from pathlib import Path

import openpyxl

from sheetgen import generate
from templates import load_template

WORKBOOK, TAB = Path("wrong_gradient.xlsx"), "eta 0.5"


def write(path: Path) -> None:
    """Generate the workbook, put the fault in, and save it without cached values, as openpyxl does."""
    generate(load_template("backprop"), path)
    book = openpyxl.load_workbook(path)
    for column in book[TAB]["Z33:AA133"]:
        for cell in column:
            cell.value = cell.value.replace(f"(L{cell.row}*(1-L{cell.row}))", f"(J{cell.row}*(1-J{cell.row}))")
    book.save(path)


if __name__ == "__main__":
    write(WORKBOOK)
