"""The options of `backprop log`."""

from pathlib import Path

import click

from backprop.options import Target

WORKBOOK = "report.xlsx"


@click.command(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    short_help="Turn training logs from any source into sheets of a workbook.",
    epilog="\b\nExample: backprop log lightning_logs/version_0/metrics.csv --workbook thesis.xlsx\n"
    "         backprop log seed1.csv seed2.csv seed3.csv --target 99.4",
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option(
    "--workbook",
    type=click.Path(path_type=Path),
    default=WORKBOOK,
    show_default=True,
    help="The workbook to add the sheets to; nothing else in it changes. Created if it does not exist.",
)
@click.option("--sheet", help="Name of the sheet, for a single log.  [default: from the log or its file]")
@click.option(
    "--target", type=Target(), help="Accuracy to reach, as 99.4 or 0.994; for a log without accuracies, a loss."
)
def log(files: tuple[Path, ...], workbook: Path, sheet: str | None, target: float | None) -> None:
    """Add a sheet to a workbook for each FILE, a training log: its epochs, charts, best epoch and settings.

    For several logs, another sheet compares them: curves, best epochs, differing settings, median and spread.

    A log is a record of SheetLogger or `backprop train`, Lightning's metrics.csv, Keras' CSVLogger file or History as
    JSON, Hugging Face's trainer_state.json, TensorBoard events, any CSV or JSON lines with a column for the epoch, or
    the printed output of PyTorch's MNIST example or Keras. The format is detected from the file's content.
    """
    from backprop.log_command import show_logs

    if sheet is not None and len(files) > 1:
        raise click.UsageError("--sheet needs a single log; the sheets of several are named after their files")
    show_logs(files, workbook, sheet, target)
