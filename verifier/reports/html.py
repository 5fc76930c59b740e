"""Results as one HTML page that needs nothing else: no script, no font, no picture, no network.

The page is `page.html` beside this module, a Jinja2 template with autoescape on, which takes its words from `wording`
and `exercises`. Every text on it passes `one_line` and then the escape, and the page's own Content-Security-Policy
forbids all but its one style sheet, so that a workbook whose sheet is named `<script>…` shows that name and does
nothing.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from verifier.findings import Finding, Grade, Status, WorkbookResult
from verifier.reports import exercises, wording
from verifier.reports.formula_diff import Piece, differing
from verifier.reports.plain import clipped, count, one_line

if TYPE_CHECKING:
    from jinja2 import Template

_SIGNS = {Status.RIGHT: "✓", Status.FAULTS: "✗", Status.UNCHECKED: "?"}
_OF_GRADES = {Grade.RIGHT: Status.RIGHT, Grade.WRONG: Status.FAULTS, Grade.HARD_CODED: Status.FAULTS}


def html_report(results: Sequence[WorkbookResult], show_all: bool = False) -> str:
    """The results as a page: a summary with a line a workbook, then a section for each, in the order given."""
    headings, *rows = wording.summary(results)
    return _template().render(
        results=results, rows=rows, totals=wording.totals(results), summary_headings=headings, show_all=show_all
    )


@cache
def _template() -> "Template":
    from jinja2 import Environment, PackageLoader, StrictUndefined  # a tenth of a second that no other format needs

    environment = Environment(
        loader=PackageLoader("verifier.reports", package_path=""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_printable,
    )
    environment.globals |= {
        "wording": wording, "exercises": exercises, "clipped": clipped, "count": count,
        "status_of": _status_of, "signs": _SIGNS, "facts": _facts,
    }  # fmt: skip
    return environment.get_template("page.html")


def _printable(value: Any) -> Any:
    """What the template prints: a text that came from a workbook or was made from one, on one line."""
    return one_line(value) if type(value) is str else value


def _status_of(grade: Grade) -> Status:
    """The status whose colour and sign a blank of an exercise has."""
    return _OF_GRADES.get(grade, Status.UNCHECKED)


def _facts(finding: Finding) -> Iterator[tuple[str, Sequence[Piece], bool]]:
    """The facts of a fault: their names, their pieces, of which those that differ are marked, and which are code."""
    formulas = {"found": finding.formula, "right is": finding.mend}
    pieces = {name: [Piece(text, False)] for name, text in formulas.items() if text is not None}
    if finding.formula is not None and finding.mend is not None:
        pieces = dict(zip(formulas, differing(finding.formula, finding.mend), strict=True))
    for fact in wording.facts(finding):
        yield fact.name, pieces[fact.name] if fact.is_formula else [Piece(fact.text, False)], fact.is_formula
