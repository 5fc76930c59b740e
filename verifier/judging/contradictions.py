"""What is written about a learning rate, and the one that the updates use: cells, titles of charts, and tabs.

No formula depends on the name of a tab, and whoever tries another learning rate seldom renames it: that is a note.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from verifier.findings import Finding, Kind, Repair, TableResult
from verifier.judging.labels import is_value
from verifier.judging.table_verdict import Judged
from verifier.ranges import ranges_of
from verifier.reading.charts import Chart, Series
from verifier.reading.sheets import Sheet

_NUMBER = r"\d*\.?\d+(?:e[+-]?\d+)?"
_NAMED = re.compile(
    rf"(?:[ηɳƞղͷα]|(?<![^\W\d_])(?:eta|lr|l\.r\.?|learning[\s_-]*rate|alpha))[\s=:(_-]{{0,6}}"
    rf"(?P<rate>{_NUMBER})(?P<more>\s*(?:,|/|;|and|to|&|vs\.?|[-–])\s*{_NUMBER})?"
)


def contradictions(tables: Sequence[Judged], sheets: Sequence[Sheet]) -> Iterator[Finding]:
    """Cells and charts that name another learning rate than the one that is used."""
    yield from _of_cells(tables, sheets)
    rates_by_column = _rates_by_column(tables, sheets)
    for sheet in sheets:
        for chart in sheet.charts:
            yield from _of_chart(sheet, chart, rates_by_column)


def with_notes_on_tabs(tables: Sequence[Judged], sheets: Sequence[Sheet]) -> Iterator[TableResult]:
    """The results of the tables, with a note where the tab of one alone is named after another learning rate."""
    places = [judged.table.sheet for judged in tables]
    for judged in tables:
        result, place = judged.result, judged.table.sheet
        named, used = rate_named(sheets[place].name), result.learning_rate
        if named is None or used is None or named == used or places.count(place) > 1:
            yield result
        else:
            note = f"is named after a learning rate of {named!r}; its table uses {used!r}"
            yield replace(result, notes=(*result.notes, note))


def rate_named(text: str) -> float | None:
    """The learning rate that a text names, as in `Loss (LR = 0.5)`; None where it names none, or several, or `LR1`."""
    found = list(_NAMED.finditer(unicodedata.normalize("NFKC", text).casefold()))
    if not all(is_value(match["rate"], match[0]) for match in found):
        return None
    named = {float(match["rate"]) for match in found}
    return named.pop() if len(named) == 1 and not any(match["more"] for match in found) else None


def _of(sheet: Sheet, where: str, text: str, rate: float, uses: str) -> Iterator[Finding]:
    """What a text says, where that is not the rate."""
    named = rate_named(text)
    if named is not None and named != rate:
        message = f"{where} says a learning rate of {named!r}, but {uses} {rate!r}"
        yield Finding(Kind.LABEL, sheet.name, where, 1, message, value=named, expected=rate)


def _of_cells(tables: Sequence[Judged], sheets: Sequence[Sheet]) -> Iterator[Finding]:
    """Cells labelled as the learning rate of a table that uses another one, and that no other table uses either."""
    rates = [(judged.case, judged.case.given.rate) for judged in tables if judged.case is not None]
    used = {cell for _, rate in rates if rate is not None for cell in rate.cells}
    used |= {rate.labelled.cell for _, rate in rates if rate is not None and rate.labelled is not None and rate.agrees}
    for case, rate in rates:
        if rate is None or rate.labelled is None or rate.labelled.cell in used:
            continue
        number, row, column = rate.labelled.cell
        message = f"the cell is labelled as the learning rate, but the updates use {rate.value!r}"
        holds = isinstance(case.formulas.cached(rate.labelled.cell), float)  # not `η = 0.5`, a text
        yield Finding(
            Kind.LABEL, sheets[number].name, ranges_of([(row, column)]), 1, message,
            label="η", value=rate.labelled.value, expected=rate.value,
            repairs=(Repair(*rate.labelled.cell, rate.value),) if holds else (),
        )  # fmt: skip


# --- charts -------------------------------------------------------------------------------------------------------

Column = tuple[str, int]  # of a sheet, by its name in small letters
RatesByColumn = Mapping[Column, Sequence[tuple[range, float]]]  # with the rows of each table that the column has


def _rates_by_column(tables: Sequence[Judged], sheets: Sequence[Sheet]) -> RatesByColumn:
    found: dict[Column, list[tuple[range, float]]] = {}
    for judged in tables:
        rate = judged.result.learning_rate
        if rate is not None:
            for column in judged.table.columns.values():
                key = (sheets[judged.table.sheet].name.casefold(), column)
                found.setdefault(key, []).append((judged.table.rows, rate))
    return found


def _of_chart(sheet: Sheet, chart: Chart, rates: RatesByColumn) -> Iterator[Finding]:
    """What a chart's title, or the name of one of its series, says of tables that it shows."""
    shown = [(series, rate) for series in chart.series if (rate := _rate_of(sheet, series, rates)) is not None]
    for series, rate in shown:
        yield from _of(sheet, f"the series '{series.name}' of a chart", series.name, rate, "shows a table that uses")
    if len({rate for _, rate in shown}) == 1 and len(shown) == len(chart.series):
        yield from _of(sheet, f"the chart '{chart.title}'", chart.title, shown[0][1], "shows a table that uses")


def _rate_of(sheet: Sheet, series: Series, rates: RatesByColumn) -> float | None:
    """The learning rate of the table that a series shows a column of."""
    values = series.values
    if values is None or values.last_row is None:
        return None
    key = ((values.sheet or sheet.name).casefold(), values.column.at(1))
    first, last = values.row.at(1), values.last_row.at(1)
    return next((rate for rows, rate in rates.get(key, ()) if first in rows or last in rows), None)
