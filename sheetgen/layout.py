"""Where everything stands: the training table on its tab, and the numbers that all tabs start from.

Rows and columns count from 0, as in XlsxWriter; the addresses are Excel's. For the exercise's own network these
are its published places: η in G31, labels in row 32, the start in row 33, columns from A.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from xlsxwriter.utility import quote_sheetname, xl_col_to_name, xl_rowcol_to_cell

from sheetgen.mathematics.equations import backward_lines, forward_lines
from sheetgen.mathematics.expression import Batch, Column, Expression
from sheetgen.mathematics.notation import LONGEST_REFERENCE, excel, longest_text
from sheetgen.mathematics.optimizers import rule_of
from sheetgen.mathematics.training_step import TableColumn, table_columns
from templates import LEARNING_RATE, TOTAL_LOSS, Deltas, Network, Samples, Template

START_SHEET = "Start"
DATA_SHEET = "Data"
CHECK_SHEET = "Check"
COMPARE_SHEET = "Compare"

HEADER_ROW = 31  # or further down, where the equations above it need the room
TEXT_ROW = 19  # the first line of the equations that stand side by side above the table
RATE_COLUMN = 6
START_ROW = 13  # the first of the numbers on the start sheet
BELOW_START = 2  # rows between these and the hyperparameters below them
START_VALUE_COLUMN = 2
SAMPLES_ROW = 5  # the first of the samples on the sheet of the data, which has their numbers in its first column

MAX_ROWS, MAX_COLUMNS, MAX_FORMULA = 1_048_576, 16_384, 8_192  # Excel's limits for a sheet and a formula
MAX_NAME, MAX_TEXT = 31, 32_767  # characters of a sheet's name, and of a cell's text
MAX_CURVES = 255  # of a chart
_AROUND_CHOICES = 1_000  # characters of a formula that chooses a tab, for all else in it


class LimitError(Exception):
    """A workbook that Excel could not hold: says the limit, what was asked, and what would fit."""


class Rows(NamedTuple):
    """What stands for the numbers of the rows that a formula reads.

    Its own, the first and the last of its iteration, and the first of the iteration before.
    """

    own: str
    first: str
    last: str
    before: str


@dataclass(frozen=True)
class TableLayout:
    """A training table on its tab: which columns, from which row on, and where its settings are.

    An iteration is a block of `batch` rows, one a sample; what it has once stands in the first of them.
    """

    columns: tuple[TableColumn, ...]
    header_row: int
    settings: Mapping[str, str]  # label of a setting -> its absolute address
    iterations: int
    batch: int = 1

    @cached_property
    def places(self) -> Mapping[str, int]:
        """The column, counted from 0, of each label."""
        return {column.label: place for place, column in enumerate(self.columns)}

    @property
    def first_row(self) -> int:
        """The row of the start."""
        return self.header_row + 1

    @property
    def end_row(self) -> int:
        """The first row of the last iteration."""
        return self.first_row + self.iterations * self.batch

    @property
    def last_row(self) -> int:
        """The last row of all."""
        return self.end_row + self.batch - 1

    def cell(self, label: str, row: int) -> str:
        """The address of a column's cell in a row, absolute: `$W$133`."""
        return str(xl_rowcol_to_cell(row, self.places[label], row_abs=True, col_abs=True))

    @property
    def first_cell(self) -> str:
        """The address of the upper left cell of the table's numbers."""
        return self.cell(self.columns[0].label, self.first_row)

    def span(self, label: str) -> str:
        """The address of all of a column's values, absolute: `$W$33:$W$133`."""
        return f"{self.cell(label, self.first_row)}:{self.cell(label, self.last_row)}"

    def is_of_sample(self, label: str) -> bool:
        """Whether a column has a cell for each of an iteration's several samples."""
        return self.batch > 1 and not self.columns[self.places[label]].per_step

    def place_of(self, iteration: str) -> str:
        """The formula of the place, from 1, of an iteration's first row in a column, given a formula of its number."""
        return f"{iteration}+1" if self.batch == 1 else f"{iteration}*{self.batch}+1"

    def place_before(self, iteration: str) -> str:
        """The same of the iteration before."""
        return iteration if self.batch == 1 else f"({iteration}-1)*{self.batch}+1"

    def filled(self, span: str) -> str:
        """The factor that takes the cells without anything, between the first rows of the blocks, out of a formula."""
        return "" if self.batch == 1 else f'*({span}<>"")'

    def formula(self, expression: Expression, rows: Rows) -> str:
        """The expression as an Excel formula in this table."""
        per_step = {column.label for column in self.columns if column.per_step}

        def address(cell: Column) -> str:
            name = xl_col_to_name(self.places[cell.label])
            if isinstance(cell, Batch):
                return f"{name}{rows.first}:{name}{rows.last}"
            if cell.rows < 0:
                return f"{name}{rows.before}"
            return f"{name}{rows.first if cell.label in per_step else rows.own}"

        return excel(expression, address, self.settings.__getitem__)


def on_sheet(sheet: str, address: str) -> str:
    """An address on a sheet, quoted where the sheet's name needs it."""
    return f"{quote_sheetname(sheet)}!{address}"


def sheet_name(rate: float) -> str:
    """The name of the tab of a learning rate: `eta 0.1`."""
    return f"eta {rate!r}"


def start_labels(template: Template) -> tuple[str, ...]:
    """The labels of the numbers that each tab starts from, from top to bottom."""
    network = template.network
    return (network.inputs + network.targets if template.samples is None else ()) + network.parameters


def start_rows(template: Template) -> Mapping[str, int]:
    """The rows of the start sheet's numbers by their labels: those to start from, below them the hyperparameters."""
    labels = start_labels(template)
    below = START_ROW + len(labels) + BELOW_START
    return {label: START_ROW + k for k, label in enumerate(labels)} | {
        symbol: below + k for k, symbol in enumerate(template.training.numbers)
    }


def table_layout(template: Template) -> TableLayout:
    """Lay out a template's training table, below its equations. Raises `LimitError`."""
    _check_columns(template)
    columns = table_columns(template.network, template.deltas, template.training, template.samples)
    for column in columns:
        _check_length(column, longest_text(column.then) // LONGEST_REFERENCE, template.deltas)
    lines = max(len(forward_lines(columns)), len(backward_lines(columns, template.network, template.training)))
    header_row = max(HEADER_ROW, TEXT_ROW + lines + 1)
    settings = {
        label: on_sheet(START_SHEET, xl_rowcol_to_cell(row, START_VALUE_COLUMN, row_abs=True, col_abs=True))
        for label, row in start_rows(template).items()
    }
    if template.samples is not None:
        settings |= _samples_places(template, template.samples)
    settings[LEARNING_RATE] = xl_rowcol_to_cell(header_row - 1, RATE_COLUMN, row_abs=True, col_abs=True)
    layout = TableLayout(columns, header_row, settings, template.iterations, template.batch)
    if layout.last_row >= MAX_ROWS:
        most = (MAX_ROWS - layout.first_row) // layout.batch - 1
        raise LimitError(
            f"{layout.iterations:,} iterations do not fit: Excel has {MAX_ROWS:,} rows, "
            f"so at most {most:,} below the header"
        )
    _check_tabs(template, layout)
    last = Rows(*[str(layout.last_row + 1)] * 4)
    for column in columns:
        _check_length(column, len(layout.formula(column.then, last)), template.deltas)
    return layout


def _samples_places(template: Template, samples: Samples) -> Mapping[str, str]:
    """The cells of all samples, a column for each input and target."""
    network = template.network
    rows = SAMPLES_ROW, SAMPLES_ROW + len(samples.rows) - 1
    cells = (
        [xl_rowcol_to_cell(row, column, row_abs=True, col_abs=True) for row in rows]
        for column in range(1, 1 + len(network.data))
    )
    labels = network.inputs + network.targets
    return {label: on_sheet(DATA_SHEET, ":".join(pair)) for label, pair in zip(labels, cells, strict=True)}


def _check_tabs(template: Template, layout: TableLayout) -> None:
    """Refuse tabs that cannot be named, or more of them than one formula can choose from; and texts too long."""
    names = [sheet_name(rate) for rate in template.learning_rates]
    for name in names:
        if len(name) > MAX_NAME:
            raise LimitError(f"the tab '{name}' has a name of {len(name)} characters; Excel allows {MAX_NAME}")
        if names.count(name) > 1:
            raise LimitError(f"two learning rates are both {name.removeprefix('eta ')} in the 16 digits of a workbook")
    longest = max(len(f"INDEX({on_sheet(name, layout.span(TOTAL_LOSS))},Explore!$XFD$1048576+1),") for name in names)
    most = min(MAX_CURVES, (MAX_FORMULA - _AROUND_CHOICES) // longest)
    if len(names) > most:
        raise LimitError(
            f"{len(names)} learning rates do not fit: a formula that chooses among their tabs is longer than Excel's "
            f"{MAX_FORMULA:,} characters; at most {most} fit"
        )
    for field, text in (("title", template.title), ("description", template.description)):
        if len(text) > MAX_TEXT:
            raise LimitError(f"the {field} has {len(text):,} characters; a cell of Excel holds {MAX_TEXT:,}")


def _check_length(column: TableColumn, length: int, deltas: Deltas) -> None:
    """Refuse a formula of a length, or of at least that length."""
    if length > MAX_FORMULA:
        advice = "take smaller layers" if deltas is Deltas.COLUMNS else 'give the template deltas = "columns"'
        raise LimitError(
            f"the formula of {column.label} has {length:,} characters or more; Excel allows {MAX_FORMULA:,}: {advice}"
        )


def _check_columns(template: Template) -> None:
    """Refuse a table that is too wide before anything is made of it."""
    network, training = template.network, template.training
    kept = len(rule_of(training).states) + 1  # of each trained parameter, its gradient too
    shown = network.backward if template.deltas is Deltas.COLUMNS else ()
    data = len(network.inputs) + len(network.targets) + len(network.losses) + 2  # with the total and the iteration
    widths = [
        len(layer.parameters) + kept * len(layer.trained) + sum(map(len, layer.columns))
        + (len(layer.nets) if layer in shown else 0)
        for layer in network.layers
    ]  # fmt: skip
    count = data + (training.schedule is not None) + sum(widths)
    if count > MAX_COLUMNS:
        advice = _what_would_fit(network, widths, count - MAX_COLUMNS)
        raise LimitError(f"the table needs {count:,} columns; Excel has {MAX_COLUMNS:,}: {advice}")


def _what_would_fit(network: Network, widths: Sequence[int], excess: int) -> str:
    """How small the widest hidden layer would have to be, where it is dense and that is enough."""
    hidden = [k for k, layer in enumerate(network.layers[:-1]) if layer.is_dense]
    if hidden:
        widest = max(hidden, key=lambda k: widths[k])
        units = len(network.layers[widest].nets)
        fewer = units - math.ceil(excess / (widths[widest] // units))  # that those after it shrink is room to spare
        if fewer > 0:
            takes = f"layer {widest + 1} takes {widths[widest]:,} of them"
            return f"{takes}; it fits with {fewer:,} units in place of {units:,}"
    return "take fewer or smaller layers"
