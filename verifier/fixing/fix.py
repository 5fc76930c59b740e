"""Write a copy of a workbook in which what is wrong is mended, and nothing else is changed.

The sheets' parts are edited as bytes: what is not a changed cell stays as it was. Other parts are copied as they are
packed, but for the order of calculation, which goes where cells of it hold no formula any more, and the names of a
table's columns where their labels change. The copy is verified like any other workbook.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from opc.files import whole_file
from verifier.computing.engine import Engine
from verifier.findings import Kind, WorkbookResult
from verifier.fixing.cell_xml import Change, Refreshed
from verifier.fixing.computation import Changes, compute, make_changes
from verifier.fixing.groups import Groups, read_groups
from verifier.fixing.listings import changed_listings
from verifier.fixing.outcome import FixResult
from verifier.fixing.packing import read_part, write_package
from verifier.fixing.pasted import Pasted, find_pasted
from verifier.fixing.plan import Plan, make_plan
from verifier.fixing.refusals import (
    FixError,
    refuse_errors,
    refuse_findings,
    refuse_output,
    refuse_package,
    refuse_result,
)
from verifier.fixing.sheet_edit import edited
from verifier.fixing.table_columns import called_by_name
from verifier.reading.package import Package, WorkbookError
from verifier.reading.sheets import Place
from verifier.reading.spreadsheetml import Tab, read_tabs
from verifier.reading.workbook import read_workbook
from verifier.verification import verify


def write_fixed(
    path: str | Path, result: WorkbookResult, output: str | Path, engine: Engine | None = None, force: bool = False
) -> FixResult:
    """Write a mended copy of a workbook, and verify it; `result` is the verdict on the workbook.

    The workbook itself is never changed, and a file that is there already only replaced with `force`. `engine` keeps
    compiled formulas. The copy is written whole or not at all, and not where nothing can be mended.

    Raises FixError where it cannot be written, or would have more errors or more faults than the workbook.
    """
    path, output, engine = Path(path), Path(output), engine or Engine()
    refuse_result(result)
    refuse_output(path, output, force)
    try:
        with Package(path) as package:
            refuse_package(package)
            return _write(path, package, result, output, engine)
    except WorkbookError as error:
        raise FixError(str(error)) from None
    except OSError as error:
        raise FixError(f"{output} cannot be written: {error.strerror or error}") from None


def _write(path: Path, package: Package, result: WorkbookResult, output: Path, engine: Engine) -> FixResult:
    workbook = read_workbook(path)
    tabs = [tab for tab in read_tabs(package) if tab.kind == "worksheet"]
    plan = make_plan(result.faults, workbook.sheets, _groups(package, tabs, result))
    is_stale = any(fault.kind is Kind.STALE for fault in result.faults)
    computation = compute(workbook, plan, engine)
    changes = make_changes(computation, plan, is_stale)
    if not changes:
        return FixResult(output, (), tuple(plan.left), 0, 0, None)
    refuse_errors(*computation.errors())
    listings = changed_listings(package, tabs, changes)
    with whole_file(output) as file:
        sheets = {tabs[number].part: _edited(package, tabs[number], changes[number]) for number in changes}
        kept = {part: [content] for part, content in listings.items() if content is not None}
        write_package(path, file, {**sheets, **kept}, listings.keys() - kept.keys())
        file.flush()
        verdict = replace(verify(file.name, engine), path=output)
        refuse_findings(len(result.faults), len(verdict.faults))
    return _result(output, plan, changes, verdict, find_pasted(computation, workbook.sheets))


def _groups(package: Package, tabs: list[Tab], result: WorkbookResult) -> dict[int, Groups]:
    """What binds the cells of each sheet that has a repair."""
    found = {}
    for number in {repair.sheet for fault in result.faults for repair in fault.repairs}:
        groups = read_groups(read_part(package, tabs[number].part))
        names = called_by_name(package, tabs[number].part, [tab.part for tab in tabs])
        found[number] = replace(groups, names=names)
    return found


def _edited(package: Package, tab: Tab, changes: Mapping[Place, Change]) -> Iterator[bytes]:
    """A sheet's part with its changes, made only when it is asked for, so that one at a time is in memory."""
    yield from edited(read_part(package, tab.part), changes)


def _result(
    output: Path, plan: Plan, changes: Changes, verdict: WorkbookResult, pasted: tuple[Pasted, ...]
) -> FixResult:
    every = [change for cells in changes.values() for change in cells.values()]
    contents = sum(len(sheet.contents) for sheet in plan.sheets.values())
    refreshed = sum(isinstance(change, Refreshed) for change in every)
    return FixResult(output, tuple(plan.mended), tuple(plan.left), contents, refreshed, verdict, pasted)
