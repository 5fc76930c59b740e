"""Data sets that are not there: downloaded by torchvision or, where that cannot be, told how to get."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tests.torch_models.data_sets import (
    Said,
    load,
    put_in_the_place_of_torchvision,
    refusal,
    remove_torchvision,
)
from tests.torch_models.idx_files import Files, pixels, put
from torch_models.images import FILES, TRAIN_IMAGES, load_images
from torch_models.names import AUTO


@dataclass(frozen=True)
class Downloading:
    """In the place of torchvision's class for a data set: downloads these files, or fails with an error."""

    result: Files | Exception

    def __call__(self, root: str, download: bool) -> None:
        assert download
        if isinstance(self.result, Exception):
            raise self.result
        put(Path(root) / "MNIST" / "raw", self.result, packed=True)


def test_a_missing_data_set_is_downloaded_into_torchvisions_layout_and_that_is_said(
    tmp_path: Path, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in_the_place_of_torchvision(monkeypatch, Downloading(files))
    said = Said()
    found = load_images("mnist", tmp_path / "data", said)
    assert said == [f"Downloading mnist into {tmp_path / 'data'}"]
    np.testing.assert_array_equal(found.train_images, pixels(files[TRAIN_IMAGES]))
    assert load("mnist", tmp_path / "data").md5 == found.md5  # and not a second time


def test_a_download_that_was_stopped_goes_on(tmp_path: Path, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of four files are there, as an interrupt left them."""
    put_in_the_place_of_torchvision(monkeypatch, Downloading(files))
    put(tmp_path / "MNIST" / "raw", {name: files[name] for name in FILES[:2]}, packed=True)
    said = Said()
    assert len(load_images("mnist", tmp_path, said).test_labels) == 5
    assert said == [f"Downloading mnist into {tmp_path}"]


@pytest.mark.parametrize(
    "error",
    [
        OSError("[Errno -3] Temporary failure in name resolution"),
        RuntimeError("Error downloading train-images-idx3-ubyte.gz"),
        EOFError("Compressed file ended before the end-of-stream marker was reached"),
        ValueError("unknown url type"),
    ],
)
def test_a_download_that_fails_says_why_and_what_else_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    put_in_the_place_of_torchvision(monkeypatch, Downloading(error))
    why = refusal("mnist", tmp_path)
    assert why.startswith(f"mnist could not be downloaded ({error}): try again, or put the four files {FILES[0]}")
    assert str(tmp_path) in why


def test_without_torchvision_it_says_how_to_get_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_in_the_place_of_torchvision(monkeypatch, None)
    why = refusal("fashion-mnist", tmp_path)
    assert why.startswith(f"fashion-mnist is not in {tmp_path}, and torchvision, which downloads it, is not installed")
    assert "pip install torchvision" in why
    assert all(file in why for file in FILES)


@pytest.mark.parametrize(
    "failing",
    [
        "raise RuntimeError('operator torchvision::nms does not exist')",
        "raise AttributeError(\"partially initialized module 'torchvision' has no attribute 'extension'\")",
        "raise ImportError('libtorch_cuda.so: cannot open shared object file')",
        "raise OSError('libcudart.so.12: cannot open shared object file')",
    ],
)
def test_a_torchvision_made_for_another_pytorch_is_told_from_a_missing_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    """Its import fails in many ways; a package that fails so stands in for it."""
    remove_torchvision(monkeypatch)
    package = tmp_path / "site" / "torchvision"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(failing)
    monkeypatch.syspath_prepend(str(package.parent))
    why = refusal("mnist", tmp_path / "data")
    assert "does not fit the PyTorch that is installed (" in why
    assert "install the torchvision made for it" in why
    assert "is not installed" not in why.replace("that is installed", "")


def test_auto_falls_back_to_the_digits_and_says_so_and_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sklearn")
    put_in_the_place_of_torchvision(monkeypatch, None)
    said = Said()
    found = load_images(AUTO, tmp_path, said)
    assert found.name == "digits"
    (line,) = said
    assert line.startswith("MNIST is not available, so this trains on scikit-learn's 8x8 digits")
    assert "pip install torchvision" in line
