"""The list of a class: who has which exercise, and what its blanks count.

A TOML file that is written with the exercises, and read to grade them. `[points]` has what a blank counts, by the part
of the step that it belongs to (forward, gradient, state, update) or by its own label, which goes before; each of
`[[students]]` has the name, the file that was written, the exercise's digest, its blanks with their parts, and the
fields of the roster as they were.
"""

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path

from opc.files import TooLargeError, content_of, whole_file
from templates.practice import Part

MOST_STUDENTS = 2_000
_MOST_BYTES = 10_000_000
_USUAL_POINTS = 1.0


class ClassListError(ValueError):
    """A list of a class that cannot be used: says where, the rule, and what to do."""


@dataclass(frozen=True)
class Student:
    """A student of a class with an exercise: `blanks` are their parts by their labels, `fields` those of the roster."""

    name: str
    file: str
    exercise: str
    blanks: Mapping[str, str]
    fields: Mapping[str, str]


@dataclass(frozen=True)
class ClassList:
    """A class: what its exercise is called, its students, and what blanks count by their labels or parts."""

    title: str
    students: Sequence[Student]
    points: Mapping[str, float]

    def points_of(self, student: Student, label: str) -> float:
        """What a blank of a student's exercise counts."""
        return self.points.get(label, self.points.get(student.blanks.get(label, ""), _USUAL_POINTS))

    def most_points(self, student: Student) -> float:
        """What all blanks of a student's exercise count together."""
        return sum(self.points_of(student, label) for label in student.blanks)


def exercise_digest(digests: str) -> str:
    """What an exercise is known by, from the digests of all that is given in it."""
    return sha256(digests.encode()).hexdigest()[:16]


def write_class_list(listed: ClassList, path: Path) -> None:
    """Write a list, whole or not at all. Raises OSError."""
    lines = [
        "# Who has which exercise. To grade the submissions: backprop verify FOLDER --class class.toml --grades FOLDER",
        f"title = {_text(listed.title)}",
        "",
        "[points]  # of a blank, by what it asks for; a line with its own label, in quotes, goes before",
        *(f"{_key(part)} = {points:g}" for part, points in listed.points.items()),
    ]
    for student in listed.students:
        lines += [
            "",
            "[[students]]",
            f"name = {_text(student.name)}",
            f"file = {_text(student.file)}",
            f"exercise = {_text(student.exercise)}",
            f"blanks = {_table(student.blanks)}",
            f"fields = {_table(student.fields)}",
        ]
    with whole_file(path) as file:
        file.write(("\n".join(lines) + "\n").encode())


def read_class_list(path: Path) -> ClassList:
    """Read a list. Raises ClassListError."""
    try:
        data = tomllib.loads(content_of(path, _MOST_BYTES).decode())
    except OSError as error:
        raise ClassListError(f"{path} could not be read: {error.strerror or error}") from None
    except TooLargeError as error:
        raise ClassListError(f"{path} is not the list of a class: {error}") from None
    except ValueError as error:  # of TOML, and of what is no text
        raise ClassListError(f"{path} is not the list of a class, as generate --roster writes it: {error}") from None
    try:
        return _class_list(data)
    except ClassListError as error:
        raise ClassListError(f"{path}: {error}") from None
    except (KeyError, TypeError, AttributeError) as error:
        raise ClassListError(f"{path}: a field is missing, or of another kind: {error}") from None


def _class_list(data: Mapping[str, object]) -> ClassList:
    _check_known(data, ("title", "points", "students"))
    points, students = data.get("points", {}), data["students"]
    if not isinstance(points, dict) or not isinstance(students, list):
        raise TypeError("points is a table, and students a list of tables")
    for label, count in points.items():
        if not isinstance(count, int | float) or isinstance(count, bool) or not 0 <= count < 1_000_000:
            raise TypeError(f"points.{label} is a number from 0 on, got {count!r}")
    found = [_student(one) for one in students[:MOST_STUDENTS]]
    blanks = {label for student in found for label in student.blanks}
    _check_known(points, [*Part, *sorted(blanks)], "points.")
    return ClassList(str(data.get("title", "")), found, {label: float(count) for label, count in points.items()})


def _check_known(given: Iterable[str], known: Sequence[str], place: str = "") -> None:
    """What is misspelt would count for nothing, and nobody would see it."""
    for name in given:
        if name not in known:
            nearest = get_close_matches(name, known, 1, cutoff=0.0)[0]
            raise ClassListError(f"{place}{name} is not known here (the nearest is {nearest})")


def _student(one: Mapping[str, object]) -> Student:
    blanks, fields = one["blanks"], one.get("fields", {})
    if not isinstance(blanks, dict) or not isinstance(fields, dict):
        raise TypeError("blanks and fields of a student are tables")
    texts = ({str(key): str(value) for key, value in table.items()} for table in (blanks, fields))
    return Student(str(one["name"]), str(one["file"]), str(one["exercise"]), *texts)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(text: str) -> str:
    return text if text.isascii() and text.replace("_", "").isalnum() else _text(text)


def _table(table: Mapping[str, str]) -> str:
    return "{ " + ", ".join(f"{_key(key)} = {_text(value)}" for key, value in table.items()) + " }" if table else "{}"
