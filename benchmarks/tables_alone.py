"""The default workbook without its teaching sheets: the numbers that every tab starts from, and the tabs.

The tabs are those of `backprop generate`, written by the same code; Start holds the numbers alone, and there is no
Explore, Steps, Check or Compare.

    python -m benchmarks.tables_alone OUTPUT ITERATIONS
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import backprop.cli  # noqa: F401  what the command imports at its start is not the sheets' cost
from sheetgen.charts import Curve, curve_of
from sheetgen.generation import QuickWorkbook
from sheetgen.layout import START_ROW, START_SHEET, START_VALUE_COLUMN, TableLayout, start_labels, table_layout
from sheetgen.mathematics.values import Row, training_rows
from sheetgen.picture import network_picture
from sheetgen.rows import Blocks, fill_tables
from sheetgen.style import Styles
from sheetgen.training_sheet import write_training_sheet
from templates import Template, load_template


def write_tables_alone(template: Template, output: Path) -> None:
    """Write the workbook as `generate` does, each row computed twice."""
    layout = table_layout(template)

    def rows(rate: float) -> Iterator[Row]:
        return training_rows(layout.columns, template.settings(rate), template.iterations, template.samples)

    curves = [curve_of(rate, rows(rate), layout) for rate in template.learning_rates]
    tables = {f"xl/worksheets/sheet{k}.xml": rows(curve.rate) for k, curve in enumerate(curves, 2)}
    with output.open("wb") as file:
        scaffold = _scaffold(template, layout, curves)
        blocks = Blocks(layout.first_row + 1, layout.iterations + 1, layout.batch)
        fill_tables(scaffold, file, tables, blocks, lambda _: None)


def _scaffold(template: Template, layout: TableLayout, curves: Sequence[Curve]) -> BytesIO:
    file, picture = BytesIO(), network_picture(template.network)
    workbook = QuickWorkbook(file, {"in_memory": True})
    styles = Styles(workbook)
    start = workbook.add_worksheet(START_SHEET)
    for k, label in enumerate(start_labels(template)):
        start.write_number(START_ROW + k, START_VALUE_COLUMN, template.start[label])
    for curve in curves:
        write_training_sheet(workbook, styles, template, layout, curve, picture)
    workbook.close()
    file.seek(0)
    return file


if __name__ == "__main__":
    write_tables_alone(replace(load_template("backprop"), iterations=int(sys.argv[2])), Path(sys.argv[1]))
