"""Where everything stands on the sheet that shows one step: the network on its cells, and every formula below it.

Two cells choose the step, a learning rate and an iteration. From the tabs come that iteration's parameters alone; all
else of the step is computed on the sheet, by the expressions of the training table with the gradients of the net inputs
in cells of their own. Rows and columns count from 0, as in XlsxWriter; the addresses are Excel's, absolute, without the
sheet.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from xlsxwriter.utility import xl_rowcol_to_cell

from sheetgen.explore.net_grid import NetGrid, net_grid
from sheetgen.layout import TableLayout, on_sheet, sheet_name
from sheetgen.live import choice
from sheetgen.mathematics.expression import Expression
from sheetgen.mathematics.notation import excel
from sheetgen.mathematics.training_step import Group, table_columns, updated
from templates import LEARNING_RATE, Deltas, Network, Template, delta_of, gradient_of

EXPLORE_SHEET = "Explore"
STEPS_SHEET = "Steps"

RATE_ROW, ITERATION_ROW, INPUT_COLUMN = 3, 4, 1
CAPTION_ROW = 6  # the grid begins below it
_NAME, _SYMBOLS, _NUMBERS, _RESULT = 10.0, 46.0, 65.0, 12.5  # at least how wide the columns of a formula are
OTHER_WIDTH = 12.5  # of a column to the right of the grid


@dataclass(frozen=True)
class Span:
    """Columns side by side that are used as one, the last one included; the width is in characters."""

    first: int
    last: int
    width: float


@dataclass(frozen=True)
class FormulaLine:
    """A formula of the step, in a row of its own: `label` = `expression`, over the labels of this iteration."""

    label: str
    name: str  # as it is shown: `w1(n+1)` for the updated w1
    expression: Expression
    row: int


@dataclass(frozen=True)
class Section:
    """A part of the step: its heading stands in `row`, its formulas below."""

    title: str
    remark: str
    group: Group
    row: int
    lines: tuple[FormulaLine, ...]


@dataclass(frozen=True)
class ExploreLayout:
    """The sheet's places.

    `cells` maps a label to the cell of its value in the chosen iteration, η to that of the learning rate; `updated` a
    parameter to its value in the next iteration. `texts` maps a label to the cell that has its value as a text.
    """

    grid: NetGrid
    sections: tuple[Section, ...]
    symbols: Span
    numbers: Span
    result: Span
    rates_row: int  # the first of the tabs' learning rates
    texts_row: int  # the first of the values as texts
    rates: tuple[float, ...]  # of the tabs
    table: TableLayout  # on the tabs

    @property
    def grid_row(self) -> int:
        """The first row of the grid."""
        return CAPTION_ROW + 1

    @property
    def rate_cell(self) -> str:
        """Where the learning rate is chosen."""
        return _address(RATE_ROW, INPUT_COLUMN)

    @property
    def iteration_cell(self) -> str:
        """Where the iteration is chosen."""
        return _address(ITERATION_ROW, INPUT_COLUMN)

    @property
    def tab_cell(self) -> str:
        """Which tab has the chosen learning rate, counted from 1; an error where none has it."""
        return _address(self.rates_row + len(self.rates), INPUT_COLUMN)

    @property
    def largest_weight_cell(self) -> str:
        """How far from 0 the parameters go, for their shades."""
        return _address(self.rates_row + len(self.rates) + 1, INPUT_COLUMN)

    @property
    def largest_gradient_cell(self) -> str:
        """How far from 0 the gradients go, for theirs."""
        return _address(self.rates_row + len(self.rates) + 2, INPUT_COLUMN)

    @property
    def widths(self) -> tuple[float, ...]:
        """The widths of all columns in characters."""
        beyond = self.result.last + 1 - len(self.grid.widths)
        return self.grid.widths + (OTHER_WIDTH,) * beyond

    @property
    def rates_span(self) -> str:
        """The learning rates of the tabs."""
        return (
            f"{_address(self.rates_row, INPUT_COLUMN)}:{_address(self.rates_row + len(self.rates) - 1, INPUT_COLUMN)}"
        )

    @property
    def names_span(self) -> str:
        """The names of those tabs."""
        return f"{_address(self.rates_row, 0)}:{_address(self.rates_row + len(self.rates) - 1, 0)}"

    @property
    def lines(self) -> Iterator[FormulaLine]:
        """All formulas from top to bottom."""
        return (line for section in self.sections for line in section.lines)

    @cached_property
    def computed(self) -> Mapping[str, str]:
        """The cells of what is computed below the grid, by their labels."""
        *step, _ = self.sections
        return {line.label: self._result(line) for section in step for line in section.lines}

    @cached_property
    def cells(self) -> Mapping[str, str]:
        """The cell of each value of the step."""
        given = {
            label: _address(self.grid_row + row, column)
            for label, (row, column) in self.grid.values.items()
            if label not in self.computed
        }
        return {LEARNING_RATE: self.rate_cell, **given, **self.computed}

    @cached_property
    def updated(self) -> Mapping[str, str]:
        """The cell of each parameter after the update."""
        return {line.label: self._result(line) for line in self.sections[-1].lines}

    @cached_property
    def texts(self) -> Mapping[str, str]:
        """The cell with the text of each value that stands in a formula."""
        return {label: _address(self.texts_row + k, INPUT_COLUMN) for k, label in enumerate(self.cells)}

    @property
    def last_row(self) -> int:
        """The last row of the sheet."""
        return self.texts_row + len(self.cells) - 1

    def formula(self, expression: Expression) -> str:
        """The expression as an Excel formula over the cells of this sheet."""
        return excel(expression, lambda column: self.cells[column.label], self.cells.__getitem__)

    def shown(self, label: str) -> str:
        """The formula of a label's cell on the grid: looked up where it is given, else the result of its formula."""
        if label in self.computed:
            return f"={self.computed[label]}"
        if label not in self.updated:
            return f"={self.table.settings[label]}"
        span = self.table.span(label)
        places = (f"INDEX({on_sheet(sheet_name(rate), span)},{self.iteration_cell}+1)" for rate in self.rates)
        return "=" + choice(self.tab_cell, [*places])

    def _result(self, line: FormulaLine) -> str:
        return _address(line.row, self.result.first)


def explore_layout(template: Template, layout: TableLayout) -> ExploreLayout:
    """Lay out the sheet for a template; `layout` is that of its tabs."""
    grid = net_grid(template.network)
    first = CAPTION_ROW + 1 + grid.rows + 2  # an empty row, and the row that says what the columns are
    sections = tuple(_sections(template.network, first))
    end = sections[-1].lines[-1].row
    rates_row = end + 4
    rates = template.learning_rates
    _, symbols, numbers, result = _spans(grid.widths, (_NAME, _SYMBOLS, _NUMBERS, _RESULT))
    return ExploreLayout(grid, sections, symbols, numbers, result, rates_row, rates_row + len(rates) + 6, rates, layout)


def _sections(network: Network, row: int) -> Iterator[Section]:
    for title, group, formulas in _parts(network):
        lines = tuple(
            FormulaLine(label, name, expression, row + k) for k, (label, name, expression) in enumerate(formulas, 1)
        )
        yield Section(title, _REMARKS[title], group, row, lines)
        row += len(lines) + 2


_REMARKS = {
    "Forward pass": "from the inputs to the outputs, a net input and then its activation",
    "Loss": "how far the outputs are from the targets",
    "Backward pass": "from the loss back to the inputs; δ is the gradient for a net input, as in δ_o1 = ∂E_t/∂o1",
    "Update": "one step against the gradient; these are the numbers of the next iteration",
}
_Named = tuple[str, str, Expression]  # label, how it is shown, formula


def _parts(network: Network) -> Iterator[tuple[str, Group, list[_Named]]]:
    """The parts of a step in the order in which one computes them; the backward pass goes layer by layer."""
    columns = {column.label: column for column in table_columns(network, Deltas.COLUMNS)}

    def formulas(labels: Sequence[str]) -> list[_Named]:
        return [(label, label, columns[label].then) for label in labels]

    for title, group in (("Forward pass", Group.FORWARD), ("Loss", Group.LOSS)):
        yield title, group, formulas([label for label, column in columns.items() if column.group is group])
    backward: list[str] = []
    for layer in network.backward:
        backward += [*map(delta_of, layer.nets), *map(gradient_of, layer.trained)]
    yield "Backward pass", Group.BACKWARD, formulas(backward)
    steps = [
        (label, f"{label}(n+1)", updated(label, layer, rows=0))
        for layer in network.layers
        for label in layer.parameters
    ]  # fmt: skip
    yield "Update", Group.PARAMETERS, steps


def _spans(widths: Sequence[float], least: Sequence[float]) -> Iterator[Span]:
    """Columns from the left on, as many together as each needs at least."""
    column = 0
    for wanted in least:
        first, width = column, 0.0
        while width < wanted:
            width += widths[column] if column < len(widths) else OTHER_WIDTH
            column += 1
        yield Span(first, column - 1, width)


def _address(row: int, column: int) -> str:
    return str(xl_rowcol_to_cell(row, column, row_abs=True, col_abs=True))
