"""What a run is asked for, to be edited, and whether it reached it: live on the table of the epochs."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from training_log.log import DECIMALS
from training_log.measures import Kind
from training_log.sheet.canvas import FIRST_COLUMN, NO, UNKNOWN, YES, Canvas, Content, Live, address
from training_log.sheet.epoch_table import number_form
from training_log.sheet.facts import REACHED, FactCells
from training_log.sheet.outcome import Outcome

ASKED_COLUMN, REACHED_COLUMN, ANSWER_COLUMN = (FIRST_COLUMN + k for k in (3, 4, 5))
HINT = "Change a yellow cell: answers, marks and the dashed line follow."
COUNTS = {"validate": "integer", "criteria": ">=", "value": 1,
          "error_title": "A number of them", "error_message": "This is a whole number, 1 or more."}  # fmt: skip
IN_WORDS = {2: "two", 3: "three", 4: "four"}


class Ask(NamedTuple):
    """One thing that is asked for.

    `rule` compares what was reached with what was asked, by `{reached}` and `{asked}`; `met` is what it gives, None
    where what was reached is no number, and `otherwise` is the answer then. Where nothing was reached (None), the cell
    is there to be filled in.
    """

    text: str
    asked: float
    form: str
    reached: Content
    rule: str
    met: bool | None
    otherwise: str
    allowed: dict[str, Any]  # what may be typed, as XlsxWriter is told


def target_ask(outcome: Outcome, cells: FactCells) -> Ask:
    """The target as an ask. Raises ValueError where there is none."""
    judge, target, best = outcome.judge, outcome.target, outcome.best
    if judge is None or target is None or best is None:
        raise ValueError("there is no target")
    side, above = ("most", "{asked}-{reached}") if judge.lower_is_better else ("least", "{reached}-{asked}")
    number = judge.numbers[best]
    reached: Content = Live(f"={cells.cell(REACHED)}", "–" if number is None else number)
    return Ask(
        f"{judge.label}, at {side}", target, number_form(judge), reached, f"ROUND({above},{DECIMALS})>=0",
        None if number is None else outcome.meets(best), UNKNOWN, _allowed(judge.kind),
    )  # fmt: skip


def _allowed(kind: Kind) -> dict[str, Any]:
    if kind is Kind.ACCURACY:
        return {
            "validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 1,
            "error_title": "Accuracy", "error_message": "The accuracy is a part of the whole: from 0 % to 100 %.",
        }  # fmt: skip
    return {
        "validate": "decimal", "criteria": ">=", "value": 0,
        "error_title": "Target", "error_message": "The target is a number, 0 or more.",
    }  # fmt: skip


def rows_of(asks: int) -> int:
    """How many rows the block takes for so many asks, the empty one below it included."""
    return 0 if not asks else 2 + asks + (asks > 1) + 2


def target_cell(row: int) -> str:
    """The address of the first number that is asked for, for the row of the block's heading."""
    return address(row + 2, ASKED_COLUMN)


def write_asks(canvas: Canvas, asks: Sequence[Ask], row: int, heading: str) -> None:
    """Write the block from the row of its heading on."""
    canvas.heading(row, FIRST_COLUMN, heading)
    for column, label, align in (
        (ASKED_COLUMN, "asked", "right"), (REACHED_COLUMN, "reached", "right"), (ANSWER_COLUMN, "met?", "center"),
    ):  # fmt: skip
        canvas.write(row + 1, column, label, canvas.styles.column_label_quiet(align))
    first, last = row + 2, row + 1 + len(asks)
    answers = [_write_ask(canvas, ask, place) for place, ask in enumerate(asks, first)]
    canvas.colour_answers(first, ANSWER_COLUMN, last, ANSWER_COLUMN)
    if len(asks) > 1:
        _write_overall(canvas, answers, last + 1, f"{address(first, ANSWER_COLUMN)}:{address(last, ANSWER_COLUMN)}")
    canvas.write(last + 1 + (len(asks) > 1), FIRST_COLUMN, HINT, canvas.styles.quiet())


def _write_ask(canvas: Canvas, ask: Ask, row: int) -> str:
    """Write one line; its answer."""
    styles = canvas.styles
    canvas.write(row, FIRST_COLUMN, ask.text, styles.text())
    canvas.write(row, ASKED_COLUMN, ask.asked, styles.editable_as(ask.form))
    canvas.sheet.data_validation(row, ASKED_COLUMN, row, ASKED_COLUMN, ask.allowed)
    if ask.reached is None:
        canvas.write(row, REACHED_COLUMN, None, styles.editable_as(ask.form))
        canvas.sheet.data_validation(row, REACHED_COLUMN, row, REACHED_COLUMN, ask.allowed)
    else:
        canvas.write(row, REACHED_COLUMN, ask.reached, styles.result(ask.form, shrink=True))
    reached, asked = address(row, REACHED_COLUMN), address(row, ASKED_COLUMN)
    test = ask.rule.format(reached=reached, asked=asked)
    answer = ask.otherwise if ask.met is None else YES if ask.met else NO
    formula = f'=IF(ISNUMBER({reached}),IF({test},"{YES}","{NO}"),"{ask.otherwise}")'
    canvas.write(row, ANSWER_COLUMN, Live(formula, answer), styles.answer())
    return answer


def _write_overall(canvas: Canvas, answers: Sequence[str], row: int, cells: str) -> None:
    count = IN_WORDS.get(len(answers), str(len(answers)))
    met, missed, unknown = f"✓ all {count} are met", f"✗ not all {count} are met", f"? not all {count} can be told"
    known = f'IF(COUNTIF({cells},"{YES}")={len(answers)},"{met}","{unknown}")'
    formula = f'=IF(COUNTIF({cells},"{NO}")>0,"{missed}",{known})'
    value = missed if NO in answers else unknown if UNKNOWN in answers else met
    form = canvas.styles.answer()
    canvas.sheet.merge_range(row, FIRST_COLUMN, row, ANSWER_COLUMN, "", form)
    canvas.write(row, FIRST_COLUMN, Live(formula, value), form)
    canvas.colour_answers(row, FIRST_COLUMN, row, ANSWER_COLUMN)
