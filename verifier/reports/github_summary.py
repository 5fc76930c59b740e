"""Results as the summary of a step in GitHub Actions: Markdown, appended to the file that GITHUB_STEP_SUMMARY names.

GitHub shows none of a summary above 1 MiB, so it ends before that and says what is left out. Texts from workbooks are
escaped as CommonMark has it, with a backslash before each ASCII punctuation character, so that none becomes a link, an
image, HTML or another column of a table; formulas stand in fenced code.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from verifier.findings import PracticeResult, Status, WorkbookResult
from verifier.reports import exercises, wording
from verifier.reports.plain import clipped, one_line

LIMIT = 1_000_000  # bytes of UTF-8: 1 MiB, and some room for what other commands of the step append

_MOST_FAULTS = 5  # of a workbook: the log has them all
_SIGNS = {Status.RIGHT: "✅", Status.FAULTS: "❌", Status.UNCHECKED: "⚠️"}
_ALIGNMENTS = {"faults": "--:", "seconds": "--:", "score": "--:"}  # of numbers, by their headings
_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")
_LONGEST_TEXT = 300  # characters of a text in the table
_ROOM_FOR_THE_END = 200  # bytes


def github_summary(results: Sequence[WorkbookResult]) -> str:
    """The results as Markdown of at most `LIMIT` bytes: a table with a row a workbook, then the faults of each.

    Of an exercise come the blanks that are not right before its faults.
    """
    head = f"## backprop verify\n\n{_text(wording.totals(results))}\n"
    headings, *lines = wording.summary(results)
    table = _head(["", *headings])
    rows = [_line([_SIGNS[result.status], *map(_cell, line)]) for result, line in zip(results, lines, strict=True)]
    sections = [section for result in results for section in _sections(result)]
    kept = _fitting([head, *table, *rows, *sections], LIMIT - _ROOM_FOR_THE_END)
    left_out = len(table) + 1 + len(rows) + len(sections) - len(kept)
    end = (
        ["", f"… and {left_out:,} more rows or faults, too many for a summary; the log has them all."]
        if left_out
        else []
    )
    return "\n".join([*kept, *end, ""])


def _fitting(blocks: Sequence[str], limit: int) -> list[str]:
    """As many of the blocks from the first on as are within `limit` bytes, each with the end of its line."""
    kept: list[str] = []
    size = 0
    for block in blocks:
        size += len(block.encode("utf-8")) + 1
        if size > limit:
            break
        kept.append(block)
    return kept


def _head(headings: Sequence[str]) -> list[str]:
    """The first two rows of a table."""
    return [_line(headings), "|" + "|".join(_ALIGNMENTS.get(heading, "---") for heading in headings) + "|"]


def _line(cells: Iterable[str]) -> str:
    """A row of a table."""
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    return _text(clipped(text, _LONGEST_TEXT))


def _sections(result: WorkbookResult) -> Iterator[str]:
    """What is to be said of a workbook, each fault a block of its own, the first with the workbook's name above it."""
    faults = wording.faults_of(result)
    heading = f"\n### {_cell(str(result.path))}\n"
    if result.practice is not None and result.practice.status is not Status.RIGHT:
        yield heading + _practice(result.practice)
        heading = ""
    for fault in faults[:_MOST_FAULTS]:
        yield heading + _fault(fault)
        heading = ""
    if len(faults) > _MOST_FAULTS:
        yield f"\n… and {len(faults) - _MOST_FAULTS:,} more in this workbook; the log has them."


def _practice(practice: PracticeResult) -> str:
    """The score of an exercise, whether it was changed, and a table of the blanks that are not right."""
    lines = ["", *(f"{_text(text)}." for text in (exercises.score(practice), *exercises.changes(practice))), ""]
    blanks = [exercises.blank_row(blank) for blank in exercises.open_blanks(practice)]
    if blanks:
        lines += _head(exercises.HEADINGS)
    return "\n".join([*lines, *(_line(map(_cell, blank)) for blank in blanks)])


def _fault(fault: wording.Fault) -> str:
    parts = [f"\n**{fault.number}\\. {_text(wording.title(fault))}**", ""]
    parts += [_text(sentence) for sentence in wording.explanation(fault)]
    parts += ["", _code([f"{fact.name:<9} {fact.text}" for fact in wording.facts(fault.finding)])]
    return "\n".join(parts)


def _code(lines: Sequence[str]) -> str:
    """A fenced block. Only a line of backticks alone would end it, and each of these begins with a fact's name."""
    return "\n".join(["```", *map(one_line, lines), "```"])


def _text(text: str) -> str:
    return _PUNCTUATION.sub(r"\\\g<0>", one_line(text))
