"""A fault on the sheet's own numbers: what would be right there, and why a wrong formula may give the right number."""

from collections.abc import Container, Iterator, Mapping
from math import isclose

import numpy as np

from verifier.claims.descent import State
from verifier.computing.recompute import Cell, Formulas
from verifier.findings import Effect
from verifier.judging.group_mend import Mend, Mended
from verifier.judging.slips.slip_names import SlipName
from verifier.judging.slips.tree import bare, refer
from verifier.judging.slips.trial import Samples, Trial
from verifier.ranges import ranges_of
from verifier.reading.parsing import parse
from verifier.reading.references import UnsupportedFormulaError

_SAME = 1e-12  # relative: two numbers that are equal but for rounding


class OwnNumbers:
    """A fault on the numbers that stand in the sheet; `told` is what is right in some of its cells, without a mend."""

    def __init__(self, formulas: Formulas, own: State, mend: Mend, told: Mapping[Cell, float]) -> None:
        self._formulas, self._own, self._mend, self._told = formulas, own, mend, told
        self._values = dict(own.values)

    def right(self, cell: Cell) -> float | None:
        """What is right in a cell: what is told, or what the mend gives; None where neither is known."""
        if cell in self._told:
            return self._told[cell]
        text = self._mend.formulas.get(cell)
        if text is None:
            return None
        try:
            formula = self._formulas.compile(parse(text.removeprefix("="), *cell[1:], {}), cell[0])
            value = self._formulas.compute(cell, self._values, formula)
        except UnsupportedFormulaError:
            return None
        return value if isinstance(value, float) else None

    def effect(self, label: str) -> Effect | None:
        """How far a gradient, which is called so, is off in these cells; None where nothing is known, or it is not."""
        rights = [(self._own.number(cell), self.right(cell)) for cell in self._mend.cells]
        known = [(found, right) for found, right in rights if found is not None and right is not None]
        error = max((abs(found - right) for found, right in known), default=0.0)
        largest = max((abs(right) for _, right in known), default=0.0)
        if error <= _SAME * largest:
            return None
        return Effect(label, error, error / largest if largest else None, None, None)

    def agreement(self, group: Container[Cell], iteration: int) -> str | None:
        """Why the wrong formula gives the right number in its first cell; None where it does not.

        `group` are the cells that belong to the iteration of the first one.
        """
        agreeing = {cell: self._agrees(cell) for cell in self._mend.cells}
        first, name = self._mend.cells[0], ranges_of([self._mend.cells[0][1:]])
        if not agreeing[first]:
            return None
        other = next((cell for cell, agrees in agreeing.items() if agrees is False and cell in group), None)
        if other is not None:
            return f"the numbers agree in {name}, and differ in {ranges_of([other[1:]])}"
        if None in agreeing.values():
            return f"the numbers agree in {name}, and would not with other numbers to start from"
        when = "today" if all(agreeing.values()) else f"in iteration {iteration:,}"
        because = [] if self._mend.repair is None else list(self._reasons(self._mend.repair))
        if not because:
            return f"the numbers agree {when}, and would not with other numbers to start from"
        return f"the numbers agree {when} because {', and '.join(because)}"

    def _agrees(self, cell: Cell) -> bool | None:
        """Whether a cell holds the right number; None where that is not known."""
        found, right = self._own.number(cell), self.right(cell)
        return None if found is None or right is None else isclose(found, right, rel_tol=_SAME)

    def _reasons(self, mended: Mended) -> Iterator[str]:
        names, edit = mended.names, mended.edit
        samples = Samples(self._formulas, [(self._mend.cells[0], self._values)], np.zeros(1), np.zeros(1))
        trial = Trial(mended.tree, samples, lambda _: False)
        for one, other in edit.pairs if edit.name is None else ():
            if samples.are_equal(trial.value(refer(one)), trial.value(refer(other))):
                yield f"{names.word(one)} and {names.word(other)} are equal"
        idle = {SlipName.NO_FACTOR: 1.0, SlipName.EXTRA_FACTOR: 1.0, SlipName.NO_TERM: 0.0, SlipName.EXTRA_TERM: 0.0}
        if edit.name in idle and trial.value(edit.nodes[1]).tolist() == [idle[edit.name]]:
            yield f"{names.words(bare(edit.nodes[1]))} is {idle[edit.name]:.0f}"
