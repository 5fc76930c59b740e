"""The charts of a log: what belongs together against the epoch, live on its table, with their points cached."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from xlsxwriter.chart import Chart
from xlsxwriter.workbook import Workbook

from sheetgen.charts import LINES
from sheetgen.style import LINE, QUIET
from training_log.measures import CHARTED, Kind, Measure, Split
from training_log.sheet.canvas import Canvas, address, is_number
from training_log.sheet.epoch_table import TARGET_LABEL, EpochTable
from training_log.sheet.outcome import Outcome

MOST_CHARTS = 8
MOST_MARKERS = 30  # epochs; the markers of more would run into each other
MOST_CACHED_POINTS = 2_000  # of a curve; an application that calculates draws all of them
LOWEST_ACCURACY = 0.97  # where its axis begins, unless the run has been below
TITLES = {Kind.LOSS: "Loss", Kind.ACCURACY: "Accuracy", Kind.PERCENT: "Accuracy, %", Kind.RATE: "Learning rate"}

Points = Sequence[float | None]


class Axis(NamedTuple):
    """From where to where an axis goes, the step between its lines, and the form of its numbers; None: as it fits."""

    low: float | None
    high: float | None
    step: float | None
    form: str


class Pen(NamedTuple):
    """How a curve is drawn, so that its colour, its dash and its marker are each enough to know it by."""

    colour: str
    dash: str
    marker: str
    width: float = 2


PENS = (
    Pen(LINES[0], "solid", "circle", 2.25),
    Pen(LINES[1], "long_dash", "square"),
    Pen(LINES[2], "dash_dot", "diamond"),
    Pen(LINES[3], "round_dot", "triangle"),
    Pen(LINES[4], "long_dash_dot", "x"),
    Pen(LINES[5], "square_dot", "star"),
)
PEN_OF = {Split.TEST: 0, Split.NONE: 0, Split.TRAIN: 1, Split.VALIDATION: 2, Split.REFERENCE: 3}


class Curve(NamedTuple):
    """Two columns of a table as a curve: where they stand, by formulas, and what is in them."""

    label: str
    label_cell: str  # with its sheet, as the others
    across: str
    up: str
    at: Points
    points: Points
    pen: Pen


@dataclass(frozen=True)
class Group:
    """The measures that share a chart."""

    title: str
    kind: Kind
    measures: Sequence[Measure]


def groups(outcome: Outcome) -> list[Group]:
    """The charts that a log has: of losses, accuracies, the learning rate where it changes, and each other measure."""
    found: dict[str, Group] = {}
    for kind in CHARTED:
        for measure in outcome.measures:
            if measure.kind is kind and not (kind is Kind.RATE and _is_constant(measure)):
                title = TITLES.get(kind, measure.base)
                found.setdefault(title, Group(title, kind, []))
                found[title] = Group(title, kind, [*found[title].measures, measure])
    return list(found.values())[:MOST_CHARTS]


def _is_constant(measure: Measure) -> bool:
    return len({number for number in measure.numbers if number is not None}) == 1


def make_chart(canvas: Canvas, outcome: Outcome, table: EpochTable, group: Group) -> Chart:
    """The chart of a group."""
    curves = list(_curves(canvas, outcome, table, group))
    return chart_of(canvas.workbook, group.title, curves, table.axis, axis_of(group.kind, curves))


def axis_of(kind: Kind, curves: Sequence[Curve]) -> Axis:
    """The axis of a chart's numbers."""
    if kind is Kind.ACCURACY:
        return accuracy_axis(curves)
    if kind is Kind.LOSS and all((point or 0) >= 0 for curve in curves for point in curve.points):
        return loss_axis(curves)
    return Axis(None, None, None, "General")


def _curves(canvas: Canvas, outcome: Outcome, table: EpochTable, group: Group) -> Iterator[Curve]:
    at = outcome.log.at

    def curve(label: str, points: Points, pen: Pen) -> Curve:
        return Curve(
            label, "=" + canvas.elsewhere(address(*table.label(label))), "=" + canvas.elsewhere(table.span(table.axis)),
            "=" + canvas.elsewhere(table.span(label)), at, points, pen,
        )  # fmt: skip

    for measure, pen in zip(group.measures, _pens(group.measures), strict=True):
        yield curve(measure.label, measure.numbers, pen)
    if outcome.target is not None and outcome.judge in group.measures:
        marker = "long_dash" if len(at) == 1 else "none"
        yield curve(TARGET_LABEL, [outcome.target] * len(at), Pen(QUIET, "dash", marker, 1.5))


def _pens(measures: Sequence[Measure]) -> list[Pen]:
    """A pen for each: that of its data where it is free, else the next one."""
    free, chosen = list(range(len(PENS))), list[Pen]()
    for measure in measures:
        wanted = PEN_OF[measure.split]
        number = wanted if wanted in free else free[0] if free else len(chosen) % len(PENS)
        if number in free:
            free.remove(number)
        chosen.append(PENS[number])
    return chosen


def chart_of(workbook: Workbook, title: str, curves: Sequence[Curve], across: str, axis: Axis) -> Chart:
    """A chart of curves that may stand on several sheets."""
    chart = workbook.add_chart({"type": "scatter", "subtype": "straight_with_markers"})
    few = max(len(curve.points) for curve in curves) <= MOST_MARKERS
    for curve in curves:
        pen = curve.pen
        chart.add_series({
            "name": curve.label_cell,
            "name_data": [curve.label],
            "categories": curve.across,
            "values": curve.up,
            "categories_data": cached(curve.at),
            "values_data": cached(curve.points),
            "line": {"color": pen.colour, "width": pen.width, "dash_type": pen.dash},
            "marker": {
                "type": pen.marker, "size": 5, "fill": {"color": pen.colour}, "border": {"color": pen.colour},
            } if few and pen.marker != "none" else {"type": "none"},
        })  # fmt: skip
    chart.set_title({"name": title, "name_font": {"size": 12, "bold": True}})
    named = len(curves) == 1 and curves[0].label.lower() == title.lower()
    chart.set_legend({"none": True} if named else {"position": "bottom"})
    chart.show_blanks_as("span")  # what is logged in some epochs only is a line all the same
    _set_axes(chart, across, [at for curve in curves for at in curve.at if at is not None], axis)
    return chart


def cached(points: Points) -> list[float | None]:
    """What a chart caches of a curve; None for what is left out or is no number."""
    stride = 1 + len(points) // MOST_CACHED_POINTS
    return [point if k % stride == 0 and is_number(point) else None for k, point in enumerate(points)]


def _set_axes(chart: Chart, across: str, at: Sequence[float], axis: Axis) -> None:
    last, first = max([2.0, *at]), min(at, default=0)
    unit = nice_step(last / 10)
    unit = max(1, round(unit)) if all(number == int(number) for number in at) else unit
    low = 0 if first < last / 2 else first // unit * unit
    chart.set_x_axis({
        "name": across, "min": low, "max": math.ceil(round(last / unit, 9)) * unit, "major_unit": unit,
        "num_format": "General", "name_font": {"bold": False}, "major_gridlines": {"visible": False},
        "line": {"color": QUIET}, "label_position": "low",
    })  # fmt: skip
    ends = {"min": axis.low, "max": axis.high, "major_unit": axis.step}
    chart.set_y_axis({
        **{name: end for name, end in ends.items() if end is not None}, "num_format": axis.form,
        "major_gridlines": {"visible": True, "line": {"color": LINE}}, "line": {"none": True},
    })  # fmt: skip


def loss_axis(curves: Sequence[Curve]) -> Axis:
    """An axis from 0 to above all losses, but for the start of the training."""
    highest = max((max(points) for points in _decisive(curves)), default=0.0)
    step = nice_step(highest / 6)
    decimals = max(0, -math.floor(math.log10(step)))
    return Axis(
        0,
        round(math.ceil(highest / step) * step, decimals) or step,
        step,
        f"{0:.{decimals}f}" if highest < 1e5 else "0E+00",
    )


def accuracy_axis(curves: Sequence[Curve]) -> Axis:
    """An axis from below all accuracies, but for the start of the training, to 100 %."""
    lowest = min([LOWEST_ACCURACY, *(min(points) for points in _decisive(curves))])
    step = nice_step((1 - lowest) / 7)
    steps = math.ceil(round((1 - lowest) / step, 6))
    return Axis(max(0.0, round(1 - steps * step, 6)), 1, step, "0.0%" if step < 0.01 else "0%")


def _decisive(curves: Sequence[Curve]) -> list[list[float]]:
    """The points that an axis has to hold.

    Of the training data, beside others, those of the later half: in its first epochs a model learns most of what it
    learns, and an axis that begins there would leave no room for the differences that the chart is there to show.
    """
    training = [curve for curve in curves if curve.pen == PENS[PEN_OF[Split.TRAIN]]]
    decisive = []
    for curve in curves:
        points = [point for point in curve.points if is_number(point)]
        if points:
            later = curve in training and len(training) < len(curves)
            decisive.append(points[len(points) // 2 :] if later else points)
    return decisive


def nice_step(least: float) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that is at least this; 0.1 for next to nothing."""
    if least < 1e-9:
        return 0.1
    power = 10.0 ** math.floor(math.log10(least))
    return next(round(digit * power, 12) for digit in (1, 2, 5, 10) if digit * power >= least * (1 - 1e-9))
