"""Where a command may write a workbook."""

from pathlib import Path

import click


def check_output(path: Path, force: bool) -> None:
    """Refuse, before any work, a place that no workbook can be written to. Raises ClickException."""
    if path.suffix.lower() != ".xlsx":
        raise click.ClickException(f"{path} does not end in .xlsx, so no spreadsheet application would open it")
    if path.is_dir():
        raise click.ClickException(f"{path} is a folder; give the name of a file")
    if not path.parent.is_dir():
        raise click.ClickException(f"{path.parent} is no folder; make it first, or give another name with -o")
    if path.exists() and not force:
        raise click.ClickException(f"{path} is there already; --force replaces it, -o gives another name")
