"""Write the workbook of a template: the numbers to start from, one tab a learning rate, and their comparison."""

from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from pathlib import Path

from xlsxwriter.workbook import Workbook

from sheetgen.charts import Curve
from sheetgen.compare_sheet import write_compare_sheet
from sheetgen.equations import backward_lines, forward_lines
from sheetgen.files import whole_file
from sheetgen.layout import TableLayout, table_layout
from sheetgen.picture import network_picture
from sheetgen.rows import fill_tables
from sheetgen.start_sheet import write_start_sheet
from sheetgen.style import Styles
from sheetgen.training_sheet import write_training_sheet
from sheetgen.training_step import table_columns
from sheetgen.values import Value, training_rows
from templates import LEARNING_RATE, TOTAL_LOSS, Template


def row_count(template: Template) -> int:
    """How many table rows the workbook of a template has, over all its tabs."""
    return len(template.learning_rates) * (template.iterations + 1)


def _silent(_: int) -> None:
    """Take no notice of progress."""


def generate(template: Template, output: Path, rows_written: Callable[[int], None] = _silent) -> None:
    """Write the template's workbook to `output`, in the place of what is there, whole or not at all.

    `rows_written` is told from time to time how many more table rows are done. Raises `LimitError` where Excel could
    not hold the workbook, and OSError.
    """
    columns = table_columns(template.network, template.deltas)
    lines = max(len(forward_lines(columns)), len(backward_lines(columns, template.network)))
    layout = table_layout(template, lines)
    with whole_file(output) as file:
        scaffold = _write_scaffold(template, layout)
        # Every row is computed twice, for the curves and again as it is written, so that none has to be kept.
        tables = {_part(k): _rows(template, layout, rate) for k, rate in enumerate(template.learning_rates)}
        fill_tables(scaffold, file, tables, range(layout.first_row + 1, layout.last_row + 2), rows_written)


def _write_scaffold(template: Template, layout: TableLayout) -> BytesIO:
    """The whole workbook but for the rows of its tables, of which it has the first two of each."""
    total_loss = layout.places[TOTAL_LOSS]
    curves = [
        Curve(rate, [row[total_loss] for row in _rows(template, layout, rate)]) for rate in template.learning_rates
    ]
    picture = network_picture(template.network)
    file = BytesIO()
    workbook = Workbook(file, {"in_memory": True})
    workbook.set_properties({"title": template.title, "comments": template.description})
    workbook.set_calc_mode("auto")
    styles = Styles(workbook)
    write_start_sheet(workbook, styles, template, layout, curves, picture)
    for curve in curves:
        write_training_sheet(workbook, styles, template, layout, curve, picture)
    write_compare_sheet(workbook, styles, layout, curves)
    workbook.close()
    file.seek(0)
    return file


def _rows(template: Template, layout: TableLayout, rate: float) -> Iterator[Sequence[Value]]:
    return training_rows(layout.columns, {**template.start, LEARNING_RATE: rate}, template.iterations)


def _part(tab: int) -> str:
    """The part of a learning rate's tab, counted from 0: the start sheet is the first, and the tabs follow it."""
    return f"xl/worksheets/sheet{tab + 2}.xml"
