"""A run's record: what was trained and how, and what each epoch gave.

Nothing here needs PyTorch, so a sheet can be written from a record on any machine.
"""

from collections.abc import Mapping
from typing import Annotated

from msgspec import Meta, Struct

from training_log.log import DECIMALS

MOST = 2**53  # of anything that is counted: a cell holds no larger number to the last digit
Count = Annotated[int, Meta(ge=0, le=MOST)]
Positive = Annotated[int, Meta(ge=1, le=MOST)]
Fraction = Annotated[float, Meta(ge=0, le=1)]
Measure = Annotated[float, Meta(ge=0)]
Digit = Annotated[int, Meta(ge=0, le=9)]
Setting = str | int | float | bool | None


class Layer(Struct, frozen=True):
    """One line of a model's summary: what the layer is, what comes out of it for one image, how much it learns."""

    name: str
    output_shape: tuple[Positive, ...]  # (channels, height, width), or (classes,)
    parameters: Count


class Header(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was trained, on what, and with what. What a printed log does not say has its default."""

    run: str  # the run's name, no other run's
    model: str = ""
    parameters: Count | None = None
    layers: tuple[Layer, ...] = ()
    recipe: Mapping[str, Setting] = {}
    seed: int | None = None
    dataset: str = ""
    md5: Mapping[str, str] = {}  # of each file of the data set, unpacked
    images: Mapping[str, Count] = {}  # how many: train, validation, test
    device: str = ""
    threads: Positive | None = None  # of each process
    processes: Positive | None = None
    precision: str = ""
    versions: Mapping[str, str] = {}
    start: str = ""  # date and time with its zone, ISO 8601


class Epoch(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one pass over the training images gave. What a printed log does not say is None."""

    epoch: Positive
    learning_rate: Measure | None = None  # of the epoch's first update
    train_loss: Measure | None = None  # mean over the epoch, as it trains: with augmentation and dropout
    train_accuracy: Fraction | None = None  # likewise
    test_loss: Measure  # mean of the negative log-likelihood over the test images
    correct: Count  # test images, of `total`
    total: Positive
    validation_loss: Measure | None = None  # of the training images that were held out, if any
    validation_correct: Count | None = None
    validation_total: Positive | None = None
    seconds: Measure | None = None  # of training, without the evaluation
    images_per_second: Measure | None = None

    @property
    def accuracy(self) -> float:
        """The part of the test images that are right, between 0 and 1."""
        return self.correct / self.total

    @property
    def validation_accuracy(self) -> float | None:
        """The part of the held-out images that are right; None without any."""
        if self.validation_correct is None or self.validation_total is None:
            return None
        return self.validation_correct / self.validation_total

    def meets(self, target: float) -> bool:
        """Whether the accuracy on the test images is at least the target, between 0 and 1."""
        return round(self.accuracy - target, DECIMALS) >= 0

    def describe(self) -> str:
        """The line that the exercise prints after an epoch."""
        return (
            f"Test set: Average loss: {self.test_loss:.4f}, "
            f"Accuracy: {self.correct}/{self.total} ({100 * self.accuracy:.2f}%)"
        )


class Mistake(Struct, frozen=True):
    """A test image that the model takes for another digit."""

    index: Count  # in the test set
    label: Digit
    predicted: Digit
    probability: Fraction  # that the model gives to what it predicted
    pixels: bytes  # 28 rows of 28: 0 is background, 255 is ink


class Predictions(Struct, frozen=True):
    """What the model of one epoch makes of the test images."""

    epoch: Positive
    confusion: tuple[tuple[Count, ...], ...]  # numbers of images, by label (outer) and prediction (inner)
    mistakes: tuple[Mistake, ...]  # the most confident first


class Record(Struct, frozen=True):
    """A run as far as it went."""

    header: Header
    epochs: tuple[Epoch, ...]
    predictions: Predictions | None = None  # of the best epoch

    @property
    def held_out(self) -> bool:
        """Whether the best epoch is chosen by images that were held out, as every epoch has them."""
        return bool(self.epochs) and all(epoch.validation_accuracy is not None for epoch in self.epochs)

    @property
    def best(self) -> Epoch | None:
        """The first of the epochs with the highest accuracy, on held-out images or else on the test images."""
        held_out = self.held_out
        return max(self.epochs, key=lambda e: (e.validation_accuracy or 0) if held_out else e.accuracy, default=None)

    def first_to_meet(self, target: float) -> Epoch | None:
        """The first epoch that meets a target between 0 and 1; None where none does."""
        return next((epoch for epoch in self.epochs if epoch.meets(target)), None)
