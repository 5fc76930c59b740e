"""What the cells of a workbook hold once it is mended, and what its formulas then give.

Every formula is computed before and after; a cell whose value is another one then, or was not its formula's in the file
already, gets the new one, with all its digits. What cannot be recomputed keeps the value that it has.
"""

from verifier.fixing.cell_xml import Change, Content, Refreshed
from verifier.fixing.computation import Computation
from verifier.fixing.plan import Plan, is_label
from verifier.judging.stale import has_cached_values, outdated
from verifier.reading.later_functions import in_file
from verifier.values import Value

Changes = dict[int, dict[tuple[int, int], Change]]  # by the number of the sheet and the place in it


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
