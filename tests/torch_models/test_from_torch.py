"""A module of PyTorch becomes a template whose table is what PyTorch's own training makes of it."""

import copy
from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle, islice
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from torch import Tensor, nn, optim

from templates import TOTAL_LOSS, Template, TemplateError
from tests.sheetgen.test_samples import Rows, rows_of
from torch_models import from_torch

STEPS = 6


@pytest.fixture(autouse=True)
def _doubles() -> Iterator[None]:
    """Weights and data are drawn in double precision, the same in each test."""
    torch.manual_seed(7)
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def trained(module: Any, inputs: Any, targets: Any, loss: Any, optimizer: Any, batch: int) -> Rows:
    """The loss and the parameters before each step of PyTorch's own training, by PyTorch's names."""
    parts = list(zip(inputs.split(batch), targets.split(batch), strict=True))
    found = []
    for given, wanted in islice(cycle(parts), STEPS + 1):
        optimizer.zero_grad()
        value = loss(module(given), wanted)
        value.backward()
        row = {TOTAL_LOSS: value.item()}
        for name, parameter in module.named_parameters():
            for place in torch.cartesian_prod(*(torch.arange(n) for n in parameter.shape)).view(-1, parameter.dim()):
                row[f"{name}{place.tolist()}"] = parameter[tuple(place.tolist())].item()
        found.append(row)
        optimizer.step()
    return found


def check(
    module: Any, inputs: Any, targets: Any, loss: Any, make: Callable[..., Any], batch: int | None = None
) -> Template:
    """The table has PyTorch's loss and parameters in each step, to 1e-12 of the largest number of the step."""
    optimizer = make(module.parameters())
    template = from_torch(module, inputs, targets, loss, optimizer, iterations=STEPS, batch_size=batch)
    blocks = rows_of(template)[:: template.batch]
    expected = trained(module, inputs, targets, loss, optimizer, batch or len(inputs))
    assert set(template.origins.values()) | {TOTAL_LOSS} == set(expected[0])
    for step, row in zip(blocks, expected, strict=True):
        named = {template.origins.get(label, label): value for label, value in step.items()}
        size = max(map(abs, row.values()))
        assert {name: named[name] for name in row} == pytest.approx(row, rel=1e-12, abs=1e-12 * size)
    return template


def dense(*units: nn.Module) -> nn.Sequential:
    return nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2), *units)


SGD = partial(optim.SGD, lr=0.3)


@pytest.mark.parametrize(
    "make",
    [
        SGD,
        partial(SGD, momentum=0.9),
        partial(SGD, momentum=0.8, nesterov=True, weight_decay=0.01),
        partial(SGD, weight_decay=0.1),
        partial(optim.RMSprop, lr=0.01, alpha=0.9, weight_decay=0.01),
        partial(optim.Adam, lr=0.05, betas=(0.8, 0.99), eps=1e-6),
        partial(optim.Adam, lr=0.05, weight_decay=0.01),
        partial(optim.AdamW, lr=0.05),
    ],
    ids=str,
)
def test_each_optimizer_steps_as_in_pytorch(make: Callable[..., Any]) -> None:
    check(dense(), torch.randn(5, 3), torch.randn(5, 2), nn.MSELoss(), make)


@pytest.mark.parametrize(
    "unit",
    [
        nn.Sigmoid(), nn.Tanh(), nn.ReLU(), nn.LeakyReLU(), nn.Softplus(), nn.SiLU(), nn.GELU("tanh"), nn.Softmax(1),
        nn.Identity(), nn.Dropout(0.5).eval(),
    ],
    ids=str,
)  # fmt: skip
def test_each_activation_has_the_numbers_of_pytorch_within_and_at_the_end(unit: nn.Module) -> None:
    module = nn.Sequential(nn.Linear(3, 4), unit, nn.Linear(4, 2), copy.copy(unit))
    check(module, torch.randn(4, 3), torch.randn(4, 2), nn.MSELoss(), SGD)


CLASSES, SHARES = torch.tensor([2, 0, 1, 2]), torch.tensor([[0.5, 0.25, 0.25]]).double().repeat(4, 1)
ONES = torch.tensor([[1.0, 0, 0], [0, 1, 1], [0, 0, 0], [1, 1, 0.5]]).double()


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize(
    ("outputs", "units", "loss", "targets"),
    [
        (1, [], nn.MSELoss, ONES[:, :1]),
        (3, [], nn.MSELoss, ONES),
        (1, [nn.Sigmoid()], nn.BCELoss, ONES[:, :1]),
        (3, [nn.Sigmoid()], nn.BCELoss, ONES),
        (1, [], nn.BCEWithLogitsLoss, ONES[:, :1]),
        (3, [], nn.BCEWithLogitsLoss, ONES),
        (3, [], nn.CrossEntropyLoss, CLASSES),
        (3, [], nn.CrossEntropyLoss, SHARES),
        (3, [nn.LogSoftmax(1)], nn.CrossEntropyLoss, CLASSES),
        (3, [nn.LogSoftmax(dim=-1)], nn.NLLLoss, CLASSES),
    ],
)
def test_each_loss_is_that_of_pytorch_or_refused_where_it_differs_by_a_factor(
    outputs: int, units: list[nn.Module], loss: type[nn.Module], targets: Tensor, reduction: str
) -> None:
    """Of several outputs ours is the mean of squares and the sum of binary cross-entropies."""
    module = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, outputs), *units)
    differs = outputs > 1 and (loss, reduction) in [
        (nn.MSELoss, "sum"), (nn.BCELoss, "mean"), (nn.BCEWithLogitsLoss, "mean")
    ]  # fmt: skip
    if differs:
        with pytest.raises(TemplateError, match=rf"nn.{loss.__name__}\(reduction='{reduction}'\) of 3 outputs"):
            check(module, torch.randn(4, 2), targets, loss(reduction=reduction), SGD)
    else:
        check(module, torch.randn(4, 2), targets, loss(reduction=reduction), SGD)


@pytest.mark.parametrize("batch", [1, 2, 4, None])
def test_a_step_takes_the_samples_of_a_batch_in_their_order(batch: int | None) -> None:
    check(dense(), torch.randn(4, 3), torch.randn(4, 2), nn.MSELoss(), partial(SGD, momentum=0.5), batch)


def test_a_single_sample_makes_the_table_of_a_single_sample() -> None:
    assert check(dense(), torch.randn(1, 3), torch.randn(1, 2), nn.MSELoss(), SGD).samples is None
