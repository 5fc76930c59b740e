"""Results as CSV (RFC 4180) for a grade book: one row a workbook, under a row of headings.

A spreadsheet application computes a field that begins like a formula, quoted or not, so a file named
`=HYPERLINK(…).xlsx` could act in the teacher's name. Such a field is defused as OWASP advises under "CSV injection":
where a text begins with = + - @ (or their full-width forms), a tab or the end of a line, an apostrophe is put before
it, which applications take as the mark of a text. A file gets a byte order mark from the command that writes it.
"""

import csv
import io
from collections.abc import Iterator, Sequence

from verifier.findings import PracticeResult, WorkbookResult
from verifier.reports import exercises, wording
from verifier.reports.plain import clipped, number, one_line

HEADINGS = (
    "file", "verdict", "faults", "unchecked", "tables", "formulas", "learning rates", "first fault", "explanation",
    "score", "blanks", "wrong blanks",
)  # fmt: skip

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_LONGEST_FIELD = 500  # characters


def csv_report(results: Sequence[WorkbookResult]) -> str:
    """The results as CSV: counts are bare numbers, every text is defused, lines end with CR LF."""
    lines = io.StringIO(newline="")
    writer = csv.writer(lines)
    writer.writerow(HEADINGS)
    for result in results:
        writer.writerow([defused(field) if isinstance(field, str) else field for field in _row(result)])
    return lines.getvalue()


def _row(result: WorkbookResult) -> Iterator[str | int]:
    yield str(result.path)
    yield wording.status_word(result)
    yield len(wording.faults_of(result))
    yield wording.unchecked_in(result)
    yield len(result.tables)
    yield wording.formulas_in(result)
    yield " ".join(number(table.learning_rate) for table in result.tables if table.learning_rate is not None)
    first = next(iter(result.faults), None)
    yield "" if first is None else f"{first.sheet}!{wording.cells_in(first)}"
    yield wording.first_fault(result) if first is None else _explained(result)
    yield from ("", "", "") if result.practice is None else _practice(result.practice)


def _practice(practice: PracticeResult) -> Iterator[str | int]:
    yield practice.score
    yield len(practice.blanks)
    yield ", ".join(f"{blank.label} ({blank.grade.value})" for blank in exercises.open_blanks(practice))


def _explained(result: WorkbookResult) -> str:
    fault = wording.faults_of(result)[0]
    problem = [f"{result.problem}."] if result.problem is not None else []
    return " ".join((*problem, f"{wording.title(fault)}.", *wording.explanation(fault)))


def defused(text: str) -> str:
    """The text on one line, and such that no application takes it for a formula."""
    mark = "'" if text.startswith(_DANGEROUS) else ""
    return mark + clipped(one_line(text), _LONGEST_FIELD)
