"""The values of the step that Explore shows before anybody has chosen another: the first one, of one learning rate."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from sheetgen.mathematics.expression import Column
from sheetgen.mathematics.notation import symbolic
from sheetgen.mathematics.training_step import Group, table_columns
from sheetgen.mathematics.values import Value, training_rows, value_of
from templates import LEARNING_RATE, TOTAL_LOSS, Deltas, Template


@dataclass(frozen=True)
class StepValues:
    """The value of each label in an iteration, those of the parameters in the next, and E_total in both."""

    rate: float
    iteration: int
    now: Mapping[str, Value]
    updated: Mapping[str, Value]
    losses: tuple[Value, Value]


def first_step(template: Template) -> StepValues:
    """The values of iteration 0 at the learning rate in the middle of the template's."""
    rate = template.learning_rates[(len(template.learning_rates) - 1) // 2]
    first, then = islice(_rows(template, rate), 0, None, template.batch)
    of_sample = dict(first)
    for column in table_columns(template.one_of_step.network, Deltas.COLUMNS):
        if column.label not in of_sample:
            of_sample[column.label] = value_of(column.then, of_sample)
    states = (c.label for c in table_columns(template.network, training=template.training) if c.group is Group.STATE)
    nothing = {symbolic(Column(label, -1)): 0.0 for label in states}
    now = {**template.training.numbers, LEARNING_RATE: rate, **nothing, **of_sample}
    losses = first[TOTAL_LOSS], then[TOTAL_LOSS]
    return StepValues(rate, 0, now, {label: then[label] for label in template.network.parameters}, losses)


def _rows(template: Template, rate: float) -> Iterator[Mapping[str, Value]]:
    """The values of each row of the first two iterations by their labels, with the gradients of net inputs."""
    columns = table_columns(template.network, Deltas.COLUMNS, template.training, template.samples)
    labels = [column.label for column in columns]
    for row in training_rows(columns, template.settings(rate), 1, template.samples):
        yield {label: value for label, value in zip(labels, row, strict=True) if value is not None}
