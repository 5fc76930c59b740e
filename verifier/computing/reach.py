"""What depends on what, among cells that are numbered with precedents first.

`places` are the numbers of what all formulas read, those of the formula k from `starts[k]` on.
"""

from collections.abc import Container, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from verifier.computing.recompute import Cell

Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]

_WIDE = 32  # cells that a formula reads, from which on NumPy is quicker


def levels_of(starts: Numbers, places: Numbers, count: int) -> Numbers:
    """How many formulas lead from a cell to the last one that reads none, the longest way; 0 of what is no formula."""
    levels, known = np.zeros(count, dtype=np.int64), [0] * count
    for k, (start, end) in enumerate(zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)):
        read = places[start:end]
        below = int(levels[read].max()) if end - start > _WIDE else max([known[p] for p in read.tolist()], default=0)
        levels[k] = known[k] = below + 1
    return levels


def reached_from(ends: Sequence[int], starts: Numbers, places: Numbers, count: int) -> NDArray[np.uint8]:
    """The ends that depend on each cell or are it, (bytes, cells): the first end is bit 0 of the first byte."""
    reached = [0] * count
    for bit, end in enumerate(ends):
        reached[end] |= 1 << bit
    for k in range(max(ends), -1, -1):
        bits = reached[k]
        if bits:
            for place in places[starts[k] : starts[k + 1]].tolist():
                reached[place] |= bits
    width = len(ends) // 8 + 1
    table = np.frombuffer(b"".join(bits.to_bytes(width, "little") for bits in reached), np.uint8)
    return np.ascontiguousarray(table.reshape(-1, width).T)


def is_reached(reached: NDArray[np.uint8], bits: Sequence[int]) -> Flags:
    """Of each cell whether one of the ends with these bits depends on it."""
    mask = np.zeros(len(reached), dtype=np.uint8)
    np.bitwise_or.at(mask, [bit // 8 for bit in bits], np.array([1 << bit % 8 for bit in bits], dtype=np.uint8))
    used = np.flatnonzero(mask)
    return np.asarray((reached[used] & mask[used, None]).any(axis=0))


def reached_from_any(ends: Iterable[int], starts: Numbers, places: Numbers, count: int) -> Flags:
    """Of each cell whether one of some ends depends on it, or is it."""
    reached = np.zeros(count, dtype=bool)
    reached[list(ends)] = True
    for k in range(len(starts) - 2, -1, -1):
        if reached[k]:
            reached[places[starts[k] : starts[k + 1]]] = True
    return reached


class Behind(Container[Cell]):
    """What some cells depend on, and they: `is_in` says it of each numbered cell."""

    def __init__(self, numbers: Mapping[Cell, int], is_in: Flags) -> None:
        self._numbers, self._is_in = numbers, is_in

    def __contains__(self, cell: object) -> bool:
        number = self._numbers.get(cell, -1) if isinstance(cell, tuple) else -1
        return number >= 0 and bool(self._is_in[number])

    def has(self, numbers: Numbers) -> Flags:
        """Of numbered cells whether each is in it."""
        return self._is_in[numbers]
