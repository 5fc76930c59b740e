"""IDX files, byte by byte, and data sets of four of them."""

import gzip
from collections.abc import Sequence
from hashlib import md5
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from torch_models import images
from torch_models.images import FILES, TEST_IMAGES, TEST_LABELS, TRAIN_IMAGES, TRAIN_LABELS, Published

Files = dict[str, bytes]  # the content of each of FILES, unpacked


def idx(shape: Sequence[int], numbers: bytes, kind: int = 8) -> bytes:
    """An IDX file as its format says: 0, 0, the type, the number of dimensions, their sizes, the numbers."""
    return bytes([0, 0, kind, len(shape)]) + b"".join(size.to_bytes(4, "big") for size in shape) + numbers


def four_files(train: int = 12, test: int = 5) -> Files:
    """The files of a small data set; the images are noise."""
    chance = np.random.default_rng(0)
    return {
        TRAIN_IMAGES: idx((train, 28, 28), chance.bytes(train * 28 * 28)),
        TRAIN_LABELS: idx((train,), bytes(k % 10 for k in range(train))),
        TEST_IMAGES: idx((test, 28, 28), chance.bytes(test * 28 * 28)),
        TEST_LABELS: idx((test,), bytes(9 - k % 10 for k in range(test))),
    }


def pixels(content: bytes) -> NDArray[np.uint8]:
    """The images of such a file, read without the code that is tested."""
    return np.array(list(content[16:]), np.uint8).reshape(-1, 28, 28)


def put(folder: Path, files: Files, packed: bool = False) -> Path:
    """Write the files into a folder, which is made; the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / (f"{name}.gz" if packed else name)
        path.write_bytes(gzip.compress(content, mtime=0) if packed else content)
    return folder


def publish(monkeypatch: pytest.MonkeyPatch, files: Files, name: str = "mnist") -> None:
    """Have these files be the published ones of a data set, packed as `put` packs them or unpacked."""
    torchvision = images.PUBLISHED[name].torchvision
    contents = [files[file] for file in FILES]
    published = Published(
        torchvision,
        tuple(md5(gzip.compress(content, mtime=0), usedforsecurity=False).hexdigest() for content in contents),
        tuple(md5(content, usedforsecurity=False).hexdigest() for content in contents),
    )
    monkeypatch.setitem(images.PUBLISHED, name, published)  # type: ignore[call-overload]
