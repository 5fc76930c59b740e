"""The sheet of the samples: each with its number, its inputs and its targets, as every tab reads them."""

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from sheetgen.layout import DATA_SHEET, SAMPLES_ROW
from sheetgen.mathematics.training_step import SAMPLE, Group
from sheetgen.page import set_up_page, write_heading
from sheetgen.style import Styles
from templates import Network, Samples

_WIDTH = 10  # of a column, in characters
_HEADING_COLUMNS = 13  # that the line below the title runs over
_EPOCH = {
    True: "Each step takes all of them.",
    False: "Each step takes the next {batch} of them, as the column {label} of its tab says.",
}


def write_data_sheet(workbook: Workbook, styles: Styles, network: Network, samples: Samples) -> None:
    """Add the sheet to the workbook."""
    sheet = workbook.add_worksheet(DATA_SHEET)
    labels = (SAMPLE, *network.inputs, *network.targets)
    sheet.set_column(0, len(labels) - 1, _WIDTH, styles.text())
    whole = samples.batch == len(samples.rows)
    said = _EPOCH[whole].format(batch=samples.batch, label=SAMPLE)
    write_heading(sheet, styles, "The samples", f"{said} Change a yellow cell and every tab follows.")
    for column, label in enumerate(labels):
        sheet.write_string(SAMPLES_ROW - 1, column, label, styles.label(Group.DATA if column else Group.COUNT))
    for k, numbers in enumerate(samples.rows):
        _write_sample(sheet, styles, SAMPLES_ROW + k, k + 1, numbers)
    last = SAMPLES_ROW + len(samples.rows) - 1
    sheet.data_validation(SAMPLES_ROW, 1, last, len(labels) - 1, {
        "validate": "decimal", "criteria": "between", "minimum": -1e9, "maximum": 1e9,
        "error_title": "A number", "error_message": "Each of these cells holds a number.",
    })  # fmt: skip
    sheet.freeze_panes(SAMPLES_ROW, 1)
    set_up_page(sheet, last, max(len(labels) - 1, _HEADING_COLUMNS))


def _write_sample(sheet: Worksheet, styles: Styles, row: int, number: int, values: tuple[float, ...]) -> None:
    sheet.write_number(row, 0, number, styles.number(Group.COUNT))
    for column, value in enumerate(values, 1):
        sheet.write_number(row, column, value, styles.editable())
