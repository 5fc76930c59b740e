"""`backprop live`: write a trained CNN as a workbook of live formulas to draw into."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from backprop.output_file import check_output

if TYPE_CHECKING:  # NumPy is not needed for help
    from sheetgen.matrices.net import Net
    from sheetgen.tensors.network import Network

OF_A_FILE = ".py:"
PICTURES, MATRICES = "pictures", "matrices"


@click.command(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    short_help="Write a trained CNN as live formulas: draw a digit, watch its layers.",
    epilog="\b\nExample: backprop live compact --data-dir data -o compact.xlsx",
)
@click.argument("run", default="tiny")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="The workbook to write.  [default: MODEL-live.xlsx]"
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
    type=click.Choice([PICTURES, MATRICES]),
    default=PICTURES,
    show_default=True,
    help="The layers as pictures, or the weights of a dense FILE.py:NAME as matrices at right angles.",
)
@click.option("--force", is_flag=True, help="Replace a workbook that is there already.")
def live(run: str, output: Path | None, data_dir: Path, layout: str, force: bool) -> None:
    """Write the network of RUN, a run's folder or the name of a recorded model, as a workbook of live formulas.

    In its place FILE.py:NAME is an nn.Sequential of your own for images of 28x28 pixels, with the weights that it has.
    The file is run, so it must be one that you trust; its mean and deviation, if there, normalise the pixels.

    Draw has cells to paint a digit into, Layers every activation and weight, Step the derivative of the loss with
    respect to each of them, and After what one step of gradient descent makes of them.

    --layout matrices writes a dense nn.Sequential as one sheet of matrices at right angles: forward pass, backward pass
    and one step. It takes inputs, targets, loss and the rate of optimizer from the file, each if it is there.
    """
    try:
        import safetensors  # noqa: F401  whether it is there
        import torch  # noqa: F401  whether it is there
    except ModuleNotFoundError as error:
        raise click.ClickException(
            f"live sheets need {error.name}, which is not installed: pip install 'backprop-sheets[train]'"
        ) from None
    from sheetgen.layout import LimitError
    from templates import TemplateError
    from torch_models.checkpoint import CheckpointError
    from torch_models.idx import DataError
    from torch_models.record_file import RecordError

    begin = time.perf_counter()
    try:
        network = _dense_net_in_file(run) if layout == MATRICES else _network(run)
        path = output or Path(f"{network.name}-live.xlsx")
        check_output(path, force)
        count = _write(network, data_dir, path)
    except (CheckpointError, DataError, LimitError, RecordError, TemplateError) as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"{error.filename or path}: {error.strerror or error}") from None
    click.echo(
        f"Wrote {path}: {network.name}, {network.parameters:,} parameters, "
        f"in about {count:,} live formulas, in {time.perf_counter() - begin:.1f} s"
    )


def _write(network: "Network | Net", data_dir: Path, path: Path) -> int:
    """Write the workbook; about how many formulas it has."""
    from sheetgen.matrices.net import Net
    from sheetgen.matrices.workbook import write_matrices
    from sheetgen.tensors.workbook import formula_count, write_live
    from torch_models.images import images_at_hand
    from torch_models.live_sheets.pictures import pictures_for

    if isinstance(network, Net):
        write_matrices(network, path)
        return network.formula_count
    images = images_at_hand(data_dir)
    write_live(network, pictures_for(network, images), f"Test images of {images.name}.", path)
    return formula_count(network)


def _network(run: str) -> "Network":
    from torch_models.live_sheets.run import network_of_run, run_called

    return _network_in_file(run) if OF_A_FILE in run else network_of_run(run_called(run))


def _named_in_file(wanted: str) -> tuple[str, str, dict[str, Any]]:
    """The file, the name in it, and all of its names, that one among them."""
    from backprop.chosen_template import names_of

    file, _, name = wanted.rpartition(":")
    names = names_of(Path(file))
    if name not in names:
        raise click.ClickException(f"{file}: has nothing called {name}")
    return file, name, names


def _dense_net_in_file(wanted: str) -> "Net":
    from templates import TemplateError
    from torch_models.live_sheets.dense import dense_net_of

    if OF_A_FILE not in wanted:
        raise click.ClickException(
            f"{wanted} is a run, of a CNN; --layout matrices takes a dense nn.Sequential in a file, FILE.py:NAME"
        )
    file, name, names = _named_in_file(wanted)
    try:
        return dense_net_of(names[name], name, names)
    except TemplateError as error:
        raise click.ClickException(f"{file}: {error}") from None


def _network_in_file(wanted: str) -> "Network":
    from torch_models.live_sheets.sequential import network_of
    from torch_models.models import IMAGE

    file, name, names = _named_in_file(wanted)
    mean, deviation = (names.get(one, usual) for one, usual in (("mean", 0.0), ("deviation", 1.0)))
    if not all(isinstance(one, int | float) for one in (mean, deviation)) or not deviation > 0:
        raise click.ClickException(f"{file}: mean and deviation must be numbers, the deviation above 0")
    return network_of(names[name], IMAGE, name, float(mean), float(deviation))
