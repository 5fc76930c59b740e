"""A run's record as a training log: its numbers beside those of the published run, and its settings."""

from collections.abc import Mapping

from torch_models.published import PUBLISHED_RUN
from torch_models.record import Epoch, Header, Record
from training_log.log import MACHINE, SEED, Log, Numbers, Setting, Settings
from training_log.readers.source import sheet_name
from training_log.sheet.canvas import is_number

SHEET = "MNIST"
COMPARABLE = ("", "mnist")  # data sets of the published run; a log does not say its own
FIELDS = {  # of an epoch, by the columns that they are in, in their order
    "learning rate": "learning_rate", "train loss": "train_loss", "train accuracy": "train_accuracy",
    "test loss": "test_loss", "correct": "correct", "total": "total",
    "validation loss": "validation_loss", "validation correct": "validation_correct",
    "validation total": "validation_total", "seconds": "seconds", "images/s": "images_per_second",
}  # fmt: skip
PUBLISHED = {"published test loss": "test_loss", "published accuracy": "accuracy"}


def run_log(record: Record) -> Log:
    """The log that a record is."""
    header, epochs = record.header, record.epochs
    columns = {label: _numbers(epochs, name) for label, name in FIELDS.items()}
    published = PUBLISHED_RUN[: len(epochs)] if is_comparable(record) else ()
    missing = [None] * (len(epochs) - len(published))
    columns |= {label: [*_numbers(published, name), *missing] for label, name in PUBLISHED.items()}
    filled = {label: numbers for label, numbers in columns.items() if any(n is not None for n in numbers)}
    return Log(
        run=header.run, name=_name(header), axis="epoch", at=[epoch.epoch for epoch in epochs], columns=filled,
        settings={title: settings for title, settings in _settings(header).items() if settings},
    )  # fmt: skip


def _name(header: Header) -> str:
    """What its sheet is called beside those of other runs."""
    return sheet_name(f"{header.model} seed {header.seed}") if header.model and header.seed is not None else SHEET


def is_comparable(record: Record) -> bool:
    """Whether the published run was trained on the same images."""
    return record.header.dataset in COMPARABLE


def _numbers(epochs: tuple[Epoch, ...], name: str) -> Numbers:
    numbers = (getattr(epoch, name) for epoch in epochs)
    return [number if is_number(number) else None for number in numbers]


def _settings(header: Header) -> Mapping[str, Settings]:
    return {"Recipe": recipe_settings(header), "Data": data_settings(header), MACHINE: machine_settings(header)}


def recipe_settings(header: Header) -> Settings:
    """How the model was trained."""
    model: dict[str, Setting] = {"model": header.model} if header.model else {}
    seed: dict[str, Setting] = {} if header.seed is None else {SEED: header.seed}
    return model | {name.replace("_", " "): value for name, value in header.recipe.items()} | seed


def data_settings(header: Header) -> Settings:
    """What it was trained and tested on."""
    dataset: dict[str, Setting] = {"data set": header.dataset} if header.dataset else {}
    images: dict[str, Setting] = {f"{split} images": count for split, count in header.images.items()}
    return dataset | images | {f"MD5 of {file}": md5 for file, md5 in header.md5.items()}


def machine_settings(header: Header) -> Settings:
    """Which run it is, and with what it was computed."""
    settings: dict[str, Setting] = {
        "run": header.run, "begun": header.start, "device": header.device, "processes": header.processes,
        "threads of each": header.threads, "precision": header.precision,
    }  # fmt: skip
    return {name: value for name, value in settings.items() if value not in ("", None)} | dict(header.versions)
