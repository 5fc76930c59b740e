"""The sheet of a run: that of its log, with the exercise's asks, the model, its confusion matrix and its mistakes.

What the record does not say is left out, with a word on it.
"""

from pathlib import Path

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from sheetgen.insertion import insert_sheet
from torch_models.published import TARGET
from torch_models.record import Record
from torch_models.run_sheet.confusion import write_confusion
from torch_models.run_sheet.exercise import HEADING, few_epochs, few_parameters
from torch_models.run_sheet.mistakes import write_mistakes
from torch_models.run_sheet.model_summary import write_model
from torch_models.run_sheet.run_log import SHEET, run_log
from torch_models.run_sheet.words import choice, dataset_name, introduction, remarks
from training_log.sheet import Page, write_page
from training_log.sheet.canvas import Canvas
from training_log.sheet.epoch_table import EpochTable
from training_log.sheet.outcome import Outcome


def add_run(workbook: Path, record: Record, name: str = SHEET, target: float = TARGET) -> str:
    """Put the sheet of a run into a workbook, or in the place of the one that the run has there; the sheet's name.

    `target` is the accuracy to reach, between 0 and 1. Raises InsertionError and OSError.
    """

    def build(book: Workbook, sheet: Worksheet) -> None:
        write_run_sheet(book, sheet, record, target)

    return insert_sheet(workbook, build, name, record.header.run)


def write_run_sheet(workbook: Workbook, sheet: Worksheet, record: Record, target: float = TARGET) -> None:
    """Write a run's record into an empty sheet; `target` is the accuracy to reach, between 0 and 1."""
    write_page(workbook, sheet, run_page(record, target))


def run_page(record: Record, target: float | None) -> Page:
    """What the sheet of a run shows; without a target nothing is asked for."""
    header, predictions = record.header, record.predictions

    def model(canvas: Canvas, outcome: Outcome, table: EpochTable, row: int) -> int:
        return max(
            write_model(canvas, header, row),
            write_confusion(canvas, predictions, outcome, table, row),
        )  # fmt: skip

    return Page(
        log=run_log(record),
        target=target,
        title=f"A convolutional network learns {dataset_name(header)}",
        introduction=introduction(header),
        remark=choice(record),
        table_remark=" ".join(remarks(record)),
        asks_heading=HEADING,
        settings_heading="The run's settings",
        more_asks=(
            lambda _, __, row: few_parameters(header, row),
            lambda outcome, cells, _: few_epochs(outcome, cells),
        ),
        blocks={"Model": model, "Mistakes": lambda canvas, _, __, row: write_mistakes(canvas, predictions, row)},
    )
