"""What the cells of a workbook hold once it is mended, and what its formulas then give.

Every formula is computed before and after; a cell whose value is another one then, or was not its formula's in the file
already, gets the new one, with all its digits. What cannot be recomputed keeps the value that it has.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from verifier.computing.engine import Engine
from verifier.computing.recompute import Cell, Formulas, recompute
from verifier.fixing.cell_xml import Change, Content, Refreshed
from verifier.fixing.plan import Plan, SheetPlan, is_label
from verifier.judging.stale import has_cached_values, outdated
from verifier.reading.later_functions import in_file
from verifier.reading.parsing import PatternReader
from verifier.reading.sheets import Sheet, Workbook
from verifier.values import Value

Changes = dict[int, dict[tuple[int, int], Change]]  # by the number of the sheet and the place in it


def make_changes(workbook: Workbook, plan: Plan, engine: Engine, is_stale: bool) -> Changes:
    """All cells that change; `is_stale` says that cached values were found not to be those of their formulas."""
    before = Formulas(workbook, engine)
    after = Formulas(_mended(workbook, plan), engine)
    old, _ = _computed(before)
    new, failed = _computed(after)
    has_values = has_cached_values(before)
    changes: Changes = {}
    for number, sheet_plan in plan.sheets.items():
        for place, content in (sheet_plan.contents | sheet_plan.orphans).items():
            value = new.get((number, *place)) if has_values and (number, *place) not in failed else None
            changes.setdefault(number, {})[place] = _content(content, value)
    doubtful = outdated(after, new) if is_stale else []
    for cell in {*_moved(old, new), *doubtful} if has_values else ():
        number, place = cell[0], cell[1:]
        is_computed = cell in after and cell not in failed and place not in changes.get(number, {})
        if is_computed and before.cached(cell) != new[cell]:
            changes.setdefault(number, {})[place] = Refreshed(new[cell])
    return changes


def _content(content: str | float, value: Value) -> Content:
    if isinstance(content, float) or is_label(content):
        return Content(None, content)
    return Content(in_file(content.removeprefix("=")), value)


def _moved(old: Mapping[Cell, Value], new: Mapping[Cell, Value]) -> Iterator[Cell]:
    """The cells whose value is not what it was."""
    return (cell for cell, value in new.items() if cell not in old or old[cell] != value)


def _computed(formulas: Formulas) -> tuple[dict[Cell, Value], set[Cell]]:
    """The values of all cells, and the cells whose formulas cannot be computed."""
    values = formulas.constants()
    failed = recompute(formulas, iter(formulas), values)
    return values, {*failed, *formulas.unsupported}


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
