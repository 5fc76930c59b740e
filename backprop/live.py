"""`backprop live`: put a trained CNN into a workbook as live formulas to draw into."""

from pathlib import Path

import click

PICTURES, MATRICES = LAYOUTS = ("pictures", "matrices")


@click.command(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    short_help="Put a trained CNN into a workbook as live formulas: draw a digit, watch its layers.",
    epilog="\b\nExample: backprop live compact --data-dir data -o backprop.xlsx",
)
@click.argument("run", default="tiny")
@click.option(
    "-o",
    "--workbook",
    type=click.Path(path_type=Path),
    help="The workbook that gets the sheets; it is made where it is not there.  [default: MODEL-live.xlsx]",
)
@click.option(
    "--weights",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="A file of safetensors with the weights of FILE.py:NAME.",
)
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    default="data",
    show_default=True,
    help="Where MNIST is, for some test images to start a drawing from; else they are scikit-learn's digits.",
)
@click.option(
    "--layout",
    type=click.Choice(LAYOUTS),
    default=PICTURES,
    show_default=True,
    help="The layers as pictures, or the weights of a dense FILE.py:NAME as matrices at right angles.",
)
@click.option("--without-step", is_flag=True, help="Leave out Step and After, as a large network must.")
@click.option("--force", is_flag=True, help="Replace the sheets of this network that the workbook has already.")
def live(
    run: str,
    workbook: Path | None,
    weights: Path | None,
    data_dir: Path,
    layout: str,
    without_step: bool,
    force: bool,
) -> None:
    """Put the network of RUN, a run's folder or the name of a recorded model, into a workbook as live formulas.

    In its place FILE.py:NAME is an nn.Sequential of your own. The file is run, so it must be one that you trust. It
    may have images and labels, or the shape of an image, (channels, height, width), and the mean and deviation that
    normalise the pixels; without them images are 1x28x28.

    Draw has cells to paint a digit into, Layers every activation and weight, Step the derivative of the loss with
    respect to each of them, and After what one step of gradient descent makes of them. Nothing else in the workbook
    changes.

    --layout matrices writes a dense nn.Sequential as one sheet of matrices at right angles: forward pass, backward pass
    and one step. It takes inputs, targets, loss and the rate of optimizer from the file, each if it is there.
    """
    from backprop import live_command

    if layout == MATRICES and without_step:
        raise click.UsageError("--without-step goes with --layout pictures")
    wanted = live_command.Wanted(run, weights, data_dir, layout == MATRICES, not without_step)
    live_command.write(wanted, workbook, force)
