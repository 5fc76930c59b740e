"""`backprop verify`: find the workbooks, have them verified, write the verdicts, and say the exit status."""

import codecs
import math
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click

from backprop.output_file import make_folder
from backprop.progress import StepProgress
from backprop.workbook_files import Found, find_workbooks
from opc.files import whole_file
from templates.class_list import ClassList, ClassListError, read_class_list
from verifier import Limits, WorkbookResult, overall_status, verify_many
from verifier.engines import Calculator, EngineError, calculator
from verifier.guarded import check
from verifier.practice import accepting_numbers
from verifier.reports import github_summary, report

INTERRUPTED = 130  # the exit status of what Ctrl-C stopped, as shells have it
STANDARD_OUTPUT = Path("-")
BY_SUFFIX = {".json": "json", ".xml": "junit", ".csv": "csv", ".html": "html", ".htm": "html"}
MARKS = {"csv": codecs.BOM_UTF8}  # by which Excel on Windows knows the encoding of a file that it opens
_MOST_NAMES = 3  # of files that are not read, in one line


@dataclass(frozen=True)
class Wanted:
    """What was asked for, as the command line has it; the limits are seconds and bytes, or infinity."""

    places: tuple[Path, ...]
    form: str | None
    output: Path | None
    show_all: bool
    quiet: bool
    verbose: bool
    skip_unrelated: bool
    accept_numbers: bool
    class_list: Path | None
    grades: Path | None
    fix: Path | None
    force: bool
    engine: str
    jobs: int | None
    time_limit: float
    memory_limit: float

    @property
    def limits(self) -> Limits:
        """The limits, as the library has them."""
        return Limits(
            None if math.isinf(self.time_limit) else self.time_limit,
            None if math.isinf(self.memory_limit) else int(self.memory_limit),
        )


class RefusalError(click.ClickException):
    """A call that cannot be followed; its exit status is that of click's own usage errors, and never a verdict's."""

    exit_code = click.UsageError.exit_code


class StoppedError(click.ClickException):
    """Ctrl-C."""

    exit_code = INTERRUPTED


def verify_and_report(wanted: Wanted) -> int:
    """Verify what is wanted, write the verdicts and what else was asked for, and return the exit status."""
    output = None if wanted.output == STANDARD_OUTPUT else wanted.output
    form = _form(wanted.form, output, os.environ)
    _check_wordiness(wanted, form)
    search = find_workbooks(wanted.places)
    _check_output(output, form, search.found)
    copies = _copies(search.found, wanted.fix)
    listed = _class_list(wanted)
    second_opinion = _second_opinion(wanted.engine)
    if not wanted.quiet:
        _say_what_is_not_read(search.not_read)
    results = _verified(search.found, wanted, second_opinion)
    if wanted.accept_numbers:
        results = [accepting_numbers(result) for result in results]
    if wanted.skip_unrelated:
        results = _related(results, wanted.quiet)
    shown = [result for result in results if result.status] if wanted.quiet else results
    if listed is not None and wanted.grades is not None:
        _write_grades(listed, results, wanted.grades)
    is_asked = listed is None or wanted.form is not None or wanted.output is not None or wanted.verbose
    if is_asked and (shown or form != "text"):
        _write(report(form, shown, wanted.show_all, wanted.verbose), output, MARKS.get(form, b""))
    if form == "github":
        _append_summary(results, os.environ)
    if copies:
        _write_copies(results, copies, wanted)
    return int(overall_status(results))


def _form(asked: str | None, output: Path | None, surroundings: Mapping[str, str]) -> str:
    """The format that was asked for, or that the name of the file has, or that is usual where the verdicts go."""
    named = None if output is None else BY_SUFFIX.get(output.suffix.lower())
    if asked and named and asked != named:
        raise RefusalError(
            f"--format {asked} and -o {output} contradict each other: the name stands for {named}; "
            "leave --format out, or give another name"
        )
    chosen = asked or named
    if chosen is not None:
        return chosen
    return "github" if output is None and surroundings.get("GITHUB_ACTIONS") == "true" else "text"


def _check_wordiness(wanted: Wanted, form: str) -> None:
    """Refuse what is to be brief and long at once, or leaves out what a program waits for."""
    if wanted.quiet and wanted.verbose:
        raise RefusalError("--quiet and --verbose contradict each other; leave one of them out")
    for option, asked in (("--quiet", wanted.quiet), ("--verbose", wanted.verbose)):
        if asked and form != "text":
            raise RefusalError(f"{option} is for a text, and this is {form}; leave it out, or give --format text")


def _check_output(output: Path | None, form: str, found: Sequence[Found]) -> None:
    """Refuse, before any work, what the verdicts could not be written to."""
    if output is None:
        if form == "html" and sys.stdout.isatty():
            raise RefusalError("html is a page for a browser: write it to a file with -o report.html")
        return
    if output.is_dir():
        raise RefusalError(f"{output} is a folder; give the name of a file")
    if output.exists() and not output.is_file():  # /dev/null, say, whose place a file would take
        raise RefusalError(f"{output} is not a regular file; leave out -o to print the verdicts")
    if os.path.realpath(output) in {os.path.realpath(one.path) for one in found}:
        raise RefusalError(f"{output} is one of the workbooks to check; give another name with -o")
    try:
        make_folder(output.parent)
    except OSError as error:
        raise RefusalError(f"-o {output}: {error.strerror or error}") from None


def _copies(found: Sequence[Found], fix: Path | None) -> Mapping[Path, Path]:
    """Where the mended copy of each workbook is to be."""
    if fix is None:
        return {}
    from backprop.mended_copies import copies_of

    try:
        copies = copies_of(found, fix)
        make_folder(fix.parent if fix in copies.values() else fix)
    except ValueError as error:
        raise RefusalError(f"--fix {fix}: {error}") from None
    except OSError as error:
        raise RefusalError(f"--fix {fix}: {error.strerror or error}") from None
    return copies


def _class_list(wanted: Wanted) -> ClassList | None:
    """The list of the class whose grades are wanted."""
    if wanted.class_list is None and wanted.grades is None:
        return None
    if wanted.class_list is None or wanted.grades is None:
        raise RefusalError("--class and --grades need each other: the list of the class, and a folder for its grades")
    try:
        listed = read_class_list(wanted.class_list)
        make_folder(wanted.grades)
    except ClassListError as error:
        raise RefusalError(f"--class: {error}") from None
    except OSError as error:
        raise RefusalError(f"--grades {wanted.grades}: {error.strerror or error}") from None
    return listed


def _write_grades(listed: ClassList, results: Sequence[WorkbookResult], folder: Path) -> None:
    """Write the grades of a class, and say how it did: instead of the verdicts, unless these are asked for."""
    from backprop.class_files import write_class_files

    try:
        lines = write_class_files(listed, results, folder)
    except OSError as error:
        raise RefusalError(f"the grades could not be written: {error.strerror or error}") from None
    for line in lines:
        click.echo(line)


def _second_opinion(engine: str) -> Calculator | None:
    try:
        return calculator(engine)
    except EngineError as error:
        raise RefusalError(str(error)) from None


def _say_what_is_not_read(paths: Sequence[Path]) -> None:
    if paths:
        names = ", ".join(map(str, paths[:_MOST_NAMES])) + (", …" if len(paths) > _MOST_NAMES else "")
        count = "1 file was" if len(paths) == 1 else f"{len(paths):,} files were"
        click.echo(f"Note: {count} skipped, in a format that is not read: {names}; save as .xlsx", err=True)


def _related(results: Sequence[WorkbookResult], quiet: bool) -> list[WorkbookResult]:
    """The results without those of other spreadsheets, each of which gets a line."""
    if not quiet:
        for result in results:
            if result.trains_nothing:
                click.echo(f"Note: {result.path} is skipped: it contains no training", err=True)
    return [result for result in results if not result.trains_nothing]


def _verified(found: Sequence[Found], wanted: Wanted, second_opinion: Calculator | None) -> list[WorkbookResult]:
    """The results in the order in which the workbooks were given."""
    paths = [one.path for one in found if one.problem is None]
    verified = _verified_one if len(paths) == 1 else _verified_many
    checked = iter(verified(paths, wanted, second_opinion))
    return [
        next(checked) if one.problem is None else WorkbookResult(one.path, 0.0, problem=one.problem) for one in found
    ]


def _verified_one(paths: Sequence[Path], wanted: Wanted, second_opinion: Calculator | None) -> list[WorkbookResult]:
    """The result of a single workbook, with the steps of the work on the terminal."""
    (path,) = paths
    progress = StepProgress()
    try:
        return [check(path, wanted.limits, second_opinion, partial(progress.show, str(path)))]
    except KeyboardInterrupt:
        raise _stopped(0, 1) from None
    finally:
        progress.done()


def _verified_many(paths: Sequence[Path], wanted: Wanted, second_opinion: Calculator | None) -> list[WorkbookResult]:
    """The results of many, with their number on the terminal."""
    from backprop.bars import WorkbookProgress

    with WorkbookProgress(len(paths)) as progress:
        try:
            return verify_many(paths, wanted.jobs or -1, wanted.limits, progress.add, second_opinion)
        except KeyboardInterrupt:
            raise _stopped(progress.done, len(paths)) from None


def _stopped(done: int, of: int) -> StoppedError:
    """What ends the command after Ctrl-C; half a class's verdicts could be taken for all of them."""
    return StoppedError(f"stopped when {done:,} of {of:,} workbooks were checked; no verdicts are written")


def _write(text: str, output: Path | None, mark: bytes) -> None:
    if output is None:
        click.echo(text.removesuffix("\n"))
        return
    try:
        with whole_file(output) as file:
            file.write(mark + (text.removesuffix("\n") + "\n").encode("utf-8", errors="backslashreplace"))
    except OSError as error:
        raise RefusalError(f"{output} could not be written: {error.strerror or error}") from None


def _write_copies(results: Sequence[WorkbookResult], copies: Mapping[Path, Path], wanted: Wanted) -> None:
    """Write the mended copies, and say what came of each beside the verdicts, which programs may read."""
    from backprop.mended_copies import write_copies

    for line in write_copies(results, copies, wanted.limits, wanted.force):
        click.echo(line, err=True)


def _append_summary(results: Sequence[WorkbookResult], surroundings: Mapping[str, str]) -> None:
    """Add the page that GitHub Actions shows for a job, in the file that it names."""
    name = surroundings.get("GITHUB_STEP_SUMMARY")
    if not name:
        return
    try:
        with Path(name).open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(github_summary(results).rstrip("\n") + "\n")
    except OSError as error:
        click.echo(f"Note: the summary could not be added to {name}: {error.strerror or error}", err=True)
