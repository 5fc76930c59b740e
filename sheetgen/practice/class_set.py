"""An exercise for each student of a class, with other numbers and other blanks, and what a teacher needs beside them.

Beside the students' workbooks, in a folder apart, are a key with the answers and the reasons, and the list of the class
by which `verify` grades what comes back.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from joblib import Parallel, delayed

from sheetgen.layout import LimitError
from sheetgen.practice.blanks import BlanksError, Wanted
from sheetgen.practice.exercise import Exercise, exercise_of
from sheetgen.practice.key import Answer, answers_of, write_key
from sheetgen.practice.roster import Listed, file_names
from sheetgen.practice.variants import with_other_numbers
from sheetgen.practice.workbook import write_exercise
from templates import Template
from templates.class_list import ClassList, Student, write_class_list
from templates.practice import Part

STUDENTS, TEACHER, LIST, KEY = "students", "teacher", "class.toml", "key.xlsx"
_TRIES = 8  # of other numbers, where some are too large, or too much alike for blanks


@dataclass(frozen=True)
class _Written:
    """A student's workbook: the digest of its exercise, the parts of its blanks by their labels, and its answers."""

    digest: str
    blanks: dict[str, str]
    answers: Sequence[Answer]


def write_class(template: Template, roster: Sequence[Listed], wanted: Wanted, seed: int, folder: Path) -> ClassList:
    """Write the workbooks, the key and the list into a folder. Raises BlanksError, LimitError and OSError.

    A student's exercise depends on the seed and the name alone, whoever else is in the class.
    """
    names = file_names(roster)
    for inner in (STUDENTS, TEACHER):
        (folder / inner).mkdir(parents=True, exist_ok=True)
    tasks = (
        delayed(_write_one)(template, one.name, wanted, _seed(seed, name), folder / STUDENTS / f"{name}.xlsx")
        for one, name in zip(roster, names, strict=True)
    )
    written = Parallel(n_jobs=-1)(tasks)
    students = [
        Student(one.name, f"{name}.xlsx", made.digest, made.blanks, one.fields)
        for one, name, made in zip(roster, names, written, strict=True)
    ]
    listed = ClassList(template.title, students, {part.value: 1.0 for part in Part})
    write_key(template.title, [(one.name, made.answers) for one, made in zip(roster, written, strict=True)],
              folder / TEACHER / KEY)  # fmt: skip
    write_class_list(listed, folder / TEACHER / LIST)
    return listed


def _write_one(template: Template, name: str, wanted: Wanted, seed: int, path: Path) -> _Written:
    exercise = replace(_exercise(template, wanted, seed), student=name)
    digest = write_exercise(exercise, path)
    return _Written(digest, {blank.label: blank.part.value for blank in exercise.blanks}, answers_of(exercise))


def _exercise(template: Template, wanted: Wanted, seed: int) -> Exercise:
    for turn in range(_TRIES - 1):
        try:
            return exercise_of(with_other_numbers(template, seed + turn), wanted, seed + turn)
        except (BlanksError, LimitError):
            continue
    return exercise_of(with_other_numbers(template, seed + _TRIES), wanted, seed + _TRIES)


def _seed(seed: int, name: str) -> int:
    return int.from_bytes(sha256(f"{seed}:{name}".encode()).digest()[:4])
