"""Bars that fill on the terminal, over workbooks and over the batches of an epoch."""

from collections import Counter
from types import TracebackType
from typing import TYPE_CHECKING, Never

import click
from tqdm import tqdm

from backprop.progress import PATIENCE

if TYPE_CHECKING:
    from torch_models.record import Epoch
    from verifier.findings import WorkbookResult


class WorkbookProgress:
    """A bar over workbooks with the verdicts so far, on a terminal's standard error, after `PATIENCE`."""

    def __init__(self, workbooks: int) -> None:
        self._bar: tqdm[Never] = tqdm(
            total=workbooks, desc="Verifying", unit="workbook", delay=PATIENCE, leave=False, disable=None
        )
        self._verdicts: Counter[str] = Counter()

    def __enter__(self) -> "WorkbookProgress":
        return self

    @property
    def done(self) -> int:
        """How many workbooks have a verdict."""
        return self._verdicts.total()

    def add(self, result: "WorkbookResult") -> None:
        """Count the verdict on one more workbook."""
        self._verdicts[result.status.name.lower()] += 1
        self._bar.set_postfix_str(", ".join(f"{n:,} {name}" for name, n in self._verdicts.items()), refresh=False)
        self._bar.update()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.close()


class EpochProgress:
    """A bar for each epoch on a terminal's standard error, with the loss of the last batch; a line when it is done."""

    def __init__(self) -> None:
        self._bar: tqdm[Never] | None = None

    def __enter__(self) -> "EpochProgress":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def epoch_begins(self, epoch: int, epochs: int, batches: int) -> None:
        """Show an empty bar, where there is a terminal."""
        self._bar = tqdm(total=batches, desc=f"Epoch {epoch}/{epochs}", unit="batch", leave=False, disable=None)

    def batch_done(self, batch: int, loss: float) -> None:
        """Fill the bar as far as the epoch is."""
        if self._bar is not None:
            self._bar.set_postfix_str(f"loss {loss:.4f}, batch {batch}", refresh=False)
            self._bar.update(batch - self._bar.n)

    def epoch_ends(self, epoch: "Epoch") -> None:
        """Print the epoch's line in the place of the bar."""
        self._close()
        click.echo(epoch.describe())

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()


class NoProgress(EpochProgress):
    """Takes no notice of how training goes: another process shows it."""

    def epoch_begins(self, epoch: int, epochs: int, batches: int) -> None:
        """Show no bar."""

    def epoch_ends(self, epoch: "Epoch") -> None:
        """Print nothing."""
