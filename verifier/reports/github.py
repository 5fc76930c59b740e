"""Results for GitHub Actions: workflow commands that become annotations, then the text report.

The commands and their escapes are those of GitHub's page "Workflow commands for GitHub Actions" and of its toolkit. A
step shows ten annotations, so ten are written at most, the last of them the number of those that are left out.

What is printed after them comes from workbooks, and the runner takes any line that begins with `::` for a command. So
it is fenced with `stop-commands` and a token; the token is a digest of the text itself, which no text can contain.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from verifier.findings import BlankResult, Status, WorkbookResult
from verifier.reports import exercises, wording
from verifier.reports.plain import clipped, count, one_line
from verifier.reports.text import text_report

MOST_ANNOTATIONS = 10

_LONGEST = 2000  # characters of a message or a property


@dataclass(frozen=True)
class _Annotation:
    """What GitHub shows on a file: `level` is `error`, `warning` or `notice`; the message's lines are as they come."""

    level: str
    file: str
    title: str
    message: str


def github_report(results: Sequence[WorkbookResult], show_all: bool = False) -> str:
    """At most ten annotations, the most important first, then the text report with no command in it."""
    text = text_report(results, show_all)
    token = sha256(text.encode("utf-8")).hexdigest()
    return "\n".join([*_commands(results), f"::stop-commands::{token}", text, f"::{token}::"])


def _commands(results: Sequence[WorkbookResult]) -> Iterator[str]:
    annotations = _by_importance([list(_annotations(result)) for result in results])
    fit = len(annotations) <= MOST_ANNOTATIONS
    shown = annotations if fit else annotations[: MOST_ANNOTATIONS - 1]
    for annotation in shown:
        properties = {"file": annotation.file, "title": annotation.title}
        yield _command(annotation.level, properties, annotation.message)
    if not fit:
        more = count(len(annotations) - len(shown), "more annotation")
        yield _command("notice", {"title": "backprop verify"}, f"{more}; the log has them")


def _by_importance(by_workbook: Sequence[Sequence[_Annotation]]) -> list[_Annotation]:
    """The first of each workbook, so that none hides the others, then the rest; of both the errors first."""
    firsts = [annotations[0] for annotations in by_workbook if annotations]
    rest = [annotation for annotations in by_workbook for annotation in annotations[1:]]
    return [*sorted(firsts, key=_weight), *sorted(rest, key=_weight)]


def _weight(annotation: _Annotation) -> int:
    return ("error", "warning", "notice").index(annotation.level)


def _annotations(result: WorkbookResult) -> Iterator[_Annotation]:
    """What is to be said of a workbook, errors first."""
    file = result.path.as_posix()
    level = "error" if result.status is Status.FAULTS else "warning"
    for fault in wording.faults_of(result):
        facts = (f"{fact.name}: {fact.text}" for fact in wording.facts(fault.finding))
        message = "\n".join(map(one_line, (*wording.explanation(fault), *facts)))
        yield _Annotation(level, file, wording.title(fault), message)
    if result.problem is not None:
        yield _Annotation("error", file, "not checked", one_line(result.problem))
    if result.practice is not None and result.practice.status is not Status.RIGHT:
        level = "error" if result.practice.status is Status.FAULTS else "warning"
        lines = (*exercises.changes(result.practice), *map(_blank, exercises.open_blanks(result.practice)))
        yield _Annotation(level, file, exercises.score(result.practice), "\n".join(map(one_line, lines)))
    for group in result.unchecked:
        where = f"{group.sheet}!{clipped(group.cells, 100)}: {count(group.count, 'formula')} not checked"
        yield _Annotation("warning", file, where, one_line(group.reason))


def _blank(blank: BlankResult) -> str:
    label, cells, grade, reason = exercises.blank_row(blank)
    return f"{label} ({cells}): {grade}" + (f", because: {reason}" if reason else "")


def _command(name: str, properties: Mapping[str, str], message: str) -> str:
    parameters = ",".join(f"{key}={_property(clipped(text, _LONGEST))}" for key, text in properties.items())
    return f"::{name} {parameters}::{_data(clipped(message, _LONGEST))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(one_line(text)).replace(":", "%3A").replace(",", "%2C")
