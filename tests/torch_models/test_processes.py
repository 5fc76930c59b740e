"""Data-parallel training: several processes make the updates that one would make, on the same batches."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from tests.commands.training import torchrun
from tests.torch_models.training_runs import linear, made_up_images, recipe, split, state_of, training, unheard
from torch_models.processes import Processes

# Trains under torchrun as the command does, but for the model: one that has no chance in it and no batch statistics.
# At the end no thread may be left, as it could abort the process while that ends.
SCRIPT = """
import sys
from pathlib import Path

import torch

from tests.torch_models.training_runs import CPU, linear, made_up_images, recipe, split, training, unheard
from torch_models.processes import training_processes

def train(processes, count, batch, averaging, path):
    chosen = recipe(batch=batch, momentum=0.9, nesterov=True, weight_decay=0.001, averaging=averaging)
    run = training(linear(), chosen, split(made_up_images(train=count)), processes=processes)
    passes = [run.run_epoch(unheard) for _ in range(3)]
    assert processes.gather(processes.rank) == list(range(processes.count))
    if processes.is_first:
        torch.save({"weights": run.trained.state_dict(), "passes": [(p.loss, p.accuracy) for p in passes]}, path)


torch.manual_seed(0)
with training_processes(CPU) as processes:
    train(processes, int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4])
threads = [task.joinpath("comm").read_text() for task in Path("/proc/self/task").glob("*")]
assert not [name for name in threads if "gloo" in name], threads
"""


@dataclass(frozen=True)
class Beside(Processes):
    """One of several processes, without the others."""

    def parallel(self, model: nn.Module) -> nn.Module:
        """The model itself."""
        return model

    def totals(self, *sums: Tensor) -> list[float]:
        """Of this process alone."""
        return [float(one) for one in sums]


class Spy(nn.Module):
    """Softmax regression that remembers its inputs' first pixels, and the gradient of each of its updates."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.linear, self.seen, self.slopes = linear(), list[list[float]](), list[Tensor]()
        self.linear[1].weight.register_post_accumulate_grad_hook(lambda weight: self.slopes.append(weight.grad.clone()))

    def forward(self, images: Tensor) -> Tensor:
        """Log-probabilities (batch, 10)."""
        self.seen.append(images[:, 0, 0, 0].tolist())
        outputs: Tensor = self.linear(images)
        return outputs


def by_itself(count: int, batch: int, processes: int, rank: int) -> tuple[Spy, tuple[float, float]]:
    """One of so many processes' epoch; weights do not move, so that all see what one process would."""
    train = split(made_up_images(train=count))
    train.images[:, 0, 0, 0] = torch.arange(float(count))
    spy = Spy()
    passed = training(
        spy, recipe(batch=batch, learning_rate=1e-30), train, processes=Beside(processes, rank)
    ).run_epoch(unheard)
    return spy, (passed.loss, passed.accuracy)


@given(st.integers(2, 40), st.integers(1, 12), st.integers(2, 5))
@settings(max_examples=25)
def test_the_mean_of_the_processes_gradients_is_that_of_the_batch(count: int, batch: int, processes: int) -> None:
    """Also of batches that cannot be shared equally, and of those with fewer images than there are processes."""
    alone, whole = by_itself(count, batch, 1, 0)
    shares = [by_itself(count, batch, processes, rank) for rank in range(processes)]
    for k, slope in enumerate(alone.slopes):
        mean = torch.stack([spy.slopes[k] for spy, _ in shares]).mean(dim=0)
        torch.testing.assert_close(mean, slope, rtol=1e-4, atol=1e-6)
        assert all(spy.seen[k] for spy, _ in shares)  # not every layer takes a batch of nothing
        seen = {place for spy, _ in shares for place in spy.seen[k]}
        assert seen == set(alone.seen[k])
    assert np.sum([passed for _, passed in shares], axis=0) == pytest.approx(whole, rel=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize(("count", "batch", "averaging"), [(60, 20, 0.0), (51, 10, 0.5)])
def test_weights_after_three_epochs_are_those_of_one_process(
    tmp_path: Path, count: int, batch: int, averaging: float
) -> None:
    """Of 51 images in batches of 10 one remains: a process has none of it."""
    (tmp_path / "run.py").write_text(SCRIPT)
    outcome = torchrun(tmp_path, "run.py", str(count), str(batch), str(averaging), "found.pt")
    assert outcome.status == 0, outcome.errors
    found = torch.load(tmp_path / "found.pt", weights_only=True)
    torch.manual_seed(0)
    run = training(
        linear(), recipe(batch=batch, momentum=0.9, nesterov=True, weight_decay=0.001, averaging=averaging),
        split(made_up_images(train=count)),
    )  # fmt: skip
    passes = [run.run_epoch(unheard) for _ in range(3)]
    for name, expected in state_of(run.trained).items():
        torch.testing.assert_close(found["weights"][name], expected, rtol=1e-4, atol=1e-6)
    for (loss, accuracy), expected in zip(found["passes"], passes, strict=True):
        assert (loss, accuracy) == pytest.approx((expected.loss, expected.accuracy), rel=1e-5)
