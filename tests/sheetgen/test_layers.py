"""Layers of all kinds: their values and gradients, step for step, are those of PyTorch's autograd."""

from collections.abc import Callable, Sequence
from itertools import count

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional

from sheetgen.layout import LimitError, table_layout
from sheetgen.mathematics.training_step import table_columns
from sheetgen.mathematics.values import Value, training_rows
from templates import Deltas, Template, load_template, parse_template

STEPS, RATE = 3, 0.5
SMALL = st.integers(1, 3)
SEEDS = st.integers(0, 10_000)
DELTAS = st.sampled_from(list(Deltas))
NEW = ("attention", "cnn", "dropout", "embedding", "pooling", "recurrent")

Forward = Callable[[Tensor, Sequence[Tensor]], Tensor]


@settings(max_examples=40, deadline=None)
@given(
    filters=SMALL, channels=st.integers(1, 2), rows=st.integers(3, 5), columns=st.integers(3, 5),
    size=st.tuples(st.integers(2, 3), st.integers(1, 3)), stride=st.tuples(st.integers(1, 2), st.integers(1, 2)),
    padded=st.booleans(), biased=st.booleans(), deltas=DELTAS, seed=SEEDS,
)  # fmt: skip
def test_a_convolution_is_pytorchs(
    filters: int, channels: int, rows: int, columns: int, size: tuple[int, int], stride: tuple[int, int],
    padded: bool, biased: bool, deltas: Deltas, seed: int,
) -> None:  # fmt: skip
    """Whatever its kernels, stride and padding: each value, gradient and update."""
    draw = _numbers(seed)
    padding = int(padded and min(size) > 1)
    picture, kernels = draw(channels, rows, columns), draw(filters, channels, *size)
    biases = draw(filters) if biased else None

    def forward(given: Tensor, parameters: Sequence[Tensor]) -> Tensor:
        bias = parameters[1] if biased else None
        return functional.conv2d(given[None], parameters[0], bias, stride, padding).tanh().flatten()

    layer = f'kind = "conv2d"\nactivation = "tanh"\nkernels = {kernels.tolist()}\n'
    layer += f"stride = {list(stride)}\npadding = {padding}\n" + (f"biases = {biases.tolist()}\n" if biased else "")
    _assert_alike(picture, layer, [kernels, biases], forward, deltas, draw)


@settings(max_examples=40, deadline=None)
@given(
    kind=st.sampled_from(["max", "average"]), channels=st.integers(1, 2), rows=st.integers(2, 4),
    columns=st.integers(2, 4), size=st.tuples(st.integers(1, 2), st.integers(1, 2)),
    stride=st.tuples(st.integers(1, 2), st.integers(1, 2)), ties=st.booleans(), deltas=DELTAS, seed=SEEDS,
)  # fmt: skip
def test_pooling_is_pytorchs(
    kind: str, channels: int, rows: int, columns: int, size: tuple[int, int], stride: tuple[int, int], ties: bool,
    deltas: Deltas, seed: int,
) -> None:  # fmt: skip
    """The largest or the mean of each window; of equal ones the first is taken for the largest."""
    draw = _numbers(seed)
    picture = draw(channels, rows, columns)
    picture = picture.round() if ties else picture
    kernels = draw(2, channels, 1, 1)

    def forward(given: Tensor, parameters: Sequence[Tensor]) -> Tensor:
        maps = functional.conv2d(given[None], parameters[0])
        pool = functional.max_pool2d if kind == "max" else functional.avg_pool2d
        return pool(maps, size, stride).flatten()

    layers = f'kind = "conv2d"\nactivation = "linear"\nkernels = {kernels.tolist()}\n'
    layers += f'[[layers]]\nkind = "{kind} pool"\nsize = {list(size)}\nstride = {list(stride)}\n'
    _assert_alike(picture, layers, [kernels], forward, deltas, draw)


@settings(max_examples=30, deadline=None)
@given(tokens=st.integers(1, 4), width=SMALL, units=SMALL, biased=st.integers(0, 2), deltas=DELTAS, seed=SEEDS)
def test_a_recurrent_cell_is_pytorchs(
    tokens: int, width: int, units: int, biased: int, deltas: Deltas, seed: int
) -> None:
    """The last state of an unrolled cell with none, one or both of its biases, and gradients through all steps."""
    draw = _numbers(seed)
    given_numbers, entering, recurrent = draw(tokens, width), draw(units, width), draw(units, units)
    biases = [draw(units) for _ in range(biased)]

    def forward(given: Tensor, parameters: Sequence[Tensor]) -> Tensor:
        state, none = torch.zeros(2, 1, units, dtype=torch.float64)
        both = [*parameters[2:], none[0], none[0]][:2]
        for token in given:
            state = torch.rnn_tanh_cell(token[None], state, parameters[0], parameters[1], *both)
        return state[0]

    layer = f'kind = "recurrent"\ninput_weights = {entering.tolist()}\nrecurrent_weights = {recurrent.tolist()}\n'
    for field, numbers in zip(("biases", "recurrent_biases"), biases, strict=False):
        layer += f"{field} = {numbers.tolist()}\n"
    _assert_alike(given_numbers, layer, [entering, recurrent, *biases], forward, deltas, draw)


@settings(max_examples=30, deadline=None)
@given(tokens=SMALL, width=SMALL, keys=SMALL, values=SMALL, mean=st.booleans(), seed=SEEDS)
def test_attention_is_pytorchs(tokens: int, width: int, keys: int, values: int, mean: bool, seed: int) -> None:
    """A single head over a sequence: its contexts, or their mean."""
    draw = _numbers(seed)
    sequence, matrices = draw(tokens, width), [draw(rows, width) for rows in (keys, keys, values)]

    def forward(given: Tensor, parameters: Sequence[Tensor]) -> Tensor:
        query, key, value = (given @ matrix.T for matrix in parameters[:3])
        contexts = functional.scaled_dot_product_attention(query[None], key[None], value[None])[0]
        return contexts.mean(0) if mean else contexts.flatten()

    fields = zip(("query", "key", "value"), matrices, strict=True)
    layer = 'kind = "attention"\n' + "".join(f"{field} = {matrix.tolist()}\n" for field, matrix in fields)
    layer += f'tokens = "{"mean" if mean else "flatten"}"\n'
    _assert_alike(sequence, layer, matrices, forward, Deltas.COLUMNS, draw)


@settings(max_examples=30, deadline=None)
@given(
    tokens=st.lists(st.integers(0, 3), min_size=1, max_size=4), width=SMALL, deltas=DELTAS, seed=SEEDS
)  # fmt: skip
def test_an_embedding_is_pytorchs(tokens: list[int], width: int, deltas: Deltas, seed: int) -> None:
    """The vectors of words, counted from 0, and a gradient for those alone that were there."""
    draw = _numbers(seed)
    vectors = draw(4, width)

    def forward(given: Tensor, parameters: Sequence[Tensor]) -> Tensor:
        return functional.embedding(given.long(), parameters[0]).flatten()

    layer = f'kind = "embedding"\nvectors = {vectors.tolist()}\n'
    _assert_alike(torch.tensor(tokens, dtype=torch.float64), layer, [vectors], forward, deltas, draw, shaped=False)


@settings(max_examples=20, deadline=None)
@given(rate=st.sampled_from([0.0, 0.25, 0.5]), off=st.booleans(), seed=SEEDS)
def test_dropout_scales_what_it_lets_through(rate: float, off: bool, seed: int) -> None:
    """Each number is dropped or multiplied by 1/(1 − rate), the same in every step; off, all stay as they are."""
    draw = _numbers(seed)
    layer = f'kind = "dropout"\nrate = {rate}\nseed = {seed}\n' + ("off = true\n" if off else "")
    numbers = draw(6)
    template = _template(numbers, layer, draw(1, 6), 0.25, Deltas.INLINE)
    mask = [template.start[name] for name in template.network.parameters if name[0] == "m"]
    assert mask == [] if off else set(mask) <= {0.0, 1 / (1 - rate)} and len(mask) == 6
    scale = torch.tensor(mask or [1.0] * 6, dtype=torch.float64)
    draw = _numbers(seed)
    _assert_alike(draw(6), layer, [], lambda given, _: given * scale, Deltas.INLINE, draw, shaped=False)


@pytest.mark.parametrize("name", NEW)
def test_a_gradient_is_what_differences_give(name: str) -> None:
    """Of each shipped template of such layers, every trained parameter, without any rule of derivatives."""
    template = load_template(name)
    columns = table_columns(template.network, template.deltas)
    labels = [column.label for column in columns]

    def loss(**moved: float) -> float:
        row = next(training_rows(columns, {**template.start, "η": 0.1, **moved}, 0))
        return float(row[labels.index("E_total")])

    row = dict(zip(labels, next(training_rows(columns, {**template.start, "η": 0.1}, 0)), strict=True))
    for parameter in template.network.trained:
        value = template.start[parameter]
        slope = (loss(**{parameter: value + 1e-5}) - loss(**{parameter: value - 1e-5})) / 2e-5
        assert row[f"∂E_t/∂{parameter}"] == pytest.approx(slope, rel=1e-6, abs=1e-9), parameter


def _numbers(seed: int) -> Callable[..., Tensor]:
    """Draws tensors of a shape, in float64, with few digits."""
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape: int) -> Tensor:
        return (torch.randn(*shape, generator=generator, dtype=torch.float64) * 0.7).round(decimals=3)

    return draw


def _template(
    numbers: Tensor, layers: str, weights: Tensor, target: float, deltas: Deltas, *, shaped: bool = False
) -> Template:
    shape = f"input_shape = {list(numbers.shape)}\n" if shaped else ""
    text = f'{shape}inputs = {numbers.tolist()}\ntargets = [{target}]\ndeltas = "{deltas}"\n[[layers]]\n{layers}'
    text += '[[layers]]\nkind = "flatten"\n[[layers]]\nactivation = "sigmoid"\n'
    text += f"weights = {weights.tolist()}\nbiases = 0.1\n"
    text += f"[training]\nlearning_rates = [{RATE}]\niterations = {STEPS}\n"
    return parse_template(text, name="drawn", source="drawn.toml")


def _assert_alike(
    given: Tensor,
    layers: str,
    parameters: Sequence[Tensor | None],
    forward: Forward,
    deltas: Deltas,
    draw: Callable[..., Tensor],
    *,
    shaped: bool = True,
) -> None:
    """Layers, and a sigmoid unit with a bias behind them: each step's loss and gradients are PyTorch's."""
    own = [parameter.clone().requires_grad_() for parameter in parameters if parameter is not None]
    weights = draw(1, len(forward(given, own)))
    template = _template(given, layers, weights, 0.25, deltas, shaped=shaped)
    of_unit = [weights.clone().requires_grad_(), torch.tensor([0.1], dtype=torch.float64, requires_grad=True)]
    names = _names([*own, *of_unit])
    for row in _rows(template):
        output = (of_unit[0] @ forward(given, own) + of_unit[1]).sigmoid()
        loss = (0.5 * (0.25 - output) ** 2).sum()
        for parameter in (*own, *of_unit):
            parameter.grad = None
        loss.backward()
        assert row["E_total"] == pytest.approx(loss.item(), rel=1e-12, abs=1e-15)
        for parameter, labels in zip((*own, *of_unit), names, strict=True):
            grad = parameter.grad.flatten().tolist() if parameter.grad is not None else [0.0] * len(labels)
            table = [row[f"∂E_t/∂{label}"] for label in labels]
            assert table == pytest.approx(grad, rel=1e-12, abs=1e-14)
            assert [row[label] for label in labels] == pytest.approx(parameter.flatten().tolist(), rel=1e-12, abs=1e-14)
        with torch.no_grad():
            for parameter in (*own, *of_unit):
                if parameter.grad is not None:
                    parameter -= RATE * parameter.grad


def _names(parameters: Sequence[Tensor]) -> list[list[str]]:
    """The labels of tensors that follow each other: vectors are biases."""
    counters = {"w": count(1), "b": count(1)}
    letters = ["b" if parameter.dim() == 1 else "w" for parameter in parameters]
    return [
        [f"{letter}{next(counters[letter])}" for _ in range(parameter.numel())]
        for letter, parameter in zip(letters, parameters, strict=True)
    ]


def _rows(template: Template) -> list[dict[str, Value]]:
    columns = table_columns(template.network, template.deltas)
    labels = [column.label for column in columns]
    rows = training_rows(columns, {**template.start, "η": RATE}, STEPS)
    return [dict(zip(labels, row, strict=True)) for row in rows]


def test_a_table_that_is_too_wide_says_what_would_fit() -> None:
    """It fits as the message has it; 100 units with 201 parameters, as many gradients, net input and output do not."""

    def wide(units: int) -> Template:
        text = f"inputs = {[0.1] * 200}\ntargets = [1]\n[[layers]]\nunits = {units}\ninit = 'xavier'\nseed = 1\n"
        text += f"[[layers]]\nweights = [{[0.1] * units}]\n[training]\nlearning_rates = [1]\niterations = 1\n"
        return parse_template(text, name="wide", source="wide.toml")

    with pytest.raises(LimitError, match="layer 1 takes 40,400 of them; it fits with 39 units in place of 100"):
        table_layout(wide(100))
    assert len(table_layout(wide(39)).columns) <= 16_384


def test_a_table_that_is_too_wide_counts_all_of_its_columns() -> None:
    """Two columns for each of 8,064 units of a convolution are more than a sheet has, whatever else there is."""
    kernels = [[[0.1] * 5] * 5] * 14
    text = f"input_shape = [1, 28, 28]\ninputs = {[[0.1] * 28] * 28}\ntargets = [1]\n"
    text += f'[[layers]]\nkind = "conv2d"\nkernels = {kernels}\n[[layers]]\nkind = "average pool"\nsize = 24\n'
    text += f"[[layers]]\nweights = [{[0.1] * 14}]\n[training]\nlearning_rates = [1]\niterations = 1\n"
    columns = 784 + 1 + 2 * 8064 + 14 + 2 + 2 * (350 + 14) + 3  # data, layers, parameters and their gradients, losses
    with pytest.raises(LimitError, match=f"the table needs {columns:,} columns; Excel has 16,384"):
        table_layout(parse_template(text, name="wide", source="wide.toml"))
