"""The options of `backprop train`, and which of the things that it does they ask for."""

from pathlib import Path
from typing import Any

import click

from backprop.options import Share
from torch_models.names import DATASET_NAMES, DEVICE_NAMES, MODEL_NAMES, PRECISION_NAMES

OF_A_RUN = ("model", "recipe", "epochs", "dataset", "validation", "seed", "precision", "runs_dir")
OF_A_MACHINE = ("data_dir", "device", "threads")


@click.command(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    short_help="Train a CNN on MNIST and show the run in the workbook.",
    epilog="\b\nExamples: backprop train --model reference --seed 1\n"
    "          backprop train --resume runs/2026-11-22_15-24-33_compact_mnist_seed-1\n"
    "          backprop train --from training.log --workbook backprop.xlsx",
)
@click.option(
    "--workbook",
    type=click.Path(path_type=Path),
    default="backprop.xlsx",
    show_default=True,
    help="The workbook to add the sheet to; generated if it does not exist.",
)
@click.option("--sheet", default="MNIST", show_default=True, help="Name of the sheet.")
@click.option(
    "--live",
    is_flag=True,
    help="Also add the network as live formulas: sheets to draw a digit and see its layers.",
)
@click.option(
    "--model",
    type=click.Choice(MODEL_NAMES),
    default="compact",
    show_default=True,
    help="The network to train; --list describes each.",
)
@click.option("--recipe", type=click.Choice(MODEL_NAMES), help="How to train it.  [default: the model's own]")
@click.option(
    "--epochs", type=click.IntRange(1, 10_000), help="Passes over the training images.  [default: the recipe's]"
)
@click.option(
    "--dataset",
    type=click.Choice(DATASET_NAMES),
    default="auto",
    show_default=True,
    help="auto: MNIST if available, otherwise scikit-learn's digits.",
)
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    default="data",
    show_default=True,
    help="Folder with the IDX files, or to download them to.",
)
@click.option(
    "--validation",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Number of training images to hold out for choosing the best epoch. With 0, the test images are used, as in "
    "the exercise.",
)
@click.option("--target", type=Share(), default="99.4", show_default=True, help="Accuracy to reach.")
@click.option(
    "--seed",
    type=click.IntRange(0, 2**31 - 1),
    default=1,
    show_default=True,
    help="Random seed for the initial weights, the order of the images, augmentation and dropout.",
)
@click.option(
    "--device",
    type=click.Choice(DEVICE_NAMES),
    default="auto",
    show_default=True,
    help="Device to compute on; auto: a GPU if there is one.",
)
@click.option(
    "--threads", type=click.IntRange(1, 1024), help="Number of CPU threads.  [default: the number of idle cores]"
)
@click.option(
    "--precision",
    type=click.Choice(PRECISION_NAMES),
    default="float32",
    show_default=True,
    help="Precision of the convolutions during training.",
)
@click.option(
    "--runs-dir",
    type=click.Path(path_type=Path, file_okay=False),
    default="runs",
    show_default=True,
    help="Folder in which each run gets a folder for its record.",
)
@click.option(
    "--resume", type=click.Path(path_type=Path, exists=True), metavar="RUN", help="Resume the run in this folder."
)
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path, exists=True),
    metavar="RECORD",
    help="Do not train: write the sheet of a run's folder, its record, or any log that `backprop log` reads.",
)
@click.option("--list", "list_models", is_flag=True, help="List models, recipes and their results.")
@click.pass_context
def train(context: click.Context, /, list_models: bool, resume: Path | None, source: Path | None, **asked: Any) -> None:
    """Train a CNN on MNIST, record each epoch, and add the run to the workbook as a new sheet.

    Nothing else in the workbook changes. --resume resumes a run that was stopped; --from writes its sheet again.
    Under `torchrun`, the processes train together.
    """
    from backprop import train_command

    if list_models:
        from backprop.train_report import listing

        click.echo(listing())
        return
    if resume and source:
        raise click.UsageError("--resume trains and --from does not: give only one of them")
    shown = (*_given(context, "workbook", "sheet", "target"), *(["--live"] if asked["live"] else []))
    images = asked["data_dir"] if asked["live"] else None
    destination = train_command.Destination(asked["workbook"], asked["sheet"], asked["target"], images, shown)
    if source:
        of_images = {"data_dir"} if asked["live"] else set()
        _refuse(context, (*OF_A_RUN, *sorted({*OF_A_MACHINE} - of_images)), "--from trains nothing")
        context.exit(train_command.show(source, destination))
    machine = train_command.Machine(asked["data_dir"], asked["device"], asked["threads"], _given(context, "data_dir"))
    if resume:
        _refuse(context, OF_A_RUN, "a resumed run keeps its settings")
        context.exit(train_command.train_on(resume, machine, destination))
    wanted = train_command.Wanted(
        asked["model"], asked["recipe"], asked["epochs"], asked["dataset"], asked["validation"],
        asked["seed"], asked["precision"], asked["runs_dir"],
    )  # fmt: skip
    context.exit(train_command.train_new(wanted, machine, destination))


def _given(context: click.Context, *names: str) -> tuple[str, ...]:
    """The options among these that the command line has, with their values."""
    given = [name for name in names if context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE]
    return tuple(part for name in given for part in ("--" + name.replace("_", "-"), str(context.params[name])))


def _refuse(context: click.Context, names: tuple[str, ...], why: str) -> None:
    """Refuse options that would have to be ignored."""
    given = _given(context, *names)[::2]
    if given:
        raise click.UsageError(f"{', '.join(given)}: {why}; leave it out")
