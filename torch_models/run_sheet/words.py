"""What a run's sheet says at its top: what was trained on what, and by what its best epoch is chosen."""

from collections.abc import Iterator
from datetime import datetime

from torch_models.record import Header, Record
from torch_models.run_sheet.run_log import is_comparable

DATASETS = {"": "MNIST", "mnist": "MNIST", "fashion-mnist": "Fashion-MNIST", "digits": "the digits of scikit-learn"}


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


def choice(record: Record) -> str:
    """One sentence on the images that the best epoch is chosen by, and what that means for its accuracy."""
    if record.held_out or (not record.epochs and record.header.images.get("validation")):
        return (
            "The best epoch is chosen by validation images, which were held out from the training images. "
            "The result of the run is how that epoch's model does on the test images."
        )
    return (
        "As in the exercise, the test images are judged after each epoch and serve as validation images too: the best "
        "epoch is chosen by them, so its accuracy is a little flattered."
    )


def remarks(record: Record) -> Iterator[str]:
    """What a reader has to know of the numbers in the table."""
    if is_comparable(record):
        yield "Published: the run that the exercise prints, after as many epochs."
    if any(epoch.train_loss is not None for epoch in record.epochs):
        yield "Train loss and accuracy are taken as the model learns, with its dropout and augmentation, if any."
