"""Where a command may write: told before any work is done, and in the same way by every command."""

import errno
import os
from pathlib import Path

import click


def check_output(path: Path, force: bool) -> None:
    """Refuse, before any work, a place that no workbook can be written to. Raises ClickException."""
    if path.suffix.lower() != ".xlsx":
        raise click.ClickException(f"{path} does not end in .xlsx, so no spreadsheet application would open it")
    if path.is_dir():
        raise click.ClickException(f"{path} is a folder; give the name of a file")
    if path.exists() and not force:
        raise click.ClickException(f"{path} already exists; --force overwrites it, -o gives another name")
    try:
        make_folder(path.parent)
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror or error}") from None


def check_takes_sheets(path: Path) -> None:
    """Refuse, before any work, a workbook that is there and that no sheet can be put into. Raises ClickException."""
    from sheetgen.insertion import InsertionError, check_insertable

    try:
        check_insertable(path)
    except InsertionError as error:
        raise click.ClickException(f"{path}: {error}") from None


def make_folder(folder: Path) -> None:
    """Make a folder, with those that it is in, unless it is there. Raises OSError where nothing can be written to it.

    A command that writes into a folder calls this before its work, so that an hour of it is not lost at the end.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise OSError(errno.ENOTDIR, f"{folder} is not a folder") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OSError(errno.EACCES, f"the folder {folder} is not writable")
