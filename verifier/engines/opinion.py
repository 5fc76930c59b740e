"""A second opinion: where another engine gets another value than `formulas`, whose results are the verdict's.

The engines disagree on a cell where the other's value differs both from what `formulas` computes for the workbook and
from what `formulas` gives for the other's own values of the cells that the formula reads: the first, because only then
there is anything to tell; the second, so that the first cell of a chain alone is named, and because rounding can grow
along a training that is not stable.
"""

from collections.abc import Collection, Mapping

from verifier.computing.recompute import Cell, Formulas, differs
from verifier.engines.calculator import Calculator, EngineError
from verifier.engines.plain_book import plain_book
from verifier.findings import Finding, Kind, SecondOpinion
from verifier.ranges import ranges_of
from verifier.reading.references import UnsupportedFormulaError
from verifier.values import UNKNOWN_NAME, Value, in_words

RELATIVE, ABSOLUTE = 1e-9, 1e-12  # of a difference that is more than rounding; LibreOffice gives 15 digits


def ask(
    calculator: Calculator, formulas: Formulas, chain: Mapping[Cell, Value], failed: Collection[Cell]
) -> tuple[SecondOpinion, list[Finding]]:
    """Have another engine calculate a workbook; returns how that went, and where it disagrees, a column at a time.

    `chain` has the values that `formulas` computes; the formulas in `failed` could not be, and nobody else is asked.
    """
    book = plain_book(formulas, failed)
    try:
        theirs = calculator.calculate(book)
    except EngineError as error:
        return SecondOpinion(calculator.name, 0, 0, str(error)), []
    groups: dict[tuple[int, int], list[Cell]] = {}
    for cell in book.formulas:
        if _disagree(formulas, cell, chain, theirs):
            groups.setdefault((cell[0], cell[2]), []).append(cell)
    findings = [_finding(calculator.name, formulas, sorted(group), chain, theirs) for group in groups.values()]
    return SecondOpinion(calculator.name, len(book.formulas), sum(finding.count for finding in findings)), findings


def _disagree(formulas: Formulas, cell: Cell, chain: Mapping[Cell, Value], theirs: Mapping[Cell, Value]) -> bool:
    value = theirs.get(cell)
    if value == chain[cell] or not _differ(value, chain[cell]):
        return False
    try:
        read = {place: theirs.get(place, chain.get(place)) for place in formulas.precedents(cell)}
        return _differ(value, formulas.compute(cell, read))
    except UnsupportedFormulaError:  # on their values `formulas` computes nothing that could excuse the difference
        return True


def _differ(left: Value, right: Value) -> bool:
    """Whether two values differ beyond rounding; an empty text shows as nothing does, and to Python, too, TRUE is 1."""
    return differs("" if left is None else left, "" if right is None else right, ABSOLUTE, RELATIVE)


def _finding(
    engine: str, formulas: Formulas, cells: list[Cell], chain: Mapping[Cell, Value], theirs: Mapping[Cell, Value]
) -> Finding:
    number, row, column = first = cells[0]
    sheet = formulas.workbook.sheets[number]
    own, other = chain[first], theirs.get(first)
    reason = "; it does not know a function in it" if other == UNKNOWN_NAME and own != UNKNOWN_NAME else ""
    return Finding(
        kind=Kind.DISAGREEMENT,
        sheet=sheet.name,
        cells=ranges_of((r, c) for _, r, c in cells),
        count=len(cells),
        message=f"`formulas` computes {in_words(own)}, {engine} computes {in_words(other)}{reason}",
        formula=sheet.formula_text((row, column)),
        value=own,
    )
