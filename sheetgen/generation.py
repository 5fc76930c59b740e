"""Write the workbook of a template: the numbers to start from, one tab a learning rate, and their comparison."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from xlsxwriter.workbook import Workbook

from opc.files import EPOCH, whole_file
from sheetgen.charts import Curve
from sheetgen.compare_sheet import write_compare_sheet
from sheetgen.layout import TableLayout, table_layout
from sheetgen.picture import network_picture
from sheetgen.rows import CHUNK, fill_tables
from sheetgen.start_sheet import write_start_sheet
from sheetgen.style import Styles
from sheetgen.training_sheet import write_training_sheet
from sheetgen.values import Value, training_rows
from templates import LEARNING_RATE, TOTAL_LOSS, Template


def row_count(template: Template) -> int:
    """How many rows `generate` reports: those of all tabs, twice, first computed for the curves and then written."""
    return 2 * len(template.learning_rates) * (template.iterations + 1)


def _silent(_: int) -> None:
    """Take no notice of progress."""


def generate(template: Template, output: str | Path, rows_done: Callable[[int], None] = _silent) -> None:
    """Write the template's workbook to `output`, in the place of what is there, whole or not at all.

    `rows_done` is told from time to time how many more rows are done, `row_count` in all. Raises `LimitError` where
    Excel could not hold the workbook, and OSError.
    """
    template = _as_written(template)
    layout = table_layout(template)
    rows = range(layout.first_row + 1, layout.last_row + 2)
    with whole_file(Path(output)) as file:
        # Every row is computed twice, for the curves and again as it is written, so that none has to be kept.
        curves = [Curve(rate, _losses(template, layout, rate, rows_done)) for rate in template.learning_rates]
        scaffold = _write_scaffold(template, layout, curves)
        tables = {_part(k): _rows(template, layout, rate) for k, rate in enumerate(template.learning_rates)}
        fill_tables(scaffold, file, tables, rows, rows_done)


def _as_written(template: Template) -> Template:
    """The template with its numbers as XlsxWriter writes them, with 16 digits: what the workbook then starts from."""
    start = {label: _rounded(value) for label, value in template.start.items()}
    return replace(template, start=start, learning_rates=tuple(map(_rounded, template.learning_rates)))


def _rounded(value: float) -> float:
    return float(f"{value:.16G}")


def _losses(template: Template, layout: TableLayout, rate: float, rows_done: Callable[[int], None]) -> list[Value]:
    """E_total in each row of a tab."""
    place, losses = layout.places[TOTAL_LOSS], list[Value]()
    for row in _rows(template, layout, rate):
        losses.append(row[place])
        if len(losses) % CHUNK == 0:
            rows_done(CHUNK)
    rows_done(len(losses) % CHUNK)
    return losses


def _write_scaffold(template: Template, layout: TableLayout, curves: Sequence[Curve]) -> BytesIO:
    """The whole workbook but for the rows of its tables, of which it has the first two of each."""
    picture = network_picture(template.network)
    file = BytesIO()
    workbook = Workbook(file, {"in_memory": True})
    created = datetime(*EPOCH, tzinfo=UTC)  # not now: equal input gives an equal file
    workbook.set_properties({"title": template.title, "comments": template.description, "created": created})
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
