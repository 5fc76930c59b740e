"""A training workbook as somebody else would have made it: by openpyxl, with other columns, names and formulas.

It is the exercise's network and its start, six learning rates on six sheets, each with a table of so many rows. There
are no cached values: openpyxl computes none.
"""

import re
from pathlib import Path

import openpyxl
from openpyxl.utils import get_column_letter

RATES = (0.1, 0.2, 0.5, 0.8, 1.0, 2.0)
HEADER, FIRST_COLUMN, RATE = 12, 3, "$F$9"

_START = {
    "w1": 0.15, "w2": 0.2, "w3": 0.25, "w4": 0.3, "w5": 0.4, "w6": 0.45, "w7": 0.5, "w8": 0.55,
    "i1": 0.05, "i2": 0.1, "t1": 0.01, "t2": 0.99,
}  # fmt: skip
_DELTA = "({{out_o{0}}}-{{t{0}}})*{{out_o{0}}}*(1-{{out_o{0}}})"
_ARRIVING = tuple(f"({{{a}}}*{_DELTA.format(1)}+{{{b}}}*{_DELTA.format(2)})" for a, b in (("w5", "w7"), ("w6", "w8")))
_FORMULAS = {
    "net_h1": "{i1}*{w1}+{i2}*{w2}",
    "net_h2": "{i1}*{w3}+{i2}*{w4}",
    "out_h1": "(1+EXP(-{net_h1}))^-1",
    "out_h2": "(1+EXP(-{net_h2}))^-1",
    "net_o1": "SUM({out_h1}*{w5},{out_h2}*{w6})",
    "net_o2": "SUM({out_h1}*{w7},{out_h2}*{w8})",
    "out_o1": "(1+EXP(-{net_o1}))^-1",
    "out_o2": "(1+EXP(-{net_o2}))^-1",
    "E1": "POWER({t1}-{out_o1},2)/2",
    "E2": "POWER({t2}-{out_o2},2)/2",
    "E_tot": "{E1}+{E2}",
    "∂E_tot/∂w1": f"{_ARRIVING[0]}*{{out_h1}}*(1-{{out_h1}})*{{i1}}",
    "∂E_tot/∂w2": f"{_ARRIVING[0]}*{{out_h1}}*(1-{{out_h1}})*{{i2}}",
    "∂E_tot/∂w3": f"{_ARRIVING[1]}*{{out_h2}}*(1-{{out_h2}})*{{i1}}",
    "∂E_tot/∂w4": f"{_ARRIVING[1]}*{{out_h2}}*(1-{{out_h2}})*{{i2}}",
    "∂E_tot/∂w5": f"{_DELTA.format(1)}*{{out_h1}}",
    "∂E_tot/∂w6": f"{_DELTA.format(1)}*{{out_h2}}",
    "∂E_tot/∂w7": f"{_DELTA.format(2)}*{{out_h1}}",
    "∂E_tot/∂w8": f"{_DELTA.format(2)}*{{out_h2}}",
}
_ORDER = ("Step", *_START, *_FORMULAS)


def write_foreign(path: Path, rows: int) -> None:
    """Write the workbook, each table with so many rows of 27 formulas, the first of 19."""
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.worksheets[0])
    for number, rate in enumerate(RATES, 1):
        sheet = workbook.create_sheet(f"Run {number}")
        sheet["E9"], sheet[RATE.replace("$", "")] = "LR =", rate
        for column, name in enumerate(_ORDER, FIRST_COLUMN):
            sheet.cell(HEADER, column, name)
            for row in range(rows):
                sheet.cell(HEADER + 1 + row, column, _content(name, row))
    workbook.save(path)


def _content(name: str, row: int) -> float | str:
    if name == "Step":
        return row
    if name in _FORMULAS:
        return "=" + _placed(_FORMULAS[name], HEADER + 1 + row)
    if name.startswith("w") and row > 0:
        return "=" + _placed(f"{{{name}}}-{RATE}*{{∂E_tot/∂{name}}}", HEADER + row)
    return _START[name]


def _placed(formula: str, row: int) -> str:
    """A formula with the cells of a row in the place of the names."""

    def cell(name: re.Match[str]) -> str:
        return f"{get_column_letter(FIRST_COLUMN + _ORDER.index(name[1]))}{row}"

    return re.sub(r"\{([^}]+)\}", cell, formula)
