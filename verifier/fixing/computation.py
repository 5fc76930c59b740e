"""A workbook computed twice, as it is and as it is once it is mended; and what its cells hold then.

A cell whose value is another one when it is mended, or was not its formula's in the file already, gets the new one,
with all its digits. What cannot be recomputed keeps the value that it has.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from verifier.computing.engine import Engine
from verifier.computing.recompute import Cell, Formulas
from verifier.computing.whole import recompute_all
from verifier.fixing.cell_xml import Change, Content, Refreshed
from verifier.fixing.plan import Plan, SheetPlan, is_label
from verifier.judging.stale import has_cached_values, outdated
from verifier.reading.later_functions import in_file
from verifier.reading.parsing import PatternReader
from verifier.reading.sheets import Sheet, Workbook
from verifier.values import ExcelError, Value

Changes = dict[int, dict[tuple[int, int], Change]]  # by the number of the sheet and the place in it


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
    failed = recompute_all(formulas, values)
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


def make_changes(computation: Computation, plan: Plan, is_stale: bool) -> Changes:
    """All cells that change; `is_stale` says that cached values were found not to be those of their formulas."""
    before, after, new, failed = computation.before, computation.after, computation.new, computation.failed
    has_values = has_cached_values(before, computation.old)
    changes: Changes = {}
    for number, sheet_plan in plan.sheets.items():
        for place, content in (sheet_plan.contents | sheet_plan.orphans).items():
            value = new.get((number, *place)) if has_values and (number, *place) not in failed else None
            changes.setdefault(number, {})[place] = _content(content, value)
    doubtful = outdated(after, new) if is_stale else []
    moved = (cell for cell, _ in computation.moved())
    for cell in {*moved, *doubtful} if has_values else ():
        number, place = cell[0], cell[1:]
        is_computed = cell in after and cell not in failed and place not in changes.get(number, {})
        if is_computed and before.cached(cell) != new[cell]:
            changes.setdefault(number, {})[place] = Refreshed(new[cell])
    return changes


def _content(content: str | float, value: Value) -> Content:
    if isinstance(content, float) or is_label(content):
        return Content(None, content)
    return Content(in_file(content.removeprefix("=")), value)
