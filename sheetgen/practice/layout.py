"""Where everything stands on a practice sheet. Rows and columns count from 0; the addresses are Excel's."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from xlsxwriter.utility import xl_rowcol_to_cell

from sheetgen.mathematics.expression import Column, Expression
from sheetgen.mathematics.notation import excel
from sheetgen.practice.exercise import Exercise, Place
from sheetgen.style import COLUMN_WIDTHS
from templates import LEARNING_RATE
from templates.practice import CHECKS, NAME, RATE, RESULTS, SCORE, TABLE, blank_name, check_name

Area = tuple[int, int, int, int]  # the first row and column, and the last

PRACTICE_SHEET = "Practice"
HEADS_WIDTH = 13.0  # of the first column, in characters
FIRST_COLUMN = 1  # of the table, and of all that only the first of several printed pages is to have
NAME_CELL = 1, 0  # row and column; the first column is on each printed page
SCORE_ROW, BANDS_ROW, HEADER_ROW = 2, 3, 4
LAST_CHECK_ROW = HEADER_ROW + 4
IS_FORMULA_ROWS = LAST_CHECK_ROW + 1, LAST_CHECK_ROW + 2  # hidden
FREE_WIDTH = 9.6  # of a column to the right of the table
# In characters: the widths of what stands in a row above or below the table.
CHIP_WIDTH, TASK_WIDTH, STATE_WIDTH = 13.0, 30.0, 14.0
RATE_WIDTH, PICTURE_WIDTH = 24.0, 88.0
PICTURE_ROWS = 15
# In characters: what a page can have of the table with numbers that one can read, and the least that the list needs.
WIDEST_PAGE, NARROWEST_PAGE = 175.0, 140.0


@dataclass(frozen=True)
class PracticeLayout:
    """The places of an exercise: the score, the table and its checks, below these the list of blanks and the picture.

    The first five are what one works with, so they come first, and what is above the list stays on the screen.
    """

    exercise: Exercise

    @cached_property
    def _column(self) -> Mapping[str, int]:
        return {column.label: k for k, column in enumerate(self.exercise.columns, FIRST_COLUMN)}

    @property
    def last_table_column(self) -> int:
        """The column of the last label."""
        return FIRST_COLUMN + len(self.exercise.columns) - 1

    @cached_property
    def _widths(self) -> Sequence[float]:
        """The widths of the columns, those of the table and as many more as a page has room for."""
        widths = [HEADS_WIDTH, *(COLUMN_WIDTHS[column.group] for column in self.exercise.columns)]
        return widths + [FREE_WIDTH] * int(self.pages * NARROWEST_PAGE / FREE_WIDTH)

    def _after(self, column: int, width: float) -> int:
        """The first column that begins at least so many characters to the right of another one."""
        return next(k for k in range(column, len(self._widths)) if sum(self._widths[column:k]) >= width)

    @cached_property
    def pages(self) -> int:
        """How many pages the table takes side by side, each with the first column repeated."""
        return math.ceil(self._table_width / WIDEST_PAGE)

    @cached_property
    def _table_width(self) -> float:
        return sum(COLUMN_WIDTHS[column.group] for column in self.exercise.columns)

    @cached_property
    def page_column(self) -> int:
        """The last column that is surely on the first page, wherever an application ends it."""
        share = max(self._table_width / self.pages, NARROWEST_PAGE)
        return self._after(FIRST_COLUMN, share - max(COLUMN_WIDTHS.values())) - 1

    @cached_property
    def last_column(self) -> int:
        """The last column that is printed: where the table has ended, the pages still have room for the list."""
        return max(self.last_table_column, self._after(FIRST_COLUMN, self.pages * NARROWEST_PAGE) - 1)

    @cached_property
    def side_column(self) -> int:
        """The first column to the right of the picture."""
        return self._after(FIRST_COLUMN, PICTURE_WIDTH)

    @property
    def side_width(self) -> float:
        """How many characters fit to the right of the picture."""
        return sum(self._widths[self.side_column : self.page_column + 1])

    @cached_property
    def task_column(self) -> int:
        """Of the list of blanks, the column that says what belongs there."""
        return self._after(FIRST_COLUMN, CHIP_WIDTH)

    @cached_property
    def state_column(self) -> int:
        """Of the list of blanks, the column that says how each is."""
        return self._after(self.task_column, TASK_WIDTH)

    @cached_property
    def question_column(self) -> int:
        """Of the list of blanks, the column that a learner asks for hints in; the hints begin in the next."""
        return self._after(self.state_column, STATE_WIDTH)

    @property
    def hint_width(self) -> float:
        """How many characters of a hint fit on a line."""
        return sum(self._widths[self.question_column + 1 : self.page_column + 1])

    @property
    def rate_cell(self) -> tuple[int, int]:
        """The row and column of the learning rate."""
        return SCORE_ROW, self._after(self.task_column, RATE_WIDTH)

    @property
    def signs_cell(self) -> tuple[int, int]:
        """The row and column where the signs of the checks are explained."""
        return SCORE_ROW, self._after(self.rate_cell[1], RATE_WIDTH) + 2 * len(self.exercise.template.training.numbers)

    @cached_property
    def setting_cells(self) -> Mapping[str, tuple[int, int]]:
        """The rows and columns of the learning rate and of the hyperparameters, whose symbols stand to the left."""
        after = self._after(self.rate_cell[1], RATE_WIDTH) + 1
        symbols = self.exercise.template.training.numbers
        return {LEARNING_RATE: self.rate_cell} | {
            symbol: (SCORE_ROW, after + 2 * k) for k, symbol in enumerate(symbols)
        }

    @property
    def score_cell(self) -> tuple[int, int]:
        """The row and column of the score."""
        return SCORE_ROW, self.task_column

    def cell(self, place: Place) -> tuple[int, int]:
        """The row and column of a quantity in one of the table's rows."""
        label, row = place
        return HEADER_ROW + 1 + row, self._column[label]

    def check_cell(self, place: Place) -> tuple[int, int]:
        """The row and column of the check of a blank cell."""
        row, column = self.cell(place)
        return row + 2, column

    def is_formula_cell(self, place: Place) -> tuple[int, int]:
        """The row and column of the cell that tells whether a blank cell holds a formula."""
        row, column = self.check_cell(place)
        return row + 2, column

    @property
    def first_item_row(self) -> int:
        """The row of the first of the blanks in their list."""
        return IS_FORMULA_ROWS[-1] + 3

    @property
    def picture_row(self) -> int:
        """The first row of the picture, below the list."""
        return self.first_item_row + len(self.exercise.blanks) + 1

    @property
    def last_row(self) -> int:
        """The last row that anything stands in: that of the picture."""
        return self.picture_row + PICTURE_ROWS - 1

    def address(self, place: Place) -> str:
        """The address of a quantity."""
        return str(xl_rowcol_to_cell(*self.cell(place)))

    def check_address(self, place: Place) -> str:
        """The address of the check of a blank cell."""
        return str(xl_rowcol_to_cell(*self.check_cell(place)))

    def is_formula_address(self, place: Place) -> str:
        """The address of the cell that tells whether a blank cell holds a formula."""
        return str(xl_rowcol_to_cell(*self.is_formula_cell(place)))

    def formula(self, place: Place, expression: Expression) -> str:
        """An expression as an Excel formula for a cell of the table."""

        def address(column: Column) -> str:
            return self.address((column.label, place[1] + column.rows))

        def setting(label: str) -> str:
            return str(xl_rowcol_to_cell(*self.setting_cells[label], row_abs=True, col_abs=True))

        return excel(expression, address, setting)

    @property
    def table_area(self) -> Area:
        """The table, without its labels."""
        return HEADER_ROW + 1, FIRST_COLUMN, HEADER_ROW + 2, self.last_table_column

    def named_areas(self) -> Mapping[str, Area]:
        """The areas that a grader looks for, by their names."""
        last_item_row = self.first_item_row + len(self.exercise.blanks) - 1
        areas: dict[str, Area] = {
            TABLE: (HEADER_ROW, FIRST_COLUMN, HEADER_ROW + 2, self.last_table_column),
            CHECKS: (HEADER_ROW + 3, FIRST_COLUMN, IS_FORMULA_ROWS[-1], self.last_table_column),
            SCORE: (*self.score_cell, *self.score_cell),
            RESULTS: (self.first_item_row, self.state_column, last_item_row, self.state_column),
            NAME: (*NAME_CELL, *NAME_CELL),
            RATE: (*self.rate_cell, *list(self.setting_cells.values())[-1]),
        }
        for number, blank in enumerate(self.exercise.blanks, 1):
            begin, end = (blank.label, blank.rows[0]), (blank.label, blank.rows[-1])
            areas[blank_name(number)] = (*self.cell(begin), *self.cell(end))
            areas[check_name(number)] = (*self.check_cell(begin), *self.check_cell(end))
        return areas
