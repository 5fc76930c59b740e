"""The grades of a class: the results of the files that came back, put to the students of its list.

An exercise is known by its digest, whatever the file is called and whatever name stands in it. Of several files with
one student's exercise the best counts, and it is said that there are several: it may have been handed on.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from templates.class_list import ClassList, Student
from verifier.findings import BlankResult, Grade, WorkbookResult


@dataclass(frozen=True)
class StudentGrade:
    """What a student has reached: `result` is that of the file that counts, None where none came back."""

    student: Student
    result: WorkbookResult | None
    points: Mapping[str, float]  # of each blank, by its label
    most: float
    remarks: tuple[str, ...]

    @property
    def total(self) -> float:
        """All points."""
        return sum(self.points.values())

    @property
    def percent(self) -> float:
        """The points of those that there are, in percent."""
        return 100 * self.total / self.most if self.most else 0.0

    @cached_property
    def blanks(self) -> Mapping[str, BlankResult]:
        """The verdicts on the blanks, by their labels."""
        practice = None if self.result is None else self.result.practice
        return {} if practice is None else {blank.label: blank for blank in practice.blanks}


@dataclass(frozen=True)
class ClassGrades:
    """The grades of all students in the order of the list, and the files that are nobody's exercise."""

    title: str
    grades: Sequence[StudentGrade]
    strange: Sequence[WorkbookResult]

    @property
    def handed_in(self) -> Sequence[StudentGrade]:
        """Those of which something came back."""
        return [grade for grade in self.grades if grade.result is not None]

    @property
    def mean(self) -> float | None:
        """The mean percent of what came back; None where nothing did."""
        return sum(grade.percent for grade in self.handed_in) / len(self.handed_in) if self.handed_in else None

    @property
    def missed(self) -> Sequence[tuple[str, int, int]]:
        """The blanks that are not right, with how often they are not and how often they are asked, most missed first.

        Those of one part whose labels differ by their numbers alone, as the gradients for w1 and w2, count together.
        """
        asked, missed = Counter[str](), Counter[str]()
        for grade in self.handed_in:
            for label, blank in grade.blanks.items():
                asked[kind_of(label)] += 1
                missed[kind_of(label)] += blank.grade is not Grade.RIGHT
        kinds = sorted((kind for kind in asked if missed[kind]), key=lambda kind: (-missed[kind], kind))
        return [(kind, missed[kind], asked[kind]) for kind in kinds]


def kind_of(label: str) -> str:
    """A label without its numbers: `∂E_t/∂w` of `∂E_t/∂w7`."""
    return label.rstrip("0123456789,_[]") or label


def class_grades(listed: ClassList, results: Sequence[WorkbookResult]) -> ClassGrades:
    """The grades of a class, from the results of all files that came back."""
    known = {student.exercise for student in listed.students}
    by_exercise: dict[str, list[WorkbookResult]] = {}
    strange = []
    for result in results:
        exercise = "" if result.practice is None else result.practice.exercise
        if exercise in known:
            by_exercise.setdefault(exercise, []).append(result)
        else:
            strange.append(result)
    grades = [_grade(listed, student, by_exercise.get(student.exercise, [])) for student in listed.students]
    return ClassGrades(listed.title, grades, strange)


def _grade(listed: ClassList, student: Student, results: Sequence[WorkbookResult]) -> StudentGrade:
    graded = [(sum(points.values()), result, points) for result in results
              for points in [_points(listed, student, result)]]  # fmt: skip
    _, result, points = max(graded, key=lambda one: one[0], default=(0.0, None, {}))
    return StudentGrade(student, result, points, listed.most_points(student), tuple(_remarks(student, results, result)))


def _points(listed: ClassList, student: Student, result: WorkbookResult) -> Mapping[str, float]:
    """The points of each blank; none for an exercise in which what was given has changed."""
    practice = result.practice
    if practice is None:
        return {}
    return {
        blank.label: listed.points_of(student, blank.label) * (blank.grade is Grade.RIGHT and not practice.changed)
        for blank in practice.blanks
    }


def _remarks(student: Student, results: Sequence[WorkbookResult], counted: WorkbookResult | None) -> list[str]:
    if counted is None:
        return ["nothing came back"]
    found = []
    if len(results) > 1:
        names = ", ".join(result.path.name for result in results)
        found.append(f"{len(results)} files have this exercise, the best counts: {names}")
    practice = counted.practice
    if practice is not None and practice.student.casefold() != " ".join(student.name.split()).casefold():
        found.append(f"the name in it is {practice.student or 'empty'}")
    if practice is not None and practice.changed:
        found.append(f"look at it yourself: {', '.join(practice.changed)} was changed, so no points are given")
    return found
