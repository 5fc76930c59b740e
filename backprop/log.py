"""The options of `backprop log`."""

from pathlib import Path

import click

from backprop.options import Target

WORKBOOK = "report.xlsx"


@click.command(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    short_help="Show training logs, whatever wrote them, as sheets of a workbook.",
    epilog="\b\nExample: backprop log lightning_logs/version_0/metrics.csv --workbook thesis.xlsx\n"
    "         backprop log seed1.csv seed2.csv seed3.csv --target 99.4",
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option(
    "--workbook",
    type=click.Path(path_type=Path),
    default=WORKBOOK,
    show_default=True,
    help="The workbook that gets the sheets; nothing else in it changes. It is made where it is not there.",
)
@click.option("--sheet", help="Name of the sheet of one log.  [default: from the log or its file]")
@click.option("--target", type=Target(), help="Accuracy to reach, as 99.4 or 0.994; of a log that has none, a loss.")
def log(files: tuple[Path, ...], workbook: Path, sheet: str | None, target: float | None) -> None:
    """Put the sheet of each FILE, a training log, into a workbook: its epochs, charts, best epoch and settings.

    Several get another sheet that compares them: curves, best epochs, differing settings, median and spread.

    A log is a record of ours, Lightning's metrics.csv, Keras' CSVLogger or its History as JSON, Hugging Face's
    trainer_state.json, TensorBoard's events, any CSV or JSON lines with a column for the epoch, or what PyTorch's
    MNIST example or Keras printed. What a file is, its content tells.
    """
    from backprop.log_command import show_logs

    if sheet is not None and len(files) > 1:
        raise click.UsageError("--sheet names the sheet of one log; each of several is named after its file")
    show_logs(files, workbook, sheet, target)
