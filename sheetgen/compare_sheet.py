"""The last sheet: the learning rates side by side, E_total at chosen iterations, and all curves on two charts."""

import math
from collections.abc import Sequence
from decimal import Decimal

from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from sheetgen.charts import FEWER_CACHED_POINTS, Curve, loss_chart, on_logarithms, up_to
from sheetgen.check.behaviour import Behaviour
from sheetgen.check.rates_block import measure_cells, rate_cell, verdict_cell
from sheetgen.layout import COMPARE_SHEET, TableLayout, on_sheet, sheet_name
from sheetgen.live import Live, colour_answers, write_live
from sheetgen.mathematics.training_step import ITERATION, Group
from sheetgen.page import set_up_page, shorten_wide_numbers, write_heading
from sheetgen.style import Styles
from templates import LEARNING_RATE, TOTAL_LOSS

RATE_ROW, FIRST_ROW = 4, 6
NAME_WIDTH, RATE_WIDTH = 22, 14  # of columns, in characters
CHART_WIDTH, CHART_HEIGHT = 640, 400  # in pixels
CHART_ROWS, CHART_COLUMNS = 22, 6  # more than it covers, as rows are lower and columns narrower in some applications
# Times E_total at the start: where a curve would flatten the others, and where the charts then end.
FAR_ABOVE, SHOWN_ABOVE = 10.0, 2.0
LEAST_SHOWN, MOST_SHOWN = 1e-12, 1e6


def write_compare_sheet(workbook: Workbook, styles: Styles, layout: TableLayout, curves: Sequence[Curve]) -> None:
    """Add the comparison of the learning rates to the workbook."""
    sheet = workbook.add_worksheet(COMPARE_SHEET)
    sheet.set_column(0, 0, NAME_WIDTH)
    sheet.set_column(1, max(len(curves), 2 * CHART_COLUMNS + 1), RATE_WIDTH)
    line = f"Change a yellow cell: an {ITERATION}, to see {TOTAL_LOSS} there, or the threshold for it."
    write_heading(sheet, styles, "The learning rates compared", line)
    chosen = chosen_iterations(layout.iterations)
    end = FIRST_ROW + len(chosen)
    _write_rates(sheet, styles, layout, curves)
    _write_losses(sheet, styles, layout, curves, chosen)
    _write_end(sheet, styles, layout, curves, end)
    _write_verdicts(sheet, styles, layout, curves, end + 2)
    last_row = _insert_charts(workbook, sheet, styles, layout, curves, end + 7)
    sheet.freeze_panes(FIRST_ROW, 1)
    set_up_page(sheet, last_row, max(len(curves), 2 * CHART_COLUMNS + 1))


def chosen_iterations(iterations: int) -> list[int]:
    """Iterations worth a look before the last: 0, 1, 2, 5, 10, 20, 50, 100 and so on."""
    steps = [digit * 10**power for power in range(7) for digit in (1, 2, 5)]
    return [0, *(step for step in steps if step < iterations)]


def threshold(curves: Sequence[Curve]) -> float:
    """What E_total is first asked to come down to: a tenth of where it starts, with one digit, and more than 0."""
    start = curves[0].losses[0]
    tenth = start / 10 if isinstance(start, float) else 0.0
    if tenth <= 0.0:
        return 0.01
    return float(round(Decimal(tenth), -math.floor(math.log10(tenth))))


def _write_rates(sheet: Worksheet, styles: Styles, layout: TableLayout, curves: Sequence[Curve]) -> None:
    sheet.write_string(RATE_ROW, 0, LEARNING_RATE, styles.name())
    sheet.write_string(RATE_ROW + 1, 0, ITERATION, styles.label(Group.COUNT))
    for column, curve in enumerate(curves, 1):
        name = sheet_name(curve.rate)
        live = Live("=" + on_sheet(name, layout.settings[LEARNING_RATE]), curve.rate)
        write_live(sheet, RATE_ROW, column, live, styles.number(Group.DATA))
        sheet.write_url(RATE_ROW + 1, column, f"internal:{on_sheet(name, 'A1')}", styles.label(Group.LOSS), name)


def _write_losses(
    sheet: Worksheet, styles: Styles, layout: TableLayout, curves: Sequence[Curve], chosen: Sequence[int]
) -> None:
    for row, iteration in enumerate(chosen, FIRST_ROW):
        sheet.write_number(row, 0, iteration, styles.editable())
        place = xl_rowcol_to_cell(row, 0, col_abs=True)
        for column, curve in enumerate(curves, 1):
            formula = f"=INDEX({on_sheet(sheet_name(curve.rate), layout.span(TOTAL_LOSS))},{layout.place_of(place)})"
            write_live(sheet, row, column, Live(formula, curve.losses[iteration]), styles.number(Group.LOSS))
    sheet.data_validation(FIRST_ROW, 0, FIRST_ROW + len(chosen) - 1, 0, {
        "validate": "integer", "criteria": "between", "minimum": 0, "maximum": layout.iterations,
        "error_title": "Iteration", "error_message": f"The tables hold the iterations 0 to {layout.iterations}.",
    })  # fmt: skip


def _write_end(sheet: Worksheet, styles: Styles, layout: TableLayout, curves: Sequence[Curve], row: int) -> None:
    sheet.write_string(row, 0, f"the end ({layout.iterations:,})", styles.name())
    for column, curve in enumerate(curves, 1):
        formula = "=" + on_sheet(sheet_name(curve.rate), layout.cell(TOTAL_LOSS, layout.end_row))
        write_live(sheet, row, column, Live(formula, curve.losses[-1]), styles.number(Group.LOSS))
    shorten_wide_numbers(sheet, styles, FIRST_ROW, 1, row, len(curves))


def _write_verdicts(sheet: Worksheet, styles: Styles, layout: TableLayout, curves: Sequence[Curve], row: int) -> None:
    """From this row on: how each curve behaves, the threshold, and how many iterations each takes to it."""
    default, place = threshold(curves), str(xl_rowcol_to_cell(row + 1, 1, row_abs=True, col_abs=True))
    names = (f"{TOTAL_LOSS} over all", f"{TOTAL_LOSS} down to", "takes iterations")
    for k, name in enumerate(names):
        sheet.write_string(row + k, 0, name, styles.name())
    sheet.write_number(row + 1, 1, default, styles.editable())
    sheet.write_string(row + 1, 2, "or less: change it, and see how long each learning rate takes.", styles.meaning())
    sheet.data_validation(row + 1, 1, row + 1, 1, {
        "validate": "decimal", "criteria": ">", "value": 0,
        "error_title": "A threshold", "error_message": f"{TOTAL_LOSS} is never negative: a positive number.",
    })  # fmt: skip
    for k, curve in enumerate(curves):
        shown = Live("=" + verdict_cell(k), Behaviour(layout, curve).verdict(measure_cells(k)).value)
        reached = Behaviour(layout, curve).reached(measure_cells(k), place, default)
        write_live(sheet, row, k + 1, shown, styles.answer())
        write_live(sheet, row + 2, k + 1, reached, styles.answer())
    remark = (
        "rises, stays up: ends above its lowest · oscillates: falls again after at least two rises · "
        "diverges: ends higher than it starts, or as no number · Check says more"
    )
    sheet.write_string(row + 3, 1, remark, styles.quiet())
    for answers in (row, row + 2):
        colour_answers(sheet, styles, answers, 1, answers, len(curves))


def _insert_charts(
    workbook: Workbook, sheet: Worksheet, styles: Styles, layout: TableLayout, curves: Sequence[Curve], row: int
) -> int:
    """Insert both charts side by side below a row; returns the last row that they need."""
    names, few = ["=" + rate_cell(k) for k in range(len(curves))], FEWER_CACHED_POINTS
    linear = loss_chart(workbook, f"{TOTAL_LOSS} at each learning rate {LEARNING_RATE}", curves, layout, names, few)
    logarithmic = loss_chart(workbook, "The same on a logarithmic scale", curves, layout, names, few)
    start = curves[0].losses[0]
    if isinstance(start, float) and start > 0.0 and _goes_far(curves, start):
        on_logarithms(logarithmic, LEAST_SHOWN * start, MOST_SHOWN * start)
        up_to(linear, SHOWN_ABOVE * start)
        remark = f"A learning rate at which {TOTAL_LOSS} reaches 0 or diverges leaves the charts."
        sheet.write_string(row - 1, 0, remark, styles.quiet())
    else:
        on_logarithms(logarithmic)
    for chart, column, view in ((linear, 0, "linear"), (logarithmic, CHART_COLUMNS, "logarithmic")):
        chart.set_legend({"position": "right"})
        chart.set_size({"width": CHART_WIDTH, "height": CHART_HEIGHT})
        sheet.insert_chart(row, column, chart, {
            "object_position": 2,
            "description": f"{TOTAL_LOSS} against the iteration on a {view} scale, a curve for each learning rate",
        })  # fmt: skip
    return row + CHART_ROWS


def _goes_far(curves: Sequence[Curve], start: float) -> bool:
    """Whether a curve would flatten the others: it is no number somewhere, far above its start, or nearly 0."""
    return any(
        not isinstance(value, float) or not LEAST_SHOWN * start < value < FAR_ABOVE * start
        for curve in curves
        for value in curve.losses
    )
