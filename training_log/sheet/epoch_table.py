"""The table of a log: one row an epoch, with the columns that the log has, and what follows from them as formulas.

What follows are accuracies from counts, which epochs meet a target, and which is the best.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from hashlib import sha256
from textwrap import wrap
from typing import NamedTuple

from xlsxwriter.utility import xl_col_to_name

from sheetgen.style import Hues
from training_log.log import DECIMALS, whole
from training_log.measures import Kind, Measure, Split
from training_log.sheet.canvas import (
    FIRST_COLUMN,
    NONE,
    PUBLISHED,
    RUN,
    TEST,
    TRAINING,
    VALIDATION,
    Canvas,
    Content,
    Live,
    span,
)
from training_log.sheet.outcome import Outcome

MEETS, BEST = "✓", "★ best"
TARGET_LABEL, MEETS_LABEL, BEST_LABEL = "target", "meets the target", "best epoch"
LINE_PIXELS, FEWEST_LINES, MOST_LINES = 19, 2, 5  # of the row of labels
LINE_LENGTH = 10  # characters of a label
WIDEST = 9_999  # a larger number with decimals would fill its cell with ####
SMALLEST = 1e-3  # of a column's largest number, to be shown with four decimals
LONGEST_NAME = 40  # characters of a run's name in the name of its table

HUES = {Split.TRAIN: TRAINING, Split.VALIDATION: VALIDATION, Split.TEST: TEST, Split.REFERENCE: PUBLISHED}
PLAIN = {Kind.LOSS, Kind.ACCURACY, Kind.PERCENT}  # of test data where a log does not say of which, as are these:
COUNTED = {"correct", "total"}

Cell = Callable[[str], str]  # the address of a column's cell in the same row, by its label


class TableColumn(NamedTuple):
    """A column: its label, its colour, the form of its numbers, its values and, where they follow, their formula."""

    label: str
    hues: Hues
    form: str
    values: Sequence[float | str | None]
    formula: Callable[[Cell], str] | None = None


@dataclass(frozen=True)
class EpochTable:
    """Where the table stands, and what is in it. Rows and columns count from 0."""

    label_row: int
    columns: Sequence[TableColumn]

    @cached_property
    def places(self) -> dict[str, int]:
        """The column of each label."""
        return {column.label: place for place, column in enumerate(self.columns, FIRST_COLUMN)}

    @property
    def axis(self) -> str:
        """The label of the first column, which the rows are counted by."""
        return self.columns[0].label

    @property
    def epochs(self) -> int:
        """How many rows there are."""
        return len(self.columns[0].values)

    @property
    def last_row(self) -> int:
        """The row of the last epoch."""
        return self.label_row + self.epochs

    def label(self, label: str) -> tuple[int, int]:
        """The row and column of a column's label."""
        return self.label_row, self.places[label]

    def span(self, label: str) -> str:
        """The address of a column's cells."""
        return span(self.label_row + 1, self.places[label], self.last_row, self.places[label])

    def cell(self, label: str, place: int) -> tuple[int, int]:
        """The row and column of a column's cell in the row with a place, from 0."""
        return self.label_row + 1 + place, self.places[label]


def table_columns(outcome: Outcome, target_cell: str, best_cell: str) -> list[TableColumn]:
    """The columns that a log's table has."""
    log = outcome.log
    columns = [TableColumn(log.axis, RUN, _axis_form(log.at), [whole(at) for at in log.at])]
    columns += map(_measured, outcome.measures)
    if outcome.target is not None and outcome.judge is not None:
        columns += _target_columns(outcome, outcome.judge, outcome.target, target_cell)
    if outcome.best is not None:
        signs = [BEST if place == outcome.best else NONE for place in range(len(log.at))]
        rule = f'=IF({{}}={best_cell},"{BEST}","{NONE}")'
        columns.append(TableColumn(BEST_LABEL, RUN, "General", signs, lambda cell: rule.format(cell(log.axis))))
    return columns


def _measured(measure: Measure) -> TableColumn:
    form, counts = number_form(measure), measure.counts
    plain = TEST if measure.kind in PLAIN or measure.label in COUNTED else RUN
    formula = None if counts is None else lambda cell: f"={cell(counts[0])}/{cell(counts[1])}"
    return TableColumn(measure.label, HUES.get(measure.split, plain), form, measure.numbers, formula)


def _target_columns(outcome: Outcome, judge: Measure, target: float, target_cell: str) -> list[TableColumn]:
    """The target in every row, so that the chart can draw it as a line, and the signs of what meets it."""
    count, gaps = len(outcome.log.at), None in judge.numbers
    signs = [MEETS if outcome.meets(place) else NONE for place in range(count)]

    def meets(cell: Cell) -> str:
        number = cell(judge.label)
        above = f"{cell(TARGET_LABEL)}-{number}" if judge.lower_is_better else f"{number}-{cell(TARGET_LABEL)}"
        rule = f"ROUND({above},{DECIMALS})>=0"
        known = rule if not gaps else f'IF({number}="",FALSE,{rule})'
        return f'=IF({known},"{MEETS}","{NONE}")'

    return [
        TableColumn(TARGET_LABEL, RUN, number_form(judge), [target] * count, lambda _: f"={target_cell}"),
        TableColumn(MEETS_LABEL, RUN, "General", signs, meets),
    ]


def number_form(measure: Measure) -> str:
    """The form in which the numbers of a measure are shown."""
    sizes = [abs(number) for number in measure.numbers if number]
    largest, smallest = max(sizes, default=1.0), min(sizes, default=1.0)
    if measure.kind is Kind.ACCURACY:
        return "0.00%"
    if measure.kind is Kind.RATE:
        return "0.00000" if smallest >= 1e-4 else "0.00E+00"
    if measure.kind in (Kind.COUNT, Kind.SPEED):
        return "#,##0"
    if measure.kind is Kind.SECONDS:
        return "#,##0.0"
    if measure.kind is Kind.OTHER and all(size == int(size) for size in sizes):
        return "#,##0" if largest < 1e6 else "0.00E+00"
    return "0.00E+00" if largest < SMALLEST else "0.0000"


def _axis_form(at: Sequence[float]) -> str:
    return "0" if all(number == int(number) for number in at) else "General"


def write_epochs(canvas: Canvas, run: str, table: EpochTable) -> None:
    """Write the table of a run that has epochs."""
    styles, last_column = canvas.styles, FIRST_COLUMN + len(table.columns) - 1
    canvas.set_height(table.label_row, label_height([column.label for column in table.columns]))
    canvas.sheet.add_table(table.label_row, FIRST_COLUMN, table.last_row, last_column, {
        "name": table_name(run), "style": None, "autofilter": False,
        "columns": [
            {"header": column.label, "header_format": styles.column_label(column.hues)} for column in table.columns
        ],
    })  # fmt: skip
    letters = {label: xl_col_to_name(place) for label, place in table.places.items()}
    for column in table.columns:
        _write_column(canvas, table, column, letters)
    _mark_rows(canvas, table)


def label_height(labels: Sequence[str]) -> int:
    """How high the row of these labels must be, in pixels."""
    lines = max(len(wrap(label, LINE_LENGTH)) for label in labels)
    return LINE_PIXELS * min(max(lines, FEWEST_LINES), MOST_LINES)


def _write_column(canvas: Canvas, table: EpochTable, column: TableColumn, letters: dict[str, str]) -> None:
    place, form = table.places[column.label], canvas.styles.measure(column.hues, column.form)
    for row, value in enumerate(column.values, table.label_row + 1):
        if value is None:  # a cell without a number is white
            continue
        content: Content = value
        if column.formula is not None:
            content = Live(column.formula(partial(_cell, letters, row + 1)), value)
        canvas.write(row, place, content, form)
    if column.form == "0.0000":
        canvas.sheet.conditional_format(table.label_row + 1, place, table.last_row, place, {
            "type": "cell", "criteria": "not between", "minimum": -WIDEST, "maximum": WIDEST,
            "format": canvas.styles.wide_number(),
        })  # fmt: skip


def _cell(letters: dict[str, str], number: int, label: str) -> str:
    return f"{letters[label]}{number}"


def _mark_rows(canvas: Canvas, table: EpochTable) -> None:
    """Colour what a sign says already: the epochs that meet the target, and the best one."""
    first, axis = table.label_row + 1, table.axis
    for label, said, form in ((BEST_LABEL, BEST, canvas.styles.best()), (MEETS_LABEL, MEETS, canvas.styles.met())):
        if label not in table.places:
            continue
        rule = {"type": "formula", "criteria": f'=${xl_col_to_name(table.places[label])}{first + 1}="{said}"'}
        areas = " ".join(table.span(name).replace("$", "") for name in (axis, label))
        canvas.sheet.conditional_format(
            first, table.places[axis], table.last_row, table.places[axis],
            rule | {"format": form, "multi_range": areas},
        )  # fmt: skip


def table_name(run: str) -> str:
    """A name for a run's table: valid in Excel, and no other run's."""
    readable = re.sub(r"[^A-Za-z0-9]+", "_", run)[:LONGEST_NAME].strip("_")
    return f"epochs_{readable}_{sha256(run.encode()).hexdigest()[:8]}"
