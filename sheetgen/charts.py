"""The chart of E_total against the iteration, with one curve or several, on a linear scale or a logarithmic one."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from xlsxwriter.chart import Chart
from xlsxwriter.workbook import Workbook

from sheetgen.layout import TableLayout, on_sheet, sheet_name
from sheetgen.mathematics.notation import plain_number
from sheetgen.mathematics.training_step import ITERATION
from sheetgen.mathematics.values import Row, Value
from sheetgen.style import LINE, QUIET
from templates import TOTAL_LOSS

MOST_CACHED_POINTS = 2_000  # of a curve; a viewer that calculates draws all of them
FEWER_CACHED_POINTS = 250  # of each curve where several are drawn twice, so that the file does not grow by them

# Okabe and Ito's palette, then the same with dashes: told apart by colour-blind readers, and in black and white.
LINES = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
DASHES = ("solid", "dash", "round_dot", "long_dash_dot")


@dataclass(frozen=True)
class Curve:
    """E_total of one tab: its learning rate, and its value in each iteration; `end` is the last one's first row."""

    rate: float
    losses: Sequence[Value]
    end: Row

    @property
    def numbers_at_end(self) -> int:
        """How many cells of that row hold a number and not an error."""
        return sum(isinstance(value, int | float) for value in self.end)

    def points(self, most: int) -> list[float | None]:
        """What a chart caches of it: at most so many points, None for one left out or too large a number."""
        stride = 1 + len(self.losses) // most
        return [value if k % stride == 0 and isinstance(value, float) else None for k, value in enumerate(self.losses)]


def curve_of(rate: float, rows: Iterable[Row], layout: TableLayout) -> Curve:
    """The curve of a table, given the values of its rows."""
    place, losses = layout.places[TOTAL_LOSS], list[Value]()
    first: Row = ()  # of the rows of an iteration
    for first in islice(rows, 0, None, layout.batch):
        losses.append(first[place])  # type: ignore[arg-type]  # it has all columns
    return Curve(rate, losses, first)


def loss_chart(
    workbook: Workbook,
    title: str,
    curves: Sequence[Curve],
    layout: TableLayout,
    names: Sequence[str],
    cached_points: int = MOST_CACHED_POINTS,
) -> Chart:
    """A chart of the curves, live on the tables of their tabs; `names` are the formulas of the cells that name them."""
    chart = workbook.add_chart({"type": "scatter", "subtype": "straight"})
    for k, (curve, name) in enumerate(zip(curves, names, strict=True)):
        sheet, points = sheet_name(curve.rate), curve.points(cached_points)
        chart.add_series({
            "name": name,
            "name_data": [plain_number(curve.rate)],
            "categories": "=" + on_sheet(sheet, layout.span(ITERATION)),
            "values": "=" + on_sheet(sheet, layout.span(TOTAL_LOSS)),
            "categories_data": _in_blocks([None if point is None else n for n, point in enumerate(points)], layout),
            "values_data": _in_blocks(points, layout),
            "line": {"color": LINES[k % len(LINES)], "width": 2, "dash_type": DASHES[k // len(LINES) % len(DASHES)]},
        })  # fmt: skip
    chart.set_title({"name": title, "name_font": {"size": 12, "bold": True}})
    chart.set_x_axis({
        "name": ITERATION, "min": 0, "max": layout.iterations, "num_format": "0", "name_font": {"bold": False},
        "major_gridlines": {"visible": False}, "line": {"color": QUIET},
    })  # fmt: skip
    chart.set_y_axis(_LOSS_AXIS)
    if layout.batch > 1:
        chart.show_blanks_as("span")  # a line needs points side by side, and here rows of other samples lie between
    return chart


def _in_blocks(points: Sequence[float | None], layout: TableLayout) -> list[float | None]:
    """A point for each row of a table, given one an iteration, which stands in the first row of its block."""
    return [cell for point in points for cell in (point, *[None] * (layout.batch - 1))]


def on_logarithms(chart: Chart, least: float | None = None, most: float | None = None) -> None:
    """Give a chart of the loss a logarithmic scale, in whole powers of ten, with its iterations at the lower end."""
    ends = {
        end: 10.0 ** round(math.log10(value)) for end, value in (("min", least), ("max", most)) if value is not None
    }
    chart.set_y_axis({**_LOSS_AXIS, "log_base": 10, "num_format": "0E+0", "crossing": "min", **ends})


def up_to(chart: Chart, most: float) -> None:
    """Have the scale of a chart of the loss end there."""
    chart.set_y_axis({**_LOSS_AXIS, "min": 0, "max": float(f"{most:.1g}")})


_LOSS_AXIS = {
    "name": TOTAL_LOSS, "num_format": "General", "name_font": {"bold": False},
    "major_gridlines": {"visible": True, "line": {"color": LINE}}, "line": {"none": True},
}  # fmt: skip
