"""Cells that calculate: a formula with the value that it gives, and answers that begin with a sign.

XlsxWriter writes no cached value for an empty text, so a formula that has nothing to say gives `NOTHING`.
"""

from collections.abc import Sequence
from typing import NamedTuple

from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from sheetgen.mathematics.values import Value
from sheetgen.style import Styles

MOST_CHOICES = 29  # of one CHOOSE
YES, NO, DOUBT, NOTHING = "✓", "✗", "↑", "–"


class Live(NamedTuple):
    """A formula, and the value that it gives, computed without it."""

    formula: str
    value: Value


def choice(number: str, choices: Sequence[str]) -> str:
    """The part of a formula that gives the choice with a number, counted from 1; an error where there is none.

    Excel's CHOOSE has room for 254, other applications for fewer, so that many come in groups.
    """
    if len(choices) <= MOST_CHOICES:
        return f"CHOOSE({number},{','.join(choices)})"
    groups = [choices[k : k + MOST_CHOICES] for k in range(0, len(choices), MOST_CHOICES)]
    within = f"{number}-{MOST_CHOICES}*INT(({number}-1)/{MOST_CHOICES})"
    return choice(f"INT(({number}-1)/{MOST_CHOICES})+1", [choice(within, group) for group in groups])


def write_live(sheet: Worksheet, row: int, column: int, live: Live, form: Format) -> None:
    """Write a formula with its value; the row and the column count from 0."""
    sheet.write_formula(row, column, live.formula, form, live.value)


def write_field(
    sheet: Worksheet,
    styles: Styles,
    place: tuple[int, int],
    columns: tuple[int, int],
    name: str,
    content: Live | float,
    form: Format,
) -> None:
    """Write a name and beside it its field, each over some `columns`; the row and the column count from 0."""
    row, column = place
    field = column + columns[0]
    sheet.merge_range(row, column, row, field - 1, f"{name} ", styles.name())
    sheet.merge_range(row, field, row, field + columns[1] - 1, "", form)
    if isinstance(content, Live):
        write_live(sheet, row, field, content, form)
    else:
        sheet.write_number(row, field, content, form)


def colour_answers(sheet: Worksheet, styles: Styles, row: int, column: int, last_row: int, last_column: int) -> None:
    """Have the cells of a block that begin with a sign coloured as it says."""
    for sign, form in ((YES, styles.met()), (NO, styles.missed()), (DOUBT, styles.doubtful())):
        sheet.conditional_format(row, column, last_row, last_column, {
            "type": "text", "criteria": "begins with", "value": sign, "format": form,
        })  # fmt: skip
