"""Where an error value comes from: a division by zero, a text among the operands, a deleted cell."""

from collections.abc import Iterator

from verifier.findings import Slip
from verifier.judging.case import Case
from verifier.judging.slips.names import Names
from verifier.judging.slips.slip_names import SlipName
from verifier.judging.slips.tree import Form
from verifier.judging.slips.trial import Trial
from verifier.values import ExcelError, is_text


def explain_error(case: Case, trial: Trial, names: Names, value: ExcelError) -> Slip | None:
    """What makes a formula an error; None where that is not plain to see."""
    match value:
        case "#DIV/0!":
            return next(_divisions(trial, names), None)
        case "#VALUE!":
            return next(_texts(case, trial, names), None)
        case "#REF!" if any(node.name == "#REF!" for node in trial.tree.walk()):
            told = f"{names.name} has #REF! where a cell was that is deleted"
            return Slip(SlipName.DELETED.value, told, "put the cell that it should read in the place of #REF!")
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
