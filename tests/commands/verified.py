"""What the tests of `backprop verify` share: right and wrong workbooks, and how to read what is printed."""

import json
import shutil
from pathlib import Path
from typing import Any

import openpyxl

from sheetgen import generate
from tests.commands.command import Outcome
from tests.verifier.networks import template

WRONG_CELL = "Z36"  # ∂E_t/∂w3, iteration 3
RIGHT, WRONG = "(L36*(1-L36))", "(J36*(1-J36))"  # a_h2 and a_h1


def write_right(path: Path) -> Path:
    """Write a right workbook, of one table; folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    generate(template("backprop"), path)
    return path


def write_wrong(path: Path) -> Path:
    """Write a workbook in which one cell takes a_h1 where a_h2 belongs."""
    write_right(path)
    workbook = openpyxl.load_workbook(path)
    cell = workbook["eta 0.5"][WRONG_CELL]
    assert RIGHT in str(cell.value)
    cell.value = str(cell.value).replace(RIGHT, WRONG)
    workbook.save(path)
    return path


def write_prices(path: Path) -> Path:
    """Write a spreadsheet that has formulas and trains nothing."""
    workbook = openpyxl.Workbook()
    for row in (("price", "pieces", "sum"), (3, 4, "=A2*B2"), (5, 6, "=A3*B3")):
        workbook.active.append(row)
    workbook.save(path)
    return path


def copy(path: Path, *copies: Path) -> None:
    """Copy a workbook to other places; folders are made."""
    for other in copies:
        other.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, other)


def verdicts(outcome: Outcome) -> list[tuple[str, str]]:
    """The path and the status of each workbook, from a report in JSON."""
    return [(workbook["path"], workbook["status"]) for workbook in data(outcome.output)["workbooks"]]


def data(text: str) -> dict[str, Any]:
    """A report in JSON."""
    found: dict[str, Any] = json.loads(text)
    return found
