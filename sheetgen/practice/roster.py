"""Reading a roster: the names of a class, from a CSV file as school systems export it.

The name is in a column `name` or `student`, as Canvas has it, or in two, `first name` and `last name`, as Moodle has
them. All other columns are kept as they are, for the grades that go back. Moodle: "Export participants"; Canvas:
"Export gradebook".
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from unicodedata import normalize

from opc.files import TooLargeError, content_of
from templates.class_list import MOST_STUDENTS

_MOST_BYTES = 5_000_000
_LONGEST_FILE = 80  # characters of a file's name
_WHOLE = ("name", "student", "full name", "student name")
_PARTS = (("first name", "last name"), ("firstname", "lastname"), ("given name", "family name"))
_NO_STUDENTS = ("points possible", "student, test")  # rows of a gradebook of Canvas


class RosterError(ValueError):
    """A roster that cannot be used: says where, the rule, and what to do."""


@dataclass(frozen=True)
class Listed:
    """Who stands in a roster, with all columns of that row."""

    name: str
    fields: Mapping[str, str]


def read_roster(path: Path) -> Sequence[Listed]:
    """The students of a CSV file, in its order. Raises RosterError."""
    try:
        text = content_of(path, _MOST_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RosterError(f"{path} is not UTF-8; save it as CSV UTF-8") from None
    except OSError as error:
        raise RosterError(f"{path} could not be read: {error.strerror or error}") from None
    except TooLargeError as error:
        raise RosterError(f"{path} is not a roster: {error}") from None
    try:
        rows = [row for row in _rows(text) if any(field.strip() for field in row)]
    except csv.Error as error:
        raise RosterError(f"{path} is not CSV: {error}") from None
    if len(rows) < 2:
        raise RosterError(f"{path} has no students: it needs a header row, such as name,email, and a row for each")
    headings = [heading.strip() for heading in rows[0]]
    found = [_listed(dict(zip(headings, map(str.strip, row), strict=False)), path) for row in rows[1:]]
    students = [one for one in found if one.name and one.name.casefold() not in _NO_STUDENTS]
    if not 0 < len(students) <= MOST_STUDENTS:
        raise RosterError(f"{path} has {len(students):,} students; there may be 1 to {MOST_STUDENTS:,}")
    return students


def file_names(students: Sequence[Listed]) -> list[str]:
    """A name for the file of each student, without an ending: letters and digits, and a number where two are alike."""
    found: dict[str, None] = {}
    for one in students:
        letters = (c if c.isalnum() else " " for c in normalize("NFC", one.name).casefold())
        plain = "-".join("".join(letters).split())[:_LONGEST_FILE] or "student"
        numbered = (f"{plain}-{k}" for k in count(2))
        found[plain if plain not in found else next(name for name in numbered if name not in found)] = None
    return list(found)


def _rows(text: str) -> Sequence[Sequence[str]]:
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    return list(csv.reader(io.StringIO(text), delimiter=delimiter))


def _listed(fields: Mapping[str, str], path: Path) -> Listed:
    by_name = {heading.casefold(): text for heading, text in fields.items()}
    for heading in _WHOLE:
        if heading in by_name:
            return Listed(by_name[heading], fields)
    for first, last in _PARTS:
        if first in by_name and last in by_name:
            return Listed(f"{by_name[first]} {by_name[last]}".strip(), fields)
    raise RosterError(
        f"{path} has no column for names; its headings are {', '.join(fields) or 'empty'}. "
        "Name one column name, or two first name and last name"
    )
