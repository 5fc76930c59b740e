"""The network on the cells of Explore, with the numbers of the moment: names, live numbers, lines, and shades.

What is given is looked up, in the tabs or on the start sheet; what is computed is shown from the formula below.
"""

from collections.abc import Iterable, Sequence
from io import BytesIO

from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from sheetgen.explore.block_grid import rectangles
from sheetgen.explore.layout import CAPTION_ROW, ExploreLayout
from sheetgen.explore.net_grid import Gap, NetGrid, Place
from sheetgen.live import Live, write_live
from sheetgen.mathematics.step_values import StepValues
from sheetgen.mathematics.training_step import Group
from sheetgen.page import ROW_PIXELS
from sheetgen.picture import SHARPNESS, lines_picture
from sheetgen.style import NEGATIVE, NEUTRAL, POSITIVE, WIDEST, Styles


def write_net(sheet: Worksheet, styles: Styles, explore: ExploreLayout, step: StepValues) -> None:
    """Write the network, as a drawing or as blocks."""
    grid, top = explore.grid, explore.grid_row
    groups = explore.groups
    for (row, column), title in grid.titles.items():
        sheet.write_string(top + row, column, title, styles.quiet())
    for column, caption in grid.captions.items():
        sheet.write_string(CAPTION_ROW, column, caption, styles.quiet())
    for label, (row, column) in grid.values.items():
        group = groups[label]
        if label in grid.squares:
            form = styles.square(group)
        else:
            sheet.write_string(top + row, column - 1, label, styles.label(group))
            form = styles.signed(group) if group is Group.PARAMETERS else styles.number(group)
        write_live(sheet, top + row, column, Live(explore.shown(label), step.now[label]), form)
    for label, (row, column) in grid.gradients.items():
        gradient = explore.network.gradient_of(label)
        if gradient in explore.computed:
            shown = Live(f"={explore.computed[gradient]}", step.now[gradient])
            form = styles.square(Group.BACKWARD) if label in grid.squares else styles.signed(Group.BACKWARD)
            write_live(sheet, top + row, column, shown, form)
        else:
            sheet.write_string(top + row, column, "not trained", styles.meaning())
    _shade(sheet, styles, explore)
    for gap in grid.gaps:
        _insert_lines(sheet, grid, gap, top)


def _shade(sheet: Worksheet, styles: Styles, explore: ExploreLayout) -> None:
    """Shade parameters and gradients by size and sign, as far from white as they are from 0."""
    weights = [explore.grid.values[label] for label in explore.grid.gradients]
    gradients = [*explore.grid.gradients.values(), *(explore.grid.values[label] for label in explore.grid.deltas)]
    maps = [explore.grid.values[label] for label in explore.grid.maps]
    shaded = ((weights, explore.largest_weight_cell), (gradients, explore.largest_gradient_cell), (maps, "1"))
    for places, largest in shaded[: 3 if maps else 2]:
        ranges = ranges_of(places, explore)
        first, options = ranges[0], {"multi_range": " ".join(ranges)}
        sheet.conditional_format(first, {
            "type": "cell", "criteria": "not between", "minimum": -WIDEST, "maximum": WIDEST,
            "format": styles.wide_number(), **options,
        })  # fmt: skip
        sheet.conditional_format(first, {
            "type": "3_color_scale", **options,
            "min_type": "formula", "min_value": f"=-{largest}", "min_color": NEGATIVE,
            "mid_type": "num", "mid_value": 0, "mid_color": NEUTRAL,
            "max_type": "formula", "max_value": f"={largest}", "max_color": POSITIVE,
        })  # fmt: skip


def ranges_of(places: Sequence[Place], explore: ExploreLayout) -> list[str]:
    """The addresses of ranges with the places: of blocks, or of columns in which no other numbers stand."""
    if not explore.grid.squares:
        return column_ranges(places, explore.grid_row)
    return [
        ":".join(
            xl_rowcol_to_cell(explore.grid_row + row, column, row_abs=True, col_abs=True) for row, column in corners
        )
        for corners in rectangles(places)
    ]


def column_ranges(places: Iterable[Place], top: int) -> list[str]:
    """The addresses, one a column, of ranges from the first to the last of the places in it."""
    rows: dict[int, list[int]] = {}
    for row, column in places:
        rows.setdefault(column, []).append(top + row)
    return [
        ":".join(xl_rowcol_to_cell(row, column, row_abs=True, col_abs=True) for row in (min(found), max(found)))
        for column, found in rows.items()
    ]


def _insert_lines(sheet: Worksheet, grid: NetGrid, gap: Gap, top: int) -> None:
    """Fill a column with the picture of its lines, tied to the cells so that it keeps to them in every application."""
    width, height = int(grid.widths[gap.column] * 7 + 5), grid.rows * ROW_PIXELS
    lines = [[(x * (width - 1), y * ROW_PIXELS) for x, y in line] for line in gap.lines]
    sheet.insert_image(top, gap.column, f"lines{gap.column}.png", {
        "image_data": BytesIO(lines_picture(width, height, lines)),
        "x_scale": 1 / SHARPNESS, "y_scale": 1 / SHARPNESS, "object_position": 1, "description": gap.description,
    })  # fmt: skip
