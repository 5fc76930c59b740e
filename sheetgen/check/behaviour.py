"""How E_total behaves at one learning rate: whether it stays a number, rises, swings or diverges.

Each measure is a formula over the tab's column of E_total and the value that this formula gives. An error never heals,
as every row is computed from the one above it, so the numbers of a column are all above its errors.
"""

from dataclasses import dataclass

from sheetgen.charts import Curve
from sheetgen.layout import TableLayout, on_sheet, sheet_name
from sheetgen.live import DOUBT, NO, NOTHING, YES, Live
from sheetgen.mathematics.training_step import ITERATION
from sheetgen.mathematics.values import Value
from templates import TOTAL_LOSS

RISE = 1e-12  # of E_total at the start: a smaller step up is rounding
RISE_TEXT = "0.000000000001"
FEWEST_PEAKS = 2  # of a curve that swings

FALLS, RISES, STAYS_UP, SWINGS, DIVERGES = (
    f"{YES} never rises",
    f"{DOUBT} rises at times",
    f"{DOUBT} rises, stays up",
    f"{DOUBT} oscillates",
    f"{NO} diverges",
)
NO_NUMBERS = f"{NOTHING} no numbers"


@dataclass(frozen=True)
class MeasureCells:
    """The addresses of the measures of one learning rate, of which others are made."""

    numbers: str
    at_end: str
    rises: str
    peaks: str


class Behaviour:
    """The measures of one tab."""

    def __init__(self, layout: TableLayout, curve: Curve) -> None:
        self._layout, self._sheet = layout, sheet_name(curve.rate)
        self._losses = curve.losses
        self._found = [value for value in curve.losses if isinstance(value, float)]
        self._whole = len(self._found) == len(curve.losses)
        self._numbers_at_end = curve.numbers_at_end

    def numbers(self) -> Live:
        """In how many rows E_total is a number."""
        return Live(f"=COUNT({self._span(0, 0)})", len(self._found))

    def at_end(self) -> Live:
        """How many columns of the last iteration's first row hold a number."""
        last = self._layout.end_row
        labels = (self._layout.columns[0].label, self._layout.columns[-1].label)
        first_cell, last_cell = (self._layout.cell(label, last) for label in labels)
        return Live(f"=COUNT({on_sheet(self._sheet, f'{first_cell}:{last_cell}')})", self._numbers_at_end)

    def finite(self, cells: MeasureCells) -> Live:
        """Whether every number of the table is one."""
        rows, columns = len(self._losses), len(self._layout.columns)
        formula = (
            f'=IF({cells.numbers}<{rows},"{NO} from "&{cells.numbers}&" on",'
            f'IF({cells.at_end}<{columns},"{NO} at the end","{YES} all"))'
        )
        if not self._whole:
            return Live(formula, f"{NO} from {len(self._found)} on")
        return Live(formula, f"{NO} at the end" if self._numbers_at_end < columns else f"{YES} all")

    def rises(self, cells: MeasureCells) -> Live:
        """In how many iterations E_total is larger than in the one before."""
        return self._where_whole(cells, f"SUMPRODUCT(({self._is_rise()})*1)", len(self._risen()))

    def first_rise(self, cells: MeasureCells) -> Live:
        """The first of those iterations."""
        after_last = self._layout.iterations + 1
        found = f"{after_last}-SUMPRODUCT(MAX(({self._is_rise()})*({after_last}-{self._span(1, 0, ITERATION)})))"
        formula = f'=IF({cells.numbers}<{len(self._losses)},"{NOTHING}",IF({cells.rises}=0,"{NOTHING}",{found}))'
        return Live(formula, self._risen()[0] if self._whole and self._risen() else NOTHING)

    def peaks(self, cells: MeasureCells) -> Live:
        """In how many iterations E_total has risen and then falls."""
        if self._layout.iterations < 2:  # a peak has a row on both sides
            return self._where_whole(cells, "0", 0)
        formula = f"SUMPRODUCT(({self._is_rise(1)})*({self._span(2, 0)}<{self._span(1, 1)}))"
        peaks = [k for k in self._risen() if k + 1 < len(self._found) and self._found[k + 1] < self._found[k]]
        return self._where_whole(cells, formula, len(peaks))

    def verdict(self, cells: MeasureCells) -> Live:
        """All of that in a sign and a word.

        What has risen and ends above its lowest stays up, as where a step was so large that all units are dead.
        """
        first, last = (
            on_sheet(self._sheet, self._layout.cell(TOTAL_LOSS, row))
            for row in (self._layout.first_row, self._layout.end_row)
        )
        risen = f'IF({last}>MIN({self._span(0, 0)})+{RISE_TEXT}*{first},"{STAYS_UP}","{RISES}")'
        formula = (
            f'=IF({cells.numbers}=0,"{NO_NUMBERS}",IF({cells.numbers}<{len(self._losses)},"{DIVERGES}",'
            f'IF({last}>{first},"{DIVERGES}",IF({cells.peaks}>={FEWEST_PEAKS},"{SWINGS}",'
            f'IF({cells.rises}>0,{risen},"{FALLS}")))))'
        )
        return Live(formula, self._word(cells))

    def reached(self, cells: MeasureCells, threshold: str, default: float) -> Live:
        """The first iteration in which E_total is not above a threshold, whose cell and number are given.

        Not where it ends above it again.
        """
        span, rows = self._span(0, 0), len(self._losses)
        never, then_lost = f"{NO} never", f"{NO} not for long"
        below = f"({span}<={threshold}){self._layout.filled(span)}"
        found = f"{rows}-SUMPRODUCT(MAX({below}*({rows}-{self._span(0, 0, ITERATION)})))"
        last = on_sheet(self._sheet, self._layout.cell(TOTAL_LOSS, self._layout.end_row))
        formula = (
            f'=IF({cells.numbers}=0,"{NOTHING}",'
            f'IF({cells.numbers}<{rows},IF(COUNTIF({span},"<="&{threshold})>0,"{then_lost}","{never}"),'
            f'IF(MIN({span})>{threshold},"{never}",IF({last}>{threshold},"{then_lost}",{found}))))'
        )
        passed = [k for k, value in enumerate(self._found) if value <= default]
        if not passed:
            return Live(formula, never if self._found else NOTHING)
        stays = self._whole and self._found[-1] <= default
        return Live(formula, passed[0] if stays else then_lost)

    def _word(self, cells: MeasureCells) -> str:
        if not self._found:
            return NO_NUMBERS
        if not self._whole or self._found[-1] > self._found[0]:
            return DIVERGES
        if int(self.peaks(cells).value) >= FEWEST_PEAKS:
            return SWINGS
        if not self._risen():
            return FALLS
        return STAYS_UP if self._found[-1] > min(self._found) + RISE * self._found[0] else RISES

    def _where_whole(self, cells: MeasureCells, formula: str, value: Value) -> Live:
        """A measure of a column without errors; SUMPRODUCT gives an error where there is one."""
        guarded = f'=IF({cells.numbers}<{len(self._losses)},"{NOTHING}",{formula})'
        return Live(guarded, value if self._whole else NOTHING)

    def _risen(self) -> list[int]:
        least = RISE * self._found[0] if self._found else 0.0
        return [k for k in range(1, len(self._found)) if self._found[k] > self._found[k - 1] + least]

    def _is_rise(self, before_end: int = 0) -> str:
        start = on_sheet(self._sheet, self._layout.cell(TOTAL_LOSS, self._layout.first_row))
        return f"{self._span(1, before_end)}>{self._span(0, before_end + 1)}+{RISE_TEXT}*{start}"

    def _span(self, first: int, before_end: int, label: str = TOTAL_LOSS) -> str:
        """A column's cells from an iteration on, without so many at its end."""
        batch = self._layout.batch
        top, bottom = self._layout.first_row + first * batch, self._layout.end_row - before_end * batch
        return on_sheet(self._sheet, f"{self._layout.cell(label, top)}:{self._layout.cell(label, bottom)}")
