"""What is written about a learning rate is checked against the one that the updates use."""

from pathlib import Path

import openpyxl
import pytest
from openpyxl.chart import LineChart, Reference
from openpyxl.chart.series import SeriesLabel

from tests.verifier.foreign import Layout, write_workbook
from verifier import Engine, Kind, verify
from verifier.judging.contradictions import rate_named

LAYOUT = Layout(rate=0.5)


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("eta 0.5", 0.5), ("η= 0.1", 0.1), ("E_total (LR = 0.8)", 0.8), ("Loss, learning rate: 2", 2.0),
        ("lr0.5", 0.5), ("backprop_lr_0.01", 0.01), ("Learning-Rate 1e-3", 1e-3), ("α=.2 loss", 0.2),
        ("eta 1e+60", 1e60), ("𝜂 = 0.5", 0.5),
        ("Total error", None), ("eta 0.1, 0.2, 0.5", None), ("lr 0.1 vs 0.5", None), ("lr 0.1 and lr 0.5", None),
        ("Beta 0.5", None), ("Sheet1", None), ("Color 5", None), ("Iteration 0.5", None),
    ],
)  # fmt: skip
def test_rate_is_read_from_a_text_that_names_one(text: str, rate: float | None) -> None:
    """A title or a name tells a learning rate where it names just one."""
    assert rate_named(text) == rate


def with_chart(path: Path, title: str | None, series: str | None = None) -> Path:
    """A workbook of one table with a chart of its total loss."""
    write_workbook(path, LAYOUT)
    workbook = openpyxl.load_workbook(path)
    sheet = workbook.worksheets[0]
    chart = LineChart()
    chart.title = title
    column = openpyxl.utils.column_index_from_string(LAYOUT.column("E_total"))
    chart.add_data(Reference(sheet, min_col=column, min_row=11, max_row=22))
    if series is not None:
        chart.series[0].tx = SeriesLabel(v=series)
    chart.x_axis.title = "LR = 7"
    sheet.add_chart(chart, "A40")
    workbook.save(path)
    return path


@pytest.mark.parametrize("title", ["E_total, η = 0.5", "Loss", None, "η from 0.1 to 2"])
def test_chart_that_says_the_right_rate_or_none_is_right(title: str | None, engine: Engine, tmp_path: Path) -> None:
    """A chart's title is right with the rate of its table, and without any; an axis's title is none of it."""
    assert verify(with_chart(tmp_path / "book.xlsx", title), engine).faults == ()


def test_chart_that_says_another_rate_is_named(engine: Engine, tmp_path: Path) -> None:
    """A title with another learning rate than that of the table that is shown is a fault of the chart."""
    (fault,) = verify(with_chart(tmp_path / "book.xlsx", "E_total at LR 0.1"), engine).faults
    assert (fault.kind, fault.cells, fault.value, fault.expected) == (
        Kind.LABEL, "the chart 'E_total at LR 0.1'", 0.1, 0.5,
    )  # fmt: skip


def test_series_that_says_another_rate_is_named(engine: Engine, tmp_path: Path) -> None:
    """So is the name of a series."""
    (fault,) = verify(with_chart(tmp_path / "book.xlsx", "Compared", "lr 0.2"), engine).faults
    assert (fault.kind, fault.value, fault.expected) == (Kind.LABEL, 0.2, 0.5)


def test_a_tab_that_says_another_rate_is_a_note(engine: Engine, tmp_path: Path) -> None:
    """A tab named after another learning rate than that of its only table is no fault of any cell."""
    result = verify(write_workbook(tmp_path / "book.xlsx", LAYOUT, sheet="Backprop LR=0.1"), engine)
    assert result.faults == ()
    assert "is named after a learning rate of 0.1; its table uses 0.5" in result.tables[0].notes
