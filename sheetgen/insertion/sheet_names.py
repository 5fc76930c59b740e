"""Names of sheets, by the rules of Excel: at most 31 characters, some of them forbidden, no two alike but for case."""

import re
from collections.abc import Iterable

from sheetgen.insertion.package import InsertionError

MAX_LENGTH = 31  # in UTF-16, as Excel counts
RESERVED = "history"  # the sheet that Excel itself makes of tracked changes


def check_sheet_name(name: str) -> None:
    """Raise InsertionError for what cannot be the name of a sheet."""
    if not name.strip():
        raise InsertionError("a sheet needs a name")
    if _length(name) > MAX_LENGTH:
        raise InsertionError(f"{name!r} is too long for the name of a sheet: at most {MAX_LENGTH} characters")
    forbidden = re.search(r"[\[\]:*?/\\\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]", name)
    if forbidden is not None:
        raise InsertionError(f"{name!r} cannot be the name of a sheet: it has a {forbidden.group()!r}")
    if name[0] == "'" or name[-1] == "'":
        raise InsertionError(f"{name!r} cannot be the name of a sheet: it begins or ends with an apostrophe")
    if name.casefold() == RESERVED:
        raise InsertionError(f"{name!r} cannot be the name of a sheet: Excel keeps it for tracked changes")


def free_sheet_name(name: str, taken: Iterable[str]) -> str:
    """The name, or with ` 2`, ` 3` and so on behind it, cut to its length, where it is among those `taken`."""
    others = {other.casefold() for other in taken}
    number, free = 1, name
    while free.casefold() in others:
        number += 1
        free = _cut(name, MAX_LENGTH - len(f" {number}")) + f" {number}"
    return free


def prefixes(name: str) -> tuple[str, str]:
    """What stands before the address of a cell of the sheet, with quotes or without."""
    return f"{name}!", "'" + name.replace("'", "''") + "'!"


def _cut(name: str, length: int) -> str:
    while _length(name) > length:
        name = name[:-1]
    return name.rstrip()


def _length(name: str) -> int:
    return len(name.encode("utf-16-le", "surrogatepass")) // 2
