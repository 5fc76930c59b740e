"""With what a run was made, in lists side by side, as its log has them."""

import math

from training_log.log import Log, Setting
from training_log.sheet.canvas import FIRST_COLUMN, LAST_COLUMN, Canvas, address, shortened

CHARACTERS = 8.2  # of a column
MOST_COLUMNS = 5  # of names, or of values
WHOLE = "#,##0"


def write_settings(canvas: Canvas, log: Log, row: int, heading: str) -> tuple[int, dict[str, str]]:
    """Write the settings from a row on: the row after the last, and the address of each that runs may differ in."""
    canvas.heading(row, FIRST_COLUMN, heading)
    column, top, after, places = FIRST_COLUMN, row + 1, row + 2, dict[str, str]()
    for title, settings in log.settings.items():
        names = _columns(list(settings))
        values = _columns([str(value) for value in settings.values()])
        if column > FIRST_COLUMN and column + names + values > LAST_COLUMN + 1:
            column, top = FIRST_COLUMN, after + 1
        canvas.write(top, column, title, canvas.styles.label_text())
        for k, (name, value) in enumerate(settings.items(), top + 1):
            canvas.write(k, column, name, canvas.styles.quiet())
            form = WHOLE if isinstance(value, int) and abs(value) >= 10_000 else "General"
            canvas.write(k, column + names, said(value), canvas.styles.result(form, "left"))
            if name in log.compared_settings:
                places[name] = address(k, column + names)
        after = max(after, top + 1 + len(settings))
        column += names + values
    return after, places


def _columns(texts: list[str]) -> int:
    """How many columns texts of these lengths take."""
    longest = max(map(len, texts), default=0)
    return min(math.ceil((longest + 2) / CHARACTERS), MOST_COLUMNS)


def said(value: Setting) -> str | float:
    """A setting as its cell says it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return shortened(value)
    return "none" if value is None or not math.isfinite(value) else value
