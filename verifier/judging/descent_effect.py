"""What a fault of a training does to its last loss: the workbook is computed again, with the fault and without.

Each fault is taken alone, with all others mended. One for which no mend is known stays as it is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from verifier.computing.graph import Graph
from verifier.computing.recompute import Cell, recompute
from verifier.findings import Effect, Finding
from verifier.judging.repaired import Repaired, repaired

MOST_CELLS = 200_000  # that are computed for the effects of the faults of a training: about a second
_SAME = 1e-12  # relative difference of two losses that comes from rounding


def with_losses(findings: Sequence[Finding], graph: Graph, loss: Cell, label: str) -> Iterator[Finding]:
    """Faults of a training, each with what it makes of the last loss, where its mend is known.

    `loss` is the cell of that, and `label` what it is called.
    """
    mends = [repaired(graph.formulas, finding.repairs) for finding in findings]
    left = MOST_CELLS // max(len(graph.past(loss)), 1) - 1
    right = _loss(graph, loss, mends) if left > 0 and any(map(_is_known, mends)) else None
    for k, (finding, own) in enumerate(zip(findings, mends, strict=True)):
        if right is None or not _is_known(own) or k >= left:
            yield finding
            continue
        final = _loss(graph, loss, [mend for mend in mends if mend is not own])
        if final is not None and abs(final - right) <= _SAME * abs(right):
            final = right
        effect = finding.effect or Effect(None, None, None, None, None)
        yield replace(finding, effect=replace(effect, final_loss=final, right_loss=right, loss_label=label))


def _is_known(mend: Repaired) -> bool:
    return bool(mend.formulas or mend.numbers)


def _loss(graph: Graph, loss: Cell, mends: Sequence[Repaired]) -> float | None:
    """The loss with some faults mended; None where it is no number."""
    changes = {cell: formula for mend in mends for cell, formula in mend.formulas.items()}
    formulas = graph.formulas.with_changes(changes)
    values = {cell: value for cell, value in formulas.constants().items() if cell not in changes}
    values |= {cell: value for mend in mends for cell, value in mend.numbers.items()}
    recompute(formulas, iter([loss]), values)
    value = values.get(loss)
    return value if isinstance(value, float) else None
