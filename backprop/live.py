"""`backprop live`: put a trained CNN into a workbook as live formulas to draw into."""

from pathlib import Path

import click

PICTURES, MATRICES = LAYOUTS = ("pictures", "matrices")


@click.command(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    short_help="Write a trained CNN as live formulas: draw a digit, watch its layers.",
    epilog="\b\nExample: backprop live compact --data-dir data -o backprop.xlsx",
)
@click.argument("run", default="tiny")
@click.option(
    "-o",
    "--workbook",
    type=click.Path(path_type=Path),
    help="The workbook to add the sheets to; created if it does not exist.  [default: MODEL-live.xlsx]",
)
@click.option(
    "--weights",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="A safetensors file with the weights of FILE.py:NAME.",
)
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    default="data",
    show_default=True,
    help="Folder with MNIST, for the test images to start a drawing from; without it, scikit-learn's digits are used.",
)
@click.option(
    "--layout",
    type=click.Choice(LAYOUTS),
    default=PICTURES,
    show_default=True,
    help="Show the layers as pictures, or a dense FILE.py:NAME as matrices at right angles.",
)
@click.option("--without-step", is_flag=True, help="Leave out Step and After; large networks need this.")
@click.option("--force", is_flag=True, help="Replace the sheets that the workbook already has for this network.")
def live(
    run: str,
    workbook: Path | None,
    weights: Path | None,
    data_dir: Path,
    layout: str,
    without_step: bool,
    force: bool,
) -> None:
    """Write the network of RUN, a run's folder or the name of a recorded model, to a workbook as live formulas.

    Instead of RUN, FILE.py:NAME is your own nn.Sequential. The file is run, so use only one that you trust. It may
    define images and labels, or the shape of an image, (channels, height, width), and the mean and deviation that
    normalise the pixels; without these, images are 1x28x28.

    Draw has cells to paint a digit in, Layers every activation and weight, Step the derivative of the loss with
    respect to each of them, and After the network after one step of gradient descent. Nothing else in the workbook
    changes.

    --layout matrices writes a dense nn.Sequential as one sheet of matrices at right angles: forward pass, backward pass
    and one step. It uses inputs, targets, loss and the learning rate of optimizer if the file defines them.
    """
    from backprop import live_command

    if layout == MATRICES and without_step:
        raise click.UsageError("--without-step needs --layout pictures")
    wanted = live_command.Wanted(run, weights, data_dir, layout == MATRICES, not without_step)
    live_command.write(wanted, workbook, force)
