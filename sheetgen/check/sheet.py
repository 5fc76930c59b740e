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
    ON_TAB,
    TICK,
    VALUE,
    WHOLE_COLUMN,
    CheckLayout,
    H,
    Move,
)
from sheetgen.check.rates_block import LAST_COLUMN, write_rates_block
from sheetgen.check.summary import CLOSE_TEXT, sum_of_sizes, tab_formula, write_summary
from sheetgen.check.values import PART_OF_GRADIENT, CheckValues
from sheetgen.check.whole_tabs import WholeTabs
from sheetgen.explore.layout import EXPLORE_SHEET, ExploreLayout
from sheetgen.layout import CHECK_SHEET, on_sheet, sheet_name
from sheetgen.live import NO, NOTHING, YES, Live, colour_answers, write_live
from sheetgen.mathematics.training_step import ITERATION, Group
from sheetgen.mathematics.values import Value
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
    last_column = max(LAST_COLUMN, WHOLE_COLUMN + len(curves))
    sheet.set_column(0, max(last_column, check.last_column), WIDTH)
    line = f"Choose another tab or iteration on {EXPLORE_SHEET}, or change h: everything is computed again."
    write_heading(sheet, styles, "Is it right?", line)
    write_summary(sheet, styles, values, curves, explore)
    write_rates_block(sheet, styles, values.layout, curves)
    _write_choice(sheet, styles, values, explore)
    _write_list(sheet, styles, values, explore)
    WholeTabs(values.layout, check, curves).write(sheet, styles)
    _write_workings(sheet, styles, values)
    if check.last_column > WIDEST_PRINT:
        set_up_page(sheet, check.workings_row - 3, last_column)
    else:
        set_up_page(sheet, check.last_row, max(last_column, check.last_column))


def _write_choice(sheet: Worksheet, styles: Styles, values: CheckValues, explore: ExploreLayout) -> None:
    """The chosen step, h, and how near the gradients have to be."""
    sheet.write_string(H_ROW - 2, 0, "The gradients once more, by central differences", styles.heading())
    chosen: tuple[tuple[str, str, Value], ...] = (
        ("tab", explore.tab_name_cell, sheet_name(values.step.rate)),
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
    sheet.write_string(H_ROW + 2, 0, "at most", styles.name())
    write_live(sheet, H_ROW + 2, 1, _largest_tolerance(values), styles.result("0.0E+00"))
    sheet.write_string(H_ROW + 2, 2, "1 % of the largest gradient; with more than that h cannot tell", styles.meaning())


def _tolerance(values: CheckValues, explore: ExploreLayout) -> Live:
    check = values.check
    numbers = check.span(VALUE, check.numbers)
    gradients = check.span(CHAIN_RULE, check.trained)
    total_loss = on_sheet(EXPLORE_SHEET, explore.cells[values.loss])
    formula = (
        f"=100*({check.h_cell}*MAX(1,MAX({numbers}),-MIN({numbers})))^2*MAX(1,MAX({gradients}),-MIN({gradients}))"
        f"+0.00000000000001*{total_loss}/{check.h_cell}"
    )
    return Live(formula, values.tolerance)


def _largest_tolerance(values: CheckValues) -> Live:
    gradients = values.check.span(CHAIN_RULE, values.check.trained)
    formula = f"={PART_OF_GRADIENT}*MAX(MAX({gradients}),-MIN({gradients}))"
    return Live(formula, values.largest_tolerance)


def _write_list(sheet: Worksheet, styles: Styles, values: CheckValues, explore: ExploreLayout) -> None:
    """All numbers of the step, and both gradients of each parameter that is checked."""
    check, parameters = values.check, set(values.template.network.parameters)
    labels = ("parameter", "value", "by differences", "by chain rule", "difference", "agree", "on the tab")
    first = check.numbers_row
    for column, label in enumerate(labels):
        sheet.write_string(first - 1, column, label, styles.column_label(COLOURS[Group.BACKWARD]))
    given = _given(check, explore) if check.batch > 1 else {}
    for label, row in check.rows.items():
        group = Group.PARAMETERS if label in parameters else Group.DATA
        sheet.write_string(row, LABEL, label, styles.label(group))
        formula = given[label] if label in given else on_sheet(EXPLORE_SHEET, explore.cells[label])
        write_live(sheet, row, VALUE, Live(f"={formula}", values.numbers[label]), styles.number(group))
        if label not in check.checked:
            sheet.write_string(row, DIFFERENCES, _why_not(values, label), styles.meaning())
    for label in check.trained:
        for column, live in _gradients(values, explore, label).items():
            write_live(sheet, check.rows[label], column, live, styles.number(Group.BACKWARD))
    for up, down in check.pairs:
        row = check.rows[up.parameter]
        differences, error = _differences(values, up, down)
        write_live(sheet, row, DIFFERENCES, differences, styles.number(Group.BACKWARD))
        write_live(sheet, row, ERROR, error, styles.measure(COLOURS[Group.BACKWARD], "0.0E+00"))
        write_live(sheet, row, TICK, _tick(values, up.parameter, check.kinks(up, down)), styles.answer())
    colour_answers(sheet, styles, first, TICK, first + len(check.checked) - 1, TICK)
    _mark_other_gradients(sheet, styles, check)
    shorten_wide_numbers(sheet, styles, first, VALUE, first + len(check.numbers) - 1, ON_TAB)


def _given(check: CheckLayout, explore: ExploreLayout) -> Mapping[str, str]:
    """The parts of formulas that look up the numbers of each sample on the tab, by their labels of the list."""
    return {
        name: explore.on_tab(label, partial(on_sheet, EXPLORE_SHEET), sample)
        for sample, of_sample in enumerate(check.data, 1)
        for label, name in of_sample.items()
    }


def _mark_other_gradients(sheet: Worksheet, styles: Styles, check: CheckLayout) -> None:
    """Have a gradient on the tab stand out where it is not that of Explore."""
    first, last = check.numbers_row, check.numbers_row + len(check.trained) - 1
    tab, known = (xl_rowcol_to_cell(first, column, col_abs=True) for column in (ON_TAB, CHAIN_RULE))
    formula = f"=ABS({tab}-{known})>{CLOSE_TEXT}*{sum_of_sizes(check.span(CHAIN_RULE, check.trained))}"
    sheet.conditional_format(first, ON_TAB, last, ON_TAB, {
        "type": "formula", "criteria": formula, "format": styles.missed_number(Group.BACKWARD),
    })  # fmt: skip


def _why_not(values: CheckValues, label: str) -> str:
    network = values.network
    if label not in network.parameters:
        return "given"
    return "not moved" if label in network.trained else "not trained"


def _gradients(values: CheckValues, explore: ExploreLayout, label: str) -> dict[int, Live]:
    gradient = values.network.gradient_of(label)
    return {
        CHAIN_RULE: Live("=" + on_sheet(EXPLORE_SHEET, explore.cells[gradient]), values.chain_rule(label)),
        ON_TAB: Live(tab_formula(values, explore, gradient), values.on_tab[gradient]),
    }


def _differences(values: CheckValues, up: Move, down: Move) -> tuple[Live, Live]:
    """The gradient without the chain rule, and how far it is from that by it."""
    check, label = values.check, up.parameter
    loss, moved = check.columns[values.loss], FORWARD_COLUMN - 1
    cells = (xl_rowcol_to_cell(row, column) for column in (loss, moved) for row in (up.row, down.row))
    quotient = "=({}-{})/({}-{})".format(*cells)
    error = f"={check.in_row(label, DIFFERENCES)}-{check.in_row(label, CHAIN_RULE)}"
    return Live(quotient, values.differences[label]), Live(error, values.error(label))


def _tick(values: CheckValues, label: str, kinks: str | None) -> Live:
    check = values.check
    error, own, most = check.in_row(label, ERROR), check.tolerance_cell, check.largest_tolerance_cell
    compared = f'IF({own}<={most},IF(ABS({error})<={own},"{YES}","{NO}"),"{NOTHING}")'
    if kinks is not None:
        compared = f'IF({kinks}>0,"{NOTHING}",{compared})'
    return Live(f'=IF(ISNUMBER({error}+{own}),{compared},"{NOTHING}")', values.tick(label))


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
