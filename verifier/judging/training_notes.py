"""What was proved of a training, in words: where its parts stand, and how many of them are right."""

from collections.abc import Iterable, Iterator, Sequence
from math import isclose

from verifier.claims.descent import SAME
from verifier.computing.recompute import Cell
from verifier.judging.step_check import StepVerdict
from verifier.ranges import blocks_of
from verifier.reading.sheets import Sheet


def notes_on(verdicts: Sequence[StepVerdict], sheets: Sequence[Sheet]) -> Iterator[str]:
    """Sentences on the steps of a training, the first one as the example."""
    first = verdicts[0].step
    home = first.objective.cells[0][0]

    def at(cells: Iterable[Cell]) -> str:
        return places(cells, home, sheets)

    if first.objective.weights:
        what = f"the loss's derivatives by {at(first.objective.cells)} are taken from {at(first.objective.weights)}"
    else:
        what = f"the loss is in {at(first.objective.cells)}"
    if first.gradients:
        held = sum(gradient.is_held for gradient in first.gradients)
        yield f"has one step: {what}, the gradients that follow are in {at(g.cell for g in first.gradients)}"
        yield f"has {held} of {len(first.gradients)} gradients right"
        return
    gradients = [update.gradient for update in first.updates if update.gradient is not None]
    shown = f", their gradients in {at(gradients)}" if gradients else ""
    beginning = "one step:" if len(verdicts) == 1 else f"{len(verdicts):,} steps; in the first"
    yield (
        f"has {beginning} {what}, the parameters in {at(u.parameter for u in first.updates)}{shown}, "
        f"the updates in {at(u.cell for u in first.updates)}"
    )
    right, every = (sum(len(part) for part in parts) for parts in _counted(verdicts))
    yield f"has {right:,} of {every:,} updates proven"
    factor = verdicts[0].factor
    if factor is not None and not isclose(factor, 1.0, rel_tol=SAME):
        yield f"has gradients that are {factor:.6g} times the derivatives of {at(first.objective.cells)}"


def _counted(verdicts: Sequence[StepVerdict]) -> tuple[list[Sequence[object]], list[Sequence[object]]]:
    return [verdict.right for verdict in verdicts], [verdict.step.updates for verdict in verdicts]


def places(cells: Iterable[Cell], home: int, sheets: Sequence[Sheet]) -> str:
    """Cells as ranges, with the names of sheets other than the one at `home`."""
    by_sheet: dict[int, list[tuple[int, int]]] = {}
    for sheet, row, column in cells:
        by_sheet.setdefault(sheet, []).append((row, column))
    parts = [(sheet, blocks_of(found)) for sheet, found in by_sheet.items()]
    return ", ".join(text if sheet == home else f"{sheets[sheet].name}!{text}" for sheet, text in parts)
