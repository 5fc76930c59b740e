"""A data set as tensors, normalised once and held in memory."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from torch_models.idx import DataError
from torch_models.images import Images
from torch_models.recipes import DEVIATION, MEAN

BACKGROUND = -MEAN / DEVIATION  # what a pixel without ink is, once normalised


@dataclass(frozen=True)
class Split:
    """Normalised images (n, 1, 28, 28), float32, and their labels (n,)."""

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class Data:
    """What a run learns from and what it is judged by. `validation` is empty where nothing is held out."""

    train: Split
    validation: Split
    test: Split


def check_held_out(images: Images, held_out: int) -> None:
    """Refuse to hold out so many training images that none is left. Raises DataError."""
    count = len(images.train_labels)
    if not 0 <= held_out < count:
        raise DataError(
            f"{held_out:,} images cannot be held out for validation: {images.name} has {count:,} training images"
        )


def to_tensors(images: Images, held_out: int, device: torch.device) -> Data:
    """Normalise a data set on a device, with the last `held_out` training images as validation. Raises DataError."""
    check_held_out(images, held_out)
    count = len(images.train_labels)
    first, last = slice(None, count - held_out), slice(count - held_out, None)
    return Data(
        _split(images.train_images[first], images.train_labels[first], device),
        _split(images.train_images[last], images.train_labels[last], device),
        _split(images.test_images, images.test_labels, device),
    )


def _split(pictures: NDArray[np.uint8], labels: NDArray[np.uint8], device: torch.device) -> Split:
    pixels = torch.from_numpy(pictures.copy()).to(device).float().div_(255).sub_(MEAN).div_(DEVIATION)
    return Split(pixels.unsqueeze(1), torch.from_numpy(labels.copy()).to(device).long())
