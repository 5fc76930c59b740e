"""What a verification finds, as plain data: reports print it, commands turn it into an exit status."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from pathlib import Path

from templates import TOTAL_LOSS
from verifier.values import Value


class Kind(StrEnum):
    """What is wrong with a cell."""

    WRONG_FORWARD = "wrong forward formula"
    WRONG_GRADIENT = "wrong gradient"
    WRONG_UPDATE = "wrong update"
    BROKEN_PATTERN = "formula breaks its column's pattern"
    CONSTANT = "constant where a formula belongs"
    CHANGED_INPUT = "input or target that changes within the table"
    ERROR = "error value"
    MISSING = "missing"
    STALE = "stale cached value"
    LABEL = "label contradicts the numbers"
    DISAGREEMENT = "engines disagree"


WRONG_FORMULAS = frozenset({Kind.WRONG_FORWARD, Kind.WRONG_GRADIENT, Kind.WRONG_UPDATE})


@dataclass(frozen=True)
class Slip:
    """A typical slip that a formula shows: what it is called, and how it came to the formula at hand.

    `name` is a short phrase, the same for every slip of its kind; `explanation` is a sentence in the workbook's own
    names, `advice` what to do, such as `replace J33 with L33`, and `formula` what the first cell then holds, with
    its `=`.
    """

    name: str
    explanation: str
    advice: str
    formula: str | None = None


@dataclass(frozen=True)
class Effect:
    """What a fault does: the largest error of a gradient, and the last loss of the training, with it and without.

    `gradient_label` is the gradient that is the furthest off; None, with its errors, where no gradient is.
    `loss_label` is what the loss is called.
    """

    gradient_label: str | None
    gradient_absolute: float | None
    gradient_relative: float | None
    final_loss: float | None
    right_loss: float | None
    loss_label: str = TOTAL_LOSS


@dataclass(frozen=True)
class Repair:
    """What a cell should hold: a formula with its `=`, another text, or a number. Rows and columns count from 1."""

    sheet: int  # from 0, in the order of the worksheets
    row: int
    column: int
    content: str | float


@dataclass(frozen=True)
class Finding:
    """One fault, where it stands, with its reach.

    `cells` are all the cells it stands in, as ranges, and `places` their rows and columns where they are cells of a
    table; the other fields are those of the first of them. `iteration` counts from 0, the start; `formula`, `value` and
    `expected` are what is there, what it gives and what is right; `mend` is a formula that would be right in the same
    layout, itself checked; `slip` and `effect` explain it where that is known, `agreement` says why a wrong formula
    gives the right number, and `repairs` are what mends all of its cells, empty where nothing can be proposed.
    """

    kind: Kind
    sheet: str
    cells: str
    count: int
    message: str
    label: str | None = None
    iteration: int | None = None
    formula: str | None = None
    value: Value = None
    expected: Value = None
    mend: str | None = None
    slip: Slip | None = None
    effect: Effect | None = None
    agreement: str | None = None
    places: frozenset[tuple[int, int]] = field(default=frozenset(), repr=False)
    repairs: tuple[Repair, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class ColumnResult:
    """How a column, computed in a chain from the start, compares with the oracle: its largest differences."""

    label: str
    cells: str
    formulas: int
    absolute: float
    relative: float


@dataclass(frozen=True)
class TrainingResult:
    """What was proved of a training that no labels tell; cells are those of its first step, as ranges.

    `loss` is the loss, or the outputs where no cell has it: `derivatives` are then the loss's derivatives by them, else
    None. `gradients` are in cells but for those that are part of an update's formula. Where nothing is updated there
    are no `parameters` and `updates`. `factor` is how many times the derivatives all gradients are, None where it is
    not told. `proven` counts the updates of all steps that are proven, of `every`; or the gradients, without updates.
    """

    steps: int
    rule: str
    loss: str
    derivatives: str | None
    parameters: str
    gradients: str
    updates: str
    factor: float | None
    proven: int
    every: int


@dataclass(frozen=True)
class TableResult:
    """The verdict on one training table, or on a training that no labels tell: then `training` says what it is.

    `diverged` is the first iteration that is too large for Excel, if any; `notes` are what else one should know of it.
    """

    sheet: str
    cells: str
    network: str
    learning_rate: float | None
    rows: int
    formulas: int
    distinct: int
    columns: tuple[ColumnResult, ...]
    findings: tuple[Finding, ...]
    diverged: int | None
    seconds: float
    notes: tuple[str, ...] = ()
    training: TrainingResult | None = None


@dataclass(frozen=True)
class Unchecked:
    """Cells whose formula could not be recomputed, and why."""

    sheet: str
    cells: str
    count: int
    formula: str
    reason: str


@dataclass(frozen=True)
class SecondOpinion:
    """How another engine's calculation of the same formulas went: how many it was asked for, and how many differ.

    `differing` counts the cells where the engines disagree by themselves, not those that depend on them; `problem` is
    why there is no second opinion.
    """

    engine: str
    formulas: int
    differing: int
    problem: str | None = None


class Grade(StrEnum):
    """What a blank of an exercise is filled in with, the worst first."""

    WRONG = "wrong"
    NOT_CHECKED = "not checked"
    EMPTY = "empty"
    HARD_CODED = "hard-coded"
    RIGHT = "right"


@dataclass(frozen=True)
class BlankResult:
    """The verdict on a blank of an exercise: its label, its cells, and where it is not right, why."""

    label: str
    cells: str
    grade: Grade
    reason: str | None = None


@dataclass(frozen=True)
class PracticeResult:
    """The verdict on an exercise, blank by blank; `changed` names what was given and is not any more as it was.

    `student` is the name in its cell for one, and `exercise` what it is known by in the list of a class.
    """

    sheet: str
    blanks: tuple[BlankResult, ...]
    changed: tuple[str, ...] = ()
    student: str = ""
    exercise: str = ""

    @property
    def score(self) -> int:
        """How many blanks are right."""
        return sum(blank.grade is Grade.RIGHT for blank in self.blanks)

    @property
    def status(self) -> "Status":
        """Faults where something is wrong, typed, or was changed; an exercise that is not finished is open."""
        grades = {blank.grade for blank in self.blanks}
        if self.changed or grades & {Grade.WRONG, Grade.HARD_CODED}:
            return Status.FAULTS
        return Status.UNCHECKED if grades & {Grade.EMPTY, Grade.NOT_CHECKED} else Status.RIGHT


class Status(IntEnum):
    """The verdict on a workbook, and the exit status of the command; 2 is that of a call which cannot be followed."""

    RIGHT = 0
    FAULTS = 1
    UNCHECKED = 3


NO_TRAINING = (
    "no training found: nothing follows the derivatives of a loss, and no row has labels such as w1, a_h1, E_total and "
    "∂E_t/∂w1 over rows of numbers"
)


@dataclass(frozen=True)
class WorkbookResult:
    """The verdict on one workbook.

    `other_formulas` are those outside the tables, of which `other_errors` give an error value. `cached` says whether
    the file has cached values, which are then compared too; `problem`, why it could not be checked at all; `opinion`,
    how another engine calculated it, where one was asked; `practice`, how the blanks are filled in, where it is an
    exercise.
    """

    path: Path
    seconds: float
    tables: tuple[TableResult, ...] = ()
    findings: tuple[Finding, ...] = ()
    unchecked: tuple[Unchecked, ...] = ()
    notes: tuple[str, ...] = ()
    other_formulas: int = 0
    other_errors: int = 0
    cached: bool = True
    problem: str | None = None
    opinion: SecondOpinion | None = None
    practice: PracticeResult | None = None

    @property
    def trains_nothing(self) -> bool:
        """Whether it is some other spreadsheet: it could be read, and has no training and no exercise."""
        return self.problem == NO_TRAINING

    @property
    def faults(self) -> tuple[Finding, ...]:
        """All faults: those of the tables, in dependency order, then those outside."""
        return tuple(finding for table in self.tables for finding in table.findings) + self.findings

    @property
    def status(self) -> Status:
        """Faults weigh more than what could not be checked: they are certain.

        But a workbook without a training is not checked, whatever else is noticed in it. Where engines disagree alone,
        the workbook may be right: that is open.
        """
        if self.problem is not None and not self.tables:
            return Status.UNCHECKED
        practice = Status.RIGHT if self.practice is None else self.practice.status
        if practice is Status.FAULTS or any(fault.kind is not Kind.DISAGREEMENT for fault in self.faults):
            return Status.FAULTS
        no_opinion = self.opinion is not None and self.opinion.problem is not None
        return Status.UNCHECKED if self.faults or self.problem or self.unchecked or no_opinion else practice


def overall_status(results: Iterable[WorkbookResult]) -> Status:
    """The verdict on several workbooks: faults if any has some, else unchecked if any could not be, else right."""
    statuses = {result.status for result in results}
    return next((s for s in (Status.FAULTS, Status.UNCHECKED) if s in statuses), Status.RIGHT)
