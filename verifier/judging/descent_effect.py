"""What a fault of a training does to its last loss: the workbook is computed again, with the fault and without.

Each fault is taken alone, with all others mended. One for which no mend is known stays as it is.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

from verifier.computing.graph import Graph
from verifier.computing.recompute import Cell, Formulas, recompute
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
    right = loss_with(mends, graph.formulas, loss) if left > 0 and any(map(_is_known, mends)) else None
    for k, (finding, own) in enumerate(zip(findings, mends, strict=True)):
        if right is None or not _is_known(own) or k >= left:
            yield finding
            continue
        final = loss_with([mend for mend in mends if mend is not own], graph.formulas, loss)
        final = right if final is not None and is_same_loss(final, right) else final
        effect = finding.effect or Effect(None, None, None, None, None)
        yield replace(finding, effect=replace(effect, final_loss=final, right_loss=right, loss_label=label))


def is_same_loss(one: float, other: float) -> bool:
    """Whether two losses differ by nothing but rounding."""
    return abs(one - other) <= _SAME * abs(other)


def _is_known(mend: Repaired) -> bool:
    return bool(mend.formulas or mend.numbers)


def loss_with(mends: Sequence[Repaired], formulas: Formulas, loss: Cell, before: Iterable[Cell] = ()) -> float | None:
    """The loss with some faults mended; None where it is no number. What it reads is quicker if it comes `before`."""
    changes = {cell: formula for mend in mends for cell, formula in mend.formulas.items()}
    formulas = formulas.with_changes(changes)
    values = formulas.constants() | {cell: value for mend in mends for cell, value in mend.numbers.items()}
    recompute(formulas, chain(before, [loss]), values)
    value = values.get(loss)
    return value if isinstance(value, float) else None
