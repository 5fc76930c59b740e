"""The table of compared runs: best and last value of each measure, the epoch of the best, and differing settings."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from sheetgen.layout import on_sheet
from sheetgen.style import Hues
from training_log.comparison.runs import Common, Compared
from training_log.sheet.canvas import FIRST_COLUMN, NONE, RUN, TEST, Canvas, Content, Live, address, span
from training_log.sheet.epoch_table import HUES, label_height, number_form
from training_log.sheet.facts import FIRST, NOT_REACHED
from training_log.sheet.page import Written
from training_log.sheet.settings import said

NAME_COLUMNS = 3  # that a run's name takes


class RunColumn(NamedTuple):
    """A column: its label, its colour, the form of its numbers, and a cell of each run."""

    label: str
    hues: Hues
    form: str
    cells: Sequence[Content]
    summed: bool  # whether its median says something


@dataclass(frozen=True)
class RunTable:
    """Where the table stands, and what is in it."""

    label_row: int
    compared: Compared
    name_columns: int = NAME_COLUMNS

    @property
    def last_row(self) -> int:
        """The row of the last run."""
        return self.label_row + len(self.compared.runs)

    def name_cell(self, run: int) -> str:
        """The address of a run's name, by its place from 0."""
        return address(self.label_row + 1 + run, FIRST_COLUMN)

    def place(self, column: int) -> int:
        """Where on the sheet a column stands, from its number."""
        return FIRST_COLUMN + self.name_columns + column

    def span(self, column: int, runs: range) -> str:
        """The address of the cells of some runs."""
        return span(self.label_row + 1 + runs.start, self.place(column), self.label_row + runs.stop, self.place(column))

    @cached_property
    def columns(self) -> list[RunColumn]:
        """All columns but that of the names."""
        return [*self._measured(), *self._first(), *self._epochs(), *self._settings()]

    def _measured(self) -> Iterator[RunColumn]:
        for number, common in enumerate(self.compared.measures):
            hues = HUES.get(common.of_run[0].split, TEST)
            form = number_form(max(common.of_run, key=lambda one: max(n or 0 for n in one.numbers)))
            best = [self._best(run, common, k) for k, run in enumerate(self.compared.runs)]
            yield RunColumn(f"best {common.label}", hues, form, best, True)
            if number == 0:
                yield RunColumn("in epoch", hues, "General", list(self._at(common)), True)
            last = [self._last(run, common, k) for k, run in enumerate(self.compared.runs)]
            yield RunColumn(f"last {common.label}", hues, form, last, True)

    def _best(self, run: Written, common: Common, k: int) -> Live:
        measure = common.of_run[k]
        extreme = "MIN" if common.lower_is_better else "MAX"
        return Live(f"={extreme}({_span(run, measure.label)})", measure.numbers[measure.best] or 0)

    def _at(self, common: Common) -> Iterator[Live]:
        column = self.place(0)
        for k, run in enumerate(self.compared.runs):
            cell = address(self.label_row + 1 + k, column)
            formula = f"=INDEX({_span(run, run.table.axis)},MATCH({cell},{_span(run, common.of_run[k].label)},0))"
            yield Live(formula, run.outcome.at(common.of_run[k].best))

    def _last(self, run: Written, common: Common, k: int) -> Live:
        numbers = common.of_run[k].numbers
        place = max(place for place, number in enumerate(numbers) if number is not None)
        return Live(
            f"={on_sheet(_sheet(run), address(*run.table.cell(common.of_run[k].label, place)))}", numbers[place] or 0
        )

    def _first(self) -> Iterator[RunColumn]:
        if all(FIRST in run.facts.keys for run in self.compared.runs):
            cells = [
                Live(f"={on_sheet(_sheet(run), run.facts.cell(FIRST))}", _first_value(run))
                for run in self.compared.runs
            ]
            yield RunColumn("meets the target in", RUN, "General", cells, False)

    def _epochs(self) -> Iterator[RunColumn]:
        cells = [Live(f"=COUNT({_span(run, run.table.axis)})", run.table.epochs) for run in self.compared.runs]
        yield RunColumn("epochs", RUN, "#,##0", cells, False)

    def _settings(self) -> Iterator[RunColumn]:
        for name in self.compared.differing:
            cells: list[Content] = []
            for run in self.compared.runs:
                place = run.settings.get(name)
                value = said(self.compared.setting(run, name))
                cells.append(NONE if place is None else Live(f"={on_sheet(_sheet(run), place)}", value))
            yield RunColumn(name, RUN, "General", cells, False)


def _first_value(run: Written) -> float | str:
    return NOT_REACHED if run.outcome.first is None else run.outcome.at(run.outcome.first)


def _sheet(run: Written) -> str:
    return run.canvas.sheet.get_name()  # type: ignore[no-any-return]  # XlsxWriter has no types


def _span(run: Written, label: str) -> str:
    return on_sheet(_sheet(run), run.table.span(label))


def write_runs(canvas: Canvas, table: RunTable) -> None:
    """Write the table: a name that leads to its sheet, then the columns."""
    styles, row = canvas.styles, table.label_row
    canvas.heading(row - 2, FIRST_COLUMN, "The runs")
    canvas.set_height(row, label_height([column.label for column in table.columns]))
    last = FIRST_COLUMN + table.name_columns - 1
    canvas.sheet.merge_range(row, FIRST_COLUMN, row, last, "run", styles.column_label(RUN))
    for k, run in enumerate(table.compared.runs, row + 1):
        link = f"internal:{run.canvas.elsewhere('A1')}"
        canvas.sheet.write_url(k, FIRST_COLUMN, link, styles.link(), _sheet(run))
    for number, column in enumerate(table.columns):
        place = table.place(number)
        canvas.write(row, place, column.label, styles.column_label(column.hues))
        for k, cell in enumerate(column.cells, row + 1):
            canvas.write(k, place, cell, styles.measure(column.hues, column.form))
    _mark_best(canvas, table)


def _mark_best(canvas: Canvas, table: RunTable) -> None:
    """Mark the best run of each measure's best values."""
    first, last = table.label_row + 1, table.last_row
    lower = {f"best {common.label}": common.lower_is_better for common in table.compared.measures}
    for number, column in enumerate(table.columns):
        if column.label in lower:
            place = table.place(number)
            kind = "bottom" if lower[column.label] else "top"
            canvas.sheet.conditional_format(
                first, place, last, place, {"type": kind, "value": 1, "format": canvas.styles.best()}
            )
