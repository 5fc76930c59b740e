"""Put sheets into a workbook that somebody has worked in, and leave all else as it is.

XlsxWriter builds the sheets in a workbook of their own (`scratch`), and their parts are put into the package of the
other: every part of that stays as it was, byte for byte, but for the few that list the parts or the cell formats. The
format is that of ECMA-376 part 1 (SpreadsheetML) and part 2 (packages).
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO
from zipfile import BadZipFile

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from opc.files import EPOCH, whole_file
from opc.lock import held
from sheetgen.insertion.package import InsertionError, Package
from sheetgen.insertion.refusals import refuse_file, refuse_package
from sheetgen.insertion.scratch import Scratch, Write, build_sheets, keep_keys, key_formula
from sheetgen.insertion.sheet_names import check_sheet_name, free_sheet_name
from sheetgen.insertion.target import Target

Build = Callable[[Workbook, Worksheet], None]  # fills the worksheet
KeyOf = Callable[[str], str]  # the key of a sheet, from the name that it is written under

SAVED = "another application saved it at the same moment: try again"
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


def insert_sheet(workbook: str | Path, build: Build, name: str = "Sheet", key: str | None = None) -> str:
    """Put a sheet into a workbook, and nothing else. Returns the name that the sheet has.

    `build` is given XlsxWriter's Workbook and Worksheet, and fills the latter; what it is called, `get_name` tells it.
    `key` stands for what the sheet shows, and is the name where it is not given: a sheet that was put in with the same
    key is replaced where it is, under the name that it has by now; otherwise the sheet comes last, named `name`, or
    `name 2`, `name 3` and so on where that is taken.

    Raises InsertionError where the workbook cannot take it, ValueError where `build` writes what is no part of a sheet,
    and OSError, for a full disk say. The workbook is in every case either what it was, or complete.
    """
    key = name if key is None else key
    key_formula(key)  # is refused before anything else where it is no key
    check_sheet_name(name)

    def in_scratch(target: Target) -> Scratch:
        there = target.book.sheet_with_key(key)
        own = there.name if there else free_sheet_name(name, (sheet.name for sheet in target.book.sheets()))
        check_sheet_name(own)

        def write(book: Workbook) -> None:
            sheet = book.add_worksheet(own)
            build(book, sheet)
            if book.worksheets() != [sheet]:
                raise ValueError("only one sheet can be inserted: write to the worksheet that was passed in")

        return build_sheets(write, lambda _: key, target.book.date_1904())

    (placed,) = _insert(Path(workbook), in_scratch)
    return placed


def insert_sheets(workbook: str | Path, write: Write, key: str | KeyOf, kind: type[Workbook] = Workbook) -> list[str]:
    """Put several sheets into a workbook, and nothing else. Returns the names that they have, in their order.

    `write` is given an empty workbook of a kind, and adds the sheets to it. A sheet whose name is taken gets another,
    as in `insert_sheet`, and the formulas and links of all of them follow. A name that they define for all sheets, and
    that the workbook has for something else, becomes local to those of them that use it. `key` stands for what they
    show together: a sheet that is there already, by `key` and its first name, is replaced where it is. Sheets that
    are also put in apart from each other need different keys: then `key` gives each from the sheet's first name.

    Raises what `insert_sheet` does, and likewise leaves the workbook what it was, or complete.
    """
    keys = _key_of(key)
    return _insert(Path(workbook), lambda target: build_sheets(write, keys, target.book.date_1904(), kind))


def put_sheets(
    workbook: str | Path, write: Write, key: str | KeyOf, title: str, kind: type[Workbook] = Workbook
) -> list[str]:
    """Do as `insert_sheets` does or, where there is no such workbook, write a new one that has a title."""
    path, keys = Path(workbook), _key_of(key)
    with _held(path):
        if path.exists():
            return _insert_held(path, lambda target: build_sheets(write, keys, target.book.date_1904(), kind))
        with whole_file(path) as file:
            book = kind(file, {"in_memory": True})
            created = datetime(*EPOCH, tzinfo=UTC)  # not now: equal input gives an equal file
            book.set_properties({"title": title, "created": created})
            write(book)
            keep_keys(book, keys)
            names = [sheet.get_name() for sheet in book.worksheets()]
            book.close()
    return names


def _key_of(key: str | KeyOf) -> KeyOf:
    if not isinstance(key, str):
        return key
    key_formula(key)
    return keys_of(key)


def sheets_there(workbook: str | Path, key: str) -> dict[str, str]:
    """The sheets of a workbook that `insert_sheets` with a key would replace: what they are called now, by what they
    were written as. Raises InsertionError.
    """
    with _opened(Path(workbook)) as (_, package):
        there = _target(package).book.sheets_with_keys(keys_of(key)(""))
        return {written: sheet.name for written, sheet in sorted(there.items(), key=lambda item: item[1].place)}


def keys_of(key: str) -> KeyOf:
    """The keys of sheets that belong together, from the name that each is written under."""
    return lambda name: f"{key}: {name}"


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


def _insert(path: Path, build: Callable[[Target], Scratch]) -> list[str]:
    with _held(path):
        return _insert_held(path, build)


def _insert_held(path: Path, build: Callable[[Target], Scratch]) -> list[str]:
    with _opened(path) as (file, package):
        read = _state(os.fstat(file.fileno()))
        target = _target(package)
        names = target.insert(build(target))
        _replace(path, file, package, read)
    return names


@contextmanager
def _held(path: Path) -> Iterator[None]:
    """Hold a workbook while it is changed, so that of two processes each finds what the other has put into it."""
    try:
        with held(path):
            yield
    except TimeoutError:
        raise InsertionError("another process has been writing into it for a minute: try again") from None


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
