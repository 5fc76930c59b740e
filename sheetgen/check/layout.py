"""Where everything stands on the sheet that checks the workbook, and the numbers of its finite differences.

A parameter is moved by h up and down, h in proportion to a parameter that is larger than 1, and the whole forward pass
is computed for both, one row each. (E(w+h) − E(w−h)) / 2h differs from ∂E/∂w by h²·E‴/6, and by the rounding of E_total
over h: W. H. Press et al., "Numerical Recipes", section 5.7. Rows and columns count from 0; the addresses are Excel's.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from xlsxwriter.utility import xl_rowcol_to_cell

from sheetgen.check.rates_block import FIRST_ROW as RATES_ROW
from sheetgen.check.selection import parameters_to_move
from sheetgen.layout import MAX_FORMULA, LimitError, TableLayout
from sheetgen.mathematics.expression import Batch, Column, Expression, has_kink
from sheetgen.mathematics.notation import excel
from sheetgen.mathematics.training_step import Group, TableColumn, forward_pass, table_columns
from templates import Rule, Template

SUMMARY_ROW = 5  # the first of the checks
H_ROW = 14  # below it the tolerance, and the most that it may be
_NUMBERS_ROW = 19  # the first of the parameters, or further down where there are many tabs
WHOLE_COLUMN = 8  # the first of the block that compares whole tabs, beside the parameters
LABEL, VALUE, DIFFERENCES, CHAIN_RULE, ERROR, TICK, ON_TAB = range(7)  # columns of the parameters
FORWARD_COLUMN = 2  # of the workings, the first after what is moved, and where to
H = 1e-5


@dataclass(frozen=True)
class Move:
    """The rows of the workings from `row` on: the parameter that is moved, and in which direction."""

    parameter: str
    sign: int
    row: int


@dataclass(frozen=True)
class CheckLayout:
    """The sheet's places: `numbers` are the labels of the list from top to bottom.

    The parameters that are moved, `checked`, come first, then all others that are `trained`.

    A move has a row, or where the samples of a step depend on each other one for each of the `batch`; of these, `data`
    has the labels of the list by those of the step.
    """

    checked: tuple[str, ...]
    trained: tuple[str, ...]
    numbers: tuple[str, ...]
    data: tuple[Mapping[str, str], ...]
    forward: tuple[TableColumn, ...]
    kinked_layers: tuple[tuple[str, ...], ...]  # their outputs
    largest_of: Mapping[str, tuple[str, ...]]  # a unit that is the largest of others, and these
    rates: int
    whole_columns: int  # at most so many rows of the block beside the list

    @cached_property
    def rows(self) -> Mapping[str, int]:
        """The row of each label of the list."""
        return {label: self.numbers_row + k for k, label in enumerate(self.numbers)}

    @property
    def numbers_row(self) -> int:
        """The first row of the list, below the block of the learning rates."""
        return max(_NUMBERS_ROW, RATES_ROW + self.rates + 4)

    @property
    def workings_row(self) -> int:
        """The row with the labels of the workings."""
        return self.numbers_row + max(len(self.numbers), self.whole_columns) + 4

    @cached_property
    def pairs(self) -> tuple[tuple[Move, Move], ...]:
        """The rows of the workings: each parameter up and down.

        All that go up stand above all that go down, so that a formula over both is the same in every row of the list.
        """
        up, down = self.workings_row + 1, self.workings_row + 1 + len(self.checked) * self.batch
        return tuple(
            (Move(label, 1, up + k), Move(label, -1, down + k))
            for label, k in zip(self.checked, range(0, down - up, self.batch), strict=True)
        )

    @property
    def moves(self) -> Iterator[Move]:
        """All of them."""
        return (move for pair in self.pairs for move in pair)

    @property
    def batch(self) -> int:
        """How many rows a move has."""
        return len(self.data)

    @property
    def last_row(self) -> int:
        return self.pairs[-1][-1].row + self.batch - 1

    @property
    def last_column(self) -> int:
        return FORWARD_COLUMN + len(self.forward) - 1

    @property
    def h_cell(self) -> str:
        return address(H_ROW, 1)

    @property
    def tolerance_cell(self) -> str:
        return address(H_ROW + 1, 1)

    @property
    def largest_tolerance_cell(self) -> str:
        """With a larger tolerance h is too large or too small to tell anything."""
        return address(H_ROW + 2, 1)

    def place(self, label: str, column: int) -> str:
        """A cell of the list."""
        return address(self.rows[label], column)

    def in_row(self, label: str, column: int) -> str:
        """The same for a formula in its row or on its way: relative."""
        return str(xl_rowcol_to_cell(self.rows[label], column))

    def span(self, column: int, labels: Sequence[str] | None = None) -> str:
        """A column of the list, over the labels that are checked or other ones side by side."""
        chosen = self.checked if labels is None else labels
        return f"{self.place(chosen[0], column)}:{self.place(chosen[-1], column)}"

    @cached_property
    def columns(self) -> Mapping[str, int]:
        """The column of each label of the workings."""
        return {column.label: FORWARD_COLUMN + k for k, column in enumerate(self.forward)}

    def formula(self, expression: Expression, move: Move, sample: int = 0) -> str:
        """An expression of the forward pass of a sample, with the moved parameter in the place of the parameter."""

        def cell(column: Column) -> str:
            label = column.label
            if isinstance(column, Batch):
                return f"{self._at(label, move)}:{self._at(label, move, self.batch - 1)}"
            if label in self.columns:
                return self._at(label, move, 0 if self._per_step[label] else sample)
            return (
                self.moved_cell(move)
                if label == move.parameter
                else self.place(self.data[sample].get(label, label), VALUE)
            )

        return excel(expression, cell, str)

    def kinks(self, up: Move, down: Move) -> str | None:
        """The formula of how many units are on both sides of their kinks after both moves; None without any."""
        counts = []
        for outputs in self.kinked_layers:
            first, last = self.columns[outputs[0]], self.columns[outputs[-1]]
            above, below = (
                f"{xl_rowcol_to_cell(move.row, first)}:{xl_rowcol_to_cell(move.row + self.batch - 1, last)}>0"
                for move in (up, down)
            )  # net inputs between the activations have the same signs as these, and count again
            counts.append(f"SUMPRODUCT((({above})<>({below}))*1)")
        for unit, sources in self.largest_of.items():  # another of them is the largest one
            counts += [
                "(({})<>({}))*1".format(
                    *(f"{self._at(source, move, k)}={self._at(unit, move, k)}" for move in (up, down))
                )
                for k in range(self.batch)
                for source in sources
            ]
        return "+".join(counts) or None

    def rows_of(self, column: TableColumn) -> range:
        """The samples, counted from 0, in whose rows a column of the workings has a cell."""
        return range(1 if column.per_step else self.batch)

    @cached_property
    def _per_step(self) -> Mapping[str, bool]:
        return {column.label: column.per_step for column in self.forward}

    def _at(self, label: str, move: Move, sample: int = 0) -> str:
        return str(xl_rowcol_to_cell(move.row + sample, self.columns[label]))

    def moved_cell(self, move: Move) -> str:
        """Where a parameter is moved to."""
        return str(xl_rowcol_to_cell(move.row, FORWARD_COLUMN - 1, col_abs=True))


def check_layout(template: Template, table: TableLayout) -> CheckLayout:
    """Lay out the sheet for what of a step is computed apart; `table` is that of the tabs. Raises `LimitError`."""
    network = template.network
    checked = parameters_to_move(network, template.batch)
    trained = checked + tuple(label for label in network.trained if label not in set(checked))
    others = tuple(label for label in network.parameters if label not in set(trained))
    forward = tuple(
        column
        for column in table_columns(network, training=template.training, samples=template.samples)
        if column.group in (Group.FORWARD, Group.LOSS)
    )
    units = forward_pass(network)
    largest_of = {
        unit: sources
        for layer in network.layers
        if layer.rule is Rule.MAXIMUM
        for unit, sources in zip(layer.outputs, layer.sources, strict=True)
        if set(sources) <= set(units)  # the inputs never move
    }
    kinked = tuple(
        layer.outputs
        for layer in network.layers
        if layer.rule is not Rule.MAXIMUM and has_kink(units[layer.outputs[0]].expression)
    )
    given = network.inputs + network.targets
    data = tuple(
        {label: f"{label}, sample {k}" if template.samples else label for label in given}
        for k in range(1, template.batch + 1)
    )
    layout = CheckLayout(
        checked,
        trained,
        trained + others + tuple(name for of_sample in data for name in of_sample.values()),
        data,
        forward,
        kinked,
        largest_of,
        len(template.learning_rates),
        len(table.columns),
    )
    _check_lengths(layout)
    return layout


def address(row: int, column: int) -> str:
    """A cell's absolute address: `$B$24`."""
    return str(xl_rowcol_to_cell(row, column, row_abs=True, col_abs=True))


def _check_lengths(layout: CheckLayout) -> None:
    for column in layout.forward:
        length = len(layout.formula(column.then, layout.pairs[-1][-1]))
        if length > MAX_FORMULA:
            raise LimitError(
                f"the formula of {column.label} on the sheet that checks the gradients has {length:,} characters; "
                f"Excel allows {MAX_FORMULA:,}: take smaller layers"
            )
