"""What the exercise asks for, to be edited, and whether the run reached it: live on the table of the epochs."""

from collections.abc import Iterator
from dataclasses import dataclass

from torch_models.published import MOST_EPOCHS, MOST_PARAMETERS
from torch_models.record import DECIMALS
from torch_models.run_sheet.canvas import FIRST_COLUMN, NO, UNKNOWN, YES, Canvas, Content, Live, address, is_number
from torch_models.run_sheet.epoch_table import MEETS, EpochTable
from torch_models.run_sheet.outcome import Outcome

ASKS_ROW = 5  # of the heading
ACCURACY_ROW, PARAMETERS_ROW, EPOCHS_ROW, ALL_ROW = (ASKS_ROW + k for k in (2, 3, 4, 5))
FACTS_ROW = ASKS_ROW + 8  # of the second heading
BEST_ROW, BEST_ACCURACY_ROW, MISTAKEN_ROW, FIRST_ROW, COUNT_ROW, TIME_ROW = (FACTS_ROW + k for k in range(1, 7))

ASKED_COLUMN, REACHED_COLUMN, ANSWER_COLUMN = (FIRST_COLUMN + k for k in (3, 4, 5))
TARGET_CELL = address(ACCURACY_ROW, ASKED_COLUMN)
BEST_CELL = address(BEST_ROW, REACHED_COLUMN)

HINT = "Change a yellow cell: answers, marks and the dashed line follow."
NOT_REACHED, NOTHING_YET = "not reached", "no epoch"
ALL_MET, NOT_ALL_MET, OPEN = "✓ all three are met", "✗ not all three are met", "? not all three can be told"


@dataclass(frozen=True)
class Parameters:
    """How many parameters the model has: a formula or a number, None where nobody knows; and what that comes to."""

    content: Content
    count: int | None


def write_asks(canvas: Canvas, outcome: Outcome, table: EpochTable, parameters: Parameters) -> None:
    """Write both blocks: what is asked for with its answers, and what the run came to."""
    styles = canvas.styles
    canvas.heading(ASKS_ROW, FIRST_COLUMN, "What the exercise asks for")
    for column, label, align in (
        (ASKED_COLUMN, "asked", "right"),
        (REACHED_COLUMN, "reached", "right"),
        (ANSWER_COLUMN, "met?", "center"),
    ):
        canvas.write(ASKS_ROW + 1, column, label, styles.column_label_quiet(align))
    _write_asked(canvas, outcome.target)
    _write_reached(canvas, outcome, parameters)
    _write_answers(canvas, outcome, parameters)
    canvas.heading(FACTS_ROW, FIRST_COLUMN, "What the run came to")
    if outcome.epochs:
        _write_facts(canvas, outcome, table)
    else:
        canvas.write(FACTS_ROW + 1, FIRST_COLUMN, "The run stopped before the end of its first epoch.", styles.quiet())


def _write_asked(canvas: Canvas, target: float) -> None:
    asked = (
        (ACCURACY_ROW, "accuracy, at least", target, "0.00%"),
        (PARAMETERS_ROW, "parameters, fewer than", MOST_PARAMETERS, "#,##0"),
        (EPOCHS_ROW, "epochs until then, fewer than", MOST_EPOCHS, "0"),
    )
    for row, text, number, form in asked:
        canvas.write(row, FIRST_COLUMN, text, canvas.styles.text())
        canvas.write(row, ASKED_COLUMN, number, canvas.styles.editable_as(form))
    canvas.sheet.data_validation(ACCURACY_ROW, ASKED_COLUMN, ACCURACY_ROW, ASKED_COLUMN, {
        "validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 1,
        "error_title": "Accuracy", "error_message": "The accuracy is a part of the images: from 0 % to 100 %.",
    })  # fmt: skip
    _restrict_to_counts(canvas, PARAMETERS_ROW, EPOCHS_ROW, ASKED_COLUMN)


def _restrict_to_counts(canvas: Canvas, row: int, last_row: int, column: int) -> None:
    canvas.sheet.data_validation(row, column, last_row, column, {
        "validate": "integer", "criteria": ">=", "value": 1,
        "error_title": "A number of them", "error_message": "This is a whole number, 1 or more.",
    })  # fmt: skip


def _write_reached(canvas: Canvas, outcome: Outcome, parameters: Parameters) -> None:
    styles, column = canvas.styles, REACHED_COLUMN
    accuracy: Content = NOTHING_YET
    first: Content = NOTHING_YET
    if outcome.best is not None:
        accuracy = Live(f"={address(BEST_ACCURACY_ROW, column)}", outcome.best.accuracy)
        first = Live(f"={address(FIRST_ROW, column)}", outcome.first.epoch if outcome.first else NOT_REACHED)
    canvas.write(ACCURACY_ROW, column, accuracy, styles.result("0.00%", shrink=True))
    canvas.write(EPOCHS_ROW, column, first, styles.result("0", shrink=True))
    if parameters.count is not None:
        canvas.write(PARAMETERS_ROW, column, parameters.content, styles.result("#,##0"))
        return
    canvas.write(PARAMETERS_ROW, column, None, styles.editable_as("#,##0"))
    _restrict_to_counts(canvas, PARAMETERS_ROW, PARAMETERS_ROW, column)


def _write_answers(canvas: Canvas, outcome: Outcome, parameters: Parameters) -> None:
    best, first, count = outcome.best, outcome.first, parameters.count
    small = None if count is None else count < MOST_PARAMETERS
    accurate = None if best is None else best.meets(outcome.target)
    soon = None if best is None else first is not None and first.epoch < MOST_EPOCHS
    answers = (
        (ACCURACY_ROW, f"ROUND({{reached}}-{{asked}},{DECIMALS})>=0", accurate, UNKNOWN),
        (PARAMETERS_ROW, "{reached}<{asked}", small, UNKNOWN),
        (EPOCHS_ROW, "{reached}<{asked}", soon, UNKNOWN if best is None else NO),
    )
    values = []
    for row, rule, met, otherwise in answers:  # otherwise: where what was reached is no number
        reached, asked = address(row, REACHED_COLUMN), address(row, ASKED_COLUMN)
        test = rule.format(reached=reached, asked=asked)
        formula = f'=IF(ISNUMBER({reached}),IF({test},"{YES}","{NO}"),"{otherwise}")'
        values.append(otherwise if met is None else YES if met else NO)
        canvas.write(row, ANSWER_COLUMN, Live(formula, values[-1]), canvas.styles.answer())
    _write_overall(canvas, values)
    canvas.write(ALL_ROW + 1, FIRST_COLUMN, HINT, canvas.styles.quiet())
    canvas.colour_answers(ACCURACY_ROW, ANSWER_COLUMN, EPOCHS_ROW, ANSWER_COLUMN)


def _write_overall(canvas: Canvas, answers: list[str]) -> None:
    cells = f"{address(ACCURACY_ROW, ANSWER_COLUMN)}:{address(EPOCHS_ROW, ANSWER_COLUMN)}"
    known = f'IF(COUNTIF({cells},"{YES}")={len(answers)},"{ALL_MET}","{OPEN}")'
    formula = f'=IF(COUNTIF({cells},"{NO}")>0,"{NOT_ALL_MET}",{known})'
    value = NOT_ALL_MET if NO in answers else OPEN if UNKNOWN in answers else ALL_MET
    form = canvas.styles.answer()
    canvas.sheet.merge_range(ALL_ROW, FIRST_COLUMN, ALL_ROW, ANSWER_COLUMN, "", form)
    canvas.write(ALL_ROW, FIRST_COLUMN, Live(formula, value), form)
    canvas.colour_answers(ALL_ROW, FIRST_COLUMN, ALL_ROW, ANSWER_COLUMN)


def _write_facts(canvas: Canvas, outcome: Outcome, table: EpochTable) -> None:
    for row, text, content, form in _facts(outcome, table):
        canvas.write(row, FIRST_COLUMN, text, canvas.styles.text())
        canvas.write(row, REACHED_COLUMN, content, canvas.styles.result(form))


def _facts(outcome: Outcome, table: EpochTable) -> Iterator[tuple[int, str, Live, str]]:
    """The row, the name, the formula and the form of each."""
    epochs, accuracies = table.span("epoch"), table.span("accuracy")
    chosen_by, chosen = ("validation", table.span("validation accuracy")) if outcome.held_out else ("test", accuracies)
    position = f"MATCH({BEST_CELL},{epochs},0)"
    best, first = outcome.best, outcome.first
    if best is not None:
        found = f"=INDEX({epochs},MATCH(MAX({chosen}),{chosen},0))"
        yield BEST_ROW, f"best epoch, by its {chosen_by} images", Live(found, best.epoch), "0"
        accuracy = Live(f"=INDEX({accuracies},{position})", best.accuracy)
        yield BEST_ACCURACY_ROW, "its accuracy on the test images", accuracy, "0.00%"
        wrong = f"=INDEX({table.span('total')},{position})-INDEX({table.span('correct')},{position})"
        yield MISTAKEN_ROW, "test images that it gets wrong", Live(wrong, best.total - best.correct), "#,##0"
    meeting = f'INDEX({epochs},MATCH("{MEETS}",{table.span("meets the target")},0))'
    reached = Live(f'=IFERROR({meeting},"{NOT_REACHED}")', first.epoch if first else NOT_REACHED)
    yield FIRST_ROW, "first epoch that meets the target", reached, "0"
    yield COUNT_ROW, "epochs on record", Live(f"=COUNT({epochs})", len(outcome.epochs)), "0"
    seconds = [epoch.seconds for epoch in outcome.epochs if is_number(epoch.seconds)]
    if seconds:
        minutes = Live(f"=SUM({table.span('seconds')})/60", sum(seconds) / 60)
        yield TIME_ROW, "minutes of training", minutes, "#,##0.0"
