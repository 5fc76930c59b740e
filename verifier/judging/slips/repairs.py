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
from verifier.judging.slips.edits import Edit
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

    def restoring(self) -> Edit | None:
        """The repair that gives the right formula that is known, letter by letter."""
        if self._right is None or not self._trial.can_tell:
            return None
        right = self._text(self._right)
        edits = self._fitting(chain(self._simple(), self._structural()))
        return next((edit for edit in edits if self._text(replaced(self._tree, edit.changes)) == right), None)

    def simple(self) -> Edit | None:
        """The first repair by other references, signs and numbers, or without roundings."""
        return self._first(self._simple())

    def larger(self) -> Edit | None:
        """The first repair of any other kind."""
        return self._first(chain(self._structural(), self._larger()))

    def _text(self, tree: Node) -> str:
        return tree.pattern().text(self._names.row, self._names.column)

    def _first(self, edits: Iterable[Edit]) -> Edit | None:
        for edit in self._fitting(edits) if self._trial.can_tell else ():
            if not self._trial.can_tell:
                return None
            if self._trial.proves(replaced(self._tree, edit.changes)):
                return edit
        return None

    def _fitting(self, edits: Iterable[Edit]) -> Iterator[Edit]:
        """The edits that are right on the samples."""
        return (edit for edit in edits if self._trial.fits_with(edit.changes))

    def _simple(self) -> Iterator[Edit]:
        """Edits of references, signs and numbers, and without roundings."""
        trial, names, tree, right = self._trial, self._names, self._tree, self._right
        if right is not None:
            usual = substitutions.usual(tree, right)
            yield from (edit for edit in usual if len(edit.pairs) == 1 or edit.is_exchange)
        yield from structure.rounded(tree)
        if names.rate is not None and names.is_update:
            yield from structure.typed_rate(tree, names.rate)
        yield from substitutions.single(names, trial, right)
        yield from substitutions.deleted(names, tree)
        yield from structure.signs(tree, names.is_update)
        yield from structure.numbers(tree, right)
        yield from substitutions.exchanged(tree)

    def _structural(self) -> Iterator[Edit]:
        """Edits of parentheses, and of what is too much or missing."""
        if self._names.by is not None:
            yield from structure.masked(self._tree, self._names.by)
        yield from retyped(self._tree, self._pattern)
        yield from structure.left_out(self._tree)
        yield from structure.missing(self._trial, self._pieces)

    def _larger(self) -> Iterator[Edit]:
        """Edits of several references, or by a part of a right formula."""
        tree, right = self._tree, self._right
        if right is not None:
            yield from substitutions.usual(tree, right)
            yield from substitutions.several(tree, right)
            yield from substitutions.ranges(tree, right)
        yield from structure.one_part(self._trial, self._pieces)

    @cached_property
    def _pieces(self) -> list[Node]:
        return structure.pieces_of(self._right, self._names)
