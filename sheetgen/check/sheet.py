"""The sheet on which the workbook checks itself: gradients by finite differences, and each table as a whole.

Explore has the gradients of the chosen step by the chain rule. Here they come once more from E_total alone, in live
formulas: the forward pass of the training step, with one parameter moved.
"""

from collections.abc import Mapping, Sequence
from functools import partial

from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from sheetgen.charts import Curve
from sheetgen.check.layout import (
    CHAIN_RULE,
    DIFFERENCES,
    ERROR,
    FORWARD_COLUMN,
    H_ROW,
    LABEL,
    NUMBERS_ROW,
    ON_TAB,
    TICK,
    VALUE,
    CheckLayout,
    H,
)
from sheetgen.check.rates_block import LAST_COLUMN, write_rates_block
from sheetgen.check.summary import CLOSE_TEXT, sum_of_sizes, tab_formula, write_summary
from sheetgen.check.values import CheckValues
from sheetgen.explore.layout import EXPLORE_SHEET, ExploreLayout
from sheetgen.layout import CHECK_SHEET, on_sheet
from sheetgen.live import NO, NOTHING, YES, Live, colour_answers, write_live
from sheetgen.mathematics.training_step import ITERATION, Group
from sheetgen.page import set_up_page, shorten_wide_numbers, write_heading
from sheetgen.style import COLOURS, Styles
from templates import LEARNING_RATE

WIDTH = 12.5  # of every column, in characters
WIDEST_PRINT = 40  # columns; wider workings would make a page too small to read, and stay on the screen


def write_check_sheet(
    workbook: Workbook, styles: Styles, values: CheckValues, curves: Sequence[Curve], explore: ExploreLayout
) -> None:
    """Add the sheet to the workbook; `values` are those of the step that Explore shows at first."""
    sheet, check = workbook.add_worksheet(CHECK_SHEET), values.check
    sheet.set_column(0, max(LAST_COLUMN, check.last_column), WIDTH)
    line = f"Choose another learning rate or iteration on {EXPLORE_SHEET}, or change h: everything is computed again."
    write_heading(sheet, styles, "Is it right?", line)
    write_summary(sheet, styles, values, curves, explore)
    write_rates_block(sheet, styles, values.layout, curves)
    _write_choice(sheet, styles, values, explore)
    _write_list(sheet, styles, values, explore)
    _write_workings(sheet, styles, values)
    if check.last_column > WIDEST_PRINT:
        set_up_page(sheet, check.workings_row - 3, LAST_COLUMN)
    else:
        set_up_page(sheet, check.last_row, max(LAST_COLUMN, check.last_column))


def _write_choice(sheet: Worksheet, styles: Styles, values: CheckValues, explore: ExploreLayout) -> None:
    """The chosen step, h, and how near the gradients have to be."""
    sheet.write_string(H_ROW - 2, 0, "The gradients once more, by central differences", styles.heading())
    chosen = (
        (LEARNING_RATE, explore.rate_cell, values.step.rate),
        (ITERATION, explore.iteration_cell, values.step.iteration),
    )
    for k, (name, cell, value) in enumerate(chosen):
        sheet.write_string(H_ROW - 1, 2 * k, f"{name} =", styles.name())
        live = Live("=" + on_sheet(EXPLORE_SHEET, cell), value)
        write_live(sheet, H_ROW - 1, 2 * k + 1, live, styles.result(align="left"))
    sheet.write_string(H_ROW, 0, "h =", styles.name())
    sheet.write_number(H_ROW, 1, H, styles.editable_as("0.0E+00"))
    sheet.data_validation(H_ROW, 1, H_ROW, 1, {
        "validate": "decimal", "criteria": "between", "minimum": 1e-12, "maximum": 1,
        "error_title": "h", "error_message": "h is a small positive number.",
    })  # fmt: skip
    sheet.write_string(
        H_ROW,
        2,
        f"each parameter is moved by h, or h times its size above 1: ({values.loss}(w+h) − {values.loss}(w−h)) / 2h",
        styles.meaning(),
    )
    sheet.write_string(H_ROW + 1, 0, "agree within", styles.name())
    write_live(sheet, H_ROW + 1, 1, _tolerance(values, explore), styles.result("0.0E+00"))
    sheet.write_string(
        H_ROW + 1,
        2,
        f"what a difference leaves out, h² times the numbers' size, and the rounding of {values.loss} over h",
        styles.meaning(),
    )


def _tolerance(values: CheckValues, explore: ExploreLayout) -> Live:
    check = values.check
    numbers = check.span(VALUE, check.numbers)
    gradients = check.span(CHAIN_RULE)
    total_loss = on_sheet(EXPLORE_SHEET, explore.cells[values.loss])
    formula = (
        f"=100*({check.h_cell}*MAX(1,MAX({numbers}),-MIN({numbers})))^2*MAX(1,MAX({gradients}),-MIN({gradients}))"
        f"+0.00000000000001*{total_loss}/{check.h_cell}"
    )
    return Live(formula, values.tolerance)


def _write_list(sheet: Worksheet, styles: Styles, values: CheckValues, explore: ExploreLayout) -> None:
    """All numbers of the step, and both gradients of each parameter that is checked."""
    check, parameters = values.check, set(values.template.network.parameters)
    labels = ("parameter", "value", "by differences", "by chain rule", "difference", "agree", "on the tab")
    for column, label in enumerate(labels):
        sheet.write_string(NUMBERS_ROW - 1, column, label, styles.column_label(COLOURS[Group.BACKWARD]))
    given = _given(check, explore) if check.batch > 1 else {}
    for label, row in check.rows.items():
        group = Group.PARAMETERS if label in parameters else Group.DATA
        sheet.write_string(row, LABEL, label, styles.label(group))
        formula = given[label] if label in given else on_sheet(EXPLORE_SHEET, explore.cells[label])
        write_live(sheet, row, VALUE, Live(f"={formula}", values.numbers[label]), styles.number(group))
        if label not in check.checked:
            sheet.write_string(row, DIFFERENCES, _why_not(values, label), styles.meaning())
    for up, down in check.pairs:
        row = check.rows[up.parameter]
        for column, live in _gradients(values, explore, up.parameter, up.row, down.row).items():
            form = (
                styles.measure(COLOURS[Group.BACKWARD], "0.0E+00") if column == ERROR else styles.number(Group.BACKWARD)
            )
            write_live(sheet, row, column, live, form)
        tick = _tick(values, up.parameter, check.kinks(up, down))
        write_live(sheet, row, TICK, tick, styles.answer())
    last = NUMBERS_ROW + len(check.checked) - 1
    colour_answers(sheet, styles, NUMBERS_ROW, TICK, last, TICK)
    _mark_other_gradients(sheet, styles, check, last)
    shorten_wide_numbers(sheet, styles, NUMBERS_ROW, VALUE, NUMBERS_ROW + len(check.numbers) - 1, ON_TAB)


def _given(check: CheckLayout, explore: ExploreLayout) -> Mapping[str, str]:
    """The parts of formulas that look up the numbers of each sample on the tab, by their labels of the list."""
    return {
        name: explore.on_tab(label, partial(on_sheet, EXPLORE_SHEET), sample)
        for sample, of_sample in enumerate(check.data, 1)
        for label, name in of_sample.items()
    }


def _mark_other_gradients(sheet: Worksheet, styles: Styles, check: CheckLayout, last: int) -> None:
    """Have a gradient on the tab stand out where it is not that of Explore."""
    tab, known = (xl_rowcol_to_cell(NUMBERS_ROW, column, col_abs=True) for column in (ON_TAB, CHAIN_RULE))
    formula = f"=ABS({tab}-{known})>{CLOSE_TEXT}*{sum_of_sizes(check.span(CHAIN_RULE))}"
    sheet.conditional_format(NUMBERS_ROW, ON_TAB, last, ON_TAB, {
        "type": "formula", "criteria": formula, "format": styles.missed_number(Group.BACKWARD),
    })  # fmt: skip


def _why_not(values: CheckValues, label: str) -> str:
    network = values.network
    if label not in network.parameters:
        return "given"
    return "trained, left out here" if label in network.trained else "not trained"


def _gradients(values: CheckValues, explore: ExploreLayout, label: str, up: int, down: int) -> dict[int, Live]:
    check = values.check
    loss, moved = check.columns[values.loss], FORWARD_COLUMN - 1
    cells = (xl_rowcol_to_cell(row, column) for column in (loss, moved) for row in (up, down))
    quotient = "=({}-{})/({}-{})".format(*cells)
    error = f"={check.in_row(label, DIFFERENCES)}-{check.in_row(label, CHAIN_RULE)}"
    gradient = values.network.gradient_of(label)
    tabs = tab_formula(values, explore, gradient)
    return {
        DIFFERENCES: Live(quotient, values.differences[label]),
        CHAIN_RULE: Live("=" + on_sheet(EXPLORE_SHEET, explore.cells[gradient]), values.chain_rule(label)),
        ERROR: Live(error, values.error(label)),
        ON_TAB: Live(tabs, values.on_tab[gradient]),
    }


def _tick(values: CheckValues, label: str, kinks: str | None) -> Live:
    check = values.check
    error = check.in_row(label, ERROR)
    compared = f'IF(ISNUMBER({error}),IF(ABS({error})<={check.tolerance_cell},"{YES}","{NO}"),"{NOTHING}")'
    formula = compared if kinks is None else f'IF(ISNUMBER({error}),IF({kinks}>0,"{NOTHING}",{compared}),"{NOTHING}")'
    return Live("=" + formula, values.tick(label))


def _write_workings(sheet: Worksheet, styles: Styles, values: CheckValues) -> None:
    check = values.check
    header = check.workings_row
    sheet.write_string(header - 2, 0, "The workings: a forward pass for each move", styles.heading())
    for column, label in enumerate(("moved", "to")):
        sheet.write_string(header, column, label, styles.label(Group.PARAMETERS))
    for label, column in check.columns.items():
        group = next(entry.group for entry in check.forward if entry.label == label)
        sheet.write_string(header, column, label, styles.label(group))
    for move in check.moves:
        sign = "+" if move.sign > 0 else "-"
        name, value = f"{move.parameter} {sign.replace('-', '−')} h", check.in_row(move.parameter, VALUE)
        sheet.write_string(move.row, 0, name, styles.name())
        moved = Live(f"={value}{sign}{check.h_cell}*MAX(1,ABS({value}))", values.moved(move))
        write_live(sheet, move.row, 1, moved, styles.number(Group.PARAMETERS))
        for entry in check.forward:
            for k in check.rows_of(entry):
                live = Live(check.formula(entry.then, move, k), values.forward[move][k][entry.label])
                write_live(sheet, move.row + k, check.columns[entry.label], live, styles.number(entry.group))
    shorten_wide_numbers(sheet, styles, header + 1, 1, check.last_row, check.last_column)
