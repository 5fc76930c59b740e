"""Put a sheet into a workbook that somebody has worked in, and leave all else as it is.

XlsxWriter builds the sheet in a workbook of its own (`scratch`), and its parts are put into the package of the other:
every part of that stays as it was, byte for byte, but for the few that list the parts or the cell formats. The format
is that of ECMA-376 part 1 (SpreadsheetML) and part 2 (packages).
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from zipfile import BadZipFile

from opc.files import whole_file
from sheetgen.insertion.package import InsertionError, Package
from sheetgen.insertion.refusals import refuse_file, refuse_package
from sheetgen.insertion.scratch import Write, build_sheet
from sheetgen.insertion.sheet_names import check_sheet_name, free_sheet_name
from sheetgen.insertion.target import Target
from sheetgen.insertion.workbook_part import key_formula

SAVED = "another application has saved it in this moment: try again"
State = tuple[int, int, int]  # what changes when a file is saved: which one it is, its size in bytes, its time in ns


def check_insertable(workbook: str | Path, name: str | None = None, key: str | None = None) -> None:
    """Raise InsertionError where `insert_sheet` could not put a sheet into this workbook, as it is now.

    With the name and the key of the sheet, where they are known already, these are checked as well.
    """
    if name is not None:
        check_sheet_name(name)
    with _opened(Path(workbook)) as (_, package):
        target = _target(package)
        there = None if key is None else target.book.sheet_with_key(key)
        if there is not None:
            check_sheet_name(there.name)
            target.part_to_replace(there)


def insert_sheet(workbook: str | Path, name: str, write: Write, key: str) -> str:
    """Put a sheet into a workbook, and nothing else. Returns the name that the sheet has.

    `write` is given XlsxWriter's Workbook and Worksheet, and fills the latter; what it is called, `get_name` tells it.
    `key` stands for what the sheet shows: a sheet that has it already is replaced where it is, under the name that it
    has by now; otherwise the sheet comes last, named `name`, or `name 2`, `name 3` and so on where that is taken.

    Raises InsertionError where the workbook cannot take it, ValueError where `write` writes what is no part of a sheet,
    and OSError, for a full disk say. The workbook is in every case either what it was, or complete.
    """
    path = Path(workbook)
    key_formula(key)  # is refused before anything else where it is no key
    check_sheet_name(name)
    with _opened(path) as (file, package):
        read = _state(os.fstat(file.fileno()))
        name = _insert(_target(package), name, write, key)
        _replace(path, file, package, read)
    return name


@contextmanager
def _opened(path: Path) -> Iterator[tuple[IO[bytes], Package]]:
    refuse_file(path)
    with path.open("rb") as file:
        yield file, Package(file)


def _target(package: Package) -> Target:
    target = Target(package, refuse_package(package))
    target.check()
    package.test()
    return target


def _insert(target: Target, name: str, write: Write, key: str) -> str:
    there = target.book.sheet_with_key(key)
    if there is None:
        name = free_sheet_name(name, (sheet.name for sheet in target.book.sheets()))
        target.append(name, build_sheet(name, write, target.book.date_1904()), key)
        return name
    check_sheet_name(there.name)  # as others may have renamed it, who allow more than Excel
    target.replace(there, build_sheet(there.name, write, target.book.date_1904()), key)
    return there.name


def _replace(path: Path, file: IO[bytes], package: Package, read: State) -> None:
    """Write the package in the place of the file that it was read from, if that is still as it was when it was read."""
    try:
        with whole_file(path) as output:
            package.write(output)
            if not path.exists() or _state(path.stat()) != read:
                raise InsertionError(SAVED)
            file.close()  # Windows replaces no file that is open
    except BadZipFile:  # it was sound a moment ago
        raise InsertionError(SAVED) from None
    except PermissionError as error:
        raise InsertionError(f"it cannot be replaced ({error.strerror}): close it where it is open") from None


def _state(status: os.stat_result) -> State:
    return status.st_ino, status.st_size, status.st_mtime_ns
