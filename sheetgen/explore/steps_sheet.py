"""The derivation as a page to read: forward pass, loss, every derivative factor by factor, and the update.

Each line is a name, its formula in symbols and its value in the step that Explore shows. The values of the factors are
computed here, over Explore's cells and over the lines above them, so a product that agrees with Explore's gradient has
been reached a second way.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from sheetgen.explore.layout import EXPLORE_SHEET, STEPS_SHEET, ExploreLayout, FormulaLine
from sheetgen.explore.origins import Origin, origins
from sheetgen.layout import on_sheet, sheet_name
from sheetgen.live import Live, write_live
from sheetgen.mathematics.chain_rule import ChainRule, Derivative
from sheetgen.mathematics.expression import Column
from sheetgen.mathematics.notation import excel, mathematics
from sheetgen.mathematics.optimizers import rule_of
from sheetgen.mathematics.rules import rule_in_words
from sheetgen.mathematics.step_values import StepValues
from sheetgen.mathematics.training_step import ITERATION, Group
from sheetgen.mathematics.values import Value, value_of
from sheetgen.page import row_height, set_up_page, shorten_wide_numbers, write_heading
from sheetgen.style import Styles
from templates import LEARNING_RATE, TOTAL_LOSS, Network, Template, gradient_of
from templates.training import SCHEDULED_RATE, state_of

NAME_COLUMN, SYMBOLS_COLUMN, VALUE_COLUMN, MEANING_COLUMN = range(4)
WIDTHS = (14.0, 62.0, 14.0, 58.0)
RATE_ROW, ITERATION_ROW, FIRST_ROW = 3, 4, 6


@dataclass(frozen=True)
class Line:
    """A line of the derivation. The update of a parameter has the name of the parameter after the update."""

    name: str
    symbols: str
    meaning: str
    group: Group
    live: Live


@dataclass(frozen=True)
class Block:
    """Lines that belong together, below a heading."""

    title: str
    lines: tuple[Line, ...]


def write_steps_sheet(
    workbook: Workbook, styles: Styles, template: Template, explore: ExploreLayout, step: StepValues
) -> None:
    """Add the sheet to the workbook; `step` is the one that Explore shows at first."""
    sheet = workbook.add_worksheet(STEPS_SHEET)
    for column, width in enumerate(WIDTHS):
        sheet.set_column(column, column, width, styles.text())
    write_heading(sheet, styles, "The step, derived", "Read from top to bottom: each line uses those above it.")
    to_explore = f"internal:{on_sheet(EXPLORE_SHEET, explore.tab_name_cell)}"
    sheet.write_url(2, 1, to_explore, styles.link(), f"→ {EXPLORE_SHEET}: choose another step")
    _write_choice(sheet, styles, explore, step)
    row = FIRST_ROW
    for block in _Derivation(template, explore, step).blocks():
        sheet.write_string(row, NAME_COLUMN, block.title, styles.heading())
        for line in block.lines:
            row += 1
            _write_line(sheet, styles, row, line)
        row += 2
    last = row - 2
    shorten_wide_numbers(sheet, styles, FIRST_ROW, VALUE_COLUMN, last, VALUE_COLUMN)
    sheet.freeze_panes(FIRST_ROW - 1, 0)
    set_up_page(sheet, last, MEANING_COLUMN)


def _write_choice(sheet: Worksheet, styles: Styles, explore: ExploreLayout, step: StepValues) -> None:
    chosen: tuple[tuple[int, int, str, str, Value], ...] = (
        (RATE_ROW, NAME_COLUMN, LEARNING_RATE, explore.rate_cell, step.rate),
        (RATE_ROW, VALUE_COLUMN, "tab", explore.tab_name_cell, sheet_name(step.rate)),
        (ITERATION_ROW, NAME_COLUMN, ITERATION, explore.iteration_cell, step.iteration),
    )
    for row, column, name, cell, value in chosen:
        sheet.write_string(row, column, f"{name} =", styles.name())
        live = Live("=" + on_sheet(EXPLORE_SHEET, cell), value)
        write_live(sheet, row, column + 1, live, styles.result(align="left"))


def _write_line(sheet: Worksheet, styles: Styles, row: int, line: Line) -> None:
    sheet.set_row_pixels(
        row, row_height((line.symbols, WIDTHS[SYMBOLS_COLUMN]), (line.meaning, WIDTHS[MEANING_COLUMN]))
    )
    sheet.write(row, NAME_COLUMN, line.name or None, styles.formula_name(line.group))
    sheet.write_string(row, SYMBOLS_COLUMN, f"= {line.symbols}", styles.formula_text())
    write_live(sheet, row, VALUE_COLUMN, line.live, styles.formula_result(line.group))
    sheet.write_string(row, MEANING_COLUMN, line.meaning, styles.formula_remark())


class _Derivation:
    """The blocks from top to bottom, with the row of each derivative that a later one reads."""

    def __init__(self, template: Template, explore: ExploreLayout, step: StepValues) -> None:
        self._network, self._training = template.network, template.training
        self._explore, self._step = explore, step
        self._known: dict[str, Value] = dict(step.now)
        self._rows: dict[str, int] = {}
        self._parameters = {template.network.gradient_of(name): name for name in template.network.trained}
        self._row = FIRST_ROW
        self._forward = [section for section in explore.sections if section.group in (Group.FORWARD, Group.LOSS)]
        self._lines = {(section.group, line.label): line for section in explore.sections for line in section.lines}

    def blocks(self) -> Iterator[Block]:
        meanings = _meanings(self._network)
        for section in self._forward:
            lines = (self._computed(line, section.group, meanings[line.label]) for line in section.lines)
            yield self._block(section.title, lines)
        rate = self._lines.get((Group.STATE, SCHEDULED_RATE))
        if rate is not None:
            words = f"the learning rate of this iteration, one {getattr(self._training.schedule, 'phrase', '')}"
            yield self._block("The learning rate", [self._computed(rate, Group.STATE, words)])
        for origin in origins(self._network):
            yield self._block(f"Where {origin.name} comes from", self._forms(origin))
        rule = ChainRule(self._network)
        for layer in self._network.backward:
            for unit, net in enumerate(layer.nets):
                yield self._block(f"Backward through {net}", self._derived(rule.unit(layer, unit)))
            for title, derivatives in rule.shared(layer):
                yield self._block(title, self._derived(derivatives))

    def _block(self, title: str, lines: Iterable[Line]) -> Block:
        """A block whose lines follow each other below its title, and the row after next begins the next one."""
        made = tuple(lines)
        self._row += 2
        return Block(title, made)

    def _derived(self, derivatives: Iterable[Derivative]) -> Iterator[Line]:
        """Derivatives, and after the gradient of a parameter its states and its update."""
        for one in derivatives:
            yield self._derivative(one)
            if one.name in self._parameters:
                yield from self._step_of(self._parameters[one.name])

    def _step_of(self, parameter: str) -> Iterator[Line]:
        """The gradient of all samples where a step takes several, the states of a parameter, and its update."""
        of_all = self._lines[Group.BACKWARD, gradient_of(parameter)]
        if of_all.is_on_tab:
            yield self._computed(of_all, Group.BACKWARD, "over all samples of the step, from the tab")
        rule = rule_of(self._training)
        for state in rule.states:
            line = self._lines[Group.STATE, state_of(parameter, state.letter)]
            yield self._computed(line, Group.STATE, state.words)
        update = self._lines[Group.PARAMETERS, parameter]
        yield self._computed(update, Group.PARAMETERS, f"one step against {rule.idea}")

    def _computed(self, line: FormulaLine, group: Group, meaning: str) -> Line:
        """A line whose value is that of Explore."""
        self._row += 1
        cells, values = self._explore.computed, self._step.now
        if group is Group.PARAMETERS:
            cells, values = self._explore.updated, self._step.updated
        live = Live("=" + on_sheet(EXPLORE_SHEET, cells[line.label]), values[line.label])
        return Line(line.name, mathematics(line.expression), meaning, group, live)

    def _derivative(self, one: Derivative) -> Line:
        """A line whose value is computed here."""
        self._row += 1
        formula = excel(one.expression, self._cell, self._explore.cells.__getitem__)
        value = value_of(one.expression, self._known)
        self._known[one.name], self._rows[one.name] = value, self._row
        return Line(one.name, one.text, one.meaning, Group.BACKWARD, Live(formula, value))

    def _forms(self, origin: Origin) -> Iterator[Line]:
        """A derivative in one form after the other, all with the same value."""
        for k, form in enumerate(origin.forms):
            self._row += 1
            live = Live(excel(form.expression, self._cell, self._explore.cells.__getitem__),
                        value_of(form.expression, self._known))  # fmt: skip
            name = origin.name if k == 0 else ""
            yield Line(name, mathematics(form.expression), form.why, Group.BACKWARD, live)

    def _cell(self, column: Column) -> str:
        if column.label in self._rows:
            return str(xl_rowcol_to_cell(self._rows[column.label], VALUE_COLUMN))
        return on_sheet(EXPLORE_SHEET, self._explore.cells[column.label])


def _meanings(network: Network) -> dict[str, str]:
    """What each line of the forward pass and of the loss says, in words."""
    meanings = {TOTAL_LOSS: "over all samples of the step: the loss"}
    meanings[network.whole_loss] = "the sum of the losses" if len(network.losses) > 1 else "there is one loss only"
    for layer in network.layers:
        weighted = (
            "what is normalised, scaled and shifted"
            if layer.is_scaling
            else "the net input: what arrives over the weights"
        )
        for unit, (net, output) in enumerate(zip(layer.nets, layer.outputs, strict=True)):
            meanings |= {
                output: f"the activation, {layer.activation}",
                net: weighted if layer.weights else rule_in_words(layer, unit),
            }
    for loss, output, target in zip(network.losses, network.layers[-1].outputs, network.targets, strict=True):
        meanings[loss] = f"how far {output} is from {target}"
    return meanings
