"""What a report says of an exercise, in words, for every format: the score, and each blank with its grade.

Nothing here decides anything, escapes anything, or knows where it is printed.
"""

from verifier.findings import BlankResult, Grade, PracticeResult
from verifier.reports.plain import clipped, count

HEADINGS = ("blank", "cells", "is", "because")
_LONGEST_LABEL, _LONGEST_REASON = 60, 500  # characters that are shown of them


def score(practice: PracticeResult) -> str:
    """How many blanks are right, and what the others are: `4 of 6 blanks right, 1 wrong, 1 empty`."""
    counts = [(sum(blank.grade is grade for blank in practice.blanks), grade) for grade in Grade]
    others = "".join(f", {many} {grade.value}" for many, grade in counts if many and grade is not Grade.RIGHT)
    return f"{practice.score} of {count(len(practice.blanks), 'blank')} right{others}"


def changes(practice: PracticeResult) -> list[str]:
    """A note where an exercise is not as it was given out."""
    if not practice.changed:
        return []
    changed = ", ".join(practice.changed)
    return [f"the exercise was changed after it was handed out ({changed}), so its score means little"]


def open_blanks(practice: PracticeResult) -> list[BlankResult]:
    """The blanks that are not right."""
    return [blank for blank in practice.blanks if blank.grade is not Grade.RIGHT]


def blank_row(blank: BlankResult) -> tuple[str, ...]:
    """A blank's line, under `HEADINGS`."""
    return (
        clipped(blank.label, _LONGEST_LABEL),
        blank.cells,
        blank.grade.value,
        clipped(blank.reason or "", _LONGEST_REASON),
    )
