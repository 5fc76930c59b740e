"""Explaining a fault of a table by repair: the simplest edit of a wrong formula that makes it right names the slip.

An edit counts only if the formula is then right in all random states, as the formula of any right workbook has to be.
Where none does, nothing is said.
"""

from collections.abc import Mapping

from verifier.computing.recompute import Formula
from verifier.findings import Kind, Slip
from verifier.judging.case import Case
from verifier.judging.slips.others import explain_error, other_column, other_function
from verifier.judging.slips.repairs import Repairs
from verifier.judging.slips.syntax import NoTreeError, tree_of
from verifier.judging.slips.table_names import TableNames
from verifier.judging.slips.table_trial import TableTrial
from verifier.judging.slips.telling import Teller
from verifier.judging.slips.tree import Node
from verifier.judging.slips.typed import explain_values
from verifier.reading.parsing import parse
from verifier.reading.references import UnsupportedFormulaError
from verifier.values import ExcelError, Value

MOST_FORMULAS = 24  # of a table that are looked into, some 20 ms each, and 120 where nothing repairs it


class Explainer:
    """Explains the faults of one table."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._left = MOST_FORMULAS
        self.skipped = 0  # formulas that were one too many

    def slip(
        self, kind: Kind, name: str | None, values: Mapping[int, Value], formula: Formula | None, mend: str | None
    ) -> Slip | None:
        """The slip behind a fault in the column of a name; None where it is none of the known ones.

        `values` are what its cells give, by their rows; `formula` is what they hold, `mend` a right one for the first.
        """
        if name is None or name not in self._case.expected or not self._case.expected[name].size:
            return None
        if formula is None:
            return explain_values(self._case, kind, name, values, mend)
        if not self._left:
            self.skipped += 1
            return None
        self._left -= 1
        try:
            tree = tree_of(formula.pattern)
        except NoTreeError:
            return None
        search = _Search(self._case, name, list(values), formula, tree, mend)
        value = next(iter(values.values()))
        return search.slip() or (search.error(value) if isinstance(value, ExcelError) else None)


class _Search:
    """The search for the slip in one formula."""

    def __init__(self, case: Case, name: str, rows: list[int], formula: Formula, tree: Node, mend: str | None) -> None:
        self._case, self._formula = case, formula
        self._names = TableNames(case, name, rows[0])
        again = rows[1] if len(rows) > 1 else rows[0]  # amid a training, where a reference that drifts has drifted
        self._trial = TableTrial(case, name, (case.table.sheet, again, self._names.column), tree)
        self._teller = Teller(self._names, tree, [(row, self._names.column) for row in rows])
        self._right = self._tree_of(mend, rows[0])
        self._repairs = Repairs(self._trial, self._names, formula.pattern, self._right)

    def _tree_of(self, mend: str | None, row: int) -> Node | None:
        try:
            return tree_of(parse(mend.removeprefix("="), row, self._names.column, {})) if mend else None
        except (UnsupportedFormulaError, NoTreeError):
            return None

    def slip(self) -> Slip | None:
        """The slip that the simplest repair shows, or the formula of something else."""
        found = self._repairs.restoring() or self._repairs.simple()
        other = self._other() if found is None else None
        found = found or (self._repairs.larger() if other is None else None)
        return self._teller.slip(found) if found is not None else other

    def error(self, value: ExcelError) -> Slip | None:
        """Where an error comes from."""
        return explain_error(self._case, self._trial, self._names, value)

    def _other(self) -> Slip | None:
        """The right formula of something else: of another column, or of another kind of unit."""
        if self._right is None:
            return None
        found = other_column(self._case, self._trial, self._names, self._formula)
        if found is not None:
            return self._teller.other_formula(*found, self._right)
        function = other_function(self._trial, self._names)
        return None if function is None else self._teller.other_activation(function, self._right)
