"""The worst mistakes, drawn: the test images that the model is surest about, and wrong."""

from io import BytesIO

from PIL import Image, ImageOps

from torch_models.record import Mistake, Predictions
from training_log.sheet.canvas import FIRST_COLUMN, Canvas

SIDE = 28  # pixels of an image
ENLARGED = 8  # pixels drawn for each, so that they stay squares wherever the picture is shown
SHOWN = 3.5  # pixels on the screen for each
PICTURE_PIXELS = 110  # of a row of pictures
COLUMNS_EACH, ROWS_EACH = 2, 3
IN_A_ROW = 10
MOST = 20
NOT_TOLD = "The record does not have the images that the model is wrong about."


def write_mistakes(canvas: Canvas, predictions: Predictions | None, row: int) -> int:
    """Write the pictures and what is said of them from a row on; the row after the last."""
    if predictions is None or not predictions.mistakes:
        none = predictions is not None and not any(
            count for label, counts in enumerate(predictions.confusion) for k, count in enumerate(counts) if k != label
        )
        canvas.heading(row, FIRST_COLUMN, "The worst mistakes", "The model makes none." if none else NOT_TOLD)
        return row + 2
    canvas.heading(
        row, FIRST_COLUMN, f"The worst mistakes of the model of epoch {predictions.epoch}",
        "The test images about which the model is surest, and wrong: the label, what it takes them for, how "
        "probable it thinks that, and the image's place in the test set.",
    )  # fmt: skip
    mistakes = predictions.mistakes[:MOST]
    rows = range(row + 2, row + 2 + ROWS_EACH * -(-len(mistakes) // IN_A_ROW), ROWS_EACH)
    for k, mistake in enumerate(mistakes):
        _write_mistake(canvas, mistake, rows[k // IN_A_ROW], FIRST_COLUMN + COLUMNS_EACH * (k % IN_A_ROW))
    for picture_row in rows:
        canvas.set_height(picture_row, PICTURE_PIXELS)
    return rows[-1] + ROWS_EACH


def _write_mistake(canvas: Canvas, mistake: Mistake, row: int, column: int) -> None:
    said = f"label {mistake.label}, taken for {mistake.predicted}"
    canvas.sheet.insert_image(row, column, f"test image {mistake.index}.png", {
        "image_data": BytesIO(picture(mistake)), "x_scale": SHOWN / ENLARGED, "y_scale": SHOWN / ENLARGED,
        "x_offset": 2, "y_offset": 6, "object_position": 2, "description": f"Test image {mistake.index}: {said}",
    })  # fmt: skip
    canvas.write(row + 1, column, said, canvas.styles.caption())
    canvas.write(row + 2, column, f"{100 * mistake.probability:.1f} %, image {mistake.index}", canvas.styles.small())


def picture(mistake: Mistake) -> bytes:
    """The image as a PNG, every pixel a square: dark ink on light ground, as it prints best."""
    image = ImageOps.invert(Image.frombytes("L", (SIDE, SIDE), mistake.pixels))
    framed = ImageOps.expand(image.resize((SIDE * ENLARGED, SIDE * ENLARGED), Image.Resampling.NEAREST), 2, 200)
    file = BytesIO()
    framed.save(file, "PNG", optimize=True)
    return file.getvalue()
