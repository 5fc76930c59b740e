"""Cells with the same formula, computed and differentiated together.

A batch are the cells of one function that read as much: numbers, and ranges of the same sizes, wherever these stand.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from verifier.computing.arrays import Array
from verifier.computing.derivative import is_stepped
from verifier.computing.engine import Computable
from verifier.computing.recompute import Cell, Formulas, own_numbers
from verifier.values import Value

Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]
Shape = tuple[int, int]  # rows and columns of a reference

_MOST_AT_ONCE = 500_000  # numbers that a batch reads in one go
_WIDE = 32  # cells of a range, from which on it is worth while to leave out empty ones
_SPARSE = 64  # times as many places as keys, from which on sorting them is quicker than to mark them
_SAME = 1e-9  # relative, of a value as it is known and as the array formula gives it
_ROW, _SHEET = 1 << 15, 1 << 36  # of the key of a cell


@dataclass(frozen=True)
class Numbered:
    """The numbers in numbered cells: 0 where a cell `is_empty`, NaN where it holds something else."""

    numbers: Array
    is_empty: Flags

    @classmethod
    def of(cls, found: Sequence[Value]) -> "Numbered":
        """The numbers among the values of numbered cells."""
        is_empty = np.array([value is None for value in found])
        numbers = [value if isinstance(value, float) else np.nan for value in found]
        return cls(np.where(is_empty, 0.0, numbers), is_empty)


@dataclass(frozen=True, eq=False)
class Batch:
    """Cells of one function; the arrays have a row for each of them.

    `cells` are their numbers, `corners` the keys of the first cells of each reference, and `shapes` the rows and
    columns of these. Of all that a cell reads, one reference after the other, `kept` are the places that count: in the
    others of a wide range the cells are empty, whichever cell reads them. `own` are the numbers of its cell that the
    function takes; `elements` which element of the array that it gives is shown.
    """

    function: Computable
    shapes: tuple[Shape, ...]
    cells: Numbers
    corners: Numbers
    kept: Numbers
    own: Array
    elements: Numbers

    @cached_property
    def width(self) -> int:
        """How much a cell reads that counts."""
        return len(self.kept)

    @cached_property
    def _ends(self) -> Numbers:
        """Where each reference ends, among all that a cell reads."""
        return np.cumsum([0, *(rows * columns for rows, columns in self.shapes)])[1:]

    @cached_property
    def span(self) -> int:
        """How much a cell reads, empty cells that do not count included: what a formula takes its time for."""
        return int(self._ends[-1]) if self.shapes else 0

    @property
    def _skips_empty(self) -> bool:
        return self.width < self.span

    def parts(self, rows: Numbers | None = None) -> Iterator[Numbers]:
        """Its rows, or some of them, as many at once as memory should hold."""
        rows = np.arange(len(self.cells)) if rows is None else rows
        yield from (rows[part] for part in _parts(len(rows), self.width))

    def numbers(self, rows: Numbers, numbers_of: Callable[[Numbers], Numbers]) -> Numbers:
        """The numbers of what counts that some of its cells read, (cells, width); `numbers_of` gives those of keys."""
        found = [np.zeros((len(rows), 0), dtype=np.int64)]
        for reference, (shape, kept) in enumerate(zip(self.shapes, self._kept_of_each, strict=True)):
            corners, which = np.unique(self.corners[rows, reference], return_inverse=True)
            found.append(numbers_of(_keys_in(shape, corners)[:, kept])[which])
        return np.concatenate(found, 1)

    @cached_property
    def _kept_of_each(self) -> list[Numbers]:
        """The places that count of each reference."""
        ends = [0, *self._ends.tolist()]
        return [self.kept[(self.kept >= begin) & (self.kept < end)] - begin for begin, end in pairwise(ends)]

    def values(self, rows: Numbers, read: Array, is_empty: Flags) -> tuple[Array, Flags]:
        """What some of its cells give, and of which that is known, for the numbers that they read, (cells, width)."""
        values, usable = np.zeros(len(rows)), np.zeros(len(rows), dtype=bool)
        found, good = self._run(rows, read, is_empty)
        if found:
            values[good], usable[good] = self._shown(rows[good], found[-1]), True
        return values, usable

    def slopes(self, rows: Numbers, read: Array, is_empty: Flags, known: Array) -> tuple[Array, Flags]:
        """The derivatives of some of its cells, (cells, width), and of which they are known; `known` are the values."""
        slopes, usable = np.zeros(read.shape), np.zeros(len(rows), dtype=bool)
        found, good = self._run(rows, read, is_empty)
        arrays = self.function.arrays
        if not found or arrays is None or is_stepped(self.function) or not arrays.gives_slopes:
            return slopes, usable
        seeds = np.zeros(found[-1].shape)
        seeds[self._places(rows[good], found[-1])] = 1.0
        parts = arrays.formula.slopes(found, seeds)[: len(self.shapes)]
        flat = (
            np.concatenate([part.reshape(len(part), -1) for part in parts], 1) if parts else np.zeros((len(seeds), 0))
        )
        values = self._shown(rows[good], found[-1])
        right = np.isfinite(flat).all(1) & (np.abs(values - known[good]) <= _SAME * np.maximum(np.abs(values), 1e-3))
        slopes[good], usable[good] = flat[:, self.kept], right
        return slopes, usable

    def _run(self, rows: Numbers, read: Array, is_empty: Flags) -> tuple[list[Array], Flags]:
        """What the operations of the array formula give in cells where it is proven, and which these are."""
        arrays = self.function.arrays
        good = np.asarray(~np.isnan(read).any(axis=1))
        if arrays is None or not good.any():
            return [], np.zeros_like(good)
        arguments = self._arguments(rows, read)
        if not arrays.gives_values([argument[good] for argument in arguments]):
            return [], np.zeros_like(good)
        if (self._skips_empty or is_empty.any()) and not arrays.takes_empty:
            good &= ~is_empty.any(axis=1) & (not self._skips_empty)
            if not good.any():
                return [], good
        try:
            found, finite = arrays.formula.run([argument[good] for argument in arguments])
        except ValueError:  # of ranges that do not go together
            return [], np.zeros_like(good)
        size = found[-1].shape[1:]
        if self.function.element is None and size != (1, 1):
            return [], np.zeros_like(good)
        right = np.broadcast_to(finite, int(good.sum())) & self._is_shown(rows[good], size)
        found = [part[right] if len(part) == len(right) else part for part in found]
        good[good] = right
        found[-1] = np.broadcast_to(found[-1], (int(good.sum()), *size))
        return (found if good.any() else []), good

    def _is_shown(self, rows: Numbers, size: Shape) -> Flags:
        return np.asarray(((self.elements[rows] < size) | (np.array(size) == 1)).all(1))

    def _arguments(self, rows: Numbers, read: Array) -> list[Array]:
        if self._skips_empty:
            counting, read = read, np.zeros((len(rows), self.span))
            read[:, self.kept] = counting
        parts = np.split(read, self._ends[:-1], 1) if self.shapes else []
        arguments = [part.reshape(-1, *shape) for part, shape in zip(parts, self.shapes, strict=True)]
        return [*arguments, *(column.reshape(-1, 1, 1) for column in self.own[rows].T)]

    def _places(self, rows: Numbers, result: Array) -> tuple[Any, ...]:
        """Which element of the results each cell shows; a result of one row or column is the same in all."""
        elements = self.elements[rows].T
        row, column = (np.where(size > 1, at, 0) for size, at in zip(result.shape[1:], elements, strict=True))
        return np.arange(len(result)), row, column

    def _shown(self, rows: Numbers, result: Array) -> Array:
        return np.asarray(result[self._places(rows, result)] + 0.0)


Areas = Sequence[tuple[int, range, range]]  # the sheet, the rows and the columns of each reference
Member = tuple[int, Cell, Computable, list[int]]  # of a batch: its number, its cell, its function and its corners


def batches_of(formulas: Formulas, areas: Mapping[Cell, Areas]) -> list[Batch]:
    """The batches of some formula cells, which are numbered in their order; `areas` are what each reads."""
    found: dict[tuple[object, tuple[Shape, ...]], list[Member]] = {}
    for number, (cell, read) in enumerate(areas.items()):
        formula = formulas.get(cell)
        assert formula is not None  # noqa: S101  it is asked for formula cells alone
        function = formula.function
        shapes = tuple((len(rows), len(columns)) for _, rows, columns in read)
        corners = [key((sheet, rows.start, columns.start)) for sheet, rows, columns in read]
        same = function if function.element is None else function.arrays or function
        found.setdefault((same, shapes), []).append((number, cell, function, corners))
    filled = _filled(formulas) if any(math.prod(shape) >= _WIDE for _, shapes in found for shape in shapes) else None
    return [_batch(shapes, group, filled) for (_, shapes), group in found.items()]


def _batch(shapes: tuple[Shape, ...], group: Sequence[Member], filled: Numbers | None) -> Batch:
    corners = np.array([corners for *_, corners in group], dtype=np.int64).reshape(len(group), -1)
    own = [own_numbers(function.own, *cell[1:]) for _, cell, function, _ in group]
    is_kept = [_any_filled(shape, corners[:, k], filled) for k, shape in enumerate(shapes)]
    return Batch(
        function=group[0][2],
        shapes=shapes,
        cells=np.array([number for number, *_ in group]),
        corners=corners,
        kept=np.flatnonzero(np.concatenate([*is_kept, np.zeros(0, dtype=bool)])),
        own=np.array(own).reshape(len(group), -1),
        elements=np.array([function.element or (0, 0) for _, _, function, _ in group]),
    )


def _filled(formulas: Formulas) -> Numbers:
    """The keys of all cells in which there is something, ascending."""
    return np.unique([key(cell) for cells in (formulas, formulas.constants()) for cell in cells])


def _any_filled(shape: Shape, corners: Numbers, filled: Numbers | None) -> Flags:
    """Of each cell of a wide range, whether in any of those with some corners there is something; else that it is."""
    size = math.prod(shape)
    found = np.full(size, size < _WIDE or filled is None)
    if filled is not None and not found.all():
        different = np.unique(corners)
        for part in _parts(len(different), size):
            keys = _keys_in(shape, different[part])
            found |= (filled[np.searchsorted(filled, keys).clip(max=len(filled) - 1)] == keys).any(axis=0)
    return found


def keys_read(batches: Sequence[Batch]) -> Numbers:
    """The keys of all that some batches read, each once, ascending."""
    corners: dict[Shape, list[Numbers]] = {}
    for batch in batches:
        for reference, shape in enumerate(batch.shapes):
            corners.setdefault(shape, []).append(batch.corners[:, reference])
    found = [np.zeros(0, dtype=np.int64)]
    for shape, of_batches in corners.items():
        different = np.unique(np.concatenate(of_batches))
        parts = _parts(len(different), math.prod(shape))
        found += [_distinct(_keys_in(shape, different[rows]).ravel()) for rows in parts]
    return np.unique(np.concatenate(found))


def _keys_in(shape: Shape, corners: Numbers) -> Numbers:
    """The keys of the cells of ranges, (ranges, cells)."""
    height, width = shape
    return corners[:, None] + (np.arange(height)[:, None] * _ROW + np.arange(width)).ravel()


def _parts(count: int, width: int) -> Iterator[slice]:
    """As many of some rows of numbers at once as memory should hold."""
    step = max(_MOST_AT_ONCE // max(width, 1), 1)
    return (slice(k, k + step) for k in range(0, count, step))


def _distinct(keys: Numbers) -> Numbers:
    """The different ones, ascending: marked in an array where they lie close together, as windows do that overlap."""
    low = keys.min()
    span = int(keys.max() - low) + 1
    if span > _SPARSE * len(keys):
        return np.unique(keys)
    is_there = np.zeros(span, dtype=bool)
    is_there[keys - low] = True
    return np.asarray(np.flatnonzero(is_there) + low)


def key(cell: Cell) -> int:
    """A cell as one number, larger to the right and below."""
    return cell[0] * _SHEET + cell[1] * _ROW + cell[2]


def cell_of(key: int) -> Cell:
    """The cell of a key."""
    return key // _SHEET, key % _SHEET // _ROW, key % _ROW
