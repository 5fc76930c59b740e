"""What the references of a formula are called in the words of its training table, and why they belong there."""

from verifier.judging.case import Case
from verifier.judging.slips.chain_rule import ChainRule
from verifier.judging.slips.names import Role
from verifier.judging.slips.row_names import Labels, RowNames
from verifier.judging.slips.tree import Node, bare
from verifier.reading.references import Axis, Reference

_LONGEST = 60  # characters of a formula that is told in words


class TableNames(RowNames):
    """The names of the cells that the formula in one cell of a training table refers to."""

    def __init__(self, case: Case, name: str, row: int) -> None:
        given = dict.fromkeys(case.model.inputs, Role.INPUT) | dict.fromkeys(case.model.targets, Role.TARGET)
        given |= dict.fromkeys(case.model.parameters, Role.PARAMETER)
        super().__init__(Labels(case.table.rows, case.table.columns, case.order, given, _rate(case)), name, row)
        self._mathematics = ChainRule(case.network, case.expected) if case.network is not None else None

    def reason(self, reference: Reference) -> str | None:
        label = self.spot(reference).label
        return self._mathematics.reason(self.name, label) if self._mathematics is not None and label else None

    def rule(self, right: Node) -> str | None:
        told = self._mathematics.activation(self.name) if self._mathematics is not None else None
        words = self.words(bare(right))
        is_long = self.labels.role(self.name) in (Role.ACTIVATION, Role.GRADIENT, Role.DELTA) or len(words) > _LONGEST
        return told or (f"{self.name} {'becomes' if self.is_update else 'is'} {words}" if not is_long else None)


def _rate(case: Case) -> Reference | None:
    """The learning rate's cell, with both `$`."""
    cell = None if case.given.rate is None else case.given.rate.cell
    if cell is None:
        return None
    sheet = None if cell[0] == case.table.sheet else case.formulas.workbook.sheets[cell[0]].name
    return Reference(sheet, Axis(cell[1], True), Axis(cell[2], True))
