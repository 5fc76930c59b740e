"""The sheet that compares runs: a row each, their curves on common charts, and median and spread over seeds.

Every number is a formula over the sheets of the runs, which stand in the same workbook. Runs whose settings are the
same but for the seed stand together, and are summed up.
"""

from collections.abc import Mapping, Sequence

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from sheetgen.page import ROW_PIXELS, set_up_page
from sheetgen.style import Styles
from training_log.comparison.curves import comparison_charts
from training_log.comparison.run_table import RunTable, write_runs
from training_log.comparison.runs import Compared, compared_runs
from training_log.comparison.spread import write_spread
from training_log.sheet.canvas import FIRST_COLUMN, LAST_COLUMN, Canvas
from training_log.sheet.page import COLUMN_PIXELS, MARGIN_PIXELS, TITLE_PIXELS, Written
from training_log.sheet.paging import page_breaks

TABLE_ROW = 4  # of its heading
CHART_ROWS, CHART_PIXELS = 20, 630
NOTHING_COMMON = "The runs have no loss and no accuracy in common, so only their settings are compared."


def write_comparison(workbook: Workbook, sheet: Worksheet, written: Sequence[Written], styles: Styles) -> None:
    """Write the comparison of runs, whose sheets are in the workbook already, into an empty sheet."""
    canvas = Canvas(workbook, sheet, styles)
    compared = compared_runs(written)
    table = RunTable(TABLE_ROW + 2, compared)
    last_column = max(LAST_COLUMN, FIRST_COLUMN + len(table.columns) + table.name_columns)
    sheet.set_column_pixels(0, 0, MARGIN_PIXELS)
    sheet.set_column_pixels(FIRST_COLUMN, last_column, COLUMN_PIXELS)
    _write_top(canvas, compared)
    write_runs(canvas, table)
    row = write_spread(canvas, table, table.last_row + 2)
    for k, chart in enumerate(comparison_charts(canvas, table)):
        chart.set_size({"width": CHART_PIXELS, "height": CHART_ROWS * ROW_PIXELS})
        sheet.insert_chart(row + 1 + k // 2 * (CHART_ROWS + 1), FIRST_COLUMN, chart, {
            "x_offset": k % 2 * (CHART_PIXELS + 10), "object_position": 2,
            "description": f"{compared.measures[k].label} of {len(written)} runs",
        })  # fmt: skip
    bands = range(row + 1, row + 1 + -(-len(compared.measures) // 2) * (CHART_ROWS + 1), CHART_ROWS + 1)
    end = row + 1 + len(bands) * (CHART_ROWS + 1)
    set_up_page(sheet, end, last_column)
    sheet.set_h_pagebreaks(page_breaks(canvas, [0, *bands], end))


def _write_top(canvas: Canvas, compared: Compared) -> None:
    canvas.set_height(0, TITLE_PIXELS)
    canvas.write(0, FIRST_COLUMN, f"{len(compared.runs)} runs compared", canvas.styles.title())
    said = "Every number is a formula over the sheets of the runs. A name leads to its sheet."
    canvas.write(1, FIRST_COLUMN, said if compared.measures else NOTHING_COMMON, canvas.styles.text())
    canvas.write(2, FIRST_COLUMN, _differences(compared), canvas.styles.quiet())


def _differences(compared: Compared) -> str:
    if compared.differing:
        return f"Their settings differ in {', '.join(compared.differing)}."
    settings: Mapping[str, str] = {name: "" for run in compared.runs for name in run.settings}
    return "Their settings are the same." if settings else "Their logs contain no settings."
