"""`backprop generate --practice`: write an exercise with its answers, or one for each student of a class."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import click

from backprop.chosen_template import chosen_template
from backprop.output_file import check_output
from sheetgen.layout import LimitError, table_layout
from sheetgen.practice import exercise_of, write_answers, write_exercise
from sheetgen.practice.blanks import BlanksError, Wanted, parse_wanted
from sheetgen.practice.class_set import KEY, LIST, STUDENTS, TEACHER, write_class
from sheetgen.practice.roster import RosterError, read_roster
from templates import Template, TemplateError


@dataclass(frozen=True)
class WantedExercise:
    """What was asked for, as the command line has it."""

    template: str
    module: str | None  # of PyTorch, in the place of the template
    output: Path | None
    learning_rates: tuple[float, ...] | None
    blanks: str | None
    seed: int
    with_answers: bool
    force: bool


def write_practice(wanted: WantedExercise) -> None:
    """Write the exercise, and say what is in it. Raises ClickException."""
    with _told():
        template, blanks = _chosen(wanted)
        path = wanted.output or Path(f"{template.name}-practice.xlsx")
        answers = path.with_name(f"{path.stem}-answers.xlsx")
        with _written(path):
            check_output(path, wanted.force)
            if wanted.with_answers:
                check_output(answers, wanted.force)
            exercise = exercise_of(template, blanks, wanted.seed)
            write_exercise(exercise, path)
            if wanted.with_answers:
                write_answers(exercise, answers)
    labels = ", ".join(blank.label for blank in exercise.blanks)
    count = "1 blank" if len(exercise.blanks) == 1 else f"{len(exercise.blanks)} blanks"
    click.echo(f"Wrote {path}: {template.describe()}, learning rate {exercise.rate:g}, {count}: {labels}")
    if wanted.with_answers:
        click.echo(f"Wrote {answers}: the same, filled in")


def write_class_practice(wanted: WantedExercise, roster: Path) -> None:
    """Write an exercise for each student of a roster, and say where what is. Raises ClickException."""
    with _told():
        template, blanks = _chosen(wanted)
        folder = wanted.output or Path(f"{template.name}-class")
        students = read_roster(roster)
        with _written(folder):
            if folder.exists() and not (folder.is_dir() and (wanted.force or not any(folder.iterdir()))):
                raise click.ClickException(f"{folder} already exists; give --force to write into it, or another name")
            listed = write_class(template, students, blanks, wanted.seed, folder)
    count = "1 exercise" if len(listed.students) == 1 else f"{len(listed.students)} exercises"
    click.echo(f"Wrote {count} in {folder / STUDENTS}: {template.describe()}, each with different numbers and blanks")
    click.echo(f"Wrote {folder / TEACHER / KEY}: the answers, for the teacher")
    click.echo(
        f"To grade the submissions: backprop verify SUBMISSIONS --class {folder / TEACHER / LIST} --grades grades"
    )


def _chosen(wanted: WantedExercise) -> tuple[Template, Wanted]:
    """The template and the blanks. Raises TemplateError, LimitError and BlanksError."""
    template = chosen_template(wanted.template, wanted.module)
    template = replace(template, learning_rates=wanted.learning_rates or template.learning_rates)
    table_layout(replace(template, iterations=1))  # refuses a network that no sheet can hold
    return template, None if wanted.blanks is None else parse_wanted(wanted.blanks)


@contextmanager
def _told() -> Iterator[None]:
    """Say in a line what was wrong with what was asked for."""
    try:
        yield
    except (TemplateError, LimitError) as error:
        raise click.ClickException(str(error)) from None
    except RosterError as error:
        raise click.ClickException(f"--roster: {error}") from None
    except BlanksError as error:
        raise click.ClickException(f"--blanks: {error}") from None


@contextmanager
def _written(path: Path) -> Iterator[None]:
    """Say in a line why something could not be written."""
    try:
        yield
    except OSError as error:
        raise click.ClickException(f"{path} could not be written: {error.strerror or error}") from None
