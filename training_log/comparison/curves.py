"""The charts of a comparison: of each common measure, the curves of all runs, live on their sheets."""

from collections.abc import Iterator

from xlsxwriter.chart import Chart

from sheetgen.charts import DASHES, LINES
from sheetgen.layout import on_sheet
from training_log.comparison.run_table import RunTable
from training_log.comparison.runs import Common
from training_log.sheet.canvas import Canvas
from training_log.sheet.charts import Curve, Pen, axis_of, chart_of
from training_log.sheet.page import Written

MARKERS = ("circle", "square", "diamond", "triangle", "x", "star")


def comparison_charts(canvas: Canvas, table: RunTable) -> Iterator[Chart]:
    """A chart for each measure."""
    compared = table.compared
    for common in compared.measures:
        names = ["=" + canvas.elsewhere(table.name_cell(k)) for k in range(len(compared.runs))]
        curves = [_curve(run, common, k, names[k]) for k, run in enumerate(compared.runs)]
        title = common.label[:1].upper() + common.label[1:]
        axes = {run.table.axis for run in compared.runs}
        yield chart_of(canvas.workbook, title, curves, " or ".join(sorted(axes)), axis_of(common.kind, curves))


def _curve(run: Written, common: Common, k: int, name: str) -> Curve:
    measure, sheet = common.of_run[k], run.canvas.sheet.get_name()
    pen = Pen(LINES[k % len(LINES)], DASHES[k // len(LINES) % len(DASHES)], MARKERS[k % len(MARKERS)])

    def there(place: str) -> str:
        return f"={on_sheet(sheet, place)}"

    return Curve(
        sheet, name, there(run.table.span(run.table.axis)), there(run.table.span(measure.label)),
        run.outcome.log.at, measure.numbers, pen,
    )  # fmt: skip
