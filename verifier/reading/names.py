"""Defined names: which stand for what on which sheet (ECMA-376 part 1, section 18.2.5)."""

from collections import ChainMap
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from verifier.reading.package import Package


class DefinedName(NamedTuple):
    """A name, the number of the sheet it holds for, from 0, or None for all, and what it stands for without `=`."""

    name: str
    sheet: int | None
    meaning: str


def read_names(package: Package, part: str) -> Iterable[DefinedName]:
    """The defined names in a workbook's part."""
    for element in package.elements(part, "definedName"):
        sheet = element.get("localSheetId")
        number = None if sheet is None else int(sheet) if sheet.isdecimal() else -1
        yield DefinedName(element.get("name", ""), number, (element.text or "").strip().removeprefix("="))


def names_by_sheet(
    names: Iterable[DefinedName], sheets: Sequence[str], others: Mapping[str, str]
) -> list[Mapping[str, str]]:
    """For each sheet, what names in capitals stand for: its own first, then those of all, and `others` last.

    A name that belongs to one sheet is on all others known with that sheet before it: `SHEET1!ETA`.
    """
    everywhere: dict[str, str] = {}
    own: list[dict[str, str]] = [{} for _ in sheets]
    for name, sheet, meaning in names:
        if sheet is None:
            everywhere[name.upper()] = meaning
        elif 0 <= sheet < len(sheets):
            own[sheet][name.upper()] = meaning
            everywhere[f"{sheets[sheet]}!{name}".upper()] = meaning
    return [ChainMap(names_here, everywhere, dict(others)) for names_here in own]
