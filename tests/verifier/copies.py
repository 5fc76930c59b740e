"""How a copy of a workbook differs from it: taken apart by regular expressions, not by what wrote it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

_CELL = re.compile(rb"<c [^>]*?(?:/>|>.*?</c>)", re.DOTALL)
_VALUE = re.compile(rb"<v>[^<]*</v>|<v/>|<is>.*?</is>| t=\"[a-zA-Z]+\"", re.DOTALL)


@dataclass(frozen=True)
class Difference:
    """Parts that are not the same bytes; cells, as part and address, with another content, or only another value."""

    parts: frozenset[str]
    contents: frozenset[tuple[str, str]]
    values: frozenset[tuple[str, str]]


def difference(before: Path, after: Path) -> Difference:
    """What is not the same bytes in two packages. What is between the cells of a sheet must be the same."""
    old, new = _parts(before), _parts(after)
    assert list(old) == list(new)
    changed = frozenset(part for part in old if old[part] != new[part])
    contents, values = set(), set()
    for part in (part for part in changed if "/worksheets/" in part):
        one, other = _cells(old[part]), _cells(new[part])
        assert _CELL.split(old[part]) == _CELL.split(new[part])
        assert list(one) == list(other)
        for address in one:
            if _VALUE.sub(b"", one[address]) != _VALUE.sub(b"", other[address]):
                contents.add((part, address))
            elif one[address] != other[address]:
                values.add((part, address))
    return Difference(changed, frozenset(contents), frozenset(values))


def _parts(path: Path) -> dict[str, bytes]:
    with ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


def _cells(xml: bytes) -> Mapping[str, bytes]:
    found = {}
    for cell in _CELL.findall(xml):
        match = re.search(rb'\sr="([A-Z]+[0-9]+)"', cell)
        assert match is not None
        found[match[1].decode()] = cell
    return found
