"""Progress on the terminal, once something takes longer than a moment."""

import sys
import time
from types import TracebackType

import click

PATIENCE = 1.0  # seconds before anything is shown


class RowProgress:
    """A bar that counts rows, on a terminal's standard error when the work has taken longer than `PATIENCE`."""

    def __init__(self, rows: int, label: str) -> None:
        self._bar = click.progressbar(length=rows, label=label, file=sys.stderr)
        self._begin = time.monotonic()
        self._waiting, self._shown, self._is_wanted = 0, False, sys.stderr.isatty()

    def __enter__(self) -> "RowProgress":
        return self

    def add(self, rows: int) -> None:
        """Say that more rows are done."""
        self._waiting += rows
        if self._is_wanted and not self._shown and time.monotonic() - self._begin > PATIENCE:
            self._bar.__enter__()
            self._shown = True
        if self._shown:
            self._bar.update(self._waiting)
            self._waiting = 0

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown:
            self._bar.__exit__(kind, error, trace)


class StepProgress:
    """The step that is being done, on one line of a terminal's standard error, after `PATIENCE`."""

    def __init__(self) -> None:
        self._begin = time.monotonic()
        self._shown = False

    def show(self, what: str, step: str) -> None:
        """Show a step of the work on something in the place of the one before it."""
        if sys.stderr.isatty() and time.monotonic() - self._begin > PATIENCE:
            click.echo(f"\r\033[K{what}: {step} …", nl=False, err=True)
            self._shown = True

    def done(self) -> None:
        """Clear the line."""
        if self._shown:
            click.echo("\r\033[K", nl=False, err=True)
            self._shown = False
