"""The data sets: where they come from, whether they are what they are said to be, and how they are named.

MNIST and Fashion-MNIST are four IDX files in a folder, as torchvision lays them out or flat, packed or not; where they
are missing, torchvision downloads them. The digits of scikit-learn need no download.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from torch_models.idx import DataError, digest, parse_idx, unpacked
from torch_models.names import AUTO

PIXELS = 28  # of each side of an image
CLASSES = 10

TRAIN_IMAGES, TRAIN_LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
TEST_IMAGES, TEST_LABELS = "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"
FILES = (TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS)


@dataclass(frozen=True)
class Published:
    """A published data set: torchvision's class for it, and the MD5 of its files."""

    torchvision: str
    packed: tuple[str, ...]  # MD5 of each of `FILES`, packed, as torchvision lists them
    unpacked: tuple[str, ...] = ()  # and unpacked, where it is known


PUBLISHED: Mapping[str, Published] = {
    "mnist": Published(
        "MNIST",
        (
            "f68b3c2dcbeaaa9fbdd348bbdeb94873",
            "d53e105ee54ea40749a09fcbcd1e9432",
            "9fb629c4189551a2d022fa330f9573f3",
            "ec29112dd5afa0611ce80d1b7f02629c",
        ),
        (
            "6bbc9ace898e44ae57da46a324031adb",
            "a25bea736e30d166cdddb491f175f624",
            "2646ac647ad5339dbf082846283269ea",
            "27ae3e4e09519cfbb04c329615203637",
        ),
    ),
    "fashion-mnist": Published(
        "FashionMNIST",
        (
            "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
            "25c81989df183df01b3e8a0aad5dffbe",
            "bef4ecab320f06d8554ea6380940ec79",
            "bb300cfdad3c16e7a12a480ee83cd310",
        ),
    ),
}
DIGITS_TEST = 252  # the last of scikit-learn's 1,797 digits: two of the fourteen forms that were filled in


@dataclass(frozen=True)
class Images:
    """A data set in bytes: images (n, 28, 28), 0 is background and 255 ink; labels (n,) from 0 to 9."""

    name: str
    train_images: NDArray[np.uint8]
    train_labels: NDArray[np.uint8]
    test_images: NDArray[np.uint8]
    test_labels: NDArray[np.uint8]
    md5: Mapping[str, str] = field(default_factory=dict)  # of each file, unpacked


def load_images(name: str, folder: Path, say: Callable[[str], None]) -> Images:
    """Load a data set of `DATASET_NAMES`, or with `auto` MNIST where it can be had and else the digits.

    `say` is told what one would not expect. Raises DataError; with `auto` too, where MNIST is there and damaged.
    """
    if name == "digits":
        return _digits()
    if name != AUTO:
        return _published(name, _place(name, folder, say))
    try:
        place = _place("mnist", folder, say)
    except DataError as error:
        say(f"MNIST is not available, so this trains on scikit-learn's 8x8 digits, which need no download. ({error})")
        return _digits()
    return _published("mnist", place)


def images_at_hand(folder: Path, name: str = "mnist") -> Images:
    """A published data set where its files are in a folder already, else the digits: without a download.

    Raises DataError.
    """
    place = _place_of_all(name, folder) if name in PUBLISHED else None
    return _digits() if place is None else _published(name, place)


def _place(name: str, folder: Path, say: Callable[[str], None]) -> Path:
    """The folder that has the files of a data set, once they are downloaded where they are missing."""
    place = _place_of_all(name, folder)
    if place is not None:
        return place
    if any(_find(folder, file) for file in FILES):
        return folder  # which one is missing is said as they are read
    _download(name, folder, say)  # goes on where another was stopped
    return _downloaded(name, folder)


def _downloaded(name: str, folder: Path) -> Path:
    return folder / PUBLISHED[name].torchvision / "raw"


def _place_of_all(name: str, folder: Path) -> Path | None:
    """The folder that has all files of a data set, flat or as torchvision lays them out."""
    places = (folder, _downloaded(name, folder))
    return next((place for place in places if all(_find(place, file) for file in FILES)), None)


def _published(name: str, found: Path) -> Images:
    contents = {file: _content(found, file, name, k) for k, file in enumerate(FILES)}
    train_images, train_labels, test_images, test_labels = (
        parse_idx(content, found / file) for file, content in contents.items()
    )
    md5 = {file: digest(content) for file, content in contents.items()}
    images = Images(name, train_images, train_labels, test_images, test_labels, md5)
    _check(images, found)
    return images


def _find(folder: Path, file: str) -> Path | None:
    """The file in the folder, rather packed, as its MD5 is then published."""
    return next((path for path in (folder / f"{file}.gz", folder / file) if path.is_file()), None)


def _content(folder: Path, file: str, name: str, place: int) -> bytes:
    """The unpacked content of one of the `FILES`, of which `place` is the index, with its MD5 checked."""
    path = _find(folder, file)
    if path is None:
        raise DataError(f"{folder} has no {file}.gz; the data set is the four files {', '.join(FILES)}, packed or not")
    content, known = unpacked(path), PUBLISHED[name]
    packed = digest(path.read_bytes()) if path.suffix == ".gz" else None
    if packed == known.packed[place]:
        return content
    if known.unpacked:  # so that it does not matter by what it was packed
        _compare(path, name, digest(content), known.unpacked[place])
    elif packed is not None:
        _compare(path, name, packed, known.packed[place])
    else:
        _refuse_another(path, name, digest(content))
    return content


def _compare(path: Path, name: str, found: str, expected: str) -> None:
    if found != expected:
        raise DataError(f"{path} is not that of {name}: its MD5 is {found}, expected {expected}; download it again")


def _refuse_another(path: Path, name: str, found: str) -> None:
    """Refuse a file of which no MD5 is published, unpacked, where it is known to be another data set's."""
    for other, published in PUBLISHED.items():
        if found in published.unpacked:
            raise DataError(f"{path} is that of {other}, not of {name}: give the folder of {name}")


def _check(images: Images, folder: Path) -> None:
    """Refuse arrays that are no images of 28 by 28 with a label from 0 to 9 each."""
    for what, pictures, labels in (
        ("training", images.train_images, images.train_labels),
        ("test", images.test_images, images.test_labels),
    ):
        if pictures.ndim != 3 or pictures.shape[1:] != (PIXELS, PIXELS) or not len(pictures):
            raise DataError(f"the {what} images in {folder} have the shape {pictures.shape}, expected (n, 28, 28)")
        if labels.shape != (len(pictures),):
            raise DataError(f"{folder} has {len(pictures):,} {what} images with labels of the shape {labels.shape}")
        if labels.max() >= CLASSES:
            raise DataError(f"{folder} has the label {labels.max()} among the {what} images, expected 0 to 9")


def _download(name: str, folder: Path, say: Callable[[str], None]) -> None:
    """Have torchvision download a data set into `folder`, in its own layout. Raises DataError."""
    by_hand = f"or put the four files {', '.join(FILES)} into {folder}, packed or not"
    try:
        from torchvision import datasets
    except ModuleNotFoundError:
        raise DataError(
            f"{name} is not in {folder}, and torchvision, which downloads it, is not installed: "
            f"install it (pip install torchvision), {by_hand}"
        ) from None
    except Exception as error:  # made for another PyTorch: "operator torchvision::nms does not exist", or anything
        raise DataError(
            f"{name} is not in {folder}, and torchvision, which downloads it, does not fit the PyTorch that is "
            f"installed ({error}): install the torchvision made for it, from the same place as PyTorch, {by_hand}"
        ) from None
    say(f"Downloading {name} into {folder}")
    kind = getattr(datasets, PUBLISHED[name].torchvision)
    try:
        kind(str(folder), download=True)
    except Exception as error:  # no network, no room, all mirrors failed, or what came is no archive
        raise DataError(f"{name} could not be downloaded ({error}): try again, {by_hand}") from None


def _digits() -> Images:
    """Scikit-learn's 8x8 digits (Alpaydin and Kaynak, 1998), scaled to the size of MNIST's images."""
    try:
        from sklearn.datasets import load_digits
    except ModuleNotFoundError:
        raise DataError("the digits are scikit-learn's, which is not installed: pip install scikit-learn") from None
    bunch = load_digits()
    pictures = np.stack([_scaled(picture) for picture in bunch.images])
    labels = bunch.target.astype(np.uint8)
    files = {"images": digest(pictures.tobytes()), "labels": digest(labels.tobytes())}
    first, last = slice(None, -DIGITS_TEST), slice(-DIGITS_TEST, None)
    return Images("digits", pictures[first], labels[first], pictures[last], labels[last], files)


def _scaled(picture: NDArray[np.float64]) -> NDArray[np.uint8]:
    """An 8x8 picture with values from 0 to 16, as 28x28 with a margin of four, as MNIST's digits have it."""
    from PIL import Image

    inner = PIXELS - 8
    large = Image.fromarray((picture * (255 / 16)).astype(np.uint8)).resize((inner, inner), Image.Resampling.BILINEAR)
    return np.pad(np.asarray(large), 4)
