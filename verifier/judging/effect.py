"""What a fault does: how far off it makes a gradient, and where E_total ends with it.

Each fault is taken alone: the table is computed again with the repairs of all other faults in their cells. A fault for
which no repair is known stays as it is, and counts with the others.

The gradients are those of one iteration from the right state before it, so that a fault's own error shows and not what
a training makes of it; E_total is that of the training, chained from the start to the last row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from templates import TOTAL_LOSS, gradient_of
from verifier.computing.recompute import Cell, Formulas, recompute
from verifier.findings import Effect, Finding
from verifier.judging.case import Case
from verifier.judging.descent_effect import is_same_loss, loss_with
from verifier.judging.oracle import Array
from verifier.judging.repaired import Repaired, repaired
from verifier.judging.states import on_cells
from verifier.values import Value

MOST_CELLS = 400_000  # that are computed for the effects of a table's faults: about a second
_COPIED = 50  # formulas of the workbook, in the time that it takes to compute one cell


def with_effects(case: Case, findings: Sequence[Finding], others: Sequence[Finding]) -> list[Finding]:
    """Faults of a table, each with its effect; without one from where on it would take too long.

    `others` are faults of the table too, of which no effect is asked for.
    """
    cells = 2 * len(case.table.rows) * len(case.table.columns) + len(case.formulas) // _COPIED
    count = MOST_CELLS // cells
    if not count:
        return list(findings)
    retraining = _Retraining(case)
    repairs = [repaired(case.formulas, finding.repairs) for finding in (*findings, *others)]
    known = [
        replace(finding, effect=retraining.effect(_own_cells(finding), [r for r in repairs if r is not own]))
        for finding, own in zip(findings[:count], repairs, strict=False)
    ]
    return [*known, *findings[count:]]


def _own_cells(finding: Finding) -> set[tuple[int, int]]:
    return set(finding.places) | {(repair.row, repair.column) for repair in finding.repairs}


class _Retraining:
    """Computes a table again with some of its cells mended."""

    def __init__(self, case: Case) -> None:
        self._case = case
        table = case.table
        ordered = sorted((name for name in table.columns if name in case.order), key=case.order.__getitem__)
        self._ordered = [(name, table.columns[name]) for name in ordered]
        given = {*case.model.inputs, *case.model.targets, *case.model.parameters}
        self._computed = {column for name, column in self._ordered if name not in given}
        gradients = [gradient_of(name) for name in case.model.trained]
        self._gradients = [name for name in gradients if name in table.columns and name in case.expected]

    def effect(self, own: set[tuple[int, int]], others: Sequence[Repaired]) -> Effect:
        """The effect of the fault in the cells `own`, given by rows and columns, with the others mended."""
        changes = {cell: formula for mended in others for cell, formula in mended.formulas.items()}
        numbers = {cell: value for mended in others for cell, value in mended.numbers.items()}
        formulas = self._case.formulas.with_changes(changes)
        label, absolute, relative = self._gradient_error(formulas, numbers, own)
        final, right = self._losses(others)
        return Effect(label, absolute, relative, final, right)

    def _losses(self, others: Sequence[Repaired]) -> tuple[float | None, float | None]:
        """E_total in the last row that has it, with the fault and without."""
        case, table = self._case, self._case.table
        if TOTAL_LOSS not in table.columns or TOTAL_LOSS not in case.expected:
            return None, None
        right = float(case.expected[TOTAL_LOSS][case.iteration(table.last_whole)])
        if np.isnan(right):
            return None, None
        in_order = ((table.sheet, row, column) for row in table.rows for _, column in self._ordered)
        final = loss_with(others, case.formulas, case.cell(TOTAL_LOSS, table.last_whole), in_order)
        return right if final is not None and is_same_loss(final, right) else final, right

    def _rates(self) -> dict[Cell, Value]:
        rate = self._case.given.rate
        cells = () if rate is None else rate.cells
        return {cell: self._case.seeded[cell] for cell in cells if cell in self._case.seeded}

    def _gradient_error(
        self, formulas: Formulas, numbers: Mapping[Cell, Value], own: set[tuple[int, int]]
    ) -> tuple[str | None, float | None, float | None]:
        """The gradient that is the furthest off for its size, how far, and how far for its size; None where none is."""
        table = self._case.table
        values: dict[Cell, Value] = on_cells(table, self._case.expected, table.rows) | self._rates()
        errors = np.zeros(len(self._gradients))
        held = {**numbers, **self._typed(own)}
        for row in table.rows:
            cells = [(table.sheet, row, c) for _, c in self._ordered if c in self._computed or (row, c) in own]
            right = {cell: values.pop(cell) for cell in cells if cell in values}
            values.update((cell, held[cell]) for cell in cells if cell in held)
            recompute(formulas, iter(cells), values)
            errors = np.fmax(errors, [self._error(name, row, values) for name in self._gradients])
            values.update(right)
        return self._largest(errors)

    def _typed(self, own: set[tuple[int, int]]) -> dict[Cell, Value]:
        """What the fault's cells hold that have no formula."""
        formulas, sheet = self._case.formulas, self._case.table.sheet
        cells = [(sheet, *place) for place in own]
        return {cell: formulas.cached(cell) for cell in cells if cell not in formulas}

    def _error(self, name: str, row: int, values: Mapping[Cell, Value]) -> float:
        """How far a gradient is from the right one beyond rounding; NaN where either is no number."""
        value = values.get(self._case.cell(name, row))
        if not isinstance(value, float):
            return float("nan")
        is_right = self._case.agrees(name, row, value)
        return 0.0 if is_right else abs(value - float(self._case.expected[name][self._case.iteration(row)]))

    def _largest(self, errors: Array) -> tuple[str | None, float | None, float | None]:
        scales = np.array([self._case.scales[name] for name in self._gradients])
        if not np.any(errors):
            return None, None, None
        with np.errstate(divide="ignore", invalid="ignore"):
            relative = np.where(errors > 0, errors / scales, 0.0)
        k = int(np.argmax(relative))
        return self._gradients[k], float(errors[k]), float(relative[k]) if np.isfinite(relative[k]) else None
