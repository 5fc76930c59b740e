"""Why a wrong formula gives the right number today: two targets that are equal, a weight that starts at 0.

The numbers that the training is given are changed one by one. Those that make the formula differ from what is right
hide the fault; of equal ones that are changed together and hide it still, it is the equality that does.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from templates import LEARNING_RATE
from verifier.computing.recompute import Formula
from verifier.judging.case import Case
from verifier.judging.oracle import Start
from verifier.judging.table_check import Fault, Faults
from verifier.reading.references import UnsupportedFormulaError

MOST_ITERATIONS = 4000  # of the table's training, for all faults of a table together: a second at the most
_STEP = 0.1373  # by which a number is changed, for its size


@dataclass(frozen=True)
class _Number:
    """A number that the training is given: `value` in the row in question, and its `place` in a `part` of the start."""

    name: str
    value: float
    is_start: bool  # whether the training changes it
    part: str
    place: Any


class Agreement:
    """Tells for the faults of one table what hides them, as long as that does not take too long."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._left = MOST_ITERATIONS
        self.skipped = 0  # faults for which the search would have taken too long

    def reason(self, faults: Faults, group: Sequence[Fault]) -> str | None:
        """Why a fault of wrong formulas, in these cells, gives the right number in the first; None where it does not.

        Where it is not plain why, it says that they agree all the same.
        """
        first, formula = group[0], group[0].formula
        if first.name is None or formula is None or faults.verdicts.get((first.name, formula), True):
            return None
        agreeing = [self._case.agrees(fault.name, fault.row, fault.value) for fault in group if fault.name is not None]
        if not agreeing[0]:
            return None
        because = self._because(first.name, first.row, formula)
        when = "today" if all(agreeing) else f"in iteration {self._case.iteration(first.row):,}"
        if because is None:
            return f"the numbers agree {when}, and would not with other numbers to start from"
        return f"the numbers agree {when} because {because}"

    def _because(self, name: str, row: int, formula: Formula) -> str | None:
        """What hides a wrong formula in a row; None where it is not plain, or the search takes too long."""
        try:
            trial = _Trial(self._case, name, row, formula)
        except UnsupportedFormulaError:
            return None
        numbers = trial.numbers()
        needed = 2 * len(numbers) * trial.iterations
        if self._left < needed:
            self.skipped += 1
            return None
        self._left -= needed
        hiding = [number for number in numbers if trial.differs([number])]
        if not hiding:
            return next((_repeated(n.name) for n in trial.numbers_of_row() if trial.differs([n])), None)
        return ", and ".join(_told(trial, hiding))


def _told(trial: "_Trial", hiding: Sequence[_Number]) -> Iterable[str]:
    """What the numbers that hide a fault have about them."""
    for value in dict.fromkeys(number.value for number in hiding):
        group = [number for number in hiding if number.value == value]
        starts = all(number.is_start for number in group)
        if len(group) > 1 and trial.agrees(group):
            yield f"{_listed([number.name for number in group])} {'start equal' if starts else 'are equal'}"
        else:
            names = _listed([number.name for number in group])
            yield f"{names} {_verb(len(group), starts)} {value:.6g}"


def _verb(count: int, starts: bool) -> str:
    if starts:
        return "starts at" if count == 1 else "start at"
    return "is" if count == 1 else "are"


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if names[1:] else names[0]


def _repeated(name: str) -> str:
    return f"{name} is the same in the rows that it reads"


class _Trial:
    """A formula in its cell, on trainings from other starts; they end where nothing more is read."""

    def __init__(self, case: Case, name: str, row: int, formula: Formula) -> None:
        table = case.table
        read = [r for sheet, r, _ in case.formulas.precedents(case.cell(name, row), formula) if sheet == table.sheet]
        last = max([row, *(r for r in read if r in table.rows)])
        self.iterations = case.iteration(last) + 1
        self._cut = replace(table, last_row=last, unfilled=frozenset())
        self._case, self._name, self._row, self._formula = case, name, row, formula

    def numbers(self) -> list[_Number]:
        """All that the training is given; inputs and targets are changed in all rows."""
        start, model, rate = self._case.given.start, self._case.model, self._case.given.rate
        found = [
            _Number(name, start.parameters[name], name in model.trained, "parameters", name)
            for name in model.parameters
        ]
        if rate is not None and rate.cell is not None:
            found.append(_Number(LEARNING_RATE, rate.value, False, "rates", slice(None)))
        return [*self._shown(slice(None)), *found]

    def numbers_of_row(self) -> list[_Number]:
        """The inputs and targets in the formula's own row alone."""
        return self._shown(self._case.iteration(self._row))

    def _shown(self, rows: slice | int) -> list[_Number]:
        """The inputs and targets, to be changed in some rows."""
        start, model, here = self._case.given.start, self._case.model, self._case.iteration(self._row)
        return [
            _Number(name, float(numbers[here, k]), False, part, (rows, k))
            for part, names, numbers in (
                ("inputs", model.inputs, start.inputs),
                ("targets", model.targets, start.targets),
            )
            for k, name in enumerate(names)
        ]

    def agrees(self, changed: Sequence[_Number]) -> bool:
        """Whether the formula gives what is right with other numbers in the place of some."""
        return self._agreement(changed) is True

    def differs(self, changed: Sequence[_Number]) -> bool:
        """Whether the formula gives something else than what is right, which is a number, with these changed."""
        return self._agreement(changed) is False

    def _agreement(self, changed: Sequence[_Number]) -> bool | None:
        start = self._case.given.start
        for number in changed:
            start = _changed(start, number)
        case = self._from(start)
        here = case.iteration(self._row)
        if not np.isfinite(case.expected[self._name][here]):
            return None
        return case.agrees(self._name, self._row, case.local(case.cell(self._name, self._row), self._formula))

    def _from(self, start: Start) -> Case:
        """The table's training from another start, as far as the formula reads."""
        rows = slice(self.iterations)
        cut = replace(start, inputs=start.inputs[rows], targets=start.targets[rows], rates=start.rates[rows])
        given, rate = self._case.given, self._case.given.rate
        if rate is not None and rate.cell is not None:
            given = replace(given, rate=replace(rate, value=float(start.rates[0])))
        return replace(self._case, table=self._cut, given=replace(given, start=cut))


def _changed(start: Start, number: _Number) -> Start:
    """The start with another number in the place of one."""
    part = getattr(start, number.part)
    numbers: Any = dict(part) if isinstance(part, Mapping) else part.copy()
    numbers[number.place] += _STEP * (1.0 + abs(numbers[number.place]))
    changed: dict[str, Any] = {number.part: numbers}
    return replace(start, **changed)
