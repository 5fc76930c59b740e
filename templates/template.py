"""A template: a network with the numbers it starts from, and how its workbook is laid out.

One TOML file a template. Everything a file gets wrong is said with the file, the field, the rule and the value
it got, as a `TemplateError`.
"""

import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from math import prod
from pathlib import Path
from typing import TypeVar

from opc.files import TooLargeError, content_of
from templates.layer_kinds import LayerEntry, read_layer
from templates.network import Activation, Bias, Loss, Network
from templates.training import PLAIN, Training
from templates.wiring import Embedding

DEFAULT = "backprop"
_Choice = TypeVar("_Choice", bound=StrEnum)
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
    table = Table(data, source)
    title, description = table.text("title", name), table.text("description", "")
    inputs, shape = _read_inputs(table)
    targets = table.numbers("targets")
    layers = list[LayerEntry]()
    for entry in table.tables("layers"):
        layers.append(read_layer(entry, layers[-1].shape if layers else shape, len(layers)))
    loss = table.choice("loss", Loss, Loss.HALF_SQUARED_ERROR)
    deltas = table.choice("deltas", Deltas, Deltas.INLINE)
    training = table.table("training")
    rates = training.numbers("learning_rates")
    iterations = training.count("iterations")
    training.done()
    table.done()

    _check_tokens(layers, inputs, table)
    network = Network(len(inputs), tuple(layer.plan for layer in layers), loss, shape)
    _check_shapes(layers, network, targets, table)
    _check_rates(rates, training)
    values = [number for layer in layers for number in layer.numbers]
    start = dict(zip(network.targets + network.inputs, targets + inputs, strict=True))
    start |= dict(zip(network.parameters, values, strict=True))
    return Template(name, title, description, network, start, rates, iterations, deltas)


def _read_inputs(table: "Table") -> tuple[tuple[float, ...], tuple[int, ...]]:
    """The inputs, row-major, and their shape."""
    if not table.has("input_shape"):
        inputs = table.numbers("inputs")
        return inputs, (len(inputs),)
    given = table.numbers("input_shape")
    if len(given) > 3 or any(number < 1 or number != int(number) for number in given):
        raise table.error("input_shape", "must be 1 to 3 whole numbers, each 1 or more", list(given))
    shape = tuple(map(int, given))
    inputs, _ = table.array("inputs", range(1, 4))
    if len(inputs) != prod(shape):
        raise table.error("inputs", f"must be {prod(shape)} numbers, as input_shape says", len(inputs))
    return inputs, shape


def _check_shapes(layers: list[LayerEntry], network: Network, targets: tuple[float, ...], table: "Table") -> None:
    if not network.layers[-1].is_dense:
        raise layers[-1].table.error("kind", "must be dense for the last layer", layers[-1].kind.value)
    units = len(network.layers[-1].outputs)
    if units != len(targets):
        raise table.error("targets", f"must have one number for each output unit, that is {units}", len(targets))
    if network.loss is Loss.BINARY_CROSS_ENTROPY:
        if network.layers[-1].activation is not Activation.SIGMOID:
            rule = f"must be sigmoid where the loss is {network.loss}, which takes outputs between 0 and 1"
            raise layers[-1].table.error("activation", rule, network.layers[-1].activation.value)
        if any(not 0 <= target <= 1 for target in targets):
            raise table.error("targets", f"must be from 0 to 1 where the loss is {network.loss}", list(targets))


def _check_tokens(layers: list[LayerEntry], inputs: tuple[float, ...], table: "Table") -> None:
    if isinstance(plan := layers[0].plan, Embedding):
        wrong = [token for token in inputs if token not in range(plan.words)]
        if wrong:
            rule = f"must be numbers of words, whole and from 0 to {plan.words - 1}, as there are {plan.words} vectors"
            raise table.error("inputs", rule, wrong[0])


def _check_rates(rates: tuple[float, ...], training: "Table") -> None:
    if any(rate <= 0 for rate in rates):
        raise training.error("learning_rates", "must be positive numbers", list(rates))
    if len(set(rates)) != len(rates):
        raise training.error("learning_rates", "must be different from each other", list(rates))


class Table:
    """A TOML table whose fields are taken out one by one, each checked; what is left over is an error."""

    def __init__(self, data: Mapping[str, object], source: str, path: str = "") -> None:
        self._data, self._source, self._path = dict(data), source, path

    def error(self, field: str, rule: str, got: object) -> TemplateError:
        return TemplateError(f"{self._source}: {self._path}{field} {rule}, got {_toml(got)}")

    def has(self, *fields: str) -> bool:
        """Whether any of some fields is given."""
        return not self._data.keys().isdisjoint(fields)

    def ignore(self, field: str) -> None:
        """Take a field out, whatever it is."""
        self._data.pop(field, None)

    def text(self, field: str, default: str) -> str:
        value = self._data.pop(field, default)
        if not isinstance(value, str):
            raise self.error(field, "must be a text", value)
        return value

    def flag(self, field: str, default: bool) -> bool:
        value = self._data.pop(field, default)
        if not isinstance(value, bool):
            raise self.error(field, "must be true or false", value)
        return value

    def count(self, field: str, least: int = 1, default: int | None = None) -> int:
        value = self._required(field) if default is None else self._data.pop(field, default)
        if isinstance(value, int) and not isinstance(value, bool) and value >= least:
            return value
        raise self.error(field, f"must be a whole number, {least} or more", value)

    def fraction(self, field: str) -> float:
        value = self._required(field)
        if _is_number(value) and 0 <= value < 1:  # type: ignore[operator]
            return float(value)  # type: ignore[arg-type]
        raise self.error(field, "must be a number from 0 to less than 1", value)

    def size(self, field: str, default: tuple[int, int] | None = None) -> tuple[int, int]:
        """Rows and columns; one number is both."""
        value = self._required(field) if default is None else self._data.pop(field, default)
        pair = [value, value] if isinstance(value, int) else value
        if isinstance(pair, list | tuple) and len(pair) == 2 and all(type(n) is int and n >= 1 for n in pair):
            return pair[0], pair[1]
        raise self.error(field, "must be a whole number, 1 or more, or two: rows and columns", value)

    def choice(self, field: str, kind: type[_Choice], default: _Choice) -> _Choice:
        value = self._data.pop(field, default)
        names = [member.value for member in kind]
        if value in names:
            return kind(value)
        raise self.error(field, f"must be one of {', '.join(names)}", value)

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

    def array(self, field: str, ranks: range) -> tuple[tuple[float, ...], tuple[int, ...]]:
        """Numbers in rows, rows in blocks and so on, as deep as one of `ranks`: row-major, and their shape."""
        value = self._required(field)
        shape = list[int]()
        parts: list[object] = [value]
        while all(isinstance(part, list) for part in parts) and len(shape) < ranks[-1]:
            lengths = {len(part) for part in parts}  # type: ignore[arg-type]
            if len(lengths) > 1 or 0 in lengths:
                raise self.error(field, "must have rows of one length, none of them empty", value)
            shape.append(lengths.pop())
            parts = [inner for part in parts for inner in part]  # type: ignore[attr-defined]
        if len(shape) not in ranks:
            raise self.error(field, f"must be lists of numbers, {ranks[0]} to {ranks[-1]} inside each other", value)
        for number in parts:
            if not _is_number(number):
                raise self.error(field, "must hold finite numbers only", number)
        return tuple(map(float, parts)), tuple(shape)  # type: ignore[arg-type]

    def bias(self, field: str, units: int) -> tuple[Bias, tuple[float, ...]]:
        value = self._data.pop(field, None)
        if value is None:
            return Bias.NONE, ()
        if _is_number(value):
            return Bias.SHARED, self._as_numbers(field, [value])
        biases = self._as_numbers(field, value)
        if len(biases) != units:
            raise self.error(field, f"must be one number for the layer, or one for each of its {units} units", value)
        return Bias.PER_UNIT, biases

    def table(self, field: str) -> "Table":
        value = self._required(field)
        if not isinstance(value, dict):
            raise self.error(field, "must be a table", value)
        return Table(value, self._source, f"{field}.")

    def tables(self, field: str) -> list["Table"]:
        value = self._required(field)
        if not isinstance(value, list) or not value or not all(isinstance(entry, dict) for entry in value):
            raise self.error(field, f"must be given, one [[{field}]] for each", value)
        return [Table(entry, self._source, f"{field}[{k}].") for k, entry in enumerate(value, 1)]

    def done(self) -> None:
        for field, value in self._data.items():
            raise self.error(field, "is not a field that is known here", value)

    def _required(self, field: str) -> object:
        if field not in self._data:
            raise TemplateError(f"{self._source}: {self._path}{field} is missing")
        return self._data.pop(field)

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
