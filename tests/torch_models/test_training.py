"""Training: each update, average and rate is what the mathematics says, computed a second time in NumPy."""

import math
from collections.abc import Callable

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from numpy.typing import NDArray
from torch import Tensor, nn

from tests.torch_models.training_runs import (
    CPU,
    digits,
    linear,
    made_up_images,
    recipe,
    split,
    state_of,
    training,
    unheard,
)
from torch_models.data import Split, to_tensors
from torch_models.evaluation import judge
from torch_models.models import MODELS
from torch_models.recipes import Schedule
from torch_models.training import DivergedError, Precision

Numbers = NDArray[np.float64]


def gradient(weights: Numbers, bias: Numbers, images: Numbers, labels: NDArray[np.int64]) -> tuple[Numbers, Numbers]:
    """Of softmax regression's mean negative log-likelihood: (p - y) x, written out."""
    scores = images @ weights.T + bias
    chances = np.exp(scores - scores.max(axis=1, keepdims=True))
    chances /= chances.sum(axis=1, keepdims=True)
    off = (chances - np.eye(10)[labels]) / len(labels)
    return off.T @ images, off.sum(axis=0)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"momentum": 0.9},
        {"momentum": 0.9, "nesterov": True},
        {"momentum": 0.8, "weight_decay": 0.05},
        {"momentum": 0.9, "nesterov": True, "weight_decay": 0.05},
    ],
)
def test_updates_are_those_of_stochastic_gradient_descent_written_out(changes: dict[str, float]) -> None:
    """Three of them, each with all images; with momentum (v = µ v + g), Nesterov's (g + µ v) and decay (g + λ w)."""
    train, rate = split(), 0.02
    model = linear()
    weights = [tensor.double().numpy().copy() for tensor in state_of(model).values()]
    images, labels = train.images.flatten(1).double().numpy(), train.labels.numpy()
    velocities: list[Numbers | None] = [None, None]
    momentum = changes.get("momentum", 0.0)
    run = training(model, recipe(batch=60, learning_rate=rate, **changes), train)
    for _ in range(3):
        run.run_epoch(unheard)
        for k, slope in enumerate(gradient(weights[0], weights[1], images, labels)):
            slope = slope + changes.get("weight_decay", 0.0) * weights[k]
            before = velocities[k]
            velocity = slope if before is None else momentum * before + slope
            velocities[k] = velocity
            weights[k] = weights[k] - rate * (slope + momentum * velocity if changes.get("nesterov") else velocity)
    for found, expected in zip(model.parameters(), weights, strict=True):
        np.testing.assert_allclose(found.detach().numpy(), expected, rtol=1e-4, atol=1e-6)


def test_a_batch_is_a_part_of_the_images_and_the_last_one_is_what_remains() -> None:
    """50 images in batches of 20 are updates with 20, 20 and 10, each with the mean over its own images."""
    spy = Spy()
    run = training(spy, recipe(batch=20), split(made_up_images(train=50)))
    run.run_epoch(unheard)
    assert run.updates == 3
    assert [len(batch) for batch in spy.batches] == [20, 20, 10]


class Spy(nn.Module):
    """Softmax regression that remembers which images it has seen: each has a first pixel of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.linear, self.batches = linear(), list[list[float]]()

    def forward(self, images: Tensor) -> Tensor:
        """Log-probabilities (batch, 10)."""
        self.batches.append(images[:, 0, 0, 0].tolist())
        outputs: Tensor = self.linear(images)
        return outputs


def numbered(count: int) -> Split:
    """Images that can be told apart by their first pixel."""
    train = split(made_up_images(train=count))
    train.images[:, 0, 0, 0] = torch.arange(float(count))
    return train


def test_every_epoch_shows_every_image_once_in_another_order_which_the_seed_decides() -> None:
    orders = {}
    for seed in (1, 2):
        for again in (False, True):
            spy = Spy()
            run = training(spy, recipe(batch=7), numbered(50), seed)
            for _ in range(2):
                run.run_epoch(unheard)
            seen = [place for batch in spy.batches for place in batch]
            orders[seed, again] = seen
            assert sorted(seen[:50]) == sorted(seen[50:]) == list(range(50))
            assert seen[:50] != seen[50:]
    assert orders[1, False] == orders[1, True]
    assert orders[1, False] != orders[2, False]


def test_the_images_of_a_batch_keep_their_labels() -> None:
    """A model that reads the label from the picture is right from the first update to the last."""

    class Reader(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.nothing = nn.Parameter(torch.zeros(1))

        def forward(self, images: Tensor) -> Tensor:
            rows = images[:, 0, 4:24, 4:24].mean(dim=2).view(-1, 10, 2).mean(dim=2)
            return torch.log_softmax(100 * rows + self.nothing, dim=1)

    assert training(Reader(), recipe(batch=7)).run_epoch(unheard).accuracy == 1


def test_the_loss_and_accuracy_of_an_epoch_are_means_over_its_images_not_its_batches() -> None:
    """With updates too small to matter: those of the model over all images at once."""
    train, model = split(made_up_images(train=50)), linear()
    outputs = model(train.images)
    passed = training(model, recipe(batch=20, learning_rate=1e-20), train).run_epoch(unheard)
    assert passed.loss == pytest.approx(-outputs[range(50), train.labels].mean().item(), rel=1e-5)
    assert passed.accuracy == pytest.approx((outputs.argmax(dim=1) == train.labels).sum().item() / 50)
    assert passed.images_per_second == pytest.approx(50 / passed.seconds)


def test_progress_is_told_in_every_epoch_up_to_its_last_batch() -> None:
    heard: list[tuple[int, float]] = []
    training(linear(), recipe(batch=1), split(made_up_images(train=50))).run_epoch(lambda *batch: heard.append(batch))
    assert [batch for batch, _ in heard] == [20, 40, 50]
    assert all(math.isfinite(loss) and loss > 0 for _, loss in heard)


# A model whose every weight and statistic is compared, and one with a normalisation that counts its batches.
@pytest.mark.parametrize("make", [linear, MODELS["tiny"]], ids=["linear", "tiny"])
@pytest.mark.parametrize("averaging", [0.5, 0.998])
def test_averaged_weights_are_the_exponential_moving_average_in_numpy(
    make: Callable[[], nn.Module], averaging: float
) -> None:
    """Of weights and statistics after each update; at first it keeps only (1 + n) / (10 + n) of the average."""
    run = training(make(), recipe(batch=60, learning_rate=0.1, averaging=averaging))
    expected: dict[str, Numbers] = {}
    for update in range(6):
        run.run_epoch(unheard)
        kept = min(averaging, (1 + update) / (10 + update))
        for name, tensor in state_of(run.model).items():
            now = tensor.double().numpy()
            moving = update > 0 and tensor.is_floating_point()
            expected[name] = kept * expected[name] + (1 - kept) * now if moving else now
    found = state_of(run.trained)
    assert found.keys() == expected.keys()
    for name, tensor in found.items():
        np.testing.assert_allclose(tensor.double().numpy(), expected[name], rtol=1e-4, atol=1e-6, err_msg=name)
    assert any(not torch.equal(tensor, found[name]) for name, tensor in run.model.state_dict().items())


def test_without_averaging_the_model_itself_is_judged() -> None:
    run = training(linear(), recipe())
    assert run.trained is run.model


def one_cycle(largest: float, step: int, steps: int) -> float:
    """The rate of an update: from 1/25 up in the first 30 %, then down to 1/250,000, in half waves of a cosine."""
    top = 0.3 * steps - 1
    begin, end, part = (largest / 25, largest, step / top) if step <= top else (
        largest, largest / 25e4, (step - top) / (steps - 1 - top)
    )  # fmt: skip
    return end + (begin - end) / 2 * (1 + math.cos(math.pi * part))


@pytest.mark.parametrize(("epochs", "batch"), [(5, 20), (8, 30), (1, 60)])
def test_the_learning_rate_goes_up_and_down_in_one_cycle(epochs: int, batch: int) -> None:
    run = training(
        linear(), recipe(epochs=epochs, batch=batch, learning_rate=0.3, schedule=Schedule.ONE_CYCLE, momentum=0.9)
    )
    rates = [run.run_epoch(unheard).learning_rate for _ in range(epochs)]
    steps = epochs * run.updates
    assert rates == pytest.approx([one_cycle(0.3, epoch * run.updates, steps) for epoch in range(epochs)])


def test_a_constant_learning_rate_is_constant() -> None:
    run = training(linear(), recipe(learning_rate=0.07))
    assert [run.run_epoch(unheard).learning_rate for _ in range(3)] == [0.07] * 3


def test_it_learns_a_hundred_digits_by_heart() -> None:
    """Nine of ten, where chance gives one; how many more hangs on the order of sums, and so on the threads."""
    train = split(digits(train=100))
    torch.manual_seed(1)
    run = training(MODELS["compact"](), recipe(batch=20, learning_rate=0.1, momentum=0.9, epochs=25), train)
    accuracy = [run.run_epoch(unheard).accuracy for _ in range(25)]
    assert accuracy[0] < 0.5
    assert max(accuracy) > 0.9
    assert judge(run.trained, train).correct > 90


@pytest.mark.parametrize("precision", Precision)
def test_three_epochs_on_the_digits_read_most_test_digits(precision: Precision) -> None:
    """Which it has not seen; by chance it would be a tenth. Weights and judgement are float32 all along.

    After one epoch it hangs on the order of sums how many they are; after three they were nine of ten for all seeds.
    """
    data = to_tensors(digits(), 0, CPU)
    torch.manual_seed(1)
    model = MODELS["compact"]()
    run = training(model, recipe(batch=8, momentum=0.9, epochs=3), data.train, precision=precision)
    assert judge(run.trained, data.test).correct < 0.3 * len(data.test)
    for _ in range(3):
        run.run_epoch(unheard)
    judged = judge(run.trained, data.test)
    assert judged.correct > 0.5 * len(data.test)
    assert judged.outputs.dtype == torch.float32
    assert {tensor.dtype for tensor in run.model.parameters()} == {torch.float32}


def test_bfloat16_computes_in_sixteen_bits_while_training() -> None:
    seen = []
    for precision in Precision:
        model = MODELS["tiny"]()
        model[0].register_forward_hook(lambda *call: seen.append(call[2].dtype))
        training(model, recipe(batch=60), precision=precision).run_epoch(unheard)
    assert seen == [torch.float32, torch.bfloat16]


def test_a_loss_that_is_no_number_stops_the_epoch_and_says_which() -> None:
    run = training(linear(), recipe(batch=2))
    run.run_epoch(unheard)
    heard: list[int] = []
    with torch.no_grad():
        next(run.model.parameters()).fill_(math.nan)
    with pytest.raises(DivergedError, match=r"no longer a finite number in epoch 2, by batch 20$"):
        run.run_epoch(lambda batch, _: heard.append(batch))
    assert heard == []


def test_an_absurd_learning_rate_diverges_in_words() -> None:
    torch.manual_seed(1)
    run = training(MODELS["tiny"](), recipe(batch=1, learning_rate=1e12))
    with pytest.raises(DivergedError, match=r"in epoch 1, by batch \d+$"):
        run.run_epoch(unheard)
