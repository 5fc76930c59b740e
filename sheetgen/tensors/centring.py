"""What is drawn, placed as MNIST's digits are: its numbers, as the sheets compute them.

MNIST scales a digit, keeping its proportions, to fill a box of 20 by 20 pixels, and then moves it by whole pixels until
its centre of mass lies in the middle of 28 by 28 (LeCun, Cortes, Burges, "The MNIST database"); in its files that
is pixel 15, counted from 1. So its own digits stay as they are, 9,996 of the 10,000 for testing.

Both are one product of matrices, rows · ink · columns: each row of the result averages an interval of the rows drawn,
as wide as a pixel of the result is there, but not narrower than one, so that what is enlarged is interpolated.
"""

from typing import NamedTuple

import numpy as np

from sheetgen.tensors.operations import Array

SIDE, BOX = 28, 20  # of MNIST's images, and of the box that a digit fills
THICK = 2  # what is typed for a thick dot
SPREAD = 0.3  # of its ink on each pixel around it


class Axis(NamedTuple):
    """One direction: its rows, or its columns, counted from 1."""

    sums: Array  # of the ink in each
    numbers: Array  # of each that has ink, else 0
    first: float
    last: float
    mass: float  # where the centre of mass is
    moved: float  # by how much the box is moved
    begins: Array  # of the interval that each of the result averages
    ends: Array
    weights: Array  # (drawn, result)


class Centred(NamedTuple):
    """All numbers of the sheet."""

    ink: Array  # (height, width)
    placed: bool
    zoom: float
    averaged: float  # rows, or columns, of the drawing in one of the result
    rows: Axis
    columns: Axis
    scaled: Array  # with the rows done
    seen: Array


def box_of(shape: tuple[int, ...]) -> float:
    """The side of the box for images of a height and a width."""
    return BOX * min(shape) / SIDE


def middle_of(size: int) -> float:
    """Where the centre of mass is to be: the pixel behind the middle."""
    return size / 2 + 1


def inked(drawing: Array) -> Array:
    """The ink (height, width) of what is typed."""
    thick = np.pad(drawing == THICK, 1)
    height, width = drawing.shape
    around = sum(thick[i : i + height, j : j + width].astype(float) for i in range(3) for j in range(3))
    ink: Array = np.minimum(1, drawing + SPREAD * around)
    return ink


def centred(drawing: Array, wanted: bool) -> Centred:
    """Place what is drawn; where nothing is, or it is not wanted, it stays where it is."""
    ink = inked(drawing)
    switched = wanted and bool(ink.any())
    along = [_inked_of(ink.sum(axis=1), switched), _inked_of(ink.sum(axis=0), switched)]
    extent = max(last - first for _, first, last in along)
    zoom = box_of(ink.shape) / (extent + 1) if switched else 1.0
    averaged = max(1.0, 1 / zoom)
    rows, columns = (
        _axis(ink.sum(axis=1 - k), *along[k], zoom=zoom, averaged=averaged, switched=switched) for k in (0, 1)
    )
    scaled = rows.weights.T @ ink
    return Centred(ink, switched, zoom, averaged, rows, columns, scaled, scaled @ columns.weights)


def _inked_of(sums: Array, switched: bool) -> tuple[Array, float, float]:
    """The numbers of what has ink, and the first and the last of them."""
    numbers = np.where(sums > 0, np.arange(1.0, len(sums) + 1), 0)
    some = numbers[numbers > 0]
    return (numbers, some[0], some[-1]) if switched else (numbers, 1.0, float(len(sums)))


def _axis(
    sums: Array, numbers: Array, first: float, last: float, *, zoom: float, averaged: float, switched: bool
) -> Axis:
    size = len(sums)
    mass, moved = middle_of(size), 0.0
    if switched:
        mass = float(sums @ numbers / sums.sum())
        shift = middle_of(size) - (mass - first + 0.5) * zoom - 0.5
        moved = float(np.copysign(np.floor(abs(shift) + 0.5), shift))
    result = np.arange(1.0, size + 1)
    begins: Array = first - 1 + (result - 0.5 - moved) / zoom - averaged / 2
    ends: Array = begins + averaged
    drawn = result[:, None]
    weights = np.maximum(0, np.minimum(drawn, ends) - np.maximum(drawn - 1, begins)) / averaged
    return Axis(sums, numbers, first, last, mass, moved, begins, ends, weights)


def seen(drawing: Array, placed: bool = True) -> Array:
    """What the network sees of a drawing (channels, height, width): pictures of several channels as they are."""
    return centred(drawing[0], placed).seen[None] if len(drawing) == 1 else drawing
