"""A data set as tensors: normalised as the exercise does it, and a part held out."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.torch_models.training_runs import made_up_images
from torch_models.data import BACKGROUND, to_tensors
from torch_models.idx import DataError

CPU = torch.device("cpu")


def test_pixels_are_normalised_with_the_mean_and_deviation_of_the_exercise() -> None:
    images = made_up_images(train=10, test=3)
    data = to_tensors(images, 0, CPU)
    for split, pixels in ((data.train, images.train_images), (data.test, images.test_images)):
        expected = (pixels.astype(np.float64) / 255 - 0.1307) / 0.3081
        assert split.images.dtype == torch.float32
        assert split.images.shape == (len(pixels), 1, 28, 28)
        np.testing.assert_allclose(split.images[:, 0].numpy(), expected, rtol=2e-6)
        assert split.images.min().item() == pytest.approx(BACKGROUND)


def test_labels_are_the_images_own() -> None:
    images = made_up_images(train=10, test=3)
    data = to_tensors(images, 0, CPU)
    assert data.train.labels.tolist() == images.train_labels.tolist()
    assert data.test.labels.tolist() == images.test_labels.tolist()
    assert len(data.validation) == 0


def test_the_last_training_images_are_held_out_for_validation_and_the_test_images_stay() -> None:
    images = made_up_images(train=10, test=3)
    whole, data = to_tensors(images, 0, CPU), to_tensors(images, 4, CPU)
    assert (len(data.train), len(data.validation), len(data.test)) == (6, 4, 3)
    assert torch.equal(torch.cat([data.train.images, data.validation.images]), whole.train.images)
    assert torch.equal(torch.cat([data.train.labels, data.validation.labels]), whole.train.labels)
    assert torch.equal(data.test.images, whole.test.images)


@pytest.mark.parametrize("held_out", [10, 11, -1])
def test_holding_out_what_is_not_there_is_refused(held_out: int) -> None:
    with pytest.raises(DataError, match="cannot be held out for validation: made-up has 10 training images"):
        to_tensors(made_up_images(train=10, test=3), held_out, CPU)


def test_tensors_share_no_memory_with_the_images() -> None:
    """Training may change them."""
    images = made_up_images(train=10, test=3)
    to_tensors(images, 0, CPU).train.images.zero_()
    assert images.train_images.max() > 0
