"""The table of a run's epochs: one row an epoch, and beside it what the published run had after as many.

The columns are always the same; what the record does not say is an empty cell. Whatever follows from counts is a
formula: the accuracies, which epochs meet the target, and which is the best.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from xlsxwriter.utility import xl_rowcol_to_cell

from sheetgen.style import Hues
from torch_models.record import DECIMALS, Epoch
from torch_models.run_sheet.canvas import (
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
from torch_models.run_sheet.outcome import Outcome

MEETS, BEST = "✓", "★ best"
LABEL_PIXELS = 38  # of the row of labels: two lines
WIDEST_LOSS = 999  # a larger one would fill its cell with ####
LONGEST_NAME = 40  # characters of a run's name in the name of its table


@dataclass(frozen=True)
class EpochRow:
    """What a row of the table is made of: its epoch, the published one, and the cells that decide on its marks."""

    row: int  # from 0
    epoch: Epoch
    published: Epoch | None
    outcome: Outcome
    target_cell: str
    best_cell: str

    def __getitem__(self, label: str) -> str:
        """The address of a column's cell in this row."""
        return str(xl_rowcol_to_cell(self.row, PLACES[label]))

    def accuracy(self, correct: str, total: str, value: float) -> Live:
        """The part of the images that are right, from the columns that count them."""
        return Live(f"={self[correct]}/{self[total]}", value)

    def target(self) -> Live:
        """The target, in every row, so that the chart can draw it as a line."""
        return Live(f"={self.target_cell}", self.outcome.target)

    def meets(self) -> Live:
        """The sign of an epoch that meets the target; a difference beyond nine decimals is rounding."""
        sign = MEETS if self.epoch.meets(self.outcome.target) else NONE
        return Live(f'=IF(ROUND({self["accuracy"]}-{self["target"]},{DECIMALS})>=0,"{MEETS}","{NONE}")', sign)

    def best(self) -> Live:
        """The sign of the best epoch."""
        sign = BEST if self.epoch is self.outcome.best else NONE
        return Live(f'=IF({self["epoch"]}={self.best_cell},"{BEST}","{NONE}")', sign)

    def validation_accuracy(self) -> Content:
        """The accuracy on held-out images; None without them."""
        value = self.epoch.validation_accuracy
        return None if value is None else self.accuracy("validation correct", "validation total", value)

    def published_loss(self) -> Content:
        """The published run's test loss after as many epochs; None after its last."""
        return None if self.published is None else self.published.test_loss

    def published_correct(self) -> Content:
        """How many test images it had right then."""
        return None if self.published is None else self.published.correct

    def published_accuracy(self) -> Content:
        """The part that those are."""
        if self.published is None:
            return None
        formula = f"={self['published correct']}/{self.published.total}"
        return Live(formula, self.published.accuracy)


@dataclass(frozen=True)
class EpochColumn:
    """A column of the table: its label, the colour of the images that it is about, the form of its numbers."""

    label: str
    hues: Hues
    form: str
    content: Callable[[EpochRow], Content]


COLUMNS = (
    EpochColumn("epoch", RUN, "0", lambda row: row.epoch.epoch),
    EpochColumn("learning rate", RUN, "0.00000", lambda row: row.epoch.learning_rate),
    EpochColumn("train loss", TRAINING, "0.0000", lambda row: row.epoch.train_loss),
    EpochColumn("train accuracy", TRAINING, "0.00%", lambda row: row.epoch.train_accuracy),
    EpochColumn("test loss", TEST, "0.0000", lambda row: row.epoch.test_loss),
    EpochColumn("correct", TEST, "#,##0", lambda row: row.epoch.correct),
    EpochColumn("total", TEST, "#,##0", lambda row: row.epoch.total),
    EpochColumn("accuracy", TEST, "0.00%", lambda row: row.accuracy("correct", "total", row.epoch.accuracy)),
    EpochColumn("target", RUN, "0.00%", EpochRow.target),
    EpochColumn("meets the target", RUN, "General", EpochRow.meets),
    EpochColumn("best epoch", RUN, "General", EpochRow.best),
    EpochColumn("published test loss", PUBLISHED, "0.0000", EpochRow.published_loss),
    EpochColumn("published correct", PUBLISHED, "#,##0", EpochRow.published_correct),
    EpochColumn("published accuracy", PUBLISHED, "0.00%", EpochRow.published_accuracy),
    EpochColumn("seconds", RUN, "#,##0.0", lambda row: row.epoch.seconds),
    EpochColumn("images/s", RUN, "#,##0", lambda row: row.epoch.images_per_second),
    EpochColumn("validation loss", VALIDATION, "0.0000", lambda row: row.epoch.validation_loss),
    EpochColumn("validation correct", VALIDATION, "#,##0", lambda row: row.epoch.validation_correct),
    EpochColumn("validation total", VALIDATION, "#,##0", lambda row: row.epoch.validation_total),
    EpochColumn("validation accuracy", VALIDATION, "0.00%", EpochRow.validation_accuracy),
)
PLACES = {column.label: place for place, column in enumerate(COLUMNS, FIRST_COLUMN)}


@dataclass(frozen=True)
class EpochTable:
    """Where the table stands: the row of its labels, and how many epochs follow."""

    label_row: int
    epochs: int

    @property
    def last_row(self) -> int:
        """The row of the last epoch."""
        return self.label_row + self.epochs

    def label(self, label: str) -> tuple[int, int]:
        """The row and column of a column's label."""
        return self.label_row, PLACES[label]

    def span(self, label: str, epochs: int | None = None) -> str:
        """The address of a column's cells: of all epochs, or of the first ones."""
        last_row = self.label_row + (epochs or self.epochs)
        return span(self.label_row + 1, PLACES[label], last_row, PLACES[label])


def write_epochs(
    canvas: Canvas, run: str, outcome: Outcome, table: EpochTable, target_cell: str, best_cell: str
) -> None:
    """Write the table of a run that has epochs."""
    styles, sheet, last_column = canvas.styles, canvas.sheet, FIRST_COLUMN + len(COLUMNS) - 1
    canvas.set_height(table.label_row, LABEL_PIXELS)
    sheet.add_table(table.label_row, FIRST_COLUMN, table.last_row, last_column, {
        "name": table_name(run), "style": None, "autofilter": False,
        "columns": [{"header": column.label, "header_format": styles.column_label(column.hues)} for column in COLUMNS],
    })  # fmt: skip
    for k, epoch in enumerate(outcome.epochs):
        published = outcome.published[k] if k < len(outcome.published) else None
        row = EpochRow(table.label_row + 1 + k, epoch, published, outcome, target_cell, best_cell)
        for place, column in enumerate(COLUMNS, FIRST_COLUMN):
            content = column.content(row)
            if content is not None:  # a cell without a number is white
                canvas.write(row.row, place, content, styles.measure(column.hues, column.form))
    _mark_rows(canvas, table)
    for label in ("train loss", "test loss", "validation loss"):
        sheet.conditional_format(table.label_row + 1, PLACES[label], table.last_row, PLACES[label], {
            "type": "cell", "criteria": ">", "value": WIDEST_LOSS, "format": styles.wide_number(),
        })  # fmt: skip


def _mark_rows(canvas: Canvas, table: EpochTable) -> None:
    """Colour what a sign says already: the epochs that meet the target, and the best one."""
    first = table.label_row + 1
    for label, said, form in (
        ("best epoch", BEST, canvas.styles.best()),
        ("meets the target", MEETS, canvas.styles.met()),
    ):
        sign = xl_rowcol_to_cell(first, PLACES[label], col_abs=True)
        rule = {"type": "formula", "criteria": f'={sign}="{said}"', "format": form}
        columns = ["epoch", "accuracy", label]
        canvas.sheet.conditional_format(
            first, PLACES[columns[0]], table.last_row, PLACES[columns[0]],
            rule | {"multi_range": " ".join(table.span(name).replace("$", "") for name in columns)},
        )  # fmt: skip


def table_name(run: str) -> str:
    """A name for a run's table: valid in Excel, and no other run's."""
    readable = re.sub(r"[^A-Za-z0-9]+", "_", run)[:LONGEST_NAME].strip("_")
    return f"epochs_{readable}_{sha256(run.encode()).hexdigest()[:8]}"
