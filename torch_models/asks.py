"""What the exercise asks for, to be edited, and whether the run reached it: live on the table of the epochs."""

from dataclasses import dataclass

from torch_models.canvas import FIRST_COLUMN, NO, UNKNOWN, YES, Canvas, Content, Live, address
from torch_models.epoch_table import MEETS, EpochTable
from torch_models.outcome import DECIMALS, Outcome, meets
from torch_models.published import MOST_EPOCHS, MOST_PARAMETERS

ASKS_ROW = 5  # of the heading
ACCURACY_ROW, PARAMETERS_ROW, EPOCHS_ROW, ALL_ROW = (ASKS_ROW + k for k in (2, 3, 4, 5))
FACTS_ROW = ASKS_ROW + 8  # of the second heading
BEST_ROW, BEST_ACCURACY_ROW, MISTAKEN_ROW, FIRST_ROW, COUNT_ROW, TIME_ROW = (FACTS_ROW + k for k in range(1, 7))
END_ROW = TIME_ROW + 1

ASKED_COLUMN, REACHED_COLUMN, ANSWER_COLUMN = (FIRST_COLUMN + k for k in (3, 4, 5))
TARGET_CELL = address(ACCURACY_ROW, ASKED_COLUMN)
BEST_CELL = address(BEST_ROW, REACHED_COLUMN)

NOT_REACHED, NOTHING_YET = "not reached", "no epoch"
ALL_MET, NOT_ALL_MET, OPEN = "✓ all of it is reached", "✗ not all of it is reached", "? not all of it can be told"


@dataclass(frozen=True)
class Parameters:
    """How many parameters the model has: a formula or a number, None where nobody knows; and what that comes to."""

    content: Content
    count: int | None


def write_asks(canvas: Canvas, outcome: Outcome, table: EpochTable, parameters: Parameters) -> None:
    """Write both blocks: what is asked for with its answers, and what the run came to."""
    styles = canvas.styles
    canvas.heading(ASKS_ROW, FIRST_COLUMN, "What the exercise asks for")
    for column, label in ((ASKED_COLUMN, "asked"), (REACHED_COLUMN, "reached"), (ANSWER_COLUMN, "met?")):
        canvas.write(ASKS_ROW + 1, column, label, styles.column_label_quiet())
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
        (EPOCHS_ROW, "epochs, fewer than", MOST_EPOCHS, "0"),
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
    canvas.write(ACCURACY_ROW, column, accuracy, styles.result("0.00%"))
    canvas.write(EPOCHS_ROW, column, first, styles.result("0"))
    if parameters.count is not None:
        canvas.write(PARAMETERS_ROW, column, parameters.content, styles.result("#,##0"))
        return
    canvas.write(PARAMETERS_ROW, column, None, styles.editable_as("#,##0"))
    _restrict_to_counts(canvas, PARAMETERS_ROW, PARAMETERS_ROW, column)


def _write_answers(canvas: Canvas, outcome: Outcome, parameters: Parameters) -> None:
    best, first, count = outcome.best, outcome.first, parameters.count
    answers = (
        (ACCURACY_ROW, f"ROUND({{reached}}-{{asked}},{DECIMALS})>=0", best and meets(best, outcome.target), UNKNOWN),
        (PARAMETERS_ROW, "{reached}<{asked}", None if count is None else count < MOST_PARAMETERS, UNKNOWN),
        (EPOCHS_ROW, "{reached}<{asked}", best and bool(first and first.epoch < MOST_EPOCHS), NO if best else UNKNOWN),
    )
    values = []
    for row, rule, met, otherwise in answers:
        reached, asked = address(row, REACHED_COLUMN), address(row, ASKED_COLUMN)
        test = rule.format(reached=reached, asked=asked)
        formula = f'=IF(ISNUMBER({reached}),IF({test},"{YES}","{NO}"),"{otherwise}")'
        values.append(otherwise if met is None else YES if met else NO)
        canvas.write(row, ANSWER_COLUMN, Live(formula, values[-1]), canvas.styles.answer())
    _write_overall(canvas, values)
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
    best, first = outcome.best, outcome.first
    if best is None:
        return
    chosen = table.span("validation accuracy" if outcome.held_out else "accuracy")
    epochs = table.span("epoch")
    position = f"MATCH({BEST_CELL},{epochs},0)"
    times = [epoch.seconds for epoch in outcome.epochs if epoch.seconds is not None]
    facts: list[tuple[int, str, Content, str]] = [
        (BEST_ROW, "best epoch", Live(f"=INDEX({epochs},MATCH(MAX({chosen}),{chosen},0))", best.epoch), "0"),
        (BEST_ACCURACY_ROW, "its accuracy", Live(f"=INDEX({table.span('accuracy')},{position})", best.accuracy), "0.00%"),
        (MISTAKEN_ROW, "test images that it takes for another digit", Live(
            f"=INDEX({table.span('total')},{position})-INDEX({table.span('correct')},{position})",
            best.total - best.correct,
        ), "#,##0"),
        (FIRST_ROW, "first epoch that meets the target", Live(
            f'=IFERROR(INDEX({epochs},MATCH("{MEETS}",{table.span("meets the target")},0)),"{NOT_REACHED}")',
            first.epoch if first else NOT_REACHED,
        ), "0"),
        (COUNT_ROW, "epochs on record", Live(f"=COUNT({epochs})", len(outcome.epochs)), "0"),
    ]  # fmt: skip
    if times:
        facts.append(
            (TIME_ROW, "minutes of training", Live(f"=SUM({table.span('seconds')})/60", sum(times) / 60), "0.0")
        )
    for row, text, content, form in facts:
        canvas.write(row, FIRST_COLUMN, text, canvas.styles.text())
        canvas.write(row, REACHED_COLUMN, content, canvas.styles.result(form))
