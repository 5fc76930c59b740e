"""What stands around the labels of a training table: group bands above them, formulas as comments, the smallest loss.

The labels, the learning rate above them and the rows below have their published places, so the row of the bands is the
one that has the learning rate, and a column's formula in symbols is a comment on its label.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from sheetgen.charts import Curve
from sheetgen.layout import RATE_COLUMN, TableLayout
from sheetgen.live import NOTHING, Live, write_live
from sheetgen.mathematics.notation import longest_text, mathematics
from sheetgen.mathematics.training_step import ITERATION, Group, TableColumn
from sheetgen.style import Styles
from templates import TOTAL_LOSS

MOST_COMMENTS = 120  # on a tab; in a wider table the formulas repeat what these say
LONGEST_EXPRESSION = 2_000  # characters at most, as a formula with the longest addresses; nobody reads more
_COMMENT_WIDTH, _COMMENT_LINE, _LINE_PIXELS = 300, 44, 19  # in pixels, characters of a line, and its height
SHORT_NAMES = {
    Group.DATA: "data", Group.PARAMETERS: "weights", Group.FORWARD: "forward", Group.LOSS: "loss",
    Group.BACKWARD: "gradient", Group.STATE: "optimizer",
}  # fmt: skip


def write_bands(sheet: Worksheet, styles: Styles, layout: TableLayout) -> None:
    """Write the name of each group above its labels, in its colour, around the cells of the learning rate."""
    row = layout.header_row - 1
    for group, columns in _bands(layout.columns):
        longest = max(columns, key=len)
        for band in columns:
            name = (group.value if len(band) > 1 else SHORT_NAMES[group]) if band is longest else ""
            if len(band) > 1:
                sheet.merge_range(row, band[0], row, band[-1], name, styles.band(group))
            else:
                sheet.write(row, band[0], name, styles.band(group))


def _bands(columns: Sequence[TableColumn]) -> Iterator[tuple[Group, list[range]]]:
    """The columns of each group side by side, in pieces where the learning rate stands between them."""
    for group, run in groupby(range(len(columns)), key=lambda place: columns[place].group):
        places = list(run)
        before = range(places[0], min(places[-1] + 1, RATE_COLUMN - 1))
        after = range(max(places[0], RATE_COLUMN + 1), places[-1] + 1)
        pieces = [piece for piece in (before, after) if piece]
        if group is not Group.COUNT and pieces:
            yield group, pieces


def write_comments(sheet: Worksheet, layout: TableLayout) -> None:
    """Say each column's formula in symbols where one points at its label; what is given has none."""
    explained = [column for column in layout.columns if column.group not in (Group.DATA, Group.COUNT)]
    for column in explained[:MOST_COMMENTS]:
        if longest_text(column.then) > LONGEST_EXPRESSION:
            continue
        formula = mathematics(column.then)
        name = column.label if formula == mathematics(column.first) else f"{column.label}, but for the first row,"
        text = f"{name} = {formula}"
        sheet.write_comment(layout.header_row, layout.places[column.label], text, {
            "width": _COMMENT_WIDTH, "height": (2 + len(text) // _COMMENT_LINE) * _LINE_PIXELS, "font_size": 10,
        })  # fmt: skip


def mark_smallest_loss(sheet: Worksheet, styles: Styles, layout: TableLayout, curve: Curve) -> None:
    """Have the row with the smallest E_total stand out; above the column of the iteration stands which one it is."""
    place, row = layout.places[ITERATION], layout.header_row - 1
    span, after_last = layout.span(TOTAL_LOSS), layout.iterations + 1
    # Not by MATCH, for which losses that are nearly 0 are all the same in some applications.
    least = f"({span}<=MIN({span})){layout.filled(span)}"
    first = f"{after_last}-SUMPRODUCT(MAX({least}*({after_last}-{layout.span(ITERATION)})))"
    numbers = [value for value in curve.losses if isinstance(value, float)]
    whole = len(numbers) == len(curve.losses)
    smallest = Live(f'=IFERROR({first},"{NOTHING}")', numbers.index(min(numbers)) if whole else NOTHING)
    write_live(sheet, row, place, smallest, styles.smallest())
    sheet.write_comment(row, place, f"The iteration with the smallest {TOTAL_LOSS}; its row is marked with ▼.")
    iteration = xl_rowcol_to_cell(layout.first_row, place, col_abs=True)
    formula = f"={iteration}={xl_rowcol_to_cell(row, place, row_abs=True, col_abs=True)}"
    for column, form in ((layout.places[TOTAL_LOSS], styles.best()), (place, styles.best_marked())):
        sheet.conditional_format(layout.first_row, column, layout.last_row, column, {
            "type": "formula", "criteria": formula, "format": form,
        })  # fmt: skip
