"""Images turned, moved, scaled and slanted: as far as the recipe says, and over the background."""

import math

import pytest

torch = pytest.importorskip("torch")

import torch.nn.functional as F  # noqa: N812  the name that everybody gives it
from torch import Tensor

from tests.torch_models.training_runs import recipe
from torch_models import augmentation
from torch_models.augmentation import augment
from torch_models.data import BACKGROUND

CENTRE = 13.5  # of 28 pixels, counted from 0


def blobs(count: int = 1, top: int = 8, left: int = 11) -> Tensor:
    """Images (count, 1, 28, 28) of a blob of noise, 9 pixels high and 7 wide, on the background."""
    images = torch.full((count, 1, 28, 28), BACKGROUND)
    images[..., top : top + 9, left : left + 7] = torch.rand(9, 7, generator=torch.Generator().manual_seed(0))
    return images


@pytest.fixture
def at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every change is made as far as it may go, one way."""
    monkeypatch.setattr(augmentation, "_chance", lambda count, like: like.new_ones(count))


def centre(images: Tensor) -> Tensor:
    """Where the ink of each image is, across and down (n, 2), in pixels from the middle."""
    ink = images[:, 0] - BACKGROUND
    places = torch.arange(28.0) - CENTRE
    total = ink.sum(dim=(1, 2))
    return torch.stack([(ink.sum(dim=1) @ places) / total, (ink.sum(dim=2) @ places) / total], dim=1)


def line(angle: float) -> Tensor:
    """An image (1, 1, 28, 28) of a line through the middle, at an angle in degrees from the right towards the top."""
    across, down = torch.meshgrid(torch.arange(28.0) - CENTRE, torch.arange(28.0) - CENTRE, indexing="xy")
    turn = math.radians(angle)
    distance = (across * math.sin(turn) + down * math.cos(turn)).abs()
    ink = (distance < 1.5) & (across.hypot(down) < 10)
    return torch.where(ink, 2.5, BACKGROUND)[None, None]


def angles(images: Tensor) -> Tensor:
    """The angle of each image's ink, in degrees, from its second moments."""
    ink = (images[:, 0] - BACKGROUND).clamp(min=0)
    across, down = torch.meshgrid(torch.arange(28.0) - CENTRE, torch.arange(28.0) - CENTRE, indexing="xy")
    moments = [(ink * product).sum(dim=(1, 2)) for product in (across * across, across * down, down * down)]
    return torch.rad2deg(0.5 * torch.atan2(-2 * moments[1], moments[0] - moments[2]))


def test_nothing_changes_where_the_recipe_changes_nothing() -> None:
    images = blobs(5)
    torch.testing.assert_close(augment(images, recipe(), BACKGROUND), images)


@pytest.mark.usefixtures("at_most")
@pytest.mark.parametrize("pixels", [1, 2, 5])
def test_a_shift_by_whole_pixels_moves_every_pixel_so_far(pixels: int) -> None:
    images = blobs()
    moved = augment(images, recipe(shift=pixels), BACKGROUND)
    torch.testing.assert_close(moved, torch.roll(images, (-pixels, -pixels), dims=(2, 3)), atol=1e-5, rtol=0)


@pytest.mark.usefixtures("at_most")
def test_what_comes_in_at_the_edge_is_background() -> None:
    """Ink that leaves on one side does not come back on the other, and no dark frame follows it."""
    moved = augment(torch.full((1, 1, 28, 28), 2.5), recipe(shift=3), BACKGROUND)
    expected = torch.full((1, 1, 28, 28), BACKGROUND)
    expected[..., :25, :25] = 2.5
    torch.testing.assert_close(moved, expected, atol=1e-4, rtol=0)


@pytest.mark.parametrize("changes", [{"rotation": 20}, {"shift": 3}, {"scale": 0.2}, {"shear": 0.2}])
def test_an_empty_image_stays_background(changes: dict[str, float]) -> None:
    images = torch.full((8, 1, 28, 28), BACKGROUND)
    torch.testing.assert_close(augment(images, recipe(**changes), BACKGROUND), images)


@pytest.mark.usefixtures("at_most")
@pytest.mark.parametrize("degrees", [5, 9, 30])
def test_a_rotation_turns_by_the_angle(degrees: float) -> None:
    turned = augment(line(20), recipe(rotation=degrees), BACKGROUND)
    assert angles(turned).item() == pytest.approx(20 + degrees, abs=0.3)


@pytest.mark.usefixtures("at_most")
def test_a_quarter_turn_is_that_of_the_pixels() -> None:
    torch.testing.assert_close(
        augment(blobs(), recipe(rotation=90), BACKGROUND), torch.rot90(blobs(), 1, dims=(2, 3)), atol=1e-4, rtol=0
    )


def test_rotations_are_bounded_by_the_recipe_and_go_both_ways() -> None:
    torch.manual_seed(0)
    turned = angles(augment(line(0).expand(500, 1, 28, 28), recipe(rotation=9), BACKGROUND))
    assert turned.abs().max() < 9.3
    assert turned.max() > 8
    assert turned.min() < -8
    assert abs(turned.mean()) < 1


def test_shifts_are_bounded_by_the_recipe_and_go_all_ways_on_their_own() -> None:
    torch.manual_seed(0)
    moved = centre(augment(blobs(500), recipe(shift=2.5), BACKGROUND)) - centre(blobs())
    assert moved.abs().max() < 2.5 + 1e-3
    assert (moved.max(dim=0).values > 2.3).all()
    assert (moved.min(dim=0).values < -2.3).all()
    assert abs(torch.corrcoef(moved.T)[0, 1]) < 0.15


@pytest.mark.usefixtures("at_most")
@pytest.mark.parametrize("scale", [0.1, 0.25])
def test_scaling_changes_the_size_of_the_ink(scale: float) -> None:
    """A square of 12 pixels: its sides are read where the ink has fallen to a half."""
    images = torch.full((1, 1, 28, 28), BACKGROUND)
    images[..., 8:20, 8:20] = 2.0
    scaled = augment(images, recipe(scale=scale), BACKGROUND)
    side = ((scaled - BACKGROUND) / (2 - BACKGROUND)).sum().sqrt().item()
    assert side == pytest.approx(12 * (1 + scale), abs=0.2)


@pytest.mark.usefixtures("at_most")
def test_a_slant_moves_each_row_by_its_distance_from_the_middle() -> None:
    images = torch.full((1, 1, 28, 28), BACKGROUND)
    images[..., 4:24, 11:17] = 2.0
    slanted = (augment(images, recipe(shear=0.3), BACKGROUND) - BACKGROUND)[0, 0, 5:23]
    places = (slanted @ torch.arange(28.0)) / slanted.sum(dim=1) - CENTRE
    expected = -0.3 * (torch.arange(5.0, 23.0) - CENTRE)
    torch.testing.assert_close(places, expected, atol=0.01, rtol=0)


@pytest.mark.parametrize("count", [1, 2, 7])
def test_a_batch_of_any_size_keeps_its_shape_and_each_image_is_changed_on_its_own(count: int) -> None:
    torch.manual_seed(0)
    changed = augment(blobs(count), recipe(rotation=9, shift=1.5, scale=0.05, shear=0.1), BACKGROUND)
    assert changed.shape == (count, 1, 28, 28)
    assert changed.dtype == torch.float32
    assert len({image.numpy().tobytes() for image in changed}) == count


def test_the_same_seed_makes_the_same_changes() -> None:
    results = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        results.append(augment(blobs(3), recipe(rotation=9, shift=1.5, scale=0.05), BACKGROUND))
    assert torch.equal(results[0], results[1])
    assert not torch.equal(results[0], results[2])


@pytest.mark.usefixtures("at_most")
def test_a_shift_by_half_a_pixel_is_the_mean_of_four() -> None:
    images = blobs()
    moved = augment(images, recipe(shift=0.5), BACKGROUND)
    expected = F.avg_pool2d(F.pad(images, (0, 1, 0, 1), value=BACKGROUND), 2, stride=1)
    torch.testing.assert_close(moved, expected, atol=1e-5, rtol=0)
