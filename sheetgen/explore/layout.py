"""Where everything stands on the sheet that shows one step: the network on its cells, and every formula below it.

Two cells choose the step, a tab by its name and an iteration. From the tab come the learning rate, that iteration's
parameters, and what an optimizer has kept before it; all else of the step is computed on the sheet, by the expressions
of the training table with the gradients of the net inputs in cells of their own. Rows and columns count from 0, as in
XlsxWriter; the addresses are Excel's, absolute, without the sheet.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from xlsxwriter.utility import xl_rowcol_to_cell

from sheetgen.explore.net_grid import NetGrid, net_grid
from sheetgen.layout import TableLayout, on_sheet, sheet_name
from sheetgen.live import NOTHING, choice
from sheetgen.mathematics.expression import Batch, Column, Expression, average, columns_used, summed
from sheetgen.mathematics.notation import excel, symbolic
from sheetgen.mathematics.training_step import ITERATION, SAMPLE, Group, TableColumn, table_columns, updated
from templates import (
    LEARNING_RATE,
    PLAIN,
    TOTAL_LOSS,
    Deltas,
    Network,
    Reduction,
    Template,
    Training,
    delta_of,
    gradient_of,
)

EXPLORE_SHEET = "Explore"
STEPS_SHEET = "Steps"

TAB_ROW, ITERATION_ROW, SAMPLE_ROW, INPUT_COLUMN = 3, 4, 5, 1
CAPTION_ROW = 6  # the grid begins below it
_NAME, _SYMBOLS, _NUMBERS, _RESULT = 10.0, 46.0, 65.0, 12.5  # at least how wide the columns of a formula are
LOSS_CHARACTERS = 10.0  # that a loss takes, as 0.123456 or 1.23E-08
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
    is_on_tab: bool = False  # computed there, of more than this sample


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
    before_row: int  # the first of what the optimizer has kept so far
    before: tuple[str, ...]  # what that is: the labels of states
    settings: Mapping[str, str]  # numbers that the updates read besides the learning rate, and their cells
    groups: Mapping[str, Group]  # of each label of the step
    table: TableLayout  # on the tabs
    network: Network  # with the name of the loss of what is shown

    @property
    def grid_row(self) -> int:
        """The first row of the grid."""
        return CAPTION_ROW + 1

    @property
    def tab_name_cell(self) -> str:
        """Where the tab is chosen."""
        return _address(TAB_ROW, INPUT_COLUMN)

    @property
    def iteration_cell(self) -> str:
        """Where the iteration is chosen."""
        return _address(ITERATION_ROW, INPUT_COLUMN)

    @property
    def sample_cell(self) -> str:
        """Where one of the iteration's samples is chosen, counted from 1."""
        return _address(SAMPLE_ROW, INPUT_COLUMN)

    @property
    def tab_cell(self) -> str:
        """Which tab has the chosen name, counted from 1; an error where none has it."""
        return _address(self.helpers_row, INPUT_COLUMN)

    @property
    def rate_cell(self) -> str:
        """The learning rate of that tab."""
        return _address(self.helpers_row + 1, INPUT_COLUMN)

    @property
    def largest_weight_cell(self) -> str:
        """How far from 0 the parameters go, for their shades."""
        return _address(self.helpers_row + 2, INPUT_COLUMN)

    @property
    def largest_gradient_cell(self) -> str:
        """How far from 0 the gradients go, for theirs."""
        return _address(self.helpers_row + 3, INPUT_COLUMN)

    @property
    def helpers_row(self) -> int:
        """The first row below the tabs' learning rates."""
        return self.rates_row + len(self.rates)

    @property
    def widths(self) -> tuple[float, ...]:
        """The widths of all columns in characters."""
        beyond = self.result.last + 1 - len(self.grid.widths)
        return self.grid.widths + (OTHER_WIDTH,) * beyond

    @property
    def losses(self) -> Span:
        """Where E_total stands, before the step and after it: right of its name, wide enough in narrow columns too."""
        return _span(self.widths, self.numbers.first + 2, LOSS_CHARACTERS)

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
        before = {
            symbolic(Column(label, -1)): _address(self.before_row + k, INPUT_COLUMN)
            for k, label in enumerate(self.before)
        }
        return {LEARNING_RATE: self.rate_cell, **self.settings, **before, **given, **self.computed}

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
        return excel(expression, lambda column: self.cells[symbolic(column)], self.cells.__getitem__)

    def line_formula(self, line: FormulaLine) -> str:
        """The Excel formula of a line's result."""
        return "=" + self.on_tab(line.label) if line.is_on_tab else self.formula(line.expression)

    def shown(self, label: str) -> str:
        """The formula of a label's cell on the grid: looked up where it is given, else the result of its formula."""
        if label in self.computed:
            return f"={self.computed[label]}"
        if label not in self.updated and SAMPLE not in self.table.places:
            return f"={self.table.settings[label]}"
        return "=" + self.on_tab(label)

    def kept(self, label: str) -> str:
        """The formula of a state as it was before the step: that of the iteration before, 0 before the first."""
        return f"=IF({self.iteration_cell}=0,0,{self._on_tab(label, self.table.place_before(self.iteration_cell))})"

    def on_tab(self, label: str, from_sheet: Callable[[str], str] = str, sample: int | None = None) -> str:
        """The part of a formula that is a column's value in the chosen iteration on the chosen tab, and of its sample.

        `from_sheet` makes of a cell here what another sheet calls it; a `sample`, from 1, stands for the chosen one.
        """
        place = self.table.place_of(from_sheet(self.iteration_cell))
        if self.table.is_of_sample(label):
            place = place.removesuffix("1") + (from_sheet(self.sample_cell) if sample is None else str(sample))
        return self._on_tab(label, place, from_sheet)

    @property
    def loss_after(self) -> str:
        """The formula of E_total in the next iteration, after the step; of the last one there is none."""
        after = self._on_tab(TOTAL_LOSS, self.table.place_of(f"({self.iteration_cell}+1)"))
        return f'=IF({self.iteration_cell}<{self.table.iterations},{after},"{NOTHING}")'

    def _on_tab(self, label: str, place: str, from_sheet: Callable[[str], str] = str) -> str:
        """The part of a formula that looks up a place in a column of the chosen tab, counted from 1."""
        spans = (on_sheet(sheet_name(rate), self.table.span(label)) for rate in self.rates)
        return choice(from_sheet(self.tab_cell), [f"INDEX({span},{place})" for span in spans])

    def _result(self, line: FormulaLine) -> str:
        return _address(line.row, self.result.first)


def explore_layout(template: Template, layout: TableLayout) -> ExploreLayout:
    """Lay out the sheet for a template; `layout` is that of its tabs."""
    grid = net_grid(template.one_of_step.network)
    first = CAPTION_ROW + 1 + grid.rows + 2  # an empty row, and the row that says what the columns are
    columns = _columns(template)
    sections = tuple(_sections(template, columns, first))
    end = sections[-1].lines[-1].row
    rates_row = end + 4
    rates = template.learning_rates
    _, symbols, numbers, result = _spans(grid.widths, (_NAME, _SYMBOLS, _NUMBERS, _RESULT))
    before = tuple(
        used.label
        for column in columns.values()
        if column.group is Group.STATE
        for used in columns_used(column.then)
        if used.rows
    )
    before_row = rates_row + len(rates) + 7
    return ExploreLayout(
        grid=grid,
        sections=sections,
        symbols=symbols,
        numbers=numbers,
        result=result,
        rates_row=rates_row,
        texts_row=before_row + (len(before) + 2 if before else 0),
        rates=rates,
        before_row=before_row,
        before=before,
        settings=_settings(template, layout, columns),
        groups={label: column.group for label, column in columns.items()}
        | {symbolic(Column(label, -1)): Group.STATE for label in before},
        table=layout,
        network=template.one_of_step.network,
    )


def _columns(template: Template) -> Mapping[str, TableColumn]:
    """The columns of the step: those of one sample, and what becomes of the gradients of all.

    Where these depend on the others, the loss of all is one of them.
    """
    one, network = template.one_of_step.network, template.network
    columns = {c.label: c for c in table_columns(one, Deltas.COLUMNS, template.training)}
    of_all = table_columns(network, Deltas.COLUMNS, template.training, template.samples) if one != network else ()
    shared = TOTAL_LOSS if network.mixes_samples else None
    return columns | {c.label: c for c in of_all if c.group is Group.STATE or c.label == shared}


def _settings(template: Template, layout: TableLayout, columns: Mapping[str, TableColumn]) -> Mapping[str, str]:
    """The hyperparameters and their cells; and the iteration where anything depends on it."""
    counts = any(
        used.label == ITERATION and label != ITERATION
        for label, column in columns.items()
        for used in columns_used(column.then)
    )
    iteration = {ITERATION: _address(ITERATION_ROW, INPUT_COLUMN)} if counts else {}
    return {symbol: layout.settings[symbol] for symbol in template.training.numbers} | iteration


def _sections(template: Template, columns: Mapping[str, TableColumn], row: int) -> Iterator[Section]:
    for title, group, formulas in _parts(template, columns):
        lines = tuple(
            FormulaLine(label, name, expression, row + k, title == OVER_SAMPLES or _is_of_all(columns, label, group))
            for k, (label, name, expression) in enumerate(formulas, 1)
        )
        yield Section(title, _remark(title, template.one_of_step.network, template.training), group, row, lines)
        row += len(lines) + 2


def _is_of_all(columns: Mapping[str, TableColumn], label: str, group: Group) -> bool:
    """Whether a step has it once, made of all of its samples: the mean of a unit, the gradient for that, the loss."""
    return group in (Group.FORWARD, Group.LOSS, Group.BACKWARD) and columns[label].per_step


OVER_SAMPLES = "Over the samples"


def _remark(title: str, network: Network, training: Training) -> str:
    if title == "Update" and training != PLAIN:
        return f"one step of {training.optimizer.phrase}; these are the numbers of the next iteration"
    if title == "Backward pass" and network.mixes_samples:
        return "δ is that of ΣE, the losses of all samples; of a parameter's it is the part that comes in this sample"
    return _REMARKS[title].format(network.gradient_of("o1"))


_REMARKS = {
    OVER_SAMPLES: "the gradients of the step, of all of its samples: from the tab",
    "Forward pass": "from the inputs to the outputs, a net input and then its activation",
    "Loss": "how far the outputs are from the targets",
    "Backward pass": "from the loss back to the inputs; δ is the gradient for a net input, as in δ_o1 = {}",
    "Optimizer": "what it makes of the gradients, of this iteration and of all before it",
    "Update": "one step against the gradient; these are the numbers of the next iteration",
}
_Named = tuple[str, str, Expression]  # label, how it is shown, formula


def _parts(template: Template, columns: Mapping[str, TableColumn]) -> Iterator[tuple[str, Group, list[_Named]]]:
    """The parts of a step in the order in which one computes them; the backward pass goes layer by layer."""
    network = template.one_of_step.network

    def formulas(labels: Sequence[str]) -> list[_Named]:
        return [(label, label, columns[label].then) for label in labels]

    for title, group in (("Forward pass", Group.FORWARD), ("Loss", Group.LOSS)):
        yield title, group, formulas([label for label, column in columns.items() if column.group is group])
    backward: list[str] = []
    for layer in network.backward:
        backward += [*map(delta_of, layer.nets), *map(network.gradient_of, layer.trained)]
    yield "Backward pass", Group.BACKWARD, formulas(backward)
    if template.batch > 1:
        over = average if template.samples is None or template.samples.reduction is Reduction.MEAN else summed
        names = ((gradient_of(name), over(Batch(network.gradient_of(name)))) for name in network.trained)
        yield OVER_SAMPLES, Group.BACKWARD, [(name, name, expression) for name, expression in names]
    kept = [label for label, column in columns.items() if column.group is Group.STATE]
    if kept:
        yield "Optimizer", Group.STATE, formulas(kept)
    steps = [
        (label, f"{label}(n+1)", updated(label, layer, template.training, rows=0))
        for layer in network.layers
        for label in layer.parameters
    ]  # fmt: skip
    yield "Update", Group.PARAMETERS, steps


def _spans(widths: Sequence[float], least: Sequence[float]) -> Iterator[Span]:
    """Columns from the left on, as many together as each needs at least."""
    column = 0
    for wanted in least:
        span = _span(widths, column, wanted)
        yield span
        column = span.last + 1


def _span(widths: Sequence[float], first: int, wanted: float) -> Span:
    """Columns from a first one on, as many together as are needed for a width."""
    column, width = first, 0.0
    while width < wanted:
        width += widths[column] if column < len(widths) else OTHER_WIDTH
        column += 1
    return Span(first, column - 1, width)


def _address(row: int, column: int) -> str:
    return str(xl_rowcol_to_cell(row, column, row_abs=True, col_abs=True))
