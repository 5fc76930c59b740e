"""The mended copies that `backprop verify --fix` writes: where each is to be, and what came of it."""

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from backprop.workbook_files import Found
from verifier import Engine, Limits, Status, WorkbookResult
from verifier.fixing import FixError, FixResult, write_fixed
from verifier.guarded import guarded


def copies_of(found: Sequence[Found], fix: Path) -> Mapping[Path, Path]:
    """The copy of each workbook: `fix` itself for the only one, else below `fix`, as it is below the folder given.

    Raises ValueError, which says why, where two copies would be the same file, or `fix` cannot be a folder.
    """
    workbooks = [one for one in found if one.problem is None]
    if len(found) == 1 and found[0].is_file and not fix.is_dir():
        return {one.path: fix for one in workbooks}
    if fix.is_file() or fix.suffix.lower() in (".xlsx", ".xlsm"):
        raise ValueError("there are several workbooks, so it must be a folder, new or existing")
    copies: dict[Path, Path] = {}
    taken: dict[str, Path] = {}
    for one in workbooks:
        copy = fix / one.below
        other = taken.setdefault(os.path.normcase(copy), one.path)
        if other != one.path:
            raise ValueError(f"{other} and {one.path} would both be written to {copy}; fix them one after the other")
        copies[one.path] = copy
    return copies


def write_copies(
    results: Sequence[WorkbookResult], copies: Mapping[Path, Path], limits: Limits, force: bool
) -> Iterator[str]:
    """Write a mended copy of each workbook with faults; yields a line for each, and for what is left in it."""
    for result in results:
        if result.path not in copies:
            continue
        if result.status is not Status.RIGHT:
            outcome = guarded(partial(_written, result, copies[result.path], force), limits)
            yield from _lines(result.path, outcome)
        elif len(copies) == 1:
            yield f"{result.path}: no copy is written: nothing is wrong"


def _written(result: WorkbookResult, copy: Path, force: bool, engine: Engine) -> FixResult | FixError:
    try:
        copy.parent.mkdir(parents=True, exist_ok=True)
        return write_fixed(result.path, result, copy, engine, force)
    except FixError as error:
        return error
    except OSError as error:
        return FixError(f"{copy} cannot be written: {error.strerror or error}")


def _lines(path: Path, outcome: FixResult | FixError | str) -> Iterator[str]:
    if isinstance(outcome, FixResult):
        yield f"{path}: {outcome.summary}"
        yield from (f"  left: {sheet}!{cells}: {reason}" for sheet, cells, reason in outcome.named())
    else:
        yield f"{path}: no copy is written: {outcome}"
