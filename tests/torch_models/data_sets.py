"""Loading a data set in a test: what is said meanwhile, why it is refused, and what stands in for torchvision."""

import sys
import types
from pathlib import Path

import pytest

from torch_models.idx import DataError
from torch_models.images import Images, load_images


class Said(list[str]):
    """What a loader says aloud, as a function that can be given to it."""

    def __call__(self, text: str) -> None:
        self.append(text)


def load(name: str, folder: Path) -> Images:
    """Load a data set of which nothing is to be said."""
    said = Said()
    found = load_images(name, folder, said)
    assert said == []
    return found


def refusal(name: str, folder: Path) -> str:
    """Why a data set cannot be loaded."""
    with pytest.raises(DataError) as caught:
        load_images(name, folder, Said())
    return str(caught.value)


def put_in_the_place_of_torchvision(monkeypatch: pytest.MonkeyPatch, data_set: object) -> None:
    """Have torchvision be a package with this class for its data sets; or with None, as if it were not installed."""
    remove_torchvision(monkeypatch)
    if data_set is None:
        monkeypatch.setitem(sys.modules, "torchvision", None)
        return
    package, datasets = types.ModuleType("torchvision"), types.ModuleType("torchvision.datasets")
    package.datasets = datasets  # type: ignore[attr-defined]
    datasets.MNIST = datasets.FashionMNIST = data_set  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torchvision", package)
    monkeypatch.setitem(sys.modules, "torchvision.datasets", datasets)


def remove_torchvision(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have torchvision be imported anew."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        monkeypatch.delitem(sys.modules, name)
