"""`backprop live`: find the network that is meant, and put its sheets into a workbook that can take them."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

from backprop.output_file import check_output, check_takes_sheets

if TYPE_CHECKING:  # PyTorch takes seconds to import
    from torch_models.live_sheets.subject import Shown

OF_A_FILE = ".py:"
MISSING = "live sheets need {name}, which is not installed: in the project's folder, pip install '.[train]'"
OF_IMAGES = ("images", "labels", "shape", "mean", "deviation")  # what a file may say of them


@dataclass(frozen=True)
class Wanted:
    """What is to be shown, as it was asked for."""

    run: str
    weights: Path | None
    data_folder: Path
    as_matrices: bool
    with_step: bool


def write(wanted: Wanted, workbook: Path | None, force: bool) -> None:
    """Put a network into a workbook, and say so. Raises ClickException."""
    begin = time.perf_counter()
    with _errors_in_one_line():
        subject = _subject(wanted)
        path = workbook or Path(f"{subject.name}-live.xlsx")
        is_there = path.exists()
        if is_there:
            _check_there(path, subject, force)
        else:
            check_output(path, force)
        names, count = put(subject, path, wanted.with_step)
    done = f"Added {', '.join(names)} to {path}" if is_there else f"Wrote {path}"
    click.echo(
        f"{done}: {subject.name}, {subject.parameters:,} parameters, in about {count:,} live formulas, "
        f"in {time.perf_counter() - begin:.1f} s"
    )


def add_run(run: Path, workbook: Path, data_folder: Path) -> list[str]:
    """Put the network of a run into a workbook without the step; the names of its sheets. Raises ClickException."""
    with _errors_in_one_line():
        from torch_models.live_sheets.subject import of_run

        return put(of_run(run, data_folder), workbook, with_step=False)[0]


def put(subject: "Shown", path: Path, with_step: bool) -> tuple[list[str], int]:
    """Put a network's sheets into a workbook; their names, and about how many formulas they have.

    Those of its step follow where they are there already, so that they are of the same network. Raises ClickException
    where the workbook takes none, LimitError with what is possible.
    """
    from sheetgen.insertion import InsertionError, sheets_there
    from sheetgen.layout import LimitError
    from sheetgen.tensors.names import STEP
    from sheetgen.tensors.workbook import MOST_FORMULAS

    try:
        with_step = with_step or (path.exists() and STEP in sheets_there(path, subject.key))
        names = subject.put(path, with_step)
    except LimitError as error:
        fewer = subject.formula_count(with_step=False)
        if with_step and fewer <= MOST_FORMULAS:
            raise LimitError(f"{error}, or leave out the step: --without-step needs {fewer:,}") from None
        raise
    except InsertionError as error:
        raise click.ClickException(f"{path}: {error}") from None
    return names, subject.formula_count(with_step)


@contextmanager
def _errors_in_one_line() -> Iterator[None]:
    try:
        for name in ("torch", "safetensors"):
            import_module(name)
    except ModuleNotFoundError as error:
        raise click.ClickException(MISSING.format(name=error.name)) from None
    from sheetgen.layout import LimitError
    from templates import TemplateError
    from torch_models.checkpoint import CheckpointError
    from torch_models.idx import DataError
    from torch_models.record_file import RecordError

    try:
        yield
    except (CheckpointError, DataError, LimitError, RecordError, TemplateError) as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"{error.filename or 'the workbook'}: {error.strerror or error}") from None


def _check_there(path: Path, subject: "Shown", force: bool) -> None:
    """Refuse, before any work, a workbook that takes no sheets, or that has these already."""
    from sheetgen.insertion import sheets_there

    check_takes_sheets(path)
    there = sheets_there(path, subject.key)
    if there and not force:
        names = ", ".join(there.values())
        raise click.ClickException(
            f"{path} already has the sheets of this network ({names}): --force replaces them, and what was "
            "drawn or changed on them is lost; -o gives another workbook"
        )


def _subject(wanted: Wanted) -> "Shown":
    from torch_models.live_sheets.run import run_called
    from torch_models.live_sheets.subject import of_run

    if OF_A_FILE in wanted.run:
        return _in_file(wanted)
    if wanted.as_matrices:
        raise click.ClickException(
            f"{wanted.run} is a run of a CNN; --layout matrices needs a dense nn.Sequential in a file, FILE.py:NAME"
        )
    if wanted.weights is not None:
        raise click.UsageError("--weights needs FILE.py:NAME; a run has its own")
    return of_run(run_called(wanted.run), wanted.data_folder)


def _in_file(wanted: Wanted) -> "Shown":
    from torch import nn

    from backprop.chosen_template import names_of
    from templates import TemplateError
    from torch_models.live_sheets.subject import Given, of_dense_module, of_module
    from torch_models.live_sheets.weights import load_weights

    file, _, name = wanted.run.rpartition(":")
    names = names_of(Path(file))
    if name not in names:
        raise click.ClickException(f"{file}: does not define {name}")
    module = names[name]
    if wanted.weights is not None and isinstance(module, nn.Module):
        load_weights(module, wanted.weights, name)
    given = Given(**{one: names[one] for one in OF_IMAGES if one in names})
    key = f"{Path(file).name}:{name}"
    try:
        if wanted.as_matrices:
            return of_dense_module(module, name, names, key)
        return of_module(module, name, given, key, wanted.data_folder)
    except TemplateError as error:
        raise click.ClickException(f"{file}: {error}") from None
