"""What was proved of a training: where its parts stand, and how many of them are right."""

from collections.abc import Iterable, Sequence

from verifier.computing.recompute import Cell
from verifier.findings import TrainingResult
from verifier.judging.step_check import StepVerdict
from verifier.ranges import blocks_of
from verifier.reading.sheets import Sheet


def training_result(verdicts: Sequence[StepVerdict], rule: str, sheets: Sequence[Sheet]) -> TrainingResult:
    """The steps of a training, the first one as the example."""
    first = verdicts[0].step
    home = first.objective.cells[0][0]

    def at(cells: Iterable[Cell]) -> str:
        return places(cells, home, sheets)

    held = [gradient.is_held for gradient in first.gradients]
    shown = (update.gradient for update in first.updates if update.gradient is not None)
    return TrainingResult(
        steps=len(verdicts),
        rule=rule,
        loss=at(first.objective.cells),
        derivatives=at(first.objective.weights) or None,
        parameters=at(update.parameter for update in first.updates),
        gradients=at(gradient.cell for gradient in first.gradients) if held else at(shown),
        updates=at(update.cell for update in first.updates),
        factor=verdicts[0].factor,
        proven=sum(held) if held else sum(len(verdict.right) for verdict in verdicts),
        every=len(held) or sum(len(verdict.step.updates) for verdict in verdicts),
    )


def places(cells: Iterable[Cell], home: int, sheets: Sequence[Sheet]) -> str:
    """Cells as ranges, with the names of sheets other than the one at `home`."""
    by_sheet: dict[int, list[tuple[int, int]]] = {}
    for sheet, row, column in cells:
        by_sheet.setdefault(sheet, []).append((row, column))
    parts = [(sheet, blocks_of(found)) for sheet, found in by_sheet.items()]
    return ", ".join(text if sheet == home else f"{sheets[sheet].name}!{text}" for sheet, text in parts)
