"""What a run reached, as formulas over the table of its epochs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from training_log.measures import Kind, Measure, Split
from training_log.sheet.canvas import FIRST_COLUMN, Canvas, Live, address, is_number
from training_log.sheet.epoch_table import MEETS, MEETS_LABEL, EpochTable, number_form
from training_log.sheet.outcome import Outcome

VALUE_COLUMN = FIRST_COLUMN + 4
BEST, REACHED, FIRST = "best", "reached", "first"  # facts that others read
NOT_REACHED = "not reached"


class Fact(NamedTuple):
    """A line of the block: what others call it, what it says, its formula and the form of its number."""

    key: str
    text: str
    content: Live
    form: str


@dataclass(frozen=True)
class FactCells:
    """Where the facts stand: below a heading, in the order of their keys."""

    heading_row: int
    keys: Sequence[str]

    def cell(self, key: str) -> str:
        """The address of a fact's value."""
        return address(self.heading_row + 1 + self.keys.index(key), VALUE_COLUMN)


def fact_keys(outcome: Outcome) -> list[str]:
    """The facts that a log gives, in their order."""
    keys = [BEST, REACHED] if outcome.best is not None else []
    keys += ["mistaken"] if outcome.best is not None and outcome.judge is not None and outcome.judge.counts else []
    keys += ["loss"] if _loss_beside(outcome) is not None else []
    keys += [FIRST] if outcome.target is not None else []
    return [*keys, "count", *(["minutes"] if _seconds(outcome) is not None else [])]


def _loss_beside(outcome: Outcome) -> Measure | None:
    """The loss on the same data as what judges, where that is no loss itself."""
    judge = outcome.judge
    if judge is None or judge.kind is Kind.LOSS:
        return None
    losses = [one for one in outcome.measures if one.kind is Kind.LOSS and one.split is judge.split]
    return losses[0] if losses else None


def _seconds(outcome: Outcome) -> Measure | None:
    own = (one for one in outcome.measures if one.kind is Kind.SECONDS and one.split in (Split.NONE, Split.TRAIN))
    return next(own, None)


def write_facts(canvas: Canvas, outcome: Outcome, table: EpochTable, cells: FactCells) -> None:
    """Write the block."""
    canvas.heading(cells.heading_row, FIRST_COLUMN, "What the run reached")
    facts = {fact.key: fact for fact in _facts(outcome, table, cells)}
    for row, key in enumerate(cells.keys, cells.heading_row + 1):
        canvas.write(row, FIRST_COLUMN, facts[key].text, canvas.styles.text())
        canvas.write(row, VALUE_COLUMN, facts[key].content, canvas.styles.result(facts[key].form, shrink=True))


def _facts(outcome: Outcome, table: EpochTable, cells: FactCells) -> Iterator[Fact]:
    axis = table.span(table.axis)
    if outcome.best is not None:
        yield from _facts_of_the_best(outcome, outcome.best, table, cells)
    if outcome.target is not None:
        meeting = f'INDEX({axis},MATCH("{MEETS}",{table.span(MEETS_LABEL)},0))'
        first = NOT_REACHED if outcome.first is None else outcome.at(outcome.first)
        reached = Live(f'=IFERROR({meeting},"{NOT_REACHED}")', first)
        yield Fact(FIRST, f"first {table.axis} that meets the target", reached, "General")
    yield Fact("count", f"{outcome.log.rows} on record", Live(f"=COUNT({axis})", table.epochs), "#,##0")
    if (seconds := _seconds(outcome)) is not None:
        minutes = sum(number for number in seconds.numbers if is_number(number)) / 60
        yield Fact("minutes", "minutes of training", Live(f"=SUM({table.span(seconds.label)})/60", minutes), "#,##0.0")


def _facts_of_the_best(outcome: Outcome, best: int, table: EpochTable, cells: FactCells) -> Iterator[Fact]:
    chooser, judge = outcome.chooser, outcome.judge
    if chooser is None or judge is None:
        return
    axis, chosen = table.span(table.axis), table.span(chooser.label)
    position = f"MATCH({cells.cell(BEST)},{axis},0)"
    extreme = "MIN" if chooser.lower_is_better else "MAX"
    found = Live(f"=INDEX({axis},MATCH({extreme}({chosen}),{chosen},0))", outcome.at(best))
    yield Fact(BEST, f"best {table.axis}, by {chooser.label}", found, "General")
    yield _at_best(REACHED, judge, best, table, position)
    if judge.counts is not None and judge.numbers[best] is not None:
        values = {measure.label: measure.numbers[best] for measure in outcome.measures}
        correct, total = judge.counts
        wrong = f"=INDEX({table.span(total)},{position})-INDEX({table.span(correct)},{position})"
        yield Fact(
            "mistaken", f"how many it gets wrong, of {total}",
            Live(wrong, (values[total] or 0) - (values[correct] or 0)), "#,##0",
        )  # fmt: skip
    if (loss := _loss_beside(outcome)) is not None:
        yield _at_best("loss", loss, best, table, position)


def _at_best(key: str, measure: Measure, best: int, table: EpochTable, position: str) -> Fact:
    """What a measure is in the best epoch, in which it need not have been taken."""
    number, cells = measure.numbers[best], table.span(measure.label)
    formula = f"INDEX({cells},{position})"
    live = Live(f"={formula}", number) if number is not None else Live(f'=IF({formula}="","–",{formula})', "–")
    return Fact(key, f"its {measure.label}", live, number_form(measure))
