"""A template: a network with the numbers it starts from, and how its workbook is laid out.

One TOML file a template. Everything a file gets wrong is said with the file, the field, the rule and the value
it got, as a `TemplateError`.
"""

import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from difflib import get_close_matches
from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import TypeVar

from opc.files import TooLargeError, content_of
from templates.network import LEARNING_RATE, Activation, Bias, LayerSize, Loss, Network
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
MAX_BYTES = 1 << 26  # of a template: a layer of 1,000 by 1,000 weights takes a third of it
MAX_UNITS = 1000  # far past what a sheet can hold (16,384 columns); keeps a slip of the pen from taking all memory


class TemplateError(Exception):
    """A template that cannot be used: names the file, the field, the rule and the value it got."""


class Deltas(StrEnum):
    """Whether the gradient of a net input is written out inside the formulas that use it, or has its own column."""

    INLINE = "inline"
    COLUMNS = "columns"


@dataclass(frozen=True)
class Template:
    """What `generate` needs to know.

    `start` maps each target, input, weight and bias of the network to the number it starts from; `iterations`
    counts the updates, so a table has one row more.
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

    @property
    def numbers(self) -> Mapping[str, float]:
        """All numbers that its tabs share: those that they start from, and the hyperparameters by their symbols."""
        return {**self.start, **self.training.numbers}

    def settings(self, rate: float) -> Mapping[str, float]:
        """All numbers of the tab of a learning rate."""
        return {**self.numbers, LEARNING_RATE: rate}

    def describe(self) -> str:
        """One phrase for people: the network, and how it is trained where that is not plain gradient descent."""
        return self.network.describe() + self.training.describe()


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
        return parse_template(_read(path), name=path.stem, source=str(path))
    if str(name_or_path) not in template_names():
        known = ", ".join(template_names())
        raise TemplateError(
            f"no template is called '{name_or_path}'; there is {known} — or give the path of a .toml file"
        )
    file = resources.files("templates") / f"{name_or_path}.toml"
    return parse_template(file.read_text(encoding="utf-8"), name=str(name_or_path), source=file.name)


def parse_template(text: str, *, name: str, source: str) -> Template:
    """Build a template from the text of its TOML file; `source` is what errors call the file."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TemplateError(f"{source}: not valid TOML: {error}") from None
    table = _Table(data, source)
    title, description = table.text("title", name), table.text("description", "")
    inputs, targets = table.numbers("inputs"), table.numbers("targets")
    layers = [_read_layer(entry) for entry in table.tables("layers")]
    loss = table.choice("loss", Loss, Loss.HALF_SQUARED_ERROR)
    deltas = table.choice("deltas", Deltas, Deltas.INLINE)
    training = table.table("training")
    rates = training.numbers("learning_rates")
    iterations = training.count("iterations")
    optimizer, schedule = training.optional("optimizer"), training.optional("schedule")
    training.done()
    table.done()

    network = Network(len(inputs), tuple(layer.size for layer in layers), loss)
    _check_shapes(layers, network, targets, table)
    _check_rates(rates, training)
    values = [number for layer in layers for number in layer.numbers]
    start = dict(zip(network.targets + network.inputs, targets + inputs, strict=True))
    start |= dict(zip(network.parameters, values, strict=True))
    how = Training(
        _read_kind(optimizer, OPTIMIZERS) if optimizer else GradientDescent(),
        _read_kind(schedule, SCHEDULES) if schedule else None,
    )
    return Template(name, title, description, network, start, rates, iterations, deltas, how)


@dataclass(frozen=True)
class _LayerEntry:
    size: LayerSize
    weights: tuple[tuple[float, ...], ...]
    biases: tuple[float, ...]
    table: "_Table"

    @property
    def numbers(self) -> tuple[float, ...]:
        return tuple(number for row in self.weights for number in row) + self.biases


def _read_layer(table: "_Table") -> _LayerEntry:
    activation = table.choice("activation", Activation, Activation.SIGMOID)
    weights = table.matrix("weights")
    trained = table.flag("train_biases", True)
    bias, biases = table.bias("biases", len(weights))
    table.done()
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


def _check_shapes(layers: list[_LayerEntry], network: Network, targets: tuple[float, ...], table: "_Table") -> None:
    fan_in, feeder = network.input_count, "the inputs"
    for number, layer in enumerate(layers, 1):
        width = len(layer.weights[0])
        if width != fan_in:
            raise layer.table.error("weights", f"must have one weight for each of {feeder}, {fan_in} a row", width)
        fan_in, feeder = len(layer.weights), f"the units of layer {number}"
    if fan_in != len(targets):
        raise table.error("targets", f"must have one number for each output unit, that is {fan_in}", len(targets))
    if network.loss is Loss.BINARY_CROSS_ENTROPY:
        if layers[-1].size.activation is not Activation.SIGMOID:
            rule = f"must be sigmoid where the loss is {network.loss}, which takes outputs between 0 and 1"
            raise layers[-1].table.error("activation", rule, layers[-1].size.activation.value)
        if any(not 0 <= target <= 1 for target in targets):
            raise table.error("targets", f"must be from 0 to 1 where the loss is {network.loss}", list(targets))


def _check_rates(rates: tuple[float, ...], training: "_Table") -> None:
    if any(rate <= 0 for rate in rates):
        raise training.error("learning_rates", "must be positive numbers", list(rates))
    if len(set(rates)) != len(rates):
        raise training.error("learning_rates", "must be different from each other", list(rates))


class _Table:
    """A TOML table whose fields are taken out one by one, each checked; what is left over is an error."""

    def __init__(self, data: Mapping[str, object], source: str, path: str = "") -> None:
        self._data, self._source, self._path = dict(data), source, path
        self._known: list[str] = []

    def error(self, field: str, rule: str, got: object) -> TemplateError:
        return TemplateError(f"{self._source}: {self._path}{field} {rule}, got {_toml(got)}")

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

    def count(self, field: str) -> int:
        value = self._required(field)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
            return value
        raise self.error(field, "must be a whole number, 1 or more", value)

    def choice(self, field: str, kind: type[_Choice], default: _Choice) -> _Choice:
        return kind(self._one_of(field, [member.value for member in kind], self._take(field, default)))

    def name(self, field: str, names: Iterable[str]) -> str:
        return self._one_of(field, list(names), self._required(field))

    def number(self, field: str, default: float | None, range_: Range) -> float:
        value = self._required(field) if default is None else self._take(field, default)
        if isinstance(value, int | float) and _is_number(value) and range_.allows(value):
            return value
        raise self.error(field, range_.value, value)

    def numbers(self, field: str) -> tuple[float, ...]:
        return self._as_numbers(field, self._required(field))

    def matrix(self, field: str) -> tuple[tuple[float, ...], ...]:
        value = self._required(field)
        if not isinstance(value, list) or not value or len(value) > MAX_UNITS:
            raise self.error(field, "must be a list with one row of numbers for each unit", value)
        rows = tuple(self._as_numbers(f"{field}[{k}]", row) for k, row in enumerate(value, 1))
        for k, row in enumerate(rows, 1):
            if len(row) != len(rows[0]):
                raise self.error(
                    f"{field}[{k}]", f"must be as long as the first row, {len(rows[0])} numbers", list(row)
                )
        return rows

    def bias(self, field: str, units: int) -> tuple[Bias, tuple[float, ...]]:
        value = self._take(field, None)
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
        return _Table(value, self._source, f"{self._path}{field}.")

    def optional(self, field: str) -> "_Table | None":
        if field in self._data:
            return self.table(field)
        self._known.append(field)
        return None

    def tables(self, field: str) -> list["_Table"]:
        value = self._required(field)
        if not isinstance(value, list) or not value or not all(isinstance(entry, dict) for entry in value):
            raise self.error(field, f"must be given, one [[{field}]] for each", value)
        return [_Table(entry, self._source, f"{field}[{k}].") for k, entry in enumerate(value, 1)]

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
            raise TemplateError(f"{self._source}: {self._path}{field} is missing")
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


def _is_number(value: object) -> bool:
    """Whether it is a number, not a truth value, that a double can hold."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def _toml(value: object) -> str:
    """The value as TOML writes it, cut where it is long."""
    shown = {True: "true", False: "false"}[value] if isinstance(value, bool) else repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}…"
