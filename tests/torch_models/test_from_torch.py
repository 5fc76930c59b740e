"""A module of PyTorch becomes a template whose table is what PyTorch's own training makes of it."""

import copy
from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle, islice, pairwise
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

torch = pytest.importorskip("torch")

from torch import Tensor, nn, optim

from sheetgen import generate
from templates import TOTAL_LOSS, Template, TemplateError, parse_template
from tests.sheetgen.test_samples import Rows, rows_of
from torch_models import from_torch, toml_from_torch

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
    for rows, wanted in islice(cycle(parts), STEPS + 1):
        optimizer.zero_grad()
        value = loss(module(rows), wanted)
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
    """The table has PyTorch's loss and parameters in each step, to 1e-12 of the largest number of the step.

    The TOML file of the module gives the same template.
    """
    optimizer = make(module.parameters())
    template = from_torch(module, inputs, targets, loss, optimizer, iterations=STEPS, batch_size=batch)
    text = toml_from_torch(module, inputs, targets, loss, optimizer, iterations=STEPS, batch_size=batch)
    assert parse_template(text, name="torch", source="torch.toml") == template
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


PICTURES = (
    nn.Sequential(
        nn.Conv2d(2, 3, 2, stride=(1, 2), padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(9, 2)
    ),
    nn.Sequential(nn.Conv2d(2, 1, (3, 2), bias=False), nn.AvgPool2d((2, 1), 1), nn.Flatten(), nn.Linear(8, 2)),
    nn.Sequential(nn.Flatten(), nn.Dropout(0), nn.Linear(50, 2)),
)


@pytest.mark.parametrize("module", PICTURES, ids=str)
def test_convolutions_and_pooling_train_as_in_pytorch(module: nn.Module) -> None:
    check(module.double(), torch.randn(3, 2, 5, 5), torch.tensor([0, 1, 1]), nn.CrossEntropyLoss(), SGD)


NORMS = (
    (nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 2)), (6, 3), SGD),
    (
        nn.Sequential(nn.Linear(3, 4, bias=False), nn.BatchNorm1d(4, eps=0.1), nn.Linear(4, 2)),
        (6, 3),
        partial(optim.Adam, lr=0.05),
    ),
    (
        nn.Sequential(nn.Conv2d(1, 2, 2, bias=False), nn.BatchNorm2d(2), nn.Tanh(), nn.Flatten(), nn.Linear(8, 2)),
        (6, 1, 3, 3),
        partial(SGD, momentum=0.9),
    ),
)


@pytest.mark.parametrize(("module", "shape", "make"), NORMS, ids=["units", "without an activation", "channels"])
def test_a_batch_norm_trains_on_the_statistics_of_its_batch(
    module: nn.Module, shape: tuple[int, ...], make: Callable[..., Any]
) -> None:
    """And what PyTorch keeps of them for later stays as it was."""
    module, inputs, targets = copy.deepcopy(module).double(), torch.randn(shape), torch.randn(6, 2)
    from_torch(module, inputs, targets, nn.MSELoss(), make(module.parameters()), iterations=1)
    (mean,) = (values for name, values in module.named_buffers() if name.endswith("running_mean"))
    assert not mean.any()
    check(module, inputs, targets, nn.MSELoss(), make, batch=3)


def test_an_embedding_trains_the_vectors_of_its_words_and_keeps_the_others() -> None:
    module = nn.Sequential(nn.Embedding(5, 2), nn.Flatten(), nn.Linear(6, 1))
    check(module, torch.tensor([[0, 3, 3], [1, 0, 2]]), torch.randn(2, 1), nn.MSELoss(), partial(optim.Adam, lr=0.1))


class Functions(nn.Module):
    """A network whose forward pass is written with functions, and modules inside modules."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 2)
        self.head = nn.Sequential(nn.Linear(8, 3), nn.Sequential(nn.Tanh(), nn.Linear(3, 2)))

    def forward(self, x: Tensor) -> Tensor:
        x = nn.functional.max_pool2d(nn.functional.relu(self.conv(x)), 2, stride=1)
        return torch.log_softmax(self.head(torch.flatten(x, 1)), 1)


def test_a_module_written_with_functions_is_traced() -> None:
    template = check(Functions(), torch.randn(3, 1, 4, 4), torch.tensor([0, 1, 1]), nn.NLLLoss(), SGD)
    assert template.origins["w1"] == "conv.weight[0, 0, 0, 0]"
    assert template.origins[template.network.trained[-1]] == "head.1.1.bias[1]"


class Recurrent(nn.Module):
    """A recurrent cell, of which `pick` takes the last state."""

    def __init__(self, pick: Callable[[Any, Any], Tensor], **options: Any) -> None:
        super().__init__()
        self.rnn, self.out, self.pick = (
            nn.RNN(2, 3, **{"batch_first": True, "bias": False, **options}),
            nn.Linear(3, 1),
            pick,
        )

    def forward(self, x: Tensor) -> Tensor:
        states, last = self.rnn(x)
        return self.out(self.pick(states, last))


@pytest.mark.parametrize("make", [SGD, partial(optim.Adam, lr=0.05, weight_decay=0.1)])
def test_both_biases_of_a_recurrent_layer_are_trained(make: Callable[..., Any]) -> None:
    """They have the same gradient, and come apart by weight decay."""
    module = Recurrent(lambda all_, _: all_[:, -1], bias=True)
    template = check(module, torch.randn(3, 4, 2), torch.randn(3, 1), nn.MSELoss(), make)
    assert [template.origins[f"b{k}"] for k in (1, 4)] == ["rnn.bias_ih_l0[0]", "rnn.bias_hh_l0[0]"]


def test_both_biases_of_a_recurrent_layer_may_stay_as_they_are() -> None:
    module = Recurrent(lambda all_, _: all_[:, -1], bias=True)
    parameters = [one for name, one in module.named_parameters() if not name.startswith("rnn.bias")]
    check(module, torch.randn(3, 4, 2), torch.randn(3, 1), nn.MSELoss(), lambda _: SGD(parameters))


@pytest.mark.parametrize("nonlinearity", ["tanh", "relu"])
@pytest.mark.parametrize("pick", [lambda all_, _: all_[:, -1], lambda all_, _: all_[:, -1, :], lambda _, last: last[0]])
def test_a_recurrent_layer_hands_on_its_last_state(nonlinearity: str, pick: Callable[[Any, Any], Tensor]) -> None:
    module = Recurrent(pick, nonlinearity=nonlinearity)
    check(module, torch.randn(3, 4, 2), torch.randn(3, 1), nn.MSELoss(), partial(SGD, momentum=0.5))


def test_a_bias_that_is_not_trained_stays_as_it_is() -> None:
    module = dense()
    module[0].bias.requires_grad_(False)
    template = check(module, torch.randn(3, 3), torch.randn(3, 2), nn.MSELoss(), SGD)
    assert not template.network.layers[0].trained_bias


@st.composite
def sequentials(draw: st.DrawFn) -> nn.Sequential:
    """Small nets of dense layers, from two numbers to two."""
    widths = [2, *draw(st.lists(st.integers(1, 4), max_size=2)), 2]
    units = [nn.Identity, nn.Sigmoid, nn.Tanh, nn.ReLU, nn.SiLU, nn.Softplus, nn.LeakyReLU, partial(nn.GELU, "tanh")]
    torch.manual_seed(draw(st.integers(0, 999)))
    return nn.Sequential(*(
        nn.Sequential(nn.Linear(before, after, bias=draw(st.booleans())), draw(st.sampled_from(units))())
        for before, after in pairwise(widths)
    ))  # fmt: skip


@given(
    module=sequentials(),
    samples=st.integers(1, 4),
    make=st.sampled_from([SGD, partial(SGD, momentum=0.9, nesterov=True), partial(optim.AdamW, lr=0.1)]),
)
def test_any_net_of_dense_layers_trains_as_in_pytorch(
    module: nn.Sequential, samples: int, make: Callable[..., Any]
) -> None:
    check(module, torch.randn(samples, 2), torch.rand(samples, 2), nn.MSELoss(), make)


def test_numbers_in_single_precision_are_taken_as_they_are() -> None:
    module = nn.Sequential(nn.Linear(2, 1)).float()
    template = from_torch(module, torch.ones(1, 2).float(), torch.ones(1, 1), nn.MSELoss(), SGD(module.parameters()))
    assert template.start["w2"] == module[0].weight[0, 1].item()


def test_the_start_sheet_has_the_names_of_pytorch_beside_ours(tmp_path: Path) -> None:
    module = dense()
    made = from_torch(
        module, torch.randn(1, 3), torch.randn(1, 2), nn.MSELoss(), SGD(module.parameters()), iterations=2
    )
    generate(made, tmp_path / "book.xlsx")
    rows = openpyxl.load_workbook(tmp_path / "book.xlsx")["Start"].iter_rows(min_col=2, max_col=4, values_only=True)
    meanings = {row[0]: row[2] for row in rows}
    assert meanings["w2"] == "weight from i2 to h1: 0.weight[0, 1]"
    assert meanings["b6"] == "bias of o2: 2.bias[1]"
