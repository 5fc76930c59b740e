"""The first sheet: what the workbook is, the numbers that every tab starts from, and the way to each tab."""

from collections.abc import Mapping, Sequence

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from sheetgen.charts import Curve
from sheetgen.check.behaviour import Behaviour
from sheetgen.check.rates_block import measure_cells, verdict_cell
from sheetgen.check.summary import VERDICT_CELL
from sheetgen.check.whole_tabs import count_formulas, whole_columns
from sheetgen.explore.layout import EXPLORE_SHEET, STEPS_SHEET
from sheetgen.glossary import Term, glossary
from sheetgen.layout import (
    CHECK_SHEET,
    COMPARE_SHEET,
    DATA_SHEET,
    MAX_TEXT,
    START_ROW,
    START_SHEET,
    START_VALUE_COLUMN,
    TableLayout,
    on_sheet,
    sheet_name,
    start_labels,
    start_rows,
)
from sheetgen.live import Live, colour_answers, write_live
from sheetgen.mathematics.optimizers import rule_of
from sheetgen.mathematics.training_step import Group
from sheetgen.mathematics.values import Value
from sheetgen.page import (
    insert_picture,
    legend,
    set_up_page,
    shorten_wide_numbers,
    write_legend,
)
from sheetgen.style import Styles
from templates import LEARNING_RATE, TOTAL_LOSS, Network, Template
from templates.training import Range, hyperparameter

SYMBOL_COLUMN, MEANING_COLUMN = START_VALUE_COLUMN - 1, START_VALUE_COLUMN + 1
TABS_COLUMN = 5
PICTURE_COLUMN, PICTURE_ROWS = TABS_COLUMN + 5, 9  # beside the learning rates: the first screen ends with it
CHECK_ROW, LEGEND_ROW = 7, 9
_ALIGNED = ("left", "right", "right", "right", "center")
_SHEETS = {
    EXPLORE_SHEET: "one step: the network with its numbers, every formula three ways",
    STEPS_SHEET: "how the formulas of that step follow from each other",
    CHECK_SHEET: "the gradients without the chain rule, and every tab as a whole",
    COMPARE_SHEET: "all learning rates on one chart",
}

_CRITERIA: Mapping[Range, Mapping[str, object]] = {
    Range.PART: {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 0.999999999999},
    Range.POSITIVE: {"validate": "decimal", "criteria": ">", "value": 0},
    Range.NOT_NEGATIVE: {"validate": "decimal", "criteria": ">=", "value": 0},
    Range.COUNT: {"validate": "integer", "criteria": ">=", "value": 1},
}


def write_start_sheet(
    workbook: Workbook,
    styles: Styles,
    template: Template,
    layout: TableLayout,
    curves: Sequence[Curve],
    checks: Value,
    picture: bytes,
) -> None:
    """Add the start sheet to the workbook; `checks` is what its own checks come to at first."""
    sheet = workbook.add_worksheet(START_SHEET)
    sheet.set_column(0, 0, 3)
    sheet.set_column(SYMBOL_COLUMN, START_VALUE_COLUMN, 12)
    sheet.set_column(MEANING_COLUMN, MEANING_COLUMN, 54 if template.origins else 28)
    sheet.set_column(MEANING_COLUMN + 1, MEANING_COLUMN + 1, 3)
    sheet.set_column(TABS_COLUMN, TABS_COLUMN + 9, 13)
    sheet.set_column(TABS_COLUMN + 4, TABS_COLUMN + 4, 17)
    links_row = START_ROW + len(curves) + 1
    sheets = _SHEETS if template.samples is None else {DATA_SHEET: "the samples, in yellow cells", **_SHEETS}
    glossary_row, terms = links_row + len(sheets) + 1, glossary(template.network)
    _write_introduction(sheet, styles, template, layout)
    _write_check(sheet, styles, layout, curves, checks)
    _write_numbers(sheet, styles, template)
    _write_hyperparameters(sheet, styles, template)
    _write_tabs(sheet, styles, layout, curves)
    _write_links(sheet, styles, links_row, sheets)
    insert_picture(sheet, picture, template, START_ROW - 2, PICTURE_COLUMN, PICTURE_ROWS)
    _write_glossary(sheet, styles, glossary_row, terms)
    last_row = max(max(start_rows(template).values()) + 1, glossary_row + len(terms) + 1)
    set_up_page(sheet, last_row, TABS_COLUMN + max(9, 2 * len(legend(layout)) - 1))
    sheet.activate()


def _write_introduction(sheet: Worksheet, styles: Styles, template: Template, layout: TableLayout) -> None:
    training = template.training
    rate = f"one learning rate {LEARNING_RATE}" + (f" {training.schedule.phrase}" if training.schedule else "")
    states = ", then what the optimizer keeps of it" if rule_of(training).states else ""
    batch, on_data = template.batch, "" if template.samples is None else f" or on {DATA_SHEET}"
    of_row = "forward pass, loss, then the gradient of the loss for each weight"
    if batch > 1:
        of_row = (
            "one sample, forward and back; in the first row of a block the step's loss and gradients, over all samples"
        )
    lines = (
        template.description,
        f"Each tab trains this network with {training.optimizer.phrase} at {rate}: "
        f"{'one row' if batch == 1 else f'a block of {batch} rows'} is one iteration, every number a live formula.",
        f"A row reads from left to right: {of_row}{states}; "
        f"the {'row below' if batch == 1 else 'next block'} starts from the updated weights.",
        f"Change a yellow cell below{on_data} and every tab follows. The learning rate is the yellow cell on each tab.",
    )
    sheet.set_row(0, 27)
    sheet.write_string(0, SYMBOL_COLUMN, template.title, styles.title())
    for k, line in enumerate(lines, 1):
        sheet.write_string(k, SYMBOL_COLUMN, line, styles.text())
    write_legend(sheet, styles, layout, LEGEND_ROW, TABS_COLUMN)
    sheet.write_string(LEGEND_ROW, SYMBOL_COLUMN, "The colours on every sheet", styles.heading())


def _write_check(sheet: Worksheet, styles: Styles, layout: TableLayout, curves: Sequence[Curve], checks: Value) -> None:
    """One cell for all that the workbook checks itself."""
    sheet.write_string(CHECK_ROW, SYMBOL_COLUMN, "The workbook's own checks", styles.heading())
    write_live(sheet, CHECK_ROW, TABS_COLUMN, Live(f"={VERDICT_CELL}", checks), styles.answer())
    colour_answers(sheet, styles, CHECK_ROW, TABS_COLUMN, CHECK_ROW, TABS_COLUMN)
    compared, every = len(whole_columns(layout, curves)), count_formulas(layout)
    part = "" if compared == every else f", in {compared} of {every} columns"
    said = (
        f"Checked for the step shown on {EXPLORE_SHEET}: chain rule = finite differences = tab. "
        f"Checked for all tabs: every row follows its formulas{part}"
    )
    sheet.write_string(CHECK_ROW, TABS_COLUMN + 1, said, styles.meaning())


def _write_numbers(sheet: Worksheet, styles: Styles, template: Template) -> None:
    sheet.write_string(START_ROW - 2, SYMBOL_COLUMN, "Where every tab starts", styles.heading())
    meanings = _meanings(template)
    for k, label in enumerate(start_labels(template)):
        group = Group.PARAMETERS if label in template.network.parameters else Group.DATA
        sheet.write_string(START_ROW + k, SYMBOL_COLUMN, label, styles.label(group))
        sheet.write_number(START_ROW + k, START_VALUE_COLUMN, template.start[label], styles.editable())
        sheet.write_string(START_ROW + k, MEANING_COLUMN, meanings[label], styles.meaning())
    last = START_ROW + len(start_labels(template)) - 1
    sheet.data_validation(START_ROW, START_VALUE_COLUMN, last, START_VALUE_COLUMN, {
        "validate": "decimal", "criteria": "between", "minimum": -1e9, "maximum": 1e9,
        "error_title": "A number", "error_message": "Each of these cells holds a number.",
    })  # fmt: skip


def _write_hyperparameters(sheet: Worksheet, styles: Styles, template: Template) -> None:
    """Write the numbers of the optimizer and of the schedule, below those that every tab starts from."""
    rows = start_rows(template)
    for symbol, value in template.training.numbers.items():
        row, parameter = rows[symbol], hyperparameter(symbol)
        sheet.write_string(row, SYMBOL_COLUMN, symbol, styles.label(Group.STATE))
        sheet.write_number(row, START_VALUE_COLUMN, value, styles.editable())
        sheet.write_string(row, MEANING_COLUMN, parameter.meaning, styles.meaning())
        sheet.data_validation(row, START_VALUE_COLUMN, row, START_VALUE_COLUMN, {
            **_CRITERIA[parameter.range], "error_title": symbol, "error_message": f"{symbol} {parameter.range}.",
        })  # fmt: skip
    if template.training.numbers:
        heading = min(rows[symbol] for symbol in template.training.numbers) - 1
        sheet.write_string(heading, SYMBOL_COLUMN, "How every tab trains", styles.heading())


def _meanings(template: Template) -> Mapping[str, str]:
    """What each number is, and what it is called where the network comes from."""
    meanings = _roles(template.network)
    return meanings | {label: f"{meanings[label]}: {name}"[:MAX_TEXT] for label, name in template.origins.items()}


def _roles(network: Network) -> dict[str, str]:
    meanings = dict.fromkeys(network.inputs, "input")
    meanings |= {label: f"target of {net}" for label, net in zip(network.targets, network.layers[-1].nets, strict=True)}
    ends: dict[str, list[tuple[str, str]]] = {}  # of each weight: what it multiplies, and where
    for layer in network.layers:
        for net, row, sources in zip(layer.nets, layer.weights, layer.sources, strict=False):
            for weight, source in zip(row, sources, strict=True):
                ends.setdefault(weight, []).append((source, net))
        meanings |= {mask: f"mask of {row[1]}" for mask, row in zip(layer.masks, layer.sources, strict=False)}
        for bias in layer.bias_names:
            units = [net for unit, net in enumerate(layer.nets) if bias in layer.biases_of(unit)]
            kept = "" if layer.trained_bias else ", not trained"
            meanings[bias] = f"{'shift' if layer.is_scaling else 'bias'} of {_some(units)}{kept}"
    scales = {name for layer in network.layers if layer.is_scaling for name in layer.parameters}
    for weight, ((source, net), *others) in ends.items():
        and_more = f" and {len(others)} more" if others else ""
        kind = "scale" if weight in scales else "weight"
        meanings[weight] = f"{kind} from {source} to {net}{and_more}"
    return meanings


def _some(units: Sequence[str], most: int = 10) -> str:
    """Names in a list, or where these are many the first and the last."""
    return ", ".join(units) if len(units) <= most else f"{units[0]} … {units[-1]}"


def _write_tabs(sheet: Worksheet, styles: Styles, layout: TableLayout, curves: Sequence[Curve]) -> None:
    headings = ("tab", LEARNING_RATE, f"{TOTAL_LOSS} at 0", f"{TOTAL_LOSS} at {layout.iterations:,}", "on the way")
    sheet.write_string(START_ROW - 2, TABS_COLUMN, "The learning rates", styles.heading())
    for k, heading in enumerate(headings):
        sheet.write_string(START_ROW - 1, TABS_COLUMN + k, heading, styles.column_label_quiet(_ALIGNED[k]))
    for k, curve in enumerate(curves):
        row, name = START_ROW + k, sheet_name(curve.rate)
        sheet.write_url(row, TABS_COLUMN, f"internal:{on_sheet(name, 'A1')}", styles.link(), name)
        cells = (
            (1, layout.settings[LEARNING_RATE], styles.result(), curve.rate),
            (2, layout.cell(TOTAL_LOSS, layout.first_row), styles.number(Group.LOSS), curve.losses[0]),
            (3, layout.cell(TOTAL_LOSS, layout.end_row), styles.number(Group.LOSS), curve.losses[-1]),
        )
        for offset, address, form, value in cells:
            write_live(sheet, row, TABS_COLUMN + offset, Live("=" + on_sheet(name, address), value), form)
        word = Live("=" + verdict_cell(k), Behaviour(layout, curve).verdict(measure_cells(k)).value)
        write_live(sheet, row, TABS_COLUMN + 4, word, styles.answer())
    last = START_ROW + len(curves) - 1
    colour_answers(sheet, styles, START_ROW, TABS_COLUMN + 4, last, TABS_COLUMN + 4)
    shorten_wide_numbers(sheet, styles, START_ROW, TABS_COLUMN + 2, last, TABS_COLUMN + 3)


def _write_links(sheet: Worksheet, styles: Styles, row: int, sheets: Mapping[str, str]) -> None:
    for k, (name, said) in enumerate(sheets.items()):
        sheet.write_url(row + k, TABS_COLUMN, f"internal:{on_sheet(name, 'A1')}", styles.link(), name)
        sheet.write_string(row + k, TABS_COLUMN + 1, said, styles.meaning())


def _write_glossary(sheet: Worksheet, styles: Styles, row: int, terms: Sequence[Term]) -> None:
    sheet.write_string(row, TABS_COLUMN, "What the words mean", styles.heading())
    for k, (term, example, meaning) in enumerate(terms, row + 1):
        sheet.write_string(k, TABS_COLUMN, term, styles.label_text())
        sheet.write_string(k, TABS_COLUMN + 1, example, styles.meaning())
        sheet.write_string(k, TABS_COLUMN + 2, meaning, styles.text())
