"""The sheet of an exercise: two rows of a training table with blanks, their checks, and below them the rest.

What one works with comes first, and stays on the screen: the score, the table, the checks. Printed, a table that is too
wide for one page goes on from page to page, each with the heads of its rows.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from textwrap import wrap

from xlsxwriter.utility import quote_sheetname, xl_range_abs, xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from sheetgen.mathematics.expression import Number, Setting
from sheetgen.mathematics.training_step import Group
from sheetgen.page import insert_picture, set_up_page, shorten_wide_numbers
from sheetgen.picture import network_picture
from sheetgen.practice.checks import IS_NOT_YET, IS_RIGHT, TO_FILL_IN, check_formula, is_formula, signs
from sheetgen.practice.exercise import ROWS, Exercise, Place
from sheetgen.practice.layout import (
    BANDS_ROW,
    FIRST_COLUMN,
    FREE_WIDTH,
    HEADER_ROW,
    HEADS_WIDTH,
    IS_FORMULA_ROWS,
    LAST_CHECK_ROW,
    NAME_CELL,
    PRACTICE_SHEET,
    SCORE_ROW,
    PracticeLayout,
)
from sheetgen.practice.list import write_list
from sheetgen.practice.record import RecordedSheet
from sheetgen.practice.trials import TRIALS_SHEET, Trial, trials_area, trials_of, write_trials
from sheetgen.style import COLUMN_WIDTHS, Styles
from sheetgen.table_head import SHORT_NAMES
from templates import LEARNING_RATE
from templates.practice import DIGESTS, NOT_YET, NOTHING, RIGHT, TRIALS, TYPED, WAITS

_TABLE_ROW_PIXELS = 24  # of a row that one fills in, on the screen or with a pencil
_LETTERS_A_CHARACTER = 1.1  # a text has more letters than its width has characters, which are as wide as a digit


def write_practice_sheet(workbook: Workbook, exercise: Exercise, empty: Sequence[Place]) -> str:
    """Add the practice sheet, with some of the blank cells empty and the others answered, and that of its trials.

    Returns the digests of all that is given.
    """
    layout, styles = PracticeLayout(exercise), Styles(workbook)
    page = RecordedSheet(workbook.add_worksheet(PRACTICE_SHEET))
    _Table(page, styles, layout, empty).write()
    _write_top(page, styles, layout)
    write_list(page, styles, layout, signs(exercise, empty))
    _write_below(page, styles, layout)
    _set_up(page, layout)
    trials = trials_of(exercise)
    write_trials(workbook, page, layout, trials)
    digests = page.digests()
    _define_names(workbook, layout, trials, digests)
    return digests


class _Table:
    """The training table and its checks."""

    def __init__(self, page: RecordedSheet, styles: Styles, layout: PracticeLayout, empty: Sequence[Place]) -> None:
        self._page, self._styles, self._layout, self._empty = page, styles, layout, set(empty)
        self._exercise = layout.exercise
        self._values = self._exercise.values_without(empty)
        self._signs = signs(self._exercise, empty)

    def write(self) -> None:
        layout, styles, sheet = self._layout, self._styles, self._page.sheet
        sheet.set_column(0, 0, HEADS_WIDTH)
        for k, column in enumerate(self._exercise.columns, FIRST_COLUMN):
            sheet.set_column(k, k, COLUMN_WIDTHS[column.group])
            self._page.label(HEADER_ROW, k, column.label, styles.label(column.group))
        sheet.set_column(layout.last_table_column + 1, layout.last_column + 1, FREE_WIDTH)
        for row in ROWS:
            sheet.set_row_pixels(HEADER_ROW + 1 + row, _TABLE_ROW_PIXELS)
            sheet.write_string(HEADER_ROW + 1 + row, 0, f"iteration {row}", styles.name())
            sheet.write_string(HEADER_ROW + 3 + row, 0, f"check of {row}", styles.name())
            for column in self._exercise.columns:
                self._write_quantity((column.label, row), column.group)
        for place in self._exercise.places:
            self._page.check(
                *layout.check_cell(place), check_formula(layout, place), styles.answer(), self._signs[place]
            )
            is_filled = place not in self._empty
            self._page.check(*layout.is_formula_cell(place), is_formula(layout, place), styles.quiet(), is_filled)
            self._colour(place)
        for hidden in IS_FORMULA_ROWS:
            sheet.set_row(hidden, None, None, {"hidden": True})
        shorten_wide_numbers(sheet, styles, *layout.table_area)

    def _write_quantity(self, place: Place, group: Group) -> None:
        """Write a cell of the table: a blank one, empty or answered, a number to start from, or a formula."""
        row, column = self._layout.cell(place)
        expression, value = self._exercise.formula(place), self._values[place[1]][place[0]]
        if place in self._empty:
            self._page.sheet.write_blank(row, column, None, self._styles.blank(group))
        elif place in self._signs:
            formula = self._layout.formula(place, expression)
            self._page.sheet.write_formula(row, column, formula, self._styles.blank(group), value)
        elif isinstance(expression, Setting):
            start = self._exercise.settings[expression.label]
            self._page.number(row, column, start, self._styles.number(group))
        elif isinstance(expression, Number):
            self._page.number(row, column, expression.value, self._styles.number(group))
        else:
            formula = self._layout.formula(place, expression)
            self._page.formula(row, column, formula, self._styles.number(group), value)
            self._hide_what_waits(place)

    def _hide_what_waits(self, place: Place) -> None:
        """Show no number that is given as long as a blank that it depends on is empty, which would count as 0."""
        blanks = [xl_rowcol_to_cell(*self._layout.cell(one), row_abs=True, col_abs=True)
                  for one in self._exercise.before[place]]  # fmt: skip
        if blanks:
            cell = self._layout.cell(place)
            self._page.sheet.conditional_format(*cell, *cell, {
                "type": "formula", "criteria": f"=OR({','.join(f'ISBLANK({blank})' for blank in blanks)})",
                "format": self._styles.waiting(NOTHING),
            })  # fmt: skip

    def _colour(self, place: Place) -> None:
        """Colour a blank cell and its check by the sign that the check gives."""
        layout, styles = self._layout, self._styles
        check = xl_rowcol_to_cell(*layout.check_cell(place), row_abs=True, col_abs=True)
        for cell in (layout.cell(place), layout.check_cell(place)):
            for sign, style in ((RIGHT, styles.met()), (NOT_YET, styles.missed()), (TYPED, styles.doubtful())):
                self._page.sheet.conditional_format(*cell, *cell, {
                    "type": "formula", "criteria": f'={check}="{sign}"', "format": style,
                })  # fmt: skip


def _write_top(page: RecordedSheet, styles: Styles, layout: PracticeLayout) -> None:
    """Write the title, what to do, the learning rate, what the signs mean, and the groups above the labels."""
    sheet = page.sheet
    sheet.set_row(0, 27)
    sheet.set_row_pixels(SCORE_ROW, _TABLE_ROW_PIXELS)
    sheet.write_string(NAME_CELL[0] - 1, NAME_CELL[1], "your name:", styles.quiet())
    if layout.exercise.student:
        sheet.write_string(*NAME_CELL, layout.exercise.student, styles.to_write_in())
    else:
        sheet.write_blank(*NAME_CELL, None, styles.to_write_in())
    sheet.write_string(0, FIRST_COLUMN, f"Practice: {layout.exercise.template.title}", styles.title())
    what_to_do = (
        "Fill in the yellow cells with formulas that read other cells; each turns green when it is right. "
        "A blank counts when its formula is right, whatever stands in the others; a typed number does not count."
    )
    sheet.write_string(1, FIRST_COLUMN, what_to_do, styles.quiet())
    row, column = layout.rate_cell
    sheet.write_string(row, column - 1, f"{LEARNING_RATE} =", styles.name())
    page.number(row, column, layout.exercise.rate, styles.result())
    *others, last = layout.setting_cells.items()
    meaning = page.label if others else sheet.write_string  # within the cells of all these numbers it is given as well
    meaning(row, column + 1, "the learning rate", styles.meaning())
    for symbol, (_, place) in (*others, last)[1:]:
        page.label(row, place - 1, f"{symbol} =", styles.name())
        page.number(row, place, layout.exercise.settings[symbol], styles.result())
    meanings = f"{IS_RIGHT}    {IS_NOT_YET}    {TO_FILL_IN}    {WAITS} waits for another blank    {TYPED} typed"
    sheet.write_string(*layout.signs_cell, meanings, styles.quiet())
    for group, run in groupby(enumerate(layout.exercise.columns, FIRST_COLUMN), key=lambda one: one[1].group):
        _write_band(sheet, styles, group, [place for place, _ in run])


def _write_band(sheet: Worksheet, styles: Styles, group: Group, places: Sequence[int]) -> None:
    """Name a group above its labels, in the middle of them; a merged cell could go over the end of a page."""
    width = len(places) * COLUMN_WIDTHS[group]
    name = group.value if len(group.value) < width else SHORT_NAMES[group]
    for place in places:
        sheet.write(BANDS_ROW, place, name if place == places[len(places) // 2] else "", styles.band(group))


def _write_below(page: RecordedSheet, styles: Styles, layout: PracticeLayout) -> None:
    """Write the picture, and beside it how it goes."""
    sheet, template, row = page.sheet, layout.exercise.template, layout.picture_row
    insert_picture(sheet, network_picture(template.network), template, row, FIRST_COLUMN)
    sheet.write_string(row, layout.side_column, "How it goes", styles.heading())
    letters = int(layout.side_width * _LETTERS_A_CHARACTER)
    lines = (line for text in _instructions(layout.exercise) for line in _item(text, letters))
    for k, line in enumerate(lines, row + 1):
        sheet.write_string(k, layout.side_column, line, styles.text())


def _item(text: str, letters: int) -> Iterator[str]:
    """An item of a list, on lines of so many letters."""
    yield from wrap(text, letters, initial_indent="• ", subsequent_indent="   ")


def _instructions(exercise: Exercise) -> Sequence[str]:
    digits = max(check.digits for check in exercise.fingerprints.values())
    return (
        f"The table is one update of a network, {exercise.template.describe()}.",
        "Type a formula in iteration 0 and copy it down; an updated weight has a blank in iteration 1 alone.",
        f"A number worked out by hand, with {digits} digits, is marked {TYPED}: it is right, but a formula belongs "
        "there, and it counts only where your teacher accepts numbers.",
        "The table goes on to the right; a name in the list of blanks is a link to its cell.",
        "backprop verify says what is wrong, and why.",
    )


def _define_names(workbook: Workbook, layout: PracticeLayout, trials: Sequence[Trial], digests: str) -> None:
    sheet = quote_sheetname(PRACTICE_SHEET)
    meanings = {name: f"={sheet}!{xl_range_abs(*area)}" for name, area in layout.named_areas().items()}
    meanings[TRIALS] = f"={TRIALS_SHEET}!{xl_range_abs(*trials_area(layout, trials))}"
    for name, meaning in {**meanings, DIGESTS: f'="{digests}"'}.items():
        workbook.define_name(f"{sheet}!{name}", meaning)
        workbook.defined_names[-1][3] = True  # the fourth of XlsxWriter's fields: hidden


def _set_up(page: RecordedSheet, layout: PracticeLayout) -> None:
    """Make the sheet print, and let nothing but the blanks and the questions be edited."""
    sheet = page.sheet
    set_up_page(sheet, layout.last_row, layout.last_column)
    sheet.fit_to_pages(layout.pages, 0)  # on one page all columns would be too small to read
    sheet.repeat_columns(0)
    sheet.print_across()
    sheet.freeze_panes(LAST_CHECK_ROW + 1, FIRST_COLUMN)
    sheet.protect("", {"format_columns": True, "format_rows": True, "format_cells": True})
    first = layout.cell(layout.exercise.places[0])
    sheet.set_selection(*first, *first)
