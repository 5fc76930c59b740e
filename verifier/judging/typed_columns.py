"""Columns that hold typed numbers where formulas belong, each checked against what its own row gives.

A number is wrong where it differs by more than the digits that were typed explain, and where it is plain what it should
be: without formulas nobody says how a loss or a delta is meant, so either the rest of the column, or most columns of
its kind, must be as the vocabulary has them. Of the others it is only said that they are typed.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from templates import TOTAL_LOSS, gradient_of
from verifier.judging.case import Case, numbers_of
from verifier.judging.digits import units_of, units_of_given
from verifier.judging.model import Model, NetworkModel
from verifier.judging.oracle import Array, Start, own_rows

_MOST_NAMES = 400  # columns of a table that are looked into; the time grows with the square
_MOST_STEPS = 1500  # of a training that is computed row by row, a millisecond each
_RELATIVE, _ABSOLUTE = 1e-9, 1e-14  # as much as rounding may do to numbers that are shown in full
_TELLING = 3.0  # times what the digits leave open, for a number to say anything
_FEWEST_ROWS = 3  # that a column is right in, to be one that is meant as the vocabulary has it
_MOSTLY = 2 / 3  # of what tells must be right, for the rest to be wrong
_SAME_RATE = 0.05  # by how much rates that are read off typed numbers may differ

Flags = NDArray[np.bool_]
Step = Callable[[Mapping[str, Array], Array], dict[str, Array]]  # what rows give of their numbers and learning rates


@dataclass(frozen=True)
class TypedColumn:
    """A computed column without a formula: the rows of its numbers, and those in which they are wrong.

    `expected` is what each row gives, (rows,). `is_decided` says whether it is known what the column should hold.
    """

    name: str
    rows: tuple[int, ...]
    wrong: tuple[int, ...]
    expected: Array
    is_decided: bool


def typed_columns(case: Case) -> list[TypedColumn]:
    """The computed columns that hold numbers in most rows, and formulas in none; in the order of an iteration."""
    typed = {name: rows for name in case.order if (rows := _typed_rows(case, name))}
    step = _step(case, len(typed))
    return list(_Columns(case, step, typed).judged()) if typed and step is not None else []


def _step(case: Case, typed: int) -> Step | None:
    """One iteration of the table's training in each of its rows; None where that would take too long."""
    model = case.model
    if isinstance(model, NetworkModel):
        return partial(own_rows, model.network) if len(case.table.columns) <= _MOST_NAMES else None
    return partial(_stepped, model) if len(case.table.rows) * (typed + 1) <= _MOST_STEPS else None


def _stepped(model: Model, shown: Mapping[str, Array], rates: Array) -> dict[str, Array]:
    """What rows give in a training of any kind, row by row, from what each is given and its parameters alone."""
    unknown = np.full(len(rates), np.nan)
    inputs, targets = (
        np.array([shown.get(name, unknown) for name in names]).reshape(len(names), len(rates)).T
        for names in (model.inputs, model.targets)
    )
    parameters = {name: shown.get(name, unknown) for name in model.parameters}
    steps = []
    for k in range(len(rates)):
        own = {name: float(values[k]) for name, values in parameters.items()}
        steps.append(model.train(Start(own, inputs[k : k + 1], targets[k : k + 1], rates[k : k + 1])))
    given = {name: np.array([float(step[name][0]) for step in steps]) for name in model.order}
    for name in model.trained:
        slopes, computed_slopes = shown.get(gradient_of(name), unknown), given[gradient_of(name)]
        following = parameters[name] - rates * np.where(np.isnan(slopes), computed_slopes, slopes)
        given[name] = np.concatenate([[np.nan], following[:-1]])
    return {name: values for name, values in given.items() if name not in (*model.inputs, *model.targets)}


def _typed_rows(case: Case, name: str) -> tuple[int, ...]:
    """The rows in which a computed column holds a number; none where it has a formula, or is mostly empty."""
    if name not in case.table.columns or not case.is_computed(name):
        return ()
    rows = case.table.rows[1:] if name in case.model.parameters else case.table.rows
    cells = [case.cell(name, row) for row in rows]
    if any(cell in case.formulas or cell in case.formulas.unsupported for cell in cells):
        return ()
    typed = tuple(cell[1] for cell in cells if isinstance(case.formulas.cached(cell), float))
    return typed if len(typed) * 2 > len(rows) else ()


@dataclass(frozen=True)
class _Compared:
    """What each row gives, where the numbers differ from it, and where they are large enough to tell; by the names."""

    expected: Mapping[str, Array]
    off: Mapping[str, Flags]
    tells: Mapping[str, Flags]


class _Columns:
    """All columns of a table that has some without formulas."""

    def __init__(self, case: Case, step: Step, typed: Mapping[str, tuple[int, ...]]) -> None:
        self._case, self._step, self._typed = case, step, typed
        self._shown, self._units = self._read()
        rates = case.given.start.rates
        rate, self._rate_off = (0.0, 0.0) if np.isfinite(rates).any() else self._read_rate()
        self._rates = rates if np.isfinite(rates).any() else np.full(len(rates), rate)
        self._compared = self._compare(self._shown)

    def judged(self) -> Iterator[TypedColumn]:
        """The columns without formulas, with what is wrong in them.

        What reads a wrong number is checked against what it gives with the right one as well.
        """
        blamed = {name: self._compared.off[name] for name in self._typed if self._is_meant_so(name)}
        again = self._compare({name: self._spared(name, blamed) for name in self._shown})
        for name, rows in self._typed.items():
            places = [self._case.iteration(row) for row in rows]
            off = self._compared.off[name] & again.off[name]
            wrong = tuple(row for row, k in zip(rows, places, strict=True) if off[k]) if name in blamed else ()
            is_right = bool(np.isfinite(self._compared.expected[name][places]).any()) and not off[places].any()
            expected = np.where(self._compared.off[name], again.expected[name], self._compared.expected[name])
            yield TypedColumn(name, rows, wrong, expected, name in blamed or is_right)

    def _spared(self, name: str, blamed: Mapping[str, Flags]) -> Array:
        """The numbers of a column without those that are wrong; the parameters stay, from which all others follow."""
        numbers = self._shown[name]
        if name not in blamed or name in self._case.model.trained:
            return numbers
        return np.where(blamed[name], np.nan, numbers)

    def _read(self) -> tuple[dict[str, Array], dict[str, Array]]:
        """The numbers of all columns, NaN where there is none, and how far off those may be that were typed."""
        case, rows = self._case, self._case.table.rows
        numbers = {name: self._numbers(name) for name in case.table.columns if name in case.order}
        start = case.given.start
        numbers |= {n: start.inputs[:, k] for k, n in enumerate(case.model.inputs) if n not in numbers}
        numbers |= {n: start.targets[:, k] for k, n in enumerate(case.model.targets) if n not in numbers}
        numbers |= {n: np.full(len(rows), start.parameters[n]) for n in case.model.parameters if n not in numbers}
        given = {n: units_of_given(numbers[n]) for n in (*case.model.inputs, *case.model.targets)}
        return numbers, given | {name: units_of(numbers[name]) for name in self._typed}

    def _numbers(self, name: str) -> Array:
        cells = [self._case.cell(name, row) for row in self._case.table.rows]
        return numbers_of([self._case.chain.get(cell) for cell in cells])

    def _compare(self, used: Mapping[str, Array]) -> _Compared:
        """The numbers against what the rows give of those that are used."""
        expected, tolerance = self._given(used)
        off: dict[str, Flags] = {}
        tells: dict[str, Flags] = {}
        with np.errstate(invalid="ignore"):
            for name in expected.keys() & self._shown.keys():
                numbers = self._shown[name]
                room = tolerance[name] + self._units.get(name, np.zeros(len(numbers)))
                if name in self._case.model.trained:
                    room = room + self._rate_off * np.abs(expected[name] - np.roll(numbers, 1))
                size = np.fmax(np.abs(numbers), np.abs(expected[name]))
                off[name] = np.abs(numbers - expected[name]) > room
                tells[name] = np.isfinite(numbers - expected[name]) & (size > _TELLING * room)
        return _Compared(expected, off, tells)

    def _given(self, used: Mapping[str, Array]) -> tuple[dict[str, Array], dict[str, Array]]:
        """What each row gives for each name, and how far off that may be for want of digits."""
        with np.errstate(all="ignore"):
            given = self._step(used, self._rates)
            tolerance = {name: _RELATIVE * np.abs(values) + _ABSOLUTE for name, values in given.items()}
            for name, units in self._units.items():
                if units.any():
                    moved = self._step({**used, name: used[name] + units}, self._rates)
                    for other, values in moved.items():
                        tolerance[other] = tolerance[other] + np.nan_to_num(np.abs(values - given[other]))
        return given, tolerance

    def _read_rate(self) -> tuple[float, float]:
        """The learning rate, from the step that shows it best, where most of them agree on one; how far it may be off.

        The second number is relative to the first.
        """
        steps = [self._steps(name) for name in self._typed if name in self._case.model.trained]
        rates, off = np.concatenate([np.empty((2, 0)), *steps], axis=1)
        agreeing = np.abs(rates - np.median(rates)) <= _SAME_RATE * np.abs(rates) if len(rates) else rates > 0
        if not len(rates) or agreeing.sum() < _MOSTLY * len(rates) or np.median(rates) <= 0.0:
            return float("nan"), 0.0
        best = int(np.argmin(np.where(agreeing, off, np.inf)))
        return float(rates[best]), float(off[best])

    def _steps(self, name: str) -> Array:
        """By what times its gradient a parameter changes in each step that tells, and how far off that may be."""
        gradient = gradient_of(name)
        if gradient not in self._shown:
            return np.empty((2, 0))
        numbers, slopes = self._shown[name], self._shown[gradient][:-1]
        units = self._units[name]
        slope_units = self._units.get(gradient, np.zeros(len(numbers)))[:-1]
        with np.errstate(divide="ignore", invalid="ignore"):
            steps = -np.diff(numbers)
            off = (units[1:] + units[:-1]) / np.abs(steps) + slope_units / np.abs(slopes)
            found = np.array([steps / slopes, off])
        return found[:, np.isfinite(found).all(axis=0) & (off < _SAME_RATE)]

    def _is_meant_so(self, name: str) -> bool:
        """Whether the column, or most columns of its kind, hold what the vocabulary says."""
        kind = [other for other in self._compared.tells if _kind(other) == _kind(name)]
        fitting = sum(self._fits(other) for other in kind)
        telling = sum(bool(self._compared.tells[other].any()) for other in kind)
        if self._fits(name):
            return fitting * 2 >= telling  # else it is by chance, as of a decay that is too small to be seen
        return fitting > 1 and fitting >= _MOSTLY * telling

    def _fits(self, name: str) -> bool:
        """Whether most numbers of a column that tell are what their rows give."""
        tells = self._compared.tells[name]
        right = int((tells & ~self._compared.off[name]).sum())
        return right >= _FEWEST_ROWS and right >= _MOSTLY * int(tells.sum())


def _kind(name: str) -> str:
    """What columns are compared with each other: net inputs, activations, losses, gradients, …"""
    if name == TOTAL_LOSS:
        return name  # a sum or a mean, whatever the losses are
    return {"h": "net", "o": "net", "w": "parameter", "b": "parameter"}.get(name[0], name[0])
