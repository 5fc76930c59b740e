"""Images turned, moved, scaled and slanted a little, a whole batch at once."""

import math

import torch
import torch.nn.functional as F  # noqa: N812  the name that everybody gives it
from torch import Tensor

from torch_models.recipes import Recipe


def augment(images: Tensor, recipe: Recipe, background: float) -> Tensor:
    """Each image (batch, 1, height, width) turned, moved, scaled and slanted by chance, over the background."""
    count = len(images)
    angle = math.radians(recipe.rotation) * _chance(count, images)
    size = 1 + recipe.scale * _chance(count, images)
    # An affine grid maps places of the result to places in the image, both from -1 to 1 across it.
    pixel = 2 / images.shape[-1]
    right, down = (recipe.shift * pixel * _chance(count, images) for _ in range(2))
    cosine, sine = torch.cos(angle) / size, torch.sin(angle) / size
    slant = recipe.shear * _chance(count, images)
    rows = torch.stack((cosine, slant - sine, right, sine, cosine, down), dim=1)  # (batch, 6)
    grid = F.affine_grid(rows.view(count, 2, 3), list(images.shape), align_corners=False)
    # Outside an image grid_sample sees 0, so the background is made 0 meanwhile.
    return F.grid_sample(images - background, grid, padding_mode="zeros", align_corners=False) + background


def _chance(count: int, like: Tensor) -> Tensor:
    """Numbers between -1 and 1, one an image."""
    return 2 * torch.rand(count, device=like.device) - 1
