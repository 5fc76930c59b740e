"""Write the workbook of a template: the numbers to start from, one tab a learning rate, and their comparison."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from opc.files import EPOCH, whole_file
from sheetgen.charts import Curve, curve_of
from sheetgen.check.layout import check_layout
from sheetgen.check.sheet import write_check_sheet
from sheetgen.check.summary import verdict
from sheetgen.check.values import CheckValues
from sheetgen.compare_sheet import write_compare_sheet
from sheetgen.data_sheet import write_data_sheet
from sheetgen.explore.layout import explore_layout
from sheetgen.explore.sheet import write_explore_sheet
from sheetgen.explore.steps_sheet import write_steps_sheet
from sheetgen.layout import TableLayout, table_layout
from sheetgen.mathematics.step_values import first_step
from sheetgen.mathematics.values import Row, training_rows
from sheetgen.picture import network_picture
from sheetgen.rows import CHUNK, Blocks, fill_tables
from sheetgen.start_sheet import write_start_sheet
from sheetgen.style import Styles
from sheetgen.training_sheet import write_training_sheet
from templates import Template

LARGEST = 1.797693134862315e308  # that 16 digits can say
SHEETS_BEFORE_TABS = 4  # Start, Explore, Steps, Check; and Data, where there are several samples


class QuickSheet(Worksheet):  # type: ignore[misc]  # XlsxWriter ships no types
    """A worksheet that writes formulas as they are.

    XlsxWriter looks through each of them for some hundred functions that Excel has only known since 2010, to mark these
    in the file. No formula here has one, as every application has to know its functions.
    """

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:  # noqa: ARG002
        return formula.removeprefix("=")


class QuickWorkbook(Workbook):  # type: ignore[misc]  # as above
    """A workbook of such worksheets."""

    worksheet_class = QuickSheet


def row_count(template: Template) -> int:
    """How many rows `generate` reports: those of all tabs, twice, first computed for the curves and then written."""
    return 2 * len(template.learning_rates) * (template.iterations + 1) * template.batch


def _silent(_: int) -> None:
    """Take no notice of progress."""


def generate(template: Template, output: str | Path, rows_done: Callable[[int], None] = _silent) -> None:
    """Write the template's workbook to `output`, in the place of what is there, whole or not at all.

    `rows_done` is told from time to time how many more rows are done, `row_count` in all. Raises `LimitError` where
    Excel could not hold the workbook, and OSError.
    """
    template = _as_written(template)
    layout = table_layout(template)
    blocks = Blocks(layout.first_row + 1, layout.iterations + 1, layout.batch)
    with whole_file(Path(output)) as file:
        # Every row is computed twice, for the curves and again as it is written, so that none has to be kept.
        curves = [
            curve_of(rate, _counted(_rows(template, layout, rate), rows_done), layout)
            for rate in template.learning_rates
        ]
        scaffold = _write_scaffold(template, layout, curves)
        before = SHEETS_BEFORE_TABS + (template.samples is not None)
        tables = {_part(before + k): _rows(template, layout, rate) for k, rate in enumerate(template.learning_rates)}
        fill_tables(scaffold, file, tables, blocks, rows_done)


def _as_written(template: Template) -> Template:
    """The template with its numbers as XlsxWriter writes them, with 16 digits: what the workbook then starts from."""
    start = {label: _rounded(value) for label, value in template.start.items()}
    samples, rates = template.samples, tuple(map(_rounded, template.learning_rates))
    if samples is not None:
        samples = replace(samples, rows=tuple(tuple(map(_rounded, row)) for row in samples.rows))
    training = template.training.changed(_rounded)
    return replace(template, start=start, learning_rates=rates, training=training, samples=samples)


def _rounded(value: float) -> float:
    rounded = float(f"{value:.16G}")
    return rounded if math.isfinite(rounded) else math.copysign(LARGEST, value)


def _counted(rows: Iterator[Row], rows_done: Callable[[int], None]) -> Iterator[Row]:
    """The same rows; `rows_done` is told from time to time how many more have gone by."""
    count = 0
    for count, row in enumerate(rows, 1):
        if count % CHUNK == 0:
            rows_done(CHUNK)
        yield row
    rows_done(count % CHUNK)


def _write_scaffold(template: Template, layout: TableLayout, curves: Sequence[Curve]) -> BytesIO:
    """The whole workbook but for the rows of its tables, of which it has the first two of each."""
    file = BytesIO()
    workbook = QuickWorkbook(file, {"in_memory": True})
    created = datetime(*EPOCH, tzinfo=UTC)  # not now: equal input gives an equal file
    workbook.set_properties({"title": template.title, "comments": template.description, "created": created})
    write_sheets(workbook, template, layout, curves)
    workbook.close()
    file.seek(0)
    return file


def write_sheets(workbook: Workbook, template: Template, layout: TableLayout, curves: Sequence[Curve]) -> Styles:
    """Add all sheets in their order, those of the learning rates with the first two rows of their tables.

    Returns the formats that they share.
    """
    picture, styles = network_picture(template.network), Styles(workbook)
    explore, step = explore_layout(template, layout), first_step(template)
    values = CheckValues(template, layout, check_layout(template.apart, layout), step)
    checks = verdict(values, curves, explore).value
    write_start_sheet(workbook, styles, template, layout, curves, checks, picture)
    if template.samples is not None:
        write_data_sheet(workbook, styles, template.network, template.samples)
    write_explore_sheet(workbook, styles, explore, step)
    write_steps_sheet(workbook, styles, template.one_of_step, explore, step)
    write_check_sheet(workbook, styles, values, curves, explore)
    for curve in curves:
        write_training_sheet(workbook, styles, template, layout, curve, picture)
    write_compare_sheet(workbook, styles, layout, curves)
    return styles


def _rows(template: Template, layout: TableLayout, rate: float) -> Iterator[Row]:
    return training_rows(layout.columns, template.settings(rate), template.iterations, template.samples)


def _part(sheet: int) -> str:
    """The part of a sheet, counted from 0."""
    return f"xl/worksheets/sheet{sheet + 1}.xml"
