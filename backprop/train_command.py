"""`backprop train`: train a model, put each epoch on record, and show the run as a sheet of a workbook."""

import os
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

from backprop.bars import EpochProgress, NoProgress
from backprop.output_file import check_takes_sheets, make_folder

if TYPE_CHECKING:  # PyTorch takes seconds to import, and what is on record is shown without it
    from torch_models.plans import Surroundings
    from torch_models.processes import Processes
    from torch_models.record import Record
    from torch_models.run import Plan

INTERRUPTED = 130  # the exit status of what Ctrl-C stopped, as shells have it
MISSING = "training needs {name}, which is not installed: in the project's folder, pip install '.[train]'"
NO_TORCH = f"""\
{MISSING.format(name="PyTorch")}
On Linux without a GPU, install PyTorch's small build for the CPU first: uv pip install torch --torch-backend=cpu,
or the command that https://pytorch.org/get-started/locally gives for it."""


@dataclass(frozen=True)
class Destination:
    """Where a run is shown, and what it is checked against."""

    workbook: Path
    sheet: str
    target: float  # accuracy on the test images, between 0 and 1
    images: Path | None = None  # of the digits to start a drawing from, where the network itself is to be shown too
    options: tuple[str, ...] = ()  # as they were given, to be given again


@dataclass(frozen=True)
class Wanted:
    """A new run, as it was asked for."""

    model: str
    recipe: str | None  # None: the model's own
    epochs: int | None  # None: the recipe's
    dataset: str
    validation: int
    seed: int
    precision: str
    runs: Path


@dataclass(frozen=True)
class Machine:
    """What to train with, as it was asked for."""

    data_folder: Path
    device: str
    threads: int | None
    options: tuple[str, ...] = ()  # as they were given, to be given again


def train_new(wanted: Wanted, machine: Machine, destination: Destination) -> int:
    """Begin a run, train it to its end, and show it. Returns the exit status."""
    with _training(machine, destination) as (processes, surroundings, say):
        from torch_models.plans import new_plan, recipe_for
        from torch_models.run_folder import new_run
        from torch_models.training import Precision

        plan = new_plan(
            wanted.model, recipe_for(wanted.model, wanted.recipe, wanted.epochs), wanted.dataset, wanted.validation,
            wanted.seed, Precision(wanted.precision), surroundings, processes, say,
        )  # fmt: skip
        folder = processes.first_alone(partial(new_run, wanted.runs, plan, processes))
        return _train(plan, folder, processes, destination, machine)


def train_on(run: Path, machine: Machine, destination: Destination) -> int:
    """Take a run up where it stopped, train it to its end, and show it. Returns the exit status."""
    with _training(machine, destination) as (processes, surroundings, say):
        from torch_models.plans import plan_again
        from torch_models.record_file import RECORD_FILE, RecordError, read_record

        folder = run.parent if run.name == RECORD_FILE else run
        if not folder.is_dir():
            raise RecordError(f"{run} is not the folder of a run, so there is nothing to resume; --from shows a log")
        plan = plan_again(read_record(folder).header, surroundings, processes, say)
        return _train(plan, folder, processes, destination, machine)


def show(source: Path, destination: Destination) -> int:
    """Show a run that is on record, or any other training log. Returns the exit status."""
    from torch_models.run_sheet import exercise_record
    from training_log.log import LogError

    try:
        record = exercise_record(source)
    except LogError as error:
        raise click.ClickException(str(error)) from None
    if record is None:
        from backprop.log_command import show_logs

        show_logs([source], destination.workbook, destination.sheet, destination.target)
        return 0
    _check(destination)
    _show(record, source, destination)
    _show_network(source, destination)
    return 0


@contextmanager
def _training(
    machine: Machine, destination: Destination
) -> Iterator[tuple["Processes", "Surroundings", Callable[[str], None]]]:
    """What a training happens in: the processes of torchrun, a workbook that can take a sheet, errors in one line."""
    # Threads that spin while they wait make a machine crawl where another program has the core they wait for.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    _import_what_training_needs()
    from torch_models.checkpoint import CheckpointError
    from torch_models.devices import DeviceError, choose_device
    from torch_models.idx import DataError
    from torch_models.memory import keep_freed_memory
    from torch_models.plans import Surroundings
    from torch_models.processes import training_processes
    from torch_models.record_file import RecordError
    from torch_models.training import DivergedError

    keep_freed_memory()
    try:
        device = choose_device(machine.device)
        with training_processes(device) as processes:
            processes.first_alone(partial(_check, destination))
            surroundings = Surroundings(machine.data_folder, machine.device, machine.threads)
            yield processes, surroundings, _say if processes.is_first else _say_nothing
    except (CheckpointError, DataError, DeviceError, DivergedError, RecordError) as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"{error.filename or 'the run'}: {error.strerror or error}") from None


def _train(plan: "Plan", folder: Path, processes: "Processes", destination: Destination, machine: Machine) -> int:
    from torch_models.record_file import read_record
    from torch_models.run import train
    from torch_models.training import DivergedError

    status = 0
    if processes.is_first:
        _announce(read_record(folder), folder, plan.threads)
    with EpochProgress() if processes.is_first else NoProgress() as progress:
        try:
            train(folder, plan, processes, progress)
        except KeyboardInterrupt:
            status = INTERRUPTED
        except DivergedError as error:
            raise DivergedError(
                f"{error}; a smaller learning rate may help. The epochs before are on record; to write its sheet:\n"
                f"  {_command('--from', folder, *destination.options)}"
            ) from None
    if not processes.is_first:
        return status
    if status == INTERRUPTED:
        go_on = _command("--resume", folder, *destination.options, *machine.options)
        together = "" if processes.count == 1 else f"torchrun --nproc-per-node={processes.count} -m "
        _say(f"Interrupted. To resume: {together}{go_on}")
    _show(read_record(folder), folder, destination)
    if status == 0:
        _show_network(folder, destination)
    return status


def _announce(record: "Record", folder: Path, threads: int) -> None:
    from backprop.train_report import summary_table

    header = record.header
    images = ", ".join(f"{count:,} {kind}" for kind, count in header.images.items() if count)
    click.echo(summary_table(header.layers))
    click.echo(
        f"\n{header.model} on {header.dataset} ({images} images), recipe {header.recipe['name']}, "
        f"{header.recipe['epochs']} epochs, seed {header.seed}\n"
        f"{header.device}, threads: {threads}, {header.precision}\n"
        f"Each epoch is recorded in {folder}\n"
    )


def _import_what_training_needs() -> None:
    """Say what is missing before anything else happens."""
    try:
        for name in ("torch", "filelock", "joblib", "safetensors"):  # PyTorch first: there is more to say of it
            import_module(name)
    except ModuleNotFoundError as error:
        raise click.ClickException(NO_TORCH if error.name == "torch" else MISSING.format(name=error.name)) from None


def _check(destination: Destination) -> None:
    """Generate the workbook where there is none, and see that it can take the sheet before anything is trained."""
    from sheetgen import generate
    from sheetgen.insertion import InsertionError
    from sheetgen.insertion.sheet_names import check_sheet_name
    from templates import load_template

    path = destination.workbook
    try:
        check_sheet_name(destination.sheet)
    except InsertionError as error:
        raise click.ClickException(str(error)) from None
    try:
        if not path.exists():
            if path.suffix.lower() != ".xlsx":
                raise click.ClickException(f"{path} does not exist; a new workbook must end in .xlsx")
            make_folder(path.parent)
            generate(load_template("backprop"), path)
            click.echo(f"Wrote {path}, as `backprop generate` does")
        check_takes_sheets(path)
    except OSError as error:
        raise click.ClickException(f"{path} could not be written: {error.strerror or error}") from None


def _show(record: "Record", source: Path, destination: Destination) -> None:
    """Put the run's sheet into the workbook, and say what it reached."""
    from backprop.train_report import verdict
    from sheetgen.insertion import InsertionError
    from torch_models.run_sheet import add_run

    click.echo(verdict(record, destination.target))
    try:
        name = add_run(destination.workbook, record, destination.sheet, destination.target)
    except (InsertionError, OSError) as error:
        why = error if isinstance(error, InsertionError) else error.strerror or error
        raise click.ClickException(
            f"{destination.workbook}: {why}\nThe run is on record; to write its sheet later:\n"
            f"  {_command('--from', source, *destination.options)}"
        ) from None
    click.echo(f"Sheet '{name}' of {destination.workbook} shows the run")


def _show_network(source: Path, destination: Destination) -> None:
    """Add the network itself where that is asked for; or say how it is added, where the run has weights."""
    from torch_models.record_file import RECORD_FILE

    folder = source.parent if source.name == RECORD_FILE else source
    later = shlex.join(["backprop", "live", str(folder), "-o", str(destination.workbook)])
    if destination.images is not None:
        from backprop.live_command import add_run

        try:
            names = add_run(folder, destination.workbook, destination.images)
        except click.ClickException as error:
            said = f"{error.message}\nThe run has its sheet; to add the network later:\n  {later}"
            raise click.ClickException(said) from None
        click.echo(f"Sheets {', '.join(names)} show the network: draw a digit on {names[0]}")
    elif any(folder.glob("*.safetensors")):
        click.echo(f"`{later}` adds the network itself")


def _command(*arguments: str | Path) -> str:
    """What to type for the rest of it."""
    return shlex.join(["backprop", "train", *map(str, arguments)])


def _say(text: str) -> None:
    """Print what one would not expect, apart from the output."""
    click.echo(text, err=True)


def _say_nothing(_: str) -> None:
    """Leave it to the first process."""
