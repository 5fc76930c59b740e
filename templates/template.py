"""A template: a network with the numbers it starts from, and how its workbook is laid out.

One TOML file a template. Everything a file gets wrong is said with the file, the field, the rule and the value
it got, as a `TemplateError`.
"""

import math
import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, fields, replace
from difflib import get_close_matches
from enum import StrEnum
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TypeVar

from opc.files import TooLargeError, content_of
from templates.initial import Init, drawn_weights
from templates.network import LEARNING_RATE, Activation, Bias, LayerSize, Loss, Network
from templates.sample_files import SamplesError, read_samples
from templates.samples import Order, Reduction, Samples
from templates.training import (
    HYPERPARAMETERS,
    OPTIMIZERS,
    PLAIN,
    SCHEDULES,
    Choice,
    GradientDescent,
    Range,
    Training,
)

DEFAULT = "backprop"
_Choice = TypeVar("_Choice", bound=StrEnum)
_Kind = TypeVar("_Kind", bound=Choice)
Rows = tuple[tuple[float, ...], ...]  # numbers, all rows of one length
MAX_BYTES = 1 << 26  # of a template: a layer of 1,000 by 1,000 weights takes a third of it
MAX_UNITS = 1000  # far past what a sheet can hold (16,384 columns); keeps a slip of the pen from taking all memory


MAX_SAMPLES = 100_000  # of a template: what a sheet can hold is less
_UNITS_OF = {
    Loss.BINARY_CROSS_ENTROPY: Activation.SIGMOID,
    Loss.CATEGORICAL_CROSS_ENTROPY: Activation.SOFTMAX,
}
_OFF_ONE = 1e-9  # of a sum of targets: thirds may be typed with some digits


class TemplateError(Exception):
    """A template that cannot be used: names the file, the field, the rule and the value it got."""


class Deltas(StrEnum):
    """Whether the gradient of a net input is written out inside the formulas that use it, or has its own column."""

    INLINE = "inline"
    COLUMNS = "columns"


@dataclass(frozen=True)
class Template:
    """What `generate` needs to know.

    `start` maps each weight and bias of the network to the number it starts from, and where there is one sample only,
    each target and input to its number; with several, `samples` has them. `iterations` counts the updates, so a table
    has one row more, or with several samples a step one block of rows more.
    """

    name: str
    title: str
    description: str
    network: Network
    start: Mapping[str, float]
    learning_rates: tuple[float, ...]
    iterations: int
    deltas: Deltas = Deltas.INLINE
    training: Training = PLAIN
    samples: Samples | None = None

    @property
    def batch(self) -> int:
        """How many samples a step takes: so many rows are one iteration."""
        return 1 if self.samples is None else self.samples.batch

    @property
    def given(self) -> Mapping[str, float | tuple[float, ...]]:
        """The same with the numbers of all samples by the label of their input or target."""
        if self.samples is None:
            return self.start
        labels = self.network.inputs + self.network.targets
        return {**self.start, **dict(zip(labels, zip(*self.samples.rows, strict=True), strict=True))}

    @property
    def first_sample(self) -> "Template":
        """The same with the first sample alone."""
        if self.samples is None:
            return self
        labels = self.network.inputs + self.network.targets
        start = {**self.start, **dict(zip(labels, self.samples.rows[0], strict=True))}
        return replace(self, samples=None, start=start)

    @property
    def one_of_step(self) -> "Template":
        """The same, with a name of its own for the sample's loss where it is not that of a step."""
        network = self.network if self.batch == 1 else self.network.of_sample
        return replace(self.first_sample, network=network)

    @property
    def numbers(self) -> Mapping[str, float]:
        """All numbers that its tabs share: those that they start from, and the hyperparameters by their symbols."""
        return {**self.start, **self.training.numbers}

    def settings(self, rate: float) -> Mapping[str, float | tuple[float, ...]]:
        """All numbers of the tab of a learning rate; of several samples those of all."""
        return {**self.given, **self.training.numbers, LEARNING_RATE: rate}

    def describe(self) -> str:
        """One phrase for people: the network, how it is trained where that is not plain, and its samples if several."""
        samples = "" if self.samples is None else f", {self.samples.describe()}"
        return self.network.describe() + self.training.describe() + samples


def template_names() -> tuple[str, ...]:
    """The names of the templates that come with the package, the default one first."""
    files = resources.files("templates").iterdir()
    names = sorted(file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml"))
    return tuple(sorted(names, key=lambda name: name != DEFAULT))


def load_template(name_or_path: str | Path) -> Template:
    """Read a template by its name, or from a TOML file of one's own.

    Anything with a path separator or the ending `.toml` is a file. Raises `TemplateError`.
    """
    path = Path(name_or_path)
    if path.suffix == ".toml" or len(path.parts) > 1:
        return parse_template(_read(path), name=path.stem, source=str(path), beside=path.parent)
    if str(name_or_path) not in template_names():
        known = ", ".join(template_names())
        raise TemplateError(
            f"no template is called '{name_or_path}'; there is {known} — or give the path of a .toml file"
        )
    shipped = resources.files("templates")
    file = shipped / f"{name_or_path}.toml"
    return parse_template(file.read_text(encoding="utf-8"), name=str(name_or_path), source=file.name, beside=shipped)


def parse_template(text: str, *, name: str, source: str, beside: Traversable | None = None) -> Template:
    """Build a template from the text of its TOML file; `source` is what errors call the file.

    A file of samples that it names is looked for in the folder `beside`. Raises `TemplateError`.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TemplateError(f"{source}: not valid TOML: {error}") from None
    table = _Table(data, source)
    title, description = table.text("title", name), table.text("description", "")
    inputs, targets, several = _read_data(table, beside)
    layers = list[_LayerEntry]()
    for entry in table.tables("layers"):
        layers.append(_read_layer(entry, len(layers[-1].weights) if layers else len(inputs[0])))
    loss = table.choice("loss", Loss, Loss.HALF_SQUARED_ERROR)
    deltas = table.choice("deltas", Deltas, Deltas.INLINE)
    training = table.table("training")
    rates = training.numbers("learning_rates")
    iterations = training.count("iterations")
    samples = _read_samples(training, inputs, targets) if several else None
    optimizer, schedule = training.optional("optimizer"), training.optional("schedule")
    training.done()
    table.done()

    network = Network(len(inputs[0]), tuple(layer.size for layer in layers), loss)
    _check_shapes(layers, network, targets, table)
    _check_rates(rates, training)
    values = [number for layer in layers for number in layer.numbers]
    start = dict(zip(network.parameters, values, strict=True))
    if not several:
        start = dict(zip(network.targets + network.inputs, targets[0] + inputs[0], strict=True)) | start
    how = Training(
        _read_kind(optimizer, OPTIMIZERS) if optimizer else GradientDescent(),
        _read_kind(schedule, SCHEDULES) if schedule else None,
    )
    return Template(name, title, description, network, start, rates, iterations, deltas, how, samples)


def _read_data(table: "_Table", beside: Traversable | None) -> tuple[Rows, Rows, bool]:
    """The inputs and the targets, a row a sample, and whether several samples are meant."""
    file = table.text("samples", "")
    target_count = table.count("target_columns") if file else 0
    if not file:
        inputs, targets = table.rows("inputs"), table.rows("targets")
        if len(inputs) != len(targets):
            rule = f"must have one row for each of the {len(inputs)} samples of inputs"
            raise table.error("targets", rule, len(targets))
        return inputs, targets, table.is_nested("inputs")
    if beside is None:
        raise table.error("samples", "can be named in a file alone", file)
    try:
        rows = read_samples(beside / file, target_count)
    except SamplesError as error:
        raise TemplateError(f"{table.source}: samples: {error}") from None
    return tuple(row[:-target_count] for row in rows), tuple(row[-target_count:] for row in rows), True


def _read_samples(training: "_Table", inputs: Rows, targets: Rows) -> Samples:
    count = len(inputs)
    batch = training.count("batch_size", default=count)
    if batch > count or count % batch:
        fitting = ", ".join(str(size) for size in range(1, count + 1) if count % size == 0)
        raise training.error("batch_size", f"must divide the number of samples, {count}: {fitting} do", batch)
    return Samples(
        rows=tuple(one + other for one, other in zip(inputs, targets, strict=True)),
        batch=batch,
        order=training.choice("order", Order, Order.GIVEN),
        seed=training.count("seed", least=0, default=1),
        reduction=training.choice("reduction", Reduction, Reduction.MEAN),
    )


@dataclass(frozen=True)
class _LayerEntry:
    size: LayerSize
    weights: tuple[tuple[float, ...], ...]
    biases: tuple[float, ...]
    table: "_Table"

    @property
    def numbers(self) -> tuple[float, ...]:
        return tuple(number for row in self.weights for number in row) + self.biases


def _read_layer(table: "_Table", fan_in: int) -> _LayerEntry:
    activation = table.choice("activation", Activation, Activation.SIGMOID)
    is_drawn = table.has("init", "units", "seed")
    if not is_drawn and not table.has("weights"):
        raise table.missing("weights", ", and init, units and seed to draw them are too")
    weights = _drawn_weights(table, fan_in) if is_drawn else table.matrix("weights")
    trained = table.flag("train_biases", True)
    default = [0.0] * len(weights) if is_drawn else None
    bias, biases = table.bias("biases", len(weights), default)
    table.done()
    if activation is Activation.SOFTMAX and len(weights) < 2:
        raise table.error("activation", "needs two units or more: the output of one is always 1", activation.value)
    return _LayerEntry(LayerSize(len(weights), activation, bias, trained), weights, biases, table)


def _read_kind(table: "_Table", kinds: Mapping[str, type[_Kind]]) -> _Kind:
    """An optimizer or a schedule, with the defaults of its kind for what is not given."""
    kind = kinds[table.name("kind", kinds)]
    given = {}
    for field in fields(kind):
        parameter = HYPERPARAMETERS[field.name]
        default = None if field.default is MISSING else field.default
        given[field.name] = table.number(field.name, default, parameter.range)
    table.done()
    return kind(**given)


def _drawn_weights(table: "_Table", fan_in: int) -> tuple[tuple[float, ...], ...]:
    if table.has("weights"):
        rule = "must not be given beside init, units and seed, which draw them"
        raise table.error("weights", rule, table.take("weights"))
    init, seed, units = table.choice("init", Init), table.count("seed", least=0), table.count("units")
    if units > MAX_UNITS:
        raise table.error("units", f"must be at most {MAX_UNITS}", units)
    return drawn_weights(init, seed, units, fan_in)


def _check_shapes(layers: list[_LayerEntry], network: Network, targets: Rows, table: "_Table") -> None:
    fan_in, feeder = network.input_count, "the inputs"
    for number, layer in enumerate(layers, 1):
        width = len(layer.weights[0])
        if width != fan_in:
            raise layer.table.error("weights", f"must have one weight for each of {feeder}, {fan_in} a row", width)
        fan_in, feeder = len(layer.weights), f"the units of layer {number}"
    if fan_in != len(targets[0]):
        raise table.error("targets", f"must have one number for each output unit, that is {fan_in}", len(targets[0]))
    if network.loss in _UNITS_OF:
        needed = _UNITS_OF[network.loss]
        if layers[-1].size.activation is not needed:
            rule = f"must be {needed} where the loss is {network.loss}, which takes outputs between 0 and 1"
            raise layers[-1].table.error("activation", rule, layers[-1].size.activation.value)
        for row in targets:
            _check_probabilities(row, network.loss, table)


def _check_probabilities(targets: tuple[float, ...], loss: Loss, table: "_Table") -> None:
    if any(not 0 <= target <= 1 for target in targets):
        raise table.error("targets", f"must be from 0 to 1 where the loss is {loss}", list(targets))
    if loss is Loss.CATEGORICAL_CROSS_ENTROPY and abs(math.fsum(targets) - 1) > _OFF_ONE:
        raise table.error("targets", f"must sum to 1 where the loss is {loss}", list(targets))


def _check_rates(rates: tuple[float, ...], training: "_Table") -> None:
    if any(rate <= 0 for rate in rates):
        raise training.error("learning_rates", "must be positive numbers", list(rates))
    if len(set(rates)) != len(rates):
        raise training.error("learning_rates", "must be different from each other", list(rates))


class _Table:
    """A TOML table whose fields are taken out one by one, each checked; what is left over is an error."""

    def __init__(self, data: Mapping[str, object], source: str, path: str = "") -> None:
        self._data, self.source, self._path = dict(data), source, path
        self._nested = {field for field, value in data.items() if isinstance(value, list) and _holds_lists(value)}
        self._known: list[str] = []

    def error(self, field: str, rule: str, got: object) -> TemplateError:
        return TemplateError(f"{self.source}: {self._path}{field} {rule}, got {_toml(got)}")

    def missing(self, field: str, also: str = "") -> TemplateError:
        return TemplateError(f"{self.source}: {self._path}{field} is missing{also}")

    def text(self, field: str, default: str) -> str:
        value = self._take(field, default)
        if not isinstance(value, str):
            raise self.error(field, "must be a text", value)
        return value

    def flag(self, field: str, default: bool) -> bool:
        value = self._take(field, default)
        if not isinstance(value, bool):
            raise self.error(field, "must be true or false", value)
        return value

    def has(self, *fields: str) -> bool:
        """Whether any of some fields is given."""
        return not self._data.keys().isdisjoint(fields)

    def take(self, field: str) -> object:
        """What a field is given as, whatever that is; None where it is not."""
        return self._take(field, None)

    def count(self, field: str, least: int = 1, default: int | None = None) -> int:
        value = self._required(field) if default is None else self._take(field, default)
        if isinstance(value, int) and not isinstance(value, bool) and value >= least:
            return value
        raise self.error(field, f"must be a whole number, {least} or more", value)

    def choice(self, field: str, kind: type[_Choice], default: _Choice | None = None) -> _Choice:
        value = self._required(field) if default is None else self._take(field, default)
        return kind(self._one_of(field, [member.value for member in kind], value))

    def name(self, field: str, names: Iterable[str]) -> str:
        return self._one_of(field, list(names), self._required(field))

    def number(self, field: str, default: float | None, range_: Range) -> float:
        value = self._required(field) if default is None else self._take(field, default)
        if isinstance(value, int | float) and _is_number(value) and range_.allows(value):
            return value
        raise self.error(field, range_.value, value)

    def numbers(self, field: str) -> tuple[float, ...]:
        return self._as_numbers(field, self._required(field))

    def is_nested(self, field: str) -> bool:
        """Whether it was a list of lists."""
        return field in self._nested

    def rows(self, field: str) -> Rows:
        """Numbers, a row a sample: a list of rows, or one row on its own."""
        if not self.is_nested(field):
            return (self.numbers(field),)
        return self._equal_rows(field, self._required(field))

    def matrix(self, field: str) -> Rows:
        value = self._required(field)
        if not isinstance(value, list) or not value or len(value) > MAX_UNITS:
            raise self.error(field, "must be a list with one row of numbers for each unit", value)
        return self._equal_rows(field, value)

    def _equal_rows(self, field: str, value: object) -> Rows:
        if not isinstance(value, list) or len(value) > MAX_SAMPLES:
            raise self.error(field, f"must be a list of at most {MAX_SAMPLES:,} rows of numbers", value)
        rows = tuple(self._as_numbers(f"{field}[{k}]", row) for k, row in enumerate(value, 1))
        for k, row in enumerate(rows, 1):
            if len(row) != len(rows[0]):
                raise self.error(
                    f"{field}[{k}]", f"must be as long as the first row, {len(rows[0])} numbers", list(row)
                )
        return rows

    def bias(self, field: str, units: int, default: list[float] | None) -> tuple[Bias, tuple[float, ...]]:
        value = self._take(field, default)
        if value is None:
            return Bias.NONE, ()
        if _is_number(value):
            return Bias.SHARED, self._as_numbers(field, [value])
        biases = self._as_numbers(field, value)
        if len(biases) != units:
            raise self.error(field, f"must be one number for the layer, or one for each of its {units} units", value)
        return Bias.PER_UNIT, biases

    def table(self, field: str) -> "_Table":
        value = self._required(field)
        if not isinstance(value, dict):
            raise self.error(field, "must be a table", value)
        return _Table(value, self.source, f"{self._path}{field}.")

    def optional(self, field: str) -> "_Table | None":
        if field in self._data:
            return self.table(field)
        self._known.append(field)
        return None

    def tables(self, field: str) -> list["_Table"]:
        value = self._required(field)
        if not isinstance(value, list) or not value or not all(isinstance(entry, dict) for entry in value):
            raise self.error(field, f"must be given, one [[{field}]] for each", value)
        return [_Table(entry, self.source, f"{field}[{k}].") for k, entry in enumerate(value, 1)]

    def done(self) -> None:
        for field, value in self._data.items():
            nearest = get_close_matches(field, self._known, 1, cutoff=0.0)
            hint = f" (the nearest is {nearest[0]})" if nearest else ""
            raise self.error(field, f"is not a field that is known here{hint}", value)

    def _take(self, field: str, default: object) -> object:
        self._known.append(field)
        return self._data.pop(field, default)

    def _required(self, field: str) -> object:
        if field not in self._data:
            raise self.missing(field)
        return self._take(field, None)

    def _one_of(self, field: str, names: list[str], value: object) -> str:
        if isinstance(value, str) and value in names:
            return value
        raise self.error(field, f"must be one of {', '.join(names)}", value)

    def _as_numbers(self, field: str, value: object) -> tuple[float, ...]:
        if not isinstance(value, list) or not value or len(value) > MAX_UNITS:
            raise self.error(field, f"must be a list of 1 to {MAX_UNITS} numbers", value)
        for number in value:
            if not _is_number(number):
                raise self.error(field, "must hold finite numbers only", number)
        return tuple(float(number) for number in value)


def _read(path: Path) -> str:
    try:
        return content_of(path, MAX_BYTES).decode("utf-8")
    except TooLargeError as error:
        raise TemplateError(f"{path}: no template: {error}") from None
    except FileNotFoundError:
        raise TemplateError(f"{path}: there is no such file") from None
    except UnicodeDecodeError:
        raise TemplateError(f"{path}: not a text file in UTF-8") from None
    except OSError as error:
        raise TemplateError(f"{path}: cannot be read: {error.strerror}") from None


def _holds_lists(value: list[object]) -> bool:
    return any(isinstance(row, list) for row in value)


def _is_number(value: object) -> bool:
    """Whether it is a number, not a truth value, that a double can hold."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def _toml(value: object) -> str:
    """The value as TOML writes it, cut where it is long."""
    shown = {True: "true", False: "false"}[value] if isinstance(value, bool) else repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}…"
