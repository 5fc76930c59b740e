"""What Explore calculates with besides the step: which tab is chosen, how far the shades go, and values as texts."""

from collections.abc import Iterable, Sequence

from xlsxwriter.worksheet import Worksheet

from sheetgen.explore.layout import INPUT_COLUMN, ExploreLayout
from sheetgen.explore.net import ranges_of
from sheetgen.explore.net_grid import Place
from sheetgen.explore.number_text import cached_text, text_of
from sheetgen.layout import on_sheet, sheet_name
from sheetgen.live import NO, YES, Live, write_live
from sheetgen.mathematics.expression import Column
from sheetgen.mathematics.notation import plain_number, symbolic
from sheetgen.mathematics.step_values import StepValues
from sheetgen.mathematics.training_step import Group
from sheetgen.mathematics.values import Value
from sheetgen.style import Styles
from templates import LEARNING_RATE


def tab_message(explore: ExploreLayout, step: StepValues) -> Live:
    """The learning rate of the chosen tab, in words."""
    missing = f"{NO} there is no such tab: choose one from the list"
    rate = f"{YES} its learning rate is {LEARNING_RATE} = "
    formula = f'=IF(ISNUMBER({explore.tab_cell}),"{rate}"&{explore.rate_cell},"{missing}")'
    return Live(formula, f"{rate}{plain_number(step.rate)}")


def count_message(cell: str, first: int, last: int, meaning: str) -> Live:
    """Whether a chosen number is one of a count from `first` to `last`, and what it means."""
    wrong = f"{NO} choose a whole number from {first} to {last}"
    is_one = f"({cell}>={first})*({cell}<={last})*({cell}=INT({cell}))"
    formula = f'=IF(ISNUMBER({cell}),IF({is_one},"{YES} {meaning}","{wrong}"),"{wrong}")'
    return Live(formula, f"{YES} {meaning}")


def label_texts(explore: ExploreLayout, step: StepValues) -> dict[str, str]:
    """What the text of each value is."""
    return {label: cached_text(step.now[label]) for label in explore.cells}


def write_support(sheet: Worksheet, styles: Styles, explore: ExploreLayout, step: StepValues) -> None:
    """Write all of it below the formulas."""
    _write_rates(sheet, styles, explore, step)
    _write_helpers(sheet, styles, explore, step)
    _write_kept(sheet, styles, explore, step)
    _write_texts(sheet, styles, explore, step)


def _write_rates(sheet: Worksheet, styles: Styles, explore: ExploreLayout, step: StepValues) -> None:
    sheet.write_string(explore.rates_row - 1, 0, "What the sheet chooses from", styles.heading())
    for row, rate in enumerate(explore.rates, explore.rates_row):
        tab = sheet_name(rate)
        sheet.write_url(row, 0, f"internal:{on_sheet(tab, 'A1')}", styles.link(), tab)
        live = Live("=" + on_sheet(tab, explore.table.settings[LEARNING_RATE]), rate)
        write_live(sheet, row, INPUT_COLUMN, live, styles.number(Group.DATA))
    row = explore.helpers_row
    chosen = Live(f"=MATCH({explore.tab_name_cell},{explore.names_span},0)", explore.rates.index(step.rate) + 1)
    _write_helper(sheet, styles, row, chosen, Group.COUNT, "the place of the chosen tab among them, from 1")
    used = Live(f"=INDEX({explore.rates_span},{explore.tab_cell})", step.rate)
    _write_helper(sheet, styles, row + 1, used, Group.DATA, "its learning rate")


def _write_helpers(sheet: Worksheet, styles: Styles, explore: ExploreLayout, step: StepValues) -> None:
    network = explore.network
    grid, row = explore.grid, explore.helpers_row + 2
    parameters = {label: grid.values[label] for label in grid.gradients}
    gradients = {
        network.gradient_of(label): place
        for label, place in grid.gradients.items()
        if network.gradient_of(label) in explore.computed
    } | {label: grid.values[label] for label in grid.deltas}
    largest = _largest(parameters.values(), explore, [step.now[label] for label in parameters])
    steepest = _largest(gradients.values(), explore, [step.now[label] for label in gradients])
    _write_helper(sheet, styles, row, largest, Group.PARAMETERS, "the largest weight or bias, for the shades")
    _write_helper(sheet, styles, row + 1, steepest, Group.BACKWARD, "the largest gradient, for theirs")


def _write_helper(sheet: Worksheet, styles: Styles, row: int, live: Live, group: Group, meaning: str) -> None:
    write_live(sheet, row, INPUT_COLUMN, live, styles.number(group))
    sheet.write_string(row, INPUT_COLUMN + 1, meaning, styles.meaning())


def _largest(places: Iterable[Place], explore: ExploreLayout, values: Sequence[Value]) -> Live:
    """The largest size of numbers on the grid."""
    ranges = ",".join(ranges_of([*places], explore))
    errors = [value for value in values if isinstance(value, str)]
    numbers = [abs(value) for value in values if isinstance(value, float)]
    return Live(f"=MAX(MAX({ranges}),-MIN({ranges}))", errors[0] if errors else max(numbers))


def _write_kept(sheet: Worksheet, styles: Styles, explore: ExploreLayout, step: StepValues) -> None:
    """Write what the optimizer has kept of the iterations before."""
    if explore.before:
        title = "What the optimizer has kept of the iterations before"
        sheet.write_string(explore.before_row - 1, 0, title, styles.heading())
    for row, label in enumerate(explore.before, explore.before_row):
        name = symbolic(Column(label, -1))
        sheet.write_string(row, 0, name, styles.label(Group.STATE))
        write_live(sheet, row, INPUT_COLUMN, Live(explore.kept(label), step.now[name]), styles.number(Group.STATE))


def _write_texts(sheet: Worksheet, styles: Styles, explore: ExploreLayout, step: StepValues) -> None:
    row = explore.texts_row
    sheet.write_string(row - 1, 0, "The numbers as texts, for the formulas above", styles.heading())
    texts = label_texts(explore, step)
    for k, (label, cell) in enumerate(explore.cells.items()):
        sheet.write_string(row + k, 0, label, styles.quiet())
        write_live(sheet, row + k, INPUT_COLUMN, Live(text_of(cell), texts[label]), styles.quiet())
