"""Formulas that stand for several cells, and what becomes of them when one of these cells changes.

ECMA-376 part 1, §18.3.1.40: a shared formula has its text in its first cell alone, and an array formula in the first
cell of its range; a data table's cells have none at all. The cells that lose the one that has their text get a formula
of their own, which says the same.
"""

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from verifier.fixing.markup import rows
from verifier.reading.package import WorkbookError
from verifier.reading.references import column_number
from verifier.reading.sheets import Place

MOST_CELLS = 1 << 20  # of array formulas and data tables that are taken cell by cell, in a sheet
_GROUPED = re.compile(rb"<(?:[^\s<>]+:)?f\s")  # a formula that says more of itself than its text
_RANGE = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7}):\$?([A-Z]{1,3})\$?([0-9]{1,7})")


@dataclass(frozen=True)
class Groups:
    """The groups of a sheet's formulas.

    `shared` are the cells of each shared formula, by the first of them, which has the text; `arrays` those of array
    formulas over several cells; `tables` those of what-if data tables. `names` are labels of a table's columns by which
    formulas call them.
    """

    shared: Mapping[Place, Sequence[Place]]
    arrays: Sequence[frozenset[Place]]
    tables: Set[Place]
    names: Set[Place] = frozenset()

    def bound_to(self, place: Place) -> Iterator[Place]:
        """The cells that have to get a formula of their own when a cell is changed."""
        yield from self.shared.get(place, ())
        for region in self.arrays:
            if place in region:
                yield from region


def read_groups(xml: bytes) -> Groups:
    """Find the groups in a sheet's part. Raises WorkbookError where ranges are larger than any person's."""
    if not _GROUPED.search(xml):
        return Groups({}, [], frozenset())
    shared: dict[bytes, list[Place]] = {}
    regions: list[tuple[bytes, frozenset[Place]]] = []
    room = MOST_CELLS
    for row in rows(xml):
        for column, formula in ((cell.column, cell.formula) for cell in row.cells if cell.children):
            kind = None if formula is None else formula.attribute(b"t")
            if formula is None or kind is None:
                continue
            place, ref = (row.number, column), formula.attribute(b"ref") or b""
            if kind == b"shared":
                shared.setdefault(formula.attribute(b"si") or b"", []).append(place)
            elif b":" in ref:
                regions.append((kind, frozenset({place, *places_of(ref.decode(), room)})))
                room -= len(regions[-1][1])
    return Groups(
        shared={members[0]: members for members in shared.values()},
        arrays=[region for kind, region in regions if kind == b"array"],
        tables={place for kind, region in regions if kind == b"dataTable" for place in region},
    )


def places_of(ref: str, most: int = MOST_CELLS) -> Iterator[Place]:
    """The cells of a range, `B2:C9`, row by row. Raises WorkbookError for what is none, or has more than so many."""
    corners = _RANGE.fullmatch(ref)
    if corners is None:
        raise WorkbookError(f"damaged: {ref!r} is no range of cells")
    (top, bottom), (left, right) = map(int, corners.group(2, 4)), map(column_number, corners.group(1, 3))
    if (bottom - top + 1) * (right - left + 1) > most:
        raise WorkbookError(f"its array formulas or tables have more than {MOST_CELLS:,} cells")
    yield from ((row, column) for row in range(top, bottom + 1) for column in range(left, right + 1))
