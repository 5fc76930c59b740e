"""What a verification found, in the forms that people and programs read; nothing here decides anything."""

from verifier.reports.formats import FORMATS, Report, report
from verifier.reports.github_summary import github_summary

__all__ = ["FORMATS", "Report", "github_summary", "report"]
