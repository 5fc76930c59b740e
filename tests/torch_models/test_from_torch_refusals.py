"""What of PyTorch has no counterpart is refused in one line, by its name."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from torch import Tensor, nn, optim

from templates import TemplateError
from torch_models import from_torch

ROWS = torch.ones(4, 2)
SGD = partial(optim.SGD, lr=0.1)


def refusal(
    module: Any, inputs: Any = ROWS, targets: Any = ROWS, loss: Any = None, make: Any = SGD, **more: Any
) -> str:
    """What is said of it."""
    parameters = [*module.parameters()] or [nn.Parameter(torch.ones(1))]
    with pytest.raises(TemplateError) as caught:
        from_torch(module, inputs, targets, loss or nn.MSELoss(), make(parameters), **more)
    assert "\n" not in str(caught.value)
    return str(caught.value)


class Written(nn.Module):
    """A module with a forward pass of its own."""

    def __init__(self, forward: Callable[..., Any]) -> None:
        super().__init__()
        self.fc, self.own = nn.Linear(2, 2), forward

    def forward(self, x: Tensor) -> Any:
        return self.own(self, x)


LINEAR = partial(nn.Linear, 2, 2)
PICTURE = torch.ones(4, 2, 6, 6)
TIED = LINEAR()


@pytest.mark.parametrize(
    ("layers", "inputs", "said"),
    [
        ([LINEAR(), nn.ReLU(), nn.LayerNorm(2)], ROWS, "Sequential.2: nn.LayerNorm has no counterpart; nn.Linear,"),
        (
            [LINEAR(), nn.BatchNorm1d(2).eval()],
            ROWS,
            "nn.BatchNorm1d(training=False) has no counterpart; training=True",
        ),
        ([LINEAR(), nn.BatchNorm1d(2, affine=False)], ROWS, "nn.BatchNorm1d(affine=False) has no counterpart"),
        ([LINEAR(), nn.BatchNorm2d(2)], ROWS, "nn.BatchNorm2d must come after what has 3 dimensions a sample, got 2"),
        ([LINEAR(), nn.BatchNorm1d(3), LINEAR()], ROWS, "layers[2].gamma must be one number, or one for each of 2"),
        ([nn.Conv2d(2, 2, 3, groups=2)], PICTURE, "Sequential.0: nn.Conv2d(groups=2) has no counterpart; groups=1 has"),
        ([nn.Conv2d(2, 2, 3, dilation=2)], PICTURE, "nn.Conv2d(dilation=(2, 2)) has no counterpart"),
        ([nn.Conv2d(2, 2, 3, padding_mode="reflect")], PICTURE, "padding_mode='reflect'"),
        ([nn.Conv2d(2, 2, 3, padding=(1, 2)), nn.Flatten(), nn.Linear(96, 2)], PICTURE, "layers[1].padding must be"),
        ([nn.MaxPool2d(2, padding=1)], PICTURE, "nn.MaxPool2d(padding=1) has no counterpart; padding=0 has"),
        ([nn.AvgPool2d(2, ceil_mode=True)], PICTURE, "nn.AvgPool2d(ceil_mode=True)"),
        ([nn.MaxPool2d(2)], PICTURE[:, 0], "nn.MaxPool2d must come after what has 3 dimensions a sample, got 6x6"),
        ([nn.Flatten(2)], PICTURE, "nn.Flatten(start_dim=2)"),
        ([nn.Linear(6, 2)], PICTURE, "nn.Linear must come after what has 1 dimensions a sample, got 2x6x6"),
        ([nn.Linear(3, 2)], ROWS, "Sequential.0: nn.Linear does not take what comes before it: mat1 and mat2"),
        ([LINEAR(), nn.Dropout(0.5)], ROWS, "nn.Dropout draws anew in each step"),
        ([LINEAR(), nn.LeakyReLU(0.2)], ROWS, "nn.LeakyReLU(negative_slope=0.2) has no counterpart"),
        ([LINEAR(), nn.GELU()], ROWS, "nn.GELU(approximate='none') has no counterpart; approximate='tanh' has"),
        ([LINEAR(), nn.Softmax(0)], ROWS, "nn.Softmax(dim=0) has no counterpart; dim=1 has"),
        ([LINEAR(), nn.ReLU(), nn.Tanh()], ROWS, "Sequential.2: nn.Tanh must follow nn.Linear or nn.Conv2d or"),
        ([nn.ReLU(), LINEAR()], ROWS, "Sequential.0: nn.ReLU must follow"),
        ([LINEAR(), nn.LogSoftmax(1), LINEAR()], ROWS, "nn.Linear follows nn.LogSoftmax, which must be the last"),
        ([LINEAR(), nn.LogSoftmax(1)], ROWS, "loss: nn.MSELoss must follow nn.Linear or nn.Sigmoid or"),
        ([nn.Flatten()], ROWS, "the last layer must be nn.Linear"),
        ([TIED, nn.Tanh(), TIED], ROWS, "nn.Linear is used twice, or shares parameters with another layer"),
        ([nn.Embedding(4, 2, padding_idx=0)], ROWS.long(), "nn.Embedding(padding_idx=0)"),
        ([nn.Linear(2, 3)], ROWS, "targets: must have the shape 4x3, as the outputs and the loss ask for, got 4x2"),
        ([LINEAR()], torch.ones(4), "inputs: must have a sample in each row, got the shape (4,)"),
        ([LINEAR()], [[1.0, 2.0]], "inputs: must be a Tensor of PyTorch, got list"),
        ([nn.Linear(2, 1), nn.Softmax(1)], ROWS, "targets: must have the shape 4x1"),
    ],
)
def test_a_layer_without_a_counterpart_is_named(layers: list[nn.Module], inputs: Any, said: str) -> None:
    assert said in refusal(nn.Sequential(*layers), inputs)


@pytest.mark.parametrize(
    ("forward", "said"),
    [
        (lambda own, x: own.fc(x) + x, "Written.add: reads something other than the layer before it"),
        (lambda own, x: own.fc(x) * 2, "Written.mul: mul has no counterpart; nn.ReLU,"),
        (lambda own, x: own.fc(x).view(-1, 2), "Written.view: view has no counterpart"),
        (
            lambda own, x: own.fc(x) if x.sum() > 0 else x,
            "Written: cannot be traced by torch.fx: TraceError: symbolically",
        ),
        (lambda own, x: (own.fc(x), x), "Written: reads something other than the layer before it"),
        (lambda own, x: (own.fc(x),), "Written: does not return a single tensor"),
        (lambda own, x: own.fc(x)[0], "Written.fc: nn.Linear must pass on its whole output, got [0] of it"),
    ],
)
def test_a_forward_pass_that_is_no_chain_is_refused(forward: Callable[..., Any], said: str) -> None:
    assert said in refusal(Written(forward))


def test_a_batch_norm_needs_several_samples_a_step_and_its_shift() -> None:
    module = nn.Sequential(LINEAR(), nn.BatchNorm1d(2), LINEAR())
    assert "batch norm takes the mean of several samples a step" in refusal(module, ROWS[:1], ROWS[:1])
    assert "give samples, and a batch_size of 2 or more" in refusal(module, batch_size=1)
    module[1].bias = None
    assert "Sequential.1: nn.BatchNorm1d without its bias has no counterpart" in refusal(module)


def test_a_recurrent_layer_without_a_last_state_or_with_half_of_its_biases_trained_is_refused() -> None:
    def of(pick: Callable[[Any], Any], make: Any = SGD, **options: Any) -> str:
        module = Written(lambda own, x: own.fc(pick(own.rnn(x))))
        module.rnn = nn.RNN(2, 2, **{"batch_first": True, **options})
        return refusal(module, torch.ones(4, 3, 2), make=make)

    assert "nn.RNN(batch_first=False)" in of(lambda both: both[0][:, -1], batch_first=False)
    assert "must pass on its last state, got [0]" in of(lambda both: both[0][:, 0])
    assert "returns several tensors" in of(lambda both: both)
    assert "Written.rnn: bias_ih_l0 and bias_hh_l0: one is trained and one is not" in of(
        lambda both: both[0][:, -1], make=lambda parameters: SGD(parameters[:-1])
    )


@pytest.mark.parametrize(
    ("units", "loss", "targets", "said"),
    [
        ([], nn.L1Loss(), ROWS, "loss: nn.L1Loss has no counterpart; nn.MSELoss, nn.BCELoss,"),
        ([], nn.functional.mse_loss, ROWS, "loss: mse_loss has no counterpart"),
        ([], nn.MSELoss(reduction="none"), ROWS, "loss: nn.MSELoss(reduction='none') of 2 outputs has no counterpart"),
        ([], nn.BCELoss(), ROWS, "loss: nn.BCELoss must follow nn.Sigmoid, got nn.Linear"),
        (
            [nn.Softmax(1)],
            nn.CrossEntropyLoss(),
            ROWS / 2,
            "nn.CrossEntropyLoss must follow nn.Linear or nn.LogSoftmax",
        ),
        ([], nn.CrossEntropyLoss(label_smoothing=0.1), ROWS / 2, "nn.CrossEntropyLoss(label_smoothing=0.1)"),
        ([], nn.CrossEntropyLoss(weight=torch.ones(2)), ROWS / 2, "nn.CrossEntropyLoss(weight=a tensor)"),
        ([], nn.CrossEntropyLoss(), torch.tensor([0, 1, 2, 0]), "targets: must be classes from 0 to 1, got 2"),
        ([], nn.CrossEntropyLoss(), torch.tensor([0, 1, -1, 0]), "targets: must be classes from 0 to 1, got -1"),
        ([], nn.CrossEntropyLoss(), ROWS, "targets must sum to 1"),
        ([], nn.BCEWithLogitsLoss(reduction="sum"), 2 * ROWS, "targets must be from 0 to 1"),
        ([], nn.MSELoss(), ROWS[:3], "targets: must have the shape 4x2"),
    ],
)
def test_a_loss_or_targets_without_a_counterpart_are_named(
    units: list[nn.Module], loss: Any, targets: Tensor, said: str
) -> None:
    assert said in refusal(nn.Sequential(LINEAR(), *units), ROWS, targets, loss)


def grouped(parameters: Any) -> Any:
    first, second = parameters
    return optim.SGD([{"params": [first], "lr": 0.1}, {"params": [second], "lr": 0.2}])


def scheduled(parameters: Any) -> Any:
    optimizer = SGD(parameters)
    optim.lr_scheduler.StepLR(optimizer, 3)
    return optimizer


def used(parameters: Any) -> Any:
    optimizer = optim.Adam(parameters)
    sum(parameter.sum() for parameter in parameters).backward()
    optimizer.step()
    return optimizer


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (
            optim.Adagrad,
            "optimizer: optim.Adagrad has no counterpart; optim.SGD, optim.RMSprop, optim.Adam, optim.AdamW",
        ),
        (partial(SGD, momentum=0.9, dampening=0.1), "optimizer: optim.SGD(dampening=0.1) has no counterpart"),
        (partial(SGD, maximize=True), "optim.SGD(maximize=True)"),
        (partial(optim.RMSprop, centered=True), "optim.RMSprop(centered=True)"),
        (partial(optim.RMSprop, momentum=0.9), "optim.RMSprop(momentum=0.9)"),
        (partial(optim.Adam, amsgrad=True), "optim.Adam(amsgrad=True)"),
        (partial(optim.Adam, decoupled_weight_decay=True), "optim.Adam(decoupled_weight_decay=True)"),
        (partial(optim.SGD, lr=0.0), "training.learning_rates must be positive numbers"),
        (partial(SGD, momentum=1.5), "training.optimizer.momentum must be from 0 to less than 1, got 1.5"),
        (grouped, "optimizer: optim.SGD with groups of different numbers"),
        (scheduled, "optimizer: optim.SGD has a schedule of its learning rate"),
        (used, "optimizer: optim.Adam has already made steps"),
        (lambda parameters: SGD(parameters[1:]), "Sequential.0.weight: is not trained"),
        (lambda _: "adam", "optimizer: adam has no counterpart"),
    ],
)
def test_an_optimizer_without_a_counterpart_is_named(make: Callable[..., Any], said: str) -> None:
    assert said in refusal(nn.Sequential(LINEAR()), make=make)


def test_a_batch_that_does_not_divide_the_samples_is_refused() -> None:
    assert "training.batch_size must divide the number of samples, 4" in refusal(nn.Sequential(LINEAR()), batch_size=3)
