"""The list of an exercise's blanks, below its table: what belongs there, how it is, and a hint for whoever asks."""

from collections.abc import Mapping

from xlsxwriter.utility import xl_rowcol_to_cell

from sheetgen.layout import on_sheet
from sheetgen.page import row_height
from sheetgen.practice.blanks import Blank
from sheetgen.practice.checks import IS_NOT_YET, IS_RIGHT, IS_TYPED, IS_WAITING, state, state_formula
from sheetgen.practice.exercise import Place
from sheetgen.practice.hints import formula_in_symbols, made_of, reasons, tasks
from sheetgen.practice.layout import FIRST_COLUMN, PRACTICE_SHEET, TASK_WIDTH, PracticeLayout
from sheetgen.practice.record import RecordedSheet
from sheetgen.style import Styles
from templates.practice import TYPED, WAITS

ASK, ASK_MORE, ASK_ALL = "?", "??", "???"
NO_HINT = "–"
_HOW_TO_ASK = (
    f"hint: type {ASK} into the cell to the left; {ASK_MORE} says what it is made of, {ASK_ALL} the formula in symbols"
)
_LONGEST_TEXT = 250  # characters of a text within a formula; Excel allows 255
_ROOM = 6  # pixels between the texts of two blanks


def write_list(page: RecordedSheet, styles: Styles, layout: PracticeLayout, signs: Mapping[Place, str]) -> None:
    """Write the score, and a line for each blank; `signs` are what the checks give."""
    _write_score(page, styles, layout, signs)
    template, first = layout.exercise.template, layout.first_item_row
    headings = ("blank", "what belongs there", "so far", "ask", _HOW_TO_ASK)
    places = (FIRST_COLUMN, layout.task_column, layout.state_column, layout.question_column, layout.question_column + 1)
    for place, heading in zip(places, headings, strict=True):
        page.sheet.write_string(first - 1, place, heading, styles.quiet())
    what, why = tasks(template), reasons(template)
    for row, blank in enumerate(layout.exercise.blanks, first):
        cells = ", ".join(layout.address((blank.label, k)) for k in blank.rows)
        task = f"{what[blank.label]} ({cells})"
        _write_task(page, styles, layout, row, blank, task)
        page.check(row, layout.state_column, state_formula(layout, blank), styles.middle(), state(blank, signs))
        _write_hint(page, styles, layout, row, blank, why[blank.label])
        page.sheet.set_row_pixels(row, _height(layout, blank, task, why[blank.label]))
    _colour(page, styles, layout)


def _write_score(page: RecordedSheet, styles: Styles, layout: PracticeLayout, signs: Mapping[Place, str]) -> None:
    blanks, (row, column), first = layout.exercise.blanks, layout.score_cell, layout.first_item_row
    states = ":".join(xl_rowcol_to_cell(end, layout.state_column) for end in (first, first + len(blanks) - 1))
    score = sum(state(blank, signs) == IS_RIGHT for blank in blanks)
    page.sheet.write_string(row, FIRST_COLUMN, "Your score", styles.heading())
    page.check(row, column, f'=COUNTIF({states},"{IS_RIGHT}")', styles.heading(), score)
    waiting, typed = (f'COUNTIF({states},"{one}")' for one in (IS_WAITING, IS_TYPED))
    of_all = (
        f'=" of {len(blanks)}"&IF({waiting}>0,", and "&{waiting}&" may be: {WAITS}","")'
        f'&IF({typed}>0,", "&{typed}&" typed: {TYPED}","")'
    )
    count = sum(state(blank, signs) == IS_WAITING for blank in blanks)
    said = f" of {len(blanks)}" + (f", and {count} may be: {WAITS}" if count else "")
    page.sheet.write_formula(row, column + 1, of_all, styles.heading(), said)


def _write_task(page: RecordedSheet, styles: Styles, layout: PracticeLayout, row: int, blank: Blank, task: str) -> None:
    chip = styles.formula_name(layout.exercise.column_of[blank.label].group)
    cell = on_sheet(PRACTICE_SHEET, layout.address((blank.label, blank.rows[0])))
    page.sheet.merge_range(row, FIRST_COLUMN, row, layout.task_column - 1, "", chip)
    page.sheet.write_url(row, FIRST_COLUMN, f"internal:{cell}", chip, blank.label, f"Go to {blank.label}")
    page.sheet.merge_range(row, layout.task_column, row, layout.state_column - 1, task, styles.wrapped())
    page.sheet.merge_range(row, layout.state_column, row, layout.question_column - 1, "", styles.middle())


def _write_hint(page: RecordedSheet, styles: Styles, layout: PracticeLayout, row: int, blank: Blank, why: str) -> None:
    """Write the cell to ask in, and the one that answers."""
    sheet, place = page.sheet, layout.question_column
    column = layout.exercise.column_of[blank.label]
    sheet.write_blank(row, place, None, styles.question())
    sheet.data_validation(row, place, row, place, {
        "validate": "list", "source": [ASK, ASK_MORE, ASK_ALL],
        "error_title": "A hint",
        "error_message": f"{ASK} gives a hint, {ASK_MORE} what it is made of, {ASK_ALL} the formula in symbols.",
    })  # fmt: skip
    asked = xl_rowcol_to_cell(row, place)
    answers = {ASK: why, ASK_MORE: made_of(column), ASK_ALL: formula_in_symbols(column, blank)}
    hints = "".join(f'IF({asked}="{sign}",{_quoted(text)},' for sign, text in answers.items())
    hint = f'={hints}"{NO_HINT}"{")" * len(answers)}'
    sheet.merge_range(row, place + 1, row, layout.page_column, "", styles.wrapped())
    sheet.write_formula(row, place + 1, hint, styles.wrapped(), NO_HINT)


def _height(layout: PracticeLayout, blank: Blank, task: str, why: str) -> int:
    """How high the row of a blank must be, in pixels, for whatever may be said in it."""
    symbols = formula_in_symbols(layout.exercise.column_of[blank.label], blank)
    return row_height((task, TASK_WIDTH), (why, layout.hint_width), (symbols, layout.hint_width)) + _ROOM


def _colour(page: RecordedSheet, styles: Styles, layout: PracticeLayout) -> None:
    first, last = layout.first_item_row, layout.first_item_row + len(layout.exercise.blanks) - 1
    cell = xl_rowcol_to_cell(first, layout.state_column, col_abs=True)
    for words, style in ((IS_RIGHT, styles.met()), (IS_NOT_YET, styles.missed()), (IS_TYPED, styles.doubtful())):
        page.sheet.conditional_format(first, layout.state_column, last, layout.question_column - 1, {
            "type": "formula", "criteria": f'={cell}="{words}"', "format": style,
        })  # fmt: skip
    score = xl_rowcol_to_cell(*layout.score_cell, row_abs=True, col_abs=True)
    page.sheet.conditional_format(*layout.score_cell, *layout.score_cell, {
        "type": "formula", "criteria": f"={score}={len(layout.exercise.blanks)}", "format": styles.met(),
    })  # fmt: skip


def _quoted(text: str) -> str:
    """A text as a part of a formula, in pieces that Excel takes."""
    pieces = [text[k : k + _LONGEST_TEXT] for k in range(0, len(text), _LONGEST_TEXT)]
    return "&".join('"' + piece.replace('"', '""') + '"' for piece in pieces)
