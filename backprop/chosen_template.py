"""The template that `backprop generate` is asked for: by its name, or made of a module in a file of Python."""

import sys
from importlib import import_module
from pathlib import Path
from runpy import run_path
from typing import Any

import click

from templates import Template, TemplateError, load_template

NEEDED = ("inputs", "targets", "loss", "optimizer")  # names of the file beside the module's
NO_TORCH = "--torch needs PyTorch, which is not installed: pip install 'backprop-sheets[train]'"


def chosen_template(name_or_path: str, module: str | None) -> Template:
    """The template with a name or in a file; or that of a module, FILE.py:NAME.

    Raises ClickException, and `TemplateError` as `load_template` does.
    """
    return load_template(name_or_path) if module is None else _of_module(module)


def _of_module(wanted: str) -> Template:
    file, _, name = wanted.rpartition(":")
    if not file or not name:
        raise click.UsageError(f"--torch takes a file and the name of a module in it, FILE.py:NAME, got '{wanted}'")
    try:
        import_module("torch")  # before anything is run
    except ModuleNotFoundError:
        raise click.ClickException(NO_TORCH) from None
    path = Path(file)
    names = _names_of(path)
    needed = (name, *NEEDED)
    for one in needed:
        if one not in names:
            raise click.ClickException(f"{file}: has nothing called {one}; it must have {', '.join(needed)}")
    from torch_models import from_torch

    module, *how = (names[one] for one in needed)
    title = f"{name} of {path.name}"
    try:
        return from_torch(module, *how, batch_size=names.get("batch_size"), name=path.stem, title=title)
    except TemplateError as error:
        raise click.ClickException(f"{file}: {error}") from None


def _names_of(path: Path) -> dict[str, Any]:
    """The names of a file after it has run, as a module: it imports what lies beside it."""
    if not path.is_file():
        raise click.ClickException(f"{path}: there is no such file")
    sys.path.insert(0, str(path.resolve().parent))
    try:
        return run_path(str(path), run_name=path.stem)
    except (Exception, SystemExit) as error:  # whatever the file does
        first = str(error).partition("\n")[0]
        raise click.ClickException(f"{path}: could not be run: {type(error).__name__}: {first}") from None
