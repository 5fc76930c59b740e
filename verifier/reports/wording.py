"""What a report says, in words: every format takes its sentences from here, and only lays them out.

Nothing here decides anything, escapes anything, or knows where it is printed.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from verifier.findings import (
    WRONG_FORMULAS,
    Effect,
    Finding,
    Grade,
    Kind,
    SecondOpinion,
    Status,
    TableResult,
    TrainingResult,
    WorkbookResult,
)
from verifier.reports import exercises
from verifier.reports.plain import clipped, count, number, percent, told_apart, value

MOST_FAULTS = 20  # of a workbook, unless all are asked for
_NO_FACTOR = 1e-8  # of 1
_MOST_RANGES = 12  # of the parts of a training
TABLE_HEADINGS = ("table", "network", "η", "rows", "formulas", "distinct", "seconds", "verdict")
SUMMARY_HEADINGS = ("file", "verdict", "faults", "first fault", "seconds")
STATUS_WORDS = {Status.RIGHT: "right", Status.FAULTS: "with faults", Status.UNCHECKED: "not checked"}
NOT_FINISHED = "not finished"  # in the place of "not checked", where only blanks of an exercise are empty

# The most characters that are shown of what a workbook holds.
_LONGEST_CELLS = 60
_LONGEST_NAME = 60  # of a label or a sheet, which has 31 in Excel
_LONGEST_TEXT = 500
_LONGEST_FORMULA = 8192  # Excel allows no more
_LONGEST_GIST = 60


@dataclass(frozen=True)
class Fault:
    """A fault with its number in the report, from 1, and the table that it stands in, if it stands in one.

    Where several tabs have it in the same cells, `finding` is that of the first of them, and `others` are the rest.
    """

    number: int
    finding: Finding
    table: TableResult | None
    others: tuple[tuple[Finding, TableResult | None], ...] = ()

    def is_in(self, table: TableResult | None) -> bool:
        """Whether it stands in a table; None for outside of all."""
        return any(own is table for own in (self.table, *(other for _, other in self.others)))


@dataclass(frozen=True)
class Fact:
    """One line on a fault: a name, as in `right is`, and what is to be said; a formula is never wrapped."""

    name: str
    text: str
    is_formula: bool = False


def faults_of(result: WorkbookResult) -> list[Fault]:
    """The faults of a workbook, numbered in the order of `WorkbookResult.faults`; one that tabs share is told once."""
    placed = [(finding, table) for table in result.tables for finding in table.findings]
    outside = [(finding, None) for finding in result.findings]
    faults: list[list[tuple[Finding, TableResult | None]]] = []
    by_content: dict[Finding, list[tuple[Finding, TableResult | None]]] = {}
    for finding, table in (*placed, *outside):
        group = by_content.get(_content(finding))
        if group is None or any(finding.sheet == other.sheet for other, _ in group):
            group = by_content[_content(finding)] = []
            faults.append(group)
        group.append((finding, table))
    return [Fault(k, *group[0], tuple(group[1:])) for k, group in enumerate(faults, 1)]


def _content(finding: Finding) -> Finding:
    """A finding without what is its own tab's: the sheet, and the numbers."""
    return replace(finding, sheet="", value=None, expected=None, effect=None, repairs=())


def shown_faults(result: WorkbookResult, show_all: bool) -> tuple[list[Fault], int]:
    """The faults that a report prints, and how many it leaves out."""
    faults = faults_of(result)
    shown = faults if show_all else faults[:MOST_FAULTS]
    return shown, len(faults) - len(shown)


# --- workbooks ---


def verdict(result: WorkbookResult) -> str:
    """The verdict on a workbook in one line."""
    is_checked = result.problem is None or result.status is Status.FAULTS
    return grounds(result) if is_checked else f"{status_word(result)}: {grounds(result)}"


def status_word(result: WorkbookResult) -> str:
    """The verdict in a word or two."""
    is_open = result.practice is not None and Grade.EMPTY in {blank.grade for blank in result.practice.blanks}
    if is_open and result.status is Status.UNCHECKED and replace(result, practice=None).status is Status.RIGHT:
        return NOT_FINISHED
    return STATUS_WORDS[result.status]


def grounds(result: WorkbookResult) -> str:
    """What the verdict rests on, to be read after it."""
    if result.problem is not None and result.status is not Status.FAULTS:
        return result.problem
    done = f"{count(formulas_in(result), 'formula')} recomputed in {result.seconds:.1f} s"
    if result.practice is not None:
        done = f"{exercises.score(result.practice)}; {done}"
    return f"{_found(result)}; {done}"


def _found(result: WorkbookResult) -> str:
    """The verdict in a few words."""
    if result.status is Status.FAULTS:
        return f"{count(len(faults_of(result)), 'fault')} found" if result.faults else "the exercise has faults"
    if result.opinion is not None and result.opinion.differing:
        return f"no fault found, but engines disagree on {count(result.opinion.differing, 'formula')}"
    if result.unchecked:
        return f"no fault found, but {count(unchecked_in(result), 'formula')} could not be checked"
    is_open = result.practice is not None and result.practice.status is Status.UNCHECKED
    return "no fault found, but the exercise is not finished" if is_open else "all right"


def formulas_in(result: WorkbookResult) -> int:
    """How many formulas the workbook has."""
    return sum(table.formulas for table in result.tables) + result.other_formulas


def unchecked_in(result: WorkbookResult) -> int:
    """How many of its formulas could not be checked."""
    return sum(unchecked.count for unchecked in result.unchecked)


def notes_on(result: WorkbookResult) -> list[str]:
    """What one should know of the workbook besides its faults."""
    notes = [f"the workbook {note}" for note in result.notes]
    if result.practice is not None:
        notes += exercises.changes(result.practice)
    return notes if result.opinion is None else [*notes, _opinion(result.opinion)]


def _opinion(opinion: SecondOpinion) -> str:
    """What another engine says."""
    if opinion.problem is not None:
        return f"no second opinion: {opinion.problem}"
    of = count(opinion.formulas, "formula")
    if opinion.differing:
        return f"{opinion.engine} also computed it, and disagrees on {opinion.differing:,} of {of}"
    return f"{opinion.engine} also computed it, and agrees: {of}"


def outside_the_tables(result: WorkbookResult) -> str | None:
    """What was found right outside the tables, if anything was."""
    if not result.other_formulas or result.findings:
        return None
    compared = "as cached" if result.cached else "with no cached value to compare"
    if result.other_errors == result.other_formulas:
        compared = "with an error value"
    elif result.other_errors:
        compared = f"{result.other_errors:,} of them with an error value, the others {compared}"
    return f"outside the tables: {count(result.other_formulas, 'formula')}, {compared}"


def summary(results: Sequence[WorkbookResult]) -> list[tuple[str, ...]]:
    """The headings of a summary and a workbook's line each; where one of them is an exercise, with their scores."""
    rows = [SUMMARY_HEADINGS, *map(summary_row, results)]
    if all(result.practice is None for result in results):
        return rows
    return [(*row, text) for row, text in zip(rows, ("score", *map(_short_score, results)), strict=True)]


def _short_score(result: WorkbookResult) -> str:
    return "" if result.practice is None else f"{result.practice.score} of {len(result.practice.blanks)}"


def summary_row(result: WorkbookResult) -> tuple[str, ...]:
    """A workbook's line in a summary of several, under `SUMMARY_HEADINGS`."""
    faults = f"{len(faults_of(result)):,}" if result.problem is None or result.faults else ""
    return (str(result.path), status_word(result), faults, first_fault(result), f"{result.seconds:.1f}")


def first_fault(result: WorkbookResult) -> str:
    """Why the workbook could not be checked, or the first fault in a few words; nothing for a right one."""
    faults = faults_of(result)
    if result.problem is not None and result.status is not Status.FAULTS:
        return clipped(result.problem, _LONGEST_GIST)
    if faults:
        return clipped(f"{_what(faults[0].finding)} ({cells_in(faults[0].finding)})", _LONGEST_GIST)
    if result.unchecked:
        return clipped(result.unchecked[0].reason, _LONGEST_GIST)
    if result.practice is not None and result.practice.status is not Status.RIGHT:
        return clipped(exercises.score(result.practice), _LONGEST_GIST)
    return ""


def totals(results: Sequence[WorkbookResult]) -> str:
    """How many workbooks there are of each verdict."""
    counts = Counter(map(status_word, results))
    parts = ", ".join(f"{counts[word]:,} {word}" for word in (*STATUS_WORDS.values(), NOT_FINISHED) if counts[word])
    return f"{count(len(results), 'workbook')}: {parts}" if parts else "no workbook"


# --- tables ---


def table_name(table: TableResult) -> str:
    """Where a table is, as in `eta 0.5!A32:AE133`."""
    return f"{table.sheet}!{table.cells}"


def table_row(table: TableResult) -> tuple[str, ...]:
    """A table's line, under `TABLE_HEADINGS`."""
    return (
        table_name(table),
        table.network,
        number(table.learning_rate),
        f"{table.rows:,}",
        f"{table.formulas:,}",
        f"{table.distinct:,}",
        f"{table.seconds:.2f}",
        table_verdict(table),
    )


def table_verdict(table: TableResult) -> str:
    """`right`, or how many faults it has."""
    return count(len(table.findings), "fault") if table.findings else "right"


def remarks(table: TableResult) -> list[str]:
    """What one should know of a table besides its faults."""
    told = [] if table.training is None else _training(table.training)
    found = [f"{table.sheet} {note}" for note in (*told, *table.notes)]
    return found if table.diverged is None else [_divergence(table), *found]


def _training(training: TrainingResult) -> list[str]:
    """Where the parts of a training stand, how many are proven, and what all gradients have in common."""
    if training.derivatives is None:
        what = f"the loss is in {_first_of(training.loss)}"
    else:
        what = f"the loss's derivatives by {_first_of(training.loss)} are taken from {_first_of(training.derivatives)}"
    steps = "one step:" if training.steps == 1 else f"{training.steps:,} steps; in the first"
    if not training.updates:
        proven = f"has {training.proven:,} of {training.every:,} gradients proven"
        return [f"has {steps} {what}, the gradients that follow are in {_first_of(training.gradients)}", proven]
    shown = f", their gradients in {_first_of(training.gradients)}" if training.gradients else ""
    where = f"the parameters in {_first_of(training.parameters)}{shown}, the updates in {_first_of(training.updates)}"
    found = [f"has {steps} {what}, {where}", f"has {training.proven:,} of {training.every:,} updates proven"]
    if training.factor is not None and abs(training.factor - 1) > _NO_FACTOR:
        found.append(f"has gradients that are {training.factor:.6g} times the derivatives, all alike")
    return found


def _first_of(ranges: str) -> str:
    """Ranges, no more of them than one reads."""
    parts = ranges.split(", ")
    more = len(parts) - _MOST_RANGES
    return ranges if more <= 1 else f"{', '.join(parts[:_MOST_RANGES])} and {more:,} more"


def _divergence(table: TableResult) -> str:
    """From where on a training diverges."""
    return (
        f"{table.sheet} diverges: from iteration {table.diverged:,} on its numbers are too large for Excel; "
        "from there on its formulas are checked on random states alone"
    )


# --- faults ---


def title(fault: Fault) -> str:
    """A fault in one line: the sheet, what is wrong, and where: `eta 0.5: wrong gradient ∂E_t/∂w3 (Z33:Z100, …)`."""
    finding = fault.finding
    where = ", ".join(part for part in (cells_in(finding), _reach(fault)) if part)
    more = f" and {count(len(fault.others), 'more tab')}" if fault.others else ""
    return f"{clipped(finding.sheet, _LONGEST_NAME)}{more}: {_what(finding)} ({where})"


def _what(finding: Finding) -> str:
    if finding.label is None:
        return finding.kind.value
    label = clipped(finding.label, _LONGEST_NAME)
    return f"{finding.kind.value} {label}" if finding.kind in WRONG_FORMULAS else f"{finding.kind.value}: {label}"


def cells_in(finding: Finding) -> str:
    """The ranges that a fault stands in; of a long list as many as are easily read."""
    return clipped(finding.cells, _LONGEST_CELLS)


def _reach(fault: Fault) -> str:
    """How much of its table a fault takes, where that says more than its cells do."""
    finding, table = fault.finding, fault.table
    if finding.count == 1:
        return "" if finding.iteration is None else f"iteration {finding.iteration:,}"
    if table is None or finding.label is None:  # not in one column of a table
        return count(finding.count, "cell")
    if finding.count == table.rows:
        return f"all {table.rows:,} rows"
    if finding.count == table.rows - 1 and finding.iteration == 1:
        return f"all {finding.count:,} updates"
    first = "" if finding.iteration is None else f", the first in iteration {finding.iteration:,}"
    if finding.count > table.rows:  # several cells of a row or a step, as of a matrix
        return f"{finding.count:,} cells{first}"
    return f"{finding.count:,} of {table.rows:,} rows{first}"


def explanation(fault: Fault) -> list[str]:
    """What went wrong and what to do, in sentences, and which other tabs have it too."""
    if not fault.others:
        return _explanation(fault.finding)
    first = clipped(fault.finding.sheet, _LONGEST_NAME)
    tabs = ", ".join(clipped(finding.sheet, _LONGEST_NAME) for finding, _ in fault.others)
    also = f"The same is on {clipped(tabs, _LONGEST_TEXT)}; the numbers below are those of {first}"
    return [*_explanation(fault.finding), _sentence(also)]


def _explanation(finding: Finding) -> list[str]:
    slip = finding.slip
    told = clipped(finding.message, _LONGEST_TEXT) if slip is None else f"{slip.name}: {slip.explanation}"
    parts = (told, None if slip is None else slip.advice, finding.agreement)
    return [_sentence(part) for part in parts if part]


def _sentence(text: str) -> str:
    """The text with a capital and a full stop; a label such as a_h1 at its beginning keeps its small letter."""
    first = text.split(maxsplit=1)[0] if text.strip() else ""
    if first.rstrip(",;:").replace("'", "").isalpha() and first.isascii():
        text = text[0].upper() + text[1:]
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def facts(finding: Finding) -> Iterator[Fact]:
    """What is there and what is right, each under its name; of several cells, the first."""
    if finding.formula is not None:
        yield Fact("found", clipped(finding.formula, _LONGEST_FORMULA), is_formula=True)
    if finding.mend is not None:
        yield Fact("right is", clipped(finding.mend, _LONGEST_FORMULA), is_formula=True)
    if finding.kind is not Kind.STALE:  # its message has both numbers
        yield from _numbers(finding)
    effect = _effect(finding.effect) if finding.effect is not None else ""
    if effect:
        yield Fact("effect", effect)


def _numbers(finding: Finding) -> Iterator[Fact]:
    """What the formula gives and what it should."""
    at = f" in iteration {finding.iteration:,}" if finding.iteration is not None and finding.count > 1 else ""
    given, expected = value(finding.value), value(finding.expected)
    if given is not None:
        yield Fact("found" if finding.formula is None else "gives", f"{clipped(given, _LONGEST_TEXT)}{at}")
    if expected is not None:
        yield Fact("expected", clipped(expected, _LONGEST_TEXT))


def _effect(effect: Effect) -> str:
    """What the fault does to the gradient in one step and to the loss at the end of all, as far as it is known."""
    return "; ".join(part for part in (_gradient_effect(effect), _loss_effect(effect)) if part)


def _gradient_effect(effect: Effect) -> str:
    if effect.gradient_label is None or effect.gradient_absolute is None:
        return ""
    relative = "" if effect.gradient_relative is None else f" ({percent(effect.gradient_relative)})"
    return f"in one step, {effect.gradient_label} is off by up to {effect.gradient_absolute:.2g}{relative}"


def _loss_effect(effect: Effect) -> str:
    if effect.right_loss is None:
        return ""
    label = clipped(effect.loss_label, _LONGEST_NAME)
    if effect.final_loss is None:
        return f"after the whole training, {label} is no number instead of {effect.right_loss:.6g}"
    final, right = told_apart(effect.final_loss, effect.right_loss)
    ends = f"after the whole training, {label} is {final}"
    return f"{ends}, as it should be" if final == right else f"{ends} instead of {right}"
