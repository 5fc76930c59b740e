"""A workbook computed twice: as it is, and as it is once it is mended."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from verifier.computing.engine import Engine
from verifier.computing.recompute import Cell, Formulas, recompute
from verifier.fixing.plan import Plan, SheetPlan, is_label
from verifier.reading.parsing import PatternReader
from verifier.reading.sheets import Sheet, Workbook
from verifier.values import ExcelError, Value


@dataclass(frozen=True)
class Computation:
    """The formulas of a workbook `before` and `after` it is mended, and the values of all cells: `old` and `new`.

    `failed` are the cells of the mended workbook whose formulas cannot be computed.
    """

    before: Formulas
    after: Formulas
    old: Mapping[Cell, Value]
    new: Mapping[Cell, Value]
    failed: frozenset[Cell]

    def moved(self) -> Iterator[tuple[Cell, Value]]:
        """The cells whose value is not what it was, with what it was."""
        return ((cell, self.old.get(cell)) for cell, value in self.new.items() if self.old.get(cell) != value)

    def errors(self) -> tuple[int, int]:
        """How many cells hold an error, before and after."""
        before, after = (sum(isinstance(v, ExcelError) for v in values.values()) for values in (self.old, self.new))
        return before, after


def compute(workbook: Workbook, plan: Plan, engine: Engine) -> Computation:
    """Compute a workbook with the contents that it has, and with those that are planned."""
    before = Formulas(workbook, engine)
    after = Formulas(_mended(workbook, plan), engine)
    old, _ = _computed(before)
    new, failed = _computed(after)
    return Computation(before, after, old, new, failed)


def _computed(formulas: Formulas) -> tuple[dict[Cell, Value], frozenset[Cell]]:
    """The values of all cells, and the cells whose formulas cannot be computed."""
    values = formulas.constants()
    failed = recompute(formulas, iter(formulas), values)
    return values, frozenset({*failed, *formulas.unsupported})


def _mended(workbook: Workbook, plan: Plan) -> Workbook:
    sheets = [
        _mended_sheet(sheet, plan.sheets[number]) if number in plan.sheets else sheet
        for number, sheet in enumerate(workbook.sheets)
    ]
    return replace(workbook, sheets=tuple(sheets))


def _mended_sheet(sheet: Sheet, plan: SheetPlan) -> Sheet:
    """The sheet with its new contents; orphans keep the formulas that they have."""
    mended = replace(
        sheet, values=dict(sheet.values), formulas=dict(sheet.formulas), unsupported=dict(sheet.unsupported)
    )
    reader = PatternReader({})
    for place, content in plan.contents.items():
        mended.unsupported.pop(place, None)
        if isinstance(content, float) or is_label(content):
            mended.formulas.pop(place, None)
            mended.values[place] = content
        else:
            mended.values[place] = None
            mended.formulas[place] = reader.read(content.removeprefix("="), *place)
    return mended
