"""One tab: gradient descent at one learning rate, with the picture, the chart and the equations above the table.

The labels of the table stand once more in a row that stays on the screen, for the table itself has its published place.

XlsxWriter writes the sheet with the table's start and the first row of one update. Every other row is like one of these
but for its number and its values, so `sheetgen.rows` makes them from the text that XlsxWriter wrote.
"""

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from sheetgen.charts import Curve, loss_chart
from sheetgen.layout import RATE_COLUMN, TEXT_ROW, TableLayout, on_sheet, sheet_name
from sheetgen.live import Live, write_live
from sheetgen.mathematics.equations import backward_lines, chain_rule_lines, forward_lines
from sheetgen.mathematics.expression import Expression, Number, Typed
from sheetgen.mathematics.training_step import ITERATION, SAMPLE, Group
from sheetgen.page import (
    ROW_PIXELS,
    insert_picture,
    legend,
    set_up_page,
    shorten_wide_numbers,
    write_heading,
    write_legend,
)
from sheetgen.rows import PATTERN, PATTERN_OF_ONE
from sheetgen.style import COLUMN_WIDTHS, Styles
from sheetgen.table_head import SHORT_NAMES, mark_smallest_loss, write_bands, write_comments
from templates import LEARNING_RATE, TOTAL_LOSS, Template

FORWARD_COLUMN, LEGEND_COLUMN, CHART_COLUMN, BACKWARD_COLUMN, CHAIN_COLUMN = 1, 9, 10, 11, 20
CHART_WIDTH, LEAST_CHART = 660, 400  # pixels: it ends with the first screen of a small laptop
CHAIN_COLUMNS = 11  # that the lines of the chain rule have room in
GROUPS_OF_DESCENT = 5  # in the legend of plain gradient descent
LINKS_ROW, LABELS_ROW = 2, 3
PICTURE_ROW, PICTURE_ROWS = LABELS_ROW + 1, TEXT_ROW - LABELS_ROW - 2
PRINT_SCALE, PRINTED_WIDTH = 55, 184  # percent, and how many characters then fit side by side
PAGE_ROWS, FEWEST_PRINTED = 61, 5  # rows of a printed page, and of the table that are printed at least


def write_training_sheet(
    workbook: Workbook, styles: Styles, template: Template, layout: TableLayout, curve: Curve, picture: bytes
) -> None:
    """Add the tab of the curve's learning rate to the workbook."""
    sheet = workbook.add_worksheet(sheet_name(curve.rate))
    for place, column in enumerate(layout.columns):
        has_legend = LEGEND_COLUMN <= place < LEGEND_COLUMN + len(SHORT_NAMES)
        width = COLUMN_WIDTHS[Group.BACKWARD if has_legend and column.group is Group.DATA else column.group]
        sheet.set_column(place, place, width, styles.text())
    _write_top(sheet, styles, template, layout, picture)
    _write_equations(sheet, styles, template, layout)
    _write_rate(sheet, styles, layout, curve.rate)
    write_bands(sheet, styles, layout)
    _write_table(sheet, styles, layout, curve.rate)
    write_comments(sheet, layout)
    mark_smallest_loss(sheet, styles, layout, curve)
    _insert_chart(workbook, sheet, layout, curve)
    set_up_page(sheet, last_printed_row(layout), max(len(layout.columns) - 1, CHAIN_COLUMN + CHAIN_COLUMNS))
    sheet.repeat_rows(layout.header_row)
    sheet.freeze_panes(LABELS_ROW + 1, 0)
    sheet.set_print_scale(PRINT_SCALE)  # in the place of one page for all columns, which nobody could read
    sheet.set_v_pagebreaks(page_breaks(layout))


def _write_top(sheet: Worksheet, styles: Styles, template: Template, layout: TableLayout, picture: bytes) -> None:
    write_heading(sheet, styles, template.title, template.description)
    more = len(legend(layout)) - GROUPS_OF_DESCENT  # chips, all of which end on the first printed page
    write_legend(sheet, styles, layout, 0, LEGEND_COLUMN - 2 * more)
    table = f"internal:{on_sheet(sheet.get_name(), layout.first_cell)}"
    sheet.write_url(LINKS_ROW, FORWARD_COLUMN + 1, table, styles.link(), "↓ the table")
    sheet.write_string(LINKS_ROW, FORWARD_COLUMN + 3, _rows_in_words(layout), styles.quiet())
    for place, column in enumerate(layout.columns):
        live = Live(f"={layout.cell(column.label, layout.header_row)}", column.label)
        write_live(sheet, LABELS_ROW, place, live, styles.label(column.group))
    insert_picture(sheet, picture, template, PICTURE_ROW, 0, PICTURE_ROWS)


def _rows_in_words(layout: TableLayout) -> str:
    """Which iteration a row is, where its column is off the screen."""
    first = layout.first_row + 1
    if layout.batch == 1:
        return f"row {first} is the start, row {first + 1} the first iteration: the iteration is the row less {first}"
    return f"row {first} is the start; every {layout.batch} rows, one for each sample, are an iteration"


def _write_equations(sheet: Worksheet, styles: Styles, template: Template, layout: TableLayout) -> None:
    chain = chain_rule_lines(template.one_of_step.network)  # of one sample
    update = backward_lines(layout.columns, template.network, template.training)
    blocks = (
        (LABELS_ROW + 2, CHAIN_COLUMN, "The chain rule, factor by factor", chain),
        (TEXT_ROW - 1, FORWARD_COLUMN, "Forward pass", forward_lines(layout.columns)),
        (TEXT_ROW - 1, BACKWARD_COLUMN, "Backward pass and update", update),
    )
    for row, column, heading, lines in blocks:
        sheet.write_string(row, column, heading, styles.heading())
        _write_lines(sheet, styles, row + 1, column, lines)


def _write_lines(sheet: Worksheet, styles: Styles, row: int, column: int, lines: list[str]) -> None:
    for k, line in enumerate(lines):
        if line:
            sheet.write_string(row + k, column, line, styles.text())


def _write_rate(sheet: Worksheet, styles: Styles, layout: TableLayout, rate: float) -> None:
    row = layout.header_row - 1
    sheet.write_string(row, RATE_COLUMN - 1, f"{LEARNING_RATE} =", styles.name())
    sheet.write_number(row, RATE_COLUMN, rate, styles.editable())
    sheet.data_validation(row, RATE_COLUMN, row, RATE_COLUMN, {
        "validate": "decimal", "criteria": ">", "value": 0,
        "error_title": "Learning rate", "error_message": "The learning rate is a positive number.",
    })  # fmt: skip


def _write_table(sheet: Worksheet, styles: Styles, layout: TableLayout, rate: float) -> None:
    last_column = len(layout.columns) - 1
    sheet.add_table(layout.header_row, 0, layout.first_row + layout.batch, last_column, {
        "name": "training_" + f"{rate!r}".replace(".", "_").replace("-", "minus").replace("+", ""),
        "style": None,
        "autofilter": False,
        "columns": [
            {"header": column.label, "header_format": styles.label(column.group)} for column in layout.columns
        ],
    })  # fmt: skip
    first = layout.places.get(SAMPLE, -1) + 1  # the number of a sample is never too wide
    shorten_wide_numbers(sheet, styles, layout.first_row, first, layout.last_row, layout.places[ITERATION] - 1)
    for place, column in enumerate(layout.columns):
        samples = 1 if column.per_step else layout.batch
        rows = [(layout.first_row + k, column.first) for k in range(samples)]
        for row, expression in (*rows, (layout.first_row + layout.batch, column.then)):
            _write_cell(sheet, layout, row, place, expression, styles.number(column.group))


def _write_cell(
    sheet: Worksheet, layout: TableLayout, row: int, place: int, expression: Expression, form: Format
) -> None:
    if isinstance(expression, Number | Typed):
        sheet.write_number(row, place, 0, form)
    else:
        rows = PATTERN_OF_ONE if layout.batch == 1 else PATTERN
        sheet.write_formula(row, place, layout.formula(expression, rows), form, 0)


def _insert_chart(workbook: Workbook, sheet: Worksheet, layout: TableLayout, curve: Curve) -> None:
    rate = "=" + on_sheet(sheet_name(curve.rate), layout.settings[LEARNING_RATE])
    chart = loss_chart(workbook, f"{TOTAL_LOSS} while training", [curve], layout, [rate])
    chart.set_legend({"none": True})
    chart.set_size({"width": _chart_width(layout), "height": PICTURE_ROWS * ROW_PIXELS})
    sheet.insert_chart(PICTURE_ROW, CHART_COLUMN, chart, {
        "object_position": 2,
        "description": f"{TOTAL_LOSS} against the iteration on this tab",
    })  # fmt: skip


def _chart_width(layout: TableLayout) -> int:
    """In pixels; the chart ends with the printed page that it begins on, where that has the room."""
    page_end = next((place for place in page_breaks(layout) if place > CHART_COLUMN), len(layout.columns))
    room = sum(round(7 * COLUMN_WIDTHS[column.group] + 5) for column in layout.columns[CHART_COLUMN:page_end])
    return min(CHART_WIDTH, room) if room >= LEAST_CHART else CHART_WIDTH


def last_printed_row(layout: TableLayout) -> int:
    """Where printing ends: with the page that has enough of the table, as nobody reads a thousand rows on paper."""
    pages = -(-(layout.first_row + FEWEST_PRINTED) // PAGE_ROWS)
    return min(layout.last_row, pages * PAGE_ROWS - 1)


def page_breaks(layout: TableLayout) -> list[int]:
    """The columns that begin a page: the first of the losses, and wherever the page before is full."""
    breaks, width = [], 0.0
    losses = min(place for place, column in enumerate(layout.columns) if column.group is Group.LOSS)
    for place, column in enumerate(layout.columns):
        width += COLUMN_WIDTHS[column.group]
        if place == losses or width > PRINTED_WIDTH:
            breaks.append(place)
            width = COLUMN_WIDTHS[column.group]
    return breaks
