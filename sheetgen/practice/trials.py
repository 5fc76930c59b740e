"""Other numbers to start from, with what is right for these: what a grader tries the formulas in the blanks on.

A formula that gives the right number in all of them is right, whoever wrote it in whatever way, and whatever is in the
blanks before it. The numbers stand on a sheet that Excel does not offer to show, each where the exercise has its own;
they are those of another training, and say nothing of the numbers that are asked for.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from xlsxwriter.workbook import Workbook

from sheetgen.layout import LimitError
from sheetgen.mathematics.expression import Expression
from sheetgen.mathematics.values import Value
from sheetgen.practice.exercise import ROWS, Exercise, Place, two_rows, with_more
from sheetgen.practice.layout import HEADER_ROW, Area, PracticeLayout
from sheetgen.practice.record import RecordedSheet
from templates import LEARNING_RATE, Loss, Template
from templates.wiring import Embedding

MOST_TRIALS = 40
ENOUGH = 4  # trials in a row that show nothing new: what is off in all of these is off for good
MOST_READ = 100  # places of a formula that are tried
TRIALS_SHEET = "Trials"
HEIGHT = HEADER_ROW + 1 + len(ROWS)  # rows of the exercise down to the last of its table
_APART = 1e-6  # relative: more than any rounding
_SPREADS = (1.0,) * 8 + (0.3,) * 8 + (0.1,) * 8  # of the numbers, until none of those that follow is too large


@dataclass(frozen=True)
class Trial:
    """The numbers that a training starts from, by their labels, and those of the two rows that follow."""

    settings: Mapping[str, float]
    rows: Sequence[Mapping[str, Value]]


def trials_of(exercise: Exercise) -> Sequence[Trial]:
    """The trials of an exercise, the same for the same seed.

    There are as many as it takes for all that a formula reads to make a difference in one of them.
    """
    draw = random.Random(exercise.seed)  # noqa: S311  nothing secret
    trials, idle = list[Trial](), 0
    idle_ones: Mapping[Place, Sequence[Expression]] = {
        place: with_more(exercise.formula(place), MOST_READ, draw) for place in exercise.places
    }
    while idle < ENOUGH and len(trials) < MOST_TRIALS:
        trials.append(_trial(exercise, draw, len(trials)))
        left = _making_none(exercise, idle_ones, trials[-1])
        idle = idle + 1 if sum(map(len, left.values())) == sum(map(len, idle_ones.values())) else 0
        idle_ones = left
    return trials


def _making_none(
    exercise: Exercise, changed: Mapping[Place, Sequence[Expression]], trial: Trial
) -> Mapping[Place, Sequence[Expression]]:
    """The changed formulas that give in a trial what is right all the same."""
    values = exercise.values_of(changed, trial.settings)

    def is_right(place: Place, value: float) -> bool:
        right = float(trial.rows[place[1]][place[0]])
        return abs(value - right) < _APART * abs(right)

    return {
        place: [one for one, value in zip(found, values[place], strict=True) if is_right(place, value)]
        for place, found in changed.items()
    }


def trials_area(layout: PracticeLayout, trials: Sequence[Trial]) -> Area:
    """Where trials stand on their sheet."""
    columns = (layout.last_table_column, *(column for _, column in layout.setting_cells.values()))
    return 0, 0, len(trials) * HEIGHT - 1, max(columns)


def write_trials(workbook: Workbook, page: RecordedSheet, layout: PracticeLayout, trials: Sequence[Trial]) -> None:
    """Write trials one below the other, each as many rows high as the exercise, `page`, is down to its table's end."""
    sheet = workbook.add_worksheet(TRIALS_SHEET)
    for k, trial in enumerate(trials):
        numbers = {place: trial.settings[label] for label, place in layout.setting_cells.items()}
        numbers |= {layout.cell((label, row)): float(value) for row in ROWS for label, value in trial.rows[row].items()}
        for (row, column), exact in numbers.items():
            number = float(f"{exact:.15g}")  # as every application writes it again
            sheet.write_number(k * HEIGHT + row, column, number)
            page.trial(k * HEIGHT + row, column, number)
    sheet.very_hidden()


def _trial(exercise: Exercise, draw: random.Random, turn: int) -> Trial:
    for spread in _SPREADS:
        settings = _settings(exercise, draw, spread, turn)
        rows = two_rows(exercise.columns, settings)
        if all(isinstance(value, float | int) and isfinite(value) for row in rows for value in row.values()):
            return Trial(settings, rows)
    raise LimitError("near its numbers the network gives errors or too large numbers, so nothing could be graded")


def _settings(exercise: Exercise, draw: random.Random, spread: float, turn: int) -> Mapping[str, float]:
    template, network = exercise.template, exercise.template.network
    found = dict(exercise.settings)

    def near(label: str) -> float:
        return found[label] * (1 + spread * draw.uniform(-0.5, 0.5)) + spread * draw.uniform(-0.3, 0.3)

    found |= {label: near(label) for label in network.parameters}
    if not isinstance(network.sizes[0], Embedding):  # whose inputs are numbers of words
        others = [found[label] for label in network.inputs]
        found |= {label: draw.choice(others) + draw.uniform(-0.3, 0.3) for label in network.inputs}
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
