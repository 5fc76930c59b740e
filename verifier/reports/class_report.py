"""The grades of a class for a teacher: a summary in words, a grade book, and files that Moodle and Canvas import.

Moodle's "Import grades" takes any columns, of which the teacher chooses one that tells the student; Canvas wants the
columns of its own export, with the possible points in the second row. Both are written where the roster had what they
need. Fields that begin like formulas are defused as in `csv.py`.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from verifier.class_grades import ClassGrades, StudentGrade
from verifier.findings import Grade
from verifier.reports.csv import defused
from verifier.reports.plain import count, number

_MOODLE = ("email address", "email", "id number", "username")  # any of them tells Moodle who it is
_CANVAS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
_MOST_MISSED = 5


def grade_book(grades: ClassGrades) -> str:
    """A line a student: name, percent and points first, then each blank with what it is and its points."""
    most = max((len(grade.student.blanks) for grade in grades.grades), default=0)
    headings = ["name", "percent", "points", "of", "remarks", "file"]
    headings += [f"{what} {k}" for k in range(1, most + 1) for what in ("blank", "is", "points")]
    return _csv([headings, *(_line(grade) for grade in grades.grades)])


def moodle_import(grades: ClassGrades) -> str | None:
    """What Moodle imports: who it is, the percent, and the feedback; None where no column of the roster tells who."""
    columns = [heading for heading in _headings(grades) if heading.casefold() in _MOODLE]
    if not columns:
        return None
    lines = (
        [
            *(grade.student.fields.get(column, "") for column in columns),
            number(round(grade.percent, 2)),
            feedback(grade),
        ]
        for grade in grades.handed_in
    )
    return _csv([[*columns, f"{grades.title} (percent)", f"{grades.title} (feedback)"], *lines])


def canvas_import(grades: ClassGrades) -> str | None:
    """What Canvas imports, in percent; None where the roster is no export of its gradebook."""
    if not {"Student", "ID"} <= set(_headings(grades)):
        return None
    columns = [column for column in _CANVAS if column in _headings(grades)]
    possible = ["    Points Possible", *([""] * (len(columns) - 1)), "100"]
    lines = (
        [*(grade.student.fields.get(column, "") for column in columns), number(round(grade.percent, 2))]
        for grade in grades.handed_in
    )
    return _csv([[*columns, grades.title], possible, *lines], keep_first=len(columns))


def feedback(grade: StudentGrade) -> str:
    """What is said to a student in a line: the blanks that are not right, and why."""
    open_ones = [blank for blank in grade.blanks.values() if blank.grade is not Grade.RIGHT]
    if not open_ones:
        return "All blanks are right."
    return "; ".join(f"{b.label}: {b.grade.value}" + (f" ({b.reason})" if b.reason else "") for b in open_ones)


def summary(grades: ClassGrades) -> list[str]:
    """The class in a few lines: who handed in, the mean, what was missed most, and what a teacher should look at."""
    handed_in, mean = len(grades.handed_in), grades.mean
    lines = [f"{handed_in} of {count(len(grades.grades), 'student')} handed in"]
    if mean is not None:
        lines[0] += f", on average {mean:.0f} percent"
    if grades.missed:
        missed = (f"{kind} ({times} of {asked})" for kind, times, asked in grades.missed[:_MOST_MISSED])
        lines.append(f"Most often missed: {', '.join(missed)}")
    lines += [f"{grade.student.name}: {'; '.join(grade.remarks)}" for grade in grades.grades if grade.remarks]
    lines += [f"{one.path.name}: {one.problem or 'not an exercise of this class'}" for one in grades.strange]
    return lines


def _line(grade: StudentGrade) -> list[str]:
    file = "" if grade.result is None else grade.result.path.name
    line = [grade.student.name, number(round(grade.percent, 1)), number(grade.total), number(grade.most),
            "; ".join(grade.remarks), file]  # fmt: skip
    for label in grade.student.blanks:
        blank = grade.blanks.get(label)
        line += [label, "missing" if blank is None else blank.grade.value, number(grade.points.get(label, 0.0))]
    return line


def _headings(grades: ClassGrades) -> Sequence[str]:
    first = next(iter(grades.grades), None)
    fields: Mapping[str, str] = {} if first is None else first.student.fields
    return list(fields)


def _csv(lines: Iterable[Sequence[str]], keep_first: int = 0) -> str:
    """Lines as CSV; the first fields of each are the school system's own, and stay as they are."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    for line in lines:
        writer.writerow([field if k < keep_first else defused(field) for k, field in enumerate(line)])
    return text.getvalue()
