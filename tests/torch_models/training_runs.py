"""Small training runs: made-up images, quick recipes, models that are easily computed by hand, and who listens."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import md5
from pathlib import Path

import msgspec
import numpy as np
import torch
from torch import Tensor, nn

from tests.torch_models.data_sets import load
from torch_models.data import Split, to_tensors
from torch_models.images import Images
from torch_models.processes import Processes
from torch_models.recipes import Recipe
from torch_models.record import Epoch
from torch_models.run import Plan, train
from torch_models.run_folder import new_run
from torch_models.training import Precision, Training

torch.set_num_threads(1)  # small batches need no more, and sums come in the same order each time
CPU = torch.device("cpu")


def made_up_images(train: int = 60, test: int = 20, seed: int = 0) -> Images:
    """Images that a network learns at once: a bright row that tells the digit, in noise."""
    chance = np.random.default_rng(seed)
    labels = (np.arange(train + test) % 10).astype(np.uint8)
    pictures = chance.integers(0, 60, (train + test, 28, 28), dtype=np.uint8)
    pictures[:, 0] = 0
    for picture, label in zip(pictures, labels, strict=True):
        picture[4 + 2 * label : 6 + 2 * label, 4:24] = 255
    digest = md5(pictures.tobytes(), usedforsecurity=False).hexdigest()
    return Images("made-up", pictures[:train], labels[:train], pictures[train:], labels[train:], {"images": digest})


def digits(train: int | None = None, test: int | None = None) -> Images:
    """Scikit-learn's digits, or the first of them."""
    whole = load("digits", Path())
    return replace(
        whole, train_images=whole.train_images[:train], train_labels=whole.train_labels[:train],
        test_images=whole.test_images[:test], test_labels=whole.test_labels[:test],
    )  # fmt: skip


def recipe(**changes: object) -> Recipe:
    """A recipe for so few images, with a constant learning rate and nothing else, but for the changes."""
    plain = Recipe(name="test", epochs=4, batch=20, learning_rate=0.02, momentum=0.0)
    return msgspec.structs.replace(plain, **changes)


def linear() -> nn.Sequential:
    """Softmax regression: one layer, whose gradient is quickly written down."""
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 10), nn.LogSoftmax(dim=1))


def split(images: Images | None = None) -> Split:
    """The training images as tensors."""
    return to_tensors(images or made_up_images(), 0, CPU).train


def training(
    model: nn.Module, recipe: Recipe, train: Split | None = None, seed: int = 1,
    precision: Precision = Precision.FLOAT32, processes: Processes | None = None,
) -> Training:  # fmt: skip
    """A model as it is trained, by one process where nothing else is said."""
    return Training(model, recipe, train or split(), seed, precision, processes or Processes())


def unheard(batch: int, loss: float) -> None:
    """Take no notice of a batch."""


def state_of(model: nn.Module) -> Mapping[str, Tensor]:
    """A copy of a model's weights and statistics."""
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


def plan(
    images: Images | None = None, model: str = "tiny", held_out: int = 0, seed: int = 1, **changes: object
) -> Plan:
    """What to train: by default the smallest model on made-up images."""
    return Plan(model, recipe(**changes), images or made_up_images(), held_out, seed, CPU, 1, Precision.FLOAT32)


@dataclass
class Heard:
    """A listener that writes down what it is told, and interrupts, as Ctrl-C does, within an epoch."""

    interrupts: int | None = None  # this epoch
    batches: list[tuple[int, float]] = field(default_factory=list)
    begun: list[tuple[int, int, int]] = field(default_factory=list)
    epochs: list[Epoch] = field(default_factory=list)

    def epoch_begins(self, epoch: int, epochs: int, batches: int) -> None:
        """Write it down."""
        self.begun.append((epoch, epochs, batches))

    def batch_done(self, batch: int, loss: float) -> None:
        """Write it down, or interrupt."""
        self.batches.append((batch, loss))
        if self.begun[-1][0] == self.interrupts:
            raise KeyboardInterrupt

    def epoch_ends(self, epoch: Epoch) -> None:
        """Write it down."""
        self.epochs.append(epoch)


def begin(runs: Path, plan: Plan) -> Path:
    """The folder of a new run, with its header."""
    return new_run(runs, plan, Processes())


def go_on(folder: Path, plan: Plan, listener: Heard | None = None) -> Heard:
    """Train from where the run in a folder is to its end, or until the listener interrupts."""
    listener = listener or Heard()
    try:
        train(folder, plan, Processes(), listener)
    except KeyboardInterrupt:
        assert listener.interrupts is not None
    return listener
