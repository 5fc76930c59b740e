"""Write the exercise edition of a template: one sheet of one update, with blanks that check what is put into them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from xlsxwriter.workbook import Workbook

from opc.files import EPOCH, whole_file
from sheetgen.practice.exercise import Exercise, Place
from sheetgen.practice.sheet import write_practice_sheet
from templates.class_list import exercise_digest


def write_exercise(exercise: Exercise, output: str | Path) -> str:
    """Write an exercise to `output`, in the place of what is there, whole or not at all. Raises OSError.

    Returns the digest by which it is known when it comes back.
    """
    return _write(exercise, Path(output), exercise.places)


def write_answers(exercise: Exercise, output: str | Path) -> None:
    """Write the same sheet with all blanks filled in. Raises OSError."""
    _write(exercise, Path(output), ())


def _write(exercise: Exercise, output: Path, empty: Sequence[Place]) -> str:
    template = exercise.template
    with whole_file(output) as file:
        workbook = Workbook(file, {"in_memory": True})
        workbook.set_properties({
            "title": f"Practice: {template.title}", "comments": template.description,
            "created": datetime(*EPOCH, tzinfo=UTC),  # not now: equal input gives an equal file
        })  # fmt: skip
        digests = write_practice_sheet(workbook, exercise, empty)
        workbook.close()
    return exercise_digest(digests)
