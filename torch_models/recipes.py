"""How a model is trained: everything that is chosen, and nothing that is learned."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

# Mean and standard deviation of MNIST's training images, as the exercise has them; pixels are from 0 to 1.
MEAN, DEVIATION = 0.1307, 0.3081


class Schedule(StrEnum):
    """How the learning rate goes over a run."""

    CONSTANT = "constant"
    ONE_CYCLE = "one-cycle"  # up and down again in cosines (Smith and Topin, 2018)


class Recipe(Struct, frozen=True, kw_only=True):
    """Stochastic gradient descent with momentum, and what is done to the images before."""

    name: str
    epochs: Annotated[int, Meta(ge=1)]
    batch: Annotated[int, Meta(ge=1)]  # images an update, of all processes together
    learning_rate: Annotated[float, Meta(gt=0)]  # the largest
    momentum: Annotated[float, Meta(ge=0)] = 0.9
    nesterov: bool = False
    weight_decay: float = 0.0
    schedule: Schedule = Schedule.CONSTANT
    rotation: float = 0.0  # degrees, at most, either way
    shift: float = 0.0  # pixels, at most, in each direction
    scale: float = 0.0  # part of the size, at most, larger or smaller
    shear: float = 0.0  # pixels to the side for each pixel down, at most, either way
    averaging: float = 0.0  # how much of the averaged weights each update keeps; 0: the weights are taken as they are

    @property
    def augments(self) -> bool:
        """Whether images are moved at all."""
        return bool(self.rotation or self.shift or self.scale or self.shear)


RECIPES: Mapping[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Recipe(name="reference", epochs=20, batch=64, learning_rate=0.01),
        Recipe(
            name="compact", epochs=15, batch=128, learning_rate=0.15, nesterov=True, weight_decay=2e-4,
            schedule=Schedule.ONE_CYCLE, rotation=9, shift=1.5, scale=0.08, shear=0.1, averaging=0.998,
        ),
        Recipe(
            name="tiny", epochs=15, batch=128, learning_rate=0.15, nesterov=True, weight_decay=2e-4,
            schedule=Schedule.ONE_CYCLE, rotation=9, shift=1.5, scale=0.05, averaging=0.998,
        ),
    )
}  # fmt: skip
