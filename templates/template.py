"""A template: a network with the numbers it starts from, and how its workbook is laid out.

One TOML file a template. Everything a file gets wrong is said with the file, the field, the rule and the value
it got, as a `TemplateError`.
"""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from enum import StrEnum
from importlib.resources.abc import Traversable
from math import prod
from pathlib import Path
from typing import TypeVar

from opc.files import TooLargeError, content_of
from templates.fields import Rows, Table, TemplateError
from templates.layer_kinds import MOST_UNITS, LayerEntry, read_layer
from templates.network import LEARNING_RATE, Activation, Loss, Network
from templates.sample_files import SamplesError, read_samples
from templates.samples import Order, Reduction, Samples
from templates.shipped import FOLDER, shipped_text, template_names, unknown_template
from templates.training import (
    HYPERPARAMETERS,
    OPTIMIZERS,
    PLAIN,
    SCHEDULES,
    Choice,
    GradientDescent,
    Training,
)
from templates.wiring import Embedding

_Kind = TypeVar("_Kind", bound=Choice)
MAX_BYTES = 1 << 26  # of a template: a layer of 1,000 by 1,000 weights takes a third of it


_UNITS_OF = {
    Loss.BINARY_CROSS_ENTROPY: Activation.SIGMOID,
    Loss.CATEGORICAL_CROSS_ENTROPY: Activation.SOFTMAX,
}
_OFF_ONE = 1e-9  # of a sum of targets: thirds may be typed with some digits


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
    origins: Mapping[str, str] = field(default_factory=dict)  # what a parameter is called where the network comes from

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
        """The same with the first sample of the first step alone."""
        if self.samples is None:
            return self
        labels = self.network.inputs + self.network.targets
        first = self.samples.rows[next(self.samples.steps())[0] - 1]
        start = {**self.start, **dict(zip(labels, first, strict=True))}
        return replace(self, samples=None, start=start)

    @property
    def one_of_step(self) -> "Template":
        """The same, with a name of its own for the sample's loss where it is not that of a step."""
        network = self.network if self.batch == 1 else self.network.of_sample
        return replace(self.first_sample, network=network)

    @property
    def apart(self) -> "Template":
        """What of a step can be computed apart: one of its samples, or all of them where each depends on the others."""
        return self if self.network.mixes_samples else self.one_of_step

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


def load_template(name_or_path: str | Path) -> Template:
    """Read a template by its name, or from a TOML file of one's own.

    Anything with a path separator or the ending `.toml` is a file. Raises `TemplateError`.
    """
    path = Path(name_or_path)
    if path.suffix == ".toml" or len(path.parts) > 1:
        return parse_template(_read(path), name=path.stem, source=str(path), beside=path.parent)
    name = str(name_or_path)
    if name not in template_names():
        raise unknown_template(name, " — or give the path of a .toml file")
    return parse_template(shipped_text(name), name=name, source=f"{name}.toml", beside=FOLDER)


def parse_template(text: str, *, name: str, source: str, beside: Traversable | None = None) -> Template:
    """Build a template from the text of its TOML file; `source` is what errors call the file.

    A file of samples that it names is looked for in the folder `beside`. Raises `TemplateError`.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TemplateError(f"{source}: not valid TOML: {error}") from None
    return template_from(data, name=name, source=source, beside=beside)


def template_from(data: Mapping[str, object], *, name: str, source: str, beside: Traversable | None = None) -> Template:
    """Build a template from the fields of its file, as a TOML reader gives them. Raises `TemplateError`."""
    table = Table(data, source)
    try:
        return _template(table, name, beside)
    except TemplateError as error:
        raise table.misspelt() or error from None


def _template(table: Table, name: str, beside: Traversable | None) -> Template:
    title, description = table.text("title", name), table.text("description", "")
    inputs, targets, several = _read_data(table, beside)
    shape = _read_shape(table, inputs)
    training = table.table("training")
    samples = _read_samples(training, inputs, targets) if several else None
    batch = samples.batch if samples else 1
    layers = list[LayerEntry]()
    for entry in table.tables("layers"):
        layers.append(read_layer(entry, layers[-1].shape if layers else shape, len(layers), batch))
    loss = table.choice("loss", Loss, Loss.HALF_SQUARED_ERROR)
    deltas = table.choice("deltas", Deltas, Deltas.INLINE)
    rates = training.numbers("learning_rates")
    iterations = training.count("iterations")
    optimizer, schedule = training.optional("optimizer"), training.optional("schedule")
    names = table.optional("names")
    training.done()
    table.done()

    _check_tokens(layers, inputs, table)
    network = Network(len(inputs[0]), tuple(layer.plan for layer in layers), loss, input_shape=shape)
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
    origins = _read_names(names, network) if names else {}
    return Template(name, title, description, network, start, rates, iterations, deltas, how, samples, origins)


def _read_data(table: Table, beside: Traversable | None) -> tuple[Rows, Rows, bool]:
    """The inputs and the targets, a row a sample, and whether several samples are meant."""
    file = table.text("samples", "")
    target_count = table.count("target_columns") if file else 0
    if not file:
        several, targets = table.is_nested("targets"), table.rows("targets")
        inputs = table.arrays("inputs") if several else (table.array("inputs", range(1, 4))[0],)
        if len(inputs) != len(targets):
            rule = f"must have one row for each of the {len(inputs)} samples of inputs"
            raise table.error("targets", rule, len(targets))
        return inputs, targets, several
    if beside is None:
        raise table.error("samples", "can be named in a file alone", file)
    try:
        rows = read_samples(beside / file, target_count)
    except SamplesError as error:
        raise TemplateError(f"{table.source}: samples: {error}") from None
    return tuple(row[:-target_count] for row in rows), tuple(row[-target_count:] for row in rows), True


def _read_shape(table: Table, inputs: Rows) -> tuple[int, ...]:
    """The shape of a sample's inputs, which stand row-major."""
    if len(inputs[0]) > MOST_UNITS:
        raise table.error("inputs", f"must be at most {MOST_UNITS:,} numbers, a column each", len(inputs[0]))
    if not table.has("input_shape"):
        return (len(inputs[0]),)
    given = table.numbers("input_shape")
    if len(given) > 3 or any(number < 1 or number != int(number) for number in given):
        raise table.error("input_shape", "must be 1 to 3 whole numbers, each 1 or more", list(given))
    shape = tuple(map(int, given))
    if len(inputs[0]) != prod(shape):
        raise table.error("inputs", f"must be {prod(shape)} numbers, as input_shape says", len(inputs[0]))
    return shape


def _read_samples(training: Table, inputs: Rows, targets: Rows) -> Samples:
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


def _read_names(table: Table, network: Network) -> Mapping[str, str]:
    """What parameters are called elsewhere; any may be left out."""
    given = {label: table.text(label, "") for label in network.parameters}
    table.done()
    return {label: name for label, name in given.items() if name}


def _read_kind(table: Table, kinds: Mapping[str, type[_Kind]]) -> _Kind:
    """An optimizer or a schedule, with the defaults of its kind for what is not given."""
    kind = kinds[table.name("kind", kinds)]
    given = {}
    for one in fields(kind):
        parameter = HYPERPARAMETERS[one.name]
        default = None if one.default is MISSING else one.default
        given[one.name] = table.number(one.name, default, parameter.range)
    table.done()
    return kind(**given)


def _check_shapes(layers: list[LayerEntry], network: Network, targets: Rows, table: Table) -> None:
    if not network.layers[-1].is_dense:
        raise layers[-1].table.error("kind", "must be dense for the last layer", layers[-1].kind.value)
    units = len(network.layers[-1].outputs)
    if units != len(targets[0]):
        raise table.error("targets", f"must have one number for each output unit, that is {units}", len(targets[0]))
    if network.loss in _UNITS_OF:
        needed = _UNITS_OF[network.loss]
        if network.layers[-1].activation is not needed:
            rule = f"must be {needed} where the loss is {network.loss}, which takes outputs between 0 and 1"
            raise layers[-1].table.error("activation", rule, network.layers[-1].activation.value)
        for row in targets:
            _check_probabilities(row, network.loss, table)


def _check_probabilities(targets: tuple[float, ...], loss: Loss, table: Table) -> None:
    if any(not 0 <= target <= 1 for target in targets):
        raise table.error("targets", f"must be from 0 to 1 where the loss is {loss}", list(targets))
    if loss is Loss.CATEGORICAL_CROSS_ENTROPY and abs(math.fsum(targets) - 1) > _OFF_ONE:
        raise table.error("targets", f"must sum to 1 where the loss is {loss}", list(targets))


def _check_tokens(layers: list[LayerEntry], inputs: Rows, table: Table) -> None:
    if isinstance(plan := layers[0].plan, Embedding):
        wrong = [token for row in inputs for token in row if token not in range(plan.words)]
        if wrong:
            rule = f"must be numbers of words, whole and from 0 to {plan.words - 1}, as there are {plan.words} vectors"
            raise table.error("inputs", rule, wrong[0])


def _check_rates(rates: tuple[float, ...], training: Table) -> None:
    if any(rate <= 0 for rate in rates):
        raise training.error("learning_rates", "must be positive numbers", list(rates))
    if len(set(rates)) != len(rates):
        raise training.error("learning_rates", "must be different from each other", list(rates))


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
