"""The model's summary: layer by layer what comes out of it for one image, and how much it learns."""

from torch_models.record import Header
from training_log.sheet.canvas import FIRST_COLUMN, NO, RUN, YES, Canvas, Live, address, span

SHAPE_COLUMN, PARAMETERS_COLUMN = FIRST_COLUMN + 3, FIRST_COLUMN + 5
BODY_ROWS = 3  # the first layer's row, below the heading's
NOT_TOLD = "The record does not say which layers the model has."


def total_row(row: int, header: Header) -> int:
    """The row of the sum of the parameters, for the row of the heading."""
    return row + BODY_ROWS + len(header.layers)


def write_model(canvas: Canvas, header: Header, row: int) -> int:
    """Write the summary from a row on; the row after its last."""
    if not header.layers:
        canvas.heading(row, FIRST_COLUMN, "The model", NOT_TOLD)
        return row + 2
    name = f"The model “{header.model}”" if header.model else "The model"
    canvas.heading(row, FIRST_COLUMN, name, "Shapes are channels × height × width, for one image.")
    styles, label_row, total = canvas.styles, row + BODY_ROWS - 1, total_row(row, header)
    labels = {FIRST_COLUMN: "layer", SHAPE_COLUMN: "output shape", PARAMETERS_COLUMN: "parameters"}
    for column in range(FIRST_COLUMN, PARAMETERS_COLUMN + 1):
        align = "right" if column == PARAMETERS_COLUMN else "left"
        canvas.write(label_row, column, labels.get(column), styles.list_label(RUN, align))
    for k, layer in enumerate(header.layers, label_row + 1):
        canvas.write(k, FIRST_COLUMN, layer.name, styles.text())
        canvas.write(k, SHAPE_COLUMN, " × ".join(map(str, layer.output_shape)), styles.text())
        canvas.write(k, PARAMETERS_COLUMN, layer.parameters or None, styles.result("#,##0"))
    for column in range(FIRST_COLUMN, PARAMETERS_COLUMN):
        canvas.write(total, column, None, styles.total())
    canvas.write(total, FIRST_COLUMN, "all layers", styles.total(align="left"))
    summed = f"=SUM({span(label_row + 1, PARAMETERS_COLUMN, total - 1, PARAMETERS_COLUMN)})"
    canvas.write(total, PARAMETERS_COLUMN, Live(summed, _sum(header)), styles.total("#,##0"))
    return _write_comparison(canvas, header, total)


def _sum(header: Header) -> int:
    return sum(layer.parameters for layer in header.layers)


def _write_comparison(canvas: Canvas, header: Header, total: int) -> int:
    """Write whether the sum is what the run counted."""
    if header.parameters is None:
        return total + 1
    row, styles = total + 1, canvas.styles
    canvas.write(row, FIRST_COLUMN, "as the run counted them", styles.text())
    canvas.write(row, PARAMETERS_COLUMN, header.parameters, styles.result("#,##0"))
    formula = f'=IF({address(total, PARAMETERS_COLUMN)}={address(row, PARAMETERS_COLUMN)},"{YES}","{NO}")'
    answer = YES if _sum(header) == header.parameters else NO
    canvas.write(row + 1, FIRST_COLUMN, "the same?", styles.text())
    canvas.write(row + 1, PARAMETERS_COLUMN, Live(formula, answer), styles.answer())
    canvas.colour_answers(row + 1, PARAMETERS_COLUMN, row + 1, PARAMETERS_COLUMN)
    return row + 2
