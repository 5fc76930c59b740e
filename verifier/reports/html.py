"""Results as one HTML page that needs nothing else: no script, no font, no picture, no network.

The page is `page.html` beside this module, a Jinja2 template with autoescape on. Every text on it passes `one_line`
and then the escape, and the page's own Content-Security-Policy forbids all but its one style sheet, so that a workbook
whose sheet is named `<script>…` shows that name and does nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from verifier.findings import BlankResult, Finding, Grade, Status, WorkbookResult
from verifier.reports import exercises, wording
from verifier.reports.formula_diff import Piece, differing
from verifier.reports.plain import clipped, count, one_line

if TYPE_CHECKING:
    from jinja2 import Template

_SIGNS = {Status.RIGHT: "✓", Status.FAULTS: "✗", Status.UNCHECKED: "?"}


@dataclass(frozen=True)
class _Fault:
    """A fault as the page shows it: facts are names with pieces, of which some may differ, and whether it is code."""

    number: int
    sheet: str
    title: str
    explanation: Sequence[str]
    facts: Sequence[tuple[str, Sequence[Piece], bool]]


@dataclass(frozen=True)
class _Unchecked:
    where: str
    reason: str
    formula: str


@dataclass(frozen=True)
class _Section:
    """A workbook as the page shows it; `anchor` is the fragment of its address."""

    anchor: str
    status: str
    sign: str
    path: str
    grounds: str
    summary: Sequence[str]
    notes: Sequence[str]
    blanks: Sequence[tuple[str, Sequence[str]]]
    tables: Sequence[Sequence[str]]
    remarks: Sequence[str]
    outside: str | None
    unchecked: Sequence[_Unchecked]
    faults: Sequence[_Fault]
    more: int


def html_report(results: Sequence[WorkbookResult], show_all: bool = False) -> str:
    """The results as a page: a summary with a line a workbook, then a section for each, in the order given."""
    headings, *rows = wording.summary(results)
    return _template().render(
        sections=[_section(k, *both, show_all) for k, both in enumerate(zip(results, rows, strict=True), 1)],
        totals=wording.totals(results),
        summary_headings=headings,
        table_headings=wording.TABLE_HEADINGS,
        practice_headings=exercises.HEADINGS,
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
    return environment.get_template("page.html")


def _printable(value: Any) -> Any:
    """What the template prints: a text that came from a workbook or was made from one, on one line."""
    return one_line(value) if type(value) is str else value


def _section(number: int, result: WorkbookResult, summary: Sequence[str], show_all: bool) -> _Section:
    shown, more = wording.shown_faults(result, show_all)
    return _Section(
        anchor=f"workbook-{number}",
        status=result.status.name.lower(),
        sign=_SIGNS[result.status],
        path=str(result.path),
        grounds=wording.grounds(result),
        summary=summary,
        notes=wording.notes_on(result),
        blanks=[] if result.practice is None else list(map(_blank, result.practice.blanks)),
        tables=[wording.table_row(table) for table in result.tables],
        remarks=[remark for table in result.tables for remark in wording.remarks(table)],
        outside=wording.outside_the_tables(result),
        unchecked=[
            _Unchecked(
                f"{group.sheet}!{clipped(group.cells, 100)} ({count(group.count, 'formula')})",
                group.reason,
                clipped(group.formula, 200),
            )
            for group in result.unchecked
        ],
        faults=[_fault(fault) for fault in shown],
        more=more,
    )


def _blank(blank: BlankResult) -> tuple[str, Sequence[str]]:
    """A blank of an exercise: the colour and sign of its grade, by the status it stands for, and its line."""
    match blank.grade:
        case Grade.RIGHT:
            status = Status.RIGHT
        case Grade.WRONG | Grade.HARD_CODED:
            status = Status.FAULTS
        case _:
            status = Status.UNCHECKED
    label, cells, grade, reason = exercises.blank_row(blank)
    return status.name.lower(), (label, cells, f"{_SIGNS[status]} {grade}", reason)


def _fault(fault: wording.Fault) -> _Fault:
    found, right = _marked(fault.finding)
    pieces = {"found": found, "right is": right}
    facts = [
        (fact.name, pieces[fact.name] if fact.is_formula else [Piece(fact.text, False)], fact.is_formula)
        for fact in wording.facts(fault.finding)
    ]
    return _Fault(fault.number, fault.finding.sheet, wording.title(fault), wording.explanation(fault), facts)


def _marked(finding: Finding) -> tuple[list[Piece], list[Piece]]:
    """The formula as found and as it should be, in pieces, those that differ marked where there are both."""
    if finding.formula is not None and finding.mend is not None:
        return differing(finding.formula, finding.mend)
    return [Piece(finding.formula or "", False)], [Piece(finding.mend or "", False)]
