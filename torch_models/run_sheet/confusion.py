"""The confusion matrix: which digits the model of an epoch takes for which, with what follows from it as formulas."""

from collections.abc import Sequence

from xlsxwriter.utility import xl_rowcol_to_cell

from sheetgen.mathematics.training_step import Group
from sheetgen.style import COLOURS
from torch_models.record import Predictions
from training_log.sheet.canvas import (
    MIDDLE_COLUMN,
    NO,
    NONE,
    RUN,
    UNKNOWN,
    YES,
    Canvas,
    Content,
    Live,
    address,
    span,
)
from training_log.sheet.epoch_table import EpochTable
from training_log.sheet.outcome import Outcome

DIGITS = 10
LABEL_COLUMN, FIRST_DIGIT_COLUMN = MIDDLE_COLUMN, MIDDLE_COLUMN + 1
SUM_COLUMN, RECALL_COLUMN = FIRST_DIGIT_COLUMN + DIGITS, FIRST_DIGIT_COLUMN + DIGITS + 1
BODY_ROWS = 4  # the row of the digit 0, below the heading's
NOT_TOLD = "The record does not say what the model takes each test image for."
RIGHT, WRONG = COLOURS[Group.PARAMETERS], "#F2A97E"


def write_confusion(
    canvas: Canvas, predictions: Predictions | None, outcome: Outcome, table: EpochTable, row: int
) -> int:
    """Write the matrix from a row on; the row after its last."""
    if predictions is None:
        canvas.heading(row, MIDDLE_COLUMN, "Confusion matrix", NOT_TOLD)
        return row + 2
    canvas.heading(
        row, MIDDLE_COLUMN, f"Confusion matrix of the model of epoch {predictions.epoch}",
        "Of the test images with the label on the left, how many are taken for what stands above. "
        "The darker the orange, the more mistakes.",
    )  # fmt: skip
    first = row + BODY_ROWS
    _write_labels(canvas, row + 2)
    _write_counts(canvas, predictions.confusion, first)
    _write_sums(canvas, predictions.confusion, first)
    _shade(canvas, first)
    # Excel would mark every sum, as there are numbers beside those that it sums up: the labels.
    canvas.sheet.ignore_errors(
        {"formula_range": span(first, LABEL_COLUMN, first + DIGITS, SUM_COLUMN).replace("$", "")}
    )
    return _write_check(canvas, predictions, outcome, table, first + DIGITS + 2)


def _write_labels(canvas: Canvas, row: int) -> None:
    form = canvas.styles.list_label(RUN, "center")
    canvas.sheet.merge_range(row, FIRST_DIGIT_COLUMN, row, SUM_COLUMN - 1, "taken for", form)
    canvas.sheet.merge_range(row, LABEL_COLUMN, row + 1, LABEL_COLUMN, "label", form)
    canvas.sheet.merge_range(row, SUM_COLUMN, row + 1, SUM_COLUMN, "images", form)
    canvas.sheet.merge_range(row, RECALL_COLUMN, row + 1, RECALL_COLUMN, "recall", form)
    for digit in range(DIGITS):
        canvas.write(row + 1, FIRST_DIGIT_COLUMN + digit, digit, form)
        canvas.write(row + 2 + digit, LABEL_COLUMN, digit, form)


def _write_counts(canvas: Canvas, confusion: Sequence[Sequence[int]], first: int) -> None:
    """Write the counts; a zero is a dot, so that the mistakes stand out."""
    form = canvas.styles.result('#,##0;;"·"', "center")
    for label, counts in enumerate(confusion):
        for digit, count in enumerate(counts):
            canvas.write(first + label, FIRST_DIGIT_COLUMN + digit, count, form)


def _write_sums(canvas: Canvas, confusion: Sequence[Sequence[int]], first: int) -> None:
    """Write how many images there are of each label and prediction, and the parts of them that are right."""
    styles, last = canvas.styles, first + DIGITS - 1
    canvas.write(last + 1, LABEL_COLUMN, "images", styles.total(align="center"))
    canvas.write(last + 2, LABEL_COLUMN, "precision", styles.result(align="center"))
    for digit in range(DIGITS):
        row, column = first + digit, FIRST_DIGIT_COLUMN + digit
        right, labelled = confusion[digit][digit], sum(confusion[digit])
        taken = sum(counts[digit] for counts in confusion)
        across = f"=SUM({span(row, FIRST_DIGIT_COLUMN, row, SUM_COLUMN - 1)})"
        down = f"=SUM({span(first, column, last, column)})"
        canvas.write(row, SUM_COLUMN, Live(across, labelled), styles.result("#,##0"))
        canvas.write(last + 1, column, Live(down, taken), styles.total("#,##0", "center"))
        diagonal = _cell(row, column)
        recall = _part(diagonal, _cell(row, SUM_COLUMN), right, labelled)
        canvas.write(row, RECALL_COLUMN, recall, styles.result("0.0%"))
        precision = _part(diagonal, _cell(last + 1, column), right, taken)
        canvas.write(last + 2, column, precision, styles.result("0.0%", "center"))
    everything = f"=SUM({span(first, SUM_COLUMN, last, SUM_COLUMN)})"
    canvas.write(last + 1, SUM_COLUMN, Live(everything, sum(map(sum, confusion))), styles.total("#,##0"))
    canvas.write(last + 1, RECALL_COLUMN, None, styles.total())


def _part(part: str, whole: str, right: int, images: int) -> Live:
    return Live(f'=IF({whole}=0,"{NONE}",{part}/{whole})', right / images if images else NONE)


def _cell(row: int, column: int) -> str:
    return str(xl_rowcol_to_cell(row, column))


def _shade(canvas: Canvas, first: int) -> None:
    """Shade what is right and what is wrong apart: beside the diagonal's hundreds the mistakes would all be white."""
    places = [(first + label, FIRST_DIGIT_COLUMN + digit) for label in range(DIGITS) for digit in range(DIGITS)]
    diagonal = [(row, column) for row, column in places if row - first == column - FIRST_DIGIT_COLUMN]
    shades = (
        (diagonal, {"min_color": RIGHT.body, "max_color": RIGHT.label}),
        ([place for place in places if place not in diagonal],
         {"min_color": "#FFFFFF", "max_color": WRONG, "min_type": "num", "min_value": 0}),
    )  # fmt: skip
    for cells, colours in shades:
        canvas.sheet.conditional_format(*cells[0], *cells[0], {
            "type": "2_color_scale", **colours, "multi_range": " ".join(_cell(*place) for place in cells),
        })  # fmt: skip


def _write_check(canvas: Canvas, predictions: Predictions, outcome: Outcome, table: EpochTable, row: int) -> int:
    """Write whether the diagonal sums up to what the table of the epochs says of the same epoch."""
    first = row - DIGITS - 2
    cells = "+".join(_cell(first + digit, FIRST_DIGIT_COLUMN + digit) for digit in range(DIGITS))
    diagonal = sum(predictions.confusion[digit][digit] for digit in range(DIGITS))
    log = outcome.log
    counted = dict(zip(log.at, log.columns.get("correct", ()), strict=False)).get(predictions.epoch)
    at_epoch, at_sum, at_counted = (address(row + k, SUM_COLUMN) for k in (1, 2, 3))
    looked_up: Content = UNKNOWN
    if log.at:
        lookup = f"INDEX({table.span('correct')},MATCH({at_epoch},{table.span('epoch')},0))"
        looked_up = Live(f'=IFERROR({lookup},"{UNKNOWN}")', UNKNOWN if counted is None else counted)
    lines: tuple[tuple[str, Content], ...] = (
        ("the model's epoch", predictions.epoch),
        ("on the diagonal", Live(f"={cells}", diagonal)),
        ("correct in the table of the epochs", looked_up),
        ("the same?", Live(f'=IF({at_sum}={at_counted},"{YES}","{NO}")', YES if diagonal == counted else NO)),
    )
    for k, (text, content) in enumerate(lines, 1):
        canvas.write(row + k, FIRST_DIGIT_COLUMN, text, canvas.styles.text())
        last = k == len(lines)
        canvas.write(row + k, SUM_COLUMN, content, canvas.styles.answer() if last else canvas.styles.result("#,##0"))
    canvas.colour_answers(row + len(lines), SUM_COLUMN, row + len(lines), SUM_COLUMN)
    return row + len(lines) + 1
