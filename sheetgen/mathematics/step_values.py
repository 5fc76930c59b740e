"""The values of the step that Explore shows before anybody has chosen another: the first one, of one learning rate."""

from collections.abc import Mapping
from dataclasses import dataclass

from sheetgen.mathematics.expression import Column
from sheetgen.mathematics.notation import symbolic
from sheetgen.mathematics.training_step import Group, table_columns
from sheetgen.mathematics.values import Value, training_rows
from templates import LEARNING_RATE, Deltas, Template


@dataclass(frozen=True)
class StepValues:
    """The value of each label in an iteration, and those of the parameters in the next."""

    rate: float
    iteration: int
    now: Mapping[str, Value]
    updated: Mapping[str, Value]


def first_step(template: Template) -> StepValues:
    """The values of iteration 0 at the learning rate in the middle of the template's."""
    rate = template.learning_rates[(len(template.learning_rates) - 1) // 2]
    columns = table_columns(template.network, Deltas.COLUMNS, template.training)
    labels = [column.label for column in columns]
    settings = template.settings(rate)
    now, then = (dict(zip(labels, row, strict=True)) for row in training_rows(columns, settings, 1))
    nothing = {symbolic(Column(column.label, -1)): 0.0 for column in columns if column.group is Group.STATE}
    updated = {label: then[label] for label in template.network.parameters}
    return StepValues(rate, 0, {**template.training.numbers, LEARNING_RATE: rate, **nothing, **now}, updated)
