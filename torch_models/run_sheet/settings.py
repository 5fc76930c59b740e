"""With what a run was made: its recipe, its data and its machine, as the header of its record has them."""

from collections.abc import Mapping
from typing import NamedTuple

from torch_models.record import Header, Setting
from torch_models.run_sheet.canvas import FIRST_COLUMN, Canvas

NOT_TOLD = "The record does not say more of how the run was made."

Settings = Mapping[str, Setting]


class Part(NamedTuple):
    """A list of settings: how many columns its names take, and how many it takes in all; an MD5 takes 3.6.

    `form` is that of its numbers.
    """

    title: str
    settings: Settings
    names: int
    columns: int
    form: str = "General"


def write_settings(canvas: Canvas, header: Header, row: int) -> int:
    """Write the settings from a row on, in lists side by side; the row after the last."""
    parts = (
        Part("Recipe", recipe_settings(header), 2, 4),
        Part("Data", data_settings(header), 4, 9, "#,##0"),
        Part("Run and machine", machine_settings(header), 2, 7),
    )
    canvas.heading(row, FIRST_COLUMN, "The run's settings", "" if header.recipe or header.dataset else NOT_TOLD)
    column = FIRST_COLUMN
    for part in (part for part in parts if part.settings):
        canvas.write(row + 2, column, part.title, canvas.styles.label_text())
        for k, (name, value) in enumerate(part.settings.items(), row + 3):
            canvas.write(k, column, name, canvas.styles.quiet())
            canvas.write(k, column + part.names, _said(value), canvas.styles.result(part.form, "left"))
        column += part.columns
    return row + 3 + max(len(part.settings) for part in parts)


def _said(value: Setting) -> str | float:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else value


def recipe_settings(header: Header) -> Settings:
    """How the model was trained."""
    model: dict[str, Setting] = {"model": header.model} if header.model else {}
    seed: dict[str, Setting] = {} if header.seed is None else {"seed": header.seed}
    return model | {name.replace("_", " "): value for name, value in header.recipe.items()} | seed


def data_settings(header: Header) -> Settings:
    """What it was trained and tested on."""
    dataset: dict[str, Setting] = {"data set": header.dataset} if header.dataset else {}
    images: dict[str, Setting] = {f"{split} images": count for split, count in header.images.items()}
    return dataset | images | {f"MD5 of {file}": md5 for file, md5 in header.md5.items()}


def machine_settings(header: Header) -> Settings:
    """Which run it is, and with what it was computed."""
    settings: dict[str, Setting] = {
        "run": header.run, "begun": header.start, "device": header.device, "processes": header.processes,
        "threads of each": header.threads, "precision": header.precision,
    }  # fmt: skip
    return {name: value for name, value in settings.items() if value not in ("", None)} | dict(header.versions)
