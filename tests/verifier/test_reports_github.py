"""The report for GitHub Actions, read back by the rules that GitHub documents for its runner."""

import re
from urllib.parse import unquote

import pytest

from tests.verifier.findings import ESCAPES, EVERY, GOOD, HARM, PARTLY, UNREADABLE, WRONG, hostile, with_faults
from verifier.reports import github_summary, report, wording
from verifier.reports.github_summary import LIMIT

Command = tuple[str, dict[str, str], str]


def commands(output: str) -> list[Command]:
    """The commands that a runner takes from an output: name, properties and message, unescaped.

    It looks at each line, blanks before it left out, and at none between `stop-commands` and its token. In a message
    %25, %0D and %0A are escapes; in a property %3A and %2C too.
    """
    taken: list[Command] = []
    token = None
    for line in output.splitlines():
        match = re.fullmatch(r"\s*::([\w-]+)(?: ([^:]*))?::(.*)", line)
        if token is not None:
            token = None if line.strip() == f"::{token}::" else token
        elif match and match[1] == "stop-commands":
            token = match[3]
        elif match:
            assert not re.search(r"%(?!25|0D|0A)", match[3]), "an escape that a message does not have"
            properties = dict(item.split("=", 1) for item in (match[2] or "").split(",") if item)
            taken.append((match[1], {name: unquote(text) for name, text in properties.items()}, unquote(match[3])))
        elif "##[" in line or line.lstrip().startswith("::"):
            taken.append(("unknown", {}, line))
    assert token is None, "commands stay stopped for the rest of the step"
    return taken


def test_annotations_name_file_fault_and_mend() -> None:
    """Each fault is an error on its file, its title in the title, formula and mend in the message."""
    first, *_ = commands(report("github", [WRONG]))
    assert first[0] == "error"
    assert first[1] == {"file": "class/wrong.xlsx", "title": wording.title(wording.faults_of(WRONG)[0])}
    assert "Replace J33 with L33.\n" in first[2]
    assert [fact.text in first[2] for fact in wording.facts(WRONG.faults[0])] == [True] * 5


def test_most_important_come_first() -> None:
    """The first of each workbook before the second of any, errors before warnings."""
    found = commands(report("github", [PARTLY, GOOD, WRONG, UNREADABLE]))
    assert [(name, properties["file"]) for name, properties, _ in found] == [
        ("error", "class/wrong.xlsx"), ("error", "no.xlsx"), ("warning", "partly.xlsx"),
        ("error", "class/wrong.xlsx"), ("error", "class/wrong.xlsx"),
    ]  # fmt: skip


@pytest.mark.parametrize(("faults", "shown", "more"), [(10, 10, 0), (11, 9, 2), (500, 9, 491)])
def test_at_most_ten_annotations(faults: int, shown: int, more: int) -> None:
    """GitHub shows ten: above that the tenth is a notice that counts the others."""
    found = commands(report("github", [with_faults(faults)]))
    assert len(found) <= 10
    assert [name for name, _, _ in found].count("error") == shown
    notices = [message for name, _, message in found if name == "notice"]
    assert [message.startswith(f"{more} more annotations") or message for message in notices] == [True] * bool(more)


def test_right_workbook_has_no_annotation_and_its_text() -> None:
    output = report("github", [GOOD])
    assert not commands(output)
    assert report("text", [GOOD]) in output


@pytest.mark.parametrize(
    "text", [HARM, ESCAPES, "::error::x", "a,title=b::c", "50%0A%", "##[error]x", "::stop-commands::x"]
)
def test_no_text_of_a_workbook_becomes_a_command(text: str) -> None:
    """Whatever a workbook and all in it is called, the runner takes our annotations and nothing else."""
    found = commands(report("github", [hostile(text)], True))
    assert [name for name, _, _ in found] == ["error", "error", "error", "warning"]
    assert all(set(properties) == {"file", "title"} for _, properties, _ in found)


def cells(row: str) -> list[str]:
    """The cells of a row of a Markdown table, unescaped as CommonMark has it."""
    return [re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", cell).strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]]


def test_summary_has_a_row_a_workbook_and_the_faults() -> None:
    """The table says of each workbook what the text's summary says; the formulas stand below in fenced code."""
    text = github_summary(EVERY)
    rows = [cells(line) for line in text.splitlines() if line.startswith("| ")]
    assert rows[0][1:] == list(wording.SUMMARY_HEADINGS)
    assert [tuple(row[1:]) for row in rows[1:]] == [wording.summary_row(result) for result in EVERY]
    fenced = re.findall(r"^```\n(.*?)\n```$", text, re.MULTILINE | re.DOTALL)
    assert sum(WRONG.faults[0].formula in block for block in fenced if WRONG.faults[0].formula) == 1


@pytest.mark.parametrize(
    "text", [HARM, ESCAPES, "a|b", "```\n# h", "![x](https://example.org/x.png)", "@octocat #1 $x$"]
)
def test_summary_shows_texts_as_texts(text: str) -> None:
    """No text becomes HTML, a link, a picture, a heading, another cell, or the end of a code block."""
    summary = github_summary([hostile(text)])
    (row,) = [line for line in summary.splitlines() if line.startswith(("| ⚠", "| ❌"))]
    assert len(cells(row)) == 1 + len(wording.SUMMARY_HEADINGS)
    fences = re.findall(r"^(`{3,})$", summary, re.MULTILINE)
    assert len(fences) % 2 == 0
    outside = re.sub(r"^(`{3,})\n.*?\n\1$", "", summary, flags=re.MULTILINE | re.DOTALL)
    bare = re.sub(r"\\[!-/:-@\[-`{-~]", "", outside)
    assert not re.search(r"[<>\[\]`$@!]", bare)
    assert all(line.isprintable() or not line for line in summary.splitlines())


@pytest.mark.parametrize("results", [[with_faults(9)] * 5000, [UNREADABLE] * 40_000], ids=["faults", "rows"])
def test_summary_stays_below_what_github_shows(results: list[wording.WorkbookResult]) -> None:
    """A summary of thousands of workbooks ends in time, and says how much is left out."""
    text = github_summary(results)
    assert LIMIT * 0.9 < len(text.encode()) <= LIMIT < 1024 * 1024
    assert re.search(r"… and [\d,]+ more", text.splitlines()[-1])


def test_summary_that_fits_leaves_nothing_out() -> None:
    assert "… and" not in github_summary([GOOD, WRONG, PARTLY])
