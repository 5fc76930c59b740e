"""The cells of a workbook as a graph: each formula with what it reads, and the derivatives of one by the other.

Local derivatives are those of each formula, of all cells with the same one at once (`batches.py`); those of one cell by
all that it depends on are accumulated in reverse, all cells of a level at once: Griewank and Walther, "Evaluating
Derivatives" (SIAM, 2008), chapter 3. Nothing here knows what a network is.
"""

from collections import deque
from collections.abc import Container, Iterable, Iterator, Mapping, MutableMapping, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from verifier.computing.arrays import Array
from verifier.computing.batches import Areas, Batch, Numbered, batches_of, cell_of, key, keys_read
from verifier.computing.derivative import Derivative
from verifier.computing.reach import Behind, Reach, levels_of, spread_down, spread_up
from verifier.computing.recompute import Cell, Formulas, recompute
from verifier.reading.references import UnsupportedFormulaError
from verifier.values import Value

_MOST_DIFFERENCES = 250_000  # numbers that are given to formulas for derivatives that no rule gives: some seconds
_SLOW = 80  # references that NumPy computes in the time for one
_CALL = 10  # numbers for which a formula takes as long as for its being called
_FEW = 200  # numbers that formulas read, up to which one is computed after the other
_HARDLY = 1e-8  # relative: half of the digits of a number
_WITH_ENDS = ("EXP", "TANH")
_FEW_CELLS = 12  # up to which derivatives are accumulated cell by cell
_MANY_TOGETHER = 16  # cells of which it is only asked what any of them depends on
_WIDE = 32  # cells that a formula reads, from which on they are looked through by NumPy

Numbers = NDArray[np.int64]


class Graph:
    """The formula cells of a workbook, precedents first: `order`, and what each reads: `reads`.

    Inside, cells are numbered: formulas in that order, then what else is read. `_places` are what all formulas read,
    those of the formula number k from `_starts[k]` on.
    """

    def __init__(self, formulas: Formulas, order: Iterable[Cell]) -> None:
        read = {cell: formulas.bounded_areas(cell) for cell in order if cell in formulas}
        areas = {cell: found for cell, found in read.items() if found is not None}
        self._number_cells(formulas, areas)

    def _number_cells(self, formulas: Formulas, areas: Mapping[Cell, Areas]) -> None:
        self.formulas, self._areas = formulas, areas
        self.order = list(areas)
        self.reads: Mapping[Cell, Sequence[Cell]] = _Reads(self)
        self._batches = batches_of(formulas, areas)
        sizes = np.zeros(len(self.order) + 1, dtype=np.int64)
        for batch in self._batches:
            sizes[batch.cells + 1] = batch.width
        self._starts = np.cumsum(sizes)
        self._last_behind: tuple[tuple[Cell, ...], Behind] | None = None

    def sorted(self) -> "Graph | None":
        """The same graph with precedents first, where its order is another one; None where formulas are in a circle."""
        numbers = self._precedents_first()
        if numbers is None:
            return None
        graph = Graph.__new__(Graph)
        graph._number_cells(self.formulas, {cell: self._areas[cell] for cell in map(self.order.__getitem__, numbers)})
        return graph

    def _precedents_first(self) -> list[int] | None:
        states = bytearray(len(self.order))  # 1 of what waits for its precedents, 2 of what is done
        state, found = np.frombuffer(states, dtype=np.uint8), list[int]()
        stack = list(range(len(self.order)))
        while stack:
            k = stack[-1]
            if states[k]:
                stack.pop()
                found += [k] if states[k] == 1 else []
                states[k] = 2
                continue
            states[k] = 1
            read = self._formulas_read(k)
            waiting = [p for p in read if states[p] < 2] if isinstance(read, list) else read[state[read] < 2].tolist()
            if any(states[p] for p in waiting):
                return None
            stack += waiting
        return found

    @property
    def size(self) -> int:
        """How many references there are in all, each cell of a range counted."""
        return int(self._starts[-1])

    @property
    def cost(self) -> int:
        """As many references as can be followed in the time for these: where NumPy computes nothing each is several."""
        slow = sum(batch.span * len(batch.cells) for batch in self._batches if batch.function.arrays is None)
        return self.size + _SLOW * slow

    @cached_property
    def _numbered(self) -> tuple[list[Cell], Numbers]:
        """All cells, in the order of their numbers, and what all formulas read."""
        keys = np.array([key(cell) for cell in self.order], dtype=np.int64)
        leaves = np.setdiff1d(keys_read(self._batches), keys)
        known = np.concatenate([keys, leaves])
        by_key = np.argsort(known)
        ascending = known[by_key]
        places = np.zeros(self.size, dtype=np.int64)
        for batch in self._batches:
            for rows in batch.parts():
                places[self._positions(batch, rows)] = batch.numbers(
                    rows, lambda wanted: by_key[np.searchsorted(ascending, wanted)]
                )
        return [*self.order, *map(cell_of, leaves.tolist())], places

    @property
    def cells(self) -> list[Cell]:
        """All cells that are formulas or read by one, in the order of their numbers."""
        return self._numbered[0]

    @property
    def _places(self) -> Numbers:
        return self._numbered[1]

    @cached_property
    def number(self) -> Mapping[Cell, int]:
        """The number of each cell."""
        return {cell: k for k, cell in enumerate(self.cells)}

    @cached_property
    def read(self) -> frozenset[Cell]:
        """The cells that some formula reads."""
        return frozenset(self.cells[k] for k in np.unique(self._places).tolist())

    @cached_property
    def _levels(self) -> Numbers:
        """How long the longest way down to a cell that is no formula is; 0 of these."""
        return levels_of(self._starts, self._places, len(self.cells))

    @cached_property
    def _known_levels(self) -> list[int]:
        return [int(level) for level in self._levels]

    def _positions(self, batch: Batch, rows: Numbers) -> Numbers:
        """Where what some cells of a batch read stands in `_places`, (cells, width)."""
        return np.asarray(self._starts[batch.cells[rows]][:, None] + np.arange(batch.width))

    # --- values -------------------------------------------------------------------------------------------------------

    def compute(self, values: MutableMapping[Cell, Value]) -> dict[Cell, str]:
        """Compute all formulas into `values`, in which is what they read and is none; those of a level at once.

        Returns the cells whose formulas cannot be computed, each with its reason; they count with their cached values.
        """
        failed: dict[Cell, str] = {}
        known = self._known(values)
        known.numbers[: len(self.order)], known.is_empty[: len(self.order)] = np.nan, False
        for batch, rows in self._plan:
            if len(rows) * (1 + batch.width) >= _FEW:
                self._compute_batch(batch, rows, known, values)
            cells = [self.order[k] for k in batch.cells[rows].tolist()]
            failed |= recompute(self.formulas, iter(cells), values)
            for k, cell in zip(batch.cells[rows].tolist(), cells, strict=True):
                value = values[cell]
                known.numbers[k], known.is_empty[k] = value if isinstance(value, float) else np.nan, value is None
        return failed

    def _compute_batch(self, batch: Batch, rows: Numbers, known: Numbered, values: MutableMapping[Cell, Value]) -> None:
        for some in batch.parts(rows):
            places = self._places[self._positions(batch, some)]
            found, usable = batch.values(some, known.numbers[places], known.is_empty[places])
            cells = (self.order[k] for k in batch.cells[some][usable].tolist())
            values.update(zip(cells, found[usable].tolist(), strict=True))

    @cached_property
    def _plan(self) -> list[tuple[Batch, Numbers]]:
        """The rows of batches that can be computed at once, in the order of their levels."""
        plan = [(batch, rows) for batch in self._batches for rows in _runs(self._levels[batch.cells])]
        return sorted(plan, key=lambda part: int(self._levels[part[0].cells[part[1][0]]]))

    def _known(self, values: Mapping[Cell, Value]) -> Numbered:
        cached = self.formulas.cached
        return Numbered.of([values[cell] if cell in values else cached(cell) for cell in self.cells])

    # --- derivatives --------------------------------------------------------------------------------------------------

    def skeleton(self, cell: Cell) -> str | None:
        """The formula of a cell without its references; None where there is none."""
        formula = self.formulas.get(cell)
        return None if formula is None else formula.pattern.skeleton

    def slopes(self, values: Mapping[Cell, Value]) -> "Slopes":
        """The derivatives of each formula by what it reads, at a state; a formula without one is left out."""
        slopes, has_slopes = np.zeros(self.size), np.zeros(len(self.order), dtype=bool)
        known, left = self._known(values), _MOST_DIFFERENCES
        for batch in self._batches:
            for rows in batch.parts():
                positions = self._positions(batch, rows)
                places = self._places[positions]
                found, usable = batch.slopes(
                    rows, known.numbers[places], known.is_empty[places], known.numbers[batch.cells[rows]]
                )
                slopes[positions[usable]] = found[usable]
                has_slopes[batch.cells[rows[usable]]] = True
                cost = 4 * batch.span * (_CALL + batch.span)
                for row in np.flatnonzero(~usable).tolist():
                    by_difference = self._by_differences(batch, rows[row], values) if cost <= left else None
                    left -= cost if cost <= left else 0
                    if by_difference is not None:
                        slopes[positions[row]] = by_difference
                        has_slopes[batch.cells[rows[row]]] = True
        return Slopes(self, slopes, has_slopes)

    def _by_differences(self, batch: Batch, row: int, values: Mapping[Cell, Value]) -> Array | None:
        """The derivatives of one formula by what it reads; None where it has none."""
        cell = self.order[batch.cells[row]]
        formula = self.formulas.get(cell)
        assert formula is not None  # noqa: S101  `order` has formula cells alone
        if not formula.pattern.references:
            return None
        try:
            found = Derivative(formula.function)(self.formulas.arguments(cell, values))
        except (UnsupportedFormulaError, KeyError):
            return None
        return np.concatenate([np.ravel(one) for one in found[: len(formula.pattern.references)]])[batch.kept]

    def gradient(self, past: Sequence[Cell], slopes: "Slopes", seeds: Mapping[Cell, float]) -> dict[Cell, float]:
        """The derivatives of a weighted sum of cells by every cell that they depend on.

        `seeds` are the cells with their weights, `past` what they depend on, as `past` gives it: where that leaves some
        out, the derivatives by what only they read are not all there.
        """
        if len(past) <= _FEW_CELLS:
            return _gradient_of_few(past, slopes, seeds)
        found, is_reached = self._accumulated(past, slopes, seeds)
        reached = np.flatnonzero(is_reached)
        return dict(zip((self.cells[k] for k in reached.tolist()), found[reached].tolist(), strict=True))

    def gradient_by(
        self, by: Iterable[Cell], past: Sequence[Cell], slopes: "Slopes", seeds: Mapping[Cell, float]
    ) -> dict[Cell, float]:
        """The same derivatives by some cells alone; 0 by those that nothing depends on."""
        found, _ = self._accumulated(past, slopes, seeds)
        return {cell: float(found[self.number[cell]]) for cell in by}

    def _accumulated(
        self, past: Sequence[Cell], slopes: "Slopes", seeds: Mapping[Cell, float]
    ) -> tuple[Array, NDArray[np.bool_]]:
        """The derivatives by all numbered cells, and of which there are some."""
        found, is_reached = np.zeros(len(self.cells)), np.zeros(len(self.cells), dtype=bool)
        ends = np.array([self.number[cell] for cell in seeds], dtype=np.int64)
        found[ends], is_reached[ends] = list(seeds.values()), True
        cells = np.array([self.number[cell] for cell in past], dtype=np.int64)
        for rows in _runs(-self._levels[cells]):
            level = cells[rows]
            positions, counts = self._positions_read(level)
            places = self._places[positions]
            np.add.at(found, places, np.repeat(found[level], counts) * slopes.numbers[positions])
            is_reached[places] = True
        return found, is_reached

    def sizes_by(
        self, by: Iterable[Cell], past: Sequence[Cell], slopes: "Slopes", seeds: Mapping[Cell, float]
    ) -> dict[Cell, float]:
        """How large that is which the same derivatives are the sums of."""
        return self.gradient_by(by, past, slopes.unsigned, {cell: abs(weight) for cell, weight in seeds.items()})

    def rounding(self, values: Mapping[Cell, Value], slopes: "Slopes") -> Mapping[Cell, float]:
        """How far the numbers of all cells may be off at a state, to first order, as each number is rounded."""
        numbers = np.abs(np.nan_to_num(self._known(values).numbers)) * np.finfo(float).eps
        found = np.zeros(len(self.cells))
        for level in _runs(self._levels[: len(self.order)]):
            positions, counts = self._positions_read(level)
            places = self._places[positions]
            terms = np.abs(slopes.numbers[positions]) * (found[places] + numbers[places])
            found[level] = numbers[level] + np.bincount(np.repeat(np.arange(len(level)), counts), terms, len(level))
        return dict(zip(self.cells, found.tolist(), strict=True))

    def count_saturated(self, values: Mapping[Cell, Value], slopes: "Slopes") -> int:
        """How many formulas hardly depend on what they read, as a sigmoid near 1: of 1 − a is less than half known."""
        numbers = np.abs(np.nan_to_num(self._known(values).numbers))
        readers = np.repeat(np.arange(len(self.order)), np.diff(self._starts))
        with np.errstate(over="ignore", invalid="ignore"):  # a training that diverges has any numbers
            moves = np.bincount(readers, np.abs(slopes.numbers) * (numbers[self._places] + 1), len(self.order))
        hardly = moves <= _HARDLY * numbers[: len(self.order)]
        return int((hardly & ((moves > 0) | self._has_ends)).sum())

    @cached_property
    def _has_ends(self) -> NDArray[np.bool_]:
        """Which formulas have a function whose results all numbers beyond some have, but for rounding."""
        found = np.zeros(len(self.order), dtype=bool)
        for batch in self._batches:
            names = {str(token.name).upper() for token in batch.function.tokens}
            found[batch.cells] = batch.width > 0 and not names.isdisjoint(_WITH_ENDS)
        return found

    def _positions_read(self, cells: Numbers) -> tuple[Numbers, Numbers]:
        """Where what some formulas read stands in `_places`, one formula after the other, and how much each reads."""
        counts = self._starts[cells + 1] - self._starts[cells]
        before = np.cumsum(counts) - counts
        return np.arange(counts.sum()) + np.repeat(self._starts[cells] - before, counts), counts

    # --- what depends on what -----------------------------------------------------------------------------------------

    def past(self, *of: Cell, until: Container[Cell] = (), since: Iterable[Cell] = ()) -> list[Cell]:
        """The formula cells that some cells depend on, those included, readers first; no further than `until`.

        Cells of `since`, where there are any, leave out what stands too low to depend on one of them.
        """
        count, cells = len(self.order), self.cells
        levels = self._known_levels
        lowest = min((levels[self.number[cell]] for cell in since), default=-1)
        stack = [self.number[cell] for cell in of if cell in self.number]
        marks, ends = (until.marks(), ()) if isinstance(until, Behind) else (bytearray(len(cells)), until)
        is_done = np.frombuffer(marks, dtype=bool)
        found = []
        while stack:
            k = stack.pop()
            if k >= count or marks[k]:
                continue
            marks[k] = 1
            if levels[k] > lowest and cells[k] not in ends:
                found.append(k)
                read = self._formulas_read(k)
                stack += read if isinstance(read, list) else read[~is_done[read]].tolist()
        return [cells[k] for k in sorted(found, reverse=True)]

    def formulas_in(self, behind: Behind, since: Iterable[Cell]) -> list[Cell]:
        """The formula cells among what some cells depend on, readers first, but those too low to depend on `since`."""
        lowest = min((self._known_levels[self.number[cell]] for cell in since), default=-1)
        numbers = np.flatnonzero(behind.has(np.arange(len(self.order))) & (self._levels[: len(self.order)] > lowest))
        return [self.order[k] for k in numbers[::-1].tolist()]

    def nearest(self, cell: Cell, until: Container[Cell], most: int) -> list[Cell]:
        """A formula cell, the formula cells that it reads, what these read, and so on; no further than `until`."""
        seen = dict.fromkeys([self.number[cell]])
        found: list[Cell] = []
        waiting = deque(seen)
        while waiting and len(found) < most:
            k = waiting.popleft()
            if self.cells[k] not in until:
                found.append(self.cells[k])
                read = [place for place in list(self._formulas_read(k))[:most] if place not in seen]
                seen |= dict.fromkeys(read)
                waiting += read
        return found

    def dependents(self, of: Iterable[Cell]) -> frozenset[Cell]:
        """All cells that depend on some cells, those included."""
        is_one = np.zeros(len(self.cells), dtype=bool)
        is_one[[self.number[cell] for cell in of]] = True
        spread_up(is_one, self._starts, self._places)
        return frozenset(self.cells[k] for k in np.flatnonzero(is_one).tolist())

    def read_by(self, cells: Iterable[Cell]) -> set[Cell]:
        """All cells that some formulas read."""
        positions, _ = self._positions_read(np.array([self.number[cell] for cell in cells], dtype=np.int64))
        return {self.cells[k] for k in np.unique(self._places[positions]).tolist()}

    def readers(self, of: Iterable[Cell]) -> Iterator[tuple[Cell, Cell]]:
        """The formulas that read some cells, each with what it reads of them."""
        is_one = np.zeros(len(self.cells), dtype=bool)
        is_one[[self.number[cell] for cell in of]] = True
        positions = np.flatnonzero(is_one[self._places])
        numbers = np.searchsorted(self._starts, positions, side="right") - 1
        for k, place in zip(numbers.tolist(), self._places[positions].tolist(), strict=True):
            yield self.cells[k], self.cells[place]

    def levels_without(self, uncounted: Iterable[Cell]) -> list[int]:
        """The levels of all formulas, in their order, where some are as far as what they read."""
        skipped = {self.number[cell] for cell in uncounted}
        if not skipped:
            return self._known_levels[: len(self.order)]
        return [
            int(level) for level in levels_of(self._starts, self._places, len(self.cells), skipped)[: len(self.order)]
        ]

    def width(self, cell: Cell) -> int:
        """How many cells a formula reads, each as often as it does."""
        k = self.number[cell]
        return int(self._starts[k + 1] - self._starts[k])

    def _formulas_read(self, k: int) -> list[int] | Numbers:
        """The numbers of the formulas that a formula reads, as an array where these are many."""
        known = self._reads_of[k]
        if known is None:
            read = self._places[self._starts[k] : self._starts[k + 1]]
            read = read[read < len(self.order)]
            known = self._reads_of[k] = read if len(read) >= _WIDE else read.tolist()
        return known

    @cached_property
    def _reads_of(self) -> list[list[int] | Numbers | None]:
        return [None] * len(self.order)

    def behind(self, *of: Cell) -> Behind:
        """All cells that some cells depend on, those included; not for one cell after the other without a plan.

        It is found at once for the cells that are likely to be asked for next.
        """
        if self._last_behind is not None and self._last_behind[0] == of:
            return self._last_behind[1]
        numbers = {self.number[cell] for cell in of}
        if len(numbers) > _MANY_TOGETHER or self.size > _WIDE * len(self.order):
            is_behind = np.zeros(len(self.cells), dtype=bool)
            is_behind[list(numbers)] = True
            spread_down(is_behind, self._starts, self._places)
            behind = Behind(self.number, is_behind)
        else:
            behind = Behind(self.number, self._reach_of_ends.behind(numbers, self._alike))
        self._last_behind = of, behind
        return behind

    def depends(self, cell: Cell, on: Cell, until: Container[Cell] = ()) -> bool:
        """Whether a formula depends on another cell, through none of those `until`."""
        number = self.number[on]
        past = self.past(cell, until=until, since=[on]) if cell != on else ()
        return any((self.places_of(reader) == number).any() for reader in past)

    def around(self, cells: Sequence[Cell]) -> tuple[Numbers, Numbers]:
        """Of each numbered cell, which of some 63 cells at most depend on it, and on which of them it depends: bits."""
        below, above = np.zeros(len(self.cells), dtype=np.int64), np.zeros(len(self.cells), dtype=np.int64)
        below[[self.number[cell] for cell in cells]] = above[[self.number[cell] for cell in cells]] = 1 << np.arange(
            len(cells)
        )
        spread_down(below, self._starts, self._places)
        spread_up(above, self._starts, self._places)
        return below, above

    def each_past(self, of: Sequence[Cell], until: Container[Cell]) -> dict[Cell, int]:
        """What `past` gives for some cells, with a bit for each of these that depends on a formula or is it."""
        found = {self.number[cell]: 1 << bit for bit, cell in enumerate(of)}
        past = self.past(*of, until=until)
        for k in map(self.number.__getitem__, past):
            for place in list(self._formulas_read(k)):
                found[place] = found.get(place, 0) | found.get(k, 0)  # which none may have yet in a circle
        return {cell: found.get(self.number[cell], 0) for cell in past}

    def each_followed(self, of: Sequence[Cell], by: Iterable[Cell]) -> dict[Cell, int]:
        """The formulas that depend on some cells, and that others need, with a bit for each cell that they depend on.

        The cells are all different; a cell does not depend on itself.
        """
        bits = {self.number[cell]: 1 << bit for bit, cell in enumerate(of)}
        found: dict[int, int] = {}
        for k in reversed([self.number[cell] for cell in self.past(*by, since=of)]):
            own = 0
            for place in self._places[self._starts[k] : self._starts[k + 1]].tolist():
                own |= found.get(place, 0) | bits.get(place, 0)
            if own:
                found[k] = own
        return {self.cells[k]: own for k, own in found.items()}

    def _alike(self, number: int) -> list[int]:
        """The cells from one on that nothing reads either, or else with the same formula."""
        others = self._unread
        if number not in self._are_unread:
            others = next((b.cells.tolist() for b in self._batches if number in b.cells), [])
        return [k for k in others if k >= number]

    @cached_property
    def _reach_of_ends(self) -> Reach:
        return Reach(self._starts, self._places, len(self.cells))

    @cached_property
    def _are_unread(self) -> frozenset[int]:
        return frozenset(self._unread)

    @cached_property
    def _unread(self) -> list[int]:
        return [k for k in range(len(self.order)) if self.cells[k] not in self.read]

    def places_of(self, cell: Cell) -> Numbers:
        """The numbers of what a formula reads."""
        return self._places[self.positions_of(cell)]

    def positions_of(self, cell: Cell) -> slice:
        """Where what a formula reads stands among what all read."""
        k = self.number[cell]
        if k >= len(self.order):
            raise KeyError(cell)
        return slice(int(self._starts[k]), int(self._starts[k + 1]))


def _gradient_of_few(past: Sequence[Cell], slopes: "Slopes", seeds: Mapping[Cell, float]) -> dict[Cell, float]:
    """The same for some cells, one after the other."""
    found = dict(seeds)
    for cell in past:
        by = found.get(cell)
        if by:
            for place, slope in slopes.get(cell, {}).items():
                found[place] = found.get(place, 0.0) + by * slope
    return found


def _runs(levels: Numbers) -> list[Numbers]:
    """Which places have the same level, the least one first."""
    rows = np.argsort(levels, kind="stable")
    return np.split(rows, np.flatnonzero(np.diff(levels[rows])) + 1)


class _Reads(Mapping[Cell, Sequence[Cell]]):
    """What each formula reads."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def __getitem__(self, cell: Cell) -> Sequence[Cell]:
        cells = self._graph.cells
        return [cells[k] for k in self._graph.places_of(cell).tolist()]

    def __iter__(self) -> Iterator[Cell]:
        return iter(self._graph.order)

    def __len__(self) -> int:
        return len(self._graph.order)

    def __contains__(self, cell: object) -> bool:
        return isinstance(cell, tuple) and self._graph.number.get(cell, len(self)) < len(self)


class Slopes(Mapping[Cell, Mapping[Cell, float]]):
    """The derivatives of formulas by each cell that they read; `numbers` are all of them, in the graph's order."""

    def __init__(self, graph: Graph, numbers: Array, is_known: NDArray[np.bool_]) -> None:
        self.numbers = numbers
        self._graph, self._is_known = graph, is_known

    def __getitem__(self, cell: Cell) -> Mapping[Cell, float]:
        positions = self._graph.positions_of(cell)
        if not self._is_known[self._graph.number[cell]]:
            raise KeyError(cell)
        found: dict[Cell, float] = {}
        for place, slope in zip(self._graph.reads[cell], self.numbers[positions].tolist(), strict=True):
            found[place] = found.get(place, 0.0) + slope
        return found

    def rounding(self, values: Mapping[Cell, Value]) -> Mapping[Cell, float]:
        """How far the numbers of all cells may be off, at the state of these derivatives."""
        return self._graph.rounding(values, self)

    @property
    def unsigned(self) -> "Slopes":
        """The same without signs."""
        return Slopes(self._graph, np.abs(self.numbers), self._is_known)

    def __iter__(self) -> Iterator[Cell]:
        return (cell for cell, is_known in zip(self._graph.order, self._is_known.tolist(), strict=True) if is_known)

    def __len__(self) -> int:
        return int(self._is_known.sum())
