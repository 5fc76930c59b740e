"""Explaining a fault by repair: the simplest edit of a wrong formula that makes it right names the slip.

An edit counts only if the formula is then right in all random states, as the formula of any right workbook has to be.
Where none does, nothing is said. Which edit is the simplest is a fixed order: first other references, then signs and
numbers, then parentheses, then what is missing or too much. (The idea is that of program repair by search: the fault is
small, and what is lacking stands elsewhere in the same code; Weimer et al., ICSE 2009; Barr et al., FSE 2014.)
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import chain

from verifier.computing.recompute import Formula
from verifier.findings import Kind, Slip
from verifier.judging.case import Case
from verifier.judging.slips import structure, substitutions
from verifier.judging.slips.chain_rule import ChainRule
from verifier.judging.slips.edits import Edit, Substitution
from verifier.judging.slips.errors import explain_error
from verifier.judging.slips.names import Names
from verifier.judging.slips.others import other_column, other_function
from verifier.judging.slips.retyped import retyped
from verifier.judging.slips.syntax import NoTreeError, tree_of
from verifier.judging.slips.telling import Teller
from verifier.judging.slips.tree import Node, replaced
from verifier.judging.slips.trial import Trial
from verifier.judging.slips.typed import explain_values
from verifier.reading.parsing import parse
from verifier.reading.references import Pattern, UnsupportedFormulaError
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
        self._case, self._formula, self._tree = case, formula, tree
        self._names = Names(case, name, rows[0])
        again = rows[1] if len(rows) > 1 else rows[0]  # amid a training, where a reference that drifts has drifted
        self._trial = Trial(case, name, (case.table.sheet, again, self._names.column), tree)
        mathematics = ChainRule(case.network, case.expected) if case.network is not None else None
        self._teller = Teller(self._names, tree, mathematics, rows, case.table.first_row)
        self._right = self._tree_of(mend, rows[0])

    def _tree_of(self, mend: str | None, row: int) -> Node | None:
        try:
            return tree_of(parse(mend.removeprefix("="), row, self._names.column, {})) if mend else None
        except (UnsupportedFormulaError, NoTreeError):
            return None

    def slip(self) -> Slip | None:
        """The slip that the simplest repair shows, or the formula of something else.

        A repair that gives the proposed formula itself comes before any that gives another right one.
        """
        rest = chain(self._structural(), self._larger())
        return self._restored() or self._repaired(self._simple()) or self._other() or self._repaired(rest)

    def error(self, value: ExcelError) -> Slip | None:
        """Where an error comes from."""
        return explain_error(self._case, self._trial, self._names, value)

    def _restored(self) -> Slip | None:
        """The slip that a repair shows which gives the proposed formula letter by letter."""
        if self._right is None or not self._trial.can_tell:
            return None
        right = self._text(self._right.pattern())
        edits = chain(self._simple(), self._structural())
        exact = (edit for edit in edits if self._text(replaced(self._tree, edit.changes).pattern()) == right)
        return next(map(self._told, exact), None)

    def _text(self, pattern: Pattern) -> str:
        return pattern.text(self._names.row, self._names.column)

    def _repaired(self, edits: Iterator[Edit | Substitution]) -> Slip | None:
        for edit in edits:
            if not self._trial.can_tell:
                return None
            if self._trial.proves(replaced(self._tree, edit.changes)):
                return self._told(edit)
        return None

    def _told(self, edit: Edit | Substitution) -> Slip:
        return self._teller.substitution(edit) if isinstance(edit, Substitution) else self._teller.edit(edit)

    def _simple(self) -> Iterator[Edit | Substitution]:
        """Repairs by other references, signs and numbers, and without roundings."""
        trial, names, tree, right = self._trial, self._names, self._tree, self._right
        if right is not None:
            yield from (
                found for found in substitutions.usual(tree, right) if len(found.pairs) == 1 or found.is_exchange
            )
        yield from self._fitting(structure.rounded(tree))
        if names.rate is not None and names.is_update:
            yield from self._fitting(structure.typed_rate(tree, names.rate))
        yield from substitutions.single(self._case, names, trial, right)
        yield from self._fitting(substitutions.deleted(self._case, names, tree))
        yield from self._fitting(structure.signs(tree, names.is_update))
        yield from self._fitting(structure.numbers(tree, right))
        yield from substitutions.exchanged(trial)

    def _structural(self) -> Iterator[Edit]:
        """Repairs by parentheses, and by what is too much or missing."""
        yield from self._fitting(retyped(self._tree, self._formula.pattern))
        yield from self._fitting(structure.left_out(self._tree))
        yield from structure.missing(self._trial, self._pieces)

    def _larger(self) -> Iterator[Edit | Substitution]:
        """Repairs by several references, or by a part of a right formula."""
        trial, tree, right = self._trial, self._tree, self._right
        if right is not None:
            yield from substitutions.usual(tree, right)
            yield from substitutions.several(trial, right)
            yield from substitutions.ranges(trial, right)
        yield from structure.one_part(trial, self._pieces)

    @cached_property
    def _pieces(self) -> list[Node]:
        columns = list(substitutions.columns_before(self._case, self._names))
        return structure.pieces_of(self._right, self._names, columns)

    def _fitting(self, edits: Iterator[Edit]) -> Iterator[Edit]:
        return (edit for edit in edits if self._trial.fits_with(edit.changes))

    def _other(self) -> Slip | None:
        """The right formula of something else: of another column, or of another kind of unit."""
        if self._right is None:
            return None
        found = other_column(self._case, self._trial, self._names, self._formula)
        if found is not None:
            return self._teller.other_formula(*found, self._right)
        function = other_function(self._trial, self._names)
        return None if function is None else self._teller.other_activation(function, self._right)
