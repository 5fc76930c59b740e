"""What Explore calculates with besides the step: which tab is chosen, how far the shades go, and values as texts."""

from collections.abc import Iterable, Sequence

from xlsxwriter.worksheet import Worksheet

from sheetgen.explore.layout import INPUT_COLUMN, ExploreLayout
from sheetgen.explore.net import groups_of, ranges_of
from sheetgen.explore.net_grid import Place
from sheetgen.explore.number_text import cached_text, text_of
from sheetgen.layout import on_sheet, sheet_name
from sheetgen.live import NO, YES, Live, write_live
from sheetgen.mathematics.step_values import StepValues
from sheetgen.mathematics.training_step import Group
from sheetgen.mathematics.values import Value
from sheetgen.style import Styles
from templates import LEARNING_RATE, Network, gradient_of

_DECIMALS = {Group.BACKWARD: 8}  # of a value as a text
_OTHER_DECIMALS = 6


def tab_message(explore: ExploreLayout, step: StepValues) -> Live:
    """Which tab has the chosen learning rate, in words."""
    names = explore.names_span
    missing = f"{NO} no tab has this learning rate: choose one from the list"
    formula = f'=IF(ISNUMBER({explore.tab_cell}),"{YES} from the tab "&INDEX({names},{explore.tab_cell}),"{missing}")'
    return Live(formula, f"{YES} from the tab {sheet_name(step.rate)}")


def label_texts(network: Network, step: StepValues) -> dict[str, str]:
    """What the text of each value is."""
    groups = groups_of(network)
    return {label: cached_text(value, _decimals(groups.get(label))) for label, value in step.now.items()}


def write_support(sheet: Worksheet, styles: Styles, network: Network, explore: ExploreLayout, step: StepValues) -> None:
    """Write all of it below the formulas."""
    _write_rates(sheet, styles, explore, step)
    _write_helpers(sheet, styles, explore, step)
    _write_texts(sheet, styles, network, explore, step)


def _write_rates(sheet: Worksheet, styles: Styles, explore: ExploreLayout, step: StepValues) -> None:
    sheet.write_string(explore.rates_row - 1, 0, "What the sheet chooses from", styles.heading())
    for row, rate in enumerate(explore.rates, explore.rates_row):
        tab = sheet_name(rate)
        sheet.write_url(row, 0, f"internal:{on_sheet(tab, 'A1')}", styles.link(), tab)
        live = Live("=" + on_sheet(tab, explore.table.settings[LEARNING_RATE]), rate)
        write_live(sheet, row, INPUT_COLUMN, live, styles.number(Group.DATA))
    row = explore.rates_row + len(explore.rates)
    chosen = Live(f"=MATCH({explore.rate_cell},{explore.rates_span},0)", explore.rates.index(step.rate) + 1)
    _write_helper(sheet, styles, row, chosen, Group.COUNT, "the place of the chosen one among them, from 1")


def _write_helpers(sheet: Worksheet, styles: Styles, explore: ExploreLayout, step: StepValues) -> None:
    grid, row = explore.grid, explore.rates_row + len(explore.rates) + 1
    parameters = {label: grid.values[label] for label in grid.gradients}
    gradients = {
        gradient_of(label): place for label, place in grid.gradients.items() if gradient_of(label) in explore.computed
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


def _write_texts(sheet: Worksheet, styles: Styles, network: Network, explore: ExploreLayout, step: StepValues) -> None:
    row = explore.texts_row
    sheet.write_string(row - 1, 0, "The numbers as texts, for the formulas above", styles.heading())
    groups, texts = groups_of(network), label_texts(network, step)
    for k, (label, cell) in enumerate(explore.cells.items()):
        sheet.write_string(row + k, 0, label, styles.quiet())
        live = Live(text_of(cell, _decimals(groups.get(label))), texts[label])
        write_live(sheet, row + k, INPUT_COLUMN, live, styles.quiet())


def _decimals(group: Group | None) -> int:
    return _OTHER_DECIMALS if group is None else _DECIMALS.get(group, _OTHER_DECIMALS)
