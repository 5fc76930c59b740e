"""Mending a group of wrong cells: the simplest edit of their formula that gives what each should hold.

What is wanted is known in random states. An edit is tried on some of the cells there, and proven in all of them. Where
one formula, moved, is right in all cells that have the wrong one, all of these are wrong: that some hold the right
number is chance.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from verifier.claims.descent import SAME, State
from verifier.computing.recompute import Cell, Formulas
from verifier.findings import Slip
from verifier.judging.slips.edits import Edit
from verifier.judging.slips.names import Names
from verifier.judging.slips.repairs import Repairs
from verifier.judging.slips.syntax import NoTreeError, tree_of
from verifier.judging.slips.telling import Teller
from verifier.judging.slips.tree import Node, replaced
from verifier.judging.slips.trial import Samples, Trial
from verifier.reading.references import Pattern, Reference, UnsupportedFormulaError
from verifier.values import Value

_MOST_CELLS = 6  # on which an edit is tried
_MOST_DONORS = 8  # formulas of other cells that are tried as they are
_OF_LARGEST = 1e-14  # of the largest number that is wanted: the rounding of a 0

Expected = Mapping[Cell, Sequence[float]]  # in each state
Key = tuple[str, tuple[Reference, ...]]


@dataclass(frozen=True)
class Mended:
    """How the formula of the first cell is mended: the edit of its tree that makes it right."""

    names: Names
    tree: Node
    edit: Edit

    def slip(self, places: Sequence[tuple[int, int]]) -> Slip:
        """The slip that it shows, in the words of the sheet; the formula stands in these rows and columns."""
        return Teller(self.names, self.tree, places).slip(self.edit)


@dataclass(frozen=True)
class Mend:
    """The cells that are wrong, and the formulas that are right in them, none where none is found."""

    cells: tuple[Cell, ...]
    formulas: Mapping[Cell, str]
    repair: Mended | None


class GroupMender:
    """Mends some cells, `wrong`; `expected` is what these should hold in each state, and others of their groups.

    `states` are the values of all cells.
    """

    def __init__(
        self, formulas: Formulas, states: Iterable[Mapping[Cell, Value]], wrong: Sequence[Cell], expected: Expected
    ) -> None:
        self._formulas, self._wrong, self._expected = formulas, wrong, expected
        self._states = [dict(state) for state in states]
        self._room = _OF_LARGEST * max((abs(number) for row in expected.values() for number in row), default=0.0)

    def mend(self, names_of: Callable[[Cell], Names], most: int) -> Mend:
        """The formulas that are right; `names_of` gives the names that a formula in a cell has for others.

        No more than `most` wrong formulas are searched for; those that are wrong in the same way need no search.
        """
        alike = self._alike()
        found: dict[Cell, Pattern] = {}
        first: Mended | None = None
        searched: set[tuple[Cell, ...]] = set()
        for cell in self._wrong:
            pattern = self._known(cell, found)
            if pattern is None and alike[cell] not in searched and len(searched) < most:
                searched.add(alike[cell])
                pattern, repair = self._search(alike[cell], names_of(alike[cell][0]))
                if pattern is None and alike[cell] != (cell,):
                    pattern, repair = self._search((cell,), names_of(cell))
                first = repair if cell == self._wrong[0] else first
            if pattern is not None:
                found[cell] = pattern
        for cell, pattern in list(found.items()):
            if all(self._gives(other, pattern) for other in alike[cell]):
                found |= dict.fromkeys(alike[cell], pattern)
        cells = tuple(cell for cell in self._expected if cell in found or cell in self._wrong)
        return Mend(cells, {c: found[c].text(*c[1:]) for c in cells if c in found}, first)

    def _known(self, cell: Cell, found: Mapping[Cell, Pattern]) -> Pattern | None:
        """A formula that is right in another cell, moved; or with what both cells read in the same place of a block."""
        own = self._pattern(cell)
        for other, pattern in {pattern: (other, pattern) for other, pattern in found.items()}.values():
            was = self._pattern(other)
            if self._gives(cell, pattern):
                return pattern
            if own is not None and was is not None and own.skeleton == was.skeleton:
                there = dict(zip(was.references, own.references, strict=True))
                moved = Pattern(pattern.skeleton, tuple(there.get(one, one) for one in pattern.references))
                if self._gives(cell, moved):
                    return moved
        return None

    def _search(self, cells: Sequence[Cell], names: Names) -> tuple[Pattern | None, Mended | None]:
        """One formula that is right in some cells, which have the same wrong one; and how it comes from that."""
        pattern = self._pattern(cells[0])
        telling = sum(any(self._expected[cell]) for cell in cells)
        if pattern is None or telling < min(2, len(cells)):
            return None, None  # where 0 is wanted, any formula would do that is 0

        def is_right(pattern: Pattern) -> bool:
            return bool(pattern.references) and all(self._gives(cell, pattern) for cell in cells)

        donor = next(filter(is_right, self._donors(cells[0])), None)
        try:
            tree, right = tree_of(pattern), None if donor is None else tree_of(donor)
        except NoTreeError:
            return donor, None
        repairs = Repairs(Trial(tree, self._samples(cells), is_right), names, pattern, right)
        edit = repairs.restoring() or repairs.simple() or repairs.larger()
        if edit is None:
            return donor, None
        return replaced(tree, edit.changes).pattern(), Mended(names, tree, edit)

    def _alike(self) -> dict[Cell, tuple[Cell, ...]]:
        """Of each wrong cell, those with its formula."""
        groups: dict[Key | None, list[Cell]] = {}
        for cell in self._expected:
            groups.setdefault(_key(self._pattern(cell)), []).append(cell)
        return {cell: tuple(groups[_key(self._pattern(cell))]) for cell in self._wrong}

    def _pattern(self, cell: Cell) -> Pattern | None:
        formula = self._formulas.get(cell)
        return None if formula is None else formula.pattern

    def _gives(self, cell: Cell, pattern: Pattern) -> bool:
        """Whether a formula gives in a cell what is expected in each state."""
        try:
            formula = self._formulas.compile(pattern, cell[0])
            values = [self._formulas.compute(cell, state, formula) for state in self._states]
        except UnsupportedFormulaError:
            return False
        both = zip(values, self._expected[cell], strict=True)
        return all(isinstance(v, float) and abs(v - right) <= self._room + SAME * abs(right) for v, right in both)

    def _samples(self, cells: Sequence[Cell]) -> Samples:
        """The cells that are the furthest off, and some that are right by chance."""
        ordered = sorted(cells, key=self._error, reverse=True)
        half = _MOST_CELLS // 2
        chosen = dict.fromkeys([*ordered[:half], *ordered[-half:]])
        places = [(cell, state) for cell in chosen for state in self._states]
        wanted = np.array([number for cell in chosen for number in self._expected[cell]])
        return Samples(self._formulas, places, wanted, self._room + SAME * np.abs(wanted))

    def _error(self, cell: Cell) -> float:
        held = [state.get(cell) for state in self._states]
        both = zip(held, self._expected[cell], strict=True)
        return max(abs((number if isinstance(number, float) else 0.0) - right) for number, right in both)

    def _donors(self, cell: Cell) -> list[Pattern]:
        """The formulas of the cells around, and in the same place of other sheets, the most common first."""
        sheet, row, column = cell
        places = [(sheet, row + i, column + j) for i in range(-2, 3) for j in range(-2, 3) if not (i and j)]
        places += [(number, row, column) for number in range(len(self._formulas.workbook.sheets))]
        patterns = {_key(pattern): pattern for place in places if (pattern := self._pattern(place)) is not None}
        counted = Counter(_key(self._pattern(place)) for place in places if place != cell)
        usual = (patterns.get(key) for key, _ in counted.most_common(_MOST_DONORS) if key != _key(self._pattern(cell)))
        return [pattern for pattern in usual if pattern is not None and pattern.element is None]


def restored(
    wrong: Pattern, right: Pattern, cell: Cell, names: Names, formulas: Formulas, states: Sequence[State]
) -> Mended | None:
    """The edit of a wrong formula that gives a right one, letter by letter; None where none does.

    In each state the cell holds what is right.
    """
    try:
        tree, other = tree_of(wrong), tree_of(right)
    except NoTreeError:
        return None
    places = [(cell, dict(state.values)) for state in states]
    wanted = np.array([state.number(cell) or 0.0 for state in states])
    samples = Samples(formulas, places, wanted, SAME * np.abs(wanted))
    edit = Repairs(Trial(tree, samples, lambda _: False), names, wrong, other).restoring()
    return None if edit is None else Mended(names, tree, edit)


def _key(pattern: Pattern | None) -> Key | None:
    """The same for cells that have the same formula, moved, in whatever sheet."""
    return None if pattern is None else (pattern.skeleton, pattern.references)
