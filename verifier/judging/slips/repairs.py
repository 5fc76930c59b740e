"""Repairing a wrong formula: the simplest edit that makes it right.

Which edit is the simplest is a fixed order: first other references, then signs and numbers, then parentheses, then
what is missing or too much. An edit counts only if the formula is then proven right. (The idea is that of program
repair by search: the fault is small, and what is lacking stands elsewhere in the same code; Weimer et al., ICSE 2009;
Barr et al., FSE 2014.)
"""

from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import chain

from verifier.judging.slips import structure, substitutions
from verifier.judging.slips.edits import Edit, Substitution
from verifier.judging.slips.names import Names
from verifier.judging.slips.retyped import retyped
from verifier.judging.slips.tree import Node, replaced
from verifier.judging.slips.trial import Trial
from verifier.reading.references import Pattern


class Repairs:
    """The repairs of one formula; `right` is a right formula for its cell, if one is known already."""

    def __init__(self, trial: Trial, names: Names, pattern: Pattern, right: Node | None) -> None:
        self._trial, self._names, self._pattern, self._right = trial, names, pattern, right
        self._tree = trial.tree

    def restoring(self) -> Edit | Substitution | None:
        """The repair that gives the right formula that is known, letter by letter."""
        if self._right is None or not self._trial.can_tell:
            return None
        right = self._text(self._right)
        edits = chain(self._simple(), self._structural())
        return next((edit for edit in edits if self._text(replaced(self._tree, edit.changes)) == right), None)

    def simple(self) -> Edit | Substitution | None:
        """The first repair by other references, signs and numbers, or without roundings."""
        return self._first(self._simple())

    def larger(self) -> Edit | Substitution | None:
        """The first repair of any other kind."""
        return self._first(chain(self._structural(), self._larger()))

    def _text(self, tree: Node) -> str:
        return tree.pattern().text(self._names.row, self._names.column)

    def _first(self, edits: Iterable[Edit | Substitution]) -> Edit | Substitution | None:
        for edit in edits:
            if not self._trial.can_tell:
                return None
            if self._trial.proves(replaced(self._tree, edit.changes)):
                return edit
        return None

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
        yield from substitutions.single(names, trial, right)
        yield from self._fitting(substitutions.deleted(names, tree))
        yield from self._fitting(structure.signs(tree, names.is_update))
        yield from self._fitting(structure.numbers(tree, right))
        yield from substitutions.exchanged(trial)

    def _structural(self) -> Iterator[Edit]:
        """Repairs by parentheses, and by what is too much or missing."""
        if self._names.by is not None:
            yield from self._fitting(structure.masked(self._tree, self._names.by))
        yield from self._fitting(retyped(self._tree, self._pattern))
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
        return structure.pieces_of(self._right, self._names)

    def _fitting(self, edits: Iterator[Edit]) -> Iterator[Edit]:
        return (edit for edit in edits if self._trial.fits_with(edit.changes))
