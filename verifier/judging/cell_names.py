"""What the references of a formula are called that no table names: by the labels beside or over their cells."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property

from verifier.claims.names import label_of, name_of
from verifier.computing.recompute import Cell
from verifier.judging.cell_roles import Roles
from verifier.judging.slips.names import Names, Spot
from verifier.judging.slips.slip_names import SlipName
from verifier.judging.slips.syntax import NoTreeError, tree_of
from verifier.judging.slips.tree import Node
from verifier.reading.parsing import parse
from verifier.reading.references import Axis, Reference, UnsupportedFormulaError
from verifier.reading.sheets import Sheet

_STYLES = ((False, False), (True, False), (False, True), (True, True))  # `$` before the row, and before the column
_FURTHEST = 3  # columns from a label to the cell beside it


class CellNames(Names):
    """The names of the cells that the formula in one cell refers to; `near` are those that it may read.

    `by` is the cell by which it should hold the derivative, None where it should hold something else; `others` are
    cells with formulas of the same kind.
    """

    def __init__(
        self,
        cell: Cell,
        sheets: Sequence[Sheet],
        roles: Roles,
        near: Sequence[Cell],
        by: Cell | None,
        others: Sequence[Cell],
        *,
        is_update: bool,
    ) -> None:
        super().__init__(name_of(cell, sheets[cell[0]]), *cell[1:], is_update=is_update)
        self._cell, self._sheets, self._roles, self._near = cell, sheets, roles, near
        self._numbers = {sheet.name.casefold(): number for number, sheet in enumerate(sheets)}
        self.rate = None if roles.rate is None else self._reference(roles.rate, (True, True))
        self.by = None if by is None else self._reference(by)
        self._others = others

    @cached_property
    def readable(self) -> Sequence[Reference]:
        return [self._reference(cell) for cell in self._near]

    @cached_property
    def siblings(self) -> Sequence[Node]:
        trees = (self._tree(cell) for cell in self._others if cell[0] == self._cell[0] and cell != self._cell)
        return [tree for tree in trees if tree is not None]

    def _tree(self, cell: Cell) -> Node | None:
        """The formula of a cell, as it would be written in this one."""
        text = self._sheets[cell[0]].formula_text(cell[1:])
        try:
            return None if text is None else tree_of(parse(text.removeprefix("="), self.row, self.column, {}))
        except (UnsupportedFormulaError, NoTreeError):
            return None

    def like(self, reference: Reference, old: Reference) -> Sequence[Reference]:
        """With the `$` of the other one first, then with any."""
        cell = self.place(reference)
        styles = dict.fromkeys([(old.row.anchored, old.column.anchored), *_STYLES])
        return [self._reference(cell, style) for style in styles]

    def _reference(self, cell: Cell, anchored: tuple[bool, bool] = (False, False)) -> Reference:
        """A reference to a cell as the formula has it."""
        row, column = (
            Axis(number if is_anchored else number - own, is_anchored)
            for number, own, is_anchored in zip(cell[1:], self._cell[1:], anchored, strict=True)
        )
        return Reference(None if cell[0] == self._cell[0] else self._sheets[cell[0]].name, row, column)

    def place(self, reference: Reference) -> Cell:
        """The cell that is meant."""
        sheet = self._cell[0] if reference.sheet is None else self._numbers.get(reference.sheet.casefold(), -1)
        return sheet, reference.row.at(self.row), reference.column.at(self.column)

    def spot(self, reference: Reference) -> Spot:
        cell = self.place(reference)
        if reference.is_range or cell[0] < 0:
            return Spot(None, None)
        return Spot(label_of(cell, self._sheets[cell[0]]), self._roles.of(cell))

    def word(self, reference: Reference) -> str:
        """A label, with the address where it may be that of other cells too; or the address."""
        label, cell = self.spot(reference).label, self.place(reference)
        if label is None:
            return self.cell(reference)
        is_alone = cell[:2] == self._cell[:2] or label in self._beside(cell)
        return label if is_alone else f"{label} ({self.cell(reference)})"

    def right_word(self, reference: Reference) -> str:
        label, cell = self.spot(reference).label, self.place(reference)
        is_row = label is not None and cell[:2] == self._cell[:2] and label not in self._beside(cell)
        return f"{self.word(reference)} of the same row" if is_row else self.word(reference)

    def _beside(self, cell: Cell) -> Iterator[object]:
        sheet, row, column = cell
        return (self._sheets[sheet].values.get((row, column - k)) for k in range(1, _FURTHEST + 1))

    def is_same(self, old: Reference, new: Reference) -> bool:
        was, now = self.place(old), self.place(new)
        label = self.spot(old).label
        is_column = label is not None and label == self.spot(new).label and label not in self._beside(was)
        return is_column and not new.row.anchored and (was[0], was[2]) == (now[0], now[2])

    def is_too_late(self, old: Reference, new: Reference) -> bool:
        return self._roles.updates.get(self.place(old)) == self.place(new)

    def is_activation(self, one: Reference, net: Reference) -> bool:
        return self._roles.is_activation(self.place(one), self.place(net))

    def elsewhere(self, old: Reference, new: Reference) -> SlipName:
        was, now = self.place(old), self.place(new)
        if new == replace(old, row=new.row, column=new.column) and _is_looser(old, new):
            return SlipName.LOOSE
        if was[:2] == now[:2]:
            return SlipName.OTHER_COLUMN
        return SlipName.OTHER_ROW if (was[0], was[2]) == (now[0], now[2]) else SlipName.OTHER_CELL


def _is_looser(old: Reference, new: Reference) -> bool:
    """Whether a reference lacks a `$` that another one to the same row or column has."""
    axes = ((old.row, new.row), (old.column, new.column))
    return all(one == other or (other.anchored and not one.anchored) for one, other in axes)
