"""Which workbooks a command line means: files, folders to be searched, patterns that the shell did not expand."""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from glob import glob, has_magic
from pathlib import Path

SUFFIXES = frozenset({".xlsx", ".xlsm", ".ods"})
NOT_READ = frozenset({".xls", ".xlsb", ".xltx", ".xltm", ".numbers", ".fods", ".gsheet"})
NO_WORKBOOK = "no workbook in this folder: nothing in it ends in .xlsx, .xlsm or .ods"


@dataclass(frozen=True)
class Found:
    """A workbook to check, and its name below the folder that was given; or, with a `problem`, why there is none.

    `is_file` says that the file itself was given, and not a folder.
    """

    path: Path
    below: Path
    is_file: bool = False
    problem: str | None = None


@dataclass(frozen=True)
class Search:
    """What was found, each file once, and the spreadsheets in folders that are of a kind that is not read."""

    found: tuple[Found, ...]
    not_read: tuple[Path, ...]


def find_workbooks(places: Iterable[Path]) -> Search:
    """Find the workbooks that are meant: each of the files that are given, and all in the folders that are given.

    A name with `*`, `?` or `[` that is no file's is taken as a pattern, for shells that do not expand it. In folders,
    those that are hidden are left out, links to folders are not followed, and neither are Excel's lock files (`~$…`)
    workbooks; the order is that of people, `hw2` before `hw10`. A file that is given twice is found once.
    """
    found: dict[str, Found] = {}
    not_read: list[Path] = []
    for place in _expanded(places):
        if place.is_dir():
            inside = list(_inside(place, not_read))
            candidates = inside or [Found(place, Path(), problem=NO_WORKBOOK)]
        else:
            candidates = [Found(place, Path(place.name), is_file=True)]
        for candidate in candidates:
            found.setdefault(os.path.realpath(candidate.path), candidate)
    return Search(tuple(found.values()), tuple(not_read))


def _expanded(places: Iterable[Path]) -> Iterator[Path]:
    for place in places:
        text = str(place)
        is_pattern = has_magic(text) and not os.path.lexists(place)
        matches = glob(text, recursive=True) if is_pattern else []  # noqa: PTH207  Path.glob takes no absolute patterns
        yield from map(Path, sorted(matches, key=_natural)) if matches else [place]


def _inside(folder: Path, not_read: list[Path]) -> Iterator[Found]:
    """The workbooks below a folder, and the folders that cannot be looked into; others are added to `not_read`."""
    closed: list[OSError] = []
    for parent, folders, names in os.walk(folder, onerror=closed.append):
        folders[:] = sorted((name for name in folders if not name.startswith(".")), key=_natural)
        for name in sorted(names, key=_natural):
            path = Path(parent, name)
            if name.startswith((".", "~$")) or not path.is_file():
                continue
            if path.suffix.lower() in SUFFIXES:
                yield Found(path, path.relative_to(folder))
            elif path.suffix.lower() in NOT_READ:
                not_read.append(path)
    for error in closed:
        path = Path(str(error.filename))
        yield Found(path, path.relative_to(folder), problem=f"the folder cannot be read: {error.strerror}")


def _natural(name: str) -> list[tuple[int, str]]:
    """A name as people sort it: its numbers by their size, and large letters as small ones."""
    parts = re.split(r"([0-9]+)", name.casefold())
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts] + [(-1, name)]
