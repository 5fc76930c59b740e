"""The sheet of a run: a view of its record, which can be written again at any time.

From top to bottom: what the exercise asks for with its answers, the charts, the table of the epochs, the model and its
confusion matrix, its worst mistakes, and the settings. What the record does not say is left out, with a word on it.
"""

from collections.abc import Iterator
from pathlib import Path

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from sheetgen.insertion import insert_sheet
from sheetgen.page import set_up_page
from sheetgen.style import Styles
from torch_models.published import TARGET
from torch_models.record import Header, Record
from torch_models.run_sheet.asks import ASKS_ROW, BEST_CELL, TARGET_CELL, Parameters, write_asks
from torch_models.run_sheet.canvas import FIRST_COLUMN, LAST_COLUMN, Canvas, Live, address
from torch_models.run_sheet.charts import insert_charts
from torch_models.run_sheet.confusion import write_confusion
from torch_models.run_sheet.epoch_table import EpochTable, write_epochs
from torch_models.run_sheet.mistakes import write_mistakes
from torch_models.run_sheet.model_summary import PARAMETERS_COLUMN, total_row, write_model
from torch_models.run_sheet.outcome import Outcome
from torch_models.run_sheet.paging import page_breaks
from torch_models.run_sheet.settings import write_settings
from torch_models.run_sheet.title import write_links, write_title

SHEET = "MNIST"
COLUMN_PIXELS, MARGIN_PIXELS, GAP_PIXELS = 64, 16, 12
CHART_COLUMN, CHART_OFFSET, CHART_ROWS, CHART_PIXELS = FIRST_COLUMN + 6, 24, 16, 431
TABLE_ROW = ASKS_ROW + CHART_ROWS + 1  # of its heading
NO_EPOCH = "The run stopped before the end of its first epoch, so there is none to show."


def add_run(workbook: Path, record: Record, name: str = SHEET, target: float = TARGET) -> str:
    """Put the sheet of a run into a workbook, or in the place of the one that the run has there; the sheet's name.

    `target` is the accuracy to reach, between 0 and 1. Raises InsertionError and OSError.
    """

    def write(book: Workbook, sheet: Worksheet) -> None:
        write_run_sheet(book, sheet, record, target)

    return insert_sheet(workbook, write, name, record.header.run)


def write_run_sheet(workbook: Workbook, sheet: Worksheet, record: Record, target: float = TARGET) -> None:
    """Write a run's record into an empty sheet; `target` is the accuracy to reach, between 0 and 1."""
    canvas = Canvas(workbook, sheet, Styles(workbook))
    sheet.set_column_pixels(0, 0, MARGIN_PIXELS)
    sheet.set_column_pixels(FIRST_COLUMN, LAST_COLUMN, COLUMN_PIXELS)
    for row in (ASKS_ROW - 1, TABLE_ROW - 1):
        canvas.set_height(row, GAP_PIXELS)
    outcome = Outcome(record, target)
    table = EpochTable(TABLE_ROW + 2, len(record.epochs))
    after_table = table.last_row + 2 if record.epochs else TABLE_ROW + 3

    write_title(canvas, record.header, outcome)
    write_asks(canvas, outcome, table, _parameters(record.header, after_table))
    _write_epochs(canvas, record, outcome, table)
    after_model = 1 + max(
        write_model(canvas, record.header, after_table),
        write_confusion(canvas, record.predictions, outcome, table, after_table),
    )
    after_mistakes = 1 + write_mistakes(canvas, record.predictions, after_model)
    end = write_settings(canvas, record.header, after_mistakes)

    blocks = {"Epochs": TABLE_ROW, "Model": after_table, "Mistakes": after_model, "Settings": after_mistakes}
    write_links(canvas, blocks)
    set_up_page(sheet, end - 1, LAST_COLUMN)
    sheet.set_h_pagebreaks(page_breaks(canvas, [0, after_table, after_model, after_mistakes], end))


def _parameters(header: Header, model_row: int) -> Parameters:
    """How many parameters the model has: the sum of its summary or, without one, what the record says."""
    if header.layers:
        total = address(total_row(model_row, header), PARAMETERS_COLUMN)
        count = sum(layer.parameters for layer in header.layers)
        return Parameters(Live(f"={total}", count), count)
    return Parameters(header.parameters, header.parameters)


def _write_epochs(canvas: Canvas, record: Record, outcome: Outcome, table: EpochTable) -> None:
    """Write the table and the charts on it; without an epoch, why there are none."""
    if not record.epochs:
        canvas.heading(TABLE_ROW, FIRST_COLUMN, "The epochs", NO_EPOCH)
        return
    canvas.heading(TABLE_ROW, FIRST_COLUMN, "The epochs", " ".join(_remarks(record, outcome)))
    write_epochs(canvas, record.header.run, outcome, table, TARGET_CELL, BEST_CELL)
    size = (CHART_PIXELS, CHART_ROWS * canvas.height(ASKS_ROW))
    insert_charts(canvas, outcome, table, (ASKS_ROW, CHART_COLUMN), CHART_OFFSET, size)


def _remarks(record: Record, outcome: Outcome) -> Iterator[str]:
    """What a reader has to know of the numbers in the table."""
    if outcome.published:
        yield "Published: the run that the exercise prints, after as many epochs."
    if any(epoch.train_loss is not None for epoch in record.epochs):
        yield "Train loss and accuracy are taken as the model learns, with its dropout and augmentation, if any."
