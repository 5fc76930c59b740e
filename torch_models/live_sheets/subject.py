"""What live sheets show: a network, images to start from, and the key by which its sheets are found again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from sheetgen.matrices.net import Net
from sheetgen.matrices.workbook import write_matrices
from sheetgen.tensors.network import Network, PerChannel
from sheetgen.tensors.operations import Shape
from sheetgen.tensors.workbook import formula_count, write_live
from templates import TemplateError
from torch_models.images import images_at_hand
from torch_models.live_sheets.dense import dense_net_of
from torch_models.live_sheets.pictures import CHANNELS, Examples, given, of_data_set, pictures_for
from torch_models.live_sheets.run import network_of_run
from torch_models.live_sheets.sequential import SizeError, network_of
from torch_models.models import IMAGE
from torch_models.record_file import read_record

MOST_OF_KEY = 200  # characters
NO_IMAGES = "Draw them yourself."
HOW_TO_SIZE = "give images and labels, or shape, as (channels, height, width), where they are not 1×28×28"


class Shown(Protocol):
    """What can be put into a workbook as live sheets."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def parameters(self) -> int:
        """How many numbers it learns."""

    @property
    def key(self) -> str:
        """By which its sheets are found again."""

    def formula_count(self, with_step: bool) -> int:
        """About how many formulas its sheets have."""

    def put(self, workbook: Path, with_step: bool) -> list[str]:
        """Put its sheets into a workbook; their names there. Raises LimitError, InsertionError, OSError."""


@dataclass(frozen=True)
class Subject:
    """A network with examples, or with nothing but an empty sheet to draw on."""

    network: Network
    examples: Examples | None
    key: str

    @property
    def name(self) -> str:
        """What it is called."""
        return self.network.name

    @property
    def parameters(self) -> int:
        """How many numbers it learns."""
        return self.network.parameters

    def formula_count(self, with_step: bool) -> int:
        """About how many formulas its sheets have."""
        return formula_count(self.network, with_step)

    def put(self, workbook: Path, with_step: bool) -> list[str]:
        """Put its sheets into a workbook, as `write_live` does; the names that they have there."""
        pictures = [] if self.examples is None else pictures_for(self.network, self.examples)
        source = NO_IMAGES if self.examples is None else self.examples.source
        return write_live(self.network, pictures, source, workbook, self.key, with_step)


@dataclass(frozen=True)
class DenseSubject:
    """A dense network as one sheet of matrices, which always has its step."""

    net: Net
    key: str

    @property
    def name(self) -> str:
        """What it is called."""
        return self.net.name

    @property
    def parameters(self) -> int:
        """How many numbers it learns."""
        return self.net.parameters

    def formula_count(self, with_step: bool) -> int:  # noqa: ARG002  the other needs it
        """About how many formulas its sheet has."""
        return self.net.formula_count

    def put(self, workbook: Path, with_step: bool) -> list[str]:  # noqa: ARG002  as above
        """Put its sheet into a workbook, as `write_matrices` does; the name that it has there."""
        return write_matrices(self.net, workbook, self.key)


def of_run(folder: Path, data_folder: Path) -> Subject:
    """What a run has trained, with test images of what it was trained on or, where these are not there, digits.

    Raises RecordError, CheckpointError, DataError, TemplateError.
    """
    header = read_record(folder).header
    network = replace(network_of_run(folder), of_digits=header.dataset != "fashion-mnist")
    return Subject(network, of_data_set(images_at_hand(data_folder, header.dataset or "mnist")), f"live {header.run}")


@dataclass(frozen=True)
class Given:
    """What somebody says of the images that a module takes; what is None is not said."""

    images: Any = None
    labels: Any = None
    shape: Any = None
    mean: Any = 0.0
    deviation: Any = 1.0


def of_module(module: Any, name: str, what: Given, key: str, digits: Path | None = None) -> Subject:
    """A module, with the images that are given or, with a folder for `digits` and of their size, with these.

    Raises TemplateError, and DataError where the digits cannot be had.
    """
    examples = None if what.images is None else given(what.images, what.labels, f"Images given with {name}.")
    shape = _shape(what.shape, examples)
    mean, deviation = (_per_channel(one, shape[0]) for one in (what.mean, what.deviation))
    if np.min(deviation) <= 0:
        raise TemplateError(WRONG_NUMBERS)
    try:
        network = network_of(module, shape, name, mean, deviation)
    except SizeError as error:
        if what.shape is None and examples is None:
            raise SizeError(f"{error}; {HOW_TO_SIZE}") from None
        raise
    if examples is not None and examples.labels is not None:
        _check_labels(network, int(examples.labels.max()))
    if examples is None and digits is not None and shape == IMAGE:
        return Subject(network, of_data_set(images_at_hand(digits)), _key(key))
    return Subject(replace(network, of_digits=False), examples, _key(key))


def of_dense_module(module: Any, name: str, names: Mapping[str, Any], key: str) -> DenseSubject:
    """A dense module with what the `names` of its file say of its training. Raises TemplateError, LimitError."""
    return DenseSubject(dense_net_of(module, name, names), _key(f"{key} as matrices"))


def _key(key: str) -> str:
    printable = "".join(letter for letter in key if letter.isprintable() and letter != "!")
    return f"live {printable[:MOST_OF_KEY]}"


WRONG_NUMBERS = "mean and deviation must be numbers, the deviation above 0; one for all channels, or one for each"


def _shape(said: Any, examples: Examples | None) -> Shape:
    """The shape of an image, by the images that there are, or as it is said, or that of MNIST."""
    if said is None:
        return IMAGE if examples is None else _of(examples)
    sizes = list(said) if isinstance(said, Sequence) and not isinstance(said, str) else []
    whole = [size for size in sizes if isinstance(size, int) and size > 0]
    if len(sizes) != 3 or whole != sizes or whole[0] not in CHANNELS:
        raise TemplateError(f"shape must be (channels, height, width), with 1 or 3 channels, got {said!r}")
    shape = whole[0], whole[1], whole[2]
    if examples is not None and shape != _of(examples):
        raise TemplateError(f"shape is {_shown(shape)}, but the images are {_shown(_of(examples))}")
    return shape


def _of(examples: Examples) -> Shape:
    channels, height, width = examples.pixels.shape[1:]
    return channels, height, width


def _per_channel(said: Any, channels: int) -> PerChannel:
    try:
        numbers = np.asarray(said, dtype=np.float64)
    except (TypeError, ValueError):
        raise TemplateError(WRONG_NUMBERS) from None
    if numbers.shape not in ((), (1,), (channels,)) or not np.isfinite(numbers).all():
        raise TemplateError(WRONG_NUMBERS)
    return tuple(float(one) for one in np.atleast_1d(numbers))


def _check_labels(network: Network, most: int) -> None:
    classes = network.shapes[-1][0]
    if most >= classes:
        raise TemplateError(
            f"labels go up to {most}, expected at most {classes - 1}: {network.name} has {classes} outputs"
        )


def _shown(shape: Shape) -> str:
    return "×".join(map(str, shape))
