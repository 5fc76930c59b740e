"""A table whose updates follow an optimizer that is not gradient descent: labels tell its network, a proof its steps.

Where most updates are not those of gradient descent, the first rows are judged without labels, all other faults being
mended. If the updates are proven to follow an optimizer there, all with their formulas do, and the others are wrong.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from templates import TOTAL_LOSS
from verifier.computing.graph import Graph
from verifier.computing.recompute import Cell, Formula, Formulas
from verifier.computing.whole import recompute_all
from verifier.findings import Finding, Kind, Repair
from verifier.judging.case import Case
from verifier.judging.descent_effect import with_losses
from verifier.judging.descent_verdict import Training, judge_descent
from verifier.judging.repaired import repaired
from verifier.judging.table_check import Faults
from verifier.judging.table_findings import findings_of
from verifier.ranges import ranges_of
from verifier.reading.parsing import parse
from verifier.reading.references import Pattern, UnsupportedFormulaError
from verifier.values import Value

_FIRST_ROWS = 6  # of the table, in which the optimizer is looked for


@dataclass(frozen=True)
class Optimized:
    """What is found in a table under its own optimizer."""

    optimizer: str
    findings: list[Finding]
    notes: list[str]


@dataclass(frozen=True)
class _Proof:
    """The optimizer that the trainings of the first rows are proven to follow."""

    optimizer: str
    trainings: Sequence[Training]


def under_optimizer(case: Case, faults: Faults) -> Optimized | None:
    """What is found in a table under the optimizer of its own; None where most updates are right, or follow none."""
    trained = [name for name in case.model.trained if name in case.table.columns]
    updates = {fault.name for fault in faults.cells if fault.kind is Kind.WRONG_UPDATE}.intersection(trained)
    if len(updates) < 2 or len(updates) * 2 <= len(trained):
        return None
    others = [fault for fault in faults.cells if fault.kind is not Kind.WRONG_UPDATE or fault.name not in trained]
    findings, notes = findings_of(case, replace(faults, cells=tuple(others)))
    proof = _proof(case, [finding for finding in findings if finding.label not in trained])
    if proof is None:
        return None
    told = [_with_own_mend(finding, case, proof) if finding.label in trained else finding for finding in findings]
    found = [*told, *(finding for name in trained for finding in _unlike(name, case, proof))]
    right = _mended(case, found)[1] if found else {}
    return Optimized(proof.optimizer, list(_with_losses([_retold(f, case, right) for f in found], case)), notes)


def _proof(case: Case, findings: Sequence[Finding]) -> _Proof | None:
    """The optimizer that the first rows are proven to follow, some faults being mended; None where there is none."""
    formulas, chain = _mended(case, findings)
    table = case.table
    looked_at = {(table.sheet, row) for row in table.rows[:_FIRST_ROWS]}
    settled = {cell for cell in chain if cell[:2] not in looked_at}
    trainings = judge_descent(formulas, chain, settled).parts
    optimizers = {training.optimizer for training in trainings}
    optimizer = optimizers.pop() if len(optimizers) == 1 else None
    return None if optimizer is None else _Proof(optimizer, trainings)


def _mended(case: Case, findings: Sequence[Finding]) -> tuple[Formulas, dict[Cell, Value]]:
    """The workbook with some faults mended, and its values."""
    mends = repaired(case.formulas, [repair for finding in findings for repair in finding.repairs])
    formulas = case.formulas.with_changes(mends.formulas)
    chain = {cell: value for cell, value in formulas.constants().items() if cell not in mends.formulas}
    chain |= mends.numbers
    recompute_all(formulas, chain)
    return formulas, chain


def _retold(finding: Finding, case: Case, right: Mapping[Cell, Value]) -> Finding:
    """A fault with the numbers of the table's own training, in the place of those of gradient descent."""
    effect = finding.effect and replace(finding.effect, final_loss=None, right_loss=None)
    if not finding.places:
        return replace(finding, effect=effect)
    cell = (case.table.sheet, *min(finding.places))
    value = finding.value if finding.formula is None else _value(cell, case, right)
    mended, start = right.get(cell), finding.expected if finding.iteration == 0 else None
    expected = mended if finding.repairs and isinstance(mended, float) else start
    return replace(finding, effect=effect, expected=expected, value=value)


def _with_own_mend(finding: Finding, case: Case, proof: _Proof) -> Finding:
    """A fault in the column of a parameter, with the update that the others in it have as its mend."""
    column = case.table.columns[finding.label or ""]
    usual = case.usual(column)
    places = sorted(finding.places)
    if usual is None or usual not in _following(column, case, proof) or not places:
        return replace(finding, mend=None, repairs=())
    return replace(finding, mend=usual.pattern.text(*places[0]), repairs=_repairs(usual.pattern, places, case))


def _value(cell: Cell, case: Case, right: Mapping[Cell, Value]) -> Value:
    """What a formula gives where all other cells are right."""
    try:
        return case.formulas.compute(cell, dict(right), case.formulas.get(cell))
    except UnsupportedFormulaError:
        return case.chain.get(cell)


def _unlike(name: str, case: Case, proof: _Proof) -> Iterator[Finding]:
    """The updates of a parameter that do not follow the optimizer, those with one formula together."""
    column, usual = case.table.columns[name], case.usual(case.table.columns[name])
    following, looked_at = set(_following(column, case, proof)), case.table.rows[:_FIRST_ROWS]
    places: dict[Formula, list[tuple[int, int]]] = {}
    for row, formula in list(zip(case.table.rows, case.column(column), strict=True))[1:]:
        if formula is not None and formula not in following:
            places.setdefault(formula, []).append((row, column))
    for wrong in places.values():
        if usual not in following and wrong[0][0] not in looked_at:
            continue  # as where each row has another number in its formula: nothing is proven of it
        yield _finding(name, wrong, case, proof, usual if usual in following else None)


def _following(column: int, case: Case, proof: _Proof) -> Iterator[Formula | None]:
    """The formulas of a column that are proven to be updates of its own parameter."""
    for training in proof.trainings:
        for cell, parameter in training.followers:
            if cell[2] == parameter[2] == column and cell[0] == case.table.sheet:
                yield case.formulas.get(cell)


def _finding(name: str, places: Sequence[tuple[int, int]], case: Case, proof: _Proof, usual: Formula | None) -> Finding:
    """A wrong formula of updates; `usual` is the right one of the rest of the column."""
    sheet, (row, column) = case.formulas.workbook.sheets[case.table.sheet], places[0]
    told = (finding for training in proof.trainings for finding in training.result.findings)
    proven = next((finding for finding in told if places[0] in finding.places), None)
    mend = proven.mend if proven and proven.mend and min(proven.places) == places[0] else None
    pattern = usual.pattern if usual else mend and parse(mend.removeprefix("="), row, column, {})
    text = f"{name} is not updated with {proof.optimizer} by its own gradient, as the other parameters are"
    return Finding(
        kind=Kind.WRONG_UPDATE if usual is None else Kind.BROKEN_PATTERN,
        sheet=sheet.name,
        cells=ranges_of(places),
        count=len(places),
        message=text if usual is None else f"the formula is not the one of the rest of the column {name}",
        label=name,
        iteration=case.iteration(row),
        formula=sheet.formula_text(places[0]),
        mend=pattern.text(row, column) if pattern else None,
        slip=proven.slip if proven else None,
        places=frozenset(places),
        repairs=_repairs(pattern, places, case) if pattern else (),
    )


def _repairs(pattern: Pattern, places: Sequence[tuple[int, int]], case: Case) -> tuple[Repair, ...]:
    """A formula, filled into some cells."""
    return tuple(Repair(case.table.sheet, *place, pattern.text(*place)) for place in places)


def _with_losses(findings: Sequence[Finding], case: Case) -> Iterator[Finding]:
    """Faults with what they make of the last loss."""
    table = case.table
    if TOTAL_LOSS not in table.columns:
        return iter(findings)
    graph = Graph(case.formulas, (cell for cell in case.chain if cell[0] == table.sheet and cell[1] in table.rows))
    return with_losses(findings, graph, case.cell(TOTAL_LOSS, table.last_whole), TOTAL_LOSS)
