"""A Logger for Lightning that puts what is logged on record, epoch by epoch, and makes a sheet of it at the end.

    Trainer(logger=LightningSheetLogger("report.xlsx", sheet="Run 7"))

Works with `lightning` and with `pytorch_lightning`, and with other loggers beside it. What is logged within an epoch
belongs to that epoch, the last number of each name; the epochs count from 0, as Lightning counts them.
"""

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

try:
    from lightning.pytorch.loggers.logger import Logger, rank_zero_experiment
    from lightning.pytorch.utilities.rank_zero import rank_zero_only
except ModuleNotFoundError:
    from pytorch_lightning.loggers.logger import Logger, rank_zero_experiment
    from pytorch_lightning.utilities.rank_zero import rank_zero_only

from training_log.log import Setting
from training_log.logger import SheetLogger


class LightningSheetLogger(Logger):  # type: ignore[misc]  # Lightning need not be installed where types are checked
    """Logs to a record and a sheet, with the arguments of `SheetLogger`. Hyperparameters become the settings."""

    def __init__(
        self, workbook: str | Path, *, sheet: str = "Run", target: float | None = None, record: str | Path | None = None
    ) -> None:
        super().__init__()
        self._arguments: dict[str, Any] = {"workbook": workbook, "sheet": sheet, "target": target, "record": record}
        self._settings: dict[str, Setting] = {}
        self._log: SheetLogger | None = None
        self._epoch: float | None = None
        self._values: dict[str, float] = {}

    @property
    def name(self) -> str:
        """What the sheet is called."""
        return str(self._arguments["sheet"])

    @property
    def version(self) -> int:
        """Lightning names folders by it; here each run has its own record."""
        return 0

    @property
    @rank_zero_experiment  # type: ignore[untyped-decorator]
    def experiment(self) -> SheetLogger | None:
        """The log; None before the first number comes, as Lightning asks for it before it tells hyperparameters."""
        return self._log

    @rank_zero_only  # type: ignore[untyped-decorator]
    def log_hyperparams(self, params: Mapping[str, Any] | Namespace, *_: Any, **__: Any) -> None:
        """Keep what the run is made with: numbers and texts."""
        named = vars(params) if isinstance(params, Namespace) else params
        self._settings |= {name: value for name, value in named.items() if isinstance(value, str | int | float)}

    @rank_zero_only  # type: ignore[untyped-decorator]
    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Take what is logged at a step; it belongs to the epoch that Lightning says with it."""
        values = dict(metrics)
        epoch = values.pop("epoch", step)
        if self._epoch is not None and epoch != self._epoch:
            self.save()
        self._epoch = epoch
        self._values |= values

    @rank_zero_only  # type: ignore[untyped-decorator]
    def save(self) -> None:
        """Put what is known of the current epoch on record."""
        if self._epoch is not None and self._values:
            self._log = self._log or SheetLogger(**self._arguments, settings=self._settings)
            self._log.epoch(self._epoch, **self._values)
            self._values = {}

    @rank_zero_only  # type: ignore[untyped-decorator]
    def finalize(self, status: str) -> None:  # noqa: ARG002  Lightning says how the run ended
        """Write the sheet, however the run ended."""
        self.save()
        if self._log is not None:
            self._log.close()
