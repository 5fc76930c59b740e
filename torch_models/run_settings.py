"""With what a run was made: its recipe, its data and its machine, as the header of its record has them."""

from collections.abc import Mapping

from torch_models.canvas import FIRST_COLUMN, MIDDLE_COLUMN, Canvas
from torch_models.record import Header, Setting

RECIPE_COLUMN, DATA_COLUMN, MACHINE_COLUMN = FIRST_COLUMN, MIDDLE_COLUMN - 1, FIRST_COLUMN + 14
VALUES_AFTER = 3  # columns from a setting's name to its value
NOT_TOLD = "The record does not say with what the run was made."

Settings = Mapping[str, Setting]


def write_settings(canvas: Canvas, header: Header, row: int) -> int:
    """Write the settings from a row on, in three blocks side by side; the row after the last."""
    blocks = (
        (RECIPE_COLUMN, "Recipe", recipe_settings(header)),
        (DATA_COLUMN, "Data", data_settings(header)),
        (MACHINE_COLUMN, "Run and machine", machine_settings(header)),
    )
    known = [block for block in blocks if block[2]]
    canvas.heading(row, FIRST_COLUMN, "The run's settings", "" if header.recipe or header.dataset else NOT_TOLD)
    for column, title, settings in known:
        canvas.write(row + 2, column, title, canvas.styles.label_text())
        for k, (name, value) in enumerate(settings.items(), row + 3):
            canvas.write(k, column, name, canvas.styles.quiet())
            canvas.write(k, column + VALUES_AFTER, _said(value), canvas.styles.result(align="left"))
    return row + 3 + max(len(settings) for _, _, settings in blocks)


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
