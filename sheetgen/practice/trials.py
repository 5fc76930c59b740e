"""Other numbers to start from, with what is right for these: what a grader tries the formulas in the blanks on.

A formula that gives the right number in all of them is right, whoever wrote it in whatever way, and whatever is in the
blanks before it. The numbers stand on a sheet that Excel does not offer to show, each where the exercise has its own;
they are those of another training, and say nothing of the numbers that are asked for.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite

from xlsxwriter.workbook import Workbook

from sheetgen.mathematics.expression import Number
from sheetgen.mathematics.training_step import Group, TableColumn
from sheetgen.mathematics.values import Value
from sheetgen.practice.exercise import ROWS, Exercise, two_rows
from sheetgen.practice.layout import HEADER_ROW, Area, PracticeLayout
from templates import LEARNING_RATE, Loss, Template
from templates.wiring import Embedding

TRIALS = 4  # enough that a unit that is off in one is on in another
TRIALS_SHEET = "Trials"
HEIGHT = HEADER_ROW + 1 + len(ROWS)  # rows of the exercise down to the last of its table
_SPREADS = (1.0,) * 8 + (0.3,) * 8 + (0.1,) * 8  # of the numbers, until none of those that follow is too large


@dataclass(frozen=True)
class Trial:
    """The numbers that a training starts from, by their labels, and those of the two rows that follow."""

    settings: Mapping[str, float]
    rows: Sequence[Mapping[str, Value]]


def trials_of(exercise: Exercise) -> Sequence[Trial]:
    """The trials of an exercise, the same for the same seed."""
    draw = random.Random(exercise.seed)  # noqa: S311  nothing secret
    return [_trial(exercise, draw, turn) for turn in range(TRIALS)]


def trials_area(layout: PracticeLayout) -> Area:
    """Where the trials stand on their sheet."""
    columns = (layout.last_table_column, *(column for _, column in layout.setting_cells.values()))
    return 0, 0, TRIALS * HEIGHT - 1, max(columns)


def write_trials(workbook: Workbook, exercise: Exercise) -> None:
    """Write the trials one below the other, each as many rows high as the exercise is down to its table's end."""
    layout, sheet = PracticeLayout(exercise), workbook.add_worksheet(TRIALS_SHEET)
    for k, trial in enumerate(trials_of(exercise)):
        numbers: dict[tuple[int, int], Value] = {
            place: trial.settings[label] for label, place in layout.setting_cells.items()
        }
        numbers |= {layout.cell((label, row)): value for row in ROWS for label, value in trial.rows[row].items()}
        for (row, column), number in numbers.items():
            sheet.write(k * HEIGHT + row, column, number)
    sheet.very_hidden()


def _trial(exercise: Exercise, draw: random.Random, turn: int) -> Trial:
    for spread in _SPREADS:
        settings = _settings(exercise, draw, spread, turn)
        rows = two_rows([_with_a_past(column, draw) for column in exercise.columns], settings)
        if all(isinstance(value, float | int) and isfinite(value) for row in rows for value in row.values()):
            return Trial(settings, rows)
    raise AssertionError("no numbers near those that an exercise starts from can be computed with")


def _with_a_past(column: TableColumn, draw: random.Random) -> TableColumn:
    """A column; that of an optimizer's state as if some steps had been before, as what is 0 shows no mistake."""
    is_new = column.group is Group.STATE and column.first == Number(0)
    return replace(column, first=Number(draw.uniform(0.05, 0.5))) if is_new else column


def _settings(exercise: Exercise, draw: random.Random, spread: float, turn: int) -> Mapping[str, float]:
    template, network = exercise.template, exercise.template.network
    found = dict(exercise.settings)

    def near(label: str) -> float:
        return found[label] * (1 + spread * draw.uniform(-0.5, 0.5)) + spread * draw.uniform(-0.3, 0.3)

    has_words = isinstance(network.sizes[0], Embedding)
    moved = [*network.parameters, *(() if has_words else network.inputs)]
    found |= {label: near(label) for label in moved}
    found |= {label: found[label] * (1 - 0.2 * draw.random()) for label in (LEARNING_RATE, *template.training.numbers)}
    return {**found, **_targets(template, near, turn)}


def _targets(template: Template, near: Callable[[str], float], turn: int) -> Mapping[str, float]:
    """Other targets; where they are probabilities, the same ones of other outputs."""
    labels, values = template.network.targets, [template.start[label] for label in template.network.targets]
    match template.network.loss:
        case Loss.BINARY_CROSS_ENTROPY:
            return {label: 1 - value if turn % 2 else value for label, value in zip(labels, values, strict=True)}
        case Loss.CATEGORICAL_CROSS_ENTROPY:
            k = turn % len(values)
            return dict(zip(labels, values[k:] + values[:k], strict=True))
    return {label: near(label) for label in labels}
