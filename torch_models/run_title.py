"""The top of a run's sheet: what it is, by what its best epoch is chosen, and the way to its blocks."""

from collections.abc import Mapping
from datetime import datetime

from torch_models.canvas import FIRST_COLUMN, Canvas, address
from torch_models.record import Header, Record

LINKS_ROW = 3


def write_title(canvas: Canvas, record: Record) -> None:
    """Write the first rows."""
    canvas.set_height(0, 34)
    canvas.write(0, FIRST_COLUMN, "A convolutional network learns to read digits", canvas.styles.title())
    canvas.write(1, FIRST_COLUMN, introduction(record.header), canvas.styles.text())
    canvas.write(2, FIRST_COLUMN, choice(record), canvas.styles.quiet())


def introduction(header: Header) -> str:
    """One sentence on what was trained, on what, and when, as far as the record says."""
    model = f"The network “{header.model}”" if header.model else "A network"
    size = f" ({header.parameters:,} parameters)" if header.parameters is not None else ""
    training, test = header.images.get("train"), header.images.get("test")
    data = f" on {header.dataset}" if header.dataset else " on MNIST"
    images = f": {training:,} images to learn from, {test:,} to be tested on" if training and test else ""
    return f"{model}{size}, trained{data}{images}. Run {header.run}{_begun(header.start)}."


def _begun(start: str) -> str:
    if not start:
        return ""
    try:
        begun = datetime.fromisoformat(start)
    except ValueError:
        return f", begun {start}"
    return f", begun on {begun.day} {begun:%B %Y} at {begun:%H:%M} {begun.tzname() or ''}".rstrip()


def choice(record: Record) -> str:
    """One sentence on the images that the best epoch is chosen by, and what that means for its accuracy."""
    if any(epoch.validation_total for epoch in record.epochs) or record.header.images.get("validation"):
        return (
            "The best epoch is chosen by validation images, held out from the training images; "
            "the test images are only counted."
        )
    return (
        "As in the exercise, the test images are judged after each epoch and serve as validation images too: the best "
        "epoch is chosen by them, so its accuracy is a little flattered."
    )


def write_links(canvas: Canvas, blocks: Mapping[str, int]) -> None:
    """Write links to the rows of the blocks, side by side."""
    canvas.write(LINKS_ROW, FIRST_COLUMN, "Go to", canvas.styles.quiet())
    for k, (name, row) in enumerate(blocks.items(), 1):
        link = f"internal:{canvas.elsewhere(address(row, FIRST_COLUMN).replace('$', ''))}"
        canvas.sheet.write_url(LINKS_ROW, FIRST_COLUMN + k, link, canvas.styles.link(), name)
