"""The last sheet: the learning rates side by side, all curves on one chart and E_total at chosen iterations."""

from collections.abc import Sequence

from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from sheetgen.charts import Curve, loss_chart
from sheetgen.layout import COMPARE_SHEET, TableLayout, on_sheet, sheet_name
from sheetgen.page import set_up_page
from sheetgen.style import Styles
from sheetgen.training_step import ITERATION, Group
from templates import LEARNING_RATE, TOTAL_LOSS

RATE_ROW, FIRST_ROW = 3, 5
CHART_ROWS, CHART_COLUMNS = 28, 14  # more than it covers, as rows are lower and columns narrower in some applications


def write_compare_sheet(workbook: Workbook, styles: Styles, layout: TableLayout, curves: Sequence[Curve]) -> None:
    """Add the comparison of the learning rates to the workbook."""
    sheet = workbook.add_worksheet(COMPARE_SHEET)
    sheet.set_column(0, len(curves), 13)
    sheet.set_row(0, 27)
    sheet.write_string(0, 0, "The learning rates compared", styles.title())
    sheet.write_string(
        1, 0, f"Change a yellow iteration to see {TOTAL_LOSS} there, at each learning rate.", styles.quiet()
    )
    chosen = chosen_iterations(layout.iterations)
    _write_rates(sheet, styles, layout, curves)
    for row, iteration in enumerate(chosen, FIRST_ROW):
        sheet.write_number(row, 0, iteration, styles.editable())
        for column, curve in enumerate(curves, 1):
            place = xl_rowcol_to_cell(row, 0, col_abs=True)
            formula = f"=INDEX({on_sheet(sheet_name(curve.rate), layout.span(TOTAL_LOSS))},{place}+1)"
            sheet.write_formula(row, column, formula, styles.number(Group.LOSS), curve.losses[iteration])
    _restrict_iterations(sheet, layout, len(chosen))
    _write_end(sheet, styles, layout, curves, FIRST_ROW + len(chosen))
    names = ["=" + on_sheet(COMPARE_SHEET, _rate_cell(k)) for k in range(len(curves))]
    chart = loss_chart(workbook, f"{TOTAL_LOSS} at each learning rate {LEARNING_RATE}", curves, layout, names)
    chart.set_legend({"position": "right"})
    chart.set_size({"width": 900, "height": 460})
    chart_row = FIRST_ROW + len(chosen) + 3
    sheet.insert_chart(chart_row, 0, chart, {
        "description": f"{TOTAL_LOSS} against the iteration, one curve for each learning rate",
    })  # fmt: skip
    set_up_page(sheet, chart_row + CHART_ROWS, max(len(curves), CHART_COLUMNS))


def chosen_iterations(iterations: int) -> list[int]:
    """Iterations worth a look before the last: 0, 1, 2, 5, 10, 20, 50, 100 and so on."""
    steps = [digit * 10**power for power in range(7) for digit in (1, 2, 5)]
    return [0, *(step for step in steps if step < iterations)]


def _write_rates(sheet: Worksheet, styles: Styles, layout: TableLayout, curves: Sequence[Curve]) -> None:
    sheet.write_string(RATE_ROW, 0, LEARNING_RATE, styles.name())
    sheet.write_string(RATE_ROW + 1, 0, ITERATION, styles.label(Group.COUNT))
    for column, curve in enumerate(curves, 1):
        name = sheet_name(curve.rate)
        sheet.write_formula(
            RATE_ROW,
            column,
            "=" + on_sheet(name, layout.settings[LEARNING_RATE]),
            styles.number(Group.DATA),
            curve.rate,
        )
        sheet.write_url(RATE_ROW + 1, column, f"internal:{on_sheet(name, 'A1')}", styles.label(Group.LOSS), name)


def _restrict_iterations(sheet: Worksheet, layout: TableLayout, count: int) -> None:
    sheet.data_validation(FIRST_ROW, 0, FIRST_ROW + count - 1, 0, {
        "validate": "integer", "criteria": "between", "minimum": 0, "maximum": layout.iterations,
        "error_title": "Iteration", "error_message": f"The tables hold the iterations 0 to {layout.iterations}.",
    })  # fmt: skip


def _write_end(sheet: Worksheet, styles: Styles, layout: TableLayout, curves: Sequence[Curve], row: int) -> None:
    sheet.write_string(row, 0, f"the end ({layout.iterations:,})", styles.name())
    for column, curve in enumerate(curves, 1):
        formula = "=" + on_sheet(sheet_name(curve.rate), layout.cell(TOTAL_LOSS, layout.last_row))
        sheet.write_formula(row, column, formula, styles.number(Group.LOSS), curve.losses[-1])


def _rate_cell(curve: int) -> str:
    """The cell with the learning rate of a curve, counted from 0."""
    return str(xl_rowcol_to_cell(RATE_ROW, curve + 1, row_abs=True, col_abs=True))
