"""The two charts of a run: loss and accuracy against the epoch, live on its table, with their points cached."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from xlsxwriter.chart import Chart

from sheetgen.charts import LINES
from sheetgen.style import LINE, QUIET
from torch_models.run_sheet.canvas import Canvas, address, is_number
from torch_models.run_sheet.epoch_table import EpochTable
from torch_models.run_sheet.outcome import Outcome

MOST_MARKERS = 30  # epochs; the markers of more would run into each other
LOWEST_ACCURACY = 0.97  # where its axis begins, unless the run has been below

Points = Sequence[float | None]


@dataclass(frozen=True)
class Axis:
    """From where to where an axis goes, the step between its lines, and the form of its numbers."""

    low: float
    high: float
    step: float
    form: str


@dataclass(frozen=True)
class Curve:
    """A column of the table as a curve: its colour, dash and marker, so that one of them is enough to know it by."""

    label: str
    points: Points
    colour: str
    dash: str = "solid"
    marker: str = "none"
    width: float = 2


def insert_charts(
    canvas: Canvas, outcome: Outcome, table: EpochTable, place: tuple[int, int], offset: int, size: tuple[int, int]
) -> None:
    """Insert the charts side by side: from a cell on, some pixels to its right, each of a size in pixels."""
    (row, column), (width, height) = place, size
    losses, accuracies = loss_curves(outcome), accuracy_curves(outcome)
    charts = (("Loss", losses, loss_axis(losses)), ("Accuracy", accuracies, accuracy_axis(accuracies)))
    for k, (title, curves, axis) in enumerate(charts):
        if not curves:
            continue
        chart = _chart(canvas, table, title, curves)
        _set_axes(chart, table.epochs, axis)
        chart.set_size({"width": width, "height": height})
        canvas.sheet.insert_chart(row, column, chart, {
            "x_offset": offset + k * (width + 10), "object_position": 2,
            "description": f"{title} against the epoch: {', '.join(curve.label for curve in curves)}",
        })  # fmt: skip


def loss_curves(outcome: Outcome) -> list[Curve]:
    """The curves of the chart of losses, but for those that the record has no point of."""
    epochs = outcome.epochs
    return _with_points(
        _test("test loss", [epoch.test_loss for epoch in epochs]),
        _training("train loss", [epoch.train_loss for epoch in epochs]),
        _validation("validation loss", [epoch.validation_loss for epoch in epochs]),
        _published("published test loss", [epoch.test_loss for epoch in outcome.published]),
    )


def accuracy_curves(outcome: Outcome) -> list[Curve]:
    """The curves of the chart of accuracies, with the target as a line."""
    epochs = outcome.epochs
    return _with_points(
        _test("accuracy", [epoch.accuracy for epoch in epochs]),
        _training("train accuracy", [epoch.train_accuracy for epoch in epochs]),
        _validation("validation accuracy", [epoch.validation_accuracy for epoch in epochs]),
        _published("published accuracy", [epoch.accuracy for epoch in outcome.published]),
        Curve(
            "target", [outcome.target] * len(epochs), QUIET, "dash", "long_dash" if len(epochs) == 1 else "none", 1.5
        ),
    )


def _test(label: str, points: Points) -> Curve:
    return Curve(label, points, LINES[0], "solid", "circle", 2.25)


def _training(label: str, points: Points) -> Curve:
    return Curve(label, points, LINES[1], "long_dash", "square")


def _validation(label: str, points: Points) -> Curve:
    return Curve(label, points, LINES[2], "dash_dot", "diamond")


def _published(label: str, points: Points) -> Curve:
    return Curve(label, points, LINES[3], "round_dot", "triangle")


def _with_points(*curves: Curve) -> list[Curve]:
    return [curve for curve in curves if any(is_number(point) for point in curve.points)]


def _chart(canvas: Canvas, table: EpochTable, title: str, curves: Sequence[Curve]) -> Chart:
    chart = canvas.workbook.add_chart({"type": "scatter", "subtype": "straight_with_markers"})
    for curve in curves:
        count = len(curve.points)
        marked = curve.marker != "none" and table.epochs <= MOST_MARKERS
        chart.add_series({
            "name": "=" + canvas.elsewhere(address(*table.label(curve.label))),
            "name_data": [curve.label],
            "categories": "=" + canvas.elsewhere(table.span("epoch", count)),
            "values": "=" + canvas.elsewhere(table.span(curve.label, count)),
            "categories_data": list(range(1, count + 1)),
            "values_data": [point if is_number(point) else None for point in curve.points],
            "line": {"color": curve.colour, "width": curve.width, "dash_type": curve.dash},
            "marker": {
                "type": curve.marker, "size": 5, "fill": {"color": curve.colour}, "border": {"color": curve.colour},
            } if marked else {"type": "none"},
        })  # fmt: skip
    chart.set_title({"name": title, "name_font": {"size": 12, "bold": True}})
    chart.set_legend({"position": "bottom"})
    return chart


def _set_axes(chart: Chart, epochs: int, axis: Axis) -> None:
    epochs = max(epochs, 2)
    unit = max(1, round(nice_step(epochs / 10)))
    chart.set_x_axis({
        "name": "epoch", "min": 0, "max": -(-epochs // unit) * unit, "major_unit": unit, "num_format": "0",
        "name_font": {"bold": False}, "major_gridlines": {"visible": False}, "line": {"color": QUIET},
    })  # fmt: skip
    chart.set_y_axis({
        "min": axis.low, "max": axis.high, "major_unit": axis.step, "num_format": axis.form,
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

    Of the training images those of the better half: in its first epochs a model learns most of what it learns, and
    an axis that begins there would leave no room for the differences that the chart is there to show.
    """
    decisive = []
    for curve in curves:
        points = [point for point in curve.points if is_number(point)]
        decisive.append([median(points)] if curve.colour == LINES[1] else points)
    return decisive


def nice_step(least: float) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that is at least this; 0.1 for next to nothing."""
    if least < 1e-9:
        return 0.1
    power = 10.0 ** math.floor(math.log10(least))
    return next(round(digit * power, 12) for digit in (1, 2, 5, 10) if digit * power >= least * (1 - 1e-9))
