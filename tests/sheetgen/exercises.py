"""Exercises as others read them: where their blanks are, what is right there, and with something else filled in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import openpyxl
from openpyxl.utils import range_boundaries
from openpyxl.utils.cell import get_column_letter

from sheetgen.practice import exercise_of, write_answers, write_exercise
from sheetgen.practice.blanks import Wanted
from templates import Template, load_template

SHEET = "Practice"
SIGNS = RIGHT, NOT_YET, NOTHING, WAITS, TYPED = "✓", "✗", "…", "↑", "✎"
_BLANK = re.compile(r"backprop_practice_blank_([0-9]+)")


@dataclass(frozen=True)
class ExerciseBook:
    """An exercise that was written: the blanks' `cells` by their labels, and the right formulas by these addresses."""

    path: Path
    answered: Path
    cells: Mapping[str, tuple[str, ...]]
    answers: Mapping[str, str]

    @property
    def label_of(self) -> Mapping[str, str]:
        """The label of each blank cell."""
        return {address: label for label, addresses in self.cells.items() for address in addresses}

    def check_of(self, address: str) -> str:
        """The address of the check of a blank cell, two rows below it."""
        letters, row = _parted(address)
        return f"{letters}{row + 2}"

    def filled(self, contents: Mapping[str, str | float], path: Path) -> Path:
        """The exercise with something in its blanks, as a program saves it that computes nothing."""
        book = openpyxl.load_workbook(self.path)
        for address, content in contents.items():
            book[SHEET][address] = content
        book.save(path)
        return path


def exercise_book(folder: Path, template: Template | str, wanted: Wanted = None, seed: int = 1) -> ExerciseBook:
    """Write an exercise and its answers into a folder."""
    template = load_template(template) if isinstance(template, str) else template
    exercise = exercise_of(template, wanted, seed)
    path, answered = folder / "exercise.xlsx", folder / "answered.xlsx"
    write_exercise(exercise, path)
    write_answers(exercise, answered)
    sheet, right = openpyxl.load_workbook(path)[SHEET], openpyxl.load_workbook(answered)[SHEET]
    cells = {}
    for name, defined in sheet.defined_names.items():
        if _BLANK.fullmatch(name):
            left, top, bottom = _boundaries(defined.attr_text)
            label = str(sheet.cell(_header_row(sheet), left).value)
            cells[label] = tuple(f"{get_column_letter(left)}{row}" for row in range(top, bottom + 1))
    answers = {address: str(right[address].value) for addresses in cells.values() for address in addresses}
    return ExerciseBook(path, answered, cells, answers)


def _header_row(sheet: object) -> int:
    area = sheet.defined_names["backprop_practice_table"].attr_text  # type: ignore[attr-defined]
    return _boundaries(area)[1]


def _boundaries(area: str) -> tuple[int, int, int]:
    """The first column, the first row and the last row of an area of a sheet."""
    left, top, _, bottom = range_boundaries(area.partition("!")[2].replace("$", ""))
    assert left is not None
    assert top is not None
    assert bottom is not None
    return left, top, bottom


def _parted(address: str) -> tuple[str, int]:
    letters = address.rstrip("0123456789")
    return letters, int(address[len(letters) :])


def slipped(formula: str, address: str, draw: int) -> str:
    """A formula with one of its references moved to the next column, or where it has none, with one added."""
    references = list(re.finditer(r"(?<![A-Z$])[A-Z]{1,2}[0-9]+", formula))
    chosen = references[draw % len(references)]
    letters, row = _parted(chosen[0])
    wrong = f"{get_column_letter(openpyxl.utils.column_index_from_string(letters) + 1)}{row}"
    if wrong == address:  # a circle
        return formula + "*2"
    return formula[: chosen.start()] + wrong + formula[chosen.end() :]
