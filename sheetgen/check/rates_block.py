"""The block on the sheet Check that says how E_total behaves at each learning rate, one row each."""

from collections.abc import Sequence

from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from sheetgen.charts import Curve
from sheetgen.check.behaviour import Behaviour, MeasureCells
from sheetgen.layout import CHECK_SHEET, TableLayout, on_sheet, sheet_name
from sheetgen.live import Live, colour_answers, write_live
from sheetgen.mathematics.training_step import Group
from sheetgen.style import COLOURS, Styles
from templates import LEARNING_RATE, TOTAL_LOSS

HEADING_ROW, FIRST_ROW, FIRST_COLUMN = 4, 7, 8  # counted from 0
_LABELS = (
    "tab",
    LEARNING_RATE,
    "at the start",
    "numbers",
    "in the last row",
    "all finite",
    "steps up",
    "the first",
    "peaks",
)
TAB, RATE, START, NUMBERS, AT_END, FINITE, RISES, FIRST_RISE, PEAKS, VERDICT = range(FIRST_COLUMN, FIRST_COLUMN + 10)
LAST_COLUMN = VERDICT


def rate_cell(curve: int) -> str:
    """The cell with the learning rate of a curve, counted from 0, for other sheets."""
    return on_sheet(CHECK_SHEET, _cell(curve, RATE))


def starts_span(count: int) -> str:
    """The cells with E_total at the start of every tab, for this sheet."""
    return f"{_cell(0, START)}:{_cell(count - 1, START)}"


def verdict_cell(curve: int) -> str:
    """The cell with the sign and the word for a curve, for other sheets."""
    return on_sheet(CHECK_SHEET, _cell(curve, VERDICT))


def measure_cells(curve: int) -> MeasureCells:
    """The measures of a curve, for other sheets."""
    return MeasureCells(*(on_sheet(CHECK_SHEET, _cell(curve, column)) for column in (NUMBERS, AT_END, RISES, PEAKS)))


def write_rates_block(sheet: Worksheet, styles: Styles, layout: TableLayout, curves: Sequence[Curve]) -> None:
    """Write the block; every measure reads the column of E_total on its tab."""
    sheet.write_string(HEADING_ROW, TAB, f"Does {TOTAL_LOSS} fall, and stay a number?", styles.heading())
    remark = (
        f"Rises below 1e-12 of the first {TOTAL_LOSS} are rounding and not counted. A diverging learning rate is a "
        "finding, not a fault of the workbook."
    )
    sheet.write_string(HEADING_ROW + 1, TAB, remark, styles.quiet())
    for column, label in enumerate((*_LABELS, TOTAL_LOSS), TAB):
        sheet.write_string(FIRST_ROW - 1, column, label, styles.column_label(COLOURS[Group.LOSS]))
    forms = {START: styles.result("0.000000"), FINITE: styles.answer(), VERDICT: styles.answer()}
    for k, curve in enumerate(curves):
        name, row = sheet_name(curve.rate), FIRST_ROW + k
        sheet.write_url(row, TAB, f"internal:{on_sheet(name, 'A1')}", styles.link(), name)
        write_live(sheet, row, RATE, _rate(layout, curve), styles.result(align="center"))
        for column, live in _measures(layout, k, curve).items():
            write_live(sheet, row, column, live, forms.get(column, styles.result(align="center")))
    for column in (FINITE, VERDICT):
        colour_answers(sheet, styles, FIRST_ROW, column, FIRST_ROW + len(curves) - 1, column)


def _rate(layout: TableLayout, curve: Curve) -> Live:
    return Live("=" + on_sheet(sheet_name(curve.rate), layout.settings[LEARNING_RATE]), curve.rate)


def _measures(layout: TableLayout, curve_number: int, curve: Curve) -> dict[int, Live]:
    behaviour = Behaviour(layout, curve)
    cells = MeasureCells(*(_cell(curve_number, column) for column in (NUMBERS, AT_END, RISES, PEAKS)))
    start = on_sheet(sheet_name(curve.rate), layout.cell(TOTAL_LOSS, layout.first_row))
    return {
        START: Live(f"={start}", curve.losses[0]),
        NUMBERS: behaviour.numbers(),
        AT_END: behaviour.at_end(),
        FINITE: behaviour.finite(cells),
        RISES: behaviour.rises(cells),
        FIRST_RISE: behaviour.first_rise(cells),
        PEAKS: behaviour.peaks(cells),
        VERDICT: behaviour.verdict(cells),
    }


def _cell(curve: int, column: int) -> str:
    return str(xl_rowcol_to_cell(FIRST_ROW + curve, column, row_abs=True, col_abs=True))
