"""The kinds of layers in a template: which fields each has, and whether it fits what comes before it."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import prod

from templates.fields import MAX_UNITS, Rows, Table
from templates.initial import Init, drawn_weights
from templates.network import Activation, LayerSize, Plan, Rule
from templates.training import Range
from templates.wiring import Attention, BatchNorm, Conv2d, Dropout, Embedding, Flatten, Pool, Recurrent, over

MOST_UNITS = 16_384  # the columns of a sheet: no layer can have more
MOST_SOURCES = 4_000_000  # of all units of a layer together; keeps a slip of the pen from taking all memory

Shape = tuple[int, ...]
Numbers = tuple[float, ...]


class Kind(StrEnum):
    """What a layer is."""

    DENSE = "dense"
    CONV2D = "conv2d"
    MAX_POOL = "max pool"
    AVERAGE_POOL = "average pool"
    FLATTEN = "flatten"
    DROPOUT = "dropout"
    EMBEDDING = "embedding"
    RECURRENT = "recurrent"
    ATTENTION = "attention"
    BATCH_NORM = "batch norm"


class Tokens(StrEnum):
    """What attention hands on: the mean of the contexts, or all of them."""

    MEAN = "mean"
    FLATTEN = "flatten"


@dataclass(frozen=True)
class LayerEntry:
    """A layer of a template: the numbers it starts from, in the order of its parameters, and the shape it hands on."""

    kind: Kind
    plan: Plan
    numbers: Numbers
    shape: Shape
    table: Table


_Read = tuple[Plan, Numbers, Shape]


def read_layer(table: Table, before: Shape, number: int, batch: int) -> LayerEntry:
    """Read a layer that follows `number` others, which hand on the shape `before`, where a step has `batch` samples.

    Raises `TemplateError`.
    """
    kind = table.choice("kind", Kind, Kind.DENSE)
    wanted = _SHAPES.get(kind)
    if wanted and len(before) != len(wanted):
        rule = f"takes what has {', '.join(wanted)}, as in input_shape; what comes before it has the shape"
        raise table.error("kind", f"{kind.value} {rule} {_shown(before)}", kind.value)
    if kind is Kind.EMBEDDING and number:
        raise table.error("kind", "embedding must be the first layer, as its tokens are the inputs", kind.value)
    if kind is Kind.BATCH_NORM:
        plan, numbers, shape = _batch_norm(table, before, batch)
    else:
        plan, numbers, shape = _READERS[kind](table, before, f"the units of layer {number}" if number else "the inputs")
    table.done()
    if prod(shape) > MOST_UNITS:
        raise table.error("kind", f"makes {prod(shape):,} units; a sheet has {MOST_UNITS:,} columns", kind.value)
    return LayerEntry(kind, plan, numbers, shape, table)


_PICTURE, _SEQUENCE = ("channels", "rows", "columns"), ("tokens", "the numbers of each")
_SHAPES: Mapping[Kind, tuple[str, ...]] = {
    Kind.CONV2D: _PICTURE,
    Kind.MAX_POOL: _PICTURE,
    Kind.AVERAGE_POOL: _PICTURE,
    Kind.EMBEDDING: ("tokens",),
    Kind.RECURRENT: _SEQUENCE,
    Kind.ATTENTION: _SEQUENCE,
}


def _dense(table: Table, before: Shape, feeder: str) -> _Read:
    activation = table.choice("activation", Activation, Activation.SIGMOID)
    is_drawn = table.has("init", "units", "seed")
    if not is_drawn and not table.has("weights"):
        raise table.missing("weights", ", and init, units and seed to draw them are too")
    weights = _drawn_weights(table, prod(before)) if is_drawn else table.matrix("weights")
    trained = table.flag("train_biases", True)
    bias, biases = table.bias("biases", len(weights), [0.0] * len(weights) if is_drawn else None)
    if activation is Activation.SOFTMAX and len(weights) < 2:
        raise table.error("activation", "needs two units or more: the output of one is always 1", activation.value)
    if len(weights[0]) != prod(before):
        rule = f"must have one weight for each of {feeder}, {prod(before)} a row"
        raise table.error("weights", rule, len(weights[0]))
    numbers = (*(number for row in weights for number in row), *biases)
    return LayerSize(len(weights), activation, bias, trained), numbers, (len(weights),)


def _drawn_weights(table: Table, fan_in: int) -> Rows:
    if table.has("weights"):
        rule = "must not be given beside init, units and seed, which draw them"
        raise table.error("weights", rule, table.take("weights"))
    init, seed, units = table.choice("init", Init), table.count("seed", least=0), table.count("units")
    most = min(MAX_UNITS, MOST_SOURCES // fan_in)
    if units > most:
        raise table.error("units", f"must be at most {most}", units)
    return drawn_weights(init, seed, units, fan_in)


def _conv2d(table: Table, before: Shape, _: str) -> _Read:
    activation = table.choice("activation", Activation, Activation.RELU)
    channels, *picture = before
    numbers, given = table.array("kernels", range(3, 5))
    if len(given) == 3:  # of a single channel
        given = (given[0], 1, *given[1:])
    filters, of_each, *size = given
    if of_each != channels:
        rule = f"must have a kernel for each of the {channels} channels before it, filter by filter"
        raise table.error("kernels", rule, of_each)
    stride, padding = table.size("stride", (1, 1)), table.count("padding", 0, 0)
    if padding >= min(size):
        raise table.error("padding", f"must be less than the kernels' {min(size)} rows and columns", padding)
    shape = (filters, *_windows(table, "kernels", _pair(picture), _pair(size), stride, padding))
    if prod(shape) * channels * prod(size) > MOST_SOURCES:
        raise table.error("kernels", "must have fewer or smaller kernels for so large a picture", list(given))
    bias, biases = table.bias("biases", filters)
    trained = table.flag("train_biases", True)
    plan = Conv2d(filters, _pair(size), stride, padding, activation, bias, trained)
    return plan, numbers + biases, shape


def _pool(rule: Rule) -> Callable[[Table, Shape, str], _Read]:
    def read(table: Table, before: Shape, _: str) -> _Read:
        channels, *picture = before
        size = table.size("size")
        stride = table.size("stride", size)
        shape = (channels, *_windows(table, "size", _pair(picture), size, stride))
        return Pool(rule, size, stride), (), shape

    return read


def _flatten(_: Table, before: Shape, __: str) -> _Read:
    return Flatten(), (), (prod(before),)


def _dropout(table: Table, before: Shape, _: str) -> _Read:
    """The mask is drawn with Python's own generator, which gives the same numbers in every version of it."""
    if table.flag("off", False):
        for field in ("rate", "seed"):
            table.ignore(field)
        return Dropout(masked=False), (), before
    rate, seed = table.fraction("rate"), table.count("seed", 0)
    draw = random.Random(seed)  # noqa: S311  nothing secret
    mask = tuple(0.0 if draw.random() < rate else 1 / (1 - rate) for _ in range(prod(before)))
    return Dropout(), mask, before


def _batch_norm(table: Table, before: Shape, batch: int) -> _Read:
    if batch == 1:
        rule = "batch norm takes the mean of several samples a step: give samples, and a batch_size of 2 or more"
        raise table.error("kind", rule, Kind.BATCH_NORM.value)
    if len(before) == 2:
        raise table.error(
            "kind",
            f"batch norm takes units, or channels, rows and columns, not {_shown(before)} tokens",
            Kind.BATCH_NORM.value,
        )
    activation = table.choice("activation", Activation, Activation.LINEAR)
    epsilon = table.number("epsilon", 1e-5, Range.POSITIVE)
    numbers = table.of_each("gamma", before[0], 1.0) + table.of_each("beta", before[0], 0.0)
    return BatchNorm(batch, epsilon, activation), numbers, before


def _embedding(table: Table, before: Shape, _: str) -> _Read:
    numbers, (words, width) = table.array("vectors", range(2, 3))
    if prod(before) * (words + width) > MOST_UNITS:
        raise table.error("vectors", f"must make at most {MOST_UNITS:,} columns for the tokens", words)
    return Embedding(words, width), numbers, (*before, width)


def _recurrent(table: Table, before: Shape, _: str) -> _Read:
    activation = table.choice("activation", Activation, Activation.TANH)
    steps, width = before
    entering, (units, of_each) = table.array("input_weights", range(2, 3))
    if of_each != width:
        raise table.error("input_weights", f"must have one weight for each number of a token, {width} a row", of_each)
    recurrent, shape = table.array("recurrent_weights", range(2, 3))
    if shape != (units, units):
        rule = f"must have {units} rows of {units} weights, as there are {units} units"
        raise table.error("recurrent_weights", rule, list(shape))
    if steps * units > MOST_UNITS:
        raise table.error("input_weights", f"must make at most {MOST_UNITS:,} units over all steps", steps * units)
    bias, biases = table.bias("biases", units)
    recurrent_bias, recurrent_biases = table.bias("recurrent_biases", units)
    trained = table.flag("train_biases", True)
    plan = Recurrent(units, activation, bias, trained, recurrent_bias)
    return plan, entering + recurrent + biases + recurrent_biases, (units,)


def _attention(table: Table, before: Shape, _: str) -> _Read:
    tokens, width = before
    matrices = {field: table.array(field, range(2, 3)) for field in ("query", "key", "value")}
    for field, (_numbers, shape) in matrices.items():
        if shape[1] != width:
            raise table.error(field, f"must have one weight for each number of a token, {width} a row", shape[1])
    rows, values = matrices["query"][1][0], matrices["value"][1][0]
    if matrices["key"][1][0] != rows:
        raise table.error("key", f"must have as many rows as query, {rows}", matrices["key"][1][0])
    if tokens * (2 * tokens + 2 * rows + 2 * values) > MOST_UNITS:
        raise table.error("query", f"must make at most {MOST_UNITS:,} columns for the tokens", tokens)
    mean = table.choice("tokens", Tokens, Tokens.MEAN) is Tokens.MEAN
    numbers = tuple(number for flat, _shape in matrices.values() for number in flat)
    return Attention(rows, values, mean), numbers, (values,) if mean else (tokens, values)


_READERS: Mapping[Kind, Callable[[Table, Shape, str], _Read]] = {
    Kind.DENSE: _dense,
    Kind.CONV2D: _conv2d,
    Kind.MAX_POOL: _pool(Rule.MAXIMUM),
    Kind.AVERAGE_POOL: _pool(Rule.MEAN),
    Kind.FLATTEN: _flatten,
    Kind.DROPOUT: _dropout,
    Kind.EMBEDDING: _embedding,
    Kind.RECURRENT: _recurrent,
    Kind.ATTENTION: _attention,
}


def _windows(
    table: Table,
    field: str,
    picture: tuple[int, int],
    size: tuple[int, int],
    stride: tuple[int, int],
    padding: int = 0,
) -> tuple[int, int]:
    """How many rows and columns of windows there are."""
    found = over(picture, size, stride, padding)
    if min(found) < 1:
        around = f" with a padding of {padding}" if padding else ""
        raise table.error(field, f"must fit the picture before it, {_shown(picture)}{around}", _shown(size))
    return found


def _pair(numbers: list[int]) -> tuple[int, int]:
    rows, columns = numbers
    return rows, columns


def _shown(shape: Shape) -> str:
    return "x".join(map(str, shape))
