"""Images to start a drawing from: some that somebody gives, or test images of a data set, right and wrong ones."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from sheetgen.tensors.centring import seen
from sheetgen.tensors.images_sheet import Picture
from sheetgen.tensors.network import Network
from sheetgen.tensors.operations import Array
from templates import TemplateError
from torch_models.images import Images

LOOKED_AT = 500  # of the images, the first
RIGHT, WRONG = 10, 9
DOUBT = 0.7  # about the probability of the right class in the first picture
BYTE, ROUNDED = 255, 1.001  # what white is in bytes, and what it may be by rounding where it is 1
CHANNELS = (1, 3)


@dataclass(frozen=True)
class Examples:
    """Images to choose from; of those without labels a network's answers are taken for right."""

    pixels: Array  # (n, channels, height, width), from 0 to 1
    labels: NDArray[np.int64] | None  # (n,), from 0
    source: str  # a sentence
    words: tuple[str, str] = ("class", "image")  # what a label is, and where the images are from


def of_data_set(images: Images) -> Examples:
    """The test images of a data set."""
    pixels = images.test_images[:LOOKED_AT, None] / np.float64(BYTE)
    labels = images.test_labels[:LOOKED_AT].astype(np.int64)
    label = "class" if images.name == "fashion-mnist" else "digit"
    return Examples(pixels, labels, f"Test images of {images.name}.", (label, "test image"))


def given(images: object, labels: object, source: str) -> Examples:
    """Images as somebody has them: (n, channels, height, width) or (n, height, width), from 0 to 1, or to 255.

    Raises TemplateError.
    """
    pixels = _numbers(images, "images")
    if pixels.ndim == 3:
        pixels = pixels[:, None]
    if pixels.ndim != 4 or pixels.shape[1] not in CHANNELS or not pixels.size:
        raise TemplateError(
            f"images have the shape {_shown(pixels.shape)}, expected n×channels×height×width with 1 or 3 channels, "
            "or n×height×width"
        )
    least, most = pixels.min(), pixels.max()
    if not 0 <= least <= most <= BYTE:  # nor where one is no number
        raise TemplateError(
            f"images have pixels from {least:g} to {most:g}, expected 0 to 1 or 0 to {BYTE}: leave out what normalises "
            "them, and give its mean and deviation"
        )
    first = pixels[:LOOKED_AT]
    scaled = first / BYTE if most > ROUNDED else np.minimum(first, 1)
    return Examples(scaled, _labels(labels, len(pixels)), source)


def _labels(labels: object, count: int) -> NDArray[np.int64] | None:
    if labels is None:
        return None
    numbers = _numbers(labels, "labels")
    if numbers.shape != (count,):
        raise TemplateError(f"labels have the shape {_shown(numbers.shape)}, expected {count}, one for each image")
    whole = numbers.astype(np.int64)
    if (whole != numbers).any() or whole.min() < 0:
        raise TemplateError("labels must be whole numbers from 0")
    return whole[:LOOKED_AT]


def _numbers(values: object, what: str) -> Array:
    detach = getattr(values, "detach", None)  # of a tensor of PyTorch
    try:
        return np.asarray(values if detach is None else detach().cpu(), dtype=np.float64)
    except (TypeError, ValueError):
        raise TemplateError(f"{what} must be a tensor or an array of numbers, got {type(values).__name__}") from None


def pictures_for(network: Network, examples: Examples) -> list[Picture]:
    """Pictures of different images, the first of which the network takes for what it is, with some doubt.

    Images whose label is none of the network's classes are passed over.
    """
    pixels, labels = examples.pixels, examples.labels
    scores = np.stack([network.activations(seen(one, network.of_digits))[-1].ravel() for one in pixels])
    if labels is None:
        labels = scores.argmax(axis=1)
    known = np.flatnonzero(labels < scores.shape[1])
    chosen = dict.fromkeys(int(known[k]) for k in _chosen(scores[known], labels[known]))
    return [
        Picture(_said(examples.words, k, int(labels[k]), int(scores[k].argmax())), int(labels[k]), pixels[k])
        for k in chosen
    ]


def _chosen(scores: Array, labels: NDArray[np.int64]) -> Iterator[int]:
    """Places among the images."""
    right = scores.argmax(axis=1) == labels
    sure = scores[np.arange(len(labels)), labels]
    by_doubt = [int(k) for k in np.argsort(sure, kind="stable")]
    yield from by_doubt and [min(by_doubt, key=lambda k: (not right[k], abs(np.exp(sure[k]) - DOUBT)))]
    of_each = (np.flatnonzero(right & (labels == one))[:1] for one in range(scores.shape[1]))
    yield from islice((int(found[0]) for found in of_each if len(found)), RIGHT)
    yield from [k for k in by_doubt if not right[k]][:WRONG]


def _said(words: tuple[str, str], place: int, label: int, answer: int) -> str:
    taken = "" if label == answer else f", taken for {answer}"
    return f"{words[0]} {label}{taken} ({words[1]} {place})"


def _shown(shape: Sequence[int]) -> str:
    return "×".join(map(str, shape)) or "of one number"
