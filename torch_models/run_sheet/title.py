"""The top of a run's sheet: what it is, by what its best epoch is chosen, and the way to its blocks."""

from collections.abc import Mapping
from datetime import datetime

from torch_models.record import Header
from torch_models.run_sheet.canvas import FIRST_COLUMN, Canvas, address
from torch_models.run_sheet.outcome import Outcome

LINKS_ROW = 3
TITLE_PIXELS = 34
DATASETS = {"": "MNIST", "mnist": "MNIST", "fashion-mnist": "Fashion-MNIST", "digits": "the digits of scikit-learn"}


def write_title(canvas: Canvas, header: Header, outcome: Outcome) -> None:
    """Write the first rows."""
    canvas.set_height(0, TITLE_PIXELS)
    title = f"A convolutional network learns {dataset_name(header)}"
    canvas.write(0, FIRST_COLUMN, title, canvas.styles.title())
    canvas.write(1, FIRST_COLUMN, introduction(header), canvas.styles.text())
    canvas.write(2, FIRST_COLUMN, choice(header, outcome), canvas.styles.quiet())


def introduction(header: Header) -> str:
    """One sentence on what was trained, on what, and when, as far as the record says."""
    model = f"The network “{header.model}”" if header.model else "A network"
    size = f" ({header.parameters:,} parameters)" if header.parameters is not None else ""
    training, test = header.images.get("train"), header.images.get("test")
    images = f": {training:,} images to learn from, {test:,} to be tested on" if training and test else ""
    return f"{model}{size}, trained on {dataset_name(header)}{images}. Run {header.run}{_begun(header.start)}."


def dataset_name(header: Header) -> str:
    """The data set as one writes it; MNIST where the record does not say."""
    return DATASETS.get(header.dataset, header.dataset)


def _begun(start: str) -> str:
    if not start:
        return ""
    try:
        begun = datetime.fromisoformat(start)
    except ValueError:
        return f", begun {start}"
    return f", begun on {begun.day} {begun:%B %Y} at {begun:%H:%M} {begun.tzname() or ''}".rstrip()


def choice(header: Header, outcome: Outcome) -> str:
    """One sentence on the images that the best epoch is chosen by, and what that means for its accuracy."""
    if outcome.held_out or (not outcome.epochs and header.images.get("validation")):
        return (
            "The best epoch is chosen by validation images, which were held out from the training images. "
            "What the run reached is what the model of that epoch makes of the test images."
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
