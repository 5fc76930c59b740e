"""The values of the cells that check the gradients, in the step that the workbook shows at first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from sheetgen.check.layout import CheckLayout, H, Move
from sheetgen.layout import TableLayout
from sheetgen.live import NO, NOTHING, YES
from sheetgen.mathematics.expression import Expression
from sheetgen.mathematics.step_values import StepValues
from sheetgen.mathematics.training_step import Group, table_columns
from sheetgen.mathematics.values import Value, computed, training_rows, value_of
from templates import Deltas, Network, Template

PART_OF_GRADIENT = 0.01  # of the largest one: the most by which two that agree may differ
CLOSE = 1e-9  # how near two computations of the same number are to each other, relative to the largest


@dataclass(frozen=True)
class CheckValues:
    """What the formulas give; `step` holds the numbers that Explore shows."""

    whole: Template
    layout: TableLayout
    check: CheckLayout
    step: StepValues

    @cached_property
    def template(self) -> Template:
        """The same for the sample that is shown, or for all where each depends on the others."""
        return self.whole.apart

    @property
    def network(self) -> Network:
        """The network, with the name of the loss that is checked."""
        return self.template.network

    @property
    def loss(self) -> str:
        """The name of that loss."""
        return self.network.whole_loss

    def moved(self, move: Move) -> float:
        """Where a parameter is moved to."""
        value = self.template.start[move.parameter]
        return value + move.sign * H * max(1.0, abs(value))

    @cached_property
    def forward(self) -> Mapping[Move, Sequence[Mapping[str, Value]]]:
        """The forward pass after each move, row by row, by its labels."""
        samples = self.template.samples
        groups = (Group.DATA, Group.PARAMETERS, Group.FORWARD, Group.LOSS)
        columns = tuple(
            column
            for column in table_columns(self.template.network, training=self.template.training, samples=samples)
            if column.group in groups
        )
        labels = [column.label for column in columns]

        def forward_pass(move: Move) -> Sequence[Mapping[str, Value]]:
            settings = {**self.template.given, move.parameter: self.moved(move)}
            rows = training_rows(columns, settings, 0, samples)
            return [
                {label: value for label, value in zip(labels, row, strict=True) if value is not None} for row in rows
            ]

        return {move: forward_pass(move) for move in self.check.moves}

    @cached_property
    def numbers(self) -> Mapping[str, float]:
        """Those of the list, by their labels there."""
        rows = self.forward[next(self.check.moves)]
        pairs = zip(self.check.data, rows, strict=True)
        given = {name: row[label] for of_sample, row in pairs for label, name in of_sample.items()}
        return {**self.template.start, **given}  # type: ignore[dict-item]  # what is given is no error

    @cached_property
    def differences(self) -> Mapping[str, Value]:
        """The gradient of each parameter that is checked, without the chain rule."""
        return {up.parameter: self._quotient(up, down) for up, down in self.check.pairs}

    def chain_rule(self, label: str) -> Value:
        """The same as Explore has it."""
        return self.step.now[self.network.gradient_of(label)]

    def error(self, label: str) -> Value:
        return computed(lambda found, known: found - known, self.differences[label], self.chain_rule(label))

    @cached_property
    def on_tab(self) -> Mapping[str, Value]:
        """What the first row of the tab at that learning rate says of the step."""
        settings = self.whole.settings(self.step.rate)
        row = next(training_rows(self.layout.columns, settings, 0, self.whole.samples))
        found = {label: value for label, value in zip(self.layout.places, row, strict=True) if value is not None}
        return found | {label: value_of(one, found) for label, one in self.beside_tab.items()}

    @cached_property
    def beside_tab(self) -> Mapping[str, Expression]:
        """What of the step has no column on the tab, made of columns that are there: the gradients of one sample."""
        columns = {column.label: column.then for column in table_columns(self.network, Deltas.COLUMNS)}
        labels = map(self.network.gradient_of, self.network.trained)
        return {label: columns[label] for label in labels if label not in self.layout.places}

    @cached_property
    def tolerance(self) -> Value:
        largest = max(1.0, *(abs(self.numbers[label]) for label in self.check.numbers))

        def sum_of_errors(total_loss: float, *gradients: float) -> float:
            steepest = max(1.0, *map(abs, gradients))
            return 100 * (H * largest) ** 2 * steepest + 0.00000000000001 * total_loss / H

        return computed(sum_of_errors, self.step.now[self.loss], *map(self.chain_rule, self.check.trained))

    @cached_property
    def largest_tolerance(self) -> Value:
        """With which something can still be told from nothing."""
        gradients = map(self.chain_rule, self.check.trained)
        return computed(lambda *sizes: PART_OF_GRADIENT * max(map(abs, sizes)), *gradients)

    @property
    def tells(self) -> bool:
        """Whether h can tell a right gradient from a wrong one."""
        most, own = self.largest_tolerance, self.tolerance
        return not isinstance(most, str) and not isinstance(own, str) and own <= most

    def tick(self, label: str) -> str:
        """Whether both gradients agree; nothing at a kink, where h cannot tell, and where there are no numbers."""
        error = self.error(label)
        if label in self.at_kinks or isinstance(error, str) or isinstance(self.tolerance, str) or not self.tells:
            return NOTHING
        return YES if abs(error) <= self.tolerance else NO

    @cached_property
    def at_kinks(self) -> frozenset[str]:
        """The parameters that move a unit over its kink."""
        return frozenset(up.parameter for up, down in self.check.pairs if self._kink_between(up, down))

    def _kink_between(self, up: Move, down: Move) -> bool:
        both = [*zip(self.forward[up], self.forward[down], strict=True)]
        return any(
            not isinstance(above[unit], str)
            and not isinstance(below[unit], str)
            and (above[unit] > 0) != (below[unit] > 0)  # type: ignore[operator]
            for above, below in both
            for layer in self.check.kinked_layers
            for unit in layer
        ) or any(
            (above[source] == above[unit]) != (below[source] == below[unit])
            for above, below in both
            for unit, sources in self.check.largest_of.items()
            for source in sources
        )

    def _quotient(self, up: Move, down: Move) -> Value:
        width = self.moved(up) - self.moved(down)
        above, below = (self.forward[move][0][self.loss] for move in (up, down))
        return computed(lambda high, low: (high - low) / width, above, below)
