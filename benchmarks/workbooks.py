"""The workbooks that the benchmarks make and measure."""

import re
from pathlib import Path
from zipfile import ZipFile

from benchmarks.measure import Command

_FORMULA = re.compile(rb"<f[ >]")
_CELL = re.compile(rb'<c r="([A-Z]+[0-9]+)"(?: s="([0-9]+)")?[^>]*>(?:<f>([^<]*)</f>)?<v>([^<]*)</v></c>')


class DifferentCellsError(Exception):
    """Two workbooks that should hold the same cells and do not: says where."""


def generating(output: Path, iterations: int, rates: str | None = None, template: str = "backprop") -> Command:
    """`backprop generate`: the template's learning rates, or others as `0.1,0.5`."""
    chosen = ("--learning-rates", rates) if rates else ()
    options = ("--force", "--iterations", iterations, *chosen, "--output", output)
    return Command.module("backprop", "generate", template, *options)


def formula_count(workbook: Path) -> int:
    """How many formula cells a workbook has."""
    with ZipFile(workbook) as package:
        return sum(len(_FORMULA.findall(package.read(part))) for part in _sheets(package))


def check_same_cells(left: Path, right: Path) -> int:
    """Compare every cell that has a value: place, format, formula and value. Returns their number.

    Raises DifferentCellsError.
    """
    count = 0
    with ZipFile(left) as ours, ZipFile(right) as other:
        if _sheets(ours) != _sheets(other):
            raise DifferentCellsError(f"{left} and {right} have other sheets: {_sheets(ours)}, {_sheets(other)}")
        for part in _sheets(ours):
            cells = _CELL.finditer(ours.read(part)), _CELL.finditer(other.read(part))
            for one, two in zip(*cells, strict=True):
                if one.groups() != two.groups() and not _same(one, two):
                    raise DifferentCellsError(f"{part}: {one.group().decode()} and {two.group().decode()}")
                count += 1
    return count


def _same(one: re.Match[bytes], two: re.Match[bytes]) -> bool:
    """Whether two cells differ at most in how their value is written, `0` or `0.0`."""
    return one.groups()[:3] == two.groups()[:3] and float(one[4]) == float(two[4])


def _sheets(package: ZipFile) -> list[str]:
    return [part for part in package.namelist() if part.startswith("xl/worksheets/sheet")]
