"""Where everything stands: the training table on its tab, and the numbers that all tabs start from.

Rows and columns count from 0, as in XlsxWriter; the addresses are Excel's. For the exercise's own network these
are its published places: η in G31, labels in row 32, the start in row 33, columns from A.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from xlsxwriter.utility import quote_sheetname, xl_col_to_name, xl_rowcol_to_cell

from sheetgen.mathematics.equations import backward_lines, forward_lines
from sheetgen.mathematics.expression import Column, Expression
from sheetgen.mathematics.notation import LONGEST_REFERENCE, excel, longest_text
from sheetgen.mathematics.training_step import TableColumn, table_columns
from templates import LEARNING_RATE, TOTAL_LOSS, Deltas, Template

START_SHEET = "Start"
CHECK_SHEET = "Check"
COMPARE_SHEET = "Compare"

HEADER_ROW = 31  # or further down, where the equations above it need the room
TEXT_ROW = 19  # the first line of the equations that stand side by side above the table
RATE_COLUMN = 6
START_ROW = 13  # the first of the numbers on the start sheet
START_VALUE_COLUMN = 2

MAX_ROWS, MAX_COLUMNS, MAX_FORMULA = 1_048_576, 16_384, 8_192  # Excel's limits for a sheet and a formula
MAX_NAME, MAX_TEXT = 31, 32_767  # characters of a sheet's name, and of a cell's text
MAX_CURVES = 255  # of a chart
_AROUND_CHOICES = 1_000  # characters of a formula that chooses a tab, for all else in it


class LimitError(Exception):
    """A workbook that Excel could not hold: says the limit, what was asked, and what would fit."""


@dataclass(frozen=True)
class TableLayout:
    """A training table on its tab: which columns, from which row on, and where its settings are."""

    columns: tuple[TableColumn, ...]
    header_row: int
    settings: Mapping[str, str]  # label of a setting -> its absolute address
    iterations: int

    @cached_property
    def places(self) -> Mapping[str, int]:
        """The column, counted from 0, of each label."""
        return {column.label: place for place, column in enumerate(self.columns)}

    @property
    def first_row(self) -> int:
        """The row of the start."""
        return self.header_row + 1

    @property
    def last_row(self) -> int:
        """The row of the last iteration."""
        return self.first_row + self.iterations

    def cell(self, label: str, row: int) -> str:
        """The address of a column's cell in a row, absolute: `$W$133`."""
        return str(xl_rowcol_to_cell(row, self.places[label], row_abs=True, col_abs=True))

    def span(self, label: str) -> str:
        """The address of all of a column's values, absolute: `$W$33:$W$133`."""
        return f"{self.cell(label, self.first_row)}:{self.cell(label, self.last_row)}"

    def formula(self, expression: Expression, row: str, before: str) -> str:
        """The expression as an Excel formula in this table; `row` and `before` stand for the rows' numbers."""

        def address(column: Column) -> str:
            return f"{xl_col_to_name(self.places[column.label])}{row if column.rows == 0 else before}"

        return excel(expression, address, self.settings.__getitem__)


def on_sheet(sheet: str, address: str) -> str:
    """An address on a sheet, quoted where the sheet's name needs it."""
    return f"{quote_sheetname(sheet)}!{address}"


def sheet_name(rate: float) -> str:
    """The name of the tab of a learning rate: `eta 0.1`."""
    return f"eta {rate!r}"


def start_labels(template: Template) -> tuple[str, ...]:
    """The labels of the start sheet's numbers, from top to bottom."""
    network = template.network
    return network.inputs + network.targets + network.parameters


def table_layout(template: Template) -> TableLayout:
    """Lay out a template's training table, below its equations. Raises `LimitError`."""
    _check_columns(template)
    columns = table_columns(template.network, template.deltas, template.training)
    for column in columns:
        _check_length(column, longest_text(column.then) // LONGEST_REFERENCE, template.deltas)
    lines = max(len(forward_lines(columns)), len(backward_lines(columns, template.network)))
    header_row = max(HEADER_ROW, TEXT_ROW + lines + 1)
    settings = {
        label: on_sheet(START_SHEET, xl_rowcol_to_cell(START_ROW + k, START_VALUE_COLUMN, row_abs=True, col_abs=True))
        for k, label in enumerate(start_labels(template))
    }
    settings[LEARNING_RATE] = xl_rowcol_to_cell(header_row - 1, RATE_COLUMN, row_abs=True, col_abs=True)
    layout = TableLayout(columns, header_row, settings, template.iterations)
    if layout.last_row >= MAX_ROWS:
        most = MAX_ROWS - layout.first_row - 1
        raise LimitError(
            f"{layout.iterations:,} iterations do not fit: Excel has {MAX_ROWS:,} rows, "
            f"so at most {most:,} below the header"
        )
    _check_tabs(template, layout)
    last = str(layout.last_row + 1)
    for column in columns:
        _check_length(column, len(layout.formula(column.then, last, last)), template.deltas)
    return layout


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
    network = template.network
    shown = sum(len(layer.nets) for layer in network.backward) if template.deltas is Deltas.COLUMNS else 0
    forward = sum(len(columns) for layer in network.layers for columns in layer.columns)
    data = len(network.inputs) + len(network.targets) + len(network.losses) + 2  # with the total and the iteration
    count = data + len(network.parameters) + forward + shown + len(network.trained)
    if count > MAX_COLUMNS:
        raise LimitError(f"the table needs {count:,} columns; Excel has {MAX_COLUMNS:,}: take fewer or smaller layers")
