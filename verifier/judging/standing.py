"""Formulas checked where they stand: whether each cell that is to get one is right then.

A formula that is right in one cell need not be so in the next: what it reads outside its table moves with it, or a `$`
holds what has to move. So every cell counts, on the numbers of the sheet itself. On random states one cell speaks for
all those that differ by nothing but their row: their formula reads the same rows of the table around it, and the same
cells everywhere else.

A state is a value for each cell that matters, and for a cell in question what is right there. Who asks knows where
these come from.
"""

from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import islice

from verifier.computing.recompute import Cell, Formula, Formulas
from verifier.reading.references import Axis, UnsupportedFormulaError
from verifier.values import ExcelError, Value

RELATIVE = 1e-9  # of the right number, or of 1 where that is less: room for rounding, none for a wrong formula
MOST_DRAWN = 256  # cells that are checked on random states; of the others nothing is known

State = MutableMapping[Cell, Value]
Proposed = Mapping[Cell, Formula]


class Standing(IntEnum):
    """How a formula stands in a cell, the worst last; unknown where nothing says what is right there."""

    UNKNOWN = 0
    RIGHT = 1
    WRONG = 2
    ERROR = 3


@dataclass(frozen=True)
class Block:
    """Rows of cells that repeat, as those of a training table do."""

    sheet: int
    rows: range
    columns: frozenset[int]

    def __contains__(self, cell: Cell) -> bool:
        """Whether a cell is one of them."""
        return cell[0] == self.sheet and cell[1] in self.rows and cell[2] in self.columns


def standings(
    formulas: Formulas, proposed: Proposed, block: Block, own: State, drawn: Callable[[Proposed], Iterable[State]]
) -> dict[Cell, Standing]:
    """How each cell of a block stands with the formula that is proposed for it.

    `own` is the state of the sheet's own numbers; `drawn` gives random states for some of the cells. A formula that
    cannot be computed is unknown. Raises UnsupportedFormulaError where one reads a range that is too large.
    """
    found = {cell: standing(formulas, cell, formula, own) for cell, formula in proposed.items()}
    open_cells = {cell: formula for cell, formula in proposed.items() if found[cell] <= Standing.RIGHT}
    groups = _alike(formulas, open_cells, block)
    asked = islice(dict.fromkeys(cell for group in groups for cell in (*group[:2], group[-1])), MOST_DRAWN)
    few = {cell: proposed[cell] for cell in asked}
    for state in drawn(few):
        for cell, formula in few.items():
            found[cell] = max(found[cell], standing(formulas, cell, formula, state))
    for group in groups:
        told = [found[cell] for cell in group if cell in few]
        for cell in group:
            found[cell] = max(found[cell], *told) if told else Standing.UNKNOWN
    return found


def standing(formulas: Formulas, cell: Cell, formula: Formula, state: State) -> Standing:
    """How a formula stands in a cell, in one state."""
    try:
        value = formulas.compute(cell, state, formula)
    except UnsupportedFormulaError:
        return Standing.UNKNOWN
    expected = state.get(cell)
    if isinstance(expected, ExcelError):
        return Standing.UNKNOWN  # a number that is too large for Excel: nothing can be said
    if isinstance(value, ExcelError):
        return Standing.ERROR
    if not isinstance(expected, float):
        return Standing.UNKNOWN
    is_right = isinstance(value, float) and abs(value - expected) <= RELATIVE * max(abs(expected), 1.0)
    return Standing.RIGHT if is_right else Standing.WRONG


def _alike(formulas: Formulas, proposed: Proposed, block: Block) -> Iterable[Sequence[Cell]]:
    """The cells in groups of which one says what the others do."""
    groups: dict[object, list[Cell]] = {}
    for cell, formula in proposed.items():
        groups.setdefault((cell[2], formula, *_places(formulas, cell, formula, block)), []).append(cell)
    return groups.values()


def _places(formulas: Formulas, cell: Cell, formula: Formula, block: Block) -> Iterable[object]:
    """What tells a cell from others with its formula: what it reads, but for the rows of the block around it."""
    for reference, operand in zip(formula.pattern.references, formulas.operands(cell, formula), strict=True):
        places = [place for row in operand for place in row]
        moves = not any(axis.anchored for axis in (reference.row, reference.last_row or _MOVING))
        inside = moves and places[0] in block and places[-1] in block
        yield None if inside else (places[0], places[-1])


_MOVING = Axis(0, False)
