"""`backprop log`: read training logs, whatever wrote them, and put their sheets into a workbook."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from backprop.output_file import check_takes_sheets, make_folder

if TYPE_CHECKING:
    from training_log.sheet import Page

MOST_LOGS = 100


def show_logs(files: Sequence[Path], workbook: Path, sheet: str | None, target: float | None) -> None:
    """Put the sheets of logs into a workbook and, of several, one that compares them; say what they reached."""
    from sheetgen.insertion import InsertionError
    from training_log.sheets import add_logs

    pages = _pages(files, target)
    names = [page.log.name if sheet is None else sheet for page in pages]
    check_workbook(workbook, names)
    for page in pages:
        click.echo(summary(page))
        for note in page.log.notes:
            click.echo(f"note: {page.log.name}: {note}", err=True)
    try:
        put = add_logs(workbook, pages, names)
    except (InsertionError, OSError) as error:
        why = error if isinstance(error, InsertionError) else error.strerror or error
        again = shlex.join(["backprop", "log", *map(str, files), "--workbook", str(workbook)])
        raise click.ClickException(f"{workbook}: {why}. Nothing was changed; to try again: {again}") from None
    click.echo(f"Sheet{'s' if len(put) > 1 else ''} {', '.join(map(repr, put))} of {workbook}")


def _pages(files: Sequence[Path], target: float | None) -> "list[Page]":
    """What the sheets show. Raises ClickException for what is no log, and for a run that is given twice."""
    from torch_models.run_sheet import page_of
    from training_log.log import LogError

    if len(files) > MOST_LOGS:
        raise click.ClickException(f"{len(files)} logs are more than a sheet can compare; give at most {MOST_LOGS}")
    pages: dict[str, Page] = {}
    for file in files:
        try:
            page = page_of(file, target)
        except LogError as error:
            raise click.ClickException(str(error)) from None
        if page.log.run in pages:
            raise click.ClickException(f"{file} is the log of the run {page.log.run}, which is given already")
        pages[page.log.run] = page
    return list(pages.values())


def check_workbook(workbook: Path, names: Sequence[str]) -> None:
    """Refuse a workbook that takes no sheets, and names that no sheet can have. Raises ClickException."""
    from sheetgen.insertion import InsertionError
    from sheetgen.insertion.sheet_names import check_sheet_name

    try:
        for name in names:
            check_sheet_name(name)
        if workbook.exists():
            check_takes_sheets(workbook)
        elif workbook.suffix.lower() != ".xlsx":
            raise click.ClickException(f"{workbook} does not exist; a new workbook must end in .xlsx")
        else:
            make_folder(workbook.parent)
    except InsertionError as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"{workbook} could not be written: {error.strerror or error}") from None


def summary(page: "Page") -> str:
    """What a log reached, in one line."""
    from training_log.sheet.outcome import Outcome

    log, outcome = page.log, Outcome(page.log, page.target)
    parts = [f"{log.name}: {len(log.at):,} {log.rows}"]
    if outcome.chooser is not None and outcome.best is not None:
        value = outcome.chooser.numbers[outcome.best]
        parts.append(f"best {outcome.at(outcome.best):g} with {outcome.chooser.label} {value:.6g}")
    if outcome.target is not None and outcome.judge is not None:
        at = "not reached" if outcome.first is None else f"first reached in {log.axis} {outcome.at(outcome.first):g}"
        parts.append(f"target of {outcome.target:g} for {outcome.judge.label} {at}")
    return ", ".join(parts)
