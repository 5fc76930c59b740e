"""What no edit mends: the right formula of another column or kind of unit, and what makes a formula an error."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

import numpy as np

from templates import Activation
from verifier.computing.recompute import Formula
from verifier.findings import Slip
from verifier.judging.case import Case
from verifier.judging.oracle import Array, activate
from verifier.judging.slips.names import Names
from verifier.judging.slips.slip_names import SlipName
from verifier.judging.slips.table_names import TableNames
from verifier.judging.slips.table_trial import TableTrial
from verifier.judging.slips.tree import Form
from verifier.judging.slips.trial import Trial
from verifier.reading.parsing import parse
from verifier.reading.references import UnsupportedFormulaError
from verifier.values import ExcelError, is_text

_FUNCTIONS: Mapping[str, Callable[[Array], Array]] = {
    "the sigmoid of {}": partial(activate, Activation.SIGMOID),
    "tanh({})": partial(activate, Activation.TANH),
    "{} itself": partial(activate, Activation.LINEAR),
    "the larger of {} and 0 (ReLU)": partial(activate, Activation.RELU),
    "EXP({})": np.exp,
}


def other_column(case: Case, trial: TableTrial, names: TableNames, formula: Formula) -> tuple[SlipName, str] | None:
    """The column whose formula this is: as it stands, or moved along when it was copied; None where there is none."""
    for label, column in case.table.columns.items():
        if label == names.name or label not in case.expected:
            continue
        if (
            names.labels.role(label) is names.labels.role(names.name)
            and trial.gives(label)
            and _is_right(case, names, formula, label)
        ):
            return SlipName.OTHER_FORMULA, label
        if case.usual(column) is formula and _right_in(case, label, names.row, formula):
            return SlipName.SIDEWAYS, label
    return None


def _is_right(case: Case, names: TableNames, formula: Formula, label: str) -> bool:
    """Whether a formula, with the cells that it reads, would be right in another column."""
    column = case.table.columns[label]
    text = formula.pattern.text(names.row, names.column).removeprefix("=")
    try:
        moved = case.formulas.compile(parse(text, names.row, column, {}), case.table.sheet)
    except UnsupportedFormulaError:
        return False
    return _right_in(case, label, names.row, moved)


def _right_in(case: Case, label: str, row: int, formula: Formula) -> bool:
    return case.right_in_random_states({(label, formula): case.cell(label, row)})[label, formula]


def other_function(trial: TableTrial, names: TableNames) -> str | None:
    """What an activation is computed as, where it is another function of the right net input; None where it is none."""
    net = names.name.removeprefix("a_")
    read = {names.spot(node.reference).label for node in trial.tree.walk() if node.reference is not None}
    if net == names.name or read != {net}:
        return None
    inputs = trial.series(net)
    with np.errstate(all="ignore"):
        found = (text for text, function in _FUNCTIONS.items() if trial.equals(function(inputs)))
        return next((text.format(net) for text in found), None)


def explain_error(case: Case, trial: Trial, names: Names, value: ExcelError) -> Slip | None:
    """What makes a formula an error; None where that is not plain to see."""
    match value:
        case "#DIV/0!":
            return next(_divisions(trial, names), None)
        case "#VALUE!":
            return next(_texts(case, trial, names), None)
        case "#REF!" if any(node.name == "#REF!" for node in trial.tree.walk()):
            told = f"{names.name} has #REF! where a cell was that is deleted"
            return Slip(SlipName.DELETED.value, told, "replace #REF! with the cell that it should read")
    return None


def _divisions(trial: Trial, names: Names) -> Iterator[Slip]:
    for node in trial.tree.walk():
        if node.form is Form.BINARY and node.name == "/" and not trial.value(node.parts[1]).any():
            by = node.parts[1]
            told = f"{names.name} divides by {names.words(by)}, which is 0 or empty"
            yield Slip(SlipName.DIVISION.value, told, f"divide by something else than {names.typed(by)}")


def _texts(case: Case, trial: Trial, names: Names) -> Iterator[Slip]:
    for node in trial.tree.walk():
        if node.reference is not None and node.reference.sheet is None and not node.reference.is_range:
            row, column = node.reference.row.at(names.row), node.reference.column.at(names.column)
            found = case.formulas.cached((case.table.sheet, row, column))
            if is_text(found):
                told = f"{names.name} calculates with {names.typed(node)}, which holds the text '{str(found)[:40]}'"
                yield Slip(SlipName.TEXT.value, told, f"read a number there, not {names.typed(node)}")
