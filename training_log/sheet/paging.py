"""Where a run's sheet is parted into pages: between its blocks, and inside one only where it is longer than a page."""

from collections.abc import Sequence
from itertools import pairwise

from training_log.sheet.canvas import Canvas

PAGE_PIXELS = 925  # of rows on a page of A4 across, where all columns are on it
MOST_BREAKS = 1_000  # of a sheet; Excel takes a few more


def page_breaks(canvas: Canvas, starts: Sequence[int], end: int) -> list[int]:
    """The rows that begin a page, for the first rows of the blocks and the row after the last block.

    The last row of each block is an empty one, which needs no room at the end of a page. Excel forgets such breaks
    where all columns are to fit on a page, and begins one where the one before is full: nearly in the same places.
    """
    breaks, used = list[int](), 0
    for first, following in pairwise([*starts, end + 1]):
        heights = [canvas.height(row) for row in range(first, following - 1)]
        if used and used + sum(heights) > PAGE_PIXELS:
            breaks.append(first)
            used = 0
        for row, height in enumerate(heights, first):
            if used + height > PAGE_PIXELS:
                breaks.append(row)
                used = 0
            used += height
        used += canvas.height(following - 1)
    return breaks[:MOST_BREAKS]
