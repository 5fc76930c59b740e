"""The key of a class's exercises: each blank of each student with its number, its formula in symbols, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from xlsxwriter.workbook import Workbook

from opc.files import EPOCH, whole_file
from sheetgen.page import row_height, set_up_page
from sheetgen.practice.exercise import Exercise
from sheetgen.practice.hints import formula_in_symbols, reasons, tasks
from sheetgen.practice.layout import PracticeLayout
from sheetgen.style import Styles

_HEADINGS = (
    "student",
    "blank",
    "what belongs there",
    "cells",
    "iteration 0",
    "iteration 1",
    "formula in symbols",
    "why",
)
_WIDTHS = (24, 12, 32, 10, 14, 14, 60, 60)
_HEAD = 3  # the row of the headings, from 0


@dataclass(frozen=True)
class Answer:
    """A blank with what is right: the numbers of both rows, None where a row is given."""

    label: str
    task: str
    cells: str
    numbers: tuple[float | None, float | None]
    formula: str
    reason: str


def answers_of(exercise: Exercise) -> Sequence[Answer]:
    """The answers to an exercise."""
    what, why, layout = tasks(exercise.template), reasons(exercise.template), PracticeLayout(exercise)
    return [
        Answer(
            blank.label,
            what[blank.label],
            ", ".join(layout.address((blank.label, row)) for row in blank.rows),
            (_number(exercise, blank.label, 0, blank.rows), _number(exercise, blank.label, 1, blank.rows)),
            formula_in_symbols(exercise.column_of[blank.label], blank),
            why[blank.label],
        )
        for blank in exercise.blanks
    ]


def _number(exercise: Exercise, label: str, row: int, rows: Sequence[int]) -> float | None:
    return float(exercise.right[row][label]) if row in rows else None


def write_key(title: str, students: Sequence[tuple[str, Sequence[Answer]]], path: Path) -> None:
    """Write the key, a line a blank, in the place of what is there, whole or not at all. Raises OSError."""
    with whole_file(path) as file:
        workbook = Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
        workbook.set_properties({"title": f"Key: {title}", "created": datetime(*EPOCH, tzinfo=UTC)})
        styles, sheet = Styles(workbook), workbook.add_worksheet("Key")
        sheet.write_string(0, 0, f"Key: {title}", styles.title())
        sheet.write_string(1, 0, "For the teacher. Each student has other numbers and other blanks.", styles.quiet())
        sheet.write_row(_HEAD, 0, _HEADINGS, styles.heading())
        for column, width in enumerate(_WIDTHS):
            sheet.set_column(column, column, width)
        lines = [(name, answer) for name, answers in students for answer in answers]
        for row, (name, answer) in enumerate(lines, _HEAD + 1):
            wrapped = ((answer.formula, _WIDTHS[-2]), (answer.reason, _WIDTHS[-1]), (answer.task, _WIDTHS[2]))
            sheet.set_row_pixels(row, row_height(*wrapped))
            texts = (name, answer.label, answer.task, answer.cells)
            for column, text in enumerate(texts):
                sheet.write_string(row, column, text, styles.formula_text())
            for column, number in enumerate(answer.numbers, len(texts)):
                if number is not None:
                    sheet.write_number(row, column, number, styles.formula_text())
            for column, text in enumerate((answer.formula, answer.reason), len(texts) + len(answer.numbers)):
                sheet.write_string(row, column, text, styles.formula_text())
        sheet.autofilter(_HEAD, 0, _HEAD + len(lines), len(_HEADINGS) - 1)
        sheet.freeze_panes(_HEAD + 1, 2)
        set_up_page(sheet, _HEAD + len(lines), len(_HEADINGS) - 1)
        sheet.repeat_rows(_HEAD)
        workbook.close()
