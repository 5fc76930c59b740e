"""Some test images to start a drawing from: one that leaves a doubt, a right one of each digit, and wrong ones."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sheetgen.tensors.centring import seen
from sheetgen.tensors.images_sheet import Picture
from sheetgen.tensors.network import Network
from sheetgen.tensors.operations import Array
from torch_models.images import CLASSES, Images

LOOKED_AT = 500  # of the test images, the first
WRONG = 9
DOUBT = 0.7  # about the probability of the right digit in the first picture


def pictures_for(network: Network, images: Images) -> list[Picture]:
    """Pictures of different test images, the first of which the network takes for what it is, with some doubt."""
    pixels = images.test_images[:LOOKED_AT, None] / np.float64(255)
    labels = images.test_labels[:LOOKED_AT]
    scores = np.stack([network.activations(seen(one))[-1].ravel() for one in pixels])
    chosen = list(dict.fromkeys(_chosen(scores, labels)))
    return [Picture(_said(k, int(labels[k]), int(scores[k].argmax())), int(labels[k]), pixels[k]) for k in chosen]


def _chosen(scores: Array, labels: NDArray[np.uint8]) -> Iterator[int]:
    """Places among the images."""
    right = scores.argmax(axis=1) == labels
    sure = scores[np.arange(len(labels)), labels]
    by_doubt = [int(k) for k in np.argsort(sure, kind="stable")]
    yield min(by_doubt, key=lambda k: (not right[k], abs(np.exp(sure[k]) - DOUBT)))
    for digit in range(CLASSES):
        yield from [int(k) for k in np.flatnonzero(right & (labels == digit))[:1]]
    yield from [k for k in by_doubt if not right[k]][:WRONG]


def _said(place: int, label: int, answer: int) -> str:
    taken = "" if label == answer else f", taken for {answer}"
    return f"digit {label}{taken} (test image {place})"
