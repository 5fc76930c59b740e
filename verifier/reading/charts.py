"""The charts of a sheet, as far as they say what they show: their titles, and their series' names and values.

The format is that of ECMA-376 part 1, section 21.2 (DrawingML charts). A chart that is damaged is left out: a workbook
can be judged without it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from verifier.reading.package import Package, WorkbookError, local_name
from verifier.reading.parsing import parse
from verifier.reading.references import Reference, UnsupportedFormulaError


@dataclass(frozen=True)
class Series:
    """A line of a chart: its name, and where its values stand; None where that is no range of cells."""

    name: str
    values: Reference | None


@dataclass(frozen=True)
class Chart:
    """A chart with its title, empty where it has none."""

    title: str
    series: tuple[Series, ...]


def read_charts(package: Package, sheet_part: str) -> list[Chart]:
    """The charts on a sheet, given by its part."""
    try:
        drawings = [target for kind, target in package.relationships(sheet_part).values() if kind == "drawing"]
        parts = [part for drawing in drawings for part in _chart_parts(package, drawing)]
        return [_chart(package, part) for part in parts]
    except WorkbookError:
        return []


def _chart_parts(package: Package, drawing: str) -> Iterator[str]:
    return (target for kind, target in package.relationships(drawing).values() if kind == "chart")


def _chart(package: Package, part: str) -> Chart:
    title, series = "", []
    for element in package.elements(part, "title", "ser"):
        if local_name(element) == "ser":
            series.append(Series(_text(element.find("{*}tx")), _values(element)))
        elif _is_of_chart(element):
            title = _text(element)
    return Chart(title, tuple(series))


def _is_of_chart(title: etree._Element) -> bool:
    """Whether a title is that of the chart, and not of an axis."""
    parent = title.getparent()
    return parent is not None and local_name(parent) == "chart"


def _text(element: etree._Element | None) -> str:
    """The text that is typed there, or cached of the cell that it comes from."""
    if element is None:
        return ""
    return "".join(node.text or "" for tag in ("{*}t", "{*}v") for node in element.iter(tag))


def _values(series: etree._Element) -> Reference | None:
    for tag in ("{*}val", "{*}yVal"):
        formula = series.findtext(f"{tag}/{{*}}numRef/{{*}}f")
        if formula is not None:
            try:
                references = parse(f"SUM({formula})", 1, 1, {}).references  # as a function reads it: whole
            except UnsupportedFormulaError:
                return None
            return references[0] if len(references) == 1 else None
    return None
