"""Data sets in files: where they are found, and that they are what they are said to be."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from tests.torch_models.data_sets import load, put_in_the_place_of_torchvision, refusal
from tests.torch_models.idx_files import Files, four_files, idx, pixels, publish, put
from torch_models import images
from torch_models.images import FILES, TEST_IMAGES, TEST_LABELS, TRAIN_IMAGES, TRAIN_LABELS
from torch_models.names import AUTO, DATASET_NAMES


@pytest.fixture(autouse=True)
def nothing_to_download(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is looked for is there."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("downloads, where nothing is missing")

    put_in_the_place_of_torchvision(monkeypatch, refuse)


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("place", ["", "MNIST/raw"])
def test_mnist_is_read_flat_or_as_torchvision_lays_it_out_packed_or_not(
    tmp_path: Path, files: Files, place: str, packed: bool
) -> None:
    put(tmp_path / place, files, packed)
    found = load("mnist", tmp_path)
    assert found.name == "mnist"
    np.testing.assert_array_equal(found.train_images, pixels(files[TRAIN_IMAGES]))
    np.testing.assert_array_equal(found.test_images, pixels(files[TEST_IMAGES]))
    assert bytes(found.train_labels) == files[TRAIN_LABELS][8:]
    assert bytes(found.test_labels) == files[TEST_LABELS][8:]
    assert found.md5 == dict(zip(FILES, images.PUBLISHED["mnist"].unpacked, strict=True))


def test_fashion_mnist_has_a_folder_of_its_own_in_torchvisions_layout(
    tmp_path: Path, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    fashion = four_files(train=7)
    publish(monkeypatch, fashion, "fashion-mnist")
    put(tmp_path / "MNIST" / "raw", files)
    put(tmp_path / "FashionMNIST" / "raw", fashion)
    assert len(load("mnist", tmp_path).train_labels) == 12
    assert len(load("fashion-mnist", tmp_path).train_labels) == 7


def test_files_packed_by_something_else_are_the_published_ones_all_the_same(tmp_path: Path, files: Files) -> None:
    for name, content in files.items():
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(content, compresslevel=1, mtime=12345))
    assert len(load("mnist", tmp_path).train_labels) == 12


def test_a_file_is_taken_packed_where_it_is_there_in_both_forms(tmp_path: Path, files: Files) -> None:
    """As torchvision leaves them."""
    put(tmp_path, files, packed=True)
    put(tmp_path, dict.fromkeys(files, b"not looked at"))
    assert len(load("mnist", tmp_path).train_labels) == 12


@pytest.mark.parametrize("missing", FILES)
@pytest.mark.parametrize("packed", [True, False])
def test_one_missing_file_is_named(tmp_path: Path, files: Files, missing: str, packed: bool) -> None:
    put(tmp_path, {name: content for name, content in files.items() if name != missing}, packed)
    assert f"{tmp_path} has no {missing}.gz" in refusal("mnist", tmp_path)


@pytest.mark.parametrize("packed", [True, False])
def test_a_file_with_another_md5_is_named_with_both(tmp_path: Path, files: Files, packed: bool) -> None:
    """One byte of the last image is another."""
    changed = files | {TEST_IMAGES: files[TEST_IMAGES][:-1] + bytes([files[TEST_IMAGES][-1] ^ 1])}
    put(tmp_path, changed, packed)
    why = refusal("mnist", tmp_path)
    assert why.startswith(f"{tmp_path / TEST_IMAGES}")
    assert "is not that of mnist: its MD5 is " in why
    assert f"expected {images.PUBLISHED['mnist'].unpacked[2]}; download it again" in why


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({TEST_LABELS: b""}, "t10k-labels-idx1-ubyte is not an IDX file"),
        ({TRAIN_IMAGES: idx((12, 28, 28), b"cut off")}, "train-images-idx3-ubyte says 12 x 28 x 28 and has 7 bytes"),
        ({TRAIN_IMAGES: idx((12, 27, 28), bytes(12 * 27 * 28))}, "training images in {} have the shape (12, 27, 28)"),
        ({TEST_IMAGES: idx((5 * 28 * 28,), bytes(5 * 28 * 28))}, "the test images in {} have the shape (3920,)"),
        ({TEST_IMAGES: idx((0, 28, 28), b""), TEST_LABELS: idx((0,), b"")}, "test images in {} have the shape (0, 28"),
        ({TRAIN_LABELS: idx((11,), bytes(11))}, "{} has 12 training images with labels of the shape (11,)"),
        ({TEST_LABELS: idx((5, 1), bytes(5))}, "{} has 5 test images with labels of the shape (5, 1)"),
        ({TEST_LABELS: idx((5,), bytes([0, 1, 2, 3, 10]))}, "{} has the label 10 among the test images"),
        ({TRAIN_LABELS: idx((12,), bytes([255] * 12))}, "{} has the label 255 among the training images"),
    ],
)  # fmt: skip
def test_images_and_labels_that_do_not_fit_are_refused_with_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: Files, words: str
) -> None:
    """Even if they were published so."""
    wrong = four_files() | changes
    publish(monkeypatch, wrong)
    put(tmp_path, wrong)
    why = refusal("mnist", tmp_path)
    assert words.format(tmp_path) in why
    assert str(tmp_path) in why


def test_fashion_mnist_without_a_published_md5_is_not_taken_from_mnists_files(tmp_path: Path, files: Files) -> None:
    """In one flat folder the files of both would have the same names."""
    put(tmp_path, files)
    assert "is that of mnist, not of fashion-mnist" in refusal("fashion-mnist", tmp_path)


def test_packed_fashion_mnist_with_another_md5_is_refused(tmp_path: Path, files: Files) -> None:
    put(tmp_path, files, packed=True)
    why = refusal("fashion-mnist", tmp_path)
    assert "is not that of fashion-mnist" in why
    assert "expected 8d4fb7e6c68d591d4c3dfef9ec88bf0d" in why


def test_unpacked_fashion_mnist_is_read_though_no_md5_of_it_is_published(tmp_path: Path) -> None:
    put(tmp_path, four_files())
    assert len(load("fashion-mnist", tmp_path).train_labels) == 12


def test_auto_is_mnist_where_it_is_there(tmp_path: Path, files: Files) -> None:
    put(tmp_path, files)
    assert load(AUTO, tmp_path).name == "mnist"


def test_auto_does_not_pass_over_a_damaged_mnist(tmp_path: Path, files: Files) -> None:
    """Whoever put it there wants to train on it."""
    put(tmp_path, files | {TRAIN_IMAGES: files[TRAIN_IMAGES][:-1]})
    assert "is not that of mnist" in refusal(AUTO, tmp_path)


def test_every_data_set_that_has_a_name_is_loaded_under_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sklearn")
    names = [name for name in DATASET_NAMES if name != AUTO]
    for name in names:
        if name in images.PUBLISHED:
            publish(monkeypatch, four_files(), name)
    put(tmp_path, four_files())
    assert [load(name, tmp_path).name for name in names] == names


def test_the_published_md5s_are_those_of_the_files_of_the_two_data_sets() -> None:
    """As torchvision lists them for its downloads; typed in here a second time, in another order."""
    assert images.PUBLISHED["mnist"].packed[::-1] == (
        "ec29112dd5afa0611ce80d1b7f02629c",
        "9fb629c4189551a2d022fa330f9573f3",
        "d53e105ee54ea40749a09fcbcd1e9432",
        "f68b3c2dcbeaaa9fbdd348bbdeb94873",
    )
    assert images.PUBLISHED["fashion-mnist"].packed[::-1] == (
        "bb300cfdad3c16e7a12a480ee83cd310",
        "bef4ecab320f06d8554ea6380940ec79",
        "25c81989df183df01b3e8a0aad5dffbe",
        "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
    )


def test_what_is_at_hand_is_mnist_where_it_is_there_and_else_the_digits(tmp_path: Path, files: Files) -> None:
    assert images.images_at_hand(tmp_path).name == images.images_at_hand(tmp_path, "fashion-mnist").name == "digits"
    put(tmp_path, files)
    assert images.images_at_hand(tmp_path).name == "mnist"
