"""Training: a model, its optimiser and schedule, and one epoch after the other.

What makes it fast on a CPU: the images are tensors in memory, not files behind a loader; activations are in
channels-last order, which the convolutions prefer; and the optimiser updates all weights in one call.
"""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  the name that everybody gives it
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR, LRScheduler, OneCycleLR
from torch.optim.swa_utils import AveragedModel

from torch_models.augmentation import augment
from torch_models.data import BACKGROUND, Split
from torch_models.processes import Processes
from torch_models.recipes import Recipe, Schedule

LOOK_EVERY = 20  # batches between looks at the loss: each makes an accelerator wait


class DivergedError(Exception):
    """Training has come to a loss that is no number."""


class Precision(StrEnum):
    """What the convolutions compute with while training; weights and evaluation are always float32."""

    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"


@dataclass(frozen=True)
class Pass:
    """What an epoch gave while it trained: means over its images, with augmentation and dropout."""

    learning_rate: float  # of the first update
    loss: float
    accuracy: float
    seconds: float
    images_per_second: float


class Training:
    """A model as it is trained; `epoch` counts the passes that are done."""

    def __init__(
        self, model: nn.Module, recipe: Recipe, train: Split, seed: int, precision: Precision, processes: Processes
    ) -> None:
        self.recipe, self.processes = recipe, processes
        self.model = model.to(train.images.device)
        self.model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # missing in its types
        self._train, self._precision = train, precision
        self._order = torch.Generator().manual_seed(seed)  # of the images: the same in every process
        self._optimiser = torch.optim.SGD(
            model.parameters(), recipe.learning_rate, recipe.momentum,
            weight_decay=recipe.weight_decay, nesterov=recipe.nesterov, fused=True,
        )  # fmt: skip
        self.updates = math.ceil(len(train) / recipe.batch)  # an epoch: as many as batches
        self._schedule = _schedule(self._optimiser, recipe, self.updates)
        self._averaged = _averaged(self.model, recipe)
        self._parallel = processes.parallel(self.model)
        self.epoch = 0

    @property
    def trained(self) -> nn.Module:
        """The model to judge by: with the averaged weights where the recipe averages."""
        return self.model if self._averaged is None else self._averaged.module

    def run_epoch(self, progress: Callable[[int, float], None]) -> Pass:
        """Pass over all training images once; `progress` is told the batch, from 1, and its loss now and then.

        Raises DivergedError, after which the model is of no use.
        """
        begin, rate = time.perf_counter(), float(self._schedule.get_last_lr()[0])
        self.model.train()
        device = self._train.images.device
        loss_sum, correct = torch.zeros((), device=device), torch.zeros((), dtype=torch.long, device=device)
        for batch, (indices, share) in enumerate(self._batches(), 1):
            loss, right = self._update(indices, share)
            if share:
                loss_sum += loss * len(indices)
                correct += right
            if batch % LOOK_EVERY == 0 or batch == self.updates:
                self._check_finite(loss_sum, batch)
                progress(batch, loss.item())
        loss_total, correct_total = self.processes.totals(loss_sum, correct)
        self.epoch += 1
        seconds = time.perf_counter() - begin
        images = len(self._train)
        return Pass(rate, loss_total / images, correct_total / images, seconds, images / seconds)

    def _check_finite(self, loss_sum: Tensor, batch: int) -> None:
        (total,) = self.processes.totals(loss_sum)  # of all processes, so that all of them stop
        if not math.isfinite(total):
            raise DivergedError(f"the loss is no longer a finite number in epoch {self.epoch + 1}, by batch {batch}")

    def _batches(self) -> Iterator[tuple[Tensor, float]]:
        """The indices of this process's images in each batch, and their part of it times the number of processes.

        The second is 1 but for a batch that cannot be shared equally: data-parallel training takes the mean of the
        processes' gradients, and each counts by its number of images. Where a batch has fewer images than there are
        processes, those without one take its first, which then counts for nothing: all must take part.
        """
        device, count = self._train.images.device, self.processes.count
        order = torch.randperm(len(self._train), generator=self._order).to(device)
        for batch in torch.split(order, self.recipe.batch):
            mine = batch[self.processes.rank :: count]
            yield (mine, len(mine) * count / len(batch)) if len(mine) else (batch[:1], 0)

    def _update(self, indices: Tensor, share: float) -> tuple[Tensor, Tensor]:
        """One step down the gradient; the loss before it, and how many images were right."""
        images, labels = self._train.images[indices], self._train.labels[indices]
        if self.recipe.augments:
            images = augment(images, self.recipe, BACKGROUND)
        with self._casting():
            outputs = self._parallel(images.contiguous(memory_format=torch.channels_last))
        loss = F.nll_loss(outputs.float(), labels)
        self._optimiser.zero_grad()
        torch.autograd.backward(loss * share if share != 1 else loss)
        self._optimiser.step()
        self._schedule.step()
        if self._averaged is not None:
            self._averaged.update_parameters(self.model)
        return loss.detach(), (outputs.detach().argmax(dim=1) == labels).sum()

    def _casting(self) -> AbstractContextManager[object]:
        if self._precision is Precision.FLOAT32:
            return nullcontext()
        return torch.autocast(self._train.images.device.type, torch.bfloat16)

    def state(self) -> dict[str, Any]:
        """All that a run needs to go on as if it had never stopped."""
        return {
            "epoch": self.epoch,
            "model": self.model.state_dict(),
            "averaged": None if self._averaged is None else self._averaged.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "schedule": self._schedule.state_dict(),
            "order": self._order.get_state(),
            "chance": self.processes.gather(_chance_state(self._train.images.device)),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a state. Raises KeyError, ValueError or RuntimeError where it is not one of this training."""
        self.model.load_state_dict(state["model"])
        if self._averaged is not None:
            self._averaged.load_state_dict(state["averaged"])
        self._optimiser.load_state_dict(state["optimiser"])
        self._schedule.load_state_dict(state["schedule"])
        self._order.set_state(state["order"])
        _set_chance(state["chance"][self.processes.rank], self._train.images.device)
        self.epoch = state["epoch"]


def _schedule(optimiser: torch.optim.Optimizer, recipe: Recipe, updates: int) -> LRScheduler:
    if recipe.schedule is Schedule.CONSTANT:
        return LambdaLR(optimiser, lambda _: 1.0)
    return OneCycleLR(optimiser, recipe.learning_rate, total_steps=recipe.epochs * updates, cycle_momentum=False)


def _averaged(model: nn.Module, recipe: Recipe) -> AveragedModel | None:
    """The exponential moving average of the weights and of the normalisations' statistics."""
    if not recipe.averaging:
        return None

    def average(averaged: Tensor, current: Tensor, count: Tensor | int) -> Tensor:
        if not averaged.is_floating_point():
            return current
        n = int(count)  # at first the average is young, and follows closely
        return averaged.lerp(current, 1 - min(recipe.averaging, (1 + n) / (10 + n)))

    return AveragedModel(model, avg_fn=average, use_buffers=True)


def _chance_state(device: torch.device) -> tuple[Tensor, Tensor | None]:
    """Where the random numbers of this process stand: on the CPU, and on an accelerator."""
    return torch.get_rng_state(), torch.cuda.get_rng_state(device) if device.type == "cuda" else None


def _set_chance(state: tuple[Tensor, Tensor | None], device: torch.device) -> None:
    torch.set_rng_state(state[0])
    if device.type == "cuda" and state[1] is not None:
        torch.cuda.set_rng_state(state[1], device)
