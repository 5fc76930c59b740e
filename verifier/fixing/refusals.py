"""What is refused before anything is written, each with what to do instead."""

from pathlib import Path

from verifier.findings import WorkbookResult
from verifier.reading.package import Package

OPEN_DOCUMENT = ".ods"
_BY_HAND = "fix the first fault by hand, and verify again"


class FixError(Exception):
    """A mended copy that cannot be written: says why and what to do, in a phrase without the workbook's name."""


def refuse_result(result: WorkbookResult) -> None:
    """Refuse a workbook on which there is no verdict to go by."""
    if result.path.suffix.lower() == OPEN_DOCUMENT:
        raise FixError("an OpenDocument file: save it as .xlsx first")
    if result.problem is not None and not result.tables:
        raise FixError(f"there is nothing to go by: {result.problem}")


def refuse_output(path: Path, output: Path, force: bool) -> None:
    """Refuse a place where the copy must not stand."""
    if output.suffix.lower() != path.suffix.lower():
        raise FixError(f"the copy of a {path.suffix} file must be one too, so that it opens: {output.name} is not")
    if output.exists() and output.samefile(path):
        raise FixError("the copy cannot take the place of the workbook itself: give it another name")
    if output.is_dir():
        raise FixError(f"{output} is a folder: name a file in it")
    if output.exists() and not force:
        raise FixError(f"{output} exists already: name another file, or replace it with --force")
    if not output.absolute().parent.is_dir():
        raise FixError(f"{output.parent} is no folder: make it first")


def refuse_package(package: Package) -> None:
    """Refuse a package that a change would break."""
    if any(kind == "origin" for kind, _ in package.relationships("").values()):
        raise FixError("it is signed, and a change would break the signature: save a copy without it first")
    if "mimetype" in package.parts():
        raise FixError("an OpenDocument file: save it as .xlsx first")


def refuse_errors(before: int, after: int) -> None:
    """Refuse a copy in which more cells hold errors."""
    if after > before:
        raise FixError(f"it would have {after:,} cells with errors, and the workbook has {before:,}: {_BY_HAND}")


def refuse_findings(before: int, after: int) -> None:
    """Refuse a copy in which more is wrong."""
    if after > before:
        raise FixError(f"it would have {after:,} faults, and the workbook has {before:,}: {_BY_HAND}")
