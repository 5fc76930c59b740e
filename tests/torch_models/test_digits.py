"""Scikit-learn's digits, scaled to the form of MNIST's."""

import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn")

from sklearn.datasets import load_digits

from tests.torch_models.data_sets import load, refusal
from torch_models.images import Images


@pytest.fixture(scope="module")
def digits() -> Images:
    """Scikit-learn's digits, as they are trained on."""
    return load("digits", Path("nowhere"))


def test_the_digits_are_1797_images_of_28_by_28_with_all_ten_labels(digits: Images) -> None:
    """A margin of four is background, and ink goes up to 255."""
    both = np.concatenate([digits.train_images, digits.test_images])
    labels = np.concatenate([digits.train_labels, digits.test_labels])
    assert both.shape == (1797, 28, 28)
    assert both.dtype == labels.dtype == np.uint8
    assert both[:, 4:24, 4:24].sum() == both.sum(dtype=np.int64)
    assert both.min() == 0
    assert both.max() == 255
    for part in (digits.train_labels, digits.test_labels):
        assert sorted(set(part.tolist())) == list(range(10))


def test_the_digits_look_as_scikit_learn_has_them(digits: Images) -> None:
    """Taken together in blocks of 2.5 pixels, the ink of each picture is where it was, and about as much."""
    bunch = load_digits()
    both = np.concatenate([digits.train_images, digits.test_images])[:, 4:24, 4:24].astype(float)
    assert np.concatenate([digits.train_labels, digits.test_labels]).tolist() == bunch.target.tolist()
    halves = both.repeat(2, axis=1).repeat(2, axis=2)  # (n, 40, 40): five to a block
    blocks = halves.reshape(-1, 8, 5, 8, 5).mean(axis=(2, 4)) * 16 / 255
    correlations = [
        np.corrcoef(mine.ravel(), theirs.ravel())[0, 1] for mine, theirs in zip(blocks, bunch.images, strict=True)
    ]
    assert min(correlations) > 0.93
    np.testing.assert_allclose(blocks.mean(axis=(1, 2)), bunch.images.mean(axis=(1, 2)), rtol=0.08)


def test_the_test_digits_begin_with_a_form_of_their_own(digits: Images) -> None:
    """Whoever wrote filled in the same form, which begins with all digits and ends with 9 0 8 9 8: none is cut in two,
    so that nobody's digits are learned from and tested on."""
    form = digits.train_labels[:130].tolist()
    assert form[:20] == [*range(10), *range(10)]
    assert digits.train_labels[-5:].tolist() == form[-5:] == [9, 0, 8, 9, 8]
    assert digits.test_labels[:10].tolist() == form[:10]


def test_the_digits_are_the_same_each_time(digits: Images) -> None:
    again = load("digits", Path("elsewhere"))
    assert again.md5 == digits.md5
    np.testing.assert_array_equal(again.train_images, digits.train_images)
    np.testing.assert_array_equal(again.test_labels, digits.test_labels)


def test_without_scikit_learn_it_says_how_to_get_the_digits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    assert "pip install scikit-learn" in refusal("digits", tmp_path)
