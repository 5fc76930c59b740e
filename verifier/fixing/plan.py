"""From what was found to what is written: what the cells of each sheet are to hold, and which faults have to stay."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from verifier.findings import Finding, Kind
from verifier.fixing.groups import Groups
from verifier.reading.sheets import Place, Sheet

Contents = dict[Place, str | float]  # a formula with `=`, another text, or a number, as in a Repair

NO_REPAIR = "it is unclear what belongs there"
IN_DATA_TABLE = "it belongs to a what-if data table, whose cells cannot be changed one by one"
NAME = "formulas call the table's column by this label: change it in Excel, which changes them as well"
BOUND = "it shares its formula with cells for which that cannot be written out one by one"


@dataclass(frozen=True)
class Left:
    """A fault that is not mended, and why."""

    finding: Finding
    reason: str


@dataclass
class SheetPlan:
    """What the cells of a sheet are to hold; `orphans` are those of them that get a formula to say the same."""

    contents: Contents = field(default_factory=dict)
    orphans: Contents = field(default_factory=dict)


@dataclass
class Plan:
    """What is to be written: `sheets` by their numbers; `mended` are the faults that are then gone."""

    sheets: dict[int, SheetPlan] = field(default_factory=dict)
    mended: list[Finding] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)


def make_plan(findings: Iterable[Finding], sheets: Sequence[Sheet], groups: Mapping[int, Groups]) -> Plan:
    """Decide for every finding whether it is mended: wholly or not at all. `groups` has the sheets with repairs."""
    plan = Plan()
    for finding in findings:
        if finding.kind is Kind.STALE:
            continue  # values are brought up to date in any case
        reason = _obstacle(finding, sheets, groups)
        if reason is not None:
            plan.left.append(Left(finding, reason))
            continue
        plan.mended.append(finding)
        for repair in finding.repairs:
            contents = plan.sheets.setdefault(repair.sheet, SheetPlan()).contents
            contents.setdefault((repair.row, repair.column), repair.content)
    for number, sheet_plan in plan.sheets.items():
        bound = {other for place in sheet_plan.contents for other in groups[number].bound_to(place)}
        orphans = sorted(bound - sheet_plan.contents.keys())
        sheet_plan.orphans = {place: sheets[number].formulas[place].text(*place) for place in orphans}
    return plan


def _obstacle(finding: Finding, sheets: Sequence[Sheet], groups: Mapping[int, Groups]) -> str | None:
    """Why a finding cannot be mended; None where it can be."""
    for repair in finding.repairs:
        sheet, place = sheets[repair.sheet], (repair.row, repair.column)
        if place in groups[repair.sheet].tables:
            return IN_DATA_TABLE
        if is_label(repair.content) and place in groups[repair.sheet].names:
            return NAME
        if not all(_can_stand_alone(other, sheet) for other in groups[repair.sheet].bound_to(place)):
            return BOUND
    return None if finding.repairs else NO_REPAIR


def is_label(content: str | float) -> bool:
    """Whether a content is a text, not a formula."""
    return isinstance(content, str) and not content.startswith("=")


def _can_stand_alone(place: Place, sheet: Sheet) -> bool:
    """Whether a cell's part of an array formula, or of a shared one, is a formula that can be written into the cell."""
    pattern = sheet.formulas.get(place)
    return pattern is not None and pattern.element is None
