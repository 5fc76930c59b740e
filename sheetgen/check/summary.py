"""The checks of the workbook as a list of answers, and the one cell that gathers them."""

from collections.abc import Mapping, Sequence
from functools import partial

from xlsxwriter.worksheet import Worksheet

from sheetgen.charts import Curve
from sheetgen.check.layout import CHAIN_RULE, ON_TAB, SUMMARY_ROW, TICK, address
from sheetgen.check.rates_block import starts_span
from sheetgen.check.values import CLOSE, CheckValues
from sheetgen.check.whole_tabs import WholeTabs
from sheetgen.explore.layout import EXPLORE_SHEET, ExploreLayout
from sheetgen.layout import CHECK_SHEET, on_sheet
from sheetgen.live import NO, NOTHING, YES, Live, colour_answers, write_live
from sheetgen.mathematics.notation import excel
from sheetgen.mathematics.values import Value
from sheetgen.style import Styles
from templates import TOTAL_LOSS

ANSWER_COLUMN = 5
CLOSE_TEXT = "0.000000001"
NO_NUMBERS, CANNOT_TELL = f"{NOTHING} no numbers", f"{NOTHING} h cannot tell"
PASS, FAIL, UNCHECKED = f"{YES} PASS", f"{NO} FAIL", f"{NOTHING} not checked"
VERDICT_CELL = on_sheet(CHECK_SHEET, address(SUMMARY_ROW + 5, ANSWER_COLUMN))


def write_summary(
    sheet: Worksheet, styles: Styles, values: CheckValues, curves: Sequence[Curve], explore: ExploreLayout
) -> None:
    """Write the list; a check that has no numbers to compare says so, and there is no verdict then."""
    sheet.write_string(SUMMARY_ROW - 1, 0, "The workbook checks itself", styles.heading())
    checks = _checks(values, curves, explore)
    for row, (text, live) in enumerate(checks.items(), SUMMARY_ROW):
        sheet.write_string(row, 0, text, styles.text())
        write_live(sheet, row, ANSWER_COLUMN, live, styles.answer())
    last = SUMMARY_ROW + len(checks)
    sheet.write_string(last, 0, "All of it", styles.label_text())
    write_live(sheet, last, ANSWER_COLUMN, verdict(values, curves, explore), styles.answer())
    colour_answers(sheet, styles, SUMMARY_ROW, ANSWER_COLUMN, last, ANSWER_COLUMN)


def verdict(values: CheckValues, curves: Sequence[Curve], explore: ExploreLayout) -> Live:
    """Whether every check says yes."""
    checks = _checks(values, curves, explore).values()

    cells = [address(SUMMARY_ROW + k, ANSWER_COLUMN) for k in range(len(checks))]

    def any_says(sign: str) -> str:
        return "OR(" + ",".join(f'LEFT({cell},1)="{sign}"' for cell in cells) + ")"

    signs = {str(live.value)[0] for live in checks}
    found = FAIL if NO in signs else UNCHECKED if NOTHING in signs else PASS
    return Live(f'=IF({any_says(NO)},"{FAIL}",IF({any_says(NOTHING)},"{UNCHECKED}","{PASS}"))', found)


def tab_formula(values: CheckValues, explore: ExploreLayout, label: str) -> str:
    """A value of the step from the chosen iteration on the chosen tab."""

    def looked_up(name: str) -> str:
        return explore.on_tab(name, partial(on_sheet, EXPLORE_SHEET))

    if label in values.beside_tab:
        return excel(values.beside_tab[label], lambda column: looked_up(column.label), looked_up)
    return "=" + looked_up(label)


def _checks(values: CheckValues, curves: Sequence[Curve], explore: ExploreLayout) -> Mapping[str, Live]:
    """What is checked, and the answers."""
    return {
        "Chain rule = finite differences, for so many parameters": _gradients_agree(values),
        f"The tab has the gradients of {EXPLORE_SHEET}": _tab_agrees(values),
        f"The tab has the {values.loss} of {EXPLORE_SHEET}": _loss_agrees(values, explore),
        f"Every tab starts from the same {TOTAL_LOSS}": _starts_agree(curves),
        "All rows follow their formulas, in so many columns": WholeTabs(values.layout, values.check, curves).answer(),
    }


def _gradients_agree(values: CheckValues) -> Live:
    check, count = values.check, len(values.check.trained)
    ticks, own, most = check.span(TICK), check.tolerance_cell, check.largest_tolerance_cell
    none = f'IF(ISNUMBER({own}),IF({own}>{most},"{CANNOT_TELL}","{NO_NUMBERS}"),"{NO_NUMBERS}")'
    formula = (
        f'=IF(COUNTIF({ticks},"{NO}")>0,"{NO} not "&COUNTIF({ticks},"{NO}")&" of {count}",'
        f'IF(COUNTIF({ticks},"{YES}")=0,{none},"{YES} "&COUNTIF({ticks},"{YES}")&" of {count}"))'
    )
    found = [values.tick(label) for label in check.checked]
    if NO in found:
        return Live(formula, f"{NO} not {found.count(NO)} of {count}")
    if YES in found:
        return Live(formula, f"{YES} {found.count(YES)} of {count}")
    return Live(formula, NO_NUMBERS if isinstance(values.tolerance, str) or values.tells else CANNOT_TELL)


def _tab_agrees(values: CheckValues) -> Live:
    labels = values.check.trained
    known, tab, count = values.check.span(CHAIN_RULE, labels), values.check.span(ON_TAB, labels), len(labels)
    formula = (
        f'=IF(COUNT({known})<{count},"{NO_NUMBERS}",IF(COUNT({tab})<{count},"{NO} no",'
        f'IF({sum_of_sizes(f"({tab}-{known})")}<={CLOSE_TEXT}*{sum_of_sizes(known)},"{YES} yes","{NO} no")))'
    )
    pairs = [(values.on_tab[values.network.gradient_of(label)], values.chain_rule(label)) for label in labels]
    return Live(formula, _closeness(pairs))


def sum_of_sizes(numbers: str) -> str:
    """The part of a formula that adds up how far numbers are from 0: not every engine takes ABS of a range."""
    return f"SUMPRODUCT({numbers}*(({numbers}>0)-({numbers}<0)))"


def _loss_agrees(values: CheckValues, explore: ExploreLayout) -> Live:
    known = on_sheet(EXPLORE_SHEET, explore.cells[values.loss])
    tab = tab_formula(values, explore, values.loss).removeprefix("=")
    formula = (
        f'=IF(ISNUMBER({known}),IF(IFERROR(ABS({tab}-{known})<={CLOSE_TEXT}*ABS({known}),FALSE),"{YES} yes","{NO} no"),'
        f'"{NO_NUMBERS}")'
    )
    return Live(formula, _closeness([(values.on_tab[values.loss], values.step.now[values.loss])]))


def _closeness(pairs: Sequence[tuple[Value, Value]]) -> str:
    if any(isinstance(known, str) for _, known in pairs):
        return NO_NUMBERS
    if any(isinstance(tab, str) for tab, _ in pairs):
        return f"{NO} no"
    apart = sum(abs(float(tab) - float(known)) for tab, known in pairs)
    size = sum(abs(float(known)) for _, known in pairs)
    return f"{YES} yes" if apart <= CLOSE * size else f"{NO} no"


def _starts_agree(curves: Sequence[Curve]) -> Live:
    cells, count = starts_span(len(curves)), len(curves)
    same = f'IF(MAX({cells})-MIN({cells})<={CLOSE_TEXT}*MAX({cells}),"{YES} yes","{NO} no")'
    formula = f'=IF(COUNT({cells})=0,"{NO_NUMBERS}",IF(COUNT({cells})<{count},"{NO} no",{same}))'
    return Live(formula, f"{YES} yes" if isinstance(curves[0].losses[0], float) else NO_NUMBERS)
