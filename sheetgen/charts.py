"""The chart of E_total against the iteration, with one curve or several."""

from collections.abc import Sequence
from dataclasses import dataclass

from xlsxwriter.chart import Chart
from xlsxwriter.workbook import Workbook

from sheetgen.expression import plain_number
from sheetgen.layout import TableLayout, on_sheet, sheet_name
from sheetgen.style import LINE, QUIET
from sheetgen.training_step import ITERATION
from sheetgen.values import Value
from templates import TOTAL_LOSS

MOST_CACHED_POINTS = 2_000  # of a curve; a viewer that calculates draws all of them

# Okabe and Ito's palette, then the same with dashes: told apart by colour-blind readers, and in black and white.
LINES = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
DASHES = ("solid", "dash", "round_dot", "long_dash_dot")


@dataclass(frozen=True)
class Curve:
    """E_total of one tab: its learning rate, and its value in each row of the table."""

    rate: float
    losses: Sequence[Value]

    def points(self) -> list[float | None]:
        """What a chart caches of it: at most some thousand points, None for one left out or too large a number."""
        stride = 1 + len(self.losses) // MOST_CACHED_POINTS
        return [value if k % stride == 0 and isinstance(value, float) else None for k, value in enumerate(self.losses)]


def loss_chart(
    workbook: Workbook, title: str, curves: Sequence[Curve], layout: TableLayout, names: Sequence[str]
) -> Chart:
    """A chart of the curves, live on the tables of their tabs; `names` are the formulas of the cells that name them."""
    chart = workbook.add_chart({"type": "scatter", "subtype": "straight"})
    for k, (curve, name) in enumerate(zip(curves, names, strict=True)):
        sheet, points = sheet_name(curve.rate), curve.points()
        chart.add_series({
            "name": name,
            "name_data": [plain_number(curve.rate)],
            "categories": "=" + on_sheet(sheet, layout.span(ITERATION)),
            "values": "=" + on_sheet(sheet, layout.span(TOTAL_LOSS)),
            "categories_data": [None if point is None else n for n, point in enumerate(points)],
            "values_data": points,
            "line": {"color": LINES[k % len(LINES)], "width": 2, "dash_type": DASHES[k // len(LINES) % len(DASHES)]},
        })  # fmt: skip
    chart.set_title({"name": title, "name_font": {"size": 12, "bold": True}})
    chart.set_x_axis({
        "name": ITERATION, "min": 0, "max": layout.iterations, "num_format": "0", "name_font": {"bold": False},
        "major_gridlines": {"visible": False}, "line": {"color": QUIET},
    })  # fmt: skip
    chart.set_y_axis({
        "name": TOTAL_LOSS, "num_format": "General", "name_font": {"bold": False},
        "major_gridlines": {"visible": True, "line": {"color": LINE}}, "line": {"none": True},
    })  # fmt: skip
    return chart
