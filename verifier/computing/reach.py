"""What depends on what, among cells that are numbered with precedents first.

`places` are the numbers of what all formulas read, those of the formula k from `starts[k]` on.
"""

from collections.abc import Callable, Container, Mapping, Sequence, Set
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from verifier.computing.recompute import Cell

Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]

_MOST_ENDS = 2_048  # of which it is found at once what they depend on: 256 bytes for each cell of the workbook
_WIDE = 32  # cells that a formula reads, from which on NumPy is quicker


def levels_of(starts: Numbers, places: Numbers, count: int, uncounted: Set[int] = frozenset()) -> Numbers:
    """How many formulas lead from a cell to the last one that reads none, the longest way; 0 of what is no formula.

    Those that are `uncounted` are as far as what they read.
    """
    levels, known = np.zeros(count, dtype=np.int64), [0] * count
    for k, (start, end) in enumerate(zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)):
        read = places[start:end]
        below = int(levels[read].max()) if end - start > _WIDE else max([known[p] for p in read.tolist()], default=0)
        levels[k] = known[k] = below + (k not in uncounted)
    return levels


def reached_from(ends: Sequence[int], starts: Numbers, places: Numbers, count: int) -> list[int]:
    """The ends that depend on each cell or are it, a bit for each: the first end is bit 0."""
    reached = [0] * count
    for bit, end in enumerate(ends):
        reached[end] |= 1 << bit
    for k in range(min(max(ends), len(starts) - 2), -1, -1):
        bits = reached[k]
        if bits:
            for place in places[starts[k] : starts[k + 1]].tolist():
                reached[place] |= bits
    return reached


def _table_of(reached: Sequence[int], ends: int) -> NDArray[np.uint8]:
    """The same bits, (bytes, cells): the first end is bit 0 of the first byte."""
    width = ends // 8 + 1
    table = np.frombuffer(b"".join(bits.to_bytes(width, "little") for bits in reached), np.uint8)
    return np.ascontiguousarray(table.reshape(-1, width).T)


def is_reached(reached: NDArray[np.uint8], bits: Sequence[int]) -> Flags:
    """Of each cell whether one of the ends with these bits depends on it."""
    mask = np.zeros(len(reached), dtype=np.uint8)
    np.bitwise_or.at(mask, [bit // 8 for bit in bits], np.array([1 << bit % 8 for bit in bits], dtype=np.uint8))
    used = np.flatnonzero(mask)
    return np.asarray((reached[used] & mask[used, None]).any(axis=0))


def spread_down(marks: NDArray[Any], starts: Numbers, places: Numbers) -> None:
    """Give the marks of each formula, which are bits or truths, to all that it depends on."""
    for k in range(len(starts) - 2, -1, -1):
        if marks[k]:
            marks[places[starts[k] : starts[k + 1]]] |= marks[k]


def spread_up(marks: NDArray[Any], starts: Numbers, places: Numbers) -> None:
    """Give the marks of each cell to all formulas that depend on it."""
    ends = starts.tolist()
    for k in range(len(starts) - 1):
        marks[k] |= np.bitwise_or.reduce(marks[places[ends[k] : ends[k + 1]]])


class Reach:
    """What depends on what, found at once for many cells: those asked for, and others that may be asked for next."""

    def __init__(self, starts: Numbers, places: Numbers, count: int) -> None:
        self._starts, self._places, self._count = starts, places, count
        self._bits: dict[int, int] = {}  # of the ends that are known
        self._reached: list[int] = []
        self._table: NDArray[np.uint8] | None = None

    def behind(self, ends: Set[int], likely: Callable[[int], Sequence[int]]) -> Flags:
        """Of each cell whether one of some ends depends on it, or is it; `likely` tells what is asked for after one."""
        self._find(ends, likely)
        if self._table is None:
            self._table = _table_of(self._reached, len(self._bits))
        return is_reached(self._table, [self._bits[end] for end in ends])

    def _find(self, ends: Set[int], likely: Callable[[int], Sequence[int]]) -> None:
        if not ends <= self._bits.keys():
            found = dict.fromkeys([*ends, *likely(min(ends))[: _MOST_ENDS // 2], *self._bits])
            self._bits = {end: bit for bit, end in enumerate(islice(found, _MOST_ENDS))}
            self._reached = reached_from(list(self._bits), self._starts, self._places, self._count)
            self._table = None


class Behind(Container[Cell]):
    """What some cells depend on, and they: `is_in` says it of each numbered cell."""

    def __init__(self, numbers: Mapping[Cell, int], is_in: Flags) -> None:
        self._numbers, self._is_in = numbers, is_in

    def __contains__(self, cell: object) -> bool:
        number = self._numbers.get(cell, -1) if isinstance(cell, tuple) else -1
        return number >= 0 and bool(self._is_in[number])

    def marks(self) -> bytearray:
        """1 for each numbered cell that is in it, else 0."""
        return bytearray(self._is_in.tobytes())

    def has(self, numbers: Numbers) -> Flags:
        """Of numbered cells whether each is in it."""
        return self._is_in[numbers]
