"""The template that a command is asked for: by its name, or made of a module in a file of Python."""

import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from importlib import import_module
from pathlib import Path
from runpy import run_path
from textwrap import shorten
from typing import Any, TypeVar

import click

from templates import Template, TemplateError, load_template

_Made = TypeVar("_Made")

NEEDED = ("inputs", "targets", "loss", "optimizer")  # names of the file beside the module's
MOST_SAID = 300  # characters of what went wrong in the file
NO_TORCH = "--torch needs PyTorch, which is not installed: in the project's folder, pip install '.[train]'"


def chosen_template(name_or_path: str, module: str | None) -> Template:
    """The template with a name or in a file; or that of a module, FILE.py:NAME.

    Raises ClickException, and `TemplateError` as `load_template` does.
    """
    if module is None:
        return load_template(name_or_path)
    from torch_models import from_torch

    return _made_of(module, from_torch, name=Path(module.rpartition(":")[0]).stem)


def module_as_toml(module: str) -> str:
    """The text of the file of the template of a module, FILE.py:NAME. Raises ClickException."""
    from torch_models import toml_from_torch

    with redirect_stdout(sys.stderr):  # what the file prints is not part of the text
        return _made_of(module, toml_from_torch)


def _made_of(wanted: str, make: Callable[..., _Made], **more: str) -> _Made:
    file, _, name = wanted.rpartition(":")
    if not file or not name:
        raise click.UsageError(f"--torch takes a file and the name of a module in it, FILE.py:NAME, got '{wanted}'")
    try:
        import_module("torch")  # before anything is run
    except ModuleNotFoundError:
        raise click.ClickException(NO_TORCH) from None
    path = Path(file)
    names = names_of(path)
    needed = (name, *NEEDED)
    for one in needed:
        if one not in names:
            raise click.ClickException(f"{file}: does not define {one}; it must have {', '.join(needed)}")
    module, *how = (names[one] for one in needed)
    title = f"{name} of {path.name}"
    try:
        return make(module, *how, batch_size=names.get("batch_size"), title=title, **more)
    except TemplateError as error:
        raise click.ClickException(f"{file}: {error}") from None


def names_of(path: Path) -> dict[str, Any]:
    """The names of a file after it has run, as a module: it imports what lies beside it. Raises ClickException."""
    if not path.is_file():
        raise click.ClickException(f"{path}: there is no such file")
    sys.path.insert(0, str(path.resolve().parent))
    try:
        return run_path(str(path), run_name=path.stem)
    except (Exception, SystemExit) as error:  # whatever the file does
        said = shorten(str(error), MOST_SAID, placeholder=" …")  # all lines in one: PyTorch begins with where it was
        raise click.ClickException(f"{path}: could not be run: {type(error).__name__}: {said}") from None
