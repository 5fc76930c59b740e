"""What a verification found, in the forms that people and programs read; nothing here decides anything.

The formats have the names that `--format` takes. Each is a pure function of the results, and of whether all faults are
asked for, to a string. Only that of CSV ends its last line itself.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from verifier.findings import WorkbookResult
from verifier.reports.csv import csv_report
from verifier.reports.github import github_report
from verifier.reports.github_summary import github_summary
from verifier.reports.html import html_report
from verifier.reports.json import json_report
from verifier.reports.junit import junit_report
from verifier.reports.text import text_report

__all__ = ["FORMATS", "Report", "github_summary", "report"]

Report = Callable[[Sequence[WorkbookResult], bool], str]


def _always_whole(report: Callable[[Sequence[WorkbookResult]], str]) -> Report:
    """A format for programs, which leaves nothing out, so that it need not be asked for all."""
    return lambda results, _show_all: report(results)


FORMATS: Mapping[str, Report] = MappingProxyType(
    {
        "text": text_report,
        "json": _always_whole(json_report),
        "junit": _always_whole(junit_report),
        "github": github_report,
        "csv": _always_whole(csv_report),
        "html": html_report,
    }
)


def report(form: str, results: Sequence[WorkbookResult], show_all: bool = False, with_differences: bool = False) -> str:
    """The results in one of `FORMATS`; `show_all` asks for every fault, not just the first ones of a workbook.

    `with_differences` asks a text for how far each column is from the oracle, rounding included.
    """
    if form == "text":
        return text_report(results, show_all, with_differences)
    return FORMATS[form](results, show_all)
