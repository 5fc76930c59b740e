"""Reading what makes a sheet an exercise: the hidden names that list its blanks, their checks, and what is given.

The names are those of `templates.practice`. Whoever has the file can change them, so they are bounded, and each must
stand for cells of the one sheet, a blank for cells of its table.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from templates.class_list import exercise_digest
from templates.practice import (
    CHECKS,
    DIGESTS,
    MOST_BLANKS,
    NAME,
    PREFIX,
    RATE,
    RESULTS,
    SCORE,
    TABLE,
    TRIALS,
    Given,
    blank_name,
    check_name,
    digest_of,
)
from verifier.reading.references import column_number, unquoted
from verifier.reading.workbook import Area, Place, Sheet, Workbook

_AREA = re.compile(r"(.{1,64})!\$?([A-Z]{1,3})\$?([0-9]{1,7})(?::\$?([A-Z]{1,3})\$?([0-9]{1,7}))?")
_DIGEST = re.compile(r"([a-z]+)=([0-9a-f]{12})")
_LONGEST_NAME = 100  # characters
_MOST_CELLS = 500_000  # of an area that a digest is taken of, or that holds trials


class MarkerError(ValueError):
    """Names that say that a sheet is an exercise, and do not fit together."""


@dataclass(frozen=True)
class Marker:
    """An exercise: the number of its sheet, from 0, its table, and the cells of each blank and of its checks.

    Each of its `trials` has other numbers to start from, in the places of the exercise's own, and those that are then
    right in all of its table.
    """

    sheet: int
    table: Area
    blanks: tuple[tuple[Place, ...], ...]
    checks: tuple[tuple[Place, ...], ...]
    rate: Area
    checked: tuple[Area, ...]
    digests: Mapping[Given, str]
    trials: tuple[Mapping[Place, float], ...]
    name: Place | None  # of the cell for a learner's name; an exercise of an older version has none

    @property
    def exercise(self) -> str:
        """What the exercise is known by, whoever has filled it in."""
        return exercise_digest(";".join(f"{kind.value}={self.digests[kind]}" for kind in Given if kind in self.digests))

    def student(self, sheet: Sheet) -> str:
        """The name that stands in its cell."""
        value = None if self.name is None else sheet.values.get(self.name)
        return " ".join(value.split())[:_LONGEST_NAME] if isinstance(value, str) else ""

    def checks_among(self, cells: Iterable[tuple[int, int, int]]) -> frozenset[tuple[int, int, int]]:
        """Those of some cells, named by their sheet, row and column, that check something in the exercise."""
        checks = {(self.sheet, *place) for area in self.checked for place in _cells(area)}
        return frozenset(cell for cell in cells if cell in checks)

    def changed(self, sheet: Sheet) -> list[Given]:
        """What of all that is given is not as it was written."""
        own = {place for blank in self.blanks for place in blank}
        table = [place for area in (self.table, self.rate) for place in _cells(area) if place not in own]
        contents: dict[Given, list[tuple[Place, str | float]]] = {kind: [] for kind in Given}
        for place in table:
            _keep(contents, sheet, place, Given.FORMULAS)
        for place in (place for area in self.checked for place in _cells(area)):
            formula = sheet.formula_text(place)
            if formula is not None:
                contents[Given.CHECKS].append((place, formula))
        contents[Given.TRIALS] = [
            ((k * self.table[1][0] + row, column), number)
            for k, trial in enumerate(self.trials)
            for (row, column), number in trial.items()
        ]
        return [kind for kind in Given if digest_of(contents[kind]) != self.digests.get(kind)]


def read_marker(workbook: Workbook) -> Marker | None:
    """The exercise of a workbook, its first one; None where it has none. Raises MarkerError."""
    by_sheet: dict[int, dict[str, str]] = {}
    for name in workbook.names:
        if name.sheet is not None and name.name.startswith(PREFIX):
            by_sheet.setdefault(name.sheet, {})[name.name] = name.meaning
    if not by_sheet:
        return None
    names = by_sheet[min(by_sheet)]
    sheets = {sheet.name.casefold(): number for number, sheet in enumerate(workbook.sheets)}
    table_sheet, table = _area(names, TABLE, sheets)

    def area(name: str) -> Area:
        sheet, found = _area(names, name, sheets)
        if sheet != table_sheet:
            raise MarkerError(f"{name} stands for cells of another sheet")
        return found

    count = sum(name.startswith(blank_name(0)[:-1]) for name in names)
    if not 1 <= count <= MOST_BLANKS:
        raise MarkerError(f"{count} blanks are not an exercise")
    blanks = tuple(tuple(_column(area(blank_name(k)))) for k in range(1, count + 1))
    checks = tuple(tuple(_column(area(check_name(k)))) for k in range(1, count + 1))
    if any(len(blank) != len(check) for blank, check in zip(blanks, checks, strict=True)):
        raise MarkerError("a blank has not one check for each of its cells")
    rows = set(_below_header(table))
    if not all(place in rows for blank in blanks for place in blank):
        raise MarkerError("a blank is not in a row of the table")
    digests = {Given(key): text for key, text in _DIGEST.findall(names.get(DIGESTS, "")) if key in set(Given)}
    checked = (area(CHECKS), area(SCORE), area(RESULTS))
    number, place = _area(names, TRIALS, sheets)
    trials = tuple(_trials(workbook.sheets[number], place, table))
    name_cell = area(NAME)[0] if NAME in names else None
    return Marker(table_sheet, table, blanks, checks, area(RATE), checked, digests, trials, name_cell)


def _trials(sheet: Sheet, area: Area, table: Area) -> Iterator[Mapping[Place, float]]:
    """The trials, each as high as the exercise is down to the end of its table. Raises MarkerError."""
    (top, left), (bottom, right) = area
    height, wanted = table[1][0], set(_below_header(table))
    for start in range(top - 1, bottom, height):
        places = _cells(((start + 1, left), (start + height, right)))
        found = {(row - start, column - left + 1): sheet.values.get((row, column)) for row, column in places}
        numbers = {place: value for place, value in found.items() if isinstance(value, float)}
        if not wanted <= numbers.keys():
            raise MarkerError("a trial lacks numbers")
        yield numbers


def _area(names: Mapping[str, str], name: str, sheets: Mapping[str, int]) -> tuple[int, Area]:
    match = _AREA.fullmatch(names.get(name, ""))
    if match is None:
        raise MarkerError(f"{name} stands for no cells")
    first = (int(match[3]), column_number(match[2]))
    last = (int(match[5]), column_number(match[4])) if match[4] else first
    if first > last or (last[0] - first[0] + 1) * (last[1] - first[1] + 1) > _MOST_CELLS:
        raise MarkerError(f"{name} stands for too many cells")
    sheet = sheets.get(unquoted(match[1]).casefold())
    if sheet is None:
        raise MarkerError(f"{name} stands for cells of a sheet that is not there")
    return sheet, (first, last)


def _cells(area: Area) -> Iterable[Place]:
    (top, left), (bottom, right) = area
    return ((row, column) for row in range(top, bottom + 1) for column in range(left, right + 1))


def _below_header(table: Area) -> Iterable[Place]:
    (header, first), last = table
    return _cells(((header + 1, first), last))


def _column(area: Area) -> Iterable[Place]:
    (top, left), (bottom, right) = area
    if left != right or bottom - top > 1:
        raise MarkerError("a blank is more than two cells, or not one above the other")
    return _cells(area)


def _keep(
    contents: Mapping[Given, list[tuple[Place, str | float]]], sheet: Sheet, place: Place, formulas: Given
) -> None:
    """Note a cell's content under its kind."""
    formula, value = sheet.formula_text(place), sheet.values.get(place)
    if formula is not None:
        contents[formulas].append((place, formula))
    elif isinstance(value, str):
        contents[Given.LABELS].append((place, value))
    elif isinstance(value, float):
        contents[Given.NUMBERS].append((place, value))
