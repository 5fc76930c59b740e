"""What an exercise and its grading share: the names under which a practice sheet lists its blanks, and its digests.

An exercise is recognised, and graded, by hidden names of its own sheet (ECMA-376 part 1, section 18.2.5). Most stand
for cells. Those of `TRIALS` hold other numbers to start from, and what is right for these: one trial below the other,
each laid out as the exercise is from its first row to the last of its table. `DIGESTS` is a text with a digest for each
kind of thing that a learner is given and should find unchanged; it tells an accident from nothing, as whoever changes
a sheet on purpose can compute it again. `NAME` stands for the cell in which a learner writes a name.
"""

from collections.abc import Iterable
from enum import StrEnum
from hashlib import sha256

MOST_BLANKS = 40  # of an exercise
SIGNS = RIGHT, NOT_YET, NOTHING, WAITS, TYPED = "✓", "✗", "…", "↑", "✎"  # what a check says of a cell

PREFIX = "backprop_practice_"
TABLE, RATE, CHECKS, SCORE, RESULTS, TRIALS, DIGESTS, NAME = (
    PREFIX + name for name in ("table", "rate", "checks", "score", "results", "trials", "digests", "name")
)  # fmt: skip


class Part(StrEnum):
    """The part of a training step that a blank belongs to."""

    FORWARD = "forward"
    GRADIENT = "gradient"
    STATE = "state"
    UPDATE = "update"


class Given(StrEnum):
    """What a learner is given; the value is the key of its digest."""

    NUMBERS = "numbers"
    LABELS = "labels"
    FORMULAS = "formulas"
    CHECKS = "checks"
    TRIALS = "trials"


def blank_name(number: int) -> str:
    """The name of the cells of a blank, counted from 1; they are one above the other."""
    return f"{PREFIX}blank_{number}"


def check_name(number: int) -> str:
    """The name of the cells that check a blank, one for each of its cells, in the same order."""
    return f"{PREFIX}check_{number}"


def digest_of(contents: Iterable[tuple[tuple[int, int], str | float]]) -> str:
    """The digest of cells, given as their row and column, and the formula, text or number in each.

    What programs change when they save a workbook makes no difference: blanks and capitals in formulas, FALSE() in the
    place of FALSE, and the last digits of numbers.
    """
    lines = sorted(f"{row}:{column}:{_plain(content)}" for (row, column), content in contents)
    return sha256("\n".join(lines).encode("utf-8")).hexdigest()[:12]


def _plain(content: str | float) -> str:
    if not isinstance(content, str):
        return f"{content:.12g}"
    return "".join(content.split()).upper().replace("TRUE()", "TRUE").replace("FALSE()", "FALSE")
