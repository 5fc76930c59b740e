"""The workbook of a template as one writes it with plain XlsxWriter calls: `write_formula` for each cell.

The same cells, formulas, cached values, formats, charts and sheets as `backprop generate` writes; all that is not a row
of a training table comes from the same code. Each column's formula is worked out once and filled in for each row by
`str.format`, and the values of each row are computed once, so that little but XlsxWriter's own work is measured.

    python -m benchmarks.plain_writer OUTPUT ITERATIONS TEMPLATE
"""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from sheetgen.charts import curve_of
from sheetgen.generation import write_sheets
from sheetgen.layout import Rows, TableLayout, sheet_name, table_layout
from sheetgen.mathematics.expression import Number, Typed
from sheetgen.mathematics.values import Row, training_rows
from sheetgen.style import Styles
from templates import Template, load_template


def write_plainly(template: Template, output: Path) -> None:
    """Write the template's workbook cell by cell."""
    layout = table_layout(template)
    tables = [
        list(training_rows(layout.columns, template.settings(rate), template.iterations, template.samples))
        for rate in template.learning_rates
    ]
    curves = [curve_of(rate, rows, layout) for rate, rows in zip(template.learning_rates, tables, strict=True)]
    workbook = Workbook(output)
    workbook.set_properties({"title": template.title, "comments": template.description})
    workbook.set_calc_mode("auto")
    styles = write_sheets(workbook, template, layout, curves)
    for curve, rows in zip(curves, tables, strict=True):
        _write_rows(workbook.get_worksheet_by_name(sheet_name(curve.rate)), styles, layout, rows)
    workbook.close()


def _write_rows(sheet: Worksheet, styles: Styles, layout: TableLayout, rows: Sequence[Row]) -> None:
    """Write all cells of a training table, its first rows over the patterns that stand there."""
    formats = [styles.number(column.group) for column in layout.columns]
    names, batch = Rows("{row}", "{first}", "{last}", "{before}"), layout.batch
    start = [layout.formula(column.first, names) for column in layout.columns]
    then = [layout.formula(column.then, names) for column in layout.columns]
    for k, values in enumerate(rows):
        row, first = layout.first_row + k, layout.first_row + k // batch * batch + 1
        numbers = {"row": row + 1, "first": first, "last": first + batch - 1, "before": first - batch}
        formulas = start if k < batch else then
        for place, value in enumerate(values):
            column = layout.columns[place]
            if value is None:
                continue
            if isinstance(column.first if k < batch else column.then, Number | Typed):
                sheet.write_number(row, place, value, formats[place])
            else:
                sheet.write_formula(row, place, formulas[place].format(**numbers), formats[place], value)


if __name__ == "__main__":
    write_plainly(replace(load_template(sys.argv[3]), iterations=int(sys.argv[2])), Path(sys.argv[1]))
