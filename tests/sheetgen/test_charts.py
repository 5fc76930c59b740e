"""The charts: live on the tables, with the points cached that a viewer draws which does not calculate."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from openpyxl.utils import range_boundaries

from sheetgen import generate
from templates import load_template
from tests.sheetgen.workbooks import CHART, tables_of, values_of, xml_parts
from tests.shipped import every_template

Shipped = Callable[[str], Path]


@every_template
def test_a_chart_carries_its_points(shipped_workbook: Shipped, name: str) -> None:
    """A viewer that does not calculate draws the cached points, so they are those of the cells they stand for."""
    template = load_template(name)
    path = shipped_workbook(name)
    book = values_of(path)
    charts = xml_parts(path, "xl/charts/chart")
    series = [series for chart in charts.values() for series in chart.iter(f"{CHART}ser")]
    assert len(charts) == len(template.learning_rates) + 2  # one a tab, and two to compare
    assert len(series) == 3 * len(template.learning_rates)
    for curve in series:
        for axis in ("xVal", "yVal"):
            reference = curve.find(f"{CHART}{axis}/{CHART}numRef")
            assert reference is not None
            sheet, _, cells = reference.findtext(f"{CHART}f", "").rpartition("!")
            values = [cell.value for (cell,) in book[sheet.strip("'")][cells.replace("$", "")]]
            points = {int(p.attrib["idx"]): float(p.findtext(f"{CHART}v", "")) for p in reference.iter(f"{CHART}pt")}
            assert points == {k: value for k, value in enumerate(values) if value is not None}
            assert len(points) == template.iterations + 1
            assert [*points] == [k * template.batch for k in range(len(points))]
            count = reference.find(f"{CHART}numCache/{CHART}ptCount")
            assert count is not None
            assert count.attrib["val"] == str(len(values))


@every_template
def test_a_chart_is_of_the_total_loss_against_the_iteration(shipped_workbook: Shipped, name: str) -> None:
    book = values_of(shipped_workbook(name))
    for chart in xml_parts(shipped_workbook(name), "xl/charts/chart").values():
        for axis, label in (("xVal", "iteration"), ("yVal", "E_total")):
            for reference in chart.iter(f"{CHART}{axis}"):
                sheet, _, cells = reference.findtext(f"{CHART}numRef/{CHART}f", "").rpartition("!")
                column, first_row, _, _ = range_boundaries(cells.replace("$", ""))
                assert book[sheet.strip("'")].cell(first_row - 1, column).value == label


def test_a_long_table_thins_the_points_of_its_charts_but_not_its_rows(tmp_path: Path) -> None:
    template = replace(load_template("backprop"), iterations=4_500, learning_rates=(0.5,))
    path = tmp_path / "long.xlsx"
    generate(template, path)
    (table,) = tables_of(path).values()
    assert [row["iteration"] for row in table] == list(range(4_501))
    charts = [*xml_parts(path, "xl/charts/chart").values()]  # of the tab, and both of the comparison
    for chart in charts:
        points = [
            (int(point.attrib["idx"]), float(point.findtext(f"{CHART}v", "")))
            for cache in chart.iter(f"{CHART}yVal")
            for point in cache.iter(f"{CHART}pt")
        ]
        most = 2_000 if chart is charts[0] else 250
        assert most / 2 <= len(points) <= most
        assert points == [(index, table[index]["E_total"]) for index, _ in points]
