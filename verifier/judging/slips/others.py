"""Whether a wrong formula is the right one of something else: of another column, or of another kind of unit."""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from templates import Activation
from verifier.computing.recompute import Formula
from verifier.judging.case import Case
from verifier.judging.oracle import Array, activate
from verifier.judging.slips.slip_names import SlipName
from verifier.judging.slips.table_names import TableNames
from verifier.judging.slips.table_trial import TableTrial
from verifier.reading.parsing import parse
from verifier.reading.references import UnsupportedFormulaError

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
            names.role(label) is names.role(names.name)
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
