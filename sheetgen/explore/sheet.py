"""The sheet that shows one step: the network with the numbers of the moment on it, and every formula three ways.

The gradients follow the chain rule from one to the next: each is a product with the gradient of a net input, δ, that
has a row of its own above it. So they are those of the tabs, whichever way the tabs write them.
"""

from collections.abc import Mapping

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from sheetgen.explore.layout import (
    CAPTION_ROW,
    EXPLORE_SHEET,
    INPUT_COLUMN,
    ITERATION_ROW,
    SAMPLE_ROW,
    TAB_ROW,
    ExploreLayout,
    FormulaLine,
    Section,
    Span,
)
from sheetgen.explore.net import write_net
from sheetgen.explore.number_text import cached_with_numbers, with_numbers
from sheetgen.explore.support import count_message, label_texts, tab_message, write_support
from sheetgen.layout import sheet_name
from sheetgen.live import Live, write_live
from sheetgen.mathematics.notation import mathematics
from sheetgen.mathematics.step_values import StepValues
from sheetgen.mathematics.training_step import ITERATION, SAMPLE, Group
from sheetgen.page import row_height, set_up_page, shorten_wide_numbers, write_heading
from sheetgen.style import Styles
from templates import SAMPLE_LOSS, TOTAL_LOSS

_WHAT_TO_DO = (
    "Choose a tab, each of which has a learning rate, and an iteration in the yellow cells, "
    "and follow one update from the inputs to the new weights."
)


def write_explore_sheet(workbook: Workbook, styles: Styles, explore: ExploreLayout, step: StepValues) -> None:
    """Add the sheet to the workbook; `step` is the one that it shows at first."""
    sheet = workbook.add_worksheet(EXPLORE_SHEET)
    for column, width in enumerate(explore.widths):
        sheet.set_column(column, column, width, styles.text())
    write_heading(sheet, styles, "Explore one step", _WHAT_TO_DO)
    _write_choice(sheet, styles, explore, step)
    _write_losses(sheet, styles, explore, step)
    if explore.table.batch > 1:
        _write_sample_choice(sheet, styles, explore)
    write_net(sheet, styles, explore, step)
    _write_columns(sheet, styles, explore)
    texts = label_texts(explore, step)
    for section in explore.sections:
        _write_section(sheet, styles, explore, section, step, texts)
    write_support(sheet, styles, explore, step)
    sheet.freeze_panes(CAPTION_ROW - 1, 0)
    set_up_page(sheet, explore.sections[-1].lines[-1].row, len(explore.widths) - 1)


def _write_choice(sheet: Worksheet, styles: Styles, explore: ExploreLayout, step: StepValues) -> None:
    last = explore.table.iterations
    sheet.write_string(TAB_ROW, 0, "tab =", styles.name())
    sheet.write_string(TAB_ROW, INPUT_COLUMN, sheet_name(step.rate), styles.editable())
    sheet.data_validation(TAB_ROW, INPUT_COLUMN, TAB_ROW, INPUT_COLUMN, {
        "validate": "list", "source": "=" + explore.names_span,
        "error_title": "Tab", "error_message": "Choose one of the tabs.",
    })  # fmt: skip
    write_live(sheet, TAB_ROW, INPUT_COLUMN + 1, tab_message(explore, step), styles.meaning())
    sheet.write_string(ITERATION_ROW, 0, f"{ITERATION} =", styles.name())
    sheet.write_number(ITERATION_ROW, INPUT_COLUMN, step.iteration, styles.editable())
    sheet.data_validation(ITERATION_ROW, INPUT_COLUMN, ITERATION_ROW, INPUT_COLUMN, {
        "validate": "integer", "criteria": "between", "minimum": 0, "maximum": last,
        "error_title": "Iteration", "error_message": f"The tables hold the iterations 0 to {last}.",
    })  # fmt: skip
    message = count_message(explore.iteration_cell, 0, last, f"0 is the start, {last} the last")
    write_live(sheet, ITERATION_ROW, INPUT_COLUMN + 1, message, styles.meaning())


def _write_losses(sheet: Worksheet, styles: Styles, explore: ExploreLayout, step: StepValues) -> None:
    """Write E_total before the step and after it, from the tab, where they stay on the screen."""
    formulas = f"={explore.on_tab(TOTAL_LOSS)}", explore.loss_after
    row, span = TAB_ROW, explore.losses
    for k, (when, formula, loss) in enumerate(zip(("before", "after"), formulas, step.losses, strict=True)):
        sheet.write_string(row + k, span.first - 1, f"{TOTAL_LOSS} {when} the step =", styles.name())
        _write_across(sheet, row + k, span, Live(formula, loss), styles.number(Group.LOSS))
    shorten_wide_numbers(sheet, styles, row, span.first, row + 1, span.last)


def _write_sample_choice(sheet: Worksheet, styles: Styles, explore: ExploreLayout) -> None:
    batch = explore.table.batch
    sheet.write_string(SAMPLE_ROW, 0, f"{SAMPLE} =", styles.name())
    sheet.write_number(SAMPLE_ROW, INPUT_COLUMN, 1, styles.editable())
    sheet.data_validation(SAMPLE_ROW, INPUT_COLUMN, SAMPLE_ROW, INPUT_COLUMN, {
        "validate": "integer", "criteria": "between", "minimum": 1, "maximum": batch,
        "error_title": "Sample", "error_message": f"The iteration has the samples 1 to {batch}.",
    })  # fmt: skip
    said = f"from 1 to {batch}, in the order of the tab; {SAMPLE_LOSS} is its loss"
    message = count_message(explore.sample_cell, 1, batch, said)
    write_live(sheet, SAMPLE_ROW, INPUT_COLUMN + 1, message, styles.meaning())


def _write_columns(sheet: Worksheet, styles: Styles, explore: ExploreLayout) -> None:
    row = explore.sections[0].row - 1
    for span, caption in (
        (explore.symbols, "in symbols"),
        (explore.numbers, "with the numbers put in"),
        (explore.result, "result"),
    ):
        _write_across(sheet, row, span, Live("", caption), styles.meaning())


def _write_section(
    sheet: Worksheet,
    styles: Styles,
    explore: ExploreLayout,
    section: Section,
    step: StepValues,
    texts: Mapping[str, str],
) -> None:
    sheet.write_string(section.row, 0, section.title, styles.heading())
    sheet.write_string(section.row, explore.symbols.first + 1, section.remark, styles.quiet())
    results = step.updated if section is explore.sections[-1] else step.now
    for line in section.lines:
        symbols = f"= {mathematics(line.expression)}"
        numbers = _numbers_put_in(explore, line, texts)
        sheet.write_string(line.row, 0, line.name, styles.formula_name(section.group))
        _write_across(sheet, line.row, explore.symbols, Live("", symbols), styles.formula_text())
        form = styles.formula_text() if numbers.formula else styles.formula_remark()
        _write_across(sheet, line.row, explore.numbers, numbers, form)
        result = Live(explore.line_formula(line), results[line.label])
        _write_across(sheet, line.row, explore.result, result, styles.formula_result(section.group))
        texts_wrapped = (symbols, explore.symbols.width), (str(numbers.value), explore.numbers.width)
        sheet.set_row_pixels(line.row, row_height(*texts_wrapped))
    first, last = section.lines[0].row, section.lines[-1].row
    shorten_wide_numbers(sheet, styles, first, explore.result.first, last, explore.result.last)


def _numbers_put_in(explore: ExploreLayout, line: FormulaLine, texts: Mapping[str, str]) -> Live:
    """The formula's text with the numbers put in, or why there is none, which is no formula."""
    if line.is_on_tab:
        return Live("", "computed on the tab, from all samples of the iteration")
    formula = with_numbers(line.expression, explore.texts.__getitem__)
    if formula is None:
        return Live("", "too long to be shown with the numbers put in: read it in the cell of the result")
    return Live(formula, cached_with_numbers(line.expression, texts.__getitem__))


def _write_across(sheet: Worksheet, row: int, span: Span, live: Live, form: Format) -> None:
    """Write a formula with its value, or a text where there is no formula, over the columns of a span."""
    if span.last > span.first:
        sheet.merge_range(row, span.first, row, span.last, "", form)
    if live.formula:
        write_live(sheet, row, span.first, live, form)
    else:
        sheet.write_string(row, span.first, str(live.value), form)
